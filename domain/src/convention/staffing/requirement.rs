//! The FTE required of a team in a year, from the yearly statements (STF-01, STF-02, STF-03, STF-05).

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{
    norm::Function,
    patients::Patients,
    statement::{Statements, self_management},
};
use crate::exact::Exact;

/// STF-01, STF-02, STF-03, STF-05: the FTE that both conventions together require of each function in a year. A team
/// must be checked before all numbers are stated: while the number of patients is unknown, it counts as 0.
pub fn requirement(year: i32, new_since: Option<NaiveDate>, stated: &Statements) -> BTreeMap<Function, Exact> {
    let patients = Patients::of(stated, new_since).basis(year, new_since).map(|basis| basis.value).unwrap_or_default();
    let self_management = self_management(year, stated);
    let required = |function: Function| {
        let other = self_management.get(&function).cloned().unwrap_or_default();
        (function, function.required(&patients, &other).value)
    };
    Function::NORMED.into_iter().map(required).collect()
}

#[cfg(test)]
mod tests {
    use super::{super::statement::YearStatement, *};

    fn exact(text: &str) -> Exact {
        text.parse().unwrap()
    }

    fn shown(required: &BTreeMap<Function, Exact>) -> Vec<String> {
        Function::NORMED.iter().map(|function| required[function].to_string()).collect()
    }

    /// STF-01, STF-02, STF-03: the requirement combines the patients of the two years before with that year's
    /// self-management.
    #[test]
    fn a_year_requires_what_is_stated_of_it_and_of_the_years_before() {
        let patients = |text| YearStatement { patients: Some(exact(text)), ..YearStatement::default() };
        let other = [(Function::Education, exact("1")), (Function::Secretariat, exact("0.2"))].into();
        let this = YearStatement { self_management: other, ..patients("900") };
        let stated: Statements = [(2022, patients("100")), (2023, patients("300")), (2024, this)].into();
        // 200 patients.
        assert_eq!(shown(&requirement(2024, None, &stated)), ["0.5", "1.612", "0.1224", "0.3334"]);
        // No self-management is stated for 2023 and no patients for 2021: only the floors remain.
        assert_eq!(shown(&requirement(2023, None, &stated)), ["0.5", "0.6", "0", "0"]);
    }

    /// STF-02, STF-05: a new establishment uses its patients on entry; while they are not stated, 0 patients.
    #[test]
    fn a_new_establishment_requires_what_its_patients_on_entry_do() {
        let since = "2023-05-10".parse().ok();
        let other = YearStatement { self_management: [(Function::Education, exact("2"))].into(), ..Default::default() };
        let mut stated: Statements = [(2023, other)].into();
        assert_eq!(shown(&requirement(2023, since, &stated)), ["0.5", "2", "0", "0"]);
        stated.get_mut(&2023).unwrap().patients_on_entry = Some(exact("100"));
        assert_eq!(shown(&requirement(2023, since, &stated)), ["0.5", "2.306", "0.0612", "0.0667"]);
        // The number on entry means nothing for an establishment that is not new.
        assert_eq!(shown(&requirement(2023, None, &stated)), ["0.5", "2", "0", "0"]);
    }
}
