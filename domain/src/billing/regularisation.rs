//! A price that is published after days were invoiced (BIL-03, BIL-08).

use chrono::NaiveDate;
use uuid::Uuid;

use super::{
    credit::{InvoicedLine, LineState},
    limitation::last_day_to_invoice,
    line::Line,
};
use crate::{
    amount::{Amount, Balance},
    convention::tariff::{self, Tariff},
    refusal::Refusal,
    span::Span,
};

/// What a row of the tariff changes on a line (BIL-03).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The line.
    pub line: Uuid,
    /// Its days.
    pub days: Span,
    /// What was invoiced: the amount of the credit, without sign.
    pub before: Amount,
    /// What the new lines amount to.
    pub after: Amount,
}

impl Change {
    /// What the insurer owes more, or gets back.
    #[must_use]
    pub fn difference(&self) -> Balance {
        Balance::from(self.after.clone()) - Balance::from(self.before.clone())
    }
}

/// What a row would change, all in all (BIL-03).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preview {
    /// The lines that would be credited and made anew.
    pub changes: Vec<Change>,
    /// The lines whose price it changes and that stay as they are: a new line would come too late (BIL-08).
    pub too_late: Vec<Uuid>,
}

impl Preview {
    /// How many lines bear a price that the row changes.
    #[must_use]
    pub fn lines(&self) -> usize {
        self.changes.len() + self.too_late.len()
    }

    /// The number of days invoiced anew.
    #[must_use]
    pub fn days(&self) -> i64 {
        self.changes.iter().filter_map(|change| change.days.days()).sum()
    }

    /// What insurers owe more, or get back.
    #[must_use]
    pub fn difference(&self) -> Balance {
        self.changes.iter().map(Change::difference).sum()
    }
}

/// BIL-03: the tariff with one more row. It replaces a row that begins on the same day; later rows stay in force from
/// their days on.
#[must_use]
pub fn with_row(tariffs: &[Tariff], row: &Tariff) -> Vec<Tariff> {
    let others = tariffs.iter().filter(|one| one.from != row.from);
    others.chain([row]).cloned().collect()
}

/// BIL-03, B-19: what a row would change on these lines. Lines that were refused or credited and credits are left
/// alone.
#[must_use]
pub fn preview(tariffs: &[Tariff], row: &Tariff, lines: &[InvoicedLine], today: NaiveDate) -> Preview {
    let tariffs = with_row(tariffs, row);
    let mut preview = Preview::default();
    for InvoicedLine { id, line, .. } in lines.iter().filter(|one| stands(one)) {
        let prices = line.each_day().map(|day| tariff::on(&tariffs, day).map(Tariff::price).unwrap_or_default());
        let (before, after) = (line.amount(), prices.sum());
        if before == after {
            continue;
        }
        if last_day_to_invoice(line.from, &[]) < today {
            preview.too_late.push(*id);
        } else {
            preview.changes.push(Change { line: *id, days: line.days(), before, after });
        }
    }
    preview
}

/// BIL-03, R7, B-19: whether a row can be entered without more ado: it changes no invoiced day.
///
/// # Errors
/// It does, so that it is entered as a regularisation; with the number of lines.
pub fn enter(preview: &Preview) -> Result<(), Refusal> {
    match preview.lines() {
        0 => Ok(()),
        lines => Err(Refusal::RegularisationNeeded { lines }),
    }
}

/// BIL-03, R7, B-19: whether the row that begins on a day can be changed or removed: no line bears its price.
///
/// # Errors
/// Lines do, credited ones included; with their number.
pub fn edit(tariffs: &[Tariff], from: NaiveDate, lines: &[InvoicedLine]) -> Result<(), Refusal> {
    let bears = |line: &Line| tariff::on(tariffs, line.from).is_some_and(|row| row.from == from);
    match lines.iter().filter(|one| one.credits.is_none() && bears(&one.line)).count() {
        0 => Ok(()),
        lines => Err(Refusal::TariffUsed { lines }),
    }
}

