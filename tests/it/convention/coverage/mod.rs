//! Coverage over HTTP; the scenarios of acceptance have their numbers.

mod applications;
mod attachments;
mod checks;
mod conditions;
mod decisions;
mod ends;
mod form;
mod insurers;
mod questions;
mod reminders;

use insula_domain::actor::Role;
use insula_tests::{
    Client, Reply, TestApp,
    app::{HOSPITAL_A, HOSPITAL_B},
    data,
};
use reqwest::Method;
use serde_json::{Value, json};

/// The numbers of the establishments H1 and H2.
const H1: &str = "7.86.501.72";
const H2: &str = "7.86.502.71";

/// Prescriber A of the scenarios, at H1; C, at H2.
const PRESCRIBER_A: &str = "10000106690";
const PRESCRIBER_B: &str = "10000205690";
const PRESCRIBER_C: &str = "10000304690";

const APPLICATIONS: &str = "/coverageApplications";

/// The establishments H1 and H2, with their conventions and prescribers.
pub struct Scene {
    pub app: TestApp,
}

impl Scene {
    pub async fn start() -> Scene {
        let app = TestApp::start().await;
        let officer = app.role(Role::ConventionOfficer, "");
        let put = async |client: &Client, path: String, body: Value| {
            client.send(client.request(Method::PUT, &path).json(&body)).await.expect(200);
        };
        let team = |hospital| app.role(Role::ConventionTeam, hospital);
        for (hospital, pump, managed) in [(HOSPITAL_A, H1, "7.40.000.01"), (HOSPITAL_B, H2, "7.40.000.02")] {
            let at = |path: &str| format!("/establishments/{hospital}/{path}");
            let kind = |kind: &str, from: &str| json!({"kind": kind, "from": from});
            put(&officer, at(&format!("conventions/{managed}")), kind("selfManagement", "2016-07-01")).await;
            put(&officer, at(&format!("conventions/{pump}")), kind("pump", "2021-01-01")).await;
            let line = |number: &str, from: &str, to: Option<&str>| {
                let mut line = json!({"nihdiNumber": number, "name": "Dr Invented", "from": from,
                    "qualification": "endocrinologist"});
                to.into_iter().for_each(|to| line["to"] = json!(to));
                line
            };
            let list = if hospital == HOSPITAL_A {
                json!([line(PRESCRIBER_A, "2021-01-01", None), line(PRESCRIBER_B, "2025-01-01", Some("2026-04-07"))])
            } else {
                json!([line(PRESCRIBER_C, "2021-01-01", None)])
            };
            put(&team(hospital), at("prescribers"), json!({"prescribers": list})).await;
        }
        Scene { app }
    }

    /// The convention team of H1, with a token of now.
    pub fn h1(&self) -> Client {
        self.app.role(Role::ConventionTeam, HOSPITAL_A)
    }

    /// The convention team of H2.
    pub fn h2(&self) -> Client {
        self.app.role(Role::ConventionTeam, HOSPITAL_B)
    }

    /// The adviser of insurer 319.
    pub fn adviser(&self) -> Client {
        self.app.role(Role::MedicalAdviser, "319")
    }

    /// Makes it nine o'clock in Brussels on a day of winter or summer.
    pub fn on(&self, day: &str) {
        self.app.clock.set(&format!("{day}T08:00:00Z"));
    }

    /// Enters the prices of the scenarios, as they were published.
    pub fn with_tariffs(&self) {
        self.app.tamper(
            "INSERT INTO insula.tariffs (valid_from, indexable, fixed, source, entered_at)
             SELECT day::date, amount, 8.78, 'test data', day FROM (VALUES
                 ('2025-03-01'::timestamptz, 1.49), ('2026-03-01', 1.52), ('2026-06-16', 1.55)) AS rows (day, amount)",
        );
    }

    /// Enters a beneficiary with this national number at a hospital, insured with 319.
    pub async fn person(&self, hospital: &str, niss: &str) -> String {
        let body = json!({"niss": niss, "lastName": "Invented", "insurerNumber": "319"});
        self.app.role(Role::StudyLead, hospital).post("/beneficiaries", &body).await.expect(201).id()
    }

    /// P1 at H1.
    pub async fn p1(&self) -> String {
        self.person(HOSPITAL_A, "85073003328").await
    }
}

