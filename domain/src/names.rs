//! The closed lists of names in the texts: types, statuses, commands, devices and more.

/// Defines a list: each value with its name in the contract and in the database. `as` gives its name in the contract
/// where the one here is too short, and `growing` says that later versions may add values (docs/decisions/0030).
macro_rules! names {
    ($($(#[doc = $edoc:literal])* $enum:ident $(as $shown:literal)? $(, $growing:ident)? {
        $($(#[doc = $doc:literal])* $variant:ident = $name:literal,)*
    })*) => {$(
        $(#[doc = $edoc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
        )]
        pub enum $enum { $($(#[doc = $doc])* #[serde(rename = $name)] $variant,)* }

        impl $enum {
            /// Every value once.
            pub const ALL: &[$enum] = &[$($enum::$variant,)*];

            /// The name in the contract and in the database.
            pub const fn name(self) -> &'static str {
                match self { $($enum::$variant => $name,)* }
            }

            /// The value of that name.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.name() == name)
            }
        }

        impl std::fmt::Display for $enum {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        $crate::described::described! {
            $enum $(as $shown)? = $crate::described::list(
                concat!($($edoc, "\n"),*),
                &[$(($name, concat!($($doc, "\n"),*)),)*],
                !stringify!($($growing)?).is_empty(),
            );
        }
    )*};
}

pub(crate) use names;

names! {
    /// The languages of Insula's answers and e-mails (SYS-04, NOT-02).
    Language {
        /// French.
        Fr = "fr",
        /// Dutch.
        Nl = "nl",
        /// German.
        De = "de",
        /// English.
        En = "en",
    }
    /// The setting of an implantation or replacement; each code of a nomenclature pair is for one setting (CNT-01).
    Setting {
        /// Ambulatory care: the first code of the pair.
        Ambulatory = "ambulatory",
        /// Hospitalisation: the second code of the pair.
        Hospitalised = "hospitalised",
    }
    /// What is registered; chosen at creation and fixed from then on (CGM-03).
    RegistrationType {
        /// First implantation of a sensor and/or a transmitter; the beneficiary enters M-ACL-001.
        FirstImplantation = "firstImplantation",
        /// Replacement of a sensor and/or a transmitter, early replacement within warranty included.
        Replacement = "replacement",
        /// Definitive explantation.
        Explantation = "explantation",
        /// Follow-up at any other time.
        FollowUp = "followUp",
    }
    /// What a document attached to an application is (COV-01).
    DocumentType as "CoverageDocumentType" {
        /// A PDF file.
        Pdf = "application/pdf",
        /// A JPEG picture.
        Jpeg = "image/jpeg",
        /// A PNG picture.
        Png = "image/png",
        /// A TIFF picture.
        Tiff = "image/tiff",
    }
    /// The status of a registration (CGM-07).
    Status as "RegistrationStatus" {
        /// Being written or corrected.
        Open = "open",
        /// Validated, not yet acknowledged by Healthdata.
        Sending = "sending",
        /// Acknowledged by Healthdata.
        Submitted = "submitted",
        /// A counter was exceeded, or Healthdata refused it.
        CorrectionsNeeded = "correctionsNeeded",
        /// A tombstone: its code is never reused (CGM-11).
        Deleted = "deleted",
    }
    /// A command on a registration (CGM-07 to CGM-12).
    Command as "RegistrationCommand" {
        /// Change the draft.
        Save = "save",
        /// Validate and send.
        Submit = "submit",
        /// Record Healthdata's acknowledgement.
        Acknowledge = "acknowledge",
        /// Record Healthdata's refusal.
        Refuse = "refuse",
        /// Record that the nightly run found its counter exceeded.
        Exceed = "exceed",
        /// Open it for correction.
        Reopen = "reopen",
        /// Delete it.
        Delete = "delete",
    }
    /// What made a version of a registration: its creation or a command (CGM-07 to CGM-12).
    VersionCommand as "RegistrationVersionCommand" {
        /// Create it.
        Create = "create",
        /// Change the draft.
        Save = "save",
        /// Validate and send.
        Submit = "submit",
        /// Record Healthdata's acknowledgement.
        Acknowledge = "acknowledge",
        /// Record Healthdata's refusal.
        Refuse = "refuse",
        /// Record that the nightly run found its counter exceeded.
        Exceed = "exceed",
        /// Open it for correction.
        Reopen = "reopen",
        /// Delete it.
        Delete = "delete",
    }
    /// The two conventions of a hospital's common team (C 5 §2).
    ConventionKind {
        /// Insulin pump therapy: the one whose norm is assessed here.
        Pump = "pump",
        /// Self-management.
        SelfManagement = "selfManagement",
    }
    /// A team member's function (C 5 §2-4).
    Function as "TeamFunction" {
        /// Medical: endocrinologists and assimilated physicians.
        Medical = "medical",
        /// Education in diabetology, by nurses and dieticians.
        Education = "education",
        /// Management of pump data.
        DataManagement = "dataManagement",
        /// Secretariat, which educators may replace (STF-06).
        Secretariat = "secretariat",
        /// Consulted when the team calls; no FTE are required (STF-18).
        Consultation = "consultation",
    }
    /// Why a convention ended (CON-03 to CON-06).
    ConventionEnd {
        /// One of the two parties denounced it.
        Denounced = "denounced",
        /// The self-management convention that it needs ended.
        SelfManagementEnded = "selfManagementEnded",
        /// A merger kept the other one.
        Merged = "merged",
        /// After a demerger both hospitals wanted a new one.
        Demerged = "demerged",
        /// Another reason.
        Other = "other",
    }
    /// Merger or demerger (CON-03, CON-04).
    MergerKind {
        /// Two hospitals become one.
        Merger = "merger",
        /// One hospital becomes two.
        Demerger = "demerger",
    }
    /// The change of a line of the prescriber list (CON-08).
    PrescriberChange as "PrescriberChangeKind" {
        /// The physician was added to the list, or added again.
        Added = "added",
        /// The line now has a last day; nothing else changed.
        Ended = "ended",
        /// Something else changed.
        Changed = "changed",
        /// The line was an error and was removed.
        Removed = "removed",
    }
    /// The two parties to a convention (CON-05).
    ConventionParty {
        /// The establishment, for its hospital.
        Establishment = "establishment",
        /// INAMI, for the Insurance Committee.
        Inami = "inami",
    }
    /// A team member's qualification (STF-19, STF-18).
    Qualification {
        /// A specialist in endocrinology and diabetology.
        Endocrinologist = "endocrinologist",
        /// A physician with acquired rights.
        AssimilatedPhysician = "assimilatedPhysician",
        /// A nurse specialised in diabetology.
        DiabetesNurse = "diabetesNurse",
        /// A dietician.
        Dietician = "dietician",
        /// Other specialised staff, not medical: for example a master in biomedical sciences or engineering.
        SpecialisedStaff = "specialisedStaff",
        /// A secretary.
        Secretary = "secretary",
        /// A social worker.
        SocialWorker = "socialWorker",
        /// A social nurse.
        SocialNurse = "socialNurse",
        /// A psychologist.
        Psychologist = "psychologist",
        /// A podologist.
        Podologist = "podologist",
    }
    /// Material for a beneficiary (C 4 §2, REG-01).
    MaterialKind {
        /// A pump.
        Pump = "pump",
        /// The device that controls the pump.
        ControlDevice = "controlDevice",
        /// A catheter or an infusion set.
        Catheter = "catheter",
        /// A cannula.
        Cannula = "cannula",
        /// An insulin reservoir.
        Reservoir = "reservoir",
        /// A battery.
        Battery = "battery",
        /// Material that holds pump or catheter in place.
        Fixing = "fixing",
        /// The transmitter between sensor and pump.
        Transmitter = "transmitter",
        /// Other material that the pump needs; `model` says what it is.
        Other = "other",
        /// A glucose sensor: refused, because it is reimbursed elsewhere (PMP-06).
        GlucoseSensor = "glucoseSensor",
        /// A glucose strip: refused, because it is reimbursed elsewhere (PMP-06).
        GlucoseStrip = "glucoseStrip",
    }
    /// What a contact of the team with a beneficiary is for (C 5 §7, REG-02).
    ContactKind {
        /// Accompaniment in the use of the pump.
        Accompaniment = "accompaniment",
        /// Education.
        Education = "education",
        /// Handing over material.
        Material = "material",
    }
    /// How a contact with a beneficiary took place (REG-02).
    ContactWay {
        /// In person.
        InPerson = "inPerson",
        /// By phone.
        Phone = "phone",
        /// By video.
        Video = "video",
        /// In writing, by letter or e-mail.
        Writing = "writing",
        /// From the data of the pump, without speaking to the beneficiary.
        Remote = "remote",
    }
    /// The half of a day on which a multidisciplinary consultation is held (CON-02).
    PartOfDay {
        /// Before noon.
        Morning = "morning",
        /// After noon.
        Afternoon = "afternoon",
    }
    /// What an establishment's deadline is for (STF-05, STF-11, STF-14, CON-05).
    DeadlineKind as "StaffingDeadlineKind", growing {
        /// An educator's proof of training.
        TrainingProof = "trainingProof",
        /// Nurses at their floor, after the transition of 2021.
        NursesAtFloor = "nursesAtFloor",
        /// A new establishment adapts its team to the patients at the end of the year.
        AdaptTeam = "adaptTeam",
        /// The convention's last day.
        ConventionEnds = "conventionEnds",
    }
    /// The state of a threshold e-mail (NOT-04).
    MailState as "NotificationState" {
        /// Not yet delivered to every recipient; retried.
        Waiting = "waiting",
        /// Delivered to every recipient except those whose server refused it permanently.
        Sent = "sent",
        /// Given up: every server refused it permanently, or a recipient's server never accepted it in time. Needs
        /// attention.
        Parked = "parked",
    }
    /// The route of an e-mail.
    MailRoute as "NotificationRoute" {
        /// Handed to a mail server.
        Smtp = "smtp",
        /// Stored in a folder beside Insula and not sent: no mail server is configured.
        Maildir = "maildir",
    }
    /// The state of a delivery to a webhook.
    DeliveryState as "WebhookDeliveryState" {
        /// Not delivered yet; retried.
        Waiting = "waiting",
        /// Delivered.
        Delivered = "delivered",
        /// Given up: retried for too long, or the address no longer exists.
        Parked = "parked",
    }
    /// Why a webhook receives no events.
    InactiveBecause as "WebhookInactiveReason" {
        /// Its address answered 410: it no longer exists.
        Gone = "gone",
        /// Its hospital deactivated it.
        ByHospital = "byHospital",
    }
    /// The two kinds of device.
    DeviceKind {
        /// The implanted sensor.
        Sensor = "sensor",
        /// The transmitter worn over it.
        Transmitter = "transmitter",
    }
    /// What an import does with each row.
    ImportMode as "RegistrationImportMode" {
        /// Keeps it as a draft (CGM-04).
        Draft = "draft",
        /// Submits it at once (CGM-06).
        Submit = "submit",
    }
    /// The state of an import.
    ImportState as "RegistrationImportState" {
        /// Accepted, not started.
        Waiting = "waiting",
        /// Started.
        Running = "running",
        /// Finished; every row has an outcome.
        Done = "done",
        /// Finished without doing what was asked.
        Failed = "failed",
        /// Cancelled by its hospital.
        Cancelled = "cancelled",
    }
    /// The outcome of one row of an import.
    ImportOutcome as "RegistrationImportOutcome" {
        /// A new draft was created.
        Created = "created",
        /// The draft left by an earlier import of the row got the new content.
        Changed = "changed",
        /// Validated and being sent, with its code.
        Submitted = "submitted",
        /// Already imported with the same content.
        Unchanged = "unchanged",
        /// It has faults.
        Faulty = "faulty",
        /// Refused as a whole, although it has no faults.
        Refused = "refused",
        /// Not processed: the import ended earlier, or stored nothing because of other rows.
        NotDone = "notDone",
    }
    /// What the nightly run decided about a registration (rules.md §13, TRA-02).
    NightDecision as "CodeNightDecision" {
        /// No counter counts it.
        NotCounted = "notCounted",
        /// A counter counts it and the nightly run has not decided yet.
        Pending = "pending",
        /// It holds a place in its counter.
        HoldsPlace = "holdsPlace",
        /// Its counter was exceeded; it needs corrections.
        Exceeded = "exceeded",
    }
    /// Why a registration code is not billable as requested (TRA-02).
    VerdictReason as "VerdictReasonCode", growing {
        /// No registration of the hospital, or of a member of the insurer, has this code.
        UnknownCode = "unknownCode",
        /// Validated, not yet acknowledged by Healthdata.
        Pending = "pending",
        /// Being corrected, so not billable now.
        BeingCorrected = "beingCorrected",
        /// A counter was exceeded, or Healthdata refused it.
        CorrectionsNeeded = "correctionsNeeded",
        /// Deleted; the code is never billable again.
        Deleted = "deleted",
        /// The code belongs to another beneficiary.
        OtherBeneficiary = "otherBeneficiary",
        /// The nomenclature code is not the registered one.
        OtherNomenclatureCode = "otherNomenclatureCode",
        /// The date is not the registered one.
        OtherDate = "otherDate",
        /// No device is reimbursed under it.
        NothingReimbursed = "nothingReimbursed",
    }
    /// A day of the week.
    Weekday {
        /// Day 1.
        Monday = "monday",
        /// Day 2.
        Tuesday = "tuesday",
        /// Day 3.
        Wednesday = "wednesday",
        /// Day 4.
        Thursday = "thursday",
        /// Day 5.
        Friday = "friday",
        /// Day 6.
        Saturday = "saturday",
        /// Day 7.
        Sunday = "sunday",
    }
    /// A beneficiary's sex (BEN-01, BEN-02).
    Sex {
        /// Female: an even serial in the national number (BEN-01).
        Female = "female",
        /// Male: an odd serial in the national number (BEN-01).
        Male = "male",
    }
    /// Why a validated registration was entered in error (CGM-11).
    DeletionReason {
        /// It was entered twice.
        EnteredTwice = "enteredTwice",
        /// It is about another beneficiary.
        WrongBeneficiary = "wrongBeneficiary",
        /// It is of another type.
        WrongType = "wrongType",
        /// What it registers was not done.
        NotPerformed = "notPerformed",
        /// Another reason.
        Other = "other",
    }
    /// Why a registration needs corrections (CGM-08).
    CorrectionsCause {
        /// The nightly run found the counter exceeded (CNT-03).
        CounterExceeded = "counterExceeded",
        /// Healthdata refused it.
        RefusedByHealthdata = "refusedByHealthdata",
    }
    /// What a night decides about a registration (CNT-03, CNT-04).
    VerdictName as "NightVerdict" {
        /// It keeps the place it holds (CNT-04).
        Keeps = "keeps",
        /// It gets a place.
        Takes = "takes",
        /// No place is left, so it needs correction (CNT-03).
        Exceeded = "exceeded",
    }
    /// What an e-mail is about.
    MailSubject as "NotificationSubject", growing {
        /// A counter reached a threshold; sent to a hospital (NOT-01).
        Threshold = "threshold",
        /// A list of prescribers changed; sent to INAMI (CON-08).
        Prescribers = "prescribers",
    }
    /// Whether an e-mail reached a recipient (NOT-04).
    RecipientOutcome as "NotificationOutcome" {
        /// Their mail server has accepted it.
        Accepted = "accepted",
        /// Not yet.
        Pending = "pending",
        /// Their mail server refused it for good.
        Refused = "refused",
    }
    /// A dimension by which statistics group registrations (TRA-03).
    Dimension as "StatisticsDimension" {
        /// The year of the event.
        Year = "year",
        /// The type of registration.
        Type = "type",
        /// The reimbursed pair.
        NomenclaturePair = "nomenclaturePair",
        /// The setting: ambulatory or hospitalised.
        Setting = "setting",
        /// The type of diabetes, at a first implantation.
        DiabetesType = "diabetesType",
        /// The treatment, at a first implantation.
        Therapy = "therapy",
        /// Why a device was replaced.
        ReplacementReason = "replacementReason",
        /// Whether it was replaced within warranty.
        WithinWarranty = "withinWarranty",
        /// Why it was explanted.
        ExplantationReason = "explantationReason",
        /// Whether it is still used, at a follow-up.
        StillInUse = "stillInUse",
        /// The hospital, by its number.
        Hospital = "hospital",
    }
    /// The status of an application for coverage (COV-01, COV-03, COV-12).
    ApplicationStatus as "CoverageApplicationStatus" {
        /// Being written, however incomplete.
        Draft = "draft",
        /// Introduced; the adviser is to decide.
        Submitted = "submitted",
        /// The adviser asked for information.
        InformationAsked = "informationAsked",
        /// Decided; a later decision can only supersede.
        Decided = "decided",
        /// Withdrawn by the establishment before any decision.
        Withdrawn = "withdrawn",
        /// Closed without decision, because the beneficiary died.
        Closed = "closed",
    }
    /// A command on an application for coverage (COV-01, COV-03, COV-12).
    ApplicationCommand as "CoverageApplicationCommand" {
        /// Change the draft.
        Save = "save",
        /// Delete the draft.
        Delete = "delete",
        /// Introduce it.
        Submit = "submit",
        /// Withdraw it.
        Withdraw = "withdraw",
        /// Ask for information.
        Ask = "ask",
        /// Answer what was asked.
        Answer = "answer",
        /// Decide, or supersede a decision.
        Decide = "decide",
        /// Close it because the beneficiary died.
        Close = "close",
    }
    /// Whether this establishment prescribes for the first time or prolongs (COV-01).
    ApplicationKind as "CoverageApplicationKind" {
        /// The first prescription by this establishment, after a transfer too.
        First = "first",
        /// A prolongation by this establishment.
        Prolongation = "prolongation",
    }
    /// The six target groups (PMP-02).
    TargetGroup {
        /// Type 1, or group A of self-management: intensive treatment, correctly executed, did not control the glycaemia.
        InsufficientControl = "insufficientControl",
        /// Pregnant, or wishing to be.
        Pregnancy = "pregnancy",
        /// Already treated with a pump under the children's convention (PMP-08).
        ChildrensConvention = "childrensConvention",
        /// Type 1, extremely sensitive to insulin.
        ExtremeSensitivity = "extremeSensitivity",
        /// Before, and in the initial period after, a transplantation of pancreas or islets.
        Transplantation = "transplantation",
        /// Type 1, with an irregular life or a specific risk from working conditions.
        IrregularLifeOrRisk = "irregularLifeOrRisk",
    }
    /// The type of diabetes, as far as target groups depend on it (PMP-02).
    DiabetesType {
        /// Type 1.
        Type1 = "type1",
        /// Type 2.
        Type2 = "type2",
        /// Another type.
        Other = "other",
    }
    /// The group of the self-management convention (PMP-02).
    SelfManagementGroup {
        /// Group A, from which the first target group admits other types than type 1.
        A = "A",
        /// Another group.
        Other = "other",
    }
    /// Who introduces an application (COV-13).
    Introducer {
        /// The beneficiary, or the mandatary.
        Beneficiary = "beneficiary",
        /// The establishment, which took it on.
        Establishment = "establishment",
    }
    /// Who was told what must be told before signing (COV-09).
    InformedPerson {
        /// The beneficiary.
        Beneficiary = "beneficiary",
        /// The mandatary who signs.
        Mandatary = "mandatary",
    }
    /// How a beneficiary gave notice of a move to another establishment (COV-07).
    NoticeWay {
        /// By letter.
        Letter = "letter",
        /// By e-mail.
        Email = "email",
        /// By phone.
        Phone = "phone",
        /// In person.
        InPerson = "inPerson",
    }
    /// A physician who takes part in the treatment beside the prescriber (COV-01).
    PhysicianKind as "OtherPhysicianKind" {
        /// The general practitioner.
        GeneralPractitioner = "generalPractitioner",
        /// A specialist.
        Specialist = "specialist",
    }
    /// How consultations are made known to patients (REG-13).
    ConsultationWay {
        /// By letter.
        Letter = "letter",
        /// By e-mail.
        Email = "email",
        /// On a leaflet that patients get.
        Leaflet = "leaflet",
        /// On a poster in the hospital.
        Poster = "poster",
        /// On a web site.
        WebSite = "webSite",
        /// In person.
        InPerson = "inPerson",
    }
    /// Where a consultation with a consultant stands (REG-14).
    FollowUpState as "ConsultantFollowUpState" {
        /// Still to come, or today.
        Open = "open",
        /// The beneficiary saw such a consultant by the agreed day.
        Met = "met",
        /// They did not.
        Missed = "missed",
    }
    /// What a report to a physician who treats a beneficiary is (REG-04).
    ReportKind as "PractitionerReportKind" {
        /// Information about the pump therapy when it starts (C 4 §3).
        Start = "start",
        /// An important change of the therapy (C 5 §11).
        ImportantChange = "importantChange",
        /// The full report with the treatment plan, of each year (C 5 §11).
        Yearly = "yearly",
    }
    /// Where a report to a physician stands (REG-04).
    ReportState as "PractitionerReportState" {
        /// Still to be sent, and not late.
        Open = "open",
        /// Sent.
        Sent = "sent",
        /// Not sent, though its day is over.
        Late = "late",
        /// There is nobody to send it to.
        NoneKnown = "noneKnown",
    }
    /// What keeps a granted period from beginning earlier (COV-04 to COV-06).
    StartLimit as "CoverageStartLimit" {
        /// The programme is prescribed from this day (COV-04).
        Prescription = "prescription",
        /// The convention begins (CON-01, CON-04).
        Convention = "convention",
        /// The beneficiary turns 16 (PMP-01).
        Age = "age",
        /// The stay in hospital does not count (PMP-04).
        ReturnHome = "returnHome",
        /// The application came late (COV-05).
        LateIntroduction = "lateIntroduction",
        /// A period of this establishment runs until the eve (COV-06).
        RunningPeriod = "runningPeriod",
    }
    /// What keeps a granted period from ending later (COV-04, COV-06, CON-03 to CON-06).
    EndLimit as "CoverageEndLimit" {
        /// A period lasts at most twelve months (COV-04).
        TwelveMonths = "twelveMonths",
        /// The convention ends (CON-03 to CON-06).
        Convention = "convention",
        /// The next period of this establishment begins (COV-06).
        NextPeriod = "nextPeriod",
    }
    /// What an adviser decides about an application (COV-03).
    Verdict as "CoverageVerdict" {
        /// In favour, from a day to a day.
        Favourable = "favourable",
        /// Against, with the reason.
        Unfavourable = "unfavourable",
        /// Something else, in words.
        Other = "other",
    }
    /// Why a granted period ends before the last day granted (COV-07, CON-03 to CON-06).
    PeriodEnd as "GrantedPeriodEnd" {
        /// The beneficiary is taken on by another establishment.
        TakenOnElsewhere = "takenOnElsewhere",
        /// The beneficiary is taken on under the children's convention.
        ChildrensConvention = "childrensConvention",
        /// The establishment stops, with a month's notice.
        EstablishmentStops = "establishmentStops",
        /// The establishment gave it up before it began.
        GivenUp = "givenUp",
        /// The beneficiary died.
        Death = "death",
        /// The convention ended.
        ConventionEnded = "conventionEnded",
        /// A later decision superseded it.
        Superseded = "superseded",
    }
    /// The state of a granted period on a day (COV-04, COV-07).
    PeriodState as "GrantedPeriodState" {
        /// It has not begun.
        Planned = "planned",
        /// It runs.
        Running = "running",
        /// It has ended, or has no day left.
        Ended = "ended",
    }
    /// What became of a pump day that was recorded (BIL-01, BIL-05, BIL-07, BIL-11).
    DayState as "PumpDayState" {
        /// It is recorded and on no line yet.
        Recorded = "recorded",
        /// It is on a line whose answer is awaited.
        Claimed = "claimed",
        /// The insurer accepted it.
        Accepted = "accepted",
        /// The insurer refused it, so it was never paid. The day is free.
        Refused = "refused",
        /// The insurer refused it and the hospital contests that.
        Contested = "contested",
        /// It was not due after all. The day is free; its line, if it is on one, is still to be credited.
        Undue = "undue",
        /// Its line is credited. The day is free.
        Credited = "credited",
        /// It was withdrawn before it was on a line. The day is free.
        Withdrawn = "withdrawn",
    }
    /// What can happen to a recorded pump day (BIL-01, BIL-05, BIL-07, BIL-11).
    DayCommand as "PumpDayCommand" {
        /// The hospital withdraws it.
        Withdraw = "withdraw",
        /// It is put on a line.
        Claim = "claim",
        /// The insurer accepts its line.
        Accept = "accept",
        /// The insurer refuses its line, or the whole file.
        Refuse = "refuse",
        /// The hospital contests the refusal of its line.
        Contest = "contest",
        /// It is found not to be due.
        FindUndue = "findUndue",
        /// Its line is credited.
        Credit = "credit",
    }
    /// What became of a line of an invoice (BIL-05).
    LineState as "InvoiceLineState" {
        /// It stands.
        Stands = "stands",
        /// It is credited.
        Credited = "credited",
        /// The insurer refused it, so it was never paid.
        Refused = "refused",
    }
    /// Why a day that was recorded or billed is not due (BIL-01, BIL-07, COV-07, COV-11, PMP-04).
    UndueCause as "UndueDayCause", growing {
        /// The beneficiary was taken on by another establishment.
        TakenOnElsewhere = "takenOnElsewhere",
        /// The beneficiary was taken on under the children's convention.
        ChildrensConvention = "childrensConvention",
        /// The granted period had ended for another reason.
        PeriodEnded = "periodEnded",
        /// The beneficiary had died.
        Death = "death",
        /// The pump treatment was interrupted during a stay in hospital.
        PumpStopped = "pumpStopped",
        /// The programme began in hospital, and its conditions are not met.
        StartInHospital = "startInHospital",
        /// A condition of the adviser is not met.
        ConditionUnmet = "conditionUnmet",
        /// The beneficiary had no insurer.
        NotInsured = "notInsured",
    }
    /// Who bears the price of an undue day (BIL-07).
    Bearer as "UndueDayBearer" {
        /// The beneficiary, who owes it to the establishment.
        Beneficiary = "beneficiary",
        /// The establishment.
        Establishment = "establishment",
    }
    /// Why the insurers' programs would probably refuse a line or a file (BIL-05).
    Ground as "LikelyRefusal", growing {
        /// The beneficiary was in hospital, the pump treatment going on: the days are due.
        InHospital = "inHospital",
        /// Another establishment invoiced the days and has not credited them yet.
        PaidElsewhere = "paidElsewhere",
        /// The insurer knows the beneficiary by no number.
        NumberMissing = "numberMissing",
        /// The entitlement codes demand a national number.
        NumberDemanded = "numberDemanded",
        /// The entitlement codes are not known.
        EntitlementMissing = "entitlementMissing",
        /// The beneficiary had died.
        AfterDeath = "afterDeath",
        /// More than two years after the end of their month.
        TooLate = "tooLate",
        /// Outside the granted period, or without insurer.
        OutsidePeriod = "outsidePeriod",
        /// A condition of the adviser is not met.
        ConditionUnmet = "conditionUnmet",
        /// Days in hospital that do not count.
        NotCounted = "notCounted",
        /// Another price is in force.
        OtherPrice = "otherPrice",
        /// The sending number was used this year.
        SendingUsed = "sendingUsed",
        /// A third ordinary file of one month without derogation.
        ThirdFile = "thirdFile",
    }
    /// What helps against a likely refusal (BIL-05, BIL-11).
    Remedy as "LikelyRefusalRemedy", growing {
        /// Send it, and contest the refusal.
        Contest = "contest",
        /// Send it; if it is refused, send it again once the other establishment has credited.
        AwaitCredit = "awaitCredit",
        /// Enter the national number, or the insurer's own number.
        EnterNumber = "enterNumber",
        /// Enter the entitlement codes with the affiliation.
        EnterEntitlement = "enterEntitlement",
        /// Leave these days out.
        LeaveDaysOut = "leaveDaysOut",
        /// Make the lines anew at the price in force.
        Regularise = "regularise",
        /// Take the next free sending number.
        NextSending = "nextSending",
        /// Put the blocks into the hospital's file, or wait for the next month.
        MergeOrWait = "mergeOrWait",
    }
    /// The state of an invoice file (BIL-05).
    FileState as "InvoiceFileState" {
        /// It is made.
        Made = "made",
        /// It is handed over to the insurers.
        HandedOver = "handedOver",
        /// Its receipt is confirmed; lines are still to be answered.
        Received = "received",
        /// Every line is accepted.
        Settled = "settled",
        /// Some lines are refused.
        PartlyRefused = "partlyRefused",
        /// All of it is refused.
        Refused = "refused",
    }
    /// What is done with an invoice file (BIL-05).
    FileCommand as "InvoiceFileCommand" {
        /// It is handed over to the insurers.
        HandOver = "handOver",
        /// An answer of the insurers is entered.
        Answer = "answer",
        /// It is put into the hospital's own file.
        Merge = "merge",
    }
    /// How a yearly summary is given (BIL-06).
    SummaryWay {
        /// Electronically, with consent.
        Electronic = "electronic",
        /// On paper.
        Paper = "paper",
    }
}

impl Weekday {
    /// 1 for Monday to 7 for Sunday.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8 + 1
    }

    /// The day of that number, 1 to 7.
    #[must_use]
    pub fn of(number: u8) -> Option<Weekday> {
        Weekday::ALL.iter().copied().find(|day| day.number() == number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{nomenclature::Counter, notices::webhook::EventType};

    /// SYS-04: a name is the same in the contract, the database and stored JSON, and round-trips.
    #[test]
    fn names_go_there_and_back() {
        macro_rules! each {
            ($($list:ident)*) => {$(
                for value in $list::ALL.iter().copied() {
                    assert_eq!(serde_json::json!(value), value.name());
                    assert_eq!(serde_json::from_value::<$list>(value.name().into()).unwrap(), value);
                    assert_eq!($list::from_name(value.name()), Some(value));
                    assert_eq!(value.to_string(), value.name());
                }
                assert_eq!($list::from_name("none of them"), None);
            )*};
        }
        each!(RegistrationType Command Language Counter EventType VerdictReason);
    }
}
