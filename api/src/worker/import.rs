//! Runs imports in turns, some rows of each at a time, so that a long import does not delay a short one. Each row is
//! one transaction in the name of the person who posted the import; an atomic import is one transaction as a whole. If
//! a process dies, its lease expires, and each row is either done or not (SYS-03).

use insula_domain::{
    names::{ImportOutcome, ImportState},
    refusal::{Refusal, Rejection},
};
use insula_persistence::{
    Call, Db, Keep, Stop, Tx,
    registry::imports::{self, Claimed, RowReport},
};

use super::Job;
use crate::{
    http::problem::{OURS, kept_refusal},
    registry::imports::execution,
};

/// The maximum number of rows in one turn.
const TURN: usize = 100;
const OPERATION: &str = "doRegistrationImport";

/// The job.
pub fn job(db: &Db) -> Job {
    let db = db.clone();
    Job::on_change("imports", move || match turn(&db, TURN) {
        Ok(worked) => worked,
        Err(stop) => {
            tracing::warn!(?stop, "the turn of an import did not come about; it is tried again");
            false
        }
    })
}

/// Runs one turn of the next import. Returns whether there was one.
pub fn turn(db: &Db, rows: usize) -> Result<bool, Stop> {
    let Some(claimed) = claim(db)? else { return Ok(false) };
    let outcome = worked(db, &claimed, rows);
    // Whatever happened, the next turn need not wait for the lease to expire.
    let released = db.run(&worker(db), |tx| imports::release(tx, &claimed));
    outcome.and(released).map(|()| true)
}

/// Erases imports that ended long ago.
pub fn forget_old(db: &Db) {
    let call = Call::insula("forgetOldImports", db.ids.opaque_uuid());
    loop {
        match db.run(&call, imports::forget_old) {
            Ok(true) => {}
            Ok(false) => return,
            Err(stop) => return tracing::warn!(?stop, "old imports could not be forgotten; tried again in an hour"),
        }
    }
}

/// Leases the import whose turn it is, if any is free.
pub fn claim(db: &Db) -> Result<Option<Claimed>, Stop> {
    db.run(&worker(db), imports::claim)
}

fn worker(db: &Db) -> Call {
    Call::insula(OPERATION, db.ids.opaque_uuid())
}

/// The trail names the person and, by the trace id, the import.
fn in_the_name_of(claimed: &Claimed, registry: bool) -> Call {
    Call { actor: claimed.actor.clone(), registry, operation: OPERATION, trace_id: claimed.id, request: None }
}

fn worked(db: &Db, claimed: &Claimed, rows: usize) -> Result<(), Stop> {
    if claimed.options.atomic {
        return settled(db, claimed, whole(db, claimed));
    }
    for _ in 0..rows {
        if !one(db, claimed)? {
            break;
        }
    }
    Ok(())
}

/// Executes the next row of a leased import. Returns whether there may be another.
pub fn one(db: &Db, claimed: &Claimed) -> Result<bool, Stop> {
    let options = claimed.options;
    let keep = if options.dry_run { Keep::No } else { Keep::Yes };
    let done = db.run(&in_the_name_of(claimed, true), |tx| match imports::next(tx, claimed)? {
        // Cancelled, or taken over by another worker because the lease expired.
        None => Ok(false),
        Some(None) => imports::end(tx, claimed.id, ImportState::Done, None).map(|()| false),
        Some(Some(work)) => {
            let report = execution::execute(tx, options.mode, keep, &work)?;
            imports::report(tx, claimed, work.number, &report).map(|()| true)
        }
    });
    settled(db, claimed, done)
}

/// CGM-02: an import ends when its owner loses access to the registry; the rows already done stay. It also ends after
/// an internal error, because a retry would fail again.
fn settled<T: Default>(db: &Db, claimed: &Claimed, outcome: Result<T, Stop>) -> Result<T, Stop> {
    let problem = match outcome {
        Err(Stop::Rejected(Rejection::Refused(refusal @ Refusal::RegistryNotGranted { .. }))) => {
            kept_refusal(&refusal).0
        }
        Err(Stop::Db(error)) if !error.passes() => {
            tracing::error!(%error, import = %claimed.id, "an import cannot be gone on with");
            OURS
        }
        outcome => return outcome,
    };
    let failed = |tx: &mut Tx| imports::end(tx, claimed.id, ImportState::Failed, Some(problem));
    db.run(&in_the_name_of(claimed, false), failed).map(|()| T::default())
}

/// All rows or none: each row is judged as if the rows before it were stored, and all are stored only if none has a
/// fault.
fn whole(db: &Db, claimed: &Claimed) -> Result<(), Stop> {
    db.run(&in_the_name_of(claimed, true), |tx| {
        // Locked before the savepoint, so that the lock outlives a rollback until the reports are written.
        if imports::page(tx, claimed, i32::MAX)?.is_none() {
            return Ok(());
        }
        let (is_good, reports) = tx.part(|tx| judged(tx, claimed))?;
        for (number, report) in reports {
            imports::report(tx, claimed, number, &as_stored(report, is_good, claimed.options.dry_run))?;
        }
        let (problem, _) = kept_refusal(&Refusal::ImportNotStored);
        let (state, problem) = if is_good { (ImportState::Done, None) } else { (ImportState::Failed, Some(problem)) };
        imports::end(tx, claimed.id, state, problem)
    })
}

type Reports = Vec<(i32, RowReport)>;

fn judged(tx: &mut Tx, claimed: &Claimed) -> Result<(Keep, (bool, Reports)), Stop> {
    let options = claimed.options;
    let mut reports = Reports::new();
    let mut after = 0;
    while let Some(works) = imports::page(tx, claimed, after)? {
        let Some(last) = works.last() else { break };
        after = last.number;
        for work in &works {
            reports.push((work.number, execution::execute(tx, options.mode, Keep::Yes, work)?));
        }
    }
    let is_bad = |outcome| matches!(outcome, ImportOutcome::Faulty | ImportOutcome::Refused);
    let is_good = !reports.iter().any(|(_, report)| is_bad(report.outcome));
    let keep = if is_good && !options.dry_run { Keep::Yes } else { Keep::No };
    Ok((keep, (is_good, reports)))
}

/// The final report of a row of an atomic import: what was not stored has no registration, and after a failure a
/// faultless row counts as not done.
fn as_stored(mut report: RowReport, is_good: bool, dry_run: bool) -> RowReport {
    let is_stored_before = report.outcome == ImportOutcome::Unchanged;
    if (!is_good || dry_run) && !is_stored_before {
        (report.registration, report.code) = (None, None);
        if !is_good && !matches!(report.outcome, ImportOutcome::Faulty | ImportOutcome::Refused) {
            report.outcome = ImportOutcome::NotDone;
        }
    }
    report
}
