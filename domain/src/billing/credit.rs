//! Credits: the exact opposite of a line (BIL-05, BIL-08).

use std::collections::BTreeMap;

use chrono::NaiveDate;
use uuid::Uuid;

use super::line::Line;
pub use crate::names::LineState;
use crate::{
    amount::{Amount, Balance},
    identifier::InsurerNumber,
    refusal::Refusal,
};

/// The invoice that bears a line, as a correction refers to it: four references that go together (BIL-05).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference {
    /// The number of the individual invoice.
    pub invoice: u64,
    /// The number of the sending.
    pub sending: u16,
    /// The first day of the month of invoicing.
    pub month: NaiveDate,
    /// The insurer that was invoiced.
    pub insurer: InsurerNumber,
}

/// A line that was invoiced (BIL-05).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoicedLine {
    /// Its identifier.
    pub id: Uuid,
    /// What it says.
    pub line: Line,
    /// What became of it.
    pub state: LineState,
    /// The line that it credits, if it is a credit.
    pub credits: Option<Uuid>,
    /// The invoice that bears it.
    pub reference: Reference,
}

/// A credit, prepared: every number of its line with a minus sign (BIL-05).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credit {
    /// The line that it credits, wholly.
    pub of: Uuid,
    /// What that line says.
    pub line: Line,
    /// The invoice that bears that line.
    pub reference: Reference,
}

impl Credit {
    /// BIL-05, B-17: the credit of a line. It is never too late for one (BIL-08).
    ///
    /// # Errors
    /// The line is a credit, is credited already, or was refused and so never paid.
    pub fn of(invoiced: &InvoicedLine) -> Result<Credit, Refusal> {
        if invoiced.credits.is_some() {
            return Err(Refusal::CreditOfCredit);
        }
        match invoiced.state {
            LineState::Stands => {
                Ok(Credit { of: invoiced.id, line: invoiced.line.clone(), reference: invoiced.reference })
            }
            LineState::Credited => Err(Refusal::LineCredited),
            LineState::Refused => Err(Refusal::LineRefused),
        }
    }

    /// Its number of days, negative.
    #[must_use]
    pub fn units(&self) -> i64 {
        -self.line.units()
    }

    /// Its amount, negative.
    #[must_use]
    pub fn amount(&self) -> Balance {
        -Balance::from(self.line.amount())
    }
}

/// What an insurer is asked for, all in all (BIL-05).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Total {
    /// The sum of the lines.
    pub invoiced: Amount,
    /// The sum of the credits, without sign.
    pub credited: Amount,
}

impl Total {
    /// What is asked for.
    #[must_use]
    pub fn balance(&self) -> Balance {
        Balance::from(self.invoiced.clone()) - Balance::from(self.credited.clone())
    }

    /// B-17: whether it waits for a month in which more is due: nobody pays a negative sum.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.balance().is_negative()
    }
}

/// BIL-05, B-17: the total of each insurer.
#[must_use]
pub fn totals<'a>(
    lines: impl IntoIterator<Item = &'a Line>,
    credits: impl IntoIterator<Item = &'a Credit>,
) -> BTreeMap<InsurerNumber, Total> {
    let mut totals: BTreeMap<InsurerNumber, Total> = BTreeMap::new();
    for line in lines {
        let total = totals.entry(line.terms.insurer).or_default();
        total.invoiced = total.invoiced.plus(&line.amount());
    }
    for credit in credits {
        let total = totals.entry(credit.line.terms.insurer).or_default();
        total.credited = total.credited.plus(&credit.line.amount());
    }
    totals
}

#[cfg(test)]
pub(super) mod tests {
    use rstest::rstest;

    use super::{
        super::line::{Block, tests::blocks},
        *,
    };
    use crate::span::tests::day;

    /// The lines of these blocks, invoiced in sending 12 and numbered.
    pub(crate) fn invoiced(blocks: &[Block]) -> Vec<InvoicedLine> {
        let lines = blocks.iter().flat_map(|block| &block.lines);
        let invoiced = (1..).zip(lines).map(|(n, line)| InvoicedLine {
            id: Uuid::from_u128(n),
            line: line.clone(),
            state: LineState::Stands,
            credits: None,
            reference: Reference { invoice: 4711, sending: 12, month: day("2026-06-01"), insurer: line.terms.insurer },
        });
        invoiced.collect()
    }

    fn april() -> InvoicedLine {
        invoiced(&blocks(&["2026-04-01/2026-04-30"])).remove(0)
    }

    /// BIL-05, B-17: a credit is the exact opposite of its line and names its invoice.
    #[test]
    fn b_17_a_credit_is_the_exact_opposite() {
        let april = april();
        let credit = Credit::of(&april).unwrap();
        assert_eq!((credit.units(), credit.amount().to_string()), (-30, "-309.00".to_owned()));
        assert_eq!((credit.of, &credit.line, credit.reference), (april.id, &april.line, april.reference));
    }

    /// BIL-05, B-17: a line is credited once; neither a credit nor a line that was never paid is.
    #[rstest]
    #[case(LineState::Credited, false, Refusal::LineCredited)]
    #[case(LineState::Refused, false, Refusal::LineRefused)]
    #[case(LineState::Stands, true, Refusal::CreditOfCredit)]
    #[case(LineState::Credited, true, Refusal::CreditOfCredit)]
    fn b_17_a_line_is_credited_once(#[case] state: LineState, #[case] is_credit: bool, #[case] refusal: Refusal) {
        let line = InvoicedLine { state, credits: is_credit.then(|| Uuid::from_u128(9)), ..april() };
        assert_eq!(Credit::of(&line), Err(refusal));
    }

    /// BIL-05, B-17: a negative total waits; one of zero or more does not.
    #[rstest]
    #[case(&[], "-309.00", true)]
    #[case(&["2026-05-01/2026-05-30"], "0.00", false)]
    #[case(&["2026-05-01/2026-05-29"], "-10.30", true)]
    #[case(&["2026-05-01/2026-05-31"], "10.30", false)]
    fn b_17_a_negative_total_waits(#[case] may: &[&str], #[case] balance: &str, #[case] waits: bool) {
        let credit = Credit::of(&april()).unwrap();
        let may = blocks(may);
        let totals = totals(may.iter().flat_map(|block| &block.lines), [&credit]);
        let total = &totals[&"319".parse().unwrap()];
        assert_eq!((total.balance().to_string().as_str(), total.waits()), (balance, waits));
    }
}
