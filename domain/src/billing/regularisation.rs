//! A price that is published after days were invoiced (BIL-03, BIL-08).

use chrono::NaiveDate;

use super::limitation::last_day_to_invoice;
use crate::{
    amount::{Amount, Balance},
    convention::tariff::{self, Tariff},
    refusal::{Fault, Refusal},
    rule::RuleId,
    span::Span,
};

/// Lines of the same days and price, of all establishments (BIL-03). Credits and what they credit are not counted
/// twice: a credit is no line of its own here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BilledDays {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// The price of each day.
    pub price: Amount,
    /// The first day of the row of the tariff that they bear.
    pub tariff: NaiveDate,
    /// Whether they stand: they are neither credited nor refused.
    pub stand: bool,
    /// How many lines.
    pub lines: i64,
}

/// What a row would change, over all establishments (BIL-03).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preview {
    /// How many lines would be credited and made anew.
    pub lines: i64,
    /// How many days they have.
    pub days: i64,
    /// What was invoiced on them: the amount of the credits, without sign.
    pub before: Amount,
    /// What the new lines amount to.
    pub after: Amount,
    /// How many lines bear a price that the row changes and stay as they are: a new line would come too late (BIL-08).
    pub too_late: i64,
}

impl Preview {
    /// What insurers owe more, or get back.
    #[must_use]
    pub fn difference(&self) -> Balance {
        Balance::from(self.after.clone()) - Balance::from(self.before.clone())
    }
}

/// BIL-03: the tariff with one more row. It replaces a row that begins on the same day; later rows stay in force from
/// their days on.
#[must_use]
pub fn with_row(tariffs: &[Tariff], row: &Tariff) -> Vec<Tariff> {
    let others = tariffs.iter().filter(|one| one.from != row.from);
    others.chain([row]).cloned().collect()
}

/// BIL-03, B-19: what a row would change on these lines. Lines that were refused or credited are left alone.
#[must_use]
pub fn preview(tariffs: &[Tariff], row: &Tariff, billed: &[BilledDays], today: NaiveDate) -> Preview {
    let tariffs = with_row(tariffs, row);
    let mut preview = Preview::default();
    for one in billed.iter().filter(|one| one.stand) {
        let days = Span::between(one.from, one.to);
        let units = days.days().unwrap_or_default();
        let each = days.from.iter_days().take_while(|day| days.holds(*day));
        let after: Amount = each.map(|day| tariff::on(&tariffs, day).map(Tariff::price).unwrap_or_default()).sum();
        let before = one.price.times(units);
        if before == after {
            continue;
        }
        if last_day_to_invoice(one.from, &[]) < today {
            preview.too_late += one.lines;
        } else {
            preview.lines += one.lines;
            preview.days += units * one.lines;
            preview.before = preview.before.plus(&before.times(one.lines));
            preview.after = preview.after.plus(&after.times(one.lines));
        }
    }
    preview
}

/// BIL-03, R7, B-19: whether a row can be entered without more ado: it changes no invoiced day.
///
/// # Errors
/// It does, so that it is entered as a regularisation; with the number of lines.
pub fn enter(preview: &Preview) -> Result<(), Refusal> {
    match preview.lines + preview.too_late {
        0 => Ok(()),
        lines => Err(Refusal::RegularisationNeeded { lines: usize::try_from(lines).unwrap_or(usize::MAX) }),
    }
}

/// BIL-03, R7, B-19: whether the row that begins on a day can be changed: no line bears its price.
///
/// # Errors
/// Lines do, credited ones included; with their number.
pub fn edit(from: NaiveDate, billed: &[BilledDays]) -> Result<(), Refusal> {
    match billed.iter().filter(|one| one.tariff == from).map(|one| one.lines).sum::<i64>() {
        0 => Ok(()),
        lines => Err(Refusal::TariffUsed { lines: usize::try_from(lines).unwrap_or(usize::MAX) }),
    }
}

