//! What the domain says no with: a [`Fault`] is about one field of the input, a [`Refusal`] about the whole command.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    names::{Command, MailState, Status},
    nomenclature::Counter,
    rule::RuleId,
    span::{LATEST, Span},
};

/// One thing that is wrong, or doubtful, in one field (CGM-05, SYS-04). Faults are collected, never returned one by one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Path into the body, as the caller wrote it: `content.devices[0].udiDi`.
    pub field: String,
    /// What is wrong.
    pub reason: Reason,
    /// The rule that asks for it.
    pub rule: RuleId,
    /// Values for the placeholders of the reason's text. Never a value the caller sent (BEN-04).
    pub params: Vec<(&'static str, String)>,
}

impl Fault {
    /// A fault without placeholders.
    pub fn new(field: impl Into<String>, reason: Reason, rule: RuleId) -> Self {
        Self { field: field.into(), reason, rule, params: Vec::new() }
    }

    /// The same fault with the value of one placeholder of its text.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.params.push((name, value.to_string()));
        self
    }

    /// The same fault seen from one level higher: `prefix` is put before the field.
    #[must_use]
    pub fn under(mut self, prefix: &str) -> Self {
        self.field = if self.field.is_empty() { prefix.to_owned() } else { format!("{prefix}.{}", self.field) };
        self
    }
}

impl Span {
    /// CON-02 to CON-05: the fault of a day that is none of it.
    #[must_use]
    pub fn outside(self, field: impl Into<String>, rule: RuleId) -> Fault {
        Fault::new(field, Reason::OutOfRange, rule).with("min", self.from).with("max", self.to.unwrap_or(LATEST))
    }

    /// CON-01, CON-02, CON-08, CGM-14: the fault of a last day before the first one.
    #[must_use]
    pub fn end_fault(self, field: impl Into<String>, rule: RuleId) -> Option<Fault> {
        self.is_empty().then(|| Span::since(self.from).outside(field, rule))
    }
}

/// How an issue is classified in a problem document: the last part of Belgif's issue types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssueKind {
    /// The contract forbids it.
    SchemaViolation,
    /// The contract does not know the name.
    UnknownInput,
    /// A rule that the contract cannot express forbids it.
    InvalidInput,
    /// An identifier in the body leads nowhere.
    ReferencedResourceNotFound,
    /// Mandatory here, and absent.
    RequiredInput,
    /// A number or date outside its range.
    OutOfRange,
    /// A check digit or the like does not fit.
    InvalidStructure,
    /// Exactly one of several is expected.
    ExactlyOneOfExpected,
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $kind:ident;)*) => {
        /// Why a field is faulty. The code is stable and machine-readable, the text stands in `api/i18n`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Reason { $($(#[$doc])* #[serde(rename = $code)] $variant,)* }

        impl Reason {
            /// Every reason once.
            pub const ALL: &[Reason] = &[$(Reason::$variant,)*];

            /// The stable code, in lowerCamelCase.
            pub const fn code(self) -> &'static str {
                match self { $(Reason::$variant => $code,)* }
            }

            /// How the issue is classified.
            pub const fn kind(self) -> IssueKind {
                match self { $(Reason::$variant => IssueKind::$kind,)* }
            }
        }
    };
}