/// A complete application of H1 of that date, for a programme of those days.
pub fn of_h1(date: &str, from: &str, to: &str) -> Value {
    with(data::coverage_of(H1, date, from, to), "/prescriber/nihdiNumber", PRESCRIBER_A)
}

/// The content with another value at a place.
pub fn with(mut content: Value, place: &str, value: impl Into<Value>) -> Value {
    let (parent, name) = place.rsplit_once('/').unwrap();
    let parent = if parent.is_empty() { &mut content } else { content.pointer_mut(parent).unwrap() };
    parent[name] = value.into();
    content
}

/// The content without what stands at a place.
fn without(mut content: Value, place: &str) -> Value {
    let (parent, name) = place.rsplit_once('/').unwrap();
    let parent = if parent.is_empty() { &mut content } else { content.pointer_mut(parent).unwrap() };
    parent.as_object_mut().unwrap().remove(name);
    content
}

/// Creates a draft and returns it.
async fn draft(team: &Client, beneficiary: &str, content: &Value) -> Reply {
    team.post(APPLICATIONS, &json!({"beneficiaryId": beneficiary, "content": content})).await.expect(201)
}

fn at(id: &str, path: &str) -> String {
    format!("{APPLICATIONS}/{id}{path}")
}

/// Submits an application.
async fn submit(team: &Client, id: &str, version: i64) -> Reply {
    team.command(&at(id, "/submit"), version).await
}

/// The check of a new draft.
async fn checked(team: &Client, beneficiary: &str, content: &Value) -> Value {
    let id = draft(team, beneficiary, content).await.id();
    team.get(&at(&id, "/check")).await.expect(200).body
}

/// The issues of a check as `RULE field code`.
fn issues(check: &Value) -> Vec<String> {
    told(&check["issues"])
}

/// Issues or warnings as `RULE field code`.
fn told(issues: &Value) -> Vec<String> {
    let one = |issue: &Value| ["rule", "name", "code"].map(|name| issue[name].as_str().unwrap()).join(" ");
    issues.as_array().unwrap().iter().map(one).collect()
}

/// A favourable decision.
pub fn favourable(from: &str, to: &str) -> Value {
    json!({"verdict": "favourable", "from": from, "to": to})
}

fn against(words: &str) -> Value {
    json!({"verdict": "unfavourable", "words": words})
}

/// Submits an application on a day, and returns its identifier.
pub async fn applied(team: &Client, beneficiary: &str, content: &Value) -> String {
    let id = draft(team, beneficiary, content).await.id();
    submit(team, &id, 1).await.expect(200);
    id
}

pub async fn decide(adviser: &Client, id: &str, version: i64, decision: &Value) -> Reply {
    adviser.command_with(&at(id, "/decisions"), version, decision).await
}

/// C-01: H1 applied on 2026-04-10 for P1, and was granted 2026-04-01 to 2027-03-31 on 2026-04-20. Returns P1, the
/// application and the period.
pub async fn c_01(scene: &Scene) -> (String, String, String) {
    scene.on("2026-04-10");
    let p1 = scene.p1().await;
    let id = applied(&scene.h1(), &p1, &of_h1("2026-04-10", "2026-04-01", "2027-03-31")).await;
    scene.on("2026-04-20");
    let given = decide(&scene.adviser(), &id, 2, &favourable("2026-04-01", "2027-03-31")).await.expect(201);
    (p1, id, given.body["grantedPeriodId"].as_str().unwrap().to_owned())
}

/// First day, last day, days left, state and reason of a period.
fn days(period: &Value) -> (String, String, i64, String, String) {
    let text = |name: &str| period[name].as_str().unwrap_or("-").to_owned();
    (text("from"), text("to"), period["days"].as_i64().unwrap(), text("state"), text("endedBecause"))
}

fn expected(from: &str, to: &str, left: i64, state: &str, because: &str) -> (String, String, i64, String, String) {
    (from.into(), to.into(), left, state.into(), because.into())
}

async fn period(client: &Client, id: &str) -> Value {
    client.get(&format!("/grantedPeriods/{id}")).await.expect(200).body
}

/// Applies at H2 for the person with this national number, and returns the application.
pub async fn at_h2(scene: &Scene, niss: &str, date: &str, from: &str, to: &str) -> String {
    let person = scene.person(HOSPITAL_B, niss).await;
    let content = with(data::coverage_of(H2, date, from, to), "/prescriber/nihdiNumber", PRESCRIBER_C);
    applied(&scene.h2(), &person, &content).await
}
