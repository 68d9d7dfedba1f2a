//! Which obligations an establishment has on a day (REG-17): each kind computed from plain facts.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate};
use uuid::Uuid;

use super::{
    due::due_on,
    home_base::{FollowedStay, Following},
    obligation::{
        About, Bound, Done, Obligation, ObligationKind, ObligationState, Subject, SubjectKind, in_order, shown_on,
        until_end,
    },
};
use crate::{
    clock::{months_after, months_before},
    convention::{
        coverage::readings::{DAYS_BEFORE_APPLICATION, ENDING_REMINDERS, NOTICE_MONTHS},
        practitioner::due::{ReportDue, ReportKind, ReportState},
        staffing::{Member, deadlines::Deadline, patients::Needed},
        term::FIRST_DAY,
    },
    ids::BeneficiaryId,
    names::{DeadlineKind, Introducer, PhysicianKind},
    span::Span,
};

/// REG-17: the days of which obligations can be asked: from the first day of the convention on.
pub const ASKED_DAYS: Span = Span { from: FIRST_DAY, to: NaiveDate::from_ymd_opt(2999, 12, 31) };

/// A year on which the establishment reports (REG-06).
#[derive(Debug, Clone, Copy)]
pub struct ReportedYear {
    /// The year.
    pub year: i32,
    /// The first day on which its report can be sent.
    pub from: NaiveDate,
    /// Its first version that was sent.
    pub sent: Option<Done>,
}

/// A granted period (COV-04).
#[derive(Debug, Clone, Copy)]
pub struct EndingPeriod {
    /// The period.
    pub id: Uuid,
    /// The last day that is left of it.
    pub last_day: NaiveDate,
    /// The application or period that prolongs it, and since when it is there.
    pub prolonged: Option<Done>,
}

/// The summaries of a year (BIL-06).
#[derive(Debug, Clone, Copy)]
pub struct SummariesOfYear {
    /// The year.
    pub year: i32,
    /// How many beneficiaries have theirs.
    pub given: i64,
    /// How many are to get one.
    pub of: i64,
}

/// The joint meetings of a year, judged (REG-03).
#[derive(Debug, Clone, Copy)]
pub struct MeetingsOfYear {
    /// The year.
    pub year: i32,
    /// How many count.
    pub counted: i64,
    /// How many are asked for.
    pub required: i64,
    /// By when.
    pub due: NaiveDate,
}

/// A draft of an application (COV-05).
#[derive(Debug, Clone, Copy)]
pub struct Draft {
    /// The application.
    pub id: Uuid,
    /// The first day of programme that it asks for.
    pub first_day: NaiveDate,
    /// Who introduces it.
    pub introduced_by: Option<Introducer>,
}

/// A consultant whom a beneficiary has to see (REG-14).
#[derive(Debug, Clone, Copy)]
pub struct DueFollowUp {
    /// The follow-up.
    pub id: Uuid,
    /// The agreed consultation.
    pub due: NaiveDate,
    /// When they saw the consultant.
    pub done: Option<Done>,
}

/// A further condition of a granted period (COV-11).
#[derive(Debug, Clone, Copy)]
pub struct DueCondition {
    /// The period.
    pub period: Uuid,
    /// Which of its conditions, from 1.
    pub number: i32,
    /// The day by which it must be met.
    pub due: NaiveDate,
    /// When it was met.
    pub met_on: Option<NaiveDate>,
}

/// The end of a convention, and who was told of it (COV-07, CON-05).
#[derive(Debug, Clone, Copy)]
pub struct ConventionEnding {
    /// The last day of the convention.
    pub last_day: NaiveDate,
    /// How many beneficiaries whose programme would go on were told.
    pub told: i64,
    /// How many there are.
    pub of: i64,
}

/// What decides about the obligations of an establishment (REG-17).
#[derive(Debug, Clone, Default)]
pub struct Facts<'a> {
    /// The years on which it reports.
    pub reports: &'a [ReportedYear],
    /// Granted periods.
    pub periods: &'a [EndingPeriod],
    /// Summaries.
    pub summaries: &'a [SummariesOfYear],
    /// Reports to practitioners and specialists.
    pub practitioner_reports: &'a [(BeneficiaryId, ReportDue)],
    /// Joint meetings.
    pub meetings: &'a [MeetingsOfYear],
    /// Drafts of applications.
    pub drafts: &'a [Draft],
    /// Further conditions of advisers.
    pub conditions: &'a [DueCondition],
    /// Follow-ups by consultants.
    pub follow_ups: &'a [DueFollowUp],
    /// Stays in its own hospital.
    pub stays: &'a [FollowedStay],
    /// The team, whose educators prove their training.
    pub members: &'a [Member],
    /// The other deadlines of the team; those of proofs are left out, since a missed one is no deadline any more.
    pub deadlines: &'a [Deadline],
    /// The numbers of patients that are not stated yet, each with the year whose norm needs it.
    pub patient_numbers: &'a [(i32, Needed)],
    /// Days that are due and on no line: how many can be invoiced for the last time on each day.
    pub not_invoiced: BTreeMap<NaiveDate, i64>,
    /// The end of the convention, when it has one.
    pub ending: Option<ConventionEnding>,
}

