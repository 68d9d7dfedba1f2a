//! The feed of what happens to applications and periods (COV-03, COV-04, COV-07, COV-08, COV-12). The database writes it
//! with each change.

use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{Array, BigInt, Date, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::{
    clock::brussels_day, convention::coverage::readings::ENDING_REMINDERS, notices::webhook::EventType,
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    error::{DbError, Stop},
    position::Position,
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

/// Something that happened.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its position in the feed.
    pub in_feed: Position,
    /// Its identifier.
    pub id: Uuid,
    /// What happened.
    pub event_type: EventType,
    /// The application, if it is about one.
    pub application: Option<Uuid>,
    /// The period, if it is about one.
    pub period: Option<Uuid>,
    /// The version that it made, if it changed something.
    pub version: Option<i32>,
    /// When.
    pub occurred_at: DateTime<Utc>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(embed)]
    in_feed: Position,
    #[diesel(sql_type = SqlUuid)]
    event_id: Uuid,
    #[diesel(sql_type = Text, column_name = "type")]
    event_type: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    application_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    period_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Integer>)]
    version: Option<i32>,
    #[diesel(sql_type = Timestamptz)]
    occurred_at: DateTime<Utc>,
}

impl Row {
    fn read(self) -> Result<Event, DbError> {
        let event_type = EventType::from_name(&self.event_type);
        Ok(Event {
            event_type: event_type
                .ok_or_else(|| DbError::inconsistent("insula.coverage_events", "type", self.event_id))?,
            in_feed: self.in_feed,
            id: self.event_id,
            application: self.application_id,
            period: self.period_id,
            version: self.version,
            occurred_at: self.occurred_at,
        })
    }
}

#[derive(QueryableByName)]
struct Told {
    #[diesel(sql_type = BigInt)]
    told: i64,
}

/// The events of the caller's organisation after a position, in an order that never changes. Those of transactions
/// younger than the oldest one still running are held back, so that none can appear before a position already read.
pub fn list(tx: &mut Tx, after: Position, page_size: i32) -> Result<Vec<Event>, Stop> {
    // One branch for each index; another kind of organisation finds nothing in it.
    let query = diesel::sql_query(
        "SELECT xid, seq, event_id, type, application_id, period_id, version, occurred_at FROM (
             (SELECT * FROM insula.coverage_events WHERE hospital = insula.organisation() AND (xid, seq) > ($1::xid8, $2)
                AND xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY xid, seq LIMIT $3)
             UNION
             (SELECT * FROM insula.coverage_events WHERE insurer = insula.organisation() AND (xid, seq) > ($1::xid8, $2)
                AND xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY xid, seq LIMIT $3)
             UNION
             (SELECT * FROM insula.coverage_events
              WHERE insurer_union = insula.organisation() AND (xid, seq) > ($1::xid8, $2)
                AND xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY xid, seq LIMIT $3)) AS mine
         ORDER BY mine.xid, mine.seq LIMIT $3",
    )
    .bind::<Text, _>(after.xid.to_string())
    .bind::<BigInt, _>(after.seq)
    .bind::<Integer, _>(page_size);
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    let events = rows.into_iter().map(Row::read).collect::<Result<Vec<_>, _>>()?;
    trail::record(tx, Action::List, "coverageEvents", &json!({"found": events.len()}))?;
    Ok(events)
}

/// COV-15: gives the applications that wait to the insurer that their beneficiary has today; in Insula's own scope. Returns
/// how many went to another one.
pub fn hand_over(tx: &mut Tx) -> Result<i64, Stop> {
    let query = diesel::sql_query("SELECT insula.hand_over_applications($1, $2) AS told")
        .bind::<Date, _>(brussels_day(tx.now))
        .bind::<Timestamptz, _>(tx.now);
    Ok(Constant(query).found::<Told>(tx.conn)?.told)
}

/// COV-04: tells of the periods that end in 60 and in 30 days and of those that ended, each once; in Insula's own scope.
/// Returns how many events there were.
pub fn tell_of_endings(tx: &mut Tx) -> Result<i64, Stop> {
    let days: Vec<i32> = ENDING_REMINDERS.into_iter().filter_map(|days| i32::try_from(days).ok()).collect();
    let query = diesel::sql_query("SELECT insula.tell_of_endings($1, $2, $3) AS told")
        .bind::<Date, _>(brussels_day(tx.now))
        .bind::<Array<Integer>, _>(days)
        .bind::<Timestamptz, _>(tx.now);
    Ok(Constant(query).found::<Told>(tx.conn)?.told)
}
