//! The required state of the counters, from the two texts alone (CNT-01 to CNT-09, NOT-01, CGM-07 to CGM-12): plain
//! code that shares neither limits, calendar nor decisions with the domain.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, TimeZone, Utc, Weekday};
use serde_json::{Value, json};

/// A counter: `A`, of year 0, or `B` and the year of the implantation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Counter(pub char, pub i32);

impl Counter {
    pub fn limit(self) -> u32 {
        if self.0 == 'A' { 400 } else { 60 }
    }

    fn thresholds(self) -> &'static [u32] {
        if self.0 == 'A' { &[350, 360, 370, 380, 390, 400] } else { &[40, 45, 50, 55, 60] }
    }

    pub fn id(self) -> String {
        if self.0 == 'A' { "A".to_owned() } else { format!("B-{}", self.1) }
    }
}

/// The properties of a registration that matter to counters.
#[derive(Debug, Clone)]
pub struct Content {
    pub pair: &'static str,
    pub day: NaiveDate,
    pub sensor: bool,
    /// Whether it can be submitted without faults.
    pub complete: bool,
}

impl Content {
    pub fn counter(&self) -> Option<Counter> {
        match self.pair {
            "174370-174381" if self.sensor => Some(Counter('A', 0)),
            "174495-174506" if self.sensor => Some(Counter('B', self.day.year())),
            _ => None,
        }
    }
}

/// One registration.
#[derive(Debug, Clone)]
pub struct One {
    pub hospital: usize,
    pub beneficiary: String,
    pub status: &'static str,
    pub version: i64,
    pub code: Option<String>,
    pub draft: Content,
    /// From its last validation: the counter, and its number in the order of validation.
    pub validated: Option<(Option<Counter>, u64)>,
    pub place: Option<u32>,
    /// When Healthdata acknowledged it, until a night has decided.
    pub arrived: Option<DateTime<Utc>>,
    /// Why it needs correction, as shown to the hospital.
    pub corrections: Value,
    /// Whether it can be deleted without a reason: never validated, or its counter exceeded since (CGM-11).
    pub free: bool,
}

impl One {
    pub fn counter(&self) -> Option<Counter> {
        self.validated.and_then(|(counter, _)| counter)
    }

    /// The counter in which it would be decided now.
    fn tonight(&self) -> Option<Counter> {
        if self.status == "open" { self.draft.counter() } else { self.counter() }
    }

    fn keeps(&self, counter: Option<Counter>) -> bool {
        self.place.is_some() && self.counter() == counter
    }

    fn line(&self, id: &str) -> String {
        let mut line = format!("{id} {} {}", self.status, self.version);
        line.extend(self.code.as_ref().map(|code| format!(" {code}")));
        line.extend(self.place.map(|place| format!(" {place}")));
        line
    }

    fn go(&mut self, status: &'static str) {
        self.status = status;
        self.version += 1;
        self.arrived = None;
    }
}

/// The decision of a night about one registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    pub id: String,
    pub version: i64,
    pub counter: Counter,
    pub verdict: &'static str,
    pub place: Option<u32>,
}

/// The results of a night.
#[derive(Debug)]
pub struct Night {
    pub day: NaiveDate,
    pub decisions: Vec<Decision>,
    pub reached: Vec<(Counter, u32, u32)>,
}

impl Night {
    pub fn count(&self, verdict: &str) -> u32 {
        count(&self.decisions, verdict)
    }
}

pub fn count(decisions: &[Decision], verdict: &str) -> u32 {
    u32::try_from(decisions.iter().filter(|one| one.verdict == verdict).count()).unwrap()
}

/// The whole state.
#[derive(Clone, Default)]
pub struct Ledger {
    pub all: BTreeMap<String, One>,
    validations: u64,
    /// The day of the next night; none before the first arrival.
    pub next_day: Option<NaiveDate>,
    /// Counters found full by the last night, and since which night.
    pub closed: BTreeMap<Counter, NaiveDate>,
    pub reached: BTreeMap<(Counter, u32), NaiveDate>,
    /// The figure after each night that changed it.
    pub figures: BTreeMap<Counter, Vec<(NaiveDate, u32)>>,
}

impl Ledger {
    /// The answer to a command: a status, and the code of the problem if the status is ambiguous.
    pub fn answer(&self, id: &str, command: &str, reason: bool) -> (u16, &'static str) {
        let one = &self.all[id];
        match (one.status, command) {
            ("open", "save") => (200, ""),
            ("open", "submit") if !one.draft.complete => (400, "badRequest"),
            ("open", "submit") => match one.draft.counter() {
                Some(counter) if self.closed.contains_key(&counter) && !one.keeps(Some(counter)) => {
                    (409, if counter.0 == 'A' { "counterClosedA" } else { "counterClosedB" })
                }
                _ => (200, ""),
            },
            ("open", "delete") if !one.free && !reason => (400, "badRequest"),
            ("open", "delete") => (204, ""),
            ("submitted" | "correctionsNeeded", "reopen") => (200, ""),
            _ => (409, "transitionNotPossible"),
        }
    }

