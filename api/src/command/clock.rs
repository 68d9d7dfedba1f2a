//! `insula clock`: moves the clock of a rehearsal, in development mode only. In production it says whether the clock of the
//! database was moved all the same, and puts it back where that is possible.

use std::sync::Arc;

use chrono::{DateTime, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Europe::Brussels;
use clap::Subcommand;
use insula_domain::clock::Clock;
use insula_persistence::{Call, Stop, Timeouts, clock, registry::night};

use crate::{
    command::night::said,
    config::Config,
    database::{Database, rehearsal::FOLLOWED_EVERY},
    system::{RandomIds, SystemClock, say},
    worker,
};

/// What to do with the clock.
#[derive(Debug, Clone, Subcommand)]
pub enum Move {
    /// Say what time it is in this rehearsal.
    Show,
    /// Go forward by days, hours and minutes, such as `1d`, `36h` or `1d12h30m`.
    Advance {
        /// How far.
        #[arg(value_parser = duration)]
        by: TimeDelta,
    },
    /// Go to an instant: in Brussels time, such as `2026-12-31T23:50`, or with an offset, such as `2026-12-31T22:50:00Z`.
    Set {
        /// When.
        #[arg(value_parser = instant)]
        to: DateTime<Utc>,
    },
    /// Go back to the real time; not when something is recorded later than that.
    Reset,
}

/// Where the clock stands after a move, and the nights that were due then.
pub struct Moved {
    /// The instant in the rehearsal.
    pub now: DateTime<Utc>,
    /// What this process ran; another one may have run others.
    pub nights: Vec<night::Report>,
}

/// Does what was asked and says what came of it.
pub fn run(config: &Config, asked: &Move) -> Result<(), Box<dyn std::error::Error>> {
    if !config.is_development() {
        return in_production(config, asked);
    }
    let moved = match asked {
        Move::Show => move_clock(config, |_, _| None)?,
        Move::Advance { by } => move_by(config, *by)?,
        Move::Set { to } => move_clock(config, |_, _| Some(*to))?,
        Move::Reset => move_clock(config, |_, real| Some(real))?,
    };
    say(format!("It is {}.", in_brussels(moved.now)));
    moved.nights.iter().for_each(|report| say(said(report)));
    Ok(())
}

/// Moves the clock forward for all processes on the database, and runs the nights that are due then.
pub fn move_by(config: &Config, by: TimeDelta) -> Result<Moved, Box<dyn std::error::Error>> {
    move_clock(config, |now, _| Some(now + by))
}

fn move_clock(
    config: &Config,
    to: impl Fn(DateTime<Utc>, DateTime<Utc>) -> Option<DateTime<Utc>>,
) -> Result<Moved, Box<dyn std::error::Error>> {
    if !config.is_development() {
        return Err("time is moved in development mode only".into());
    }
    let database = Database::attach(config)?;
    database.migrate()?;
    let (db, clock) = database.open_in_time(config, 1)?;
    // What is moved is the distance between the two.
    let (now, real) = (db.clock.now(), SystemClock.now());
    let Some(to) = to(now, real) else { return Ok(Moved { now: db.clock.now(), nights: Vec::new() }) };
    let stopped = |stop: Stop| format!("the database is in the way: {stop:?}");
    let call = Call::insula("clock", db.ids.opaque_uuid());
    let moved = db.run(&call, |tx| clock::move_to(tx, real, to - real)).map_err(stopped)?;
    if let clock::Move::BeforeRecorded(instant) = moved {
        let earliest = in_brussels(instant);
        return Err(format!("something is recorded at {earliest}: the clock cannot stand before that").into());
    }
    if let Some(clock) = clock {
        clock.follow(&db)?;
    }
    // Every other process has looked twice by then.
    std::thread::sleep(FOLLOWED_EVERY * 2);
    let mut nights = Vec::new();
    loop {
        if let Some(report) = worker::night::run_next(&db).map_err(stopped)? {
            nights.push(report);
        } else if db.run(&call, night::due).map_err(stopped)?.is_none() {
            return Ok(Moved { now: db.clock.now(), nights });
        } else {
            // Another process is at it.
            std::thread::sleep(FOLLOWED_EVERY);
        }
    }
}

/// Shows what became of a database whose clock was moved, or puts the clock back when nothing is recorded after the real time.
fn in_production(config: &Config, asked: &Move) -> Result<(), Box<dyn std::error::Error>> {
    if matches!(asked, Move::Advance { .. } | Move::Set { .. }) {
        return Err("time is moved in development mode only".into());
    }
    let database = Database::attach(config)?;
    database.check()?;
    let db = database.open(1, Timeouts::default(), Arc::new(SystemClock), Arc::new(RandomIds));
    let stopped = |stop: Stop| format!("the database is in the way: {stop:?}");
    let call = Call::insula("clock", db.ids.opaque_uuid());
    let real = SystemClock.now();
    let standing = db.run(&call, |tx| clock::standing(tx, real)).map_err(stopped)?;
    let moved = standing.ahead_by != TimeDelta::zero();
    if matches!(asked, Move::Reset) && moved {
        if let clock::Move::BeforeRecorded(_) =
            db.run(&call, |tx| clock::move_to(tx, real, TimeDelta::zero())).map_err(stopped)?
        {
            return Err(left(&standing, real).into());
        }
        say("The clock of this database is back at the real time.");
    } else if moved {
        say(left(&standing, real));
    }
    say(format!("It is {}.", in_brussels(SystemClock.now())));
    Ok(())
}

/// What a rehearsal left on a database of production, and the way back.
fn left(standing: &clock::Standing, real: DateTime<Utc>) -> String {
    // As PostgreSQL takes it in `recovery_target_time`, where it knows no `Z`.
    let shown = |at: Option<DateTime<Utc>>| {
        at.map_or_else(|| "an unknown instant".to_owned(), |at| at.format("%Y-%m-%d %H:%M:%S%.6f+00:00").to_string())
    };
    let minutes = standing.ahead_by.num_minutes();
    let mut text = format!(
        "The clock of this database was moved for a rehearsal, first at {}: it stands {} d {} h {} min from the real one.",
        shown(standing.moved_at),
        minutes / 1440,
        minutes % 1440 / 60,
        minutes % 60
    );
    if standing.recorded_until.is_some_and(|until| until > real) {
        text.push_str(&format!(
            "\nIt cannot be put back: something is recorded at {}, and {} nights of days that are not over were run, with {} \
             decisions.\nRestore the database as it was before {} (docs/operations.md).",
            shown(standing.recorded_until),
            standing.nights_ahead,
            standing.decisions_ahead,
            shown(standing.moved_at)
        ));
    } else {
        text.push_str("\nNothing is recorded after the real time: `insula clock reset` puts it back.");
    }
    text
}

fn in_brussels(at: DateTime<Utc>) -> String {
    at.with_timezone(&Brussels).format("%A %-d %B %Y, %H:%M:%S in Brussels").to_string()
}

fn instant(text: &str) -> Result<DateTime<Utc>, String> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Ok(at.with_timezone(&Utc));
    }
    let local = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        .ok_or("an instant such as 2026-12-31T23:50 (Brussels) or 2026-12-31T22:50:00Z is needed")?;
    let at = Brussels.from_local_datetime(&local).earliest();
    at.map(|at| at.with_timezone(&Utc)).ok_or_else(|| "this hour does not exist: summer time begins".to_owned())
}

