//! The models that INAMI imposes for reports (REG-06, C 13 §3).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::covered::days_of_year;
use crate::{
    names::names,
    refusal::{Fault, Reason},
    rule::RuleId,
    span::Span,
};

names! {
    /// What INAMI has a model for (REG-06, REG-07, REG-08).
    ReportKind, growing {
        /// The yearly report by type of pump.
        AnnualReport = "annualReport",
        /// Management data of a day.
        ManagementData = "managementData",
        /// The recapitulation of a year's accounts.
        AccountStatement = "accountStatement",
    }
}

/// A version of the model of a report, in use from a day until the next version is (REG-06).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ReportModel, example = json!({"kind": "annualReport", "version": 2, "from": "2027-01-01",
    "source": "INAMI, circular of 1 October 2026"}))]
pub struct Model {
    /// Of which report.
    pub kind: ReportKind,
    /// 1 for the first model, then 2 and so on.
    #[schema(minimum = 1)]
    pub version: i32,
    /// The first day about which a report follows it.
    pub from: NaiveDate,
    /// Where it is published.
    #[schema(max_length = 200)]
    pub source: String,
}

/// REG-06, R-09: the model in use on a day that a report is about, whenever it is sent.
#[must_use]
pub fn on(models: &[Model], kind: ReportKind, day: NaiveDate) -> Option<&Model> {
    models.iter().filter(|one| one.kind == kind && one.from <= day).max_by_key(|one| (one.from, one.version))
}

/// REG-06, REG-08, R-09: the model that the report of a year follows: the one in use on the last day of that year, also
/// when the convention ended before. The text lets INAMI change models at any time; a report has one model only.
#[must_use]
pub fn of_year(models: &[Model], kind: ReportKind, year: i32) -> Option<&Model> {
    on(models, kind, days_of_year(year)?.to?)
}

/// REG-06: the faults of a new model: it follows the last version of its kind, and begins later than that, so that no
/// report that was sent would follow another model.
#[must_use]
pub fn faults(new: &Model, models: &[Model]) -> Vec<Fault> {
    let of_kind = || models.iter().filter(|one| one.kind == new.kind);
    let version = of_kind().map(|one| one.version).max().unwrap_or(0).saturating_add(1);
    let mut faults = Vec::new();
    if new.version != version {
        let fault = Fault::new("version", Reason::OutOfRange, RuleId::Reg06);
        faults.push(fault.with("min", version).with("max", version));
    }
    let earliest = of_kind().map(|one| one.from).max().and_then(|last| last.succ_opt());
    faults.extend(
        earliest
            .filter(|earliest| new.from < *earliest)
            .map(|earliest| Span::since(earliest).outside("from", RuleId::Reg06)),
    );
    faults
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{refusal::tests::described, span::tests::day};

    fn model(kind: ReportKind, version: i32, from: &str) -> Model {
        Model { kind, version, from: day(from), source: "x".to_owned() }
    }

    fn models() -> [Model; 3] {
        [
            model(ReportKind::AnnualReport, 2, "2027-01-01"),
            model(ReportKind::AnnualReport, 1, "2021-01-01"),
            model(ReportKind::ManagementData, 1, "2022-06-01"),
        ]
    }

    /// REG-06, C 13 §3: a report follows the model of the year it is about, however late it is sent.
    #[rstest]
    #[case(2020, None)]
    #[case(2026, Some(1))]
    #[case(2027, Some(2))]
    #[case(2040, Some(2))]
    fn r_09_model_of_a_report(#[case] year: i32, #[case] version: Option<i32>) {
        assert_eq!(of_year(&models(), ReportKind::AnnualReport, year).map(|one| one.version), version);
    }

    /// REG-06, REG-07: each kind of report has its own models; management data follow the one of the day asked for.
    #[rstest]
    #[case("2022-05-31", None)]
    #[case("2022-06-01", Some(1))]
    fn management_data_follow_the_model_of_the_day(#[case] on_day: &str, #[case] version: Option<i32>) {
        let models = models();
        let found = on(&models, ReportKind::ManagementData, day(on_day));
        assert_eq!(found.map(|one| one.version), version);
        assert_eq!(on(&models, ReportKind::AccountStatement, day(on_day)), None);
    }

    /// REG-06: a model follows the one before and begins after it.
    #[rstest]
    #[case(ReportKind::AnnualReport, 3, "2027-01-02", &[])]
    #[case(
        ReportKind::AnnualReport,
        2,
        "2027-01-01",
        &["version outOfRange min=3 max=3", "from outOfRange min=2027-01-02 max=9999-12-31"]
    )]
    #[case(ReportKind::AccountStatement, 1, "1990-01-01", &[])]
    #[case(ReportKind::AccountStatement, 2, "2026-01-01", &["version outOfRange min=1 max=1"])]
    fn a_model_follows_the_one_before(
        #[case] kind: ReportKind,
        #[case] version: i32,
        #[case] from: &str,
        #[case] expected: &[&str],
    ) {
        let found: Vec<_> = faults(&model(kind, version, from), &models()).iter().map(described).collect();
        assert_eq!(found, expected.iter().map(|fault| format!("REG-06 {fault}")).collect::<Vec<_>>());
    }
}
