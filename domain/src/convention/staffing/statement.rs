//! An establishment's yearly statements (STF-01, STF-03, STF-05).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{exact::Exact, names::Function};

/// An establishment's statement for one year (STF-01, STF-03, STF-05).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct YearStatement {
    /// Patients of the pump convention, as a mean over the year (STF-03).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patients: Option<Exact>,
    /// Patients on the year's last day, for a new establishment (STF-05).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patients_at_year_end: Option<Exact>,
    /// Patients on the day of entry, in the year of entry (STF-05).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patients_on_entry: Option<Exact>,
    /// What self-management requires of each function, in FTE; 0 for a function left out (STF-01).
    pub self_management: BTreeMap<Function, Exact>,
}

/// The statements by year.
pub type Statements = BTreeMap<i32, YearStatement>;

/// STF-01: what self-management requires of each function in a year; empty without a statement.
pub fn self_management(year: i32, stated: &Statements) -> BTreeMap<Function, Exact> {
    stated.get(&year).map(|one| one.self_management.clone()).unwrap_or_default()
}
