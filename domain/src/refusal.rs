//! The domain's errors: a [`Fault`] concerns one field of the input, a [`Refusal`] the whole command.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    described::{self, described},
    names::{
        ApplicationCommand, ApplicationStatus, Command, DayCommand, DayState, FileCommand, FileState, MailState, Status,
    },
    nomenclature::Counter,
    rule::RuleId,
    span::{LATEST, Span},
};

/// An error or a warning about one field (CGM-05, SYS-04). Faults are collected, never returned one by one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Path into the body, as the caller wrote it: `content.devices[0].udiDi`.
    pub field: String,
    /// What is wrong with it.
    pub reason: Reason,
    /// The rule it violates.
    pub rule: RuleId,
    /// Values for the placeholders in the reason's text. Never a value sent by the caller (BEN-04).
    pub params: Vec<(&'static str, String)>,
}

impl Fault {
    /// A fault without placeholders.
    pub fn new(field: impl Into<String>, reason: Reason, rule: RuleId) -> Self {
        Self { field: field.into(), reason, rule, params: Vec::new() }
    }

    /// Adds the value of a placeholder.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.params.push((name, value.to_string()));
        self
    }

    /// Prepends `prefix` to the field's path.
    #[must_use]
    pub fn under(mut self, prefix: &str) -> Self {
        self.field = if self.field.is_empty() { prefix.to_owned() } else { format!("{prefix}.{}", self.field) };
        self
    }
}

impl Span {
    /// CON-02 to CON-05: the fault of a day outside the span.
    #[must_use]
    pub fn outside(self, field: impl Into<String>, rule: RuleId) -> Fault {
        Fault::new(field, Reason::OutOfRange, rule).with("min", self.from).with("max", self.to.unwrap_or(LATEST))
    }

    /// CON-01, CON-02, CON-08, CGM-14: the fault of a last day before the first.
    #[must_use]
    pub fn end_fault(self, field: impl Into<String>, rule: RuleId) -> Option<Fault> {
        self.is_empty().then(|| Span::since(self.from).outside(field, rule))
    }
}

/// The class of an issue in a problem document: the last part of Belgif's issue types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssueKind {
    /// The contract forbids it.
    SchemaViolation,
    /// The contract has no such name.
    UnknownInput,
    /// A rule that the contract cannot express forbids it.
    InvalidInput,
    /// An identifier in the body refers to nothing known.
    ReferencedResourceNotFound,
    /// Mandatory here but absent.
    RequiredInput,
    /// A number or date outside its range.
    OutOfRange,
    /// A check digit or the like does not match.
    InvalidStructure,
    /// Exactly one of several is expected.
    ExactlyOneOfExpected,
}