reasons! {
    /// Another JSON type is expected (`{expected}`).
    WrongType = "wrongType", SchemaViolation;
    /// No such field for this type of registration.
    UnknownField = "unknownField", UnknownInput;
    /// More than `{max}` characters.
    TooLong = "tooLong", SchemaViolation;
    /// More than `{max}` entries.
    TooMany = "tooMany", SchemaViolation;
    /// An empty text where an absent field is meant.
    Empty = "empty", SchemaViolation;
    /// Not one of `{allowed}`.
    NotInList = "notInList", SchemaViolation;
    /// Not a date of the form yyyy-MM-dd.
    NotADate = "notADate", SchemaViolation;
    /// Not a date and time with offset.
    NotATimestamp = "notATimestamp", SchemaViolation;
    /// Not a time of the form 08:30.
    NotATime = "notATime", SchemaViolation;
    /// Not an e-mail address.
    NotAnAddress = "notAnAddress", SchemaViolation;
    /// Not an identifier of this kind.
    NotAnIdentifier = "notAnIdentifier", SchemaViolation;
    /// More than `{decimals}` decimals.
    TooPrecise = "tooPrecise", SchemaViolation;
    /// A control or direction character.
    ForbiddenCharacter = "forbiddenCharacter", SchemaViolation;
    /// A national number in a text that is kept as it is written.
    NationalNumber = "nationalNumber", InvalidInput;
    /// The same value twice.
    Repeated = "repeated", SchemaViolation;
    /// A name that stands twice in one object.
    DuplicateName = "duplicateName", SchemaViolation;
    /// Not text in UTF-8.
    NotUtf8 = "notUtf8", SchemaViolation;
    /// Another number of values than the header has columns (`{columns}`).
    ColumnCount = "columnCount", SchemaViolation;
    /// A date as a spreadsheet writes it.
    SpreadsheetDate = "spreadsheetDate", SchemaViolation;
    /// A number that a spreadsheet took the leading zeros from.
    LeadingZeroLost = "leadingZeroLost", SchemaViolation;
    /// A long number that a spreadsheet shortened.
    NumberShortened = "numberShortened", SchemaViolation;
    /// A decimal comma.
    DecimalComma = "decimalComma", SchemaViolation;
    /// Not JSON at all.
    NotJson = "notJson", SchemaViolation;
    /// Not an address of the web of the form that is asked for.
    NotAWebAddress = "notAWebAddress", SchemaViolation;
    /// An address that Insula does not ask: one inside a network.
    AddressNotAllowed = "addressNotAllowed", InvalidInput;
    /// A header that has another form.
    MalformedHeader = "malformedHeader", SchemaViolation;
    /// Mandatory and absent.
    Required = "required", RequiredInput;
    /// Exactly one of `{fields}` is expected.
    ExactlyOneOf = "exactlyOneOf", ExactlyOneOfExpected;
    /// At least one of `{fields}` is expected.
    AtLeastOneOf = "atLeastOneOf", RequiredInput;
    /// Outside `{min}` to `{max}`.
    OutOfRange = "outOfRange", OutOfRange;
    /// The check digit or the form does not fit.
    CheckDigit = "checkDigit", InvalidStructure;
    /// Later than today.
    InFuture = "inFuture", InvalidInput;
    /// Before the beneficiary's birth.
    BeforeBirth = "beforeBirth", InvalidInput;
    /// Before the implantation it refers to.
    BeforeImplantation = "beforeImplantation", InvalidInput;
    /// After the beneficiary's death.
    AfterDeath = "afterDeath", InvalidInput;
    /// Earlier than the year of birth, or later than the event.
    DiagnosisYear = "diagnosisYear", InvalidInput;
    /// After the event it explains.
    AfterEvent = "afterEvent", InvalidInput;
    /// After a registration that refers to this one.
    AfterFollower = "afterFollower", InvalidInput;
    /// A death date of someone who is not stated to have died.
    DeathDateWithoutDeath = "deathDateWithoutDeath", InvalidInput;
    /// Both a national number and the confirmation that there is none.
    NissAndConfirmation = "nissAndConfirmation", ExactlyOneOfExpected;
    /// Neither a national number nor the confirmation that there is none.
    NissOrConfirmation = "nissOrConfirmation", ExactlyOneOfExpected;
    /// The earlier registration is not one of this hospital.
    EarlierNotFound = "earlierNotFound", ReferencedResourceNotFound;
    /// The earlier registration is not a first implantation.
    EarlierNotFirstImplantation = "earlierNotFirstImplantation", InvalidInput;
    /// The earlier registration is of another beneficiary.
    EarlierOtherBeneficiary = "earlierOtherBeneficiary", InvalidInput;
    /// The earlier registration was never validated, or is deleted.
    EarlierNotValidated = "earlierNotValidated", InvalidInput;
    /// The earlier implantation was already explanted.
    EarlierExplanted = "earlierExplanted", InvalidInput;
    /// Not a nomenclature pair in force on the date of the event.
    PairNotInForce = "pairNotInForce", InvalidInput;
    /// The code of the nomenclature is not the one of this pair and setting.
    SettingDisagrees = "settingDisagrees", InvalidInput;
    /// Two devices of one kind.
    DeviceTwice = "deviceTwice", InvalidInput;
    /// The devices are not those that are said to be replaced.
    ReplacedDisagrees = "replacedDisagrees", InvalidInput;
    /// The beneficiary is not one of this hospital.
    BeneficiaryNotFound = "beneficiaryNotFound", ReferencedResourceNotFound;
    /// The insurer is not in the reference list.
    InsurerUnknown = "insurerUnknown", ReferencedResourceNotFound;
    /// The beneficiary's insurer is not stated.
    InsurerMissing = "insurerMissing", RequiredInput;
    /// The author is not one this person may register for.
    AuthorNotAllowed = "authorNotAllowed", InvalidInput;
    /// The person is not known under this identification code.
    PersonUnknown = "personUnknown", ReferencedResourceNotFound;
    /// The national number belongs to a beneficiary who has validated registrations and cannot be exchanged.
    IdentityFixed = "identityFixed", InvalidInput;
    /// Warning: the sex is not the one the national number tells.
    SexDisagrees = "sexDisagrees", InvalidInput;
    /// Warning: the birth date is not the one the national number tells.
    BirthDateDisagrees = "birthDateDisagrees", InvalidInput;
    /// Warning: resident in Belgium and yet without national number.
    ResidenceInBelgium = "residenceInBelgium", InvalidInput;
    /// Someone so qualified may not be that.
    QualificationDoesNotFit = "qualificationDoesNotFit", InvalidInput;
    /// Ends before it begins, or as it begins.
    EndsBeforeItBegins = "endsBeforeItBegins", InvalidInput;
    /// In two places at once.
    TwoShiftsAtOnce = "twoShiftsAtOnce", InvalidInput;
    /// On `{day}` engaged for `{engaged}` FTE, and employed for `{employment}`.
    BeyondEmployment = "beyondEmployment", InvalidInput;
    /// Another physician is responsible for that convention on some of these days.
    ResponsiblePhysicianAlready = "responsiblePhysicianAlready", InvalidInput;
    /// No such member of the team.
    MemberNotFound = "memberNotFound", ReferencedResourceNotFound;
    /// Another member of the team has that NIHDI number.
    MemberAlready = "memberAlready", InvalidInput;
    /// Warning: `{engaged}` FTE from `{from}` to `{to}`; only 1 counts, and each part is reduced in proportion.
    AboveOneFte = "aboveOneFte", InvalidInput;
    /// Warning: the work of `{function}` is split over `{persons}` persons; 3 may always be.
    SplitOverMany = "splitOverMany", InvalidInput;
    /// Warning: nobody, or more than one, is the responsible physician of `{convention}`.
    ResponsiblePhysicianMissing = "responsiblePhysicianMissing", InvalidInput;
    /// Warning: the conventions have two responsible physicians, each of whom would have to be engaged for 0.5 FTE.
    TwoResponsiblePhysicians = "twoResponsiblePhysicians", InvalidInput;
    /// Warning: not active in the self-management convention.
    NotInSelfManagement = "notInSelfManagement", InvalidInput;
    /// Warning: the proof of the educator's training is still to be given, by `{due}`.
    TrainingProofDue = "trainingProofDue", InvalidInput;
    /// Warning: the proof of the educator's training was due by `{due}`.
    TrainingProofOverdue = "trainingProofOverdue", InvalidInput;
    /// Warning: the timetable makes `{timetable}` minutes a week, the FTE `{fte}`, at 38 hours for 1.
    TimetableDisagrees = "timetableDisagrees", InvalidInput;
    /// Warning: `{minutes}` minutes a week do not count.
    HoursNotCounted = "hoursNotCounted", InvalidInput;
    /// Warning: the dieticians, `{fte}` FTE, do not count as educators.
    DieticiansNotCounted = "dieticiansNotCounted", InvalidInput;
    /// Warning: there is no `{consultant}` on whom the team can call.
    ConsultantMissing = "consultantMissing", InvalidInput;
    /// The hospital has a convention of this kind in force already.
    ConventionInForce = "conventionInForce", InvalidInput;
    /// Material that belongs to a programme is not provided.
    MaterialNotProvided = "materialNotProvided", InvalidInput;
    /// No hospital of that number is known.
    HospitalUnknown = "hospitalUnknown", ReferencedResourceNotFound;
    /// No pump convention is in force with the hospital on `{day}`.
    PumpConventionMissing = "pumpConventionMissing", InvalidInput;
    /// Convention `{number}` would end before another hospital takes it over on `{day}`.
    HandedOverLater = "handedOverLater", InvalidInput;
    /// On `{day}` no self-management convention is in force, or it does not apply there.
    SelfManagementNotInForce = "selfManagementNotInForce", InvalidInput;
    /// Not declared that all rights and obligations of the convention are taken over.
    TakeOverNotDeclared = "takeOverNotDeclared", InvalidInput;
    /// The pump convention is taken over without the self-management convention.
    SelfManagementNotTakenOver = "selfManagementNotTakenOver", InvalidInput;
    /// Later than the deadline, `{deadline}`.
    AfterDeadline = "afterDeadline", InvalidInput;
    /// Holds at the same time as another entry of the same.
    OverlapsAnother = "overlapsAnother", InvalidInput;
    /// The NIHDI number of someone who is no physician.
    NotAPhysician = "notAPhysician", InvalidInput;
    /// Warning: at this half-day no endocrinologist or assimilated physician is present.
    PhysicianMissing = "physicianMissing", InvalidInput;
    /// Warning: at this half-day no diabetes nurse is present.
    DiabetesNurseMissing = "diabetesNurseMissing", InvalidInput;
    /// Warning: no phone permanence on working day `{weekday}`, 1 for Monday to 5.
    PermanenceMissing = "permanenceMissing", InvalidInput;
    /// Warning: an earlier first implantation exists at another hospital.
    FirstImplantationElsewhere = "firstImplantationElsewhere", InvalidInput;
}