    /// Applies a successful command.
    pub fn apply(&mut self, id: &str, command: &str, content: &Content) {
        let order = self.validations + 1;
        let one = self.all.get_mut(id).unwrap();
        match command {
            "save" => {
                one.draft = content.clone();
                one.go("open");
            }
            "submit" => {
                if !one.keeps(one.draft.counter()) {
                    one.place = None;
                }
                one.validated = Some((one.draft.counter(), order));
                self.validations = order;
                (one.free, one.corrections) = (false, Value::Null);
                one.go("sending");
            }
            "reopen" => one.go("open"),
            _ => {
                one.place = None;
                one.go("deleted");
            }
        }
    }

    /// A registration written past the interface, after all others.
    pub fn arrive(&mut self, id: String, code: String, content: Content, at: DateTime<Utc>) {
        self.validations += 1;
        let one = One {
            hospital: 0,
            beneficiary: String::new(),
            status: "submitted",
            version: 3,
            code: Some(code),
            validated: Some((content.counter(), self.validations)),
            // Without a beneficiary it cannot be submitted again.
            draft: Content { complete: false, ..content },
            place: None,
            arrived: Some(at),
            corrections: Value::Null,
            free: false,
        };
        self.all.insert(id, one);
        self.next_day.get_or_insert(brussels_day(at));
    }

    /// Healthdata answers everything that waits.
    pub fn healthdata(&mut self, acknowledges: bool, at: DateTime<Utc>) {
        for one in self.all.values_mut().filter(|one| one.status == "sending") {
            if acknowledges {
                one.go("submitted");
                one.arrived = Some(at);
            } else {
                one.go("correctionsNeeded");
                one.corrections = json!({"because": "refusedByHealthdata", "reasons": ["unreadable"]});
            }
        }
    }

    /// The day whose night is due at this instant: from half past midnight in Brussels after it (CNT-07).
    pub fn due(&self, now: DateTime<Utc>) -> Option<NaiveDate> {
        self.next_day.filter(|day| now >= midnight_ending(*day) + TimeDelta::minutes(30))
    }

    /// The places held in each counter.
    pub fn held(&self) -> BTreeMap<Counter, BTreeSet<u32>> {
        let mut held: BTreeMap<Counter, BTreeSet<u32>> = BTreeMap::new();
        for one in self.all.values() {
            if let (Some(counter), Some(place)) = (one.counter(), one.place) {
                assert!(held.entry(counter).or_default().insert(place), "the model itself gives a place twice");
            }
        }
        held
    }

    pub fn figure(&self, counter: Counter) -> u32 {
        self.held().get(&counter).map_or(0, |held| u32::try_from(held.len()).unwrap())
    }

    /// The decisions about everything that arrived before this instant, in order of validation (CNT-02 to CNT-04).
    pub fn decide(&self, before: DateTime<Utc>) -> Vec<Decision> {
        let mut held = self.held();
        let arrived = |one: &One| one.status == "submitted" && one.arrived.is_some_and(|at| at < before);
        let mut arrivals: Vec<_> = self.all.iter().filter(|(_, one)| arrived(one)).collect();
        arrivals.sort_by_key(|(_, one)| one.validated.unwrap().1);
        let mut decisions = Vec::new();
        for (id, one) in arrivals {
            let Some(counter) = one.counter() else { continue };
            let held = held.entry(counter).or_default();
            let (verdict, place) = match one.place {
                Some(place) => ("keeps", Some(place)),
                None => match (1..=counter.limit()).find(|place| !held.contains(place)) {
                    Some(place) => ("takes", Some(place)),
                    None => ("exceeded", None),
                },
            };
            held.extend(place);
            decisions.push(Decision { id: id.clone(), version: one.version, counter, verdict, place });
        }
        decisions
    }

    /// The night of the next day.
    pub fn night(&mut self) -> Night {
        let day = self.next_day.expect("something has arrived");
        let before = midnight_ending(day);
        let decisions = self.decide(before);
        for decision in &decisions {
            let one = self.all.get_mut(&decision.id).unwrap();
            one.arrived = None;
            one.place = decision.place;
            if decision.verdict == "exceeded" {
                one.go("correctionsNeeded");
                one.free = true;
                one.corrections = exceeded(decision.counter);
            }
        }
        // A registration without counter is not decided, and does not wait either.
        let counted = |one: &One| one.counter().is_some();
        for one in self.all.values_mut().filter(|one| !counted(one) && one.arrived.is_some_and(|at| at < before)) {
            one.arrived = None;
        }
        let reached = self.take_note(day);
        self.next_day = day.succ_opt();
        Night { day, decisions, reached }
    }

