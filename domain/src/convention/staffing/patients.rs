//! The number of patients on which a year is based (STF-03, STF-05).

use std::{collections::BTreeMap, fmt};

use chrono::{Datelike, NaiveDate};

use super::statement::Statements;
use crate::{convention::staffing::Figure, exact::Exact, rule::RuleId};

/// The establishment's number of patients over a year, as a mean of its days (STF-03).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct YearNumber {
    /// The number the establishment states, with grounds. It takes precedence.
    pub stated: Option<Exact>,
    /// The days of programme of all patients together, if recorded here.
    pub patient_days: Option<i64>,
}

impl YearNumber {
    /// STF-03: patient-days ÷ days of the year; `None` without recorded days.
    pub fn from_days(&self, year: i32) -> Option<Figure> {
        let (patient_days, days) = (Exact::from(self.patient_days?), Exact::from(days_of(year)));
        let inputs = vec![("patientDays", patient_days.clone()), ("days", days.clone())];
        Some(Figure::new(&patient_days / &days, "patientDays ÷ days", RuleId::Stf03, inputs))
    }

    /// STF-03: the stated number, else the one from the days.
    pub fn number(&self, year: i32) -> Option<Figure> {
        let stated = self.stated.clone().map(|stated| Figure::stated(stated, RuleId::Stf03));
        stated.or_else(|| self.from_days(year))
    }
}

/// The known numbers of an establishment's patients.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Patients {
    /// On the day a new establishment's convention came into force (STF-05).
    pub on_entry: Option<Exact>,
    /// On the last day of each year, for a new establishment (STF-05).
    pub at_year_end: BTreeMap<i32, Exact>,
    /// Over each year.
    pub years: BTreeMap<i32, YearNumber>,
}

/// A number that must be stated before a year can be assessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Needed {
    /// The patients on the day of entry.
    OnEntry,
    /// The patients on the last day of the year.
    AtYearEnd(i32),
    /// The patients over the year.
    Year(i32),
}

/// The field of the yearly statement, preceded by the year unless it is the year of entry.
impl fmt::Display for Needed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Needed::OnEntry => f.write_str("patientsOnEntry"),
            Needed::AtYearEnd(year) => write!(f, "{year}: patientsAtYearEnd"),
            Needed::Year(year) => write!(f, "{year}: patients"),
        }
    }
}

/// STF-05: the first full calendar year of an establishment whose convention came into force on `from`.
pub fn first_full_year(from: NaiveDate) -> i32 {
    if from.ordinal() == 1 { from.year() } else { from.year() + 1 }
}

/// STF-03, STF-05: the years whose statements an assessment may need: the two before, the year itself, and a new
/// establishment's year of entry.
pub fn years_asked(year: i32, new_since: Option<NaiveDate>) -> Vec<i32> {
    (year - 2..=year).chain(new_since.map(|from| from.year())).collect()
}

impl Patients {
    /// STF-03, STF-05: the numbers from the yearly statements. The patients on entry come from the year in which a new
    /// establishment's convention came into force. Days of programme are not recorded here yet, so the stated numbers
    /// are all there is.
    pub fn of(stated: &Statements, new_since: Option<NaiveDate>) -> Patients {
        let entry = new_since.and_then(|from| stated.get(&from.year()));
        let each = || stated.iter().map(|(year, one)| (*year, one));
        Patients {
            on_entry: entry.and_then(|one| one.patients_on_entry.clone()),
            at_year_end: each().filter_map(|(year, one)| Some((year, one.patients_at_year_end.clone()?))).collect(),
            years: each()
                .map(|(year, one)| (year, YearNumber { stated: one.patients.clone(), patient_days: None }))
                .collect(),
        }
    }

