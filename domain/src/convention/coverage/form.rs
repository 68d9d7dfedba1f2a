//! The versions of the application form (COV-14).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{refusal::Fault, rule::RuleId, span::Span};

/// A version of the form, in use until the next one is (COV-14).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CoverageFormVersion, example = json!({"version": 1, "from": "2021-01-01"}))]
pub struct FormVersion {
    /// Its number, from 1.
    #[schema(minimum = 1)]
    pub version: i32,
    /// The first day on which it is used.
    pub from: NaiveDate,
}

/// COV-14: the version that an application of that date follows; none before the first is in use.
#[must_use]
pub fn version_on(forms: &[FormVersion], date: NaiveDate) -> Option<FormVersion> {
    forms.iter().copied().filter(|form| form.from <= date).max_by_key(|form| form.from)
}

/// COV-14: the fault of a version that would begin today or before: applications may follow another one on those days.
#[must_use]
pub fn begins_later(from: NaiveDate, today: NaiveDate) -> Option<Fault> {
    let tomorrow = today.succ_opt()?;
    (from < tomorrow).then(|| Span::since(tomorrow).outside("from", RuleId::Cov14))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::span::tests::day;

    /// COV-14: a version begins after today.
    #[test]
    fn a_version_begins_later() {
        let fault = |from| begins_later(day(from), day("2026-06-15")).is_some();
        assert_eq!(["2026-06-14", "2026-06-15", "2026-06-16"].map(fault), [true, true, false]);
    }

    /// COV-14, C-29: an application follows the version in use on its date.
    #[rstest]
    #[case("2020-12-31", None)]
    #[case("2021-01-01", Some(1))]
    #[case("2026-06-30", Some(1))]
    #[case("2026-07-01", Some(2))]
    fn an_application_follows_the_form_of_its_day(#[case] date: &str, #[case] version: Option<i32>) {
        let forms = [(2, "2026-07-01"), (1, "2021-01-01")];
        let forms = forms.map(|(version, from)| FormVersion { version, from: day(from) });
        assert_eq!(version_on(&forms, day(date)).map(|form| form.version), version);
    }
}
