//! Which lines the recorded days of a beneficiary become, and which of them go into a file (BIL-05, BIL-10).

use std::collections::BTreeMap;

use chrono::NaiveDate;
use uuid::Uuid;

use super::{
    forecast::{About, Risk, goes, risks},
    line::{Line, Terms, cut},
    terms::Basis,
};
use crate::refusal::Fault;

/// A recorded day that is on no line yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordedDay {
    /// Its identifier.
    pub id: Uuid,
    /// The day.
    pub day: NaiveDate,
    /// The granted period.
    pub period: Uuid,
    /// The invoice on which the day was refused before, if it was: the new one corrects that one (B-15).
    pub refused_on: Option<Uuid>,
}

/// Lines under the same terms that correct the same invoice, or none: one invoice, as far as they go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedInvoice {
    /// The terms.
    pub terms: Terms,
    /// The refused invoice that it corrects.
    pub corrects: Option<Uuid>,
    /// The lines, each with what the insurers' programs would probably say.
    pub lines: Vec<(Line, Vec<Risk>)>,
}

impl PlannedInvoice {
    /// BIL-05, B-21: the lines that go into the file: no ground holds them back.
    pub fn going(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|(_, risks)| goes(risks)).map(|(line, _)| line)
    }
}

/// What the recorded days of a beneficiary come to (BIL-05).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// The invoices, ascending by destination.
    pub invoices: Vec<PlannedInvoice>,
    /// The days that can be on no line, and why: no insurer, no price.
    pub unbillable: Vec<(NaiveDate, Fault)>,
}

/// BIL-05, BIL-10, BIL-12: plans the invoices of a beneficiary's recorded days. `about` tells of the person of a line.
#[must_use]
pub fn plan<'a>(days: &[RecordedDay], basis: &Basis, about: impl Fn(&Line) -> About<'a>) -> Plan {
    let mut plan = Plan::default();
    let mut of_invoice: BTreeMap<Option<Uuid>, Vec<_>> = BTreeMap::new();
    for one in days {
        match basis.billed(one.day, one.period) {
            Ok(billed) => of_invoice.entry(one.refused_on).or_default().push(billed),
            Err(fault) => plan.unbillable.push((one.day, fault)),
        }
    }
    for (corrects, billed) in of_invoice {
        for block in cut(billed) {
            let told = |line: Line| {
                let risks = risks(&line, &about(&line));
                (line, risks)
            };
            let lines = block.lines.into_iter().map(told).collect();
            plan.invoices.push(PlannedInvoice { terms: block.terms, corrects, lines });
        }
    }
    plan.invoices.sort_by_key(|one| one.terms);
    plan
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{
        super::{forecast::Known, pump_day::tests::p1, terms::tests::basis},
        *,
    };
    use crate::{refusal::tests::described, span::tests::span};

    fn recorded(range: &str, refused_on: Option<u128>) -> Vec<RecordedDay> {
        let range = span(range);
        let days = range.from.iter_days().take_while(|day| range.holds(*day));
        let refused_on = refused_on.map(Uuid::from_u128);
        let of = |day| RecordedDay { id: Uuid::nil(), day, period: Uuid::from_u128(1), refused_on };
        days.map(of).collect()
    }

    /// Each line: destination, what it corrects, days, whether it goes.
    fn told(plan: &Plan) -> Vec<String> {
        let each = plan.invoices.iter().flat_map(|one| {
            one.lines.iter().map(move |(line, risks)| {
                let corrects = one.corrects.map_or(0, |id| id.as_u128());
                format!("{} {corrects} {}/{} {}", one.terms.destination, line.from, line.to, goes(risks))
            })
        });
        each.collect()
    }

    fn of(days: &[RecordedDay], affiliations: &[&str], known: Known) -> Plan {
        let (facts, none) = (p1("2026-08-01"), BTreeSet::new());
        let about = |_: &Line| About { facts: &facts, in_hospital: &[], not_yet_credited: &none, known };
        plan(days, &basis(affiliations, &["2026-04-20"]), about)
    }

    /// BIL-05, B-15: days that were refused before are invoices of their own, which correct the refused ones.
    #[test]
    fn b_15_what_was_refused_is_corrected_apart() {
        let days = [recorded("2026-05-01/2026-05-03", Some(9)), recorded("2026-05-04/2026-05-05", None)].concat();
        let plan = of(&days, &["319 /"], Known::ByNationalNumber);
        assert_eq!(told(&plan), ["300 0 2026-05-04/2026-05-05 true", "300 9 2026-05-01/2026-05-03 true"]);
    }

    /// BIL-12, B-05, B-22: invoices ascend by destination; a day without insurer is on no line, and said so.
    #[test]
    fn b_22_invoices_ascend_by_destination() {
        let days = recorded("2026-06-29/2026-07-02", None);
        let plan = of(&days, &["319 /2026-06-30", "100 2026-07-02/"], Known::ByNationalNumber);
        assert_eq!(told(&plan), ["100 0 2026-07-02/2026-07-02 true", "300 0 2026-06-29/2026-06-30 true"]);
        let unbillable: Vec<_> = plan.unbillable.iter().map(|(day, why)| format!("{day} {}", described(why))).collect();
        assert_eq!(unbillable, ["2026-07-01 BIL-12 day insurerMissing"]);
    }

    /// BIL-05, BEN-02, B-21: a line that the insurer cannot attribute is held back.
    #[test]
    fn b_21_a_line_is_held_back() {
        let plan = of(&recorded("2026-05-01/2026-05-02", None), &["319 /"], Known::Not);
        assert_eq!(told(&plan), ["300 0 2026-05-01/2026-05-02 false"]);
        assert_eq!(plan.invoices[0].going().count(), 0);
    }
}
