//! What the insurers' programs would probably say to a month before anything is made (BIL-05, BIL-08, BIL-11).
//!
//! The codes are those of the insurers' catalogue of refusals; only those that can apply to a pump day, and that can be
//! foreseen from what is known here, are named.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};

use super::{
    credit::{Credit, Total, totals},
    limitation::last_day_to_invoice,
    line::{Block, Line},
    pump_day::{Facts, Verdict, verdicts},
    undue::{UndueCause, cause},
};
pub use crate::names::{Ground, Remedy};
use crate::{
    clock::{eve, months_after},
    convention::tariff::{self, Tariff},
    exact::Exact,
    identifier::InsurerNumber,
    rule::RuleId,
    span::Span,
};

/// BIL-05: the share of refused lines, in percent, above which insurers refuse a whole file.
pub const WHOLE_FILE_ABOVE: i64 = 5;

/// How a beneficiary is known to the insurer (BEN-02, BEN-05).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// By the national number.
    ByNationalNumber,
    /// By the insurer's own number; with entitlement codes that do without a national number, or not.
    ByOwnNumber {
        /// Whether the entitlement codes do without: those of international conventions.
        codes_do_without: bool,
    },
    /// By no number.
    Not,
}

/// What is known of the person of a line (BIL-05).
#[derive(Debug, Clone)]
pub struct About<'a> {
    /// What bears on their days.
    pub facts: &'a Facts,
    /// The stays in any hospital, with their first and last day.
    pub in_hospital: &'a [Span],
    /// The days that another establishment invoiced, that are undue there and not credited yet.
    pub not_yet_credited: &'a BTreeSet<NaiveDate>,
    /// How the insurer knows the person.
    pub known: Known,
}

/// A refusal that is probable for some days of a line (BIL-05).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Risk {
    /// Why.
    pub ground: Ground,
    /// The days that it is about.
    pub days: Span,
}

impl Ground {
    /// BIL-05: the codes with which the insurers' programs would refuse; the first one is the most probable.
    #[must_use]
    pub const fn codes(self) -> &'static [&'static str] {
        match self {
            Ground::InHospital | Ground::NotCounted => &["300545", "300645"],
            Ground::PaidElsewhere => &["300544", "300644"],
            Ground::NumberMissing => &["200810"],
            Ground::NumberDemanded => &["202730", "203210"],
            Ground::EntitlementMissing => &["202710"],
            Ground::AfterDeath => &["300549", "300649"],
            Ground::TooLate => &["300546", "300646"],
            Ground::OutsidePeriod => &["300548", "300648"],
            Ground::ConditionUnmet => &["3004B3"],
            Ground::OtherPrice => &["301940"],
            Ground::SendingUsed => &["100721"],
            Ground::ThirdFile => &["100723"],
        }
    }

    /// BIL-05, BIL-11: what helps.
    #[must_use]
    pub const fn remedy(self) -> Remedy {
        match self {
            Ground::InHospital => Remedy::Contest,
            Ground::PaidElsewhere => Remedy::AwaitCredit,
            Ground::NumberMissing | Ground::NumberDemanded => Remedy::EnterNumber,
            Ground::EntitlementMissing => Remedy::EnterEntitlement,
            Ground::AfterDeath
            | Ground::TooLate
            | Ground::OutsidePeriod
            | Ground::ConditionUnmet
            | Ground::NotCounted => Remedy::LeaveDaysOut,
            Ground::OtherPrice => Remedy::Regularise,
            Ground::SendingUsed => Remedy::NextSending,
            Ground::ThirdFile => Remedy::MergeOrWait,
        }
    }

    /// BIL-05: whether the line is held back: making it would be wrong, or useless. Days in hospital are due and days
    /// not yet credited elsewhere too (BIL-07, BIL-11): those lines go.
    #[must_use]
    pub const fn holds_back(self) -> bool {
        !matches!(self, Ground::InHospital | Ground::PaidElsewhere)
    }

    /// The rule behind it.
    #[must_use]
    pub const fn rule(self) -> RuleId {
        match self {
            Ground::InHospital => RuleId::Bil11,
            Ground::PaidElsewhere => RuleId::Bil07,
            Ground::NumberMissing | Ground::NumberDemanded => RuleId::Ben02,
            Ground::EntitlementMissing => RuleId::Ben05,
            Ground::AfterDeath => RuleId::Cov07,
            Ground::TooLate => RuleId::Bil08,
            Ground::OutsidePeriod => RuleId::Bil01,
            Ground::ConditionUnmet => RuleId::Cov11,
            Ground::NotCounted => RuleId::Pmp04,
            Ground::OtherPrice => RuleId::Bil03,
            Ground::SendingUsed | Ground::ThirdFile => RuleId::Bil05,
        }
    }
}

