//! Tests of [`super`].

use proptest::prelude::*;
use rstest::rstest;

use super::{super::home_base::Following, *};
use crate::{
    convention::{
        coverage::period::earliest_last_day,
        staffing::team::tests::{assignment, member},
    },
    names::{ConventionKind, Function, Qualification},
    span::tests::{day, days, span},
};

fn id(of: u128) -> Uuid {
    Uuid::from_u128(of)
}

fn done(on: &str, by: u128) -> Option<Done> {
    Some(Done { on: day(on), by: Some(id(by)) })
}

/// Each row in one line.
fn told(rows: &[Obligation]) -> Vec<String> {
    let each = rows.iter().map(|row| {
        let progress = row.progress.map_or_else(String::new, |progress| format!(" {}/{}", progress.have, progress.of));
        let which = row.subject.id.map_or_else(String::new, |id| format!(" {}", id.as_u128()));
        format!("{} {} {}{which} {}{progress}", row.due, row.rule(), row.kind, row.state)
    });
    each.collect()
}

fn period(of: u128, last_day: &str, prolonged: Option<Done>) -> EndingPeriod {
    EndingPeriod { id: id(of), last_day: day(last_day), prolonged }
}

fn report(of: u128, kind: ReportKind, due: &str, state: ReportState) -> (BeneficiaryId, ReportDue) {
    let (since, due) = (day("2026-04-01"), day(due));
    let sent_to = PhysicianKind::GeneralPractitioner;
    (BeneficiaryId(id(of)), ReportDue { kind, sent_to, since, due, state, sent_on: None })
}

/// A nurse who entered service on a day, without proof of training, and works until a day.
fn educator(of: u128, entered: &str, until: &str) -> Member {
    let does = assignment(Function::Education, ConventionKind::Pump, "0.5", entered, until);
    let nurse = member(of, Qualification::DiabetesNurse, vec![does]);
    Member { entered_service: day(entered), training_proved_on: None, ..nurse }
}

/// REG-17: H1 on 2027-03-01: each row with its day, its rule, whom it binds, done or not; in order.
#[test]
fn r_17_obligations_view() {
    let proved = Member { training_proved_on: Some(day("2026-01-15")), ..educator(14, "2024-09-15", "") };
    let left = educator(13, "2024-09-15", "2027-02-28");
    let members = [educator(11, "2024-09-15", ""), educator(12, "2024-02-20", ""), left, proved];
    let mut specialist = report(2, ReportKind::Start, "2026-09-01", ReportState::Late);
    specialist.1.sent_to = PhysicianKind::Specialist;
    let facts = Facts {
        reports: &[
            ReportedYear { year: 2026, from: day("2027-01-01"), sent: None },
            ReportedYear { year: 2027, from: day("2028-01-01"), sent: None },
        ],
        periods: &[
            period(2, "2027-03-14", None),
            period(1, "2027-03-31", done("2027-02-22", 91)),
            period(3, "2027-05-05", None),
            period(4, "2027-01-29", None),
        ],
        summaries: &[
            SummariesOfYear { year: 2026, given: 1, of: 3 },
            SummariesOfYear { year: 2027, given: 0, of: 3 },
            SummariesOfYear { year: 2025, given: 0, of: 0 },
        ],
        practitioner_reports: &[
            report(1, ReportKind::Yearly, "2027-04-01", ReportState::Open),
            report(2, ReportKind::Start, "2026-09-01", ReportState::NoneKnown),
            specialist,
            report(3, ReportKind::ImportantChange, "2026-12-03", ReportState::Late),
        ],
        members: &members,
        meetings: &[MeetingsOfYear { year: 2027, counted: 0, required: 6, due: day("2027-12-31") }],
        not_invoiced: [("2027-02-28", 4), ("2027-03-31", 12), ("2027-04-30", 31), ("2027-05-31", 31)]
            .map(|(last, days)| (day(last), days))
            .into(),
        drafts: &[Draft { id: id(21), first_day: day("2027-02-10"), introduced_by: Some(Introducer::Establishment) }],
        ..Facts::default()
    };
    let rows = obligations(&facts, day("2027-03-01"));
    assert_eq!(
        told(&rows),
        [
            "2026-09-01 REG-04 therapyInformation 2 noneKnown",
            "2026-09-01 REG-04 specialistInformation 2 open",
            "2026-12-03 REG-04 importantChange 3 open",
            "2027-02-19 STF-11 trainingProof 12 open",
            "2027-03-12 COV-05 draftLosesDays 21 open",
            "2027-03-14 COV-04 periodEnds 2 open",
            "2027-03-31 COV-04 periodEnds 1 done",
            "2027-03-31 BIL-08 lastDayToInvoice open 0/12",
            "2027-03-31 REG-06 annualReport open",
            "2027-04-01 REG-04 fullReport 1 open",
            "2027-04-30 BIL-08 lastDayToInvoice open 0/31",
            "2027-09-14 STF-11 trainingProof 11 open",
            "2027-12-31 BIL-06 summaries open 1/3",
            "2027-12-31 REG-03 jointMeetings open 0/6",
        ]
    );
    let late: Vec<_> = rows.iter().filter(|row| row.is_late(day("2027-03-01"))).map(|row| row.kind).collect();
    use ObligationKind::{ImportantChange as Change, SpecialistInformation as Specialist, TrainingProof};
    assert_eq!(late, [Specialist, Change, TrainingProof]);
    let binds = |kind| rows.iter().find(|row| row.kind == kind).map(|row| row.binds);
    assert_eq!(binds(ObligationKind::TherapyInformation), Some(Bound::ResponsiblePhysician));
    assert_eq!(binds(ObligationKind::LastDayToInvoice), Some(Bound::Billing));
    assert_eq!(rows[6].done, done("2027-02-22", 91));
}

