//! An obligation: what is due, when, by which rule, whom it binds, done or not (REG-17).

use std::{collections::BTreeSet, fmt};

use chrono::{Days, NaiveDate};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{names::names, rule::RuleId};

names! {
    /// What is due (REG-17).
    ObligationKind, growing {
        /// The beneficiaries are told that the establishment stops.
        BeneficiariesTold = "beneficiariesTold",
        /// A beneficiary's programme ends on that day unless it is prolonged.
        PeriodEnds = "periodEnds",
        /// A draft loses days if it is introduced later.
        DraftLosesDays = "draftLosesDays",
        /// A further condition of the adviser is to be met.
        ConditionDue = "conditionDue",
        /// Pump days can be invoiced on that day for the last time.
        LastDayToInvoice = "lastDayToInvoice",
        /// The summaries of a year for the beneficiaries.
        Summaries = "summaries",
        /// The practitioner is informed of the therapy.
        TherapyInformation = "therapyInformation",
        /// The treating specialist is informed of the therapy.
        SpecialistInformation = "specialistInformation",
        /// A report to the practitioner on an important change of therapy.
        ImportantChange = "importantChange",
        /// The full yearly report with plan to the practitioner.
        FullReport = "fullReport",
        /// A consultant sees a beneficiary at the next agreed consultation.
        ConsultantFollowUp = "consultantFollowUp",
        /// The team follows a beneficiary in its own hospital.
        InHospital = "inHospital",
        /// The joint meetings of a year.
        JointMeetings = "jointMeetings",
        /// The yearly report by type of pump.
        AnnualReport = "annualReport",
        /// A number of patients on which the norm is based.
        PatientNumbers = "patientNumbers",
        /// An educator's proof of training.
        TrainingProof = "trainingProof",
        /// Nurses at their floor, after the transition of 2021.
        NursesAtFloor = "nursesAtFloor",
        /// A new establishment adapts its team.
        AdaptTeam = "adaptTeam",
        /// The convention's last day.
        ConventionEnds = "conventionEnds",
    }
    /// Whom an obligation binds (REG-17).
    Bound as "ObligationBinds" {
        /// The establishment as such.
        Establishment = "establishment",
        /// Its team.
        Team = "team",
        /// Its responsible physician.
        ResponsiblePhysician = "responsiblePhysician",
        /// A member of the team.
        TeamMember = "teamMember",
        /// Those who invoice.
        Billing = "billing",
        /// The beneficiary, who introduces the application.
        Beneficiary = "beneficiary",
    }
    /// What an obligation is about (REG-17).
    SubjectKind as "ObligationSubjectKind", growing {
        /// The establishment.
        Establishment = "establishment",
        /// A beneficiary.
        Beneficiary = "beneficiary",
        /// A granted period.
        GrantedPeriod = "grantedPeriod",
        /// An application for coverage.
        Application = "coverageApplication",
        /// A follow-up by a consultant.
        FollowUp = "consultantFollowUp",
        /// A stay in hospital.
        Stay = "hospitalStay",
        /// A member of the team.
        Member = "teamMember",
    }
    /// Whether an obligation is met (REG-17).
    ObligationState {
        /// Not yet.
        Open = "open",
        /// It is met.
        Done = "done",
        /// It cannot be met, since the one to inform is not known: not late.
        NoneKnown = "noneKnown",
    }
}

impl ObligationKind {
    /// REG-17: the rule that asks for it: no obligation is without one.
    #[must_use]
    pub const fn rule(self) -> RuleId {
        match self {
            ObligationKind::BeneficiariesTold => RuleId::Cov07,
            ObligationKind::PeriodEnds => RuleId::Cov04,
            ObligationKind::DraftLosesDays => RuleId::Cov05,
            ObligationKind::ConditionDue => RuleId::Cov11,
            ObligationKind::LastDayToInvoice => RuleId::Bil08,
            ObligationKind::Summaries => RuleId::Bil06,
            ObligationKind::TherapyInformation
            | ObligationKind::SpecialistInformation
            | ObligationKind::ImportantChange
            | ObligationKind::FullReport => RuleId::Reg04,
            ObligationKind::ConsultantFollowUp => RuleId::Reg14,
            ObligationKind::InHospital => RuleId::Reg15,
            ObligationKind::JointMeetings => RuleId::Reg03,
            ObligationKind::AnnualReport => RuleId::Reg06,
            ObligationKind::PatientNumbers => RuleId::Stf03,
            ObligationKind::TrainingProof => RuleId::Stf11,
            ObligationKind::NursesAtFloor => RuleId::Stf14,
            ObligationKind::AdaptTeam => RuleId::Stf05,
            ObligationKind::ConventionEnds => RuleId::Con05,
        }
    }

