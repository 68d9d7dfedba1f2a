//! Random histories of one beneficiary: days, deaths, moves, changes of insurer and price, answers and corrections.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use proptest::prelude::*;
use uuid::Uuid;

use super::{
    answered::signed,
    credit::{InvoicedLine, LineState, Reference},
    day_state::{DayCommand, DayState, after},
    line::{Block, Line, cut},
    pump_day::{
        Facts, period_of,
        tests::{own, p1, row},
        verdicts,
    },
    regularisation::with_row,
    terms::{
        Basis,
        tests::{affiliation, basis},
    },
    undue::{cause, correction},
};
use crate::{
    amount::{Amount, Balance},
    convention::{coverage::period::PeriodEnd, tariff},
    span::{Span, tests::day},
};

/// The first of the days that histories are about.
const FIRST: &str = "2026-03-20";

fn at(offset: u64) -> NaiveDate {
    day(FIRST) + Days::new(offset)
}

/// What happens.
#[derive(Debug, Clone)]
enum Step {
    Record(u64, u64),
    Withdraw(u64),
    Make,
    Accept(usize),
    Refuse(usize),
    Die(u64),
    /// A death is entered in error, and found to be one before anything is corrected.
    DieInError(u64),
    MoveAway(u64),
    StopPump(u64, u64),
    ChangeInsurer(u64),
    ChangePrice(u64, u64),
    Find,
    Correct,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let offset = || 0..150u64;
    let step = prop_oneof![
        4 => (offset(), 0..60u64).prop_map(|(from, length)| Step::Record(from, length)),
        1 => offset().prop_map(Step::Withdraw),
        4 => Just(Step::Make),
        2 => (0..20usize).prop_map(Step::Accept),
        2 => (0..20usize).prop_map(Step::Refuse),
        1 => offset().prop_map(Step::Die),
        4 => offset().prop_map(Step::DieInError),
        1 => offset().prop_map(Step::MoveAway),
        1 => (offset(), 0..9u64).prop_map(|(from, length)| Step::StopPump(from, length)),
        2 => offset().prop_map(Step::ChangeInsurer),
        2 => (offset(), 50..70u64).prop_map(|(from, cents)| Step::ChangePrice(from, cents)),
        3 => Just(Step::Find),
        3 => Just(Step::Correct),
    ];
    prop::collection::vec(step, 1..40)
}

/// A recorded day.
#[derive(Debug)]
struct Record {
    day: NaiveDate,
    state: DayState,
    line: Option<Uuid>,
    accepted: bool,
}

impl Record {
    fn of(day: NaiveDate) -> Record {
        Record { day, state: DayState::Recorded, line: None, accepted: false }
    }
}

/// Everything that is kept of the beneficiary.
struct Kept {
    facts: Facts,
    basis: Basis,
    records: Vec<Record>,
    lines: Vec<InvoicedLine>,
    /// The days that were put on a line, without those that were refused or found undue since: the model.
    billed: BTreeSet<NaiveDate>,
}

impl Kept {
    fn new() -> Kept {
        let mut facts = p1("2026-10-01");
        facts.periods.insert(0, own(2, "2026-04-01/2026-04-20"));
        facts.periods[1].period.from = day("2026-04-21");
        let basis = basis(&["319 /"], &["2026-04-20", "2026-04-02"]);
        Kept { facts, basis, records: Vec::new(), lines: Vec::new(), billed: BTreeSet::new() }
    }

    fn command(&mut self, which: impl Fn(&Record) -> bool, command: DayCommand) {
        for record in self.records.iter_mut().filter(|record| which(record)) {
            record.state = after(record.state, command).unwrap();
        }
    }

    fn due(&self) -> impl Iterator<Item = &Record> {
        self.records.iter().filter(|record| record.state.is_due())
    }

    fn standing(&self) -> impl Iterator<Item = &InvoicedLine> {
        self.lines.iter().filter(|line| line.state == LineState::Stands && line.credits.is_none())
    }

