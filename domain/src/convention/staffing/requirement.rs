//! What is required of a team in a year, by what is stated (STF-01, STF-02, STF-03, STF-05).

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{
    norm::Function,
    patients::Patients,
    statement::{Statements, self_management},
};
use crate::exact::Exact;

/// STF-01, STF-02, STF-03, STF-05: what both conventions together require of each function in a year. A team has to
/// be looked at before all numbers are stated: while those of the patients are not known, it is what no patients
/// require.
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

    /// STF-01, STF-02, STF-03: the patients of the two years before, on top of what self-management requires that year.
    #[test]
    fn a_year_requires_what_is_stated_of_it_and_of_the_years_before() {
        let patients = |text| YearStatement { patients: Some(exact(text)), ..YearStatement::default() };
        let other = [(Function::Education, exact("1")), (Function::Secretariat, exact("0.2"))].into();
        let this = YearStatement { self_management: other, ..patients("900") };
        let stated: Statements = [(2022, patients("100")), (2023, patients("300")), (2024, this)].into();
        // 200 patients.
        assert_eq!(shown(&requirement(2024, None, &stated)), ["0.5", "1.612", "0.1224", "0.3334"]);
        // Self-management is not stated of 2023, and of 2021 no patients are: floors alone.
        assert_eq!(shown(&requirement(2023, None, &stated)), ["0.5", "0.6", "0", "0"]);
    }

    /// STF-02, STF-05: of a new establishment it is the patients on entry; while they are not stated, what no
    /// patients require.
    #[test]
    fn a_new_establishment_requires_what_its_patients_on_entry_do() {
        let since = "2023-05-10".parse().ok();
        let other = YearStatement { self_management: [(Function::Education, exact("2"))].into(), ..Default::default() };
        let mut stated: Statements = [(2023, other)].into();
        assert_eq!(shown(&requirement(2023, since, &stated)), ["0.5", "2", "0", "0"]);
        stated.get_mut(&2023).unwrap().patients_on_entry = Some(exact("100"));
        assert_eq!(shown(&requirement(2023, since, &stated)), ["0.5", "2.306", "0.0612", "0.0667"]);
        // Of an establishment that is not new the same number means nothing.
        assert_eq!(shown(&requirement(2023, None, &stated)), ["0.5", "2", "0", "0"]);
    }
}
