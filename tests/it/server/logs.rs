use std::collections::BTreeSet;

use base64::{Engine, engine::general_purpose::STANDARD};
use insula_api::http::permission;
use insula_domain::actor::Role;
use insula_tests::{Client, app::HOSPITAL_A, client::new_key, data, eventually, until_async};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::command::process::{Folder, Insula, signal};

/// A person unlike any other in these tests.
const LAST_NAME: &str = "Canarybird-Ünique";
const FIRST_NAME: &str = "Zebedäa";
const REMARK: &str = "Quetzalcoatlus in the remark";

/// Everything that must not appear in a log, in every spelling that software may produce.
fn canaries() -> Vec<String> {
    let niss = data::niss(4711);
    let (birth, serial, check) = (&niss[..6], &niss[6..9], &niss[9..]);
    let dotted = format!("{}.{}.{}-{serial}.{check}", &niss[..2], &niss[2..4], &niss[4..6]);
    let mut canaries = vec![
        niss.clone(),
        dotted.clone(),
        format!("{birth} {serial} {check}"),
        format!("{birth}-{serial}-{check}"),
        format!("{birth}-{serial}.{check}"),
        niss.chars().rev().collect(),
    ];
    for text in [LAST_NAME, FIRST_NAME, REMARK] {
        let ascii: String = text.chars().filter(char::is_ascii).collect();
        canaries.extend([text.to_owned(), text.to_lowercase(), text.to_uppercase(), ascii, text.replace(' ', "+")]);
        // As JSON escapes non-ASCII letters.
        let escape = |c: char| if c.is_ascii() { c.to_string() } else { format!("\\u{:04x}", u32::from(c)) };
        canaries.push(text.chars().map(escape).collect());
    }
    let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    let percent = |text: &str| {
        let one =
            |byte: u8| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") };
        text.bytes().map(one).collect::<String>()
    };
    let encoded = [&niss, &dotted, LAST_NAME, FIRST_NAME, REMARK].map(|text| {
        // Within a longer text there are three possible Base64 forms, each recognisable by its middle.
        let shifted = (0..3).map(|shift| {
            let padded = [vec![b' '; shift], text.as_bytes().to_vec()].concat();
            let base64 = STANDARD.encode(padded);
            base64[4..base64.len() - 4].to_owned()
        });
        shifted.chain([hex(text), hex(text).to_uppercase(), percent(text)]).collect::<Vec<_>>()
    });
    canaries.extend(encoded.into_iter().flatten());
    canaries
}

