//! Imports of registrations, in turns: some rows of one import, then some of the next, so that a long one holds up nobody's
//! short one. Each row is one transaction in the name of whoever posted it, or, for an import that is stored as a whole or not
//! at all, the whole is. Whoever dies leaves a lease that runs out, and rows of which each is done or not done (SYS-03).

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

/// How many rows an import has done before it is another's turn.
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

/// One turn: up to so many rows of the import whose turn it is. Returns whether there was one.
pub fn turn(db: &Db, rows: usize) -> Result<bool, Stop> {
    let Some(claimed) = claim(db)? else { return Ok(false) };
    let outcome = worked(db, &claimed, rows);
    // Whatever happened, it need not wait for the lease to run out.
    let released = db.run(&worker(db), |tx| imports::release(tx, &claimed));
    outcome.and(released).map(|()| true)
}

/// Forgets what ended long ago.
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

/// Takes the import whose turn it is, if there is one that nobody has in hand.
pub fn claim(db: &Db) -> Result<Option<Claimed>, Stop> {
    db.run(&worker(db), imports::claim)
}

fn worker(db: &Db) -> Call {
    Call::insula(OPERATION, db.ids.opaque_uuid())
}

/// The trail names the person, and by the trace id the import.
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

/// Does the next row of an import in hand. Returns whether there may be another.
pub fn one(db: &Db, claimed: &Claimed) -> Result<bool, Stop> {
    let options = claimed.options;
    let keep = if options.dry_run { Keep::No } else { Keep::Yes };
    let done = db.run(&in_the_name_of(claimed, true), |tx| match imports::next(tx, claimed)? {
        // Cancelled, or another worker's: this one was away for longer than its lease.
        None => Ok(false),
        Some(None) => imports::end(tx, claimed.id, ImportState::Done, None).map(|()| false),
        Some(Some(work)) => {
            let report = execution::execute(tx, options.mode, keep, &work)?;
            imports::report(tx, claimed, work.number, &report).map(|()| true)
        }
    });
    settled(db, claimed, done)
}

/// CGM-02: an import whose owner is no longer let into the registry ends, with the rows that are done as they are. So does one
/// that cannot be gone on with because of a fault of ours: tried again, it would come to nothing again.
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

/// All rows or none: each is judged as if those before it stood, and everything stays only when nothing stands against any.
fn whole(db: &Db, claimed: &Claimed) -> Result<(), Stop> {
    db.run(&in_the_name_of(claimed, true), |tx| {
        // Locked before the part that may be rolled back, and so until the reports are written.
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

/// The report of a row that was judged together with the others: of what was not stored there is no registration, and what
/// would have been good alone was not done.
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
