//! Runs the nights that are due. Any number of processes may try; one runs each night (CNT-07).

use std::time::Duration;

use insula_persistence::{
    Call, Db, Stop,
    registry::night::{self, Night},
};

use super::Job;

const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The job that runs the nights that are due.
pub fn job(db: &Db) -> Job {
    let db = db.clone();
    Job::every(LOOK_EVERY, "night", move || match run_next(&db) {
        Ok(ran) => ran.is_some(),
        Err(stop) => {
            tracing::warn!(?stop, "the night did not come about; it is tried again");
            false
        }
    })
}

/// Runs the earliest night that is due: missed nights are caught up in order. `None`: none is due, or another process
/// is running it.
pub fn run_next(db: &Db) -> Result<Option<night::Report>, Stop> {
    let call = Call::insula("night", db.ids.opaque_uuid());
    let Some(day) = db.run(&call, night::due)? else { return Ok(None) };
    match db.run(&call, |tx| night::run(tx, day))? {
        Night::Ran(report) => {
            let (kept, taken, exceeded) = (report.kept, report.taken, report.exceeded);
            tracing::info!(%day, kept, taken, exceeded, "the night was run");
            Ok(Some(report))
        }
        Night::NotRun(_) | Night::Elsewhere => Ok(None),
    }
}