/// Successful and failing requests of every kind, with the canaries wherever a caller may put them.
async fn play(lead: &Client, insurer: &Client, anybody: &Client) {
    let niss = data::niss(4711);
    let person = json!({"niss": niss, "lastName": LAST_NAME, "firstName": FIRST_NAME, "insurerNumber": "319"});
    let id = lead.post("/beneficiaries", &person).await.expect(201).id();
    lead.get(&format!("/beneficiaries/{id}")).await.expect(200);
    lead.post("/beneficiaries/query", &json!({"niss": niss})).await.expect(200);
    let foreign = json!({"noNissConfirmed": true, "lastName": LAST_NAME, "firstName": FIRST_NAME, "birthDate": "1985-01-02",
        "sex": "female", "residencePlace": LAST_NAME, "deceased": false, "residenceCountry": "FR", "insurerNumber": "319"});
    lead.post("/beneficiaries", &foreign).await.expect(201);
    lead.post("/beneficiaries", &foreign).await.expect_problem(409, "likelyDuplicate");
    let mut content = data::first_implantation();
    content["remark"] = json!(REMARK);
    let draft = lead.draft("firstImplantation", Some(&id), &content).await;
    let sent = lead.submit(&draft).await.expect(200);
    let code = sent.body["code"].as_str().unwrap();
    insurer.get(&format!("/registrationCodes/{code}")).await.expect(200);
    let verify = json!({"code": code, "niss": niss, "nomenclatureCode": "174370", "date": "2026-06-01"});
    insurer.post("/registrationCodes/verify", &verify).await.expect(200);

    // Rows with each outcome, executed by the worker beside the service.
    let row = |reference: &str, person: &Value| {
        json!({"rowId": reference, "type": "firstImplantation",
        "beneficiary": person, "content": content})
    };
    let faulty = json!({"niss": niss, "birthDate": LAST_NAME, "sex": niss, "firstName": FIRST_NAME.repeat(20)});
    let task =
        lead.import("?mode=submit", &[row(&niss, &person), row(LAST_NAME, &foreign), row("faulty", &faulty)]).await;
    let path = task.expect(202).header("location").to_owned();
    while lead.get(&path).await.expect(200).body["state"] != "done" {}
    lead.get(&format!("{path}/rows")).await.expect(200);
    let refused = lead.import_file("", "text/csv", format!("{niss};{LAST_NAME}\n{REMARK}\n")).await;
    refused.expect_problem(400, "badRequest");

    let post = |path: &str, body: String| {
        let key = format!("\"{}\"", new_key());
        lead.request(Method::POST, path)
            .header("Idempotency-Key", key)
            .header("Content-Type", "application/json")
            .body(body)
    };
    let get = |path: String| lead.request(Method::GET, &path);
    let whole = person.to_string();
    let failing: Vec<RequestBuilder> = vec![
        post("/beneficiaries", whole[..whole.len() - 1].to_owned()),
        post("/beneficiaries", format!("{{\"niss\": {niss}, \"{LAST_NAME}\": \"{niss}\"}}")),
        post("/beneficiaries", format!("[\"{niss}\"]")),
        post("/beneficiaries", format!("\"{niss}\"")),
        post("/beneficiaries", format!("{{\"niss\": \"{niss}\", \"niss\": \"{niss}\"}}")),
        post("/beneficiaries", format!("{{\"niss\": \"{niss}\\u0000\"}}")),
        post("/beneficiaries", format!("{{\"lastName\": \"{}\"}}", LAST_NAME.repeat(40_000))),
        post("/beneficiaries/query", format!("{{\"niss\": \"{niss}1\"}}")),
        post(
            "/registrations",
            json!({"type": niss, "beneficiaryId": niss, "author": niss, "content": {&niss: LAST_NAME}}).to_string(),
        ),
        post("/registrations", json!({"type": "followUp", "content": {"remark": REMARK.repeat(500)}}).to_string()),
        post(&format!("/registrations/{niss}/submit"), String::new()).header("If-Match", format!("\"{niss}\"")),
        get(format!("/beneficiaries/{niss}")),
        get(format!("/{niss}/{LAST_NAME}")),
        get(format!("/registrations?{niss}={LAST_NAME}&status={niss}&cursor={niss}")),
        get(format!("/registrations?status=open#{niss}")),
        get(format!("/registrationCodes/{niss}123")),
        get("/registrations".to_owned()).header("If-None-Match", &niss).header("Accept-Language", &niss),
        get("/registrations".to_owned()).header("BelGov-Trace-Id", &niss).header("User-Agent", &niss),
        get("/registrations".to_owned())
            .header("Accept", &niss)
            .header("Cookie", &niss)
            .header("X-Forwarded-For", &niss),
        get("/registrations".to_owned()).bearer_auth(&niss),
        get("/registrations".to_owned()).header(
            "Authorization",
            format!("Bearer {}.{}.{niss}", STANDARD.encode(&niss), STANDARD.encode(LAST_NAME)),
        ),
        lead.request(Method::from_bytes(b"CANARYBIRD").unwrap(), &format!("/beneficiaries/{niss}")),
        lead.request(Method::DELETE, &format!("/registrations/{}?reason={niss}", sent.id()))
            .header("If-Match", "\"1\""),
        lead.request(Method::POST, "/registrations")
            .header("Idempotency-Key", "k".repeat(300) + &niss)
            .json(&json!({"type": "followUp"})),
        lead.request(Method::POST, "/registrations").header("Content-Type", "text/plain").body(niss.clone()),
    ];
    for (number, request) in failing.into_iter().enumerate() {
        let reply = Client::try_send(request).await.unwrap();
        assert!((200..500).contains(&reply.status), "request {number}: {}", reply.text);
        // The name of an unknown field is echoed to the sender, a national number is not.
        let niss = |canary: &String| canary.chars().any(|c| c.is_ascii_digit());
        none_of(canaries().into_iter().filter(niss), &format!("the answer to request {number}"), &reply.text);
    }
    anybody.get("/health").await.expect(200);
}

