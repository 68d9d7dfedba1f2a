//! The trail (SYS-01): one signed event for every change and every read of a person's data, written in the transaction of
//! what it tells; and the seals that chain the events in the order in which they were committed.

mod action;
pub mod events;
mod seal;
mod verify;

use aws_lc_rs::digest;
use chrono::SecondsFormat;
use diesel::sql_types::{Binary, Text, Uuid as SqlUuid};
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

pub use action::Action;
pub use seal::{Head, holds, is_of_this_server, seal};
pub use verify::{Verification, verify};

use crate::{error::DbError, sql::Constant, tx::Tx};

/// One event, signed.
pub(crate) struct Event {
    pub id: Uuid,
    pub body: String,
    pub mac: Vec<u8>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    at: String,
    organisation: String,
    person: &'a str,
    operation: &'a str,
    action: Action,
    subject: &'a str,
    trace_id: Uuid,
    details: &'a Value,
}

/// What happened to what. `details` never hold an identity (BEN-04): versions, statuses and hashes only.
pub(crate) fn event(tx: &Tx, action: Action, subject: &str, details: &Value) -> Result<Event, DbError> {
    let actor = &tx.call.actor;
    let body = serde_json::to_string(&Body {
        at: tx.now.to_rfc3339_opts(SecondsFormat::Micros, true),
        organisation: format!("{}:{}", actor.kind.name(), actor.number),
        person: &actor.person,
        operation: tx.call.operation,
        action,
        subject,
        trace_id: tx.call.trace_id,
        details,
    })
    .map_err(|error| DbError::Other(error.to_string()))?;
    let id = tx.ids.uuid();
    let mac = tx.keys.sign_event(id, &body).to_vec();
    Ok(Event { id, body, mac })
}

/// Writes an event on its own, for reads and for changes of several statements.
pub fn record(tx: &mut Tx, action: Action, subject: &str, details: &Value) -> Result<(), DbError> {
    let event = event(tx, action, subject, details)?;
    let query = diesel::sql_query("INSERT INTO trail.events (id, body, mac) VALUES ($1, $2, $3)")
        .bind::<SqlUuid, _>(event.id)
        .bind::<Text, _>(event.body)
        .bind::<Binary, _>(event.mac);
    Constant(query).execute(tx.conn)?;
    Ok(())
}

/// SHA-256 of a content, the same before and after a stay in the database: names sorted, numbers in one spelling.
pub fn content_hash(content: &Map<String, Value>) -> String {
    let mut text = String::new();
    canonical(&Value::Object(content.clone()), &mut text);
    hex::encode(digest::digest(&digest::SHA256, text.as_bytes()))
}

fn canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut names: Vec<_> = map.keys().collect();
            names.sort();
            out.push('{');
            for name in names {
                out.push_str(&Value::String(name.clone()).to_string());
                out.push(':');
                canonical(&map[name], out);
                out.push(',');
            }
            out.push('}');
        }
        Value::Array(entries) => {
            out.push('[');
            for entry in entries {
                canonical(entry, out);
                out.push(',');
            }
            out.push(']');
        }
        Value::Number(number) => match number.as_f64() {
            Some(float) => out.push_str(&float.to_string()),
            None => out.push_str(&number.to_string()),
        },
        other => out.push_str(&other.to_string()),
    }
}
