//! The trail as its auditor reads it (SYS-01).

use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{BigInt, Integer, Nullable, Text, Uuid as SqlUuid},
};
use uuid::Uuid;

use crate::{error::Stop, position::Position, sql::Constant, tx::Tx};

/// One event.
#[derive(Debug, Clone, QueryableByName)]
pub struct Recorded {
    /// Its identifier.
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    /// Where it stands among all events.
    #[diesel(embed)]
    pub in_feed: Position,
    /// What happened, as it was signed.
    #[diesel(sql_type = Text)]
    pub body: String,
    /// Its position in the sealed chain.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub position: Option<i64>,
}

/// The events after a position, oldest first, of one subject or organisation where one is named.
pub fn list(
    tx: &mut Tx,
    subject: Option<&str>,
    organisation: Option<&str>,
    after: Position,
    page_size: i32,
) -> Result<Vec<Recorded>, Stop> {
    let query = diesel::sql_query(
        "SELECT e.id, e.xid, e.seq, e.body, s.position FROM trail.events e
         LEFT JOIN trail.seals s ON s.event_id = e.id
         WHERE (e.xid, e.seq) > ($1::xid8, $2) AND e.xid < pg_snapshot_xmin(pg_current_snapshot())
           AND ($3 IS NULL OR e.subject = $3) AND ($4 IS NULL OR e.organisation = $4)
         ORDER BY e.xid, e.seq LIMIT $5",
    )
    .bind::<Text, _>(after.xid.to_string())
    .bind::<BigInt, _>(after.seq)
    .bind::<Nullable<Text>, _>(subject)
    .bind::<Nullable<Text>, _>(organisation)
    .bind::<Integer, _>(page_size);
    Ok(Constant(query).load(tx.conn)?)
}
