//! Further conditions of a favourable decision, and when they were met (COV-11).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::period::Period;
use crate::{
    refusal::{Fault, Reason},
    rule::RuleId,
    span::Span,
};

/// A further condition of a favourable decision (COV-11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CoverageCondition, example = json!({"text": "Follows the self-management programme.", "dueOn": "2026-06-30",
    "stopsOn": "2026-07-01"}))]
pub struct Condition {
    /// What is asked.
    #[schema(max_length = 2000)]
    pub text: String,
    /// The day by which it must be met.
    pub due_on: NaiveDate,
    /// The first day that is not reimbursed while it is not met: after the day by which it must be.
    pub stops_on: NaiveDate,
}

/// What an adviser notes when a condition is met (COV-11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(as = CoverageConditionMet, rename_all = "camelCase", example = json!({"metOn": "2026-06-12", "effectiveFrom": "2026-06-13"}))]
pub struct Met {
    /// The day on which it was met.
    pub met_on: NaiveDate,
    /// The first day on which it no longer keeps anything from being reimbursed: possibly before it was met.
    pub effective_from: NaiveDate,
}

impl Condition {
    /// COV-11: whether it keeps a day from being reimbursed.
    #[must_use]
    pub fn stops(&self, day: NaiveDate, met: Option<Met>) -> bool {
        self.stops_on <= day && met.is_none_or(|met| day < met.effective_from)
    }
}

impl Met {
    /// COV-11: a condition is met today at the latest, with effect from a day of the period.
    #[must_use]
    pub fn faults(self, period: &Period, today: NaiveDate) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.met_on > today {
            faults.push(Fault::new("metOn", Reason::InFuture, RuleId::Cov11));
        }
        let granted = Span::between(period.from, period.to);
        if !granted.holds(self.effective_from) {
            faults.push(granted.outside("effectiveFrom", RuleId::Cov11));
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::{super::period::tests::period, *};
    use crate::span::tests::day;

    /// B-24: a report is due by 31 October 2026, and comes on 20 November.
    fn report() -> Condition {
        Condition { text: "HbA1c report".to_owned(), due_on: day("2026-10-31"), stops_on: day("2026-11-01") }
    }

    fn met(met_on: &str, effective_from: &str) -> Met {
        Met { met_on: day(met_on), effective_from: day(effective_from) }
    }

    /// COV-11, B-24: an unmet condition stops billing from its day; one that is met frees from the day the adviser says.
    #[rstest]
    #[case("2026-10-31", None, false)]
    #[case("2026-11-01", None, true)]
    #[case("2026-11-20", Some("2026-11-21"), true)]
    #[case("2026-11-21", Some("2026-11-21"), false)]
    #[case("2026-11-01", Some("2026-11-01"), false)]
    #[case("2026-12-31", Some("2026-10-01"), false)]
    fn an_unmet_condition_stops(#[case] on: &str, #[case] effective_from: Option<&str>, #[case] stops: bool) {
        assert_eq!(report().stops(day(on), effective_from.map(|from| met("2026-11-20", from))), stops);
    }

    /// COV-11: nothing is met in the future, and the effect begins on a day that was granted.
    #[rstest]
    #[case("2026-11-20", "2026-11-21", &[])]
    #[case("2026-11-20", "2026-04-01", &[])]
    #[case("2026-11-20", "2027-03-31", &[])]
    #[case("2026-11-21", "2027-04-01", &["metOn", "effectiveFrom"])]
    #[case("2026-11-20", "2026-03-31", &["effectiveFrom"])]
    fn an_adviser_notes_days_of_the_period(#[case] met_on: &str, #[case] from: &str, #[case] fields: &[&str]) {
        let faults = met(met_on, from).faults(&period("2026-04-01/2027-03-31"), day("2026-11-20"));
        assert_eq!(faults.iter().map(|fault| fault.field.as_str()).collect::<Vec<_>>(), fields);
    }
}
