//! What the days of programme bring in (BIL-02, BIL-05).

use chrono::NaiveDate;

use super::answered::Accounts;
use crate::{
    amount::Balance,
    csv,
    identifier::{HospitalNumber, InsurerNumber},
};

/// What an establishment asked of an insurer for the days of a month, and what became of it (BIL-02, BIL-05). Credits
/// count in the month of the days that they give back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Income {
    /// The establishment.
    pub hospital: HospitalNumber,
    /// The insurer.
    pub insurer: InsurerNumber,
    /// The first day of the month.
    pub month: NaiveDate,
    /// What it comes to.
    pub sums: Sums,
}

/// Sums of lines (BIL-05).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sums {
    /// How many days are asked for: not those that were refused or given back.
    pub days: i64,
    /// What lines asked for.
    pub invoiced: Balance,
    /// What credits give back, without sign.
    pub credited: Balance,
    /// What became of it.
    pub accounts: Accounts,
}

impl Sums {
    /// BIL-05: the sums of both.
    #[must_use]
    pub fn plus(&self, other: &Sums) -> Sums {
        let sum = |of: fn(&Sums) -> &Balance| of(self).clone() + of(other).clone();
        Sums {
            days: self.days + other.days,
            invoiced: sum(|sums| &sums.invoiced),
            credited: sum(|sums| &sums.credited),
            accounts: Accounts {
                accepted: sum(|sums| &sums.accounts.accepted),
                refused: sum(|sums| &sums.accounts.refused),
                pending: sum(|sums| &sums.accounts.pending),
            },
        }
    }
}

/// BIL-05: what all of it comes to.
#[must_use]
pub fn total<'a>(of: impl IntoIterator<Item = &'a Income>) -> Sums {
    of.into_iter().fold(Sums::default(), |sum, one| sum.plus(&one.sums))
}

/// The columns of the table.
const COLUMNS: [&str; 10] =
    ["establishment", "insurer", "month", "days", "invoiced", "credited", "accepted", "refused", "pending", "due"];

/// BIL-05: the figures as a table for a spreadsheet in Belgium, sums in EUR, the total last.
#[must_use]
pub fn table(of: &[Income]) -> String {
    let row = |head: [String; 3], sums: &Sums| {
        let Sums { days, invoiced, credited, accounts } = sums;
        let sums = [invoiced, credited, &accounts.accepted, &accounts.refused, &accounts.pending, &accounts.due()];
        let cells = head.into_iter().chain([days.to_string()]).chain(sums.map(ToString::to_string));
        csv::belgian(cells.collect::<Vec<_>>().iter().map(String::as_str))
    };
    let rows = of.iter().map(|one| {
        let head = [one.hospital.to_string(), one.insurer.to_string(), one.month.format("%Y-%m").to_string()];
        row(head, &one.sums)
    });
    let last = row(Default::default(), &total(of));
    std::iter::once(csv::belgian(COLUMNS)).chain(rows).chain([last]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::tests::day;

    fn income(insurer: &str, month: &str, days: i64, cents: [i64; 5]) -> Income {
        let [invoiced, credited, accepted, refused, pending] = cents.map(Balance::cents);
        Income {
            hospital: "71000436".parse().unwrap(),
            insurer: insurer.parse().unwrap(),
            month: day(month),
            sums: Sums { days, invoiced, credited, accounts: Accounts { accepted, refused, pending } },
        }
    }

    /// BIL-02, BIL-05: the table has each row, and last what they come to; what is due is accepted or not yet answered.
    #[test]
    fn a_table_adds_up() {
        let rows = [
            income("319", "2026-05-01", 10, [31_930, 21_630, 10_300, 0, 0]),
            income("100", "2026-05-01", 0, [21_630, 0, 0, 21_630, 0]),
            income("100", "2026-06-01", -1, [0, 1_030, 0, 0, -1_030]),
        ];
        let expected = [
            "establishment;insurer;month;days;invoiced;credited;accepted;refused;pending;due",
            "71000436;319;2026-05;10;319,30;216,30;103,00;0,00;0,00;103,00",
            "71000436;100;2026-05;0;216,30;0,00;0,00;216,30;0,00;0,00",
            "71000436;100;2026-06;-1;0,00;10,30;0,00;0,00;-10,30;-10,30",
            ";;;9;535,60;226,60;103,00;216,30;-10,30;92,70",
        ];
        assert_eq!(table(&rows).split_terminator("\r\n").collect::<Vec<_>>(), expected);
    }
}
