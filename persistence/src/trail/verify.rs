//! Verifying: is the trail as it was written?

use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{BigInt, Binary, Nullable, Text, Uuid as SqlUuid},
};
use uuid::Uuid;

use super::Head;
use crate::{
    db::{Db, WorkerConnection},
    error::DbError,
    keys::Keys,
    position::Position,
    sql::Constant,
};

/// What `insula audit verify` found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// The position of the last seal.
    pub sealed: i64,
    /// Events too young to be sealed.
    pub unsealed: i64,
    /// Everything that is not as it was written.
    pub findings: Vec<String>,
}

/// How many rows are read at once.
const PAGE: i64 = 2000;

/// SYS-01: reads the whole trail and finds any event that was changed, removed, inserted or moved, and a tail that was cut
/// behind the head that was noted outside the database.
pub fn verify(db: &Db, noted: Option<&Head>) -> Result<Verification, DbError> {
    let mut conn = db.worker()?;
    let mut report = Verification { sealed: 0, unsealed: 0, findings: Vec::new() };
    // What is sealed meanwhile lies behind the last seal read here: the second walk takes it for too young.
    let last = walk_chain(&mut conn, &db.keys, noted, &mut report)?;
    walk_events(&mut conn, &db.keys, last, &mut report)?;
    Ok(report)
}

fn number(xid: &str) -> u64 {
    // PostgreSQL writes its own numbers; anything else would be no place at all.
    xid.parse().unwrap_or(u64::MAX)
}

#[derive(QueryableByName)]
struct Sealed {
    #[diesel(sql_type = BigInt)]
    position: i64,
    #[diesel(sql_type = Binary)]
    chain: Vec<u8>,
    #[diesel(sql_type = SqlUuid)]
    event_id: Uuid,
    #[diesel(sql_type = Text)]
    sealed_xid: String,
    #[diesel(sql_type = BigInt)]
    sealed_seq: i64,
    #[diesel(sql_type = Nullable<Text>)]
    xid: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    seq: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    body: Option<String>,
    #[diesel(sql_type = Nullable<Binary>)]
    mac: Option<Vec<u8>>,
}

/// The seals by position, each with its event. Returns the place of the last one.
fn walk_chain(
    conn: &mut WorkerConnection,
    keys: &Keys,
    noted: Option<&Head>,
    report: &mut Verification,
) -> Result<Position, DbError> {
    let (mut position, mut chain, mut last) = (0, Vec::new(), Position::default());
    let mut noted_seen = noted.is_none_or(|head| head.position == 0);
    loop {
        let query = diesel::sql_query(
            "SELECT s.position, s.chain, s.event_id, s.xid::text AS sealed_xid, s.seq AS sealed_seq,
                 e.xid::text AS xid, e.seq, e.body, e.mac
             FROM trail.seals s LEFT JOIN trail.events e ON e.id = s.event_id
             WHERE s.position > $1 ORDER BY s.position LIMIT $2",
        )
        .bind::<BigInt, _>(position)
        .bind::<BigInt, _>(PAGE);
        let seals: Vec<Sealed> = Constant(query).load(conn)?;
        if seals.is_empty() {
            break;
        }
        for seal in seals {
            let (at, name) = (seal.position, seal.event_id);
            let mut find = |what: &str| report.findings.push(format!("position {at}, event {name}: {what}"));
            if at != position + 1 {
                find(&format!("position {} is missing before it", position + 1));
            }
            match (&seal.xid, seal.seq, &seal.body, &seal.mac) {
                (Some(xid), Some(seq), Some(body), Some(mac)) => {
                    if keys.sign_event(name, body)[..] != mac[..] {
                        find("the event is not as it was signed");
                    }
                    if (xid, seq) != (&seal.sealed_xid, seal.sealed_seq) {
                        find("the event was moved");
                    }
                    if keys.chain(&chain, at, (xid, seq), mac)[..] != seal.chain[..] {
                        find("the chain breaks here");
                    }
                }
                _ => find("the event is gone"),
            }
            noted_seen |= noted.is_some_and(|head| head.position == at && head.chain == hex::encode(&seal.chain));
            last = Position { xid: number(&seal.sealed_xid), seq: seal.sealed_seq };
            (position, chain) = (at, seal.chain);
        }
    }
    report.sealed = position;
    if !noted_seen {
        let at = noted.map_or(0, |head| head.position);
        report
            .findings
            .push(format!("the chain was noted at position {at} and does not reach it as it was: the tail was cut"));
    }
    Ok(last)
}

#[derive(QueryableByName)]
struct Written {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    xid: String,
    #[diesel(sql_type = BigInt)]
    seq: i64,
    #[diesel(sql_type = Text)]
    body: String,
    #[diesel(sql_type = Binary)]
    mac: Vec<u8>,
    #[diesel(sql_type = Nullable<BigInt>)]
    position: Option<i64>,
}

/// The events in their order, for those without a seal: signed they must be, and younger than every seal.
fn walk_events(
    conn: &mut WorkerConnection,
    keys: &Keys,
    last_seal: Position,
    report: &mut Verification,
) -> Result<(), DbError> {
    let (mut xid, mut seq) = ("0".to_owned(), 0);
    loop {
        let query = diesel::sql_query(
            "SELECT e.id, e.xid::text AS xid, e.seq, e.body, e.mac, s.position
             FROM (SELECT * FROM trail.events WHERE (xid, seq) > ($1::xid8, $2) ORDER BY xid, seq LIMIT $3) e
             LEFT JOIN trail.seals s ON s.event_id = e.id ORDER BY e.xid, e.seq",
        )
        .bind::<Text, _>(&xid)
        .bind::<BigInt, _>(seq)
        .bind::<BigInt, _>(PAGE);
        let events: Vec<Written> = Constant(query).load(conn)?;
        let Some(last) = events.last() else { return Ok(()) };
        (xid, seq) = (last.xid.clone(), last.seq);
        for event in events.iter().filter(|event| event.position.is_none_or(|at| at > report.sealed)) {
            let mut find = |what: &str| report.findings.push(format!("event {}: {what}", event.id));
            if keys.sign_event(event.id, &event.body)[..] != event.mac[..] {
                find("the event is not as it was signed");
            }
            if (Position { xid: number(&event.xid), seq: event.seq }) <= last_seal {
                find("it has no seal although later ones have");
            } else {
                report.unsealed += 1;
            }
        }
    }
}