/// REG-17, CON-05, COV-07: H1 denounces; its beneficiaries are told by 1 August. What is due after the last day ends,
/// what is due before stays, and so does what is owed about the days of the convention.
#[test]
fn r_20_obligations_end_with_the_convention() {
    let ends = Deadline { on: day("2026-08-31"), what: DeadlineKind::ConventionEnds, member: None };
    let members = [educator(11, "2024-02-01", "")];
    let facts = Facts {
        reports: &[ReportedYear { year: 2026, from: day("2026-09-01"), sent: None }],
        periods: &[period(2, "2026-08-31", None), period(3, "2026-08-14", None)],
        summaries: &[SummariesOfYear { year: 2025, given: 0, of: 2 }],
        practitioner_reports: &[
            report(1, ReportKind::Yearly, "2027-04-01", ReportState::Open),
            report(2, ReportKind::Yearly, "2026-08-31", ReportState::Open),
        ],
        meetings: &[MeetingsOfYear { year: 2026, counted: 3, required: 3, due: day("2026-08-31") }],
        deadlines: &[ends],
        members: &members,
        not_invoiced: [(day("2026-09-30"), 3)].into(),
        patient_numbers: &[(2027, Needed::Year(2026))],
        ending: Some(ConventionEnding { last_day: day("2026-08-31"), told: 1, of: 2 }),
        ..Facts::default()
    };
    assert_eq!(
        told(&obligations(&facts, day("2026-08-05"))),
        [
            "2026-08-01 COV-07 beneficiariesTold open 1/2",
            "2026-08-14 COV-04 periodEnds 3 open",
            "2026-08-31 REG-04 fullReport 2 open",
            "2026-08-31 REG-03 jointMeetings done 3/3",
            "2026-08-31 CON-05 conventionEnds open",
            "2026-09-30 BIL-08 lastDayToInvoice open 0/3",
            "2026-12-31 BIL-06 summaries open 0/2",
        ]
    );
    let after = told(&obligations(&facts, day("2026-09-01")));
    assert!(after.contains(&"2027-03-31 REG-06 annualReport open".to_owned()), "{after:?}");
    // Without an end everything else stays due.
    let kept = Facts { ending: None, ..facts };
    assert_eq!(obligations(&kept, day("2026-08-05")).len(), 10);
}