/// Why a command as a whole is refused. Nothing changes when one is returned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Refusal {
    /// CGM-12: the command does not start from this status.
    Transition {
        /// Where the registration stands.
        from: Status,
        /// What was asked.
        attempted: Command,
    },
    /// CGM-14: the hospital has not adhered to M-ACL-001 on the date of the event.
    NotAdhered,
    /// TRA-03: coded data are for hospitals that adhere to M-ACL-001 today.
    NotAdheredToday,
    /// CNT-06: the last finished night found the counter full.
    CounterClosed {
        /// Which counter.
        counter: Counter,
        /// Its year, for counter B.
        year: Option<i32>,
        /// The pair that can be chosen instead.
        other_pair: Option<String>,
    },
    /// CGM-15: this hospital already has a first implantation of the beneficiary; this one is a replacement.
    SecondFirstImplantation {
        /// The registration there is already, when it is known which.
        existing: Option<Uuid>,
    },
    /// CGM-11: a validated registration whose counter was not exceeded is deleted only by the study lead, with a reason.
    DeletionNotAllowed,
    /// CGM-11: the reason of the deletion is missing.
    DeletionReasonMissing,
    /// CGM-02: the access manager of the organisation has not granted the registry.
    RegistryNotGranted {
        /// Whom to ask.
        contact: Option<String>,
    },
    /// CGM-12: the row was imported before with other content, and its registration is no longer as that import left it.
    ImportedOtherwise,
    /// CGM-12: the import has ended.
    ImportEnded,
    /// CGM-05: a row of an import that is stored as a whole or not at all has faults or is refused.
    ImportNotStored,
    /// NOT-04: only a parked e-mail is put in line again.
    NotificationNotParked {
        /// Where it stands.
        state: MailState,
    },
    /// NOT-03: the hospital has no recipients to whom the e-mail could go.
    NoRecipients,
    /// BEN-03: someone with the same name, birth date and sex is known; say whether it is the same person.
    LikelyDuplicate {
        /// Those it may be.
        candidates: Vec<Candidate>,
    },
    /// STF-03, STF-05: numbers of patients by which the year goes are not stated.
    PatientNumbersMissing {
        /// Which: the year and the name in its statement.
        needed: Vec<String>,
    },
    /// CON-03, CON-04: a merger is withdrawn only while nothing came of it: `number` changed since, or another convention stands
    /// where it was.
    MergerBuiltUpon {
        /// The convention.
        number: String,
    },
    /// The hospital has as many webhook subscriptions as it may have.
    TooManySubscriptions {
        /// How many.
        limit: i32,
    },
    /// A webhook subscription that is not active is told nothing.
    SubscriptionInactive,
}

