//! What the tests of billing begin with, and how they read answers.

use insula_domain::actor::Role;
use insula_tests::{
    Client, Reply,
    app::{HOSPITAL_A, HOSPITAL_B},
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::convention::coverage::{Scene, applied, c_01, decide, favourable, of_h1};

pub const P1: &str = "85073003328";
pub const P2: &str = "78110500706";

/// The pseudo-code of the tests: INAMI's is not public.
pub const PUMP_CODE: &str = "774690";

/// Both hospitals can bill, at the prices of the scenarios.
pub async fn ready(scene: &Scene) {
    scene.with_tariffs();
    let officer = scene.app.role(Role::ConventionOfficer, "");
    let code = json!({"from": "2021-01-01", "name": "pump_code", "value": PUMP_CODE, "source": "test data"});
    officer.post("/billingSettings", &code).await.expect(201);
    for (team, hospital, first) in [(scene.h1(), HOSPITAL_A, 1000), (scene.h2(), HOSPITAL_B, 5000)] {
        let identity = json!({"enterpriseNumber": "0406798006", "iban": "BE68539007547034", "bic": "KREDBEBB",
            "firstInvoiceNumber": first, "lastInvoiceNumber": first + 999});
        let path = format!("/establishments/{hospital}/billingIdentity");
        team.send(team.request(Method::PUT, &path).json(&identity)).await.expect(200);
    }
}

/// States with whom a beneficiary is insured: `319 /2026-06-30`, `100 2026-07-01/`.
pub async fn insured(team: &Client, beneficiary: &str, affiliations: &[&str]) {
    let one = |text: &&str| {
        let (insurer, days) = text.split_once(' ').unwrap();
        let (from, to) = days.split_once('/').unwrap();
        let mut one = json!({"insurerNumber": insurer, "ct1": "110", "ct2": "110"});
        for (name, day) in [("from", from), ("to", to)] {
            if !day.is_empty() {
                one[name] = json!(day);
            }
        }
        one
    };
    let path = format!("/beneficiaries/{beneficiary}/affiliations");
    let version = team.get(&path).await.expect(200).tag();
    let body = json!({"affiliations": affiliations.iter().map(one).collect::<Vec<_>>()});
    team.put(&path, &body, version).await.expect(200);
}

/// P1 at H1, insured with 319, covered from 2026-04-01 to 2027-03-31. Returns P1.
pub async fn covered(scene: &Scene) -> String {
    ready(scene).await;
    let (p1, ..) = c_01(scene).await;
    insured(&scene.h1(), &p1, &["319 /"]).await;
    p1
}

/// Another beneficiary of H1 with that national number, insured with 319 and covered on those days.
pub async fn another(scene: &Scene, niss: &str, date: &str, from: &str, to: &str) -> String {
    scene.on(date);
    let id = scene.person(HOSPITAL_A, niss).await;
    insured(&scene.h1(), &id, &["319 /"]).await;
    let application = applied(&scene.h1(), &id, &of_h1(date, from, to)).await;
    decide(&scene.adviser(), &application, 2, &favourable(from, to)).await.expect(201);
    id
}

/// The body of a file of a month.
pub fn file(month: &str, sending: i64) -> Value {
    json!({"month": month, "sendingNumber": sending})
}

/// The body of a file that corrects or credits lines too.
pub fn with(month: &str, sending: i64, name: &str, lines: &[&str]) -> Value {
    let mut body = file(month, sending);
    body[name] = json!(lines);
    body
}

pub async fn make(team: &Client, body: &Value) -> Reply {
    team.post("/invoiceFiles", body).await.expect(201)
}

pub async fn preview(team: &Client, body: &Value) -> Value {
    team.post("/invoiceFiles/preview", body).await.expect(200).body
}

pub fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("{name} in {value}"))
}

/// A line in words: insurer, destination, days, units, amount.
pub fn told(line: &Value) -> String {
    let [insurer, to, first, last, amount] =
        ["insurerNumber", "destination", "from", "to", "amount"].map(|name| text(line, name));
    format!("{insurer}>{to} {first}/{last} {} {amount}", line["units"])
}

pub fn all(lines: &Value, of: fn(&Value) -> String) -> Vec<String> {
    lines.as_array().unwrap().iter().map(of).collect()
}

/// The lines of a file, in the order in which they were made.
pub async fn lines(team: &Client, file: &str) -> Vec<Value> {
    let path = format!("/invoiceLines?invoiceFileId={file}&pageSize=200");
    let mut lines = team.get(&path).await.expect(200).body["items"].as_array().unwrap().clone();
    lines.reverse();
    lines
}

pub async fn told_lines(team: &Client, file: &str) -> Vec<String> {
    lines(team, file).await.iter().map(told).collect()
}

pub async fn bytes(team: &Client, file: &str) -> Vec<u8> {
    let request = team.request(Method::GET, &format!("/invoiceFiles/{file}/records"));
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    response.bytes().await.unwrap().to_vec()
}

/// The accounts of a file: state, invoiced, credited, accepted, refused, pending.
pub fn accounts(file: &Value) -> String {
    ["state", "invoiced", "credited", "accepted", "refused", "pending"].map(|name| text(file, name)).join(" ")
}

pub async fn handed_over(team: &Client, file: &str, on: &str) {
    team.post(&format!("/invoiceFiles/{file}/handOver"), &json!({"on": on})).await.expect(200);
}

pub async fn answered(team: &Client, file: &str, body: &Value) -> Reply {
    team.post(&format!("/invoiceFiles/{file}/answers"), body).await
}
