//! What was sent of a report, and what differs from it since (REG-06).

use std::{collections::BTreeSet, slice};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    covered::Covered,
    due::first_day_to_send,
    model::Model,
    yearly::{Figures, PumpType, YearlyReport},
};
use crate::{convention::number::PumpConventionNumber, csv, names::names, refusal::Refusal, span::Span};

/// A version of a report, as it was sent: frozen (REG-06, R5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SentAnnualReport)]
pub struct Sent {
    /// 1 for the first version, then 2 and so on.
    pub version: i32,
    /// The Brussels day on which it was sent.
    pub sent_on: NaiveDate,
    /// The version of the model that it follows.
    pub model: i32,
    /// What it says.
    pub report: YearlyReport,
}

names! {
    /// How a report, computed now, relates to what was sent (REG-06).
    Standing as "AnnualReportStanding" {
        /// Nothing was sent yet.
        NotSent = "notSent",
        /// It says what was sent last.
        AsSent = "asSent",
        /// It differs from what was sent last.
        Differs = "differs",
    }
}

/// A figure that differs from the one that was sent (REG-06).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AnnualReportDifference)]
pub struct Difference {
    /// The convention whose part differs; left out for all conventions together.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub convention_number: Option<PumpConventionNumber>,
    /// The type of pump; left out for the number of all beneficiaries.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub pump: Option<PumpType>,
    /// What was sent; 0 for a type that was not in it.
    pub sent: i64,
    /// What it is now; 0 for a type that is no longer in it.
    pub now: i64,
}

/// A report beside the last version that was sent (REG-06, R-08).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AnnualReportComparison)]
pub struct Comparison {
    /// How it relates to what was sent.
    pub standing: Standing,
    /// The figures that differ, in the order of the report: of all conventions together, then, when there are several,
    /// of each.
    pub differences: Vec<Difference>,
    /// The days on which the report covered something else, when they differ: those that were sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub days_sent: Option<Vec<Span>>,
}

/// The last version that was sent.
#[must_use]
pub fn last(sent: &[Sent]) -> Option<&Sent> {
    sent.iter().max_by_key(|one| one.version)
}

/// REG-06, R5: the number of the version that is sent next; `None` when it would say what the last one says already.
#[must_use]
pub fn next_version(now: &YearlyReport, sent: &[Sent]) -> Option<i32> {
    match last(sent) {
        None => Some(1),
        Some(last) => (last.report != *now).then(|| last.version.saturating_add(1)),
    }
}

/// REG-06, R5: the version that is sent on a day. Nothing can happen any more on the days that it covers, and it says
/// something else than the last one; the report names the model that it follows.
pub fn send(
    now: YearlyReport,
    covered: &[Covered],
    sent: &[Sent],
    model: &Model,
    today: NaiveDate,
) -> Result<Sent, Refusal> {
    if let Some(from) = first_day_to_send(covered).filter(|from| today < *from) {
        return Err(Refusal::ReportTooEarly { from });
    }
    let last = last(sent).map_or(0, |last| last.version);
    let version = next_version(&now, sent).ok_or(Refusal::ReportAsSent { version: last })?;
    Ok(Sent { version, sent_on: today, model: model.version, report: now })
}

/// REG-06: the columns of a report as CSV.
const COLUMNS: [&str; 10] = [
    "year",
    "model",
    "version",
    "sentOn",
    "conventionNumber",
    "from",
    "to",
    "manufacturer",
    "pumpModel",
    "beneficiaries",
];

/// REG-06: a report as CSV: all its conventions together, then each. A row without manufacturer counts all
/// beneficiaries; one without convention, those of all conventions. `sent` is the version and its day, if it was sent.
#[must_use]
pub fn table(report: &YearlyReport, model: i32, sent: Option<(i32, NaiveDate)>) -> String {
    let all = (String::new(), None, &report.figures);
    let parts = report.parts.iter().map(|part| (part.convention_number.to_string(), Some(part.days), &part.figures));
    let said = [
        report.year.to_string(),
        model.to_string(),
        sent.map_or_else(String::new, |(version, _)| version.to_string()),
        sent.map_or_else(String::new, |(_, day)| day.to_string()),
    ];
    let mut table = csv::line(COLUMNS);
    for (number, days, figures) in [all].into_iter().chain(parts) {
        let days = days.map_or_else(Default::default, |days| {
            [days.from.to_string(), days.to.map_or_else(String::new, |day| day.to_string())]
        });
        let row = |manufacturer: &str, model: &str, beneficiaries: i64| {
            let count = beneficiaries.to_string();
            let cells = said.iter().chain(slice::from_ref(&number)).chain(&days).map(String::as_str);
            csv::line(cells.chain([manufacturer, model, &count]))
        };
        table.extend(figures.types.iter().map(|one| row(&one.pump.manufacturer, &one.pump.model, one.beneficiaries)));
        table.push_str(&row("", "", figures.beneficiaries));
    }
    table
}

