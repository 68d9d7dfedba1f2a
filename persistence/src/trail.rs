//! The trail (SYS-01): one signed event for every change and every read of a person's data, written in the transaction of
//! what it tells; and the seals that chain the events in the order in which they were committed.

use aws_lc_rs::digest;
use chrono::SecondsFormat;
use diesel::{
    QueryableByName, RunQueryDsl,
    connection::SimpleConnection,
    sql_types::{Array, BigInt, Binary, Nullable, Text, Uuid as SqlUuid},
};
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{
    db::{Db, Tx},
    error::DbError,
    keys::Keys,
    sql::Constant,
};

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
    action: &'a str,
    subject: &'a str,
    trace_id: Uuid,
    details: &'a Value,
}

/// What happened to what. `details` never hold an identity (BEN-04): versions, statuses and hashes only.
pub(crate) fn event(tx: &Tx, action: &str, subject: &str, details: &Value) -> Result<Event, DbError> {
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
    let mac = tx.keys.sign_event(&body).to_vec();
    Ok(Event { id: tx.ids.uuid(), body, mac })
}

/// Writes an event on its own, for reads and for changes of several statements.
pub fn record(tx: &mut Tx, action: &str, subject: &str, details: &Value) -> Result<(), DbError> {
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

/// Where the chain stood when it was last looked at. Kept outside the database, it shows that the tail was cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The position of the last seal; 0 before the first.
    pub position: i64,
    /// Its link of the chain, in hexadecimal.
    pub chain: String,
}

#[derive(QueryableByName)]
struct LastSeal {
    #[diesel(sql_type = BigInt)]
    position: i64,
    #[diesel(sql_type = Text)]
    xid: String,
    #[diesel(sql_type = BigInt)]
    seq: i64,
    #[diesel(sql_type = Binary)]
    chain: Vec<u8>,
}

#[derive(QueryableByName)]
struct Unsealed {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    xid: String,
    #[diesel(sql_type = BigInt)]
    seq: i64,
    #[diesel(sql_type = Binary)]
    mac: Vec<u8>,
}

/// Seals the next events, at most 1000, in commit order: those of transactions older than every one still running, so
/// that none can slip in before a sealed one. Returns the new head when there was anything to seal. Two sealers at once:
/// one of them does nothing.
pub fn seal(db: &Db) -> Result<Option<Head>, DbError> {
    let mut conn = db.worker()?;
    conn.batch_execute("BEGIN")?;
    let sealed = seal_in(&mut conn, &db.keys);
    match &sealed {
        Ok(Some(_)) => conn.batch_execute("COMMIT")?,
        _ => conn.batch_execute("ROLLBACK")?,
    }
    sealed
}

fn seal_in(conn: &mut diesel::PgConnection, keys: &Keys) -> Result<Option<Head>, DbError> {
    #[derive(QueryableByName)]
    struct Locked {
        #[diesel(sql_type = diesel::sql_types::Bool)]
        locked: bool,
    }
    let lock =
        diesel::sql_query("SELECT pg_try_advisory_xact_lock(hashtextextended('insula trail seals', 0)) AS locked");
    let lock: Locked = Constant(lock).get_result(conn)?;
    if !lock.locked {
        return Ok(None);
    }
    let query =
        diesel::sql_query("SELECT position, xid::text, seq, chain FROM trail.seals ORDER BY position DESC LIMIT 1");
    let last: Vec<LastSeal> = Constant(query).load(conn)?;
    let last = last.into_iter().next();
    let (xid, seq) = last.as_ref().map_or(("0", 0), |last| (last.xid.as_str(), last.seq));
    let query = diesel::sql_query(
        // `xid` alone would be the text selected, which sorts 10 before 9.
        "SELECT e.id, e.xid::text, e.seq, e.mac FROM trail.events e
         WHERE (e.xid, e.seq) > ($1::xid8, $2) AND e.xid < pg_snapshot_xmin(pg_current_snapshot())
         ORDER BY e.xid, e.seq LIMIT 1000",
    )
    .bind::<Text, _>(xid)
    .bind::<BigInt, _>(seq);
    let events: Vec<Unsealed> = Constant(query).load(conn)?;
    if events.is_empty() {
        return Ok(None);
    }
    let mut position = last.as_ref().map_or(0, |last| last.position);
    let mut chain = last.map_or_else(Vec::new, |last| last.chain);
    let (mut positions, mut ids, mut xids, mut seqs, mut chains) = (vec![], vec![], vec![], vec![], vec![]);
    for event in events {
        position += 1;
        chain = keys.chain(&chain, position, &event.mac).to_vec();
        positions.push(position);
        ids.push(event.id);
        xids.push(event.xid);
        seqs.push(event.seq);
        chains.push(chain.clone());
    }
    let query = diesel::sql_query(
        "INSERT INTO trail.seals (position, event_id, xid, seq, chain)
         SELECT position, event_id, xid::xid8, seq, chain
         FROM unnest($1, $2, $3, $4, $5) AS s(position, event_id, xid, seq, chain)",
    )
    .bind::<Array<BigInt>, _>(positions)
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<Text>, _>(xids)
    .bind::<Array<BigInt>, _>(seqs)
    .bind::<Array<Binary>, _>(chains);
    Constant(query).execute(conn)?;
    Ok(Some(Head { position, chain: hex::encode(chain) }))
}