/// A person a new beneficiary may be identical with (BEN-03).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Candidate {
    /// The code generated for that person (BEN-02).
    pub identification_code: String,
    /// The beneficiary of the caller's own hospital, when there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beneficiary_id: Option<Uuid>,
}

impl Refusal {
    /// The rule that refuses.
    pub const fn rule(&self) -> RuleId {
        match self {
            Refusal::Transition { .. } | Refusal::ImportedOtherwise | Refusal::ImportEnded => RuleId::Cgm12,
            Refusal::ImportNotStored => RuleId::Cgm05,
            Refusal::NotAdhered => RuleId::Cgm14,
            Refusal::NotAdheredToday => RuleId::Tra03,
            Refusal::CounterClosed { .. } => RuleId::Cnt06,
            Refusal::SecondFirstImplantation { .. } => RuleId::Cgm15,
            Refusal::DeletionNotAllowed | Refusal::DeletionReasonMissing => RuleId::Cgm11,
            Refusal::RegistryNotGranted { .. } => RuleId::Cgm02,
            Refusal::NotificationNotParked { .. } => RuleId::Not04,
            Refusal::NoRecipients => RuleId::Not03,
            Refusal::PatientNumbersMissing { .. } => RuleId::Stf03,
            Refusal::MergerBuiltUpon { .. } => RuleId::Con03,
            Refusal::LikelyDuplicate { .. } => RuleId::Ben03,
            Refusal::TooManySubscriptions { .. } | Refusal::SubscriptionInactive => RuleId::Sys04,
        }
    }
}

