//! The closed lists of names that the texts give: types, statuses, commands, devices.

/// A closed list: each value with its name in the contract and in the database.
macro_rules! names {
    ($($(#[$edoc:meta])* $enum:ident { $($(#[$doc:meta])* $variant:ident = $name:literal,)* })*) => {$(
        $(#[$edoc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
        )]
        pub enum $enum { $($(#[$doc])* #[serde(rename = $name)] $variant,)* }

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
    )*};
}

pub(crate) use names;

names! {
    /// The languages that Insula speaks and writes (SYS-04, NOT-02).
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
    /// Where a device is implanted or replaced; each code of a nomenclature pair is for one (CNT-01).
    Setting {
        /// The first code.
        Ambulatory = "ambulatory",
        /// The second code.
        Hospitalised = "hospitalised",
    }
    /// What is registered, chosen at creation and fixed from then on (CGM-03).
    RegistrationType {
        /// First implantation of a sensor and/or a transmitter; the beneficiary enters M-ACL-001.
        FirstImplantation = "firstImplantation",
        /// Replacement of a sensor and/or a transmitter, early replacement within warranty included.
        Replacement = "replacement",
        /// Definitive explantation.
        Explantation = "explantation",
        /// Follow-up at another moment than a replacement or explantation.
        FollowUp = "followUp",
    }
    /// Where a registration stands (CGM-07).
    Status {
        /// Being written or corrected.
        Open = "open",
        /// Validated, not yet acknowledged by Healthdata.
        Sending = "sending",
        /// Acknowledged by Healthdata.
        Submitted = "submitted",
        /// A counter was exceeded, or Healthdata refused it.
        CorrectionsNeeded = "correctionsNeeded",
        /// A tombstone: the code is never given again (CGM-11).
        Deleted = "deleted",
    }
    /// What can be done to a registration (CGM-07 to CGM-12).
    Command {
        /// Change the draft.
        Save = "save",
        /// Validate and send.
        Submit = "submit",
        /// Healthdata says it has it.
        Acknowledge = "acknowledge",
        /// Healthdata refuses it.
        Refuse = "refuse",
        /// The night finds its counter exceeded.
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
    /// What a member of a team does (C 5 §2-4).
    Function {
        /// Medical: the endocrinologists and those assimilated.
        Medical = "medical",
        /// Education in diabetology, by nurses and dieticians.
        Education = "education",
        /// Management of the data of pumps.
        DataManagement = "dataManagement",
        /// Secretariat, which educators may replace (STF-06).
        Secretariat = "secretariat",
        /// Consulted when the team calls: no FTE are required of it (STF-18).
        Consultation = "consultation",
    }
    /// Why a convention ended (CON-03 to CON-06).
    ConventionEnd {
        /// One of the two parties denounced it.
        Denounced = "denounced",
        /// The self-management convention that it needs ended.
        SelfManagementEnded = "selfManagementEnded",
        /// After a merger the other one was kept.
        Merged = "merged",
        /// After a demerger both hospitals wanted one of their own.
        Demerged = "demerged",
        /// Another reason.
        Other = "other",
    }
    /// How hospitals change (CON-03, CON-04).
    MergerKind {
        /// Two become one.
        Merger = "merger",
        /// One becomes two.
        Demerger = "demerger",
    }
    /// What changed of a prescriber (CON-08).
    PrescriberChange {
        /// May prescribe, who was not on the list, or again.
        Added = "added",
        /// Now has a last day, and nothing else changed.
        Ended = "ended",
        /// Something else changed.
        Changed = "changed",
        /// Is on the list no longer, as if never there: the line was an error.
        Removed = "removed",
    }
    /// The two parties to a convention (CON-05).
    ConventionParty {
        /// The establishment, for its hospital.
        Establishment = "establishment",
        /// INAMI, for the Insurance Committee.
        Inami = "inami",
    }
    /// What a member of a team is (STF-19, STF-18).
    Qualification {
        /// A specialist in endocrinology and diabetology.
        Endocrinologist = "endocrinologist",
        /// A physician whose earlier rights were kept.
        AssimilatedPhysician = "assimilatedPhysician",
        /// A nurse specialised in diabetology.
        DiabetesNurse = "diabetesNurse",
        /// A dietician.
        Dietician = "dietician",
        /// Other specialised staff, not medical: a master in biomedical sciences or engineering, say.
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
    /// The half of a day on which a multidisciplinary consultation is held (CON-02).
    PartOfDay {
        /// Before noon.
        Morning = "morning",
        /// After noon.
        Afternoon = "afternoon",
    }
    /// What is due of an establishment's team (STF-05, STF-11, STF-14, CON-05).
    DeadlineKind {
        /// An educator's proof of training.
        TrainingProof = "trainingProof",
        /// Nurses at their floor, after the transition of 2021.
        NursesAtFloor = "nursesAtFloor",
        /// A new establishment adapts its team to the patients at the end of the year.
        AdaptTeam = "adaptTeam",
        /// The convention's last day.
        ConventionEnds = "conventionEnds",
    }
    /// Where a threshold e-mail stands (NOT-04).
    MailState {
        /// Not yet with everyone it is addressed to; it is tried until it is.
        Waiting = "waiting",
        /// Everyone it is addressed to has it, but for those whose server refused it for good.
        Sent = "sent",
        /// Without prospect: nobody's server took it. Somebody has to look at it.
        Parked = "parked",
    }
    /// How an e-mail was sent.
    MailRoute {
        /// By an SMTP server.
        Smtp = "smtp",
        /// Into a maildir, where no server is configured.
        Maildir = "maildir",
    }
    /// Where a delivery to a webhook stands.
    DeliveryState {
        /// Not delivered yet; it is tried until it is.
        Waiting = "waiting",
        /// Delivered.
        Delivered = "delivered",
        /// Tried in vain for too long, or to an address that is gone.
        Parked = "parked",
    }
    /// Why nothing is sent to a webhook.
    InactiveBecause {
        /// Its address answered that it no longer exists.
        Gone = "gone",
        /// Its hospital wants it so.
        ByHospital = "byHospital",
    }
    /// The two kinds of device.
    DeviceKind {
        /// The implanted sensor.
        Sensor = "sensor",
        /// The transmitter worn over it.
        Transmitter = "transmitter",
    }
    /// What an import does with its rows.
    ImportMode {
        /// Keeps each as a draft (CGM-04).
        Draft = "draft",
        /// Submits each at once (CGM-06).
        Submit = "submit",
    }
    /// Where an import stands.
    ImportState {
        /// Accepted, and not begun.
        Waiting = "waiting",
        /// Begun.
        Running = "running",
        /// At its end; every row has its outcome.
        Done = "done",
        /// At its end without having done what was asked.
        Failed = "failed",
        /// Ended by its hospital.
        Cancelled = "cancelled",
    }
    /// What became of one row of an import.
    ImportOutcome {
        /// A new draft.
        Created = "created",
        /// The draft that an earlier import of the row left has the new content.
        Changed = "changed",
        /// Validated, on its way, with its code.
        Submitted = "submitted",
        /// Imported before, as it stands here.
        Unchanged = "unchanged",
        /// Something is wrong in it.
        Faulty = "faulty",
        /// Refused as a whole, although nothing is wrong in it.
        Refused = "refused",
        /// Nothing was done with it: the import ended before, or stored nothing because of other rows.
        NotDone = "notDone",
    }
    /// Whether the night has spoken about a registration (rules.md §13, TRA-02).
    NightDecision {
        /// No counter counts it.
        NotCounted = "notCounted",
        /// A counter counts it and the night has not decided yet.
        Pending = "pending",
        /// It holds a place.
        HoldsPlace = "holdsPlace",
        /// Its counter was exceeded: it needs correction.
        Exceeded = "exceeded",
    }
    /// Why a registration code is not billable as asked (TRA-02).
    VerdictReason {
        /// No code of a member of this insurer.
        UnknownCode = "unknownCode",
        /// Validated, not yet acknowledged by Healthdata.
        Pending = "pending",
        /// Being corrected: not billable now.
        BeingCorrected = "beingCorrected",
        /// A counter was exceeded, or Healthdata refused it.
        CorrectionsNeeded = "correctionsNeeded",
        /// Deleted; the code will never serve again.
        Deleted = "deleted",
        /// Of another beneficiary.
        OtherBeneficiary = "otherBeneficiary",
        /// The nomenclature code is not the registered one.
        OtherNomenclatureCode = "otherNomenclatureCode",
        /// The date is not the registered one.
        OtherDate = "otherDate",
        /// No device is reimbursed under it.
        NothingReimbursed = "nothingReimbursed",
    }
    /// By what registrations are grouped in statistics (TRA-03).
    Dimension {
        /// The year of the event.
        Year = "year",
        /// What is registered.
        Type = "type",
        /// The reimbursed pair.
        NomenclaturePair = "nomenclaturePair",
        /// Ambulatory or hospitalised.
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{nomenclature::Counter, notices::webhook::EventType};

    /// SYS-04: a name is the same in the contract, in the database and in what is kept as JSON, and it reads back.
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