    /// STF-03, STF-05: the number of patients on which a year is based. `new_since` is the day the convention of a new
    /// establishment, one without an earlier pump convention, came into force.
    ///
    /// A new establishment uses its patients on entry until the end of its first full year; the numbers at the end of
    /// that year and of the next apply to the year after each. Later, and for all others from the start, the basis is
    /// the mean of the two full calendar years before.
    ///
    /// # Errors
    /// The numbers that are needed and not known.
    pub fn basis(&self, year: i32, new_since: Option<NaiveDate>) -> Result<Figure, Vec<Needed>> {
        match new_since.map(|from| year - first_full_year(from)) {
            Some(..=0) => {
                let value = self.on_entry.clone().ok_or_else(|| vec![Needed::OnEntry])?;
                Ok(Figure::new(value.clone(), "patientsOnEntry", RuleId::Stf05, vec![("patientsOnEntry", value)]))
            }
            Some(1 | 2) => {
                let value = self.at_year_end.get(&(year - 1)).cloned();
                let value = value.ok_or_else(|| vec![Needed::AtYearEnd(year - 1)])?;
                let inputs = vec![("patientsAtYearEnd", value.clone())];
                Ok(Figure::new(value, "patientsAtYearEnd", RuleId::Stf05, inputs))
            }
            Some(3..) | None => self.mean(year),
        }
    }

    fn mean(&self, year: i32) -> Result<Figure, Vec<Needed>> {
        let number = |year| self.years.get(&year).and_then(|known| known.number(year));
        match (number(year - 2), number(year - 1)) {
            (Some(earlier), Some(later)) => {
                let value = &(&earlier.value + &later.value) / &Exact::from(2);
                let inputs = vec![("twoYearsBefore", earlier.value), ("yearBefore", later.value)];
                Ok(Figure::new(value, "(twoYearsBefore + yearBefore) ÷ 2", RuleId::Stf03, inputs))
            }
            (earlier, later) => Err([(earlier, year - 2), (later, year - 1)]
                .into_iter()
                .filter_map(|(known, year)| known.is_none().then_some(Needed::Year(year)))
                .collect()),
        }
    }
}