    /// Whom it binds, unless the facts say otherwise.
    #[must_use]
    pub const fn binds(self) -> Bound {
        match self {
            ObligationKind::BeneficiariesTold
            | ObligationKind::AnnualReport
            | ObligationKind::PatientNumbers
            | ObligationKind::NursesAtFloor
            | ObligationKind::AdaptTeam
            | ObligationKind::ConventionEnds => Bound::Establishment,
            ObligationKind::LastDayToInvoice | ObligationKind::Summaries => Bound::Billing,
            // C 4 §3: the responsible physician undertakes to inform.
            ObligationKind::TherapyInformation | ObligationKind::SpecialistInformation => Bound::ResponsiblePhysician,
            ObligationKind::TrainingProof => Bound::TeamMember,
            ObligationKind::PeriodEnds
            | ObligationKind::DraftLosesDays
            | ObligationKind::ConditionDue
            | ObligationKind::ImportantChange
            | ObligationKind::FullReport
            | ObligationKind::ConsultantFollowUp
            | ObligationKind::InHospital
            | ObligationKind::JointMeetings => Bound::Team,
        }
    }

    /// REG-17, CON-05, R-20: whether it stays due after the last day of the convention: what is owed about days on
    /// which it was in force.
    #[must_use]
    pub const fn outlasts_convention(self) -> bool {
        matches!(self, ObligationKind::AnnualReport | ObligationKind::Summaries | ObligationKind::LastDayToInvoice)
    }
}

/// What an obligation is about: an identifier, never a name (REG-17).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    /// What it is.
    pub kind: SubjectKind,
    /// Which one; none for the establishment itself.
    pub id: Option<Uuid>,
}

impl Subject {
    /// The establishment.
    pub const ESTABLISHMENT: Subject = Subject { kind: SubjectKind::Establishment, id: None };

    /// Something with an identifier.
    #[must_use]
    pub const fn of(kind: SubjectKind, id: Uuid) -> Subject {
        Subject { kind, id: Some(id) }
    }
}

/// What tells obligations of one kind and subject apart (REG-17).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    /// Nothing: there is one.
    All,
    /// A calendar year.
    Year(i32),
    /// A day on which something happened.
    Day(NaiveDate),
    /// One of several, by its number.
    Number(i32),
}

impl About {
    /// The calendar year that it is.
    #[must_use]
    pub const fn year(self) -> Option<i32> {
        match self {
            About::Year(year) => Some(year),
            About::All | About::Day(_) | About::Number(_) => None,
        }
    }
}

impl fmt::Display for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            About::All => f.write_str("all"),
            About::Year(year) => year.fmt(f),
            About::Day(day) => day.fmt(f),
            About::Number(number) => number.fmt(f),
        }
    }
}

/// How an obligation was met (REG-17).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Done {
    /// When.
    pub on: NaiveDate,
    /// By which entry, report or document, if it was by one.
    pub by: Option<Uuid>,
}

/// How far an obligation with a number is met (REG-17).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[schema(as = ObligationProgress)]
pub struct Progress {
    /// How many there are.
    pub have: i64,
    /// How many are asked for.
    pub of: i64,
}

/// Something that is due (REG-17). It holds no identity: names are joined to it by who may read them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Obligation {
    /// The last day to meet it.
    pub due: NaiveDate,
    /// What it is.
    pub kind: ObligationKind,
    /// What it is about.
    pub subject: Subject,
    /// What tells it apart from others of its kind and subject.
    pub about: About,
    /// Whom it binds.
    pub binds: Bound,
    /// Whether it is met.
    pub state: ObligationState,
    /// How it was met.
    pub done: Option<Done>,
    /// How far, where a number is asked for.
    pub progress: Option<Progress>,
}

impl Obligation {
    /// An obligation that is not met yet.
    #[must_use]
    pub const fn open(kind: ObligationKind, subject: Subject, about: About, due: NaiveDate) -> Obligation {
        let (binds, state) = (kind.binds(), ObligationState::Open);
        Obligation { due, kind, subject, about, binds, state, done: None, progress: None }
    }

    /// The obligation as it is met, if it is.
    #[must_use]
    pub fn met(self, done: Option<Done>) -> Obligation {
        let state = if done.is_some() { ObligationState::Done } else { self.state };
        Obligation { state, done, ..self }
    }

    /// The obligation with a number, which is met once all are there.
    #[must_use]
    pub fn counted(self, have: i64, of: i64) -> Obligation {
        let state = if have >= of { ObligationState::Done } else { self.state };
        Obligation { state, progress: Some(Progress { have, of }), ..self }
    }

    /// REG-17: the rule that asks for it.
    #[must_use]
    pub const fn rule(&self) -> RuleId {
        self.kind.rule()
    }

    /// REG-17: its identifier: the same whenever it is computed, also when its day moves; it holds no name, number or
    /// birth date.
    #[must_use]
    pub fn id(&self) -> String {
        let Subject { kind, id } = self.subject;
        match id {
            Some(id) => format!("{}/{kind}/{id}/{}", self.kind, self.about),
            None => format!("{}/{kind}/{}", self.kind, self.about),
        }
    }