fn stands(line: &InvoicedLine) -> bool {
    line.state == LineState::Stands && line.credits.is_none()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::{
        super::{
            credit::{Credit, tests::invoiced},
            line::tests::{blocks, told},
            pump_day::tests::{p1, row, tariffs},
            terms::tests::basis,
            undue::correction,
        },
        *,
    };
    use crate::span::tests::day;

    /// BIL-03, R7, B-19 a: a row that bears invoiced lines cannot be changed; one that bears none can.
    #[rstest]
    #[case("2026-03-01", Some(2))]
    #[case("2026-06-16", Some(1))]
    #[case("2025-03-01", None)]
    fn b_19_a_used_row_is_not_changed(#[case] from: &str, #[case] lines: Option<usize>) {
        let mut invoiced = invoiced(&blocks(&["2026-04-01/2026-04-30", "2026-06-01/2026-06-30"]));
        let found = edit(&tariffs(), day(from), &invoiced);
        assert_eq!(found.err(), lines.map(|lines| Refusal::TariffUsed { lines }));
        invoiced.iter_mut().for_each(|one| one.state = LineState::Credited);
        assert_eq!(edit(&tariffs(), day(from), &invoiced).is_err(), lines.is_some());
        invoiced.iter_mut().for_each(|one| one.credits = Some(Uuid::nil()));
        assert_eq!(edit(&tariffs(), day(from), &invoiced), Ok(()));
    }

    /// The tariff before 2026-06-16 was known.
    fn until_june() -> Vec<Tariff> {
        tariffs()[..3].to_vec()
    }

    /// BIL-03, R7, B-19 b: a row published late previews what it changes; carried out, it is a credit and a new line.
    #[test]
    fn b_19_a_late_row_is_a_regularisation() {
        let invoiced = invoiced(&blocks(&["2026-04-01/2026-05-31"]));
        let late = row("2026-05-01", "1.55");
        let found = preview(&until_june(), &late, &invoiced, day("2026-06-10"));
        let [change] = <[Change; 1]>::try_from(found.changes.clone()).unwrap();
        let said = [change.before.to_string(), change.after.to_string(), change.difference().to_string()];
        assert_eq!(said, ["319.30", "320.23", "0.93"]);
        assert_eq!((found.days(), found.difference().to_string(), found.too_late.len()), (31, "0.93".to_owned(), 0));
        assert_eq!(enter(&found), Err(Refusal::RegularisationNeeded { lines: 1 }));

        let mut basis = basis(&["319 /"], &["2026-04-20"]);
        basis.tariffs = with_row(&until_june(), &late);
        let facts = p1("2026-06-10");
        assert_eq!(correction(&invoiced[0], &facts, &basis, None), Ok(None));
        let made = correction(&invoiced[1], &facts, &basis, None).unwrap().unwrap();
        assert_eq!(made.credit.amount().to_string(), "-319.30");
        assert_eq!(told(&made.anew), ["300 2026-05-01/2026-05-31 31 320.23"]);
    }

    /// BIL-03: a row within a month changes part of a line; one that lowers the price gives back.
    #[rstest]
    #[case("2026-05-30", "1.55", 31, "0.06")]
    #[case("2026-05-30", "1.51", 31, "-0.02")]
    #[case("2026-06-01", "1.55", 0, "0.00")]
    #[case("2026-05-01", "1.52", 0, "0.00")]
    fn a_row_changes_the_days_from_its_own_on(
        #[case] from: &str,
        #[case] indexable: &str,
        #[case] days: i64,
        #[case] difference: &str,
    ) {
        let invoiced = invoiced(&blocks(&["2026-05-01/2026-05-31"]));
        let found = preview(&until_june(), &row(from, indexable), &invoiced, day("2026-06-10"));
        assert_eq!((found.days(), found.difference().to_string().as_str()), (days, difference));
        assert_eq!(enter(&found).is_ok(), days == 0);
    }

    /// BIL-03: later rows stay in force: a regularisation changes no day after them.
    #[test]
    fn later_rows_stay_in_force() {
        let tariffs = with_row(&tariffs(), &row("2026-05-01", "1.60"));
        let prices: Vec<_> = ["2026-04-30", "2026-05-01", "2026-06-15", "2026-06-16"]
            .iter()
            .map(|on| tariff::on(&tariffs, day(on)).unwrap().price().to_string())
            .collect();
        assert_eq!(prices, ["10.30", "10.38", "10.38", "10.33"]);
    }

    /// BIL-03, BIL-08: lines that are credited, refused or credits are left alone; one whose new line would come too
    /// late stays as it is.
    #[test]
    fn only_lines_that_stand_are_regularised() {
        let mut invoiced = invoiced(&blocks(&["2026-03-01/2026-05-31"]));
        let row = row("2026-03-15", "1.55");
        assert_eq!(preview(&until_june(), &row, &invoiced, day("2026-06-10")).changes.len(), 3);
        assert_eq!(preview(&until_june(), &row, &invoiced, day("2028-03-31")).changes.len(), 3);
        let late = preview(&until_june(), &row, &invoiced, day("2028-04-01"));
        assert_eq!((late.too_late, late.changes.len()), (vec![Uuid::from_u128(1)], 2));
        invoiced[0].state = LineState::Credited;
        invoiced[1].state = LineState::Refused;
        invoiced[2].credits = Some(Uuid::from_u128(1));
        assert!(Credit::of(&invoiced[0]).is_err());
        assert_eq!(preview(&until_june(), &row, &invoiced, day("2026-06-10")), Preview::default());
    }
}
