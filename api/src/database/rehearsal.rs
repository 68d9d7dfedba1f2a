//! The clock of a rehearsal. In development mode time can be moved for all processes on one database, so that a night, a
//! threshold or the end of a year is lived through in seconds. Tokens go by the real clock all the same.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use insula_domain::clock::Clock;
use insula_persistence::{Db, DbError, clock};

use crate::{system::SystemClock, worker::Job};

/// How often a process looks whether the clock was moved.
pub const FOLLOWED_EVERY: Duration = Duration::from_millis(100);

/// The real clock, and how far the rehearsal stands from it.
#[derive(Default)]
pub struct RehearsalClock {
    ahead_by_us: AtomicI64,
}

impl Clock for RehearsalClock {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now() + TimeDelta::microseconds(self.ahead_by_us.load(Ordering::SeqCst))
    }
}

impl RehearsalClock {
    /// Takes over how far the clock of the database was moved.
    pub fn follow(&self, db: &Db) -> Result<(), DbError> {
        let ahead_by = clock::ahead_by(db)?;
        self.ahead_by_us.store(ahead_by.num_microseconds().unwrap_or_default(), Ordering::SeqCst);
        Ok(())
    }
}

/// The job that keeps a clock at that of the database.
pub fn job(db: &Db, clock: Arc<RehearsalClock>) -> Job {
    let db = db.clone();
    Job::every(FOLLOWED_EVERY, "clock", move || {
        // While the database is away, the clock goes on as it is.
        let _ = clock.follow(&db);
        false
    })
}