/// BIL-03, CON-07: the fault of a regularisation that begins before the first price or after today.
#[must_use]
pub fn begins(tariffs: &[Tariff], from: NaiveDate, today: NaiveDate) -> Option<Fault> {
    let first = tariffs.iter().map(|one| one.from).min()?;
    let possible = Span::between(first, today);
    (!possible.holds(from)).then(|| possible.outside("from", RuleId::Bil03))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::{
        super::{
            credit::{InvoicedLine, tests::invoiced},
            line::tests::{blocks, told},
            pump_day::tests::{p1, row, tariffs},
            terms::tests::basis,
            undue::correction,
        },
        *,
    };
    use crate::{refusal::tests::described, span::tests::day};

    /// The lines as they are counted, each of them `lines` times.
    fn billed(invoiced: &[InvoicedLine], lines: i64) -> Vec<BilledDays> {
        let of = |InvoicedLine { line, .. }: &InvoicedLine| BilledDays {
            from: line.from,
            to: line.to,
            price: line.price.clone(),
            tariff: tariff::on(&tariffs(), line.from).unwrap().from,
            stand: true,
            lines,
        };
        invoiced.iter().map(of).collect()
    }

    /// BIL-03, R7, B-19 a: a row that bears invoiced lines, credited ones too, cannot be changed; one that bears none
    /// can.
    #[rstest]
    #[case("2026-03-01", Some(4))]
    #[case("2026-06-16", Some(2))]
    #[case("2025-03-01", None)]
    fn b_19_a_used_row_is_not_changed(#[case] from: &str, #[case] lines: Option<usize>) {
        let mut billed = billed(&invoiced(&blocks(&["2026-04-01/2026-04-30", "2026-06-01/2026-06-30"])), 2);
        let expected = lines.map_or(Ok(()), |lines| Err(Refusal::TariffUsed { lines }));
        assert_eq!(edit(day(from), &billed), expected);
        billed.iter_mut().for_each(|one| one.stand = false);
        assert_eq!(edit(day(from), &billed), expected);
        assert_eq!(edit(day(from), &[]), Ok(()));
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
        let found = preview(&until_june(), &late, &billed(&invoiced, 1), day("2026-06-10"));
        let said = [found.before.to_string(), found.after.to_string(), found.difference().to_string()];
        assert_eq!(said, ["319.30", "320.23", "0.93"]);
        assert_eq!((found.lines, found.days, found.too_late), (1, 31, 0));
        assert_eq!(enter(&found), Err(Refusal::RegularisationNeeded { lines: 1 }));

        let mut basis = basis(&["319 /"], &["2026-04-20"]);
        basis.tariffs = with_row(&until_june(), &late);
        let facts = p1("2026-06-10");
        assert_eq!(correction(&invoiced[0], &facts, &basis), Ok(None));
        let made = correction(&invoiced[1], &facts, &basis).unwrap().unwrap();
        assert_eq!(made.credit.amount().to_string(), "-319.30");
        assert_eq!(told(&made.anew), ["300 2026-05-01/2026-05-31 31 320.23"]);
    }

    /// BIL-03: a row within a month changes part of each line; one that lowers the price gives back.
    #[rstest]
    #[case("2026-05-30", "1.55", 62, "0.12")]
    #[case("2026-05-30", "1.51", 62, "-0.04")]
    #[case("2026-06-01", "1.55", 0, "0.00")]
    #[case("2026-05-01", "1.52", 0, "0.00")]
    fn a_row_changes_the_days_from_its_own_on(
        #[case] from: &str,
        #[case] indexable: &str,
        #[case] days: i64,
        #[case] difference: &str,
    ) {
        let billed = billed(&invoiced(&blocks(&["2026-05-01/2026-05-31"])), 2);
        let found = preview(&until_june(), &row(from, indexable), &billed, day("2026-06-10"));
        assert_eq!((found.days, found.difference().to_string().as_str()), (days, difference));
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

    /// BIL-03, BIL-08: lines that are credited or refused are left alone; those whose new line would come too late stay
    /// as they are.
    #[test]
    fn only_lines_that_stand_are_regularised() {
        let mut billed = billed(&invoiced(&blocks(&["2026-03-01/2026-05-31"])), 1);
        let row = row("2026-03-15", "1.55");
        let lines = |billed: &[BilledDays], today| {
            let found = preview(&until_june(), &row, billed, day(today));
            (found.lines, found.too_late)
        };
        assert_eq!(lines(&billed, "2026-06-10"), (3, 0));
        assert_eq!(lines(&billed, "2028-03-31"), (3, 0));
        assert_eq!(lines(&billed, "2028-04-01"), (2, 1));
        billed.iter_mut().for_each(|one| one.stand = false);
        assert_eq!(lines(&billed, "2026-06-10"), (0, 0));
    }

    /// BIL-03, CON-07: a regularisation begins on a day with a price, today at the latest.
    #[rstest]
    #[case("2020-12-31", Some("BIL-03 from outOfRange min=2021-01-01 max=2026-06-10"))]
    #[case("2021-01-01", None)]
    #[case("2026-06-10", None)]
    #[case("2026-06-11", Some("BIL-03 from outOfRange min=2021-01-01 max=2026-06-10"))]
    fn a_regularisation_begins_on_a_day_with_a_price(#[case] from: &str, #[case] expected: Option<&str>) {
        let found = begins(&tariffs(), day(from), day("2026-06-10")).map(|fault| described(&fault));
        assert_eq!(found.as_deref(), expected);
    }
}