    fn add_line(&mut self, line: &Line, credits: Option<Uuid>) -> Uuid {
        let id = Uuid::from_u128(u128::try_from(self.lines.len()).unwrap());
        let month = line.from;
        let reference = Reference { invoice: 1, sending: 1, month, insurer: line.terms.insurer };
        self.lines.push(InvoicedLine { id, line: line.clone(), state: LineState::Stands, credits, reference });
        id
    }

    fn make(&mut self, blocks: &[Block]) {
        for line in blocks.iter().flat_map(|block| &block.lines) {
            let id = self.add_line(line, None);
            let on_it = |record: &Record| record.state == DayState::Recorded && line.days().holds(record.day);
            self.records.iter_mut().filter(|record| on_it(record)).for_each(|record| record.line = Some(id));
            self.command(on_it, DayCommand::Claim);
        }
    }

    /// An answer about one of the lines that are not answered yet.
    fn answer(&mut self, nth: usize, command: DayCommand) {
        let waits = |line: &InvoicedLine| {
            self.records.iter().any(|record| record.line == Some(line.id) && record.state == DayState::Claimed)
        };
        let Some(id) = self.standing().filter(|line| waits(line)).map(|line| line.id).nth(nth) else { return };
        self.command(|record| record.line == Some(id), command);
        let on_it = self.records.iter_mut().filter(|record| record.line == Some(id));
        on_it.for_each(|record| record.accepted = command == DayCommand::Accept);
        if command == DayCommand::Refuse {
            let line = self.lines.iter().find(|line| line.id == id).unwrap();
            line.line.each_day().for_each(|day| assert!(self.billed.remove(&day)));
            self.lines.iter_mut().filter(|line| line.id == id).for_each(|line| line.state = LineState::Refused);
        }
    }

    /// Finds the days that are not due, and those that are due again.
    fn find(&mut self) {
        for record in &mut self.records {
            let is_undue = cause(record.day, &self.facts).is_some();
            if is_undue && record.state.is_due() {
                record.state = after(record.state, DayCommand::FindUndue).unwrap();
            } else if !is_undue && record.state == DayState::Undue && record.line.is_some() {
                record.state = DayState::due_again(Some(record.accepted));
            }
        }
    }

    fn correct(&mut self) {
        self.find();
        self.billed.retain(|day| cause(*day, &self.facts).is_none());
        let standing: Vec<_> = self.standing().cloned().collect();
        for line in standing {
            let Some(found) = correction(&line, &self.facts, &self.basis).unwrap() else { continue };
            let is_undue = |record: &Record| found.undue.iter().any(|one| one.days.holds(record.day));
            let on_it = self.records.iter().filter(|record| record.line == Some(line.id));
            assert!(on_it.into_iter().all(|record| is_undue(record) == (record.state == DayState::Undue)));
            self.command(|record| record.line == Some(line.id), DayCommand::Credit);
            self.lines.iter_mut().filter(|one| one.id == line.id).for_each(|one| one.state = LineState::Credited);
            self.add_line(&found.credit.line, Some(line.id));
            let days = found.anew.iter().flat_map(|block| &block.lines).flat_map(Line::each_day);
            self.records.extend(days.map(Record::of));
            self.make(&found.anew);
        }
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Record(from, length) => {
                let bars = |record: &&Record| record.state.bars_its_establishment(record.line.is_some());
                self.facts.due = self.records.iter().filter(bars).map(|record| record.day).collect();
                let due = verdicts(Span::between(at(from), at(from + length)), &self.facts);
                for part in due.iter().filter(|part| part.outcome.is_ok()) {
                    let days = part.days.from.iter_days().take_while(|day| part.days.holds(*day));
                    self.records.extend(days.map(Record::of));
                }
            }
            Step::Withdraw(on) => {
                self.command(|one| one.state == DayState::Recorded && one.day == at(on), DayCommand::Withdraw);
            }
            Step::Make => {
                self.find();
                let recorded = self.records.iter().filter(|record| record.state == DayState::Recorded);
                let days: Vec<_> = recorded
                    .map(|record| {
                        let period = period_of(record.day, &self.facts).unwrap();
                        self.basis.billed(record.day, period.id).unwrap()
                    })
                    .collect();
                self.billed.extend(days.iter().map(|day| day.day));
                let sum: Amount = days.iter().map(|day| day.price.clone()).sum();
                let blocks = cut(days);
                assert_eq!(blocks.iter().map(Block::amount).sum::<Amount>(), sum);
                assert!(blocks.windows(2).all(|two| two[0].terms < two[1].terms));
                self.make(&blocks);
            }
            Step::Accept(nth) => self.answer(nth, DayCommand::Accept),
            Step::Refuse(nth) => self.answer(nth, DayCommand::Refuse),
            Step::Die(on) => self.facts.death = Some(at(on)),
            Step::DieInError(on) => {
                let death = self.facts.death.replace(at(on));
                self.find();
                self.facts.death = death;
            }
            Step::MoveAway(on) => {
                for one in &mut self.facts.periods {
                    one.period = one.period.ended(at(on), PeriodEnd::TakenOnElsewhere).unwrap_or(one.period);
                }
            }
            Step::StopPump(from, length) => {
                self.facts.without_pump.push(Span::between(at(from), at(from + length)));
            }
            Step::ChangeInsurer(on) => {
                let eve = at(on).pred_opt().unwrap();
                self.basis.affiliations =
                    vec![affiliation(&format!("319 /{eve}")), affiliation(&format!("100 {}/", at(on)))];
            }
            Step::ChangePrice(from, cents) => {
                let row = row(&at(from).to_string(), &format!("1.{cents}"));
                self.basis.tariffs = with_row(&self.basis.tariffs, &row);
                self.facts.tariffs = self.basis.tariffs.clone();
            }
            Step::Find => self.find(),
            Step::Correct => self.correct(),
        }
    }

    /// The price of a day now.
    fn price(&self, day: NaiveDate) -> Balance {
        tariff::on(&self.basis.tariffs, day).unwrap().price().into()
    }
}

