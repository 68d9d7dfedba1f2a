//! Conventions, the team register, what is kept of beneficiaries, coverage, yearly statements and their assessment,
//! over HTTP.

mod accounts;
mod annual_reports;
mod assessment;
mod consultations;
mod conventions;
pub mod coverage;
mod home_base;
mod individual_file;
mod joint_meetings;
mod material;
mod mergers;
mod obligations;
mod practitioner;
mod records;
mod sheets;
mod simulate;
mod statements;
mod tariffs;
mod team;

use insula_domain::actor::Role;
use insula_tests::{Client, Reply, TestApp, app::HOSPITAL_A};
use reqwest::Method;
use serde_json::{Value, json};

/// The establishment of these tests.
fn at(path: &str) -> String {
    format!("/establishments/{HOSPITAL_A}{path}")
}

/// A person who keeps its register.
fn keeper(app: &TestApp) -> Client {
    app.role(Role::ConventionTeam, HOSPITAL_A)
}

/// An officer of INAMI.
fn officer(app: &TestApp) -> Client {
    app.role(Role::ConventionOfficer, "")
}

/// A PUT that creates.
async fn put_new(client: &Client, path: &str, body: &Value) -> Reply {
    client.send(client.request(Method::PUT, path).json(body)).await
}

/// A POST with `If-Match`.
async fn command(client: &Client, path: &str, body: &Value, version: i64) -> Reply {
    let key = insula_tests::client::new_key();
    let request = client.request(Method::POST, path).header("If-Match", format!("\"{version}\""));
    client.send(request.header("Idempotency-Key", format!("\"{key}\"")).json(body)).await
}

/// A self-management and a pump convention since 2015.
async fn with_conventions(app: &TestApp, from: &str, new: bool) -> Client {
    let officer = officer(app);
    let entry = json!({"kind": "selfManagement", "from": "2015-01-01"});
    put_new(&officer, &at("/conventions/7.40.123.45"), &entry).await.expect(200);
    let entry = json!({"kind": "pump", "from": from, "newEstablishment": new});
    put_new(&officer, &at("/conventions/7.86.512.34"), &entry).await.expect(200);
    officer
}
