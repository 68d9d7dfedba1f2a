//! Sealing: the events chained in the order in which they were committed.

use diesel::{
    OptionalExtension, QueryableByName, RunQueryDsl,
    connection::SimpleConnection,
    sql_types::{Array, BigInt, Binary, Text, Uuid as SqlUuid},
};
use uuid::Uuid;

use crate::{db::Db, error::DbError, keys::Keys, sql::Constant};

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
        chain = keys.chain(&chain, position, (&event.xid, event.seq), &event.mac).to_vec();
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

/// Whether the chain still reaches a head that was noted before, as it was then.
pub fn holds(db: &Db, noted: &Head) -> Result<bool, DbError> {
    #[derive(QueryableByName)]
    struct Link {
        #[diesel(sql_type = Binary)]
        chain: Vec<u8>,
    }
    let query =
        diesel::sql_query("SELECT chain FROM trail.seals WHERE position = $1").bind::<BigInt, _>(noted.position);
    let link: Option<Link> = Constant(query).get_result(&mut *db.worker()?).optional()?;
    Ok(link.is_some_and(|link| hex::encode(link.chain) == noted.chain))
}

/// Whether the trail was written on this PostgreSQL server, or on one it was physically copied from. After dump and reload the
/// numbers of transactions begin anew, and what is written then would sort before what was written long ago.
pub fn is_of_this_server(db: &Db) -> Result<bool, DbError> {
    #[derive(QueryableByName)]
    struct Reached {
        #[diesel(sql_type = diesel::sql_types::Bool)]
        reached: bool,
    }
    let query = diesel::sql_query(
        "SELECT coalesce((SELECT xid FROM trail.events ORDER BY xid DESC, seq DESC LIMIT 1)
             < pg_snapshot_xmax(pg_current_snapshot()), true) AS reached",
    );
    let found: Reached = Constant(query).get_result(&mut *db.worker()?)?;
    Ok(found.reached)
}
