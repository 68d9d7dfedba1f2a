//! `GET /codedRegistrations`.

mod filters;
mod forms;
mod list;
mod paging;
mod privacy;
mod pseudonyms;
mod stream;

use diesel::{QueryableByName, RunQueryDsl, connection::SimpleConnection, sql_types::Text};
use insula_domain::actor::Role;
use insula_tests::{Client, Reply, TestApp};
use reqwest::Method;
use serde_json::Value;

/// INAMI's data manager.
pub fn data_manager(app: &TestApp) -> Client {
    app.role(Role::DataManager, "")
}

/// Inserts coded registrations as the owner of the table, and waits until they can be read. The text follows `INSERT
/// INTO coded.deliveries (…)`.
pub fn enter(app: &TestApp, rows: &str) {
    app.owner()
        .batch_execute(&format!(
            "INSERT INTO coded.deliveries (technical_id, version, pseudonym, hospital, registration_type, event_date,
                 nomenclature_pair, dictionary_version, content, deleted, received_at) {rows}"
        ))
        .unwrap();
    app.when_older_transactions_ended();
}

/// `count` first implantations of a hospital, one person each, numbered from `from`; the number is also the model.
pub fn many(hospital: &str, from: u32, count: u32) -> String {
    format!(
        "SELECT gen_random_uuid(), 1, encode(sha256(('person ' || n)::bytea), 'hex'), '{hospital}', 'firstImplantation',
             date '2026-01-01' + (n % 100), '174370-174381', 1,
             jsonb_build_object('setting', 'ambulatory', 'devices', jsonb_build_array(jsonb_build_object('model', n::text))),
             false, timestamptz '2026-06-15 08:00:00+00'
         FROM generate_series({from}, {}) AS n",
        from + count - 1
    )
}

/// A GET with an `Accept` header.
pub async fn get_as(client: &Client, path: &str, accept: &str) -> Reply {
    client.send(client.request(Method::GET, path).header("Accept", accept)).await
}

/// The models of the first devices, in the order of the answer.
pub fn models(reply: &Reply) -> Vec<String> {
    let items = reply.body["items"].as_array().expect("items");
    items.iter().map(|item| item["content"]["devices"][0]["model"].as_str().unwrap_or("-").to_owned()).collect()
}

/// The events of an operation, oldest first.
pub fn events(app: &TestApp, operation: &str) -> Vec<Value> {
    #[derive(QueryableByName)]
    struct Line {
        #[diesel(sql_type = Text)]
        t: String,
    }
    let lines: Vec<Line> = diesel::sql_query(
        "SELECT body AS t FROM trail.events WHERE body::jsonb ->> 'operation' = $1 ORDER BY xid, seq",
    )
    .bind::<Text, _>(operation)
    .load(&mut app.owner())
    .unwrap();
    lines.iter().map(|line| serde_json::from_str(&line.t).unwrap()).collect()
}