/// BIL-05, BIL-07, BIL-08, BIL-11: every refusal that is probable for a line, in the order of the list of grounds.
#[must_use]
pub fn risks(line: &Line, about: &About<'_>) -> Vec<Risk> {
    let facts = about.facts;
    let of_day = |day: NaiveDate| {
        let mut grounds = Vec::new();
        if about.in_hospital.iter().any(|stay| stay.holds(day)) {
            grounds.push(Ground::InHospital);
        }
        if about.not_yet_credited.contains(&day) {
            grounds.push(Ground::PaidElsewhere);
        }
        grounds.extend(cause(day, facts).map(ground_of));
        if last_day_to_invoice(day, &facts.interruptions) < facts.today {
            grounds.push(Ground::TooLate);
        }
        if tariff::on(&facts.tariffs, day).map(Tariff::price).as_ref() != Some(&line.price) {
            grounds.push(Ground::OtherPrice);
        }
        grounds
    };
    let mut found: BTreeMap<Ground, Span> = BTreeMap::new();
    for day in line.each_day() {
        for ground in of_day(day) {
            found.entry(ground).or_insert(Span::between(day, day)).to = Some(day);
        }
    }
    found.extend(number_ground(about.known).map(|ground| (ground, line.days())));
    if line.terms.ct1.is_none() || line.terms.ct2.is_none() {
        found.insert(Ground::EntitlementMissing, line.days());
    }
    found.into_iter().map(|(ground, days)| Risk { ground, days }).collect()
}

/// BEN-02, B-21: without national number the insurer's own number is needed, and codes that do without the national
/// one.
fn number_ground(known: Known) -> Option<Ground> {
    match known {
        Known::ByNationalNumber | Known::ByOwnNumber { codes_do_without: true } => None,
        Known::ByOwnNumber { codes_do_without: false } => Some(Ground::NumberDemanded),
        Known::Not => Some(Ground::NumberMissing),
    }
}

const fn ground_of(cause: UndueCause) -> Ground {
    match cause {
        UndueCause::Death => Ground::AfterDeath,
        UndueCause::ConditionUnmet => Ground::ConditionUnmet,
        UndueCause::PumpStopped | UndueCause::StartInHospital => Ground::NotCounted,
        UndueCause::TakenOnElsewhere
        | UndueCause::ChildrensConvention
        | UndueCause::PeriodEnded
        | UndueCause::NotInsured => Ground::OutsidePeriod,
    }
}

/// How many files with ordinary content a hospital sends in a month without derogation (BIL-05).
const FILES_A_MONTH: usize = 2;

/// BIL-05, B-22: why a file as a whole would be refused: its sending number was used this year, or it is one too many
/// this month.
#[must_use]
pub fn file_grounds(sending: u16, used: &BTreeSet<u16>, files_this_month: usize, derogation: bool) -> Vec<Ground> {
    let used = used.contains(&sending).then_some(Ground::SendingUsed);
    let too_many = (files_this_month >= FILES_A_MONTH && !derogation).then_some(Ground::ThirdFile);
    used.into_iter().chain(too_many).collect()
}

/// What a month would come to (BIL-05).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forecast<'a> {
    /// Every line, with what is probable for it.
    pub lines: Vec<(&'a Line, Vec<Risk>)>,
    /// The total of each insurer, of the lines that go and the credits.
    pub totals: BTreeMap<InsurerNumber, Total>,
}

impl<'a> Forecast<'a> {
    /// BIL-05: the forecast of these blocks and credits; `about` tells of the person of a line.
    #[must_use]
    pub fn of<'b>(blocks: &'a [Block], credits: &[Credit], about: impl Fn(&Line) -> About<'b>) -> Forecast<'a> {
        let lines = blocks.iter().flat_map(|block| &block.lines);
        let lines: Vec<_> = lines.map(|line| (line, risks(line, &about(line)))).collect();
        let going = lines.iter().filter(|(_, risks)| goes(risks)).map(|(line, _)| *line);
        let totals = totals(going, credits);
        Forecast { lines, totals }
    }

    /// BIL-05, B-16: the share, in percent, of the lines that go and are at risk.
    #[must_use]
    pub fn share_at_risk(&self) -> Exact {
        let going = || self.lines.iter().filter(|(_, risks)| goes(risks));
        share(going().filter(|(_, risks)| !risks.is_empty()).count(), going().count())
    }
}

/// BIL-05, B-21: whether a line goes into the file: no ground holds it back.
#[must_use]
pub fn goes(risks: &[Risk]) -> bool {
    !risks.iter().any(|risk| risk.ground.holds_back())
}

/// BIL-05: a share of lines in percent, not rounded; 0 of no lines.
#[must_use]
pub fn share(part: usize, of: usize) -> Exact {
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    Exact::ratio(number(part).saturating_mul(100), number(of))
}

/// BIL-05, B-16: whether insurers refuse a whole file for its share of refused lines.
#[must_use]
pub fn fells_the_file(share: &Exact) -> bool {
    *share > Exact::from(WHOLE_FILE_ABOVE)
}

/// BIL-01: the days of a month that could be recorded and are not, in as few parts as possible.
#[must_use]
pub fn not_recorded(month: Span, facts: &Facts) -> Vec<Span> {
    let parts = verdicts(month, facts);
    parts.into_iter().filter(|part| part.outcome.is_ok()).map(|Verdict { days, .. }| days).collect()
}

/// BIL-08, B-10: of days that are not invoiced yet, those that can no longer be after the month of `today`.
#[must_use]
pub fn expiring(days: &BTreeSet<NaiveDate>, facts: &Facts) -> Vec<NaiveDate> {
    let first = facts.today.with_day(1).unwrap_or(facts.today);
    let this_month = Span::between(facts.today, eve(months_after(first, 1)));
    let expires = |day: &&NaiveDate| this_month.holds(last_day_to_invoice(**day, &facts.interruptions));
    days.iter().filter(expires).copied().collect()
}

#[cfg(test)]
#[path = "forecast_tests.rs"]
mod tests;
