//! A programme that begins during a stay in hospital (PMP-04).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::calendar::is_working_day;
use crate::{
    refusal::{Fault, Reason},
    rule::RuleId,
    span::Span,
};

/// A stay of the beneficiary in a hospital (PMP-04).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stay {
    /// The day of admission.
    pub from: NaiveDate,
    /// The day of the return home, possibly expected.
    pub to: Option<NaiveDate>,
    /// Whether that hospital has a pump convention on the day on which the programme begins.
    pub with_convention: bool,
    /// Whether the stay is linked to the diabetes.
    pub linked_to_diabetes: bool,
}

/// A programme that begins during a stay (PMP-04).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InHospital {
    /// The day of the return home, when known: that day counts in any case.
    pub return_home: Option<NaiveDate>,
    /// Why no day before it counts. Empty when the days count from the first one.
    pub refused_because: Vec<Reason>,
    /// The past working days of the rest of the stay without contact with a diabetes nurse.
    pub without_contact: Vec<NaiveDate>,
}

impl InHospital {
    /// PMP-04: what is so of a programme that begins on `from`, if it begins during a stay. `pump_before` says whether
    /// the beneficiary ever had a pump before that day; `contacts` are the days of direct contact with a diabetes
    /// nurse.
    #[must_use]
    pub fn of(
        from: NaiveDate,
        today: NaiveDate,
        stays: &[Stay],
        contacts: &[NaiveDate],
        pump_before: bool,
    ) -> Option<InHospital> {
        // The day of the return home is a day at home.
        let stay = stays.iter().find(|stay| stay.from <= from && stay.to.is_none_or(|to| from < to))?;
        let conditions = [
            (stay.linked_to_diabetes, Reason::StayNotLinked),
            (stay.with_convention, Reason::StayWithoutConvention),
            (!pump_before, Reason::NotFirstPump),
        ];
        let refused_because = conditions.into_iter().filter(|(met, _)| !met).map(|(_, reason)| reason).collect();
        let over = stay.to.map_or(today, |to| to.min(today));
        let rest = from.iter_days().take_while(|day| *day < over);
        let without_contact = rest.filter(|day| is_working_day(*day) && !contacts.contains(day)).collect();
        Some(InHospital { return_home: stay.to, refused_because, without_contact })
    }

    /// PMP-04: the faults of a start in hospital that does not count.
    pub fn faults<'a>(&'a self, field: &'a str) -> impl Iterator<Item = Fault> + 'a {
        self.refused_because.iter().map(move |reason| Fault::new(field, *reason, RuleId::Pmp04))
    }

    /// PMP-04: the days from `from` on that count once the stay is over: all of them, or those from the return home on.
    #[must_use]
    pub fn counts(&self, from: NaiveDate) -> Option<Span> {
        let first = if self.refused_because.is_empty() && self.without_contact.is_empty() {
            Some(from)
        } else {
            self.return_home
        };
        first.map(Span::since)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::span::tests::day;

    /// C-26: admitted on 4 May 2026, first pump on the 6th, home on the 13th.
    fn stay() -> Stay {
        Stay { from: day("2026-05-04"), to: Some(day("2026-05-13")), with_convention: true, linked_to_diabetes: true }
    }

    const CONTACTS: [&str; 5] = ["2026-05-06", "2026-05-07", "2026-05-08", "2026-05-11", "2026-05-12"];

    fn start(stay: Stay, contacts: &[&str], pump_before: bool, today: &str) -> InHospital {
        let contacts: Vec<_> = contacts.iter().map(|contact| day(contact)).collect();
        InHospital::of(day("2026-05-06"), day(today), &[stay], &contacts, pump_before).unwrap()
    }

    /// PMP-04, C-26: a start in hospital counts only under all conditions; else days count from the return home.
    #[rstest]
    #[case(true, true, false, &[])]
    #[case(false, true, false, &[Reason::StayNotLinked])]
    #[case(true, false, false, &[Reason::StayWithoutConvention])]
    #[case(true, true, true, &[Reason::NotFirstPump])]
    #[case(false, false, true, &[Reason::StayNotLinked, Reason::StayWithoutConvention, Reason::NotFirstPump])]
    fn a_start_in_hospital_has_conditions(
        #[case] linked_to_diabetes: bool,
        #[case] with_convention: bool,
        #[case] pump_before: bool,
        #[case] reasons: &[Reason],
    ) {
        let start = start(Stay { with_convention, linked_to_diabetes, ..stay() }, &CONTACTS, pump_before, "2026-06-01");
        assert_eq!(start.refused_because, reasons);
        let first = if reasons.is_empty() { "2026-05-06" } else { "2026-05-13" };
        assert_eq!(start.counts(day("2026-05-06")), Some(Span::since(day(first))));
        assert_eq!(start.faults("startsInHospital").count(), reasons.len());
    }

    /// PMP-04: each working day of the rest of the stay has a contact; weekends, the day of the return and days to come
    /// do not ask for one.
    #[rstest]
    #[case(&CONTACTS, "2026-06-01", &[], "2026-05-06")]
    #[case(&CONTACTS[..4], "2026-06-01", &["2026-05-12"], "2026-05-13")]
    #[case(&CONTACTS[1..], "2026-06-01", &["2026-05-06"], "2026-05-13")]
    #[case(&CONTACTS[..2], "2026-05-08", &[], "2026-05-06")]
    #[case(&CONTACTS[..2], "2026-05-09", &["2026-05-08"], "2026-05-13")]
    fn each_working_day_has_a_contact(
        #[case] contacts: &[&str],
        #[case] today: &str,
        #[case] missing: &[&str],
        #[case] first: &str,
    ) {
        let start = start(stay(), contacts, false, today);
        assert_eq!(start.without_contact, missing.iter().map(|text| day(text)).collect::<Vec<_>>());
        assert_eq!(start.counts(day("2026-05-06")), Some(Span::since(day(first))));
    }

    /// PMP-04: the day of the return home is a day at home, the day of admission one in hospital.
    #[rstest]
    #[case("2026-05-03", false)]
    #[case("2026-05-04", true)]
    #[case("2026-05-12", true)]
    #[case("2026-05-13", false)]
    fn a_programme_begins_in_hospital_or_at_home(#[case] from: &str, #[case] in_hospital: bool) {
        let start = InHospital::of(day(from), day("2026-06-01"), &[stay()], &[], false);
        assert_eq!(start.is_some(), in_hospital);
    }

    /// PMP-04: as long as the return home is not known, nothing counts without the conditions.
    #[test]
    fn an_unknown_return_counts_nothing() {
        let start = start(Stay { to: None, linked_to_diabetes: false, ..stay() }, &[], false, "2026-05-08");
        assert_eq!((start.return_home, start.counts(day("2026-05-06"))), (None, None));
        assert_eq!(start.without_contact, ["2026-05-06", "2026-05-07"].map(day));
    }
}