/// REG-06, R-08: what differs now from the last version that was sent.
#[must_use]
pub fn compared(now: &YearlyReport, sent: &[Sent]) -> Comparison {
    let Some(last) = last(sent) else {
        return Comparison { standing: Standing::NotSent, differences: Vec::new(), days_sent: None };
    };
    let before = &last.report;
    let standing = if before == now { Standing::AsSent } else { Standing::Differs };
    let days = |report: &YearlyReport| report.parts.iter().map(|part| part.days).collect::<Vec<_>>();
    Comparison {
        standing,
        differences: differences(before, now),
        days_sent: Some(days(before)).filter(|sent| *sent != days(now)),
    }
}

fn differences(before: &YearlyReport, now: &YearlyReport) -> Vec<Difference> {
    let mut found = between(None, &before.figures, &now.figures);
    let parts = || [before, now].into_iter().flat_map(|report| &report.parts);
    let numbers: BTreeSet<PumpConventionNumber> = parts().map(|part| part.convention_number).collect();
    let of = |report: &YearlyReport, number| {
        report.parts.iter().find(|part| part.convention_number == number).map(|part| part.figures.clone())
    };
    for number in numbers.iter().filter(|_| numbers.len() > 1) {
        let [before, now] = [before, now].map(|report| of(report, *number).unwrap_or_default());
        found.extend(between(Some(*number), &before, &now));
    }
    found
}

fn between(convention_number: Option<PumpConventionNumber>, before: &Figures, now: &Figures) -> Vec<Difference> {
    let count = |figures: &Figures, pump: &PumpType| {
        let found = figures.types.iter().find(|one| one.pump.names() == pump.names());
        found.map_or(0, |one| one.beneficiaries)
    };
    let mut types: Vec<&PumpType> =
        [now, before].into_iter().flat_map(|figures| &figures.types).map(|one| &one.pump).collect();
    types.sort_by_key(|pump| pump.names());
    types.dedup_by_key(|pump| pump.names());
    let of = |pump: Option<&PumpType>, sent, now| Difference { convention_number, pump: pump.cloned(), sent, now };
    let by_type = types.into_iter().map(|pump| of(Some(pump), count(before, pump), count(now, pump)));
    let all = of(None, before.beneficiaries, now.beneficiaries);
    by_type.chain([all]).filter(|one| one.sent != one.now).collect()
}

#[cfg(test)]
mod tests {
    use super::{
        super::{covered::covered, covered::tests::*, model::ReportKind, yearly::tests::report_of_2026},
        *,
    };
    use crate::{
        convention::term::tests::hospital,
        span::tests::{day, span},
    };

    fn sent(version: i32, on: &str, report: YearlyReport) -> Sent {
        Sent { version, sent_on: day(on), model: 1, report }
    }

    fn told(comparison: &Comparison) -> Vec<String> {
        let each = comparison.differences.iter().map(|one| {
            let what = one.pump.as_ref().map_or("beneficiaries", |pump| pump.model.as_str());
            let number = one.convention_number.map_or_else(String::new, |number| format!("{number}: "));
            format!("{number}{what} {} → {}", one.sent, one.now)
        });
        each.collect()
    }

    /// REG-06, R5: what was sent stays; a later correction differs from it, or does not, and makes a new version.
    #[test]
    fn r_08_frozen_then_corrected() {
        let first = report_of_2026("2026-09-01");
        assert_eq!(compared(&first, &[]).standing, Standing::NotSent);
        assert_eq!(next_version(&first, &[]), Some(1));
        let versions = [sent(1, "2027-03-30", first.clone())];
        assert_eq!(compared(&first, &versions).standing, Standing::AsSent);
        assert_eq!(next_version(&first, &versions), None);

        let corrected = report_of_2026("2027-01-01");
        let differs = compared(&corrected, &versions);
        assert_eq!((differs.standing, told(&differs)), (Standing::Differs, vec!["Model Y 2 → 1".to_owned()]));
        assert_eq!(corrected.figures.beneficiaries, 3);
        assert_eq!(next_version(&corrected, &versions), Some(2));
        let both = [versions[0].clone(), sent(2, "2027-04-10", corrected.clone())];
        assert_eq!(compared(&corrected, &both).standing, Standing::AsSent);
        assert_eq!(told(&compared(&first, &both)), ["Model Y 1 → 2"]);

        let still = report_of_2026("2026-12-31");
        assert_eq!(compared(&still, &versions).standing, Standing::AsSent);
    }