/// REG-17: the obligations on a day, in order, without those that end with the convention.
#[must_use]
pub fn obligations(facts: &Facts<'_>, on: NaiveDate) -> Vec<Obligation> {
    let mut rows: Vec<Obligation> = Vec::new();
    rows.extend(facts.reports.iter().filter(|one| one.from <= on).map(ReportedYear::obligation));
    rows.extend(facts.periods.iter().filter(|one| one.is_near(on)).map(EndingPeriod::obligation));
    rows.extend(
        facts.summaries.iter().filter(|one| one.year < on.year() && one.of > 0).map(SummariesOfYear::obligation),
    );
    rows.extend(facts.practitioner_reports.iter().map(|(of, report)| report.obligation(*of)));
    rows.extend(facts.meetings.iter().map(MeetingsOfYear::obligation));
    rows.extend(facts.drafts.iter().map(Draft::obligation));
    rows.extend(facts.conditions.iter().map(DueCondition::obligation));
    rows.extend(facts.follow_ups.iter().map(DueFollowUp::obligation));
    rows.extend(facts.stays.iter().map(|one| in_hospital(one, on)));
    rows.extend(facts.members.iter().filter_map(|member| training_proof(member, on)));
    rows.extend(facts.deadlines.iter().filter_map(of_team));
    rows.extend(facts.patient_numbers.iter().filter_map(|(year, needed)| patient_number(*year, *needed)));
    rows.extend(
        facts.not_invoiced.iter().filter(|(last, _)| within_horizon(on).holds(**last)).map(last_day_to_invoice),
    );
    rows.extend(facts.ending.iter().filter(|ending| ending.of > 0).map(ConventionEnding::obligation));
    in_order(shown_on(until_end(rows, facts.ending.map(|ending| ending.last_day)), on))
}

/// The days ahead that are looked at where something would come up every day: as many as before the first reminder of a
/// period that ends.
fn within_horizon(on: NaiveDate) -> Span {
    Span::between(on, on.checked_add_days(Days::new(ENDING_REMINDERS[0])).unwrap_or(NaiveDate::MAX))
}

impl ReportedYear {
    /// REG-06: the yearly report, by 31 March.
    fn obligation(&self) -> Obligation {
        let about = About::Year(self.year);
        Obligation::open(ObligationKind::AnnualReport, Subject::ESTABLISHMENT, about, due_on(self.year)).met(self.sent)
    }
}

impl EndingPeriod {
    /// COV-04, COV-05: from 60 days before its last day on; after it, as long as an application still loses no day.
    fn is_near(&self, on: NaiveDate) -> bool {
        let late = on.checked_sub_days(Days::new(DAYS_BEFORE_APPLICATION)).unwrap_or(NaiveDate::MIN);
        Span { from: late, ..within_horizon(on) }.holds(self.last_day)
    }

    /// COV-04: it is prolonged by its last day.
    fn obligation(&self) -> Obligation {
        let subject = Subject::of(SubjectKind::GrantedPeriod, self.id);
        Obligation::open(ObligationKind::PeriodEnds, subject, About::All, self.last_day).met(self.prolonged)
    }
}

impl SummariesOfYear {
    /// BIL-06: each beneficiary gets a summary at least once a calendar year; that of a year can be complete once the
    /// year is over, so it is due by the end of the next.
    fn obligation(&self) -> Obligation {
        let due = NaiveDate::from_ymd_opt(self.year.saturating_add(1), 12, 31).unwrap_or(NaiveDate::MAX);
        Obligation::open(ObligationKind::Summaries, Subject::ESTABLISHMENT, About::Year(self.year), due)
            .counted(self.given, self.of)
    }
}

impl ReportDue {
    /// REG-04: a beneficiary without practitioner is shown as such, not as late.
    fn obligation(&self, of: BeneficiaryId) -> Obligation {
        let kind = match (self.kind, self.sent_to) {
            (ReportKind::Start, PhysicianKind::GeneralPractitioner) => ObligationKind::TherapyInformation,
            (ReportKind::Start, PhysicianKind::Specialist) => ObligationKind::SpecialistInformation,
            (ReportKind::ImportantChange, _) => ObligationKind::ImportantChange,
            (ReportKind::Yearly, _) => ObligationKind::FullReport,
        };
        let subject = Subject::of(SubjectKind::Beneficiary, of.0);
        let sent = self.sent_on.map(|on| Done { on, by: None });
        let row = Obligation::open(kind, subject, About::Day(self.since), self.due).met(sent);
        let state = if self.state == ReportState::NoneKnown { ObligationState::NoneKnown } else { row.state };
        Obligation { state, ..row }
    }
}

impl MeetingsOfYear {
    /// REG-03: so many joint meetings by the last day of the year.
    fn obligation(&self) -> Obligation {
        Obligation::open(ObligationKind::JointMeetings, Subject::ESTABLISHMENT, About::Year(self.year), self.due)
            .counted(self.counted, self.required)
    }
}