/// The number of days of a year.
pub fn days_of(year: i32) -> i64 {
    if NaiveDate::from_ymd_opt(year, 2, 29).is_some() { 366 } else { 365 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::convention::staffing::{figure::paper::recomputed, statement::YearStatement};

    fn exact(text: &str) -> Exact {
        text.parse().unwrap()
    }

    /// STF-03, STF-05: each number comes from the statement of its own year, the one on entry from the year of entry
    /// only.
    #[test]
    fn what_is_stated_is_known_of_its_year() {
        let stated = |year: i64| YearStatement {
            patients: Some(Exact::from(year)),
            patients_at_year_end: (year == 2023).then(|| exact("30")),
            patients_on_entry: Some(Exact::from(year - 2000)),
            ..YearStatement::default()
        };
        let stated: Statements = (2022..2025).map(|year| (year, stated(year.into()))).collect();
        let known = Patients::of(&stated, "2023-05-10".parse().ok());
        assert_eq!((known.on_entry, known.at_year_end), (Some(exact("23")), [(2023, exact("30"))].into()));
        assert_eq!(known.years[&2022], YearNumber { stated: Some(exact("2022")), patient_days: None });
        assert_eq!(known.years.len(), 3);
        assert_eq!(Patients::of(&stated, None).on_entry, None);
    }

    fn patients() -> Patients {
        let stated = |text| YearNumber { stated: Some(exact(text)), patient_days: None };
        Patients {
            on_entry: Some(exact("12")),
            at_year_end: [(2023, exact("30")), (2024, exact("41"))].into(),
            years: [(2022, stated("20")), (2023, stated("27.5")), (2024, stated("40")), (2025, stated("45"))].into(),
        }
    }

    /// STF-03: the basis is the exact mean of the two full years before.
    #[test]
    fn a_year_goes_by_the_mean_of_the_two_before() {
        let basis = patients().basis(2025, None).unwrap();
        assert_eq!((basis.value.to_string(), basis.rule), ("33.75".into(), RuleId::Stf03));
        assert_eq!(recomputed(&basis), basis.value);
        let days = |n| YearNumber { stated: None, patient_days: Some(n) };
        let thirds =
            Patients { years: [(2023, days(365 * 10 + 1)), (2024, days(366 * 10))].into(), ..Patients::default() };
        assert_eq!(thirds.basis(2025, None).unwrap().value, exact("7301/730"));
    }

    /// STF-03: a stated number takes precedence over the days, and both can be shown.
    #[test]
    fn a_stated_number_rules_and_both_are_known() {
        let both = YearNumber { stated: Some(exact("50")), patient_days: Some(366 * 48) };
        assert_eq!(both.number(2024).unwrap().value, exact("50"));
        let from_days = both.from_days(2024).unwrap();
        assert_eq!(from_days.value, exact("48"));
        assert_eq!(recomputed(&from_days), from_days.value);
        assert_eq!(YearNumber { stated: None, ..both }.number(2024).unwrap().value, exact("48"));
    }

    /// STF-05: the basis is the number on entry, then that at the end of the first and second full year, then the mean.
    #[test]
    fn a_new_establishment_goes_by_entry_and_year_ends_first() {
        for (from, year, value, rule) in [
            ("2022-05-10", 2022, "12", RuleId::Stf05),
            ("2022-05-10", 2023, "12", RuleId::Stf05),
            ("2022-05-10", 2024, "30", RuleId::Stf05),
            ("2022-05-10", 2025, "41", RuleId::Stf05),
            ("2022-05-10", 2026, "42.5", RuleId::Stf03),
            ("2022-01-01", 2022, "12", RuleId::Stf05),
            ("2023-01-01", 2024, "30", RuleId::Stf05),
            ("2023-01-01", 2025, "41", RuleId::Stf05),
            ("2022-12-31", 2023, "12", RuleId::Stf05),
        ] {
            let basis = patients().basis(year, Some(from.parse().unwrap())).unwrap();
            assert_eq!((basis.value.to_string().as_str(), basis.rule), (value, rule), "{from} {year}");
            assert_eq!(recomputed(&basis), basis.value);
        }
    }

    /// STF-03, STF-05: a basis never needs a year outside `years_asked`.
    #[test]
    fn every_number_that_is_needed_is_of_a_year_that_is_asked() {
        for since in [None, Some("2022-05-10".parse().unwrap()), Some("2022-01-01".parse().unwrap())] {
            for year in 2022..2032 {
                let asked = years_asked(year, since);
                for needed in Patients::default().basis(year, since).unwrap_err() {
                    let of = match needed {
                        Needed::OnEntry => since.unwrap().year(),
                        Needed::AtYearEnd(year) | Needed::Year(year) => year,
                    };
                    assert!(asked.contains(&of), "{needed:?} for {year}");
                }
            }
        }
    }

    /// STF-03, STF-05: all unknown numbers are named.
    #[test]
    fn the_numbers_that_are_missing_are_named() {
        let none = Patients::default();
        let since = |day: &str| Some(day.parse().unwrap());
        assert_eq!(none.basis(2025, None), Err(vec![Needed::Year(2023), Needed::Year(2024)]));
        assert_eq!(none.basis(2022, since("2022-05-10")), Err(vec![Needed::OnEntry]));
        assert_eq!(none.basis(2024, since("2022-05-10")), Err(vec![Needed::AtYearEnd(2023)]));
        assert_eq!(patients().basis(2027, None), Err(vec![Needed::Year(2026)]));
        let names = [Needed::OnEntry, Needed::AtYearEnd(2023), Needed::Year(2024)].map(|needed| needed.to_string());
        assert_eq!(names, ["patientsOnEntry", "2023: patientsAtYearEnd", "2024: patients"]);
    }
}