/// The answer of a command that did not happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rejection {
    /// The command as a whole.
    Refused(Refusal),
    /// Its input, every fault of it (CGM-05).
    Faulty(Vec<Fault>),
}

impl From<Refusal> for Rejection {
    fn from(refusal: Refusal) -> Self {
        Rejection::Refused(refusal)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::HashSet;

    use rstest::rstest;

    use super::*;
    use crate::span::tests::{day, span};

    /// What a fault says, in one line: rule, field, code, then the values.
    pub(crate) fn said(fault: &Fault) -> String {
        let values: Vec<_> = fault.params.iter().map(|(name, value)| format!(" {name}={value}")).collect();
        format!("{} {} {}{}", fault.rule, fault.field, fault.reason.code(), values.concat())
    }

    /// CON-02, CON-05: a day outside is told from when to when it may be; a last day before the first one, from when
    /// on.
    #[rstest]
    #[case("2026-01-01/2026-12-31", "min=2026-01-01 max=2026-12-31", false)]
    #[case("2026-01-01/", "min=2026-01-01 max=9999-12-31", false)]
    #[case("2026-01-01/2026-01-01", "min=2026-01-01 max=2026-01-01", false)]
    #[case("2026-01-01/2025-12-31", "min=2026-01-01 max=2025-12-31", true)]
    fn a_day_outside_is_told_where_it_may_be(#[case] of: &str, #[case] bounds: &str, #[case] is_empty: bool) {
        let of = span(of);
        assert_eq!(said(&of.outside("from", RuleId::Con05)), format!("CON-05 from outOfRange {bounds}"));
        let fault = of.end_fault("to", RuleId::Con02).map(|fault| said(&fault));
        assert_eq!(fault, is_empty.then(|| "CON-02 to outOfRange min=2026-01-01 max=9999-12-31".to_owned()));
        assert_eq!(LATEST, day("9999-12-31"));
    }

    /// SYS-04: codes are stable names, so no two reasons share one.
    #[test]
    fn reason_codes_are_unique() {
        let codes: HashSet<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
        assert_eq!(codes.len(), Reason::ALL.len());
        for reason in Reason::ALL {
            assert_eq!(serde_json::json!(reason), reason.code());
        }
    }
}