    /// REG-17, REG-04: whether its day has passed while it is open.
    #[must_use]
    pub fn is_late(&self, on: NaiveDate) -> bool {
        self.state == ObligationState::Open && self.due < on
    }
}

/// REG-17: obligations in the order in which they are shown: by day, then by kind and subject. One that several facts
/// bring up is shown once, for the earliest day.
#[must_use]
pub fn in_order(mut rows: Vec<Obligation>) -> Vec<Obligation> {
    rows.sort_unstable();
    let mut known = BTreeSet::new();
    rows.retain(|row| known.insert((row.kind, row.subject, row.about)));
    rows
}

/// REG-17: for how many days after its day an obligation that is met is still shown.
const SHOWN_DAYS: u64 = 30;

/// REG-17: the obligations that are shown on a day: all that are open, and those that are met until 30 days after their
/// day.
#[must_use]
pub fn shown_on(rows: Vec<Obligation>, on: NaiveDate) -> Vec<Obligation> {
    let from = on.checked_sub_days(Days::new(SHOWN_DAYS)).unwrap_or(NaiveDate::MIN);
    rows.into_iter().filter(|row| row.state != ObligationState::Done || from <= row.due).collect()
}

/// REG-17, CON-05, R-20: the obligations that a convention leaves which ends on a day: those due until then, and what
/// is owed about its days. No period is prolonged beyond it.
#[must_use]
pub fn until_end(rows: Vec<Obligation>, last_day: Option<NaiveDate>) -> Vec<Obligation> {
    let stays = |row: &Obligation, last_day: NaiveDate| match row.kind {
        ObligationKind::PeriodEnds => row.due < last_day,
        kind => row.due <= last_day || kind.outlasts_convention(),
    };
    rows.into_iter().filter(|row| last_day.is_none_or(|last_day| stays(row, last_day))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::tests::day;

    /// REG-17: the identifier depends on kind, subject and what it is about only; the day may move.
    #[test]
    fn an_identifier_is_stable() {
        let subject = Subject::of(SubjectKind::Beneficiary, Uuid::from_u128(7));
        let one = |about, due: &str| Obligation::open(ObligationKind::FullReport, subject, about, day(due));
        let since = About::Day(day("2026-04-01"));
        assert_eq!(
            one(since, "2027-04-01").id(),
            "fullReport/beneficiary/00000000-0000-0000-0000-000000000007/2026-04-01"
        );
        assert_eq!(one(since, "2027-04-01").id(), one(since, "2027-05-01").counted(0, 1).id());
        let report = Obligation::open(
            ObligationKind::AnnualReport,
            Subject::ESTABLISHMENT,
            About::Year(2026),
            day("2027-03-31"),
        );
        assert_eq!(report.id(), "annualReport/establishment/2026");
        let others =
            [one(About::All, "2027-04-01"), one(About::Year(2026), "2027-04-01"), report, one(since, "2027-04-01")];
        assert_eq!(others.iter().map(Obligation::id).collect::<BTreeSet<_>>().len(), 4);
    }

    /// REG-17: what is met stays for 30 days after its day, what is open as long as it is.
    #[test]
    fn what_is_met_goes() {
        let open = Obligation::open(
            ObligationKind::AnnualReport,
            Subject::ESTABLISHMENT,
            About::Year(2026),
            day("2027-03-31"),
        );
        let met = open.met(Some(Done { on: day("2027-02-01"), by: None }));
        for (on, expected) in [("2027-01-01", 2), ("2027-04-30", 2), ("2027-05-01", 1)] {
            assert_eq!(shown_on(vec![open, met], day(on)).len(), expected, "{on}");
        }
    }

    /// REG-17, REG-04: only what is open can be late, from the day after.
    #[test]
    fn what_is_open_becomes_late() {
        let one = Obligation::open(
            ObligationKind::AnnualReport,
            Subject::ESTABLISHMENT,
            About::Year(2026),
            day("2027-03-31"),
        );
        assert!(!one.is_late(day("2027-03-31")) && one.is_late(day("2027-04-01")));
        let done = one.met(Some(Done { on: day("2027-04-02"), by: None }));
        assert!(!done.is_late(day("2027-05-01")) && one.met(None) == one);
        assert!(one.counted(5, 6).is_late(day("2027-04-01")) && !one.counted(6, 6).is_late(day("2027-04-01")));
        let none = Obligation { state: ObligationState::NoneKnown, ..one };
        assert!(!none.is_late(day("2027-04-01")));
    }

    /// REG-17: every kind has a rule of the texts or a decision.
    #[test]
    fn no_kind_is_without_rule() {
        let rules: BTreeSet<&str> = ObligationKind::ALL.iter().map(|kind| kind.rule().id()).collect();
        assert!(rules.contains("REG-06") && rules.contains("BIL-08") && rules.len() == 16);
    }
}
