//! Waiting for other processes, sessions or tests.

use std::time::{Duration, Instant};

use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{Bool, Text},
};
use insula_persistence::{Login, Timeouts};

use crate::TestApp;

/// The time-out of every wait in the tests. It is only a bound against hanging, generous enough for a slow machine: no
/// test depends on how long something takes.
pub const TEST_TIMEOUT: Duration = Duration::from_secs(300);

/// The database time-outs of a service under test, so that a busy machine is not mistaken for an overload.
pub const GENEROUS_TIMEOUTS: Timeouts =
    Timeouts { connection: TEST_TIMEOUT, lock: TEST_TIMEOUT, statement: TEST_TIMEOUT, idle: TEST_TIMEOUT };

/// The pause between two checks.
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// Checks until it is true, while the tasks of the test continue.
pub async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    until_async(what, async || is_so()).await;
}

/// The same for an asynchronous check.
pub async fn until_async(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !is_so().await {
        assert!(began.elapsed() < TEST_TIMEOUT, "{what}: not within {TEST_TIMEOUT:?}");
        actix_web::rt::time::sleep(POLL_INTERVAL).await;
    }
}

/// The same for tests without other tasks.
#[track_caller]
pub fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < TEST_TIMEOUT, "{what}: not within {TEST_TIMEOUT:?}");
        std::thread::sleep(POLL_INTERVAL);
    }
}

/// Counts the sessions of a login that wait for a lock in this database, in a column `n`. Other logins wait for other
/// reasons: a night, a delivery.
pub fn locked_out(login: Login) -> String {
    format!(
        "SELECT count(*) AS n FROM pg_stat_activity
         WHERE datname = current_database() AND usename = '{}' AND wait_event_type = 'Lock'",
        login.role()
    )
}

impl TestApp {
    /// Waits until every transaction now running in any database of the cluster has ended. Feed and seals hold back
    /// whatever is younger than the oldest of them, so tests that read them call this first.
    pub fn when_older_transactions_ended(&self) {
        #[derive(QueryableByName)]
        struct Next {
            #[diesel(sql_type = Text)]
            xid: String,
        }
        #[derive(QueryableByName)]
        struct Ended {
            #[diesel(sql_type = Bool)]
            ended: bool,
        }
        let mut conn = self.owner();
        let next: Next = diesel::sql_query("SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS xid")
            .get_result(&mut conn)
            .unwrap();
        let ended = "SELECT pg_snapshot_xmin(pg_current_snapshot()) >= $1::xid8 AS ended";
        eventually("older transactions have ended", || {
            diesel::sql_query(ended).bind::<Text, _>(&next.xid).get_result::<Ended>(&mut conn).unwrap().ended
        });
    }
}
