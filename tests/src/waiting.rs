//! Waiting for what another process, session or test does and nobody announces.

use std::time::{Duration, Instant};

use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{Bool, Text},
};
use insula_persistence::{Login, Patience};

use crate::TestApp;

/// How long what must come about may take. It only bounds a hang: no test expects anything of the time it takes, so that a
/// slow machine passes them all.
pub const PATIENCE: Duration = Duration::from_secs(300);

/// The patience of a service under test: a machine that is busy is no overload that callers are told about.
pub const PATIENT: Patience = Patience { connection: PATIENCE, lock: PATIENCE, statement: PATIENCE, idle: PATIENCE };

/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(5);

/// Looks until it is so, while the tasks of the test go on.
pub async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    until_async(what, async || is_so()).await;
}

/// The same where to look means to wait.
pub async fn until_async(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !is_so().await {
        assert!(began.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        actix_web::rt::time::sleep(PAUSE).await;
    }
}

/// The same where nothing else has to go on.
#[track_caller]
pub fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        std::thread::sleep(PAUSE);
    }
}

/// Counts the sessions of a login that wait for a lock in this database, in a column `n`. Those of other logins wait for
/// reasons of their own: a night, a delivery.
pub fn locked_out(login: Login) -> String {
    format!(
        "SELECT count(*) AS n FROM pg_stat_activity
         WHERE datname = current_database() AND usename = '{}' AND wait_event_type = 'Lock'",
        login.role()
    )
}

impl TestApp {
    /// Returns when every transaction that is running now, in any database of the cluster, has ended. Feed and seals hold
    /// back what is younger than the oldest of them, so a test that reads either asks for this first.
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