#[track_caller]
fn no_canary(place: &str, text: &str) {
    none_of(canaries(), place, text);
}

#[track_caller]
fn none_of(canaries: impl IntoIterator<Item = String>, place: &str, text: &str) {
    for canary in canaries {
        if let Some(at) = text.find(&canary) {
            let line = text[..at].matches('\n').count() + 1;
            let shown = text.lines().nth(line - 1).unwrap_or_default();
            panic!("{canary:?} stands in {place}, line {line}: {shown}");
        }
    }
}

/// BEN-04: whatever callers send and whatever fails, no identity appears in a log, on standard output, in the private
/// database's log or in a metric; each line of the log is a JSON object, and metrics are labelled only by operation.
#[actix_web::test]
async fn no_log_and_no_metric_holds_an_identity() {
    let folder = Folder::new("logs");
    // Created first, so that the next start is an ordinary one.
    let first = Insula::serve(&folder, &[]);
    first.terminate();
    assert!(first.ended().success());
    // With the most verbose log.
    let mut serve = folder.command(&["serve", "--metrics", "127.0.0.1:0"]);
    serve.env("INSULA_LOG", "trace");
    let insula = Insula::spawn(&folder, serve, "Documentation: ");
    let lead = insula.role(Role::StudyLead, HOSPITAL_A);
    let insurer = insula.role(Role::InsurerBilling, "319");
    let anybody = Client::new(reqwest::Client::new(), insula.base.clone(), None);
    play(&lead, &insurer, &anybody).await;
    let metrics = reqwest::get(insula.metrics.as_deref().unwrap()).await.unwrap().text().await.unwrap();
    metrics_are_labelled_by_operation(&metrics);
    no_canary("the metrics", &metrics);
    // PostgreSQL logs most about a killed session: the last statement.
    let session = folder.count(
        "SELECT pid::bigint AS n FROM pg_stat_activity
         WHERE datname = current_database() AND usename = 'insula_hospital' LIMIT 1",
    );
    signal(u32::try_from(session).unwrap(), "KILL");
    eventually("PostgreSQL says so", || folder.wrote("pg-cluster/log").contains("was terminated by signal 9"));
    // PostgreSQL 15 ignores a stop during recovery.
    until_async("it is up again", async || anybody.get("/health").await.status == 200).await;
    insula.terminate();
    assert!(insula.ended().success());
    for (place, text) in [
        ("standard error", folder.wrote("stderr")),
        ("standard output", folder.wrote("stdout")),
        ("PostgreSQL's log", folder.wrote("pg-cluster/log")),
    ] {
        assert!(!text.is_empty(), "{place} is empty");
        no_canary(place, &text);
    }
    // Printed by libpq itself if PostgreSQL stops during the start of a connection, before diesel can silence it.
    let ours = |line: &&str| !line.is_empty() && *line != "FATAL:  terminating connection due to administrator command";
    for line in folder.wrote("stderr").lines().filter(ours) {
        let entry: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}"));
        assert!(entry["timestamp"].is_string() && entry["level"].is_string(), "{line}");
    }
}

fn metrics_are_labelled_by_operation(metrics: &str) {
    let known: BTreeSet<_> = permission::TABLE.iter().map(|row| row.0).chain(["none", "documentation"]).collect();
    let mut operations = BTreeSet::new();
    for line in metrics.lines().filter(|line| !line.starts_with('#')) {
        let labels = line.split_once('{').map_or("", |(_, rest)| rest.split_once('}').unwrap().0);
        for (name, value) in labels.split(',').filter_map(|label| label.split_once('=')) {
            let value = value.trim_matches('"');
            match name {
                "operation" => assert!(known.contains(value), "{line}"),
                "status" => assert!(value.len() == 3 && value.parse::<u16>().is_ok(), "{line}"),
                "login" => assert!(value.starts_with("insula_"), "{line}"),
                "le" => assert!(value == "+Inf" || value.parse::<f64>().is_ok(), "{line}"),
                _ => panic!("the label {name} in {line}"),
            }
            if name == "operation" {
                operations.insert(value.to_owned());
            }
        }
    }
    for expected in ["createBeneficiary", "submitRegistration", "verifyRegistrationCode", "none"] {
        assert!(operations.contains(expected), "{operations:?}");
    }
}