macro_rules! reasons {
    ($($(#[doc = $doc:literal])* $variant:ident = $code:literal, $kind:ident;)*) => {
        /// Why a field is faulty. The code is stable and machine-readable; the text is in `api/i18n`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Reason { $($(#[doc = $doc])* #[serde(rename = $code)] $variant,)* }

        described! {
            Reason as "InputValidationCode" = described::list(
                "Why a value is faulty; stable. Braces stand for what `detail` names.",
                &[$(($code, concat!($($doc, "\n"),*)),)*],
                true,
            );
        }

        impl Reason {
            /// Every reason once.
            pub const ALL: &[Reason] = &[$(Reason::$variant,)*];

            /// The stable code, in lowerCamelCase.
            pub const fn code(self) -> &'static str {
                match self { $(Reason::$variant => $code,)* }
            }

            /// The class of the issue.
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
    /// An empty text; leave the field out instead.
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
    /// Not an amount in EUR with two decimals.
    NotAnAmount = "notAnAmount", SchemaViolation;
    /// Not an identifier of this kind.
    NotAnIdentifier = "notAnIdentifier", SchemaViolation;
    /// More than `{decimals}` decimals.
    TooPrecise = "tooPrecise", SchemaViolation;
    /// A control or direction character.
    ForbiddenCharacter = "forbiddenCharacter", SchemaViolation;
    /// A national number in a free text.
    NationalNumber = "nationalNumber", InvalidInput;
    /// The same value twice.
    Repeated = "repeated", SchemaViolation;
    /// A name that appears twice in one object.
    DuplicateName = "duplicateName", SchemaViolation;
    /// Not text in UTF-8.
    NotUtf8 = "notUtf8", SchemaViolation;
    /// Another number of values than the header has columns (`{columns}`).
    ColumnCount = "columnCount", SchemaViolation;
    /// A quotation mark, character `{character}` of line `{line}`, that is never closed.
    UnclosedQuote = "unclosedQuote", SchemaViolation;
    /// A quotation mark, character `{character}` of line `{line}`, within a cell that is not quoted, or after which its
    /// cell goes on.
    MisplacedQuote = "misplacedQuote", SchemaViolation;
    /// A value in column `{column}`, which has no name in the header.
    NamelessColumn = "namelessColumn", SchemaViolation;
    /// A date as a spreadsheet writes it.
    SpreadsheetDate = "spreadsheetDate", SchemaViolation;
    /// A number whose leading zeros a spreadsheet removed.
    LeadingZeroLost = "leadingZeroLost", SchemaViolation;
    /// A long number that a spreadsheet shortened.
    NumberShortened = "numberShortened", SchemaViolation;
    /// Not a number written with digits and a point, as text.
    NotANumber = "notANumber", SchemaViolation;
    /// A decimal comma.
    DecimalComma = "decimalComma", SchemaViolation;
    /// Not JSON at all.
    NotJson = "notJson", SchemaViolation;
    /// Not a web address of the required form.
    NotAWebAddress = "notAWebAddress", SchemaViolation;
    /// An internal address, to which Insula sends no requests.
    AddressNotAllowed = "addressNotAllowed", InvalidInput;
    /// A malformed header.
    MalformedHeader = "malformedHeader", SchemaViolation;
    /// Mandatory but absent.
    Required = "required", RequiredInput;
    /// Exactly one of `{fields}` is expected.
    ExactlyOneOf = "exactlyOneOf", ExactlyOneOfExpected;
    /// At least one of `{fields}` is expected.
    AtLeastOneOf = "atLeastOneOf", RequiredInput;
    /// Outside `{min}` to `{max}`.
    OutOfRange = "outOfRange", OutOfRange;
    /// The check digit or the form is wrong.
    CheckDigit = "checkDigit", InvalidStructure;
    /// A whole barcode, or an identifier with its prefix, where the device identifier alone is asked.
    WholeBarcode = "wholeBarcode", InvalidStructure;
    /// Day 00, which on a label means the last day of the month: `{day}`.
    DayZero = "dayZero", SchemaViolation;
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
    /// A death date of someone not stated to be deceased.
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
    /// The nomenclature code is not that of this pair and setting.
    SettingDisagrees = "settingDisagrees", InvalidInput;
    /// Two devices of the same kind.
    DeviceTwice = "deviceTwice", InvalidInput;
    /// The devices are not those stated as replaced.
    ReplacedDisagrees = "replacedDisagrees", InvalidInput;
    /// The beneficiary is not one of this hospital.
    BeneficiaryNotFound = "beneficiaryNotFound", ReferencedResourceNotFound;
    /// The insurer is not in the reference list.
    InsurerUnknown = "insurerUnknown", ReferencedResourceNotFound;
    /// The insurer of the beneficiary on the day of the event is not stated.
    InsurerMissing = "insurerMissing", RequiredInput;
    /// The beneficiary's affiliations have days, so an insurer alone does not replace them.
    AffiliationsDated = "affiliationsDated", InvalidInput;
    /// Both a national number and an insurer's own number for the beneficiary.
    NissAndOwnNumber = "nissAndOwnNumber", InvalidInput;
    /// This person may not register for that author.
    AuthorNotAllowed = "authorNotAllowed", InvalidInput;
    /// The person is not known under this identification code.
    PersonUnknown = "personUnknown", ReferencedResourceNotFound;
    /// The national number of a beneficiary with validated registrations cannot be changed.
    IdentityFixed = "identityFixed", InvalidInput;
    /// Warning: the sex disagrees with the national number.
    SexDisagrees = "sexDisagrees", InvalidInput;
    /// Warning: the birth date disagrees with the national number.
    BirthDateDisagrees = "birthDateDisagrees", InvalidInput;
    /// Warning: resident in Belgium but without national number.
    ResidenceInBelgium = "residenceInBelgium", InvalidInput;
    /// The qualification does not allow that function.
    QualificationDoesNotFit = "qualificationDoesNotFit", InvalidInput;
    /// Ends no later than it begins.
    EndsBeforeItBegins = "endsBeforeItBegins", InvalidInput;
    /// Two shifts of one person at the same time.
    TwoShiftsAtOnce = "twoShiftsAtOnce", InvalidInput;
    /// On `{day}` engaged for `{engaged}` FTE but employed for `{employment}`.
    BeyondEmployment = "beyondEmployment", InvalidInput;
    /// Another physician is responsible for that convention on some of these days.
    ResponsiblePhysicianAlready = "responsiblePhysicianAlready", InvalidInput;
    /// No such team member.
    MemberNotFound = "memberNotFound", ReferencedResourceNotFound;
    /// No assignment of this team member holds on that day.
    NotInTeam = "notInTeam", InvalidInput;
    /// Nobody of the team of the pump convention took part, so the meeting does not count.
    PumpTeamAbsent = "pumpTeamAbsent", RequiredInput;
    /// Nobody of the self-management team took part, so the meeting does not count.
    SelfManagementTeamAbsent = "selfManagementTeamAbsent", RequiredInput;
    /// The report is missing, so the meeting does not count.
    ReportMissing = "reportMissing", RequiredInput;
    /// Warning: `{missing}` of `{required}` joint meetings are missing, by `{due}`.
    MeetingsMissing = "meetingsMissing", InvalidInput;
    /// Warning: nobody of the site `{site}` took part in a joint meeting of the year: `{members}`.
    SiteNeverTookPart = "siteNeverTookPart", InvalidInput;
    /// The site is not one of the sheet of sites.
    SiteUnknown = "siteUnknown", ReferencedResourceNotFound;
    /// Warning: the consultations of this site were not made known to patients.
    ConsultationsNotMadeKnown = "consultationsNotMadeKnown", RequiredInput;
    /// Warning: the infrastructure of this site is not declared.
    InfrastructureNotDeclared = "infrastructureNotDeclared", RequiredInput;
    /// Another team member has that NIHDI number.
    MemberAlready = "memberAlready", InvalidInput;
    /// Warning: `{engaged}` FTE from `{from}` to `{to}`; only 1 counts, and each part is reduced in proportion.
    AboveOneFte = "aboveOneFte", InvalidInput;
    /// Warning: the work of `{function}` is split over `{persons}` persons; up to 3 are always allowed.
    SplitOverMany = "splitOverMany", InvalidInput;
    /// Warning: `{convention}` has no responsible physician, or more than one.
    ResponsiblePhysicianMissing = "responsiblePhysicianMissing", InvalidInput;
    /// Warning: the two conventions have different responsible physicians, although no more than 0.5 medical FTE is
    /// required or one of them is engaged for less than 0.5 FTE.
    TwoResponsiblePhysicians = "twoResponsiblePhysicians", InvalidInput;
    /// Warning: not active in the self-management convention.
    NotInSelfManagement = "notInSelfManagement", InvalidInput;
    /// Warning: the proof of the educator's training is due by `{due}`.
    TrainingProofDue = "trainingProofDue", InvalidInput;
    /// Warning: the proof of the educator's training was due by `{due}`.
    TrainingProofOverdue = "trainingProofOverdue", InvalidInput;
    /// Warning: the timetable has `{timetable}` minutes a week, the FTE amount to `{fte}`, at 38 hours for 1.
    TimetableDisagrees = "timetableDisagrees", InvalidInput;
    /// Warning: `{minutes}` minutes a week do not count.
    HoursNotCounted = "hoursNotCounted", InvalidInput;
    /// Warning: the dieticians, `{fte}` FTE, do not count as educators.
    DieticiansNotCounted = "dieticiansNotCounted", InvalidInput;
    /// Warning: the team has no `{consultant}` to call on.
    ConsultantMissing = "consultantMissing", InvalidInput;
    /// The hospital already has a convention of this kind in force.
    ConventionInForce = "conventionInForce", InvalidInput;
    /// Material that belongs to the programme is not provided.
    MaterialNotProvided = "materialNotProvided", InvalidInput;
    /// Material that is reimbursed elsewhere.
    ReimbursedElsewhere = "reimbursedElsewhere", InvalidInput;
    /// No hospital has that number.
    HospitalUnknown = "hospitalUnknown", ReferencedResourceNotFound;
    /// The hospital has no pump convention in force on `{day}`.
    PumpConventionMissing = "pumpConventionMissing", InvalidInput;
    /// Convention `{number}` would end before its handover to another hospital on `{day}`.
    HandedOverLater = "handedOverLater", InvalidInput;
    /// On `{day}` no self-management convention is in force, or it does not apply there.
    SelfManagementNotInForce = "selfManagementNotInForce", InvalidInput;
    /// The take-over of all rights and obligations is not declared.
    TakeOverNotDeclared = "takeOverNotDeclared", InvalidInput;
    /// The pump convention is taken over without the self-management convention.
    SelfManagementNotTakenOver = "selfManagementNotTakenOver", InvalidInput;
    /// Later than the deadline, `{deadline}`.
    AfterDeadline = "afterDeadline", InvalidInput;
    /// Overlaps another entry for the same subject.
    OverlapsAnother = "overlapsAnother", InvalidInput;
    /// The NIHDI number is not a physician's.
    NotAPhysician = "notAPhysician", InvalidInput;
    /// The NIHDI number is of another profession than the qualification.
    NumberOfOtherProfession = "numberOfOtherProfession", InvalidInput;
    /// Warning: at this half-day no endocrinologist or assimilated physician is present.
    PhysicianMissing = "physicianMissing", InvalidInput;
    /// Warning: at this half-day no diabetes nurse is present.
    DiabetesNurseMissing = "diabetesNurseMissing", InvalidInput;
    /// Warning: no phone permanence on working day `{weekday}`, 1 for Monday to 5 for Friday.
    PermanenceMissing = "permanenceMissing", InvalidInput;
    /// Warning: an earlier first implantation exists at another hospital.
    FirstImplantationElsewhere = "firstImplantationElsewhere", InvalidInput;
    /// Warning: the beneficiary's name stands in a text that is sent to Healthdata.
    NameOfBeneficiary = "nameOfBeneficiary", InvalidInput;
    /// Later than the date of the application.
    AfterApplication = "afterApplication", InvalidInput;
    /// Neither an HbA1c above `{limit}` % before the pump nor another ground is stated.
    GroundMissing = "groundMissing", InvalidInput;
    /// This target group asks for another type of diabetes or another group of self-management.
    NotOfTargetGroup = "notOfTargetGroup", InvalidInput;
    /// Warning: the target group does not fit the sex.
    SexDoesNotFit = "sexDoesNotFit", InvalidInput;
    /// Warning: the programme does not follow that of the children's convention without interruption, on `{day}`.
    Interrupted = "interrupted", InvalidInput;
    /// Applications come under number `{number}` only.
    OtherNumberKept = "otherNumberKept", InvalidInput;
    /// The convention has no day left after `{day}`.
    ConventionEnded = "conventionEnded", InvalidInput;
    /// Not on the establishment's list of prescribers on the day of signing.
    NotAPrescriber = "notAPrescriber", InvalidInput;
    /// On the establishment's list of prescribers until `{day}` only.
    NoLongerPrescribes = "noLongerPrescribes", InvalidInput;
    /// The mandatary who signs was not told.
    MandataryNotTold = "mandataryNotTold", InvalidInput;
    /// Not told before signing.
    NotTold = "notTold", InvalidInput;
    /// No stay in hospital is recorded for the first day of the programme.
    NoStay = "noStay", InvalidInput;
    /// The stay is not linked to the diabetes.
    StayNotLinked = "stayNotLinked", InvalidInput;
    /// The stay is in a hospital without pump convention.
    StayWithoutConvention = "stayWithoutConvention", InvalidInput;
    /// The beneficiary had a pump before.
    NotFirstPump = "notFirstPump", InvalidInput;
    /// No contact with a diabetes nurse is recorded on working day `{day}` of the stay.
    ContactMissing = "contactMissing", InvalidInput;
    /// Warning: the beneficiary is admitted from `{day}` on.
    BelowAge = "belowAge", InvalidInput;
    /// Warning: the date of birth is not known, so that the age cannot be checked.
    BirthUnknown = "birthUnknown", InvalidInput;
    /// Warning: the earlier periods of this establishment say the opposite, first or prolongation.
    KindDisagrees = "kindDisagrees", InvalidInput;
    /// Warning: no invoice can be made until the insurer's own number of the beneficiary is known.
    NotInvoiceable = "notInvoiceable", InvalidInput;
    /// The period has begun on `{day}`.
    AlreadyBegun = "alreadyBegun", InvalidInput;
    /// Only a favourable decision has it.
    OnlyFavourable = "onlyFavourable", InvalidInput;
    /// The day is not over yet.
    DayNotOver = "dayNotOver", InvalidInput;
    /// In no granted period of this establishment, or after its end.
    NoGrantedPeriod = "noGrantedPeriod", InvalidInput;
    /// A condition of the adviser, `{text}`, is not met: days from `{day}` on are not reimbursed.
    ConditionUnmet = "conditionUnmet", InvalidInput;
    /// The pump treatment was interrupted during a stay in hospital.
    PumpStopped = "pumpStopped", InvalidInput;
    /// It could be invoiced until `{day}` only.
    LimitationPassed = "limitationPassed", InvalidInput;
    /// A pump day is already recorded or billed for this person on this day.
    DayAlreadyDue = "dayAlreadyDue", InvalidInput;
    /// No price is in force on this day.
    NoPrice = "noPrice", InvalidInput;
    /// Not an enterprise number, or its check digits are wrong.
    NotAnEnterpriseNumber = "notAnEnterpriseNumber", SchemaViolation;
    /// Not an account number (IBAN), or its check digits are wrong.
    NotAnIban = "notAnIban", SchemaViolation;
    /// Not the identifier of a bank (BIC).
    NotABic = "notABic", SchemaViolation;
    /// Not a code with which insurers refuse.
    NotARefusalCode = "notARefusalCode", SchemaViolation;
    /// Not a month, such as `2026-05`.
    NotAMonth = "notAMonth", SchemaViolation;
    /// No such setting.
    UnknownSetting = "unknownSetting", InvalidInput;
    /// The value has not the form of this setting; the list shows it.
    NotASettingValue = "notASettingValue", InvalidInput;
    /// The month is not over yet.
    MonthNotOver = "monthNotOver", InvalidInput;
    /// This sending number was used in this year.
    SendingUsed = "sendingUsed", InvalidInput;
    /// Two files were made of this month; a third one needs a derogation.
    ThirdFile = "thirdFile", InvalidInput;
    /// The hospital has no such line.
    LineNotFound = "lineNotFound", ReferencedResourceNotFound;
    /// The line is not in this file.
    NotInFile = "notInFile", InvalidInput;
    /// The line has its answer already.
    AlreadyAnswered = "alreadyAnswered", InvalidInput;
    /// No answer of the insurers begins so.
    NotAnAnswer = "notAnAnswer", SchemaViolation;
    /// Not a record of `{length}` positions.
    RecordLength = "recordLength", SchemaViolation;
    /// A record that cannot be read, from position `{position}` on.
    UnreadableRecord = "unreadableRecord", SchemaViolation;
    /// The first line does not name the columns, `{columns}`.
    WrongColumns = "wrongColumns", SchemaViolation;
    /// About another file: that of another hospital, month or sending number.
    OtherFile = "otherFile", InvalidInput;
    /// Not what stands in the file at this place.
    NotAsSent = "notAsSent", InvalidInput;
    /// A file that insurers would refuse as it is, on `{findings}` grounds; `checkBillingRecords` names them.
    FileAtFault = "fileAtFault", InvalidInput;
    /// An invoice number that an invoice of the other file has too.
    InvoiceNumberTwice = "invoiceNumberTwice", InvalidInput;
    /// With the invoices the file would have more than `{max}` records, or a sum too large for its place.
    FileFull = "fileFull", InvalidInput;
    /// Every day of the line is due as it was billed: there is nothing to correct.
    NothingToCorrect = "nothingToCorrect", InvalidInput;
}

/// Why a command as a whole is refused. Nothing changes when one is returned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Refusal {
    /// CGM-12: the command is not allowed in this status.
    Transition {
        /// The registration's status.
        from: Status,
        /// The command.
        attempted: Command,
    },
    /// CGM-14: the hospital does not adhere to M-ACL-001 on the date of the event.
    NotAdhered,
    /// TRA-03: coded data are for hospitals that adhere to M-ACL-001 today.
    NotAdheredToday,
    /// CNT-06: the last nightly run found the counter full.
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
        /// The existing registration, if known.
        existing: Option<Uuid>,
    },
    /// CGM-11: only the study lead, with a reason, can delete a validated registration whose counter was not exceeded.
    DeletionNotAllowed,
    /// CGM-11: the reason of the deletion is missing.
    DeletionReasonMissing,
    /// CGM-02: the access manager of the organisation has not granted the registry.
    RegistryNotGranted {
        /// Whom to ask.
        contact: Option<String>,
    },
    /// CGM-12: the row was imported before with other content, and its registration has changed since.
    ImportedOtherwise,
    /// CGM-12: the import has ended.
    ImportEnded,
    /// CGM-05: in an all-or-nothing import, some row has faults or is refused.
    ImportNotStored,
    /// NOT-04: only a parked e-mail can be queued again.
    NotificationNotParked {
        /// Its state.
        state: MailState,
    },
    /// NOT-03: the hospital has no recipients for the e-mail.
    NoRecipients,
    /// BEN-03: someone with the same name, birth date and sex is known; say whether it is the same person.
    LikelyDuplicate {
        /// The possible matches.
        candidates: Vec<Candidate>,
    },
    /// STF-03, STF-05: numbers of patients on which the year is based are not stated.
    PatientNumbersMissing {
        /// The missing numbers: year and field of its statement.
        needed: Vec<String>,
    },
    /// CON-03, CON-04: the merger cannot be withdrawn: convention `number` has changed since, or another one has taken
    /// its place.
    MergerBuiltUpon {
        /// The convention.
        number: String,
    },
    /// The hospital has reached the limit of webhook subscriptions.
    TooManySubscriptions {
        /// The limit.
        limit: i32,
    },
    /// An inactive webhook subscription receives no events.
    SubscriptionInactive,
    /// COV-01, COV-03, COV-12: the command is not allowed in this status of the application.
    ApplicationTransition {
        /// The application's status.
        from: ApplicationStatus,
        /// The command.
        attempted: ApplicationCommand,
    },
    /// COV-01: the establishment has another application for this person that waits for a decision.
    ApplicationOpen,
    /// COV-03: a decision supersedes the last one about the application, and names it.
    DecisionStands {
        /// The last decision, if there is one.
        last: Option<Uuid>,
    },
    /// COV-06: a period that begins later, at an establishment that is not named, stands in the way.
    PeriodInTheWay,
    /// BIL-05: the command is not allowed in this state of the pump day.
    DayTransition {
        /// The day's state.
        from: DayState,
        /// The command.
        attempted: DayCommand,
    },
    /// BIL-05: the line is credited already.
    LineCredited,
    /// BIL-05: a credit cannot be credited.
    CreditOfCredit,
    /// BIL-05: the line was refused and so never paid.
    LineRefused,
    /// BIL-05: the command is not allowed in this state of the invoice file.
    FileTransition {
        /// The file's state.
        from: FileState,
        /// The command.
        attempted: FileCommand,
    },
    /// BIL-05, BEN-05: the hospital's billing identity is not entered.
    BillingIdentityMissing,
    /// BIL-05: the code of the pump day is not entered, so no line can bear it.
    PumpCodeMissing,
    /// BIL-05: no line goes into the file: nothing is recorded, or all of it is held back.
    NothingToBill,
    /// BIL-05: the invoice numbers that the hospital leaves to Insula are used up.
    InvoiceNumbersUsedUp,
    /// BIL-11: the line is not refused for a reason against which the convention says something.
    NothingToContest,
    /// BIL-06: no summary of the year is due: it is not over, nothing was billed, or the last one says the same.
    NoSummaryDue,
    /// REG-06: days that the report covers are not over yet.
    ReportTooEarly {
        /// The first day on which it can be sent.
        from: NaiveDate,
    },
    /// REG-06: the report says what the version sent last says already.
    ReportAsSent {
        /// That version.
        version: i32,
    },
    /// BIL-03: a row of the tariff that bears invoiced days stays as it is.
    TariffUsed {
        /// The number of lines at its price.
        lines: usize,
    },
    /// BIL-03: a row of the tariff that changes the price of invoiced days is entered as a regularisation.
    RegularisationNeeded {
        /// The number of lines whose price it changes.
        lines: usize,
    },
}

/// A person a new beneficiary may be identical with (BEN-03).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Candidate {
    /// The code generated for that person (BEN-02).
    pub identification_code: String,
    /// The beneficiary at the caller's own hospital, if there is one.
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
            Refusal::ApplicationTransition { attempted: ApplicationCommand::Decide, .. }
            | Refusal::DecisionStands { .. } => RuleId::Cov03,
            Refusal::ApplicationTransition {
                attempted: ApplicationCommand::Ask | ApplicationCommand::Answer, ..
            } => RuleId::Cov12,
            Refusal::ApplicationTransition { .. } | Refusal::ApplicationOpen => RuleId::Cov01,
            Refusal::PeriodInTheWay => RuleId::Cov06,
            Refusal::DayTransition { .. }
            | Refusal::LineCredited
            | Refusal::CreditOfCredit
            | Refusal::LineRefused
            | Refusal::FileTransition { .. }
            | Refusal::PumpCodeMissing
            | Refusal::NothingToBill
            | Refusal::InvoiceNumbersUsedUp => RuleId::Bil05,
            Refusal::BillingIdentityMissing => RuleId::Ben05,
            Refusal::NothingToContest => RuleId::Bil11,
            Refusal::NoSummaryDue => RuleId::Bil06,
            Refusal::ReportTooEarly { .. } | Refusal::ReportAsSent { .. } => RuleId::Reg06,
            Refusal::TariffUsed { .. } | Refusal::RegularisationNeeded { .. } => RuleId::Bil03,
        }
    }
}