    /// REG-06, R-20: a report is sent from the day on which the days that it covers are over; the same one is not sent
    /// twice; it names its model.
    #[test]
    fn a_report_is_sent_when_its_days_are_over() {
        let model =
            Model { kind: ReportKind::AnnualReport, version: 3, from: day("2021-01-01"), source: "x".to_owned() };
        let of = |pump: &str, on: &str, sent: &[Sent]| {
            let covered = covered(hospital(H1), 2026, &both(pump, None));
            let found = send(report_of_2026("2026-09-01"), &covered, sent, &model, day(on));
            found.map(|sent| (sent.version, sent.sent_on, sent.model))
        };
        let too_early = |from: &str| Err(Refusal::ReportTooEarly { from: day(from) });
        assert_eq!(of("2021-01-01/", "2026-12-31", &[]), too_early("2027-01-01"));
        assert_eq!(of("2021-01-01/", "2027-01-01", &[]), Ok((1, day("2027-01-01"), 3)));
        assert_eq!(of("2021-01-01/2026-08-31", "2026-08-31", &[]), too_early("2026-09-01"));
        assert_eq!(of("2021-01-01/2026-08-31", "2026-09-01", &[]), Ok((1, day("2026-09-01"), 3)));
        let same = [sent(1, "2027-01-01", report_of_2026("2026-09-01"))];
        assert_eq!(of("2021-01-01/", "2027-03-30", &same), Err(Refusal::ReportAsSent { version: 1 }));
        let other = [sent(1, "2027-01-01", report_of_2026("2027-01-01"))];
        assert_eq!(of("2021-01-01/", "2027-03-30", &other), Ok((2, day("2027-03-30"), 3)));
    }

    /// REG-06: a report as CSV has a row for each type, and one for all; what a hospital wrote is no formula.
    #[test]
    fn a_report_is_a_table() {
        let mut report = report_of_2026("2026-09-01");
        report.figures.types[1].pump.model = "=1+1".to_owned();
        let text = table(&report, 1, Some((2, day("2027-04-10"))));
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert_eq!(
            lines,
            [
                "year,model,version,sentOn,conventionNumber,from,to,manufacturer,pumpModel,beneficiaries",
                "2026,1,2,2027-04-10,,,,Invented Devices,Model X,2",
                "2026,1,2,2027-04-10,,,,Invented Devices,'=1+1,2",
                "2026,1,2,2027-04-10,,,,,,3",
                "2026,1,2,2027-04-10,7.86.501.72,2026-01-01,2026-12-31,Invented Devices,Model X,2",
                "2026,1,2,2027-04-10,7.86.501.72,2026-01-01,2026-12-31,Invented Devices,Model Y,2",
                "2026,1,2,2027-04-10,7.86.501.72,2026-01-01,2026-12-31,,,3",
                "",
            ]
        );
        assert!(table(&report, 1, None).contains("\r\n2026,1,,,,,,,,3\r\n"));
    }

    /// REG-06: types that appear and disappear, beneficiaries and days that change are said.
    #[test]
    fn everything_that_differs_is_said() {
        let before = report_of_2026("2026-09-01");
        let mut now = before.clone();
        now.figures.types.remove(0);
        now.figures.types[0].pump.model = "Model Z".to_owned();
        now.figures.beneficiaries = 2;
        now.parts[0].days = span("2026-01-01/2026-08-31");
        let found = compared(&now, &[sent(1, "2027-03-30", before)]);
        assert_eq!(told(&found), ["Model X 2 → 0", "Model Y 2 → 0", "Model Z 0 → 2", "beneficiaries 3 → 2"]);
        assert_eq!(found.days_sent, Some(vec![span("2026-01-01/2026-12-31")]));
    }

    /// REG-06, CON-03: where a hospital reports on two conventions, what differs is said of each too.
    #[test]
    fn differences_are_said_of_each_convention() {
        let mut before = report_of_2026("2026-09-01");
        let mut other = before.parts[0].clone();
        (other.convention_number, other.figures.beneficiaries) = ("7.86.502.71".parse().unwrap(), 4);
        let mut now = before.clone();
        before.parts.push(other.clone());
        assert_eq!(
            told(&compared(&now, &[sent(1, "2027-03-30", before.clone())])),
            ["7.86.502.71: Model X 2 → 0", "7.86.502.71: Model Y 2 → 0", "7.86.502.71: beneficiaries 4 → 0"]
        );
        other.figures.types[0].beneficiaries = 1;
        now.parts.push(other);
        now.figures.beneficiaries = 2;
        let found = told(&compared(&now, &[sent(1, "2027-03-30", before)]));
        assert_eq!(found, ["beneficiaries 3 → 2", "7.86.502.71: Model X 2 → 1"]);
    }
}
