//! Imports of registrations, executed row by row as a task.

mod atomic;
mod canaries;
mod create;
mod documented;
mod execution;
mod repeat;
mod resume;
mod seen;
mod volume;

use insula_api::worker::import::turn;
use insula_tests::{Client, Reply, TestApp, data};
use serde_json::{Value, json};

/// A complete first implantation of the n-th invented beneficiary, with this reference.
fn row(reference: &str, n: u32) -> Value {
    json!({"rowId": reference, "type": "firstImplantation", "beneficiary": data::beneficiary(n),
        "content": data::first_implantation()})
}

/// Executes everything that waits, on a thread of its own like the worker.
async fn work(app: &TestApp) {
    let db = app.db.clone();
    tokio::task::spawn_blocking(move || while turn(&db, 100).unwrap() {}).await.unwrap();
}

/// Imports rows and executes them. Returns the finished task.
pub(crate) async fn imported(app: &TestApp, client: &Client, query: &str, rows: &[Value]) -> Reply {
    let task = client.import(query, rows).await.expect(202);
    work(app).await;
    client.get(task.header("location")).await.expect(200)
}

/// The report of an import, each row as `row outcome` with the code of its refusal or its faults.
async fn report(client: &Client, task: &Reply) -> Vec<String> {
    rows(client, task).await.iter().map(shown).collect()
}

/// The report of an import.
async fn rows(client: &Client, task: &Reply) -> Vec<Value> {
    let mut path = task.body["rowsHref"].as_str().unwrap().to_owned();
    let mut rows = Vec::new();
    loop {
        let page = client.get(&path).await.expect(200);
        rows.extend(page.body["items"].as_array().unwrap().clone());
        match page.body["next"].as_str() {
            Some(next) => next.clone_into(&mut path),
            None => return rows,
        }
    }
}

fn shown(row: &Value) -> String {
    let mut shown = format!("{} {}", row["row"], row["outcome"].as_str().unwrap());
    let mut faults: Vec<_> = row["faults"].as_array().into_iter().flatten().map(named).collect();
    faults.sort();
    faults.extend(row["refusal"]["code"].as_str().map(str::to_owned));
    if !faults.is_empty() {
        shown.push_str(&format!(": {}", faults.join(" ")));
    }
    shown
}

fn named(fault: &Value) -> String {
    format!("{}:{}", fault["name"].as_str().unwrap(), fault["code"].as_str().unwrap())
}

/// The number of rows with each outcome that occurs.
fn counts(task: &Reply) -> Value {
    let counts = task.body["counts"].as_object().unwrap();
    counts.iter().filter(|(_, count)| **count != json!(0)).map(|(name, count)| (name.clone(), count.clone())).collect()
}

/// A dump without the task itself and the answer to its request.
fn without_the_task(dump: &str) -> String {
    let of_task = ["insula.registration_import", "insula.idempotency_keys"];
    dump.split("== ").filter(|table| !of_task.iter().any(|name| table.starts_with(name))).collect()
}
