//! `insula night`: runs the night of a day, previews it, or replays one that has run (CNT-07, CNT-09).

use chrono::NaiveDate;
use clap::Args;
use insula_domain::registry::{counter::Verdict, night::NotRun};
use insula_persistence::{
    Call, Db, Stop,
    registry::{
        counters::Decided,
        night::{self, Night, Report},
    },
};

use crate::{config::Config, database::Database, system::say, worker};

/// Which night, and what to do with it.
#[derive(Debug, Clone, Args)]
pub struct Asked {
    /// The day of the night, such as 2026-12-31. Default: every night that is due; with --dry-run, the next one.
    #[arg(long)]
    pub day: Option<NaiveDate>,
    /// Print what the night would decide about everything that has arrived, without changing anything.
    #[arg(long, conflicts_with = "verify")]
    pub dry_run: bool,
    /// Repeat the decisions of a past night from the history and the trail, and compare.
    #[arg(long, requires = "day")]
    pub verify: bool,
}

/// Runs the command. Returns whether it succeeded: the night has run, or its replay agrees with it.
pub fn run(config: &Config, asked: &Asked) -> Result<bool, Box<dyn std::error::Error>> {
    let database = Database::attach(config)?;
    database.check()?;
    let db = database.open_for_command(config)?;
    let outcome = match asked {
        Asked { verify: true, day: Some(day), .. } => replayed(&db, *day),
        Asked { dry_run: true, day, .. } => previewed(&db, *day),
        Asked { day: Some(day), .. } => run_one(&db, *day),
        Asked { day: None, .. } => run_due(&db),
    };
    outcome.map_err(|stop| format!("the night did not come about: {stop:?}").into())
}

fn run_due(db: &Db) -> Result<bool, Stop> {
    let mut any = false;
    while let Some(report) = worker::night::run_next(db)? {
        say(said(&report));
        any = true;
    }
    if !any {
        say("No night is due.");
    }
    Ok(true)
}

fn run_one(db: &Db, day: NaiveDate) -> Result<bool, Stop> {
    let call = Call::insula("night", db.ids.opaque_uuid());
    let outcome = db.run(&call, |tx| night::run(tx, day))?;
    say(match &outcome {
        Night::Ran(report) => said(report),
        Night::NotRun(NotRun::AlreadyRun) => format!("The night of {day} was run before; nothing happened."),
        Night::Elsewhere => "Another process is running a night now; nothing happened.".to_owned(),
        Night::NotRun(NotRun::NotOver) => format!("{day} is not over in Brussels; nothing happened."),
        Night::NotRun(NotRun::AfterNightOf(next)) => format!("The night of {next} comes next; nothing happened."),
        Night::NotRun(NotRun::NothingArrived) => {
            "Nothing has arrived that a first night could decide about; nothing happened.".to_owned()
        }
    });
    Ok(matches!(outcome, Night::Ran(_) | Night::NotRun(NotRun::AlreadyRun)))
}

fn previewed(db: &Db, day: Option<NaiveDate>) -> Result<bool, Stop> {
    let call = Call::insula("night", db.ids.opaque_uuid());
    let report = db.run(&call, |tx| {
        let day = match day {
            Some(day) => day,
            None => night::next(tx)?,
        };
        night::preview(tx, day, |decided| decided.iter().for_each(|one| say(line(one))))
    })?;
    say(format!("Nothing was changed. {}", said(&report)));
    Ok(true)
}

fn replayed(db: &Db, day: NaiveDate) -> Result<bool, Stop> {
    let call = Call::insula("night", db.ids.opaque_uuid());
    let replay = match db.run(&call, |tx| night::replay(tx, day)) {
        Err(Stop::NotFound) => {
            say(format!("There was no night of {day}."));
            return Ok(false);
        }
        outcome => outcome?,
    };
    for finding in &replay.findings {
        say(format!("FOUND: {finding}"));
    }
    let agrees = replay.findings.is_empty();
    say(format!(
        "{} decisions of the night of {day} were decided again from the history and the trail: they {}.",
        replay.decisions,
        if agrees { "agree" } else { "do NOT agree" }
    ));
    Ok(agrees)
}

fn line(one: &Decided) -> String {
    let verdict = match one.verdict {
        Verdict::Keeps(place) => format!("keeps place {place} (CNT-04)"),
        Verdict::Takes(place) => format!("takes place {place} (CNT-03)"),
        Verdict::Exceeded => {
            format!("needs correction: the counter is at its limit of {} (CNT-03)", one.counter.limit())
        }
    };
    format!("{:>10}  {}  hospital {}  counter {}: {verdict}", one.number, one.registration, one.hospital, one.counter)
}

/// Prints a night in a few lines.
pub fn said(report: &Report) -> String {
    let mut text = format!(
        "Night of {}: {} took a place, {} kept theirs, {} need correction.",
        report.day, report.taken, report.kept, report.exceeded
    );
    for (counter, figure) in &report.figures {
        text.push_str(&format!("\n  Counter {counter}: {figure} of {}.", counter.limit()));
    }
    for reached in &report.reached {
        text.push_str(&format!("\n  Threshold {} of counter {} is announced.", reached.threshold, reached.counter));
    }
    text
}
