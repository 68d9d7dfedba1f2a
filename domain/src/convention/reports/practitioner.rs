//! Which reports to the general practitioner and the treating specialist are due (REG-04, C 4 §3, C 5 §11).

use chrono::NaiveDate;
use uuid::Uuid;

use super::obligation::Done;
use crate::{
    clock::{eve, months_after},
    ids::BeneficiaryId,
    span::Span,
};

/// REG-04, R2: the months after the last full report, or after the start, within which the next one is sent.
const FULL_REPORT_MONTHS: u32 = 12;

/// Which report to a practitioner or specialist is due (REG-04).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PractitionerReportKind {
    /// Information on the therapy, at its start, to the practitioner.
    TherapyInformation,
    /// The same to the treating specialist, if there is one.
    SpecialistInformation,
    /// A report on an important change of therapy.
    ImportantChange,
    /// The full report with plan.
    FullReport,
}

/// A report that was sent (REG-04).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SentReport {
    /// The entry in the register.
    pub id: Uuid,
    /// What was sent.
    pub kind: PractitionerReportKind,
    /// When.
    pub on: NaiveDate,
}

/// What is known of a beneficiary, as reports to practitioners look at it (REG-04).
#[derive(Debug, Clone, Default)]
pub struct Followed<'a> {
    /// The days that are left of the granted periods at this establishment.
    pub programme: &'a [Span],
    /// Whether the general practitioner is known.
    pub has_practitioner: bool,
    /// Whether there is a treating specialist who is known.
    pub has_specialist: bool,
    /// The days of important changes of therapy.
    pub changes: &'a [NaiveDate],
    /// What was sent.
    pub sent: &'a [SentReport],
}

/// A report to a practitioner or specialist that is due, or was sent (REG-04).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PractitionerReport {
    /// About whom.
    pub beneficiary: BeneficiaryId,
    /// Which one.
    pub kind: PractitionerReportKind,
    /// The day from which it is due: the start of the therapy, the change, the last full report.
    pub since: NaiveDate,
    /// The last day to send it.
    pub due: NaiveDate,
    /// When and how it was sent.
    pub sent: Option<Done>,
    /// Whether anybody is known to whom it can be sent.
    pub is_known: bool,
}

/// REG-04, R2, R-06: every report about a beneficiary that is or was due. Information is due at the start, at once; a
/// report on an important change from its day on, which a full report serves too; a full report twelve months after the
/// last one at the latest, or after the start. Once the programme has ended nothing new becomes due.
#[must_use]
pub fn reports(beneficiary: BeneficiaryId, followed: &Followed<'_>) -> Vec<PractitionerReport> {
    let mut sent = followed.sent.to_vec();
    sent.sort_by_key(|one| (one.on, one.id));
    let row = |kind, since, due, sent: Option<&SentReport>| PractitionerReport {
        beneficiary,
        kind,
        since,
        due,
        sent: sent.map(|one| Done { on: one.on, by: Some(one.id) }),
        is_known: match kind {
            PractitionerReportKind::SpecialistInformation => followed.has_specialist,
            PractitionerReportKind::TherapyInformation
            | PractitionerReportKind::ImportantChange
            | PractitionerReportKind::FullReport => followed.has_practitioner,
        },
    };
    let mut found = Vec::new();
    let (runs, mut former_end) = (without_interruption(followed.programme), NaiveDate::MIN);
    for (index, run) in runs.iter().enumerate() {
        let last_day = run.to.unwrap_or(NaiveDate::MAX);
        for kind in [PractitionerReportKind::TherapyInformation, PractitionerReportKind::SpecialistInformation] {
            let is_asked = kind == PractitionerReportKind::TherapyInformation || followed.has_specialist;
            // It may be sent ahead of the start.
            let first = sent.iter().find(|one| one.kind == kind && former_end < one.on && one.on <= last_day);
            found.extend(is_asked.then(|| row(kind, run.from, run.from, first)));
        }
        for change in followed.changes.iter().filter(|change| run.holds(**change)) {
            let tells = |one: &&SentReport| {
                let kinds = [PractitionerReportKind::ImportantChange, PractitionerReportKind::FullReport];
                kinds.contains(&one.kind) && *change <= one.on
            };
            found.push(row(PractitionerReportKind::ImportantChange, *change, *change, sent.iter().find(tells)));
        }
        let mut since = run.from;
        // One that comes late may come after the programme has ended.
        let own = Span { from: run.from, to: runs.get(index + 1).map(|next| eve(next.from)) };
        for one in sent.iter().filter(|one| one.kind == PractitionerReportKind::FullReport && own.holds(one.on)) {
            found.push(row(PractitionerReportKind::FullReport, since, next_full_report(since), Some(one)));
            since = one.on;
        }
        if next_full_report(since) <= last_day {
            found.push(row(PractitionerReportKind::FullReport, since, next_full_report(since), None));
        }
        former_end = last_day;
    }
    found
}

/// REG-04, R2: the last day for the next full report.
fn next_full_report(since: NaiveDate) -> NaiveDate {
    months_after(since, FULL_REPORT_MONTHS)
}