/// REG-17, COV-04, COV-05: a period is shown from 60 days before its end until 30 days after.
#[rstest]
#[case("2027-01-29", false)]
#[case("2027-01-30", true)]
#[case("2027-03-31", true)]
#[case("2027-04-30", true)]
#[case("2027-05-01", false)]
fn a_period_is_near(#[case] on: &str, #[case] expected: bool) {
    assert_eq!(period(1, "2027-03-31", None).is_near(day(on)), expected);
}

/// REG-17, REG-14, REG-15, COV-11, COV-13, STF-03, STF-05: the other kinds, each once.
#[test]
fn each_kind_has_its_row() {
    let stay = |of: u128, days: &str, following, contact: Option<u128>| FollowedStay {
        stay: id(of),
        beneficiary: BeneficiaryId(id(1)),
        days: span(days),
        following,
        contact: contact.map(id),
        followed_on: contact.map(|_| day("2026-06-02")),
    };
    let facts = Facts {
        conditions: &[
            DueCondition { period: id(31), number: 1, due: day("2026-06-30"), met_on: None },
            DueCondition { period: id(31), number: 2, due: day("2026-06-30"), met_on: Some(day("2026-06-09")) },
        ],
        follow_ups: &[DueFollowUp { id: id(41), due: day("2026-07-08"), done: done("2026-07-08", 42) }],
        stays: &[
            stay(51, "2026-06-01/2026-06-05", Following::Followed, Some(52)),
            stay(53, "2026-06-08/", Following::Awaited, None),
        ],
        // What two years need is asked once, for the first of them.
        patient_numbers: &[
            (2028, Needed::Year(2026)),
            (2027, Needed::Year(2026)),
            (2026, Needed::OnEntry),
            (2027, Needed::OnEntry),
            (2027, Needed::AtYearEnd(2026)),
        ],
        drafts: &[Draft { id: id(21), first_day: day("2026-06-01"), introduced_by: Some(Introducer::Beneficiary) }],
        deadlines: &[
            Deadline { on: day("2026-12-31"), what: DeadlineKind::AdaptTeam, member: None },
            Deadline { on: day("2026-06-30"), what: DeadlineKind::NursesAtFloor, member: None },
            Deadline { on: day("2026-06-29"), what: DeadlineKind::TrainingProof, member: Some(id(11)) },
        ],
        ..Facts::default()
    };
    let rows = obligations(&facts, day("2026-06-10"));
    assert_eq!(
        told(&rows),
        [
            "2026-01-01 STF-03 patientNumbers open",
            "2026-06-05 REG-15 inHospital 51 done",
            "2026-06-10 REG-15 inHospital 53 open",
            "2026-06-30 COV-11 conditionDue 31 open",
            "2026-06-30 COV-11 conditionDue 31 done",
            "2026-06-30 STF-14 nursesAtFloor open",
            "2026-07-01 COV-05 draftLosesDays 21 open",
            "2026-07-08 REG-14 consultantFollowUp 41 done",
            "2026-12-31 STF-05 adaptTeam open",
            "2027-01-01 STF-03 patientNumbers open",
            "2027-01-01 STF-03 patientNumbers open",
        ]
    );
    assert_eq!(rows[1].done, done("2026-06-02", 52));
    assert_eq!(rows[6].binds, Bound::Beneficiary);
    let mut ids: Vec<String> = rows.iter().map(Obligation::id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), rows.len());
}

/// COV-07, CON-05: the last day to tell of the end, short months included.
#[rstest]
#[case("2026-08-31", "2026-08-01")]
#[case("2027-02-28", "2027-02-01")]
#[case("2027-03-30", "2027-02-28")]
#[case("2026-06-29", "2026-05-31")]
#[case("2027-02-27", "2027-01-31")]
fn a_month_ahead_they_are_told(#[case] last_day: &str, #[case] latest: &str) {
    assert_eq!(latest_to_tell(day(last_day)), day(latest));
}

proptest! {
    /// COV-07: whoever is told on that day is told in time, and on the next one no longer, by the rule of coverage.
    #[test]
    fn the_latest_day_is_the_latest(last_day in days()) {
        let latest = latest_to_tell(last_day);
        prop_assert!(earliest_last_day(latest) <= last_day);
        prop_assert!(earliest_last_day(latest.succ_opt().unwrap()) > last_day);
    }
}
