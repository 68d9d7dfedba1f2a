//! The conventions on which a hospital reports a year (REG-06, CON-03 to CON-06).

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::{
    convention::{holder::Convention, number::PumpConventionNumber, term::Term},
    identifier::HospitalNumber,
    span::Span,
};

/// A pump convention on which a hospital reports a year, with its days in that year (REG-06).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Covered {
    /// The convention.
    pub number: PumpConventionNumber,
    /// The hospitals that hold it in the year, one after the other; the last one reports.
    pub hospitals: Vec<HospitalNumber>,
    /// The days of the year on which it is in force.
    pub days: Span,
}

/// The days of a calendar year (REG-06).
#[must_use]
pub fn days_of_year(year: i32) -> Option<Span> {
    Some(Span::between(NaiveDate::from_ymd_opt(year, 1, 1)?, NaiveDate::from_ymd_opt(year, 12, 31)?))
}

/// REG-06, CON-03 to CON-06: the pump conventions on which a hospital reports a year, by their number: those that it
/// holds last in that year. Who takes over a convention takes over the report, with the days of the hospital before;
/// who held one that ended in the year still reports on it.
#[must_use]
pub fn covered(hospital: HospitalNumber, year: i32, conventions: &[Convention]) -> Vec<Covered> {
    let Some(within) = days_of_year(year) else { return Vec::new() };
    let all: Vec<Term> = conventions.iter().flat_map(Convention::terms).collect();
    let covered = |one: &Convention| {
        let number = one.number.pump()?;
        let terms = one.terms().into_iter();
        let held = terms.filter_map(|term| Some((term.hospital, term.with_expiry(&all).span().clip(within)?)));
        let held: Vec<(HospitalNumber, Span)> = held.collect();
        let ((_, first), (last_holder, last)) = (held.first()?, held.last()?);
        let days = Span { from: first.from, to: last.to };
        let hospitals = held.iter().map(|(hospital, _)| *hospital).collect();
        (*last_holder == hospital).then_some(Covered { number, hospitals, days })
    };
    let mut covered: Vec<Covered> = conventions.iter().filter_map(covered).collect();
    covered.sort_by_key(|one| one.number);
    covered
}

/// REG-06: the hospitals that report on a year, by their number.
#[must_use]
pub fn reporters(year: i32, conventions: &[Convention]) -> Vec<HospitalNumber> {
    let holders = conventions.iter().flat_map(Convention::terms).map(|term| term.hospital);
    let holders: BTreeSet<HospitalNumber> = holders.collect();
    holders.into_iter().filter(|hospital| !covered(*hospital, year, conventions).is_empty()).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use rstest::rstest;
    use uuid::Uuid;

    use super::*;
    use crate::{
        convention::{
            holder::Holder,
            holder::tests::convention_of,
            term::{ConventionEnd, tests::hospital},
        },
        span::tests::{day, span},
    };

    pub(crate) const H1: &str = "71000436";
    pub(crate) const H2: &str = "71032209";

    /// H1's and H2's conventions of both kinds; those of H2 go to H1 on a day, if one is given.
    pub(crate) fn both(pump_of_h1: &str, merged: Option<&str>) -> Vec<Convention> {
        let to_h1 = merged.map(|from| Holder {
            hospital: hospital(H1),
            from: day(from),
            why: ConventionEnd::Merged,
            merger: Uuid::nil(),
        });
        let taken = |one: Convention| Convention { holders: to_h1.into_iter().collect(), ..one };
        vec![
            convention_of(H1, "7.86.000.01", "2015-01-01/"),
            convention_of(H1, "7.86.501.72", pump_of_h1),
            taken(convention_of(H2, "7.86.000.02", "2015-01-01/")),
            taken(convention_of(H2, "7.86.502.71", "2021-01-01/")),
        ]
    }

    /// REG-06, CON-03, CON-05: a hospital reports on the days of the year of each convention that it holds last.
    #[rstest]
    #[case::a_whole_year(H1, 2026, "2021-01-01/", None, &["7.86.501.72 2026-01-01/2026-12-31"])]
    #[case::another_hospital(H2, 2026, "2021-01-01/", None, &["7.86.502.71 2026-01-01/2026-12-31"])]
    #[case::ended_in_the_year(H1, 2026, "2021-01-01/2026-08-31", None, &["7.86.501.72 2026-01-01/2026-08-31"])]
    #[case::ended_before(H1, 2027, "2021-01-01/2026-08-31", None, &[])]
    #[case::begun_in_the_year(H1, 2026, "2026-03-01/", None, &["7.86.501.72 2026-03-01/2026-12-31"])]
    #[case::merged_in_the_year(H1, 2026, "2021-01-01/", Some("2026-07-01"),
        &["7.86.501.72 2026-01-01/2026-12-31", "7.86.502.71 2026-01-01/2026-12-31"])]
    #[case::the_other_one_reports_no_more(H2, 2026, "2021-01-01/", Some("2026-07-01"), &[])]
    #[case::merged_later(H2, 2026, "2021-01-01/", Some("2027-01-01"), &["7.86.502.71 2026-01-01/2026-12-31"])]
    fn a_hospital_reports_on_what_it_holds_last(
        #[case] of: &str,
        #[case] year: i32,
        #[case] pump: &str,
        #[case] merged: Option<&str>,
        #[case] expected: &[&str],
    ) {
        let found = covered(hospital(of), year, &both(pump, merged));
        let told: Vec<String> = found
            .iter()
            .map(|one| format!("{} {}/{}", one.number.as_str(), one.days.from, one.days.to.unwrap()))
            .collect();
        assert_eq!(told, expected);
    }

    /// REG-06, CON-06: a convention that expires with self-management is reported on until then.
    #[test]
    fn an_expired_convention_is_reported_on() {
        let conventions = [
            convention_of(H1, "7.86.000.01", "2015-01-01/2026-04-30"),
            convention_of(H1, "7.86.501.72", "2021-01-01/"),
        ];
        let found = covered(hospital(H1), 2026, &conventions);
        assert_eq!(found.iter().map(|one| one.days).collect::<Vec<_>>(), [span("2026-01-01/2026-04-30")]);
    }

    /// REG-06, CON-03: after a merger one report is due instead of two; each year has its own reporters.
    #[test]
    fn those_who_report_are_known() {
        let conventions = both("2021-01-01/2026-08-31", Some("2027-01-01"));
        let of = |year| reporters(year, &conventions).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(of(2020), Vec::<String>::new());
        assert_eq!(of(2026), [H1, H2]);
        assert_eq!(of(2027), [H1]);
    }

    /// CON-03: the merged hospital's report names the hospital that held the convention before.
    #[test]
    fn the_holders_of_a_year_are_named() {
        let found = covered(hospital(H1), 2026, &both("2021-01-01/", Some("2026-07-01")));
        assert_eq!(found[1].hospitals, [hospital(H2), hospital(H1)]);
        let next = covered(hospital(H1), 2027, &both("2021-01-01/", Some("2026-07-01")));
        assert_eq!(next[1].hospitals, [hospital(H1)]);
    }
}