/// The days of programme, joined where one period follows another without a day between.
fn without_interruption(programme: &[Span]) -> Vec<Span> {
    let mut days: Vec<Span> = programme.iter().copied().filter(|days| !days.is_empty()).collect();
    days.sort_unstable_by_key(|days| days.from);
    let mut runs: Vec<Span> = Vec::new();
    for one in days {
        match runs.last_mut() {
            Some(last) if last.to.is_none_or(|to| to.succ_opt().is_none_or(|next| one.from <= next)) => {
                last.to = last.to.zip(one.to).map(|(last, to)| last.max(to));
            }
            _ => runs.push(one),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::{PractitionerReportKind::*, *};
    use crate::span::tests::{day, span};

    fn sent(id: u128, kind: PractitionerReportKind, on: &str) -> SentReport {
        SentReport { id: Uuid::from_u128(id), kind, on: day(on) }
    }

    fn told(followed: &Followed<'_>) -> Vec<String> {
        let each = reports(BeneficiaryId(Uuid::from_u128(1)), followed).into_iter().map(|one| {
            let sent = one.sent.map_or_else(|| "open".to_owned(), |done| format!("sent {}", done.on));
            let known = if one.is_known { "" } else { " nobody known" };
            format!("{:?} since {} by {} {sent}{known}", one.kind, one.since, one.due)
        });
        each.collect()
    }

    /// REG-04, R2: P1 from 2026-04-01, prolonged to 2028-03-31.
    #[test]
    fn r_06_reports_to_the_practitioner() {
        let programme = [span("2027-04-01/2028-03-31"), span("2026-04-01/2027-03-31")];
        let changes = [day("2026-09-03")];
        let p1 =
            Followed { programme: &programme, has_practitioner: true, has_specialist: true, ..Followed::default() };
        assert_eq!(
            told(&p1),
            [
                "TherapyInformation since 2026-04-01 by 2026-04-01 open",
                "SpecialistInformation since 2026-04-01 by 2026-04-01 open",
                "FullReport since 2026-04-01 by 2027-04-01 open",
            ]
        );
        let all = [
            sent(3, FullReport, "2027-02-10"),
            sent(1, TherapyInformation, "2026-04-03"),
            sent(2, SpecialistInformation, "2026-04-03"),
        ];
        let p1 = Followed { changes: &changes, sent: &all[1..], ..p1 };
        assert_eq!(told(&p1)[2], "ImportantChange since 2026-09-03 by 2026-09-03 open");
        let later = Followed { sent: &all, ..p1 };
        assert_eq!(
            told(&later),
            [
                "TherapyInformation since 2026-04-01 by 2026-04-01 sent 2026-04-03",
                "SpecialistInformation since 2026-04-01 by 2026-04-01 sent 2026-04-03",
                "ImportantChange since 2026-09-03 by 2026-09-03 sent 2027-02-10",
                "FullReport since 2026-04-01 by 2027-04-01 sent 2027-02-10",
                "FullReport since 2027-02-10 by 2028-02-10 open",
            ]
        );
    }

    /// REG-04: who has no practitioner has reports that cannot be sent; without specialist none is asked.
    #[test]
    fn r_06_nobody_is_known() {
        let programme = [span("2025-09-01/2026-08-31"), span("2026-09-01/2027-08-31")];
        let p2 = Followed { programme: &programme, ..Followed::default() };
        assert_eq!(
            told(&p2),
            [
                "TherapyInformation since 2025-09-01 by 2025-09-01 open nobody known",
                "FullReport since 2025-09-01 by 2026-09-01 open nobody known",
            ]
        );
        let p2 = Followed { has_specialist: true, ..p2 };
        assert_eq!(told(&p2)[1], "SpecialistInformation since 2025-09-01 by 2025-09-01 open");
    }

    /// REG-04: a full report that comes late serves, also after the programme has ended.
    #[test]
    fn a_late_report_serves() {
        let late = [sent(1, TherapyInformation, "2026-04-01"), sent(2, FullReport, "2027-05-20")];
        let programme = [span("2026-04-01/2027-05-10")];
        let one = Followed { programme: &programme, has_practitioner: true, sent: &late, ..Followed::default() };
        assert_eq!(told(&one)[1..], ["FullReport since 2026-04-01 by 2027-04-01 sent 2027-05-20"]);
    }

    /// REG-04, R2: after the end nothing new becomes due; after an interruption the therapy starts anew.
    #[rstest]
    #[case::ended(&["2026-04-01/2027-03-31"], &["TherapyInformation since 2026-04-01 by 2026-04-01 sent 2026-03-20"])]
    #[case::the_last_day(&["2026-04-01/2027-04-01"], &[
        "TherapyInformation since 2026-04-01 by 2026-04-01 sent 2026-03-20",
        "FullReport since 2026-04-01 by 2027-04-01 open"])]
    #[case::interrupted(&["2026-04-01/2026-08-31", "2026-09-02/2027-09-01"], &[
        "TherapyInformation since 2026-04-01 by 2026-04-01 sent 2026-03-20",
        "TherapyInformation since 2026-09-02 by 2026-09-02 open"])]
    #[case::none(&[], &[])]
    fn reports_go_with_the_programme(#[case] programme: &[&str], #[case] expected: &[&str]) {
        let programme: Vec<Span> = programme.iter().map(|days| span(days)).collect();
        let before = [sent(1, TherapyInformation, "2026-03-20")];
        let one = Followed { programme: &programme, has_practitioner: true, sent: &before, ..Followed::default() };
        assert_eq!(told(&one), expected);
    }
}