impl Draft {
    /// COV-05, COV-13: day 30 after the first one is the last on which nothing is lost. Who introduces it is bound.
    fn obligation(&self) -> Obligation {
        let due = self.first_day.checked_add_days(Days::new(DAYS_BEFORE_APPLICATION)).unwrap_or(NaiveDate::MAX);
        let subject = Subject::of(SubjectKind::Application, self.id);
        let row = Obligation::open(ObligationKind::DraftLosesDays, subject, About::All, due);
        match self.introduced_by {
            Some(Introducer::Beneficiary) => Obligation { binds: Bound::Beneficiary, ..row },
            Some(Introducer::Establishment) | None => row,
        }
    }
}

impl DueFollowUp {
    /// REG-14: it is due on the day of the consultation.
    fn obligation(&self) -> Obligation {
        let subject = Subject::of(SubjectKind::FollowUp, self.id);
        Obligation::open(ObligationKind::ConsultantFollowUp, subject, About::All, self.due).met(self.done)
    }
}

impl DueCondition {
    /// COV-11: it is met by its day.
    fn obligation(&self) -> Obligation {
        let subject = Subject::of(SubjectKind::GrantedPeriod, self.period);
        Obligation::open(ObligationKind::ConditionDue, subject, About::Number(self.number), self.due)
            .met(self.met_on.map(|on| Done { on, by: None }))
    }
}

/// REG-15: the team sees a beneficiary in its own hospital by the last day of the stay; while that is not known, today.
fn in_hospital(stay: &FollowedStay, on: NaiveDate) -> Obligation {
    let due = stay.days.to.unwrap_or(on);
    let subject = Subject::of(SubjectKind::Stay, stay.stay);
    let row = Obligation::open(ObligationKind::InHospital, subject, About::All, due);
    let done = stay.contact.map(|contact| Done { on: stay.followed_on.unwrap_or(due), by: Some(contact) });
    match stay.following {
        Following::Followed => row.met(done),
        Following::Awaited | Following::Missing => row,
    }
}

/// STF-11: the proof of training of who educates on a day or later; it stays due when its day has passed.
fn training_proof(member: &Member, on: NaiveDate) -> Option<Obligation> {
    let due = member.training_proved_on.is_none() && member.educates_from(on);
    let subject = Subject::of(SubjectKind::Member, member.id);
    due.then(|| Obligation::open(ObligationKind::TrainingProof, subject, About::All, member.proof_due_on()))
}

/// STF-05, STF-14, CON-05: another deadline of the team.
fn of_team(deadline: &Deadline) -> Option<Obligation> {
    let (kind, about) = match deadline.what {
        DeadlineKind::TrainingProof => return None,
        DeadlineKind::NursesAtFloor => (ObligationKind::NursesAtFloor, About::All),
        DeadlineKind::AdaptTeam => (ObligationKind::AdaptTeam, About::Year(deadline.on.year())),
        DeadlineKind::ConventionEnds => (ObligationKind::ConventionEnds, About::All),
    };
    Some(Obligation::open(kind, Subject::ESTABLISHMENT, about, deadline.on))
}

/// STF-03, STF-05: the norm of a year needs the number from its first day on.
fn patient_number(year: i32, needed: Needed) -> Option<Obligation> {
    let about = match needed {
        Needed::OnEntry => About::All,
        Needed::AtYearEnd(of) => About::Day(NaiveDate::from_ymd_opt(of, 12, 31)?),
        Needed::Year(of) => About::Year(of),
    };
    let due = NaiveDate::from_ymd_opt(year, 1, 1)?;
    Some(Obligation::open(ObligationKind::PatientNumbers, Subject::ESTABLISHMENT, about, due))
}

/// BIL-08: the day on which pump days can be invoiced for the last time; after it they are lost and no longer due.
fn last_day_to_invoice((last, days): (&NaiveDate, &i64)) -> Obligation {
    Obligation::open(ObligationKind::LastDayToInvoice, Subject::ESTABLISHMENT, About::Day(*last), *last)
        .counted(0, *days)
}

impl ConventionEnding {
    /// COV-07, CON-05, R-20: beneficiaries are told a month before the first day without programme.
    fn obligation(&self) -> Obligation {
        let due = latest_to_tell(self.last_day);
        Obligation::open(ObligationKind::BeneficiariesTold, Subject::ESTABLISHMENT, About::Day(self.last_day), due)
            .counted(self.told, self.of)
    }
}

/// COV-07: the last day on which beneficiaries can be told that the programme stops after `last_day`: so that the first
/// day without may have the same day number one month later, or be the last of a shorter month.
#[must_use]
pub fn latest_to_tell(last_day: NaiveDate) -> NaiveDate {
    let first_without = last_day.succ_opt().unwrap_or(NaiveDate::MAX);
    let earliest = months_before(first_without, NOTICE_MONTHS);
    // Up to three more days of a long month have the same notice as its 28th.
    let in_time = |day: &NaiveDate| months_after(*day, NOTICE_MONTHS) <= first_without;
    earliest.iter_days().take(4).take_while(in_time).last().unwrap_or(earliest)
}

#[cfg(test)]
#[path = "obligations_tests.rs"]
mod tests;