/// BIL-01, BIL-05, BIL-09: what holds at any time.
fn holds_always(kept: &Kept) {
    let mut due: BTreeMap<NaiveDate, usize> = BTreeMap::new();
    for record in kept.due() {
        *due.entry(record.day).or_default() += 1;
    }
    assert!(due.values().all(|times| *times == 1), "a day is due once");

    let mut on_lines: Vec<_> = kept.standing().flat_map(|line| line.line.each_day()).collect();
    let all = on_lines.len();
    on_lines.sort_unstable();
    on_lines.dedup();
    assert_eq!(on_lines.len(), all, "a day is on one line that stands");

    let asked: Balance = kept.lines.iter().filter(|line| line.state != LineState::Refused).map(signed).sum();
    let standing: Balance = kept.standing().map(signed).sum();
    assert_eq!(asked, standing, "lines and credits leave what stands");
}

/// BIL-03, BIL-07, BIL-12: what holds after a correction.
fn holds_when_corrected(kept: &Kept) {
    for line in kept.standing() {
        assert_eq!(correction(line, &kept.facts, &kept.basis), Ok(None), "nothing is undue any more");
    }
    let asked: Balance = kept.lines.iter().filter(|line| line.state != LineState::Refused).map(signed).sum();
    assert_eq!(asked, kept.billed.iter().map(|day| kept.price(*day)).sum(), "invoices and credits are what is due");
    let claimed = kept.due().filter(|record| record.state != DayState::Recorded).map(|record| record.day);
    assert_eq!(claimed.collect::<BTreeSet<_>>(), kept.billed);
    assert_eq!(kept.standing().flat_map(|line| line.line.each_day()).collect::<BTreeSet<_>>(), kept.billed);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// BIL-01, BIL-05, BIL-07, BIL-09, BIL-10, BIL-12: whatever happens, each day is due once and on one line that
    /// stands; lines add up to blocks, and lines and credits to what is due.
    #[test]
    fn accounts_agree_whatever_happens(steps in steps()) {
        let mut kept = Kept::new();
        for step in &steps {
            kept.step(step);
            holds_always(&kept);
            if matches!(step, Step::Correct) {
                holds_when_corrected(&kept);
            }
        }
        kept.correct();
        holds_always(&kept);
        holds_when_corrected(&kept);
    }
}