    /// Figures, thresholds and closed counters after a night (CNT-06, CNT-08, NOT-01).
    fn take_note(&mut self, day: NaiveDate) -> Vec<(Counter, u32, u32)> {
        let mut figures: BTreeMap<_, _> = self.figures.keys().map(|counter| (*counter, 0)).collect();
        figures.extend(self.held().iter().map(|(counter, held)| (*counter, u32::try_from(held.len()).unwrap())));
        let mut reached = Vec::new();
        for (counter, figure) in figures {
            let history = self.figures.entry(counter).or_default();
            if history.last().map_or(0, |(_, last)| *last) != figure {
                history.push((day, figure));
            }
            for threshold in counter.thresholds().iter().filter(|threshold| **threshold <= figure) {
                if let std::collections::btree_map::Entry::Vacant(first) = self.reached.entry((counter, *threshold)) {
                    first.insert(day);
                    reached.push((counter, *threshold, figure));
                }
            }
            if figure == counter.limit() {
                self.closed.entry(counter).or_insert(day);
            } else {
                self.closed.remove(&counter);
            }
        }
        self.figures.retain(|_, history| !history.is_empty());
        reached
    }

    /// The state as sorted lines.
    pub fn lines(&self) -> Vec<String> {
        let mut lines: Vec<_> = self.all.iter().map(|(id, one)| one.line(id)).collect();
        for (counter, nights) in &self.figures {
            lines.extend(
                nights.iter().map(|(day, figure)| format!("figure {} {} {day} {figure}", counter.0, counter.1)),
            );
        }
        let reached = self.reached.iter();
        lines.extend(reached.map(|((counter, at), day)| format!("reached {} {} {at} {day}", counter.0, counter.1)));
        lines.extend(self.closed.iter().map(|(counter, day)| format!("closed {} {} {day}", counter.0, counter.1)));
        lines.sort();
        lines
    }

    /// The decision of the coming night about one registration if nothing else arrived, as in `…/check` (CNT-09).
    pub fn tonight(&self, id: &str) -> Value {
        let one = &self.all[id];
        let Some(counter) = one.tonight().filter(|_| one.status != "deleted") else { return Value::Null };
        let held = self.held().remove(&counter).unwrap_or_default();
        let (figure, limit) = (held.len(), counter.limit());
        let waits = |one: &One| one.status == "sending" || one.status == "submitted" && one.arrived.is_some();
        // An open registration would be validated after all others.
        let order = |one: &One| match one.status {
            "sending" | "submitted" => one.validated.unwrap().1,
            _ => u64::MAX,
        };
        let before = |(other, its): &(&String, &One)| {
            *other != id
                && waits(its)
                && its.place.is_none()
                && its.counter() == Some(counter)
                && order(its) < order(one)
        };
        let ahead = self.all.iter().filter(before).count();
        if one.keeps(Some(counter)) {
            return json!({"counterId": counter.id(), "verdict": "keeps", "place": one.place, "figure": figure,
                          "limit": limit, "ahead": ahead, "rule": "CNT-04"});
        }
        match (1..=limit).filter(|place| !held.contains(place)).nth(ahead) {
            Some(place) => json!({"counterId": counter.id(), "verdict": "takes", "place": place, "figure": figure,
                                  "limit": limit, "ahead": ahead, "rule": "CNT-03"}),
            None => json!({"counterId": counter.id(), "verdict": "exceeded", "figure": figure, "limit": limit,
                           "ahead": ahead, "rule": "CNT-03"}),
        }
    }
}

/// The correction of a registration whose counter is exceeded: counter, limit and way out (CNT-03).
fn exceeded(counter: Counter) -> Value {
    match counter.0 {
        'A' => {
            json!({"because": "counterExceeded", "counter": "A", "limit": 400, "otherPair": "174495-174506"})
        }
        _ => json!({"because": "counterExceeded", "counter": "B", "year": counter.1, "limit": 60}),
    }
}

/// The offset of Brussels from UTC: two hours from the last Sunday of March to the last of October, at one o'clock UTC.
fn ahead(at: DateTime<Utc>) -> TimeDelta {
    let last_sunday = |month| {
        let end = NaiveDate::from_ymd_opt(at.year(), month, 31).unwrap();
        let sunday = end.iter_days().rev().find(|day| day.weekday() == Weekday::Sun).unwrap();
        Utc.from_utc_datetime(&sunday.and_hms_opt(1, 0, 0).unwrap())
    };
    TimeDelta::hours(if at >= last_sunday(3) && at < last_sunday(10) { 2 } else { 1 })
}

/// The day in Brussels.
pub fn brussels_day(at: DateTime<Utc>) -> NaiveDate {
    (at + ahead(at)).date_naive()
}

/// The instant at which a Brussels day of 23, 24 or 25 hours ends.
pub fn midnight_ending(day: NaiveDate) -> DateTime<Utc> {
    let local = Utc.from_utc_datetime(&day.succ_opt().unwrap().and_hms_opt(0, 0, 0).unwrap());
    let candidates = [1, 2].map(|hours| local - TimeDelta::hours(hours));
    candidates.into_iter().find(|at| *at + ahead(*at) == local).expect("midnight is there once in Brussels")
}
