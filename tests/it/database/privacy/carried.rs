//! The number of a beneficiary, carried in every text that a caller chooses.

use insula_domain::{actor::Role, parties::beneficiary::NationalNumber};
use insula_tests::{Client, Reply, TestApp, app::HOSPITAL_A, client::new_key, data, receiver::Receiver};
use reqwest::Method;
use serde_json::{Value, json};

use crate::registry::imports::imported;

/// Texts of at most twenty characters in which the number stands, the last ones in a way that only somebody who knows
/// the number finds.
fn spellings(niss: &str) -> Vec<String> {
    let digits: Vec<char> = niss.chars().collect();
    let wide =
        |zero: u32| -> String { digits.iter().map(|c| char::from_u32(zero + *c as u32 - 0x30).unwrap()).collect() };
    let cut = |by: &str| -> String { [&niss[..6], &niss[6..9], &niss[9..]].join(by) };
    vec![
        niss.to_owned(),
        format!("x{niss}"),
        format!("L{niss}A"),
        cut("-"),
        cut("_"),
        cut("/"),
        wide(0xff10),
        wide(0x966),
        format!("7{niss}"),
        format!("{niss}00"),
        cut("x"),
        cut("a1b").replace("a1b", "ab"),
        format!("{}{}", &niss[..5], wide(0x660).chars().skip(5).collect::<String>()),
    ]
}

/// Where a text of a registration can stand.
const PLACES: [&str; 8] = [
    "/hospitalReference",
    "/remark",
    "/responsiblePhysician",
    "/devices/0/model",
    "/devices/0/lot",
    "/devices/0/serial",
    "/devices/0/udiDi",
    "/devices/0/implantIdentificationCode",
];

fn carrying(place: &str, text: &str) -> Value {
    let mut content = data::first_implantation();
    let (parent, name) = place.rsplit_once('/').unwrap();
    content.pointer_mut(parent).unwrap()[name] = json!(text);
    content
}

/// Sends a request whose headers carry the text as well, as far as a header can.
async fn send(client: &Client, method: Method, path: &str, text: &str, body: Option<&Value>) -> Reply {
    let header = if text.is_ascii() { text.to_owned() } else { new_key() };
    let mut request = client.request(method, path).header("Idempotency-Key", format!("\"{header}-{}\"", new_key()));
    for name in ["BelGov-Trace-Id", "User-Agent", "X-Request-Id", "Referer"] {
        request = request.header(name, &header);
    }
    if let Some(body) = body {
        request = request.header("Content-Type", "application/json").body(body.to_string());
    } else {
        request = request.header("If-Match", "\"1\"");
    }
    client.send(request).await
}

/// BEN-04, TRA-01, NOT-05: whatever text carries a beneficiary's number, and however it is spelled, the registration is
/// not submitted with it, and it leaves by no way: neither outbox, feed, trail, stored answers, reports of imports,
/// e-mails and webhooks, nor the metrics, nor the files of Healthdata and INAMI hold it.
#[actix_web::test]
async fn no_text_carries_a_number_out() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let receiver = Receiver::start();
    app.role(Role::AccessManager, HOSPITAL_A).subscribe(&receiver.url).await;
    let number = NationalNumber::parse(&data::niss(1)).unwrap();
    let beneficiary = lead.enter_beneficiary(1).await;
    let (mut stored, mut rows) = (0, Vec::new());
    for (index, text) in spellings(number.expose()).iter().enumerate() {
        for place in PLACES {
            let content = carrying(place, text);
            let body = json!({"type": "firstImplantation", "beneficiaryId": beneficiary, "content": content});
            let draft = send(&lead, Method::POST, "/registrations", text, Some(&body)).await;
            let what = format!("{text} at {place}");
            if draft.status == 201 {
                stored += 1;
                let path = format!("/registrations/{}", draft.id());
                let submitted = send(&lead, Method::POST, &format!("{path}/submit"), text, None).await;
                let faults = submitted.expect_problem(400, "badRequest").faults();
                let named = format!("content{}:", place.replace("/devices/0", ".devices[0]").replace('/', "."));
                assert!(faults.iter().any(|fault| *fault == format!("{named}nationalNumber")), "{what}: {faults:?}");
            } else {
                draft.expect_problem(400, "badRequest");
            }
            rows.push(json!({"rowId": format!("{text}-{index}{place}"), "type": "firstImplantation",
                "beneficiary": {"niss": number.expose()}, "content": content}));
        }
    }
    assert!(stored > 10, "{stored} drafts");
    let of_hospital = lead.clone();
    let task = imported(&app, &of_hospital, "?mode=submit", &rows).await;
    assert_eq!(task.body["counts"]["submitted"], 0, "{}", task.text);
    // What is clean is sent, by requests whose keys are not.
    let body =
        json!({"type": "firstImplantation", "beneficiaryId": beneficiary, "content": data::first_implantation()});
    for text in spellings(number.expose()) {
        let draft = send(&lead, Method::POST, "/registrations", &text, Some(&body)).await.expect(201);
        send(&lead, Method::POST, &format!("/registrations/{}/submit", draft.id()), &text, None).await;
    }
    app.deliver();
    app.nights();
    app.send_webhooks().await;
    assert!(!receiver.got().is_empty());
    while insula_persistence::trail::seal(&app.db).unwrap().is_some() {}

    let clean = |what: &str, text: &str| assert!(!number.stands_in(text), "{what} holds the number: {text}");
    let drafts = ["insula.registrations", "insula.registration_versions"];
    let dump = app.dump();
    let tables: Vec<_> = dump.split("== ").filter_map(|table| table.split_once('\n')).collect();
    assert!(tables.iter().any(|(name, rows)| *name == "insula.idempotency_keys" && rows.len() > 1000));
    for (name, rows) in tables.iter().filter(|(name, _)| !drafts.contains(name)) {
        rows.lines().for_each(|row| clean(name, row));
    }
    for event in super::trail::texts(&app, "SELECT body AS t FROM trail.events") {
        clean("the trail", &event);
    }
    for got in receiver.got() {
        clean("a webhook", &format!("{got:?}"));
    }
    for mail in super::trail::texts(&app, "SELECT coalesce(string_agg(t::text, ' '), '') AS t FROM insula.mails t") {
        clean("an e-mail", &mail);
    }
    clean("the metrics", &app.state.metrics.text());
    let inami = app.role(Role::DataManager, "");
    for (reader, path) in [
        (&inami, "/codedRegistrations?pageSize=200"),
        (&inami, "/statistics?groupBy=type"),
        (&lead, "/codedRegistrations?pageSize=200"),
        (&app.insurer("319"), "/registrationCodes/changes?pageSize=200"),
        (&app.role(Role::Auditor, ""), "/auditEvents?pageSize=200"),
    ] {
        clean(path, &reader.get(path).await.expect(200).text);
    }
    for media in ["text/csv", "application/x-ndjson"] {
        let request = inami.request(Method::GET, "/codedRegistrations").header("Accept", media);
        let file = inami.send(request).await.expect(200);
        assert!(file.text.contains("Eversense"), "{}", file.text);
        clean(media, &file.text);
    }
    let mut rows = task.body["rowsHref"].as_str().unwrap().to_owned();
    loop {
        let page = lead.get(&rows).await.expect(200);
        clean("the report of an import", &page.text);
        match page.body["next"].as_str() {
            Some(next) => next.clone_into(&mut rows),
            None => break,
        }
    }
}