/// What `insula audit verify` found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// How many events are sealed and intact up to the first finding.
    pub sealed: i64,
    /// Events too young to be sealed.
    pub unsealed: i64,
    /// Everything that is not as it was written.
    pub findings: Vec<String>,
}

#[derive(QueryableByName)]
struct Pair {
    #[diesel(sql_type = Nullable<SqlUuid>)]
    id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    body: Option<String>,
    #[diesel(sql_type = Nullable<Binary>)]
    mac: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<BigInt>)]
    position: Option<i64>,
    #[diesel(sql_type = Nullable<Binary>)]
    chain: Option<Vec<u8>>,
    #[diesel(sql_type = Text)]
    xid: String,
    #[diesel(sql_type = BigInt)]
    seq: i64,
}

/// SYS-01: reads the whole trail and finds any event that was changed, removed, inserted or moved, and a tail that was cut
/// behind the head that was noted outside the database.
pub fn verify(db: &Db, noted: Option<&Head>) -> Result<Verification, DbError> {
    let mut conn = db.worker()?;
    let mut report = Verification { sealed: 0, unsealed: 0, findings: Vec::new() };
    let (mut xid, mut seq, mut position, mut chain) = ("0".to_owned(), 0i64, 0i64, Vec::new());
    let mut noted_seen = noted.is_none_or(|head| head.position == 0);
    loop {
        let query = diesel::sql_query(
            "SELECT e.id, e.body, e.mac, s.position, s.chain, coalesce(s.xid, e.xid)::text AS xid, coalesce(s.seq, e.seq) AS seq
             FROM trail.events e FULL JOIN trail.seals s ON s.event_id = e.id
             WHERE (coalesce(s.xid, e.xid), coalesce(s.seq, e.seq)) > ($1::xid8, $2)
             ORDER BY coalesce(s.xid, e.xid), coalesce(s.seq, e.seq), s.position LIMIT 2000",
        )
        .bind::<Text, _>(&xid)
        .bind::<BigInt, _>(seq);
        let pairs: Vec<Pair> = Constant(query).load(&mut conn)?;
        let Some(last) = pairs.last() else { break };
        (xid, seq) = (last.xid.clone(), last.seq);
        for pair in &pairs {
            let name =
                pair.id.map_or_else(|| format!("position {:?}", pair.position.unwrap_or(0)), |id| id.to_string());
            let intact = match (&pair.body, &pair.mac) {
                (Some(body), Some(mac)) => db.keys.sign_event(body)[..] == mac[..],
                _ => false,
            };
            if pair.id.is_none() {
                report.findings.push(format!("{name}: the event is gone"));
            } else if !intact {
                report.findings.push(format!("{name}: the event is not as it was signed"));
            }
            let (Some(at), Some(link)) = (pair.position, &pair.chain) else {
                report.unsealed += 1;
                continue;
            };
            if report.unsealed > 0 {
                report.findings.push(format!("{name}: an event without seal stands before it"));
                report.unsealed = 0;
            }
            position += 1;
            if at != position {
                report.findings.push(format!("{name}: position {position} is missing"));
                position = at;
            }
            let expected = db.keys.chain(&chain, at, pair.mac.as_deref().unwrap_or_default());
            if pair.mac.is_some() && expected[..] != link[..] {
                report.findings.push(format!("{name}: the chain breaks at position {at}"));
            }
            chain.clone_from(link);
            if noted.is_some_and(|head| head.position == at && head.chain == hex::encode(link)) {
                noted_seen = true;
            }
            report.sealed = at;
        }
    }
    if !noted_seen {
        let at = noted.map_or(0, |head| head.position);
        report
            .findings
            .push(format!("the chain was noted at position {at} and does not reach it as it was: the tail was cut"));
    }
    Ok(report)
}