/// Why a command was not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rejection {
    /// The command as a whole is refused.
    Refused(Refusal),
    /// Every fault of its input (CGM-05).
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

    /// A fault in one line: rule, field, code, then the values.
    pub(crate) fn described(fault: &Fault) -> String {
        let values: Vec<_> = fault.params.iter().map(|(name, value)| format!(" {name}={value}")).collect();
        format!("{} {} {}{}", fault.rule, fault.field, fault.reason.code(), values.concat())
    }

    /// CON-02, CON-05: a day outside gets both bounds; a last day before the first gets the first day as its lower
    /// bound.
    #[rstest]
    #[case("2026-01-01/2026-12-31", "min=2026-01-01 max=2026-12-31", false)]
    #[case("2026-01-01/", "min=2026-01-01 max=9999-12-31", false)]
    #[case("2026-01-01/2026-01-01", "min=2026-01-01 max=2026-01-01", false)]
    #[case("2026-01-01/2025-12-31", "min=2026-01-01 max=2025-12-31", true)]
    fn a_day_outside_is_told_where_it_may_be(#[case] of: &str, #[case] bounds: &str, #[case] is_empty: bool) {
        let of = span(of);
        assert_eq!(described(&of.outside("from", RuleId::Con05)), format!("CON-05 from outOfRange {bounds}"));
        let fault = of.end_fault("to", RuleId::Con02).map(|fault| described(&fault));
        assert_eq!(fault, is_empty.then(|| "CON-02 to outOfRange min=2026-01-01 max=9999-12-31".to_owned()));
        assert_eq!(LATEST, day("9999-12-31"));
    }

    /// SYS-04: no two reasons share a code.
    #[test]
    fn reason_codes_are_unique() {
        let codes: HashSet<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
        assert_eq!(codes.len(), Reason::ALL.len());
        for reason in Reason::ALL {
            assert_eq!(serde_json::json!(reason), reason.code());
        }
    }
}
