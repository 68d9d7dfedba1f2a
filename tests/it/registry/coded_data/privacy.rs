use insula_domain::actor::Role;
use insula_tests::{TestApp, data};
use serde_json::json;

use super::{data_manager, events, get_as};

/// TRA-01, TRA-03, BEN-04: no format of the coded data, no statistics and no event about them contains an identity, a
/// hospital's identifier of a registration or person, a free text, or another recipient's pseudonym.
#[actix_web::test]
async fn no_form_holds_an_identity() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let mut secrets = Vec::new();
    for n in 1..=8 {
        let mut body = data::beneficiary(n);
        body["lastName"] = json!(format!("Quillebrandt{n}"));
        body["firstName"] = json!("Vuurvogelen");
        let beneficiary = lead.post("/beneficiaries", &body).await.expect(201).id();
        let mut content = data::first_implantation();
        content["remark"] = json!("Canaryremark");
        content["hospitalReference"] = json!(format!("CANREF-{n}"));
        let draft = lead.draft("firstImplantation", Some(&beneficiary), &content).await;
        let sent = lead.submit(&draft).await.expect(200);
        let niss = data::niss(n);
        let dotted = format!("{}.{}.{}-{}.{}", &niss[..2], &niss[2..4], &niss[4..6], &niss[6..9], &niss[9..]);
        secrets.extend([niss, dotted, beneficiary, sent.id(), sent.body["code"].as_str().unwrap().to_owned()]);
        secrets.push(format!("canref-{n}"));
    }
    app.deliver();
    app.when_older_transactions_ended();
    secrets.extend(["quillebrandt", "vuurvogelen", "canaryremark", "dev.studylead"].map(str::to_owned));
    use insula_domain::registry::transmission::coded::Pseudonymiser;
    let seed = app.db.keys.seed(&data::niss(1));
    assert!(
        get_as(&lead, "/codedRegistrations", "text/csv")
            .await
            .text
            .contains(&app.db.keys.pseudonym("healthdata", &seed))
    );
    secrets.push(app.db.keys.pseudonym("elsewhere", &seed));
    for client in [&lead, &app.role(Role::StudyAssociate, "71000436"), &data_manager(&app)] {
        let mut told = Vec::new();
        for accept in ["application/json", "application/x-ndjson", "text/csv"] {
            told.push(get_as(client, "/codedRegistrations", accept).await.expect(200));
        }
        told.push(client.get("/codedRegistrations?pageSize=2").await.expect(200));
        for group_by in ["year", "type&groupBy=therapy", "diabetesType", "setting"] {
            told.push(client.get(&format!("/statistics?groupBy={group_by}")).await.expect(200));
        }
        for reply in told {
            let text = reply.text.to_lowercase();
            for secret in &secrets {
                assert!(!text.contains(secret.as_str()), "{secret} stands in {text}");
            }
        }
    }
    let trail = events(&app, "listCodedRegistrations")
        .iter()
        .chain(&events(&app, "getStatistics"))
        .map(ToString::to_string)
        .collect::<String>();
    for secret in secrets.iter().filter(|secret| *secret != "dev.studylead") {
        assert!(!trail.to_lowercase().contains(secret.as_str()), "{secret}");
    }
}
