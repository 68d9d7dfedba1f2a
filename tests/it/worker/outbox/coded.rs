use diesel::connection::SimpleConnection;
use insula_tests::{TestApp, data};
use serde_json::json;

use super::{Recipient, reopened, text};

/// TRA-01: coded data contain neither an identity nor a hospital's identifier of a registration or person.
#[actix_web::test]
async fn coded_data_hold_no_identity() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let beneficiary = lead.enter_beneficiary(7).await;
    let mut content = data::first_implantation();
    content["remark"] = json!("A remark on Invented 7");
    content["hospitalReference"] = json!("REF-4711");
    let draft = lead.draft("firstImplantation", Some(&beneficiary), &content).await;
    let sent = lead.submit(&draft).await.expect(200);
    app.deliver();
    let coded = text(&app, "SELECT string_agg(d::text, ' ') AS t FROM coded.deliveries d").to_lowercase();
    let seed = text(&app, "SELECT encode(pseudonym_seed, 'hex') AS t FROM vault.persons");
    let index = text(&app, "SELECT encode(niss_index, 'hex') AS t FROM vault.persons");
    let person = text(&app, "SELECT id::text AS t FROM vault.persons");
    let niss = data::niss(7);
    let dotted = format!("{}.{}.{}-{}.{}", &niss[..2], &niss[2..4], &niss[4..6], &niss[6..9], &niss[9..]);
    let (id, code) = (sent.id(), sent.body["code"].as_str().unwrap().to_owned());
    let author = sent.body["author"].as_str().unwrap().to_lowercase();
    for secret in
        [niss.as_str(), &dotted, "invented 7", "ref-4711", &beneficiary, &id, &code, &author, &person, &seed, &index]
    {
        assert!(!coded.contains(secret), "{secret} stands in {coded}");
    }
    assert!(coded.contains("174370-174381"), "{coded}");
}

/// TRA-01: a person has one pseudonym at each recipient, for all registrations and corrections; it differs between
/// recipients and persons.
#[actix_web::test]
async fn a_person_has_one_pseudonym_at_each_recipient() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let (one, two) = (lead.enter_beneficiary(1).await, lead.enter_beneficiary(2).await);
    for (registration_type, beneficiary, content) in [
        ("firstImplantation", &one, data::first_implantation()),
        ("replacement", &one, data::replacement(None)),
        ("firstImplantation", &two, data::first_implantation()),
    ] {
        let draft = lead.draft(registration_type, Some(beneficiary), &content).await;
        lead.submit(&draft).await.expect(200);
    }
    // The same person at another hospital.
    let other = app.lead_b();
    let elsewhere = other.complete_draft(1).await;
    let elsewhere = other.submit(&elsewhere).await.expect(200);
    let queue = "INSERT INTO insula.outbox (topic, aggregate, version, enqueued_at, available_at)
                 SELECT 'elsewhere', aggregate, version, enqueued_at, available_at FROM insula.outbox";
    app.owner().batch_execute(queue).unwrap();

    let (healthdata, another) = (Recipient::healthdata([]), Recipient::named("elsewhere", []));
    assert_eq!((healthdata.round(&app), another.round(&app)), (4, 4));
    let pseudonyms =
        |recipient: &Recipient| recipient.got().iter().map(|message| message.pseudonym.clone()).collect::<Vec<_>>();
    let (here, there) = (pseudonyms(&healthdata), pseudonyms(&another));
    assert_eq!((&here[0], &here[0]), (&here[1], &here[3]), "one person");
    assert_ne!(here[0], here[2], "another person");
    assert_eq!((&there[0], &there[0]), (&there[1], &there[3]));
    assert!(here.iter().all(|pseudonym| !there.contains(pseudonym)));

    let open = reopened(&other, &elsewhere).await;
    other.submit(&open).await.expect(200);
    assert_eq!(healthdata.round(&app), 1);
    let got = healthdata.got();
    assert_eq!((&got[4].pseudonym, got[4].technical_id), (&got[3].pseudonym, got[3].technical_id));
}
