//! Circuit breakers for recipients that do not answer. The state is one row per recipient, so that all processes
//! together probe it no more often than one would; `insula_domain` decides what follows from it.

use chrono::{DateTime, Utc};
use diesel::{
    OptionalExtension, QueryableByName, RunQueryDsl,
    sql_types::{Integer, Nullable, Text, Timestamptz},
};
use insula_domain::registry::transmission::{breaker::Breaker, coded::Answer};

use crate::{
    db::Db,
    error::{DbError, Stop},
    outbox,
    sql::Constant,
    tx::Tx,
};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    recipient: String,
    #[diesel(sql_type = Integer)]
    failures: i32,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    opened_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    probe_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Integer>)]
    pause_seconds: Option<i32>,
}

impl Row {
    fn breaker(&self) -> Result<Breaker, DbError> {
        let inconsistent = |column| DbError::inconsistent("breakers", column, &self.recipient);
        match (self.opened_at, self.probe_at, self.pause_seconds) {
            (Some(since), Some(probe_at), Some(pause)) => {
                let pause = u32::try_from(pause).map_err(|_| inconsistent("pause_seconds"))?;
                Ok(Breaker::Open { since, probe_at, pause })
            }
            (None, None, None) => {
                Ok(Breaker::Closed { failures: u32::try_from(self.failures).map_err(|_| inconsistent("failures"))? })
            }
            _ => Err(inconsistent("opened_at")),
        }
    }
}

/// The breaker of a recipient, before deliveries of a topic are claimed. If a probe is due, it is locked until the
/// transaction ends, so that only one process probes. `None` if there is nothing to probe with; then nothing is locked.
pub fn before_claim(tx: &mut Tx, topic: &str, recipient: &str) -> Result<Option<Breaker>, Stop> {
    let breaker = find(tx, recipient)?;
    match breaker {
        Breaker::Open { .. } if breaker.admits(tx.now, 1) > 0 => {
            let due = outbox::is_due(tx, topic)?;
            Ok(if due { Some(lock(tx, recipient)?) } else { None })
        }
        Breaker::Open { .. } | Breaker::Closed { .. } => Ok(Some(breaker)),
    }
}

/// Records that deliveries admitted by the breaker were claimed; `before` is its state before the claim.
pub fn claimed(tx: &mut Tx, recipient: &str, before: Breaker) -> Result<(), Stop> {
    let begun = before.begun(tx.now);
    if begun == before { Ok(()) } else { write(tx, recipient, &begun) }
}

/// Records the answers to deliveries, in this order.
pub fn heard<'a>(tx: &mut Tx, recipient: &str, answers: impl Iterator<Item = &'a Answer>) -> Result<(), Stop> {
    let heard: Vec<bool> = answers
        .filter_map(|answer| match answer {
            Answer::Acknowledged | Answer::Refused(_) | Answer::Again(_) => Some(true),
            Answer::Failed(_) => Some(false),
            Answer::NotTried => None,
        })
        .collect();
    // The usual case needs neither a write nor a lock.
    if heard.iter().all(|answered| *answered) && find(tx, recipient)? == Breaker::default() {
        return Ok(());
    }
    let before = lock(tx, recipient)?;
    let after = heard.into_iter().fold(before, |breaker, answered| breaker.heard(answered, tx.now));
    match (before, after) {
        (Breaker::Closed { .. }, Breaker::Open { .. }) => {
            tracing::warn!(recipient, "it failed too often in a row; only occasional probes are sent from now on");
        }
        (Breaker::Open { since, .. }, Breaker::Closed { .. }) => {
            tracing::info!(recipient, %since, "it answers again; everything that waited is sent");
        }
        _ => {}
    }
    if before == after { Ok(()) } else { write(tx, recipient, &after) }
}

macro_rules! select {
    ($which:literal) => {
        concat!("SELECT recipient, failures, opened_at, probe_at, pause_seconds FROM insula.breakers ", $which)
    };
}

/// Every breaker with its recipient.
pub fn all(db: &Db) -> Result<Vec<(String, Breaker)>, DbError> {
    let rows: Vec<Row> = Constant(diesel::sql_query(select!("ORDER BY recipient"))).load(&mut *db.worker()?)?;
    rows.into_iter().map(|row| Ok((row.recipient.clone(), row.breaker()?))).collect()
}

fn find(tx: &mut Tx, recipient: &str) -> Result<Breaker, DbError> {
    let query = diesel::sql_query(select!("WHERE recipient = $1")).bind::<Text, _>(recipient);
    let row: Option<Row> = Constant(query).get_result(tx.conn).optional()?;
    row.map_or_else(|| Ok(Breaker::default()), |row| row.breaker())
}

/// The breaker, locked until the transaction ends.
fn lock(tx: &mut Tx, recipient: &str) -> Result<Breaker, DbError> {
    let query =
        diesel::sql_query("INSERT INTO insula.breakers (recipient, failures) VALUES ($1, 0) ON CONFLICT DO NOTHING")
            .bind::<Text, _>(recipient);
    Constant(query).execute(tx.conn)?;
    let query = diesel::sql_query(select!("WHERE recipient = $1 FOR UPDATE")).bind::<Text, _>(recipient);
    let row: Row = Constant(query).get_result(tx.conn)?;
    row.breaker()
}

fn write(tx: &mut Tx, recipient: &str, breaker: &Breaker) -> Result<(), Stop> {
    let (failures, opened_at, probe_at, pause) = match *breaker {
        Breaker::Closed { failures } => (failures, None, None, None),
        Breaker::Open { since, probe_at, pause } => (0, Some(since), Some(probe_at), Some(pause)),
    };
    let query = diesel::sql_query(
        "UPDATE insula.breakers SET failures = $2, opened_at = $3, probe_at = $4, pause_seconds = $5
         WHERE recipient = $1",
    )
    .bind::<Text, _>(recipient)
    .bind::<Integer, _>(i32::try_from(failures).unwrap_or(i32::MAX))
    .bind::<Nullable<Timestamptz>, _>(opened_at)
    .bind::<Nullable<Timestamptz>, _>(probe_at)
    .bind::<Nullable<Integer>, _>(pause.map(|pause| i32::try_from(pause).unwrap_or(i32::MAX)));
    Constant(query).execute(tx.conn)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CGM-07: an unreadable breaker does not count as closed.
    #[test]
    fn an_unreadable_breaker_is_not_closed() {
        let at = Some(DateTime::UNIX_EPOCH);
        let read = |failures, opened_at, probe_at, pause_seconds| {
            Row { recipient: "healthdata".to_owned(), failures, opened_at, probe_at, pause_seconds }.breaker()
        };
        assert_eq!(read(3, None, None, None).unwrap(), Breaker::Closed { failures: 3 });
        let open = Breaker::Open { since: DateTime::UNIX_EPOCH, probe_at: DateTime::UNIX_EPOCH, pause: 30 };
        assert_eq!(read(0, at, at, Some(30)).unwrap(), open);
        for row in
            [read(-1, None, None, None), read(0, at, at, Some(-1)), read(0, at, None, Some(30)), read(0, at, at, None)]
        {
            assert!(matches!(row, Err(DbError::Inconsistent { .. })), "{row:?}");
        }
    }
}