fn duration(text: &str) -> Result<TimeDelta, String> {
    let wrong = || "a duration such as 1d, 36h or 1d12h30m is needed".to_owned();
    let (mut total, mut digits) = (TimeDelta::zero(), String::new());
    for letter in text.chars() {
        if letter.is_ascii_digit() {
            digits.push(letter);
            continue;
        }
        let number: i64 = digits.parse().map_err(|_| wrong())?;
        let part = match letter {
            'd' => TimeDelta::try_days(number),
            'h' => TimeDelta::try_hours(number),
            'm' => TimeDelta::try_minutes(number),
            's' => TimeDelta::try_seconds(number),
            _ => None,
        };
        total = part.and_then(|part| total.checked_add(&part)).ok_or_else(wrong)?;
        digits.clear();
    }
    if digits.is_empty() && total > TimeDelta::zero() && total < TimeDelta::days(400 * 365) {
        Ok(total)
    } else {
        Err(wrong())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CNT-07: instants without offset are Brussels time, in summer and winter.
    #[test]
    fn instants_and_durations_are_read() {
        assert_eq!(instant("2026-12-31T23:50").unwrap().to_rfc3339(), "2026-12-31T22:50:00+00:00");
        assert_eq!(instant("2026-07-01T00:10").unwrap().to_rfc3339(), "2026-06-30T22:10:00+00:00");
        assert_eq!(instant("2026-07-01T00:10:00Z").unwrap().to_rfc3339(), "2026-07-01T00:10:00+00:00");
        assert!(instant("2026-03-29T02:30").is_err());
        assert!(instant("tomorrow").is_err());
        assert_eq!(duration("1d12h30m"), Ok(TimeDelta::minutes(36 * 60 + 30)));
        for wrong in ["", "1", "d", "1x", "0d", "-1d", "99999999999999d", "146001d"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
