//! What to do with a row of an import: decided by what an earlier import of the same row left (CGM-12).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Registration, State};
pub use crate::names::{ImportMode, ImportOutcome, ImportState};
use crate::{
    refusal::{Fault, Reason},
    rule::RuleId,
};

/// A fault as it is kept with a row: its text is written when it is read, in the reader's language. Never a value of
/// the row (BEN-04).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptFault {
    /// Where in the row.
    pub field: String,
    /// What is wrong.
    pub reason: Reason,
    /// The rule that asks for it.
    pub rule: RuleId,
    /// The values of its text.
    pub params: BTreeMap<String, String>,
}

impl From<&Fault> for KeptFault {
    fn from(fault: &Fault) -> KeptFault {
        let params = fault.params.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        KeptFault { field: fault.field.clone(), reason: fault.reason, rule: fault.rule, params: params.collect() }
    }
}

/// Why a row was refused as a whole, as it is kept with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptRefusal {
    /// The code of the problem that the single operation would have answered.
    pub code: String,
    /// The rule that refuses.
    pub rule: Option<RuleId>,
    /// The values of its text.
    pub params: BTreeMap<String, String>,
}

/// What an earlier import of the row left, by the row's own reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// The version of its registration then.
    pub version: i32,
    /// Whether the row says now what it said then.
    pub same: bool,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Make the registration.
    Create,
    /// Save the draft anew.
    Save,
    /// Submit the draft as it stands.
    Submit,
    /// Nothing.
    Nothing,
    /// Refuse it: what the row would change is no longer what the import left.
    Conflict,
}

/// CGM-04, CGM-12, SYS-03: the same row twice is one registration. One that says the same changes nothing, whatever became
/// of the registration since, unless it is to be submitted now and still is the draft the import left. One that says
/// something else changes that draft, and nothing but it.
///
/// `present` is the registration as it stands, if the caller may see it.
pub fn step(left: Option<Left>, present: Option<&Registration>, mode: ImportMode) -> Step {
    let Some(left) = left else { return Step::Create };
    let Some(present) = present else { return Step::Conflict };
    let untouched = present.version == left.version && matches!(present.state, State::Open { .. });
    match (left.same, untouched, mode) {
        (true, true, ImportMode::Submit) => Step::Submit,
        (true, ..) => Step::Nothing,
        (false, true, _) => Step::Save,
        (false, false, _) => Step::Conflict,
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use rstest::rstest;
    use serde_json::Map;
    use uuid::Uuid;

    use super::*;
    use crate::{
        ids::RegistrationId,
        registry::registration::{RegistrationType, Validation},
    };

    fn registration(version: i32, open: bool) -> Registration {
        let validation = Validation { at: DateTime::UNIX_EPOCH, number: 1 };
        Registration {
            id: RegistrationId(Uuid::nil()),
            hospital: "71000436".to_owned(),
            registration_type: RegistrationType::FollowUp,
            beneficiary: None,
            author: "p".to_owned(),
            version,
            dictionary_version: 1,
            content: Map::new(),
            code: None,
            state: if open {
                State::Open { validation: None, corrections: None }
            } else {
                State::Sending { validation }
            },
            place: None,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        }
    }

    /// CGM-12, SYS-03: only the draft that the import left is touched again, and only when the row says something new or
    /// asks for more.
    #[rstest]
    #[case(None, None, ImportMode::Submit, Step::Create)]
    #[case(Some((1, true)), Some((1, true)), ImportMode::Draft, Step::Nothing)]
    #[case(Some((1, true)), Some((1, true)), ImportMode::Submit, Step::Submit)]
    #[case(Some((1, true)), Some((2, true)), ImportMode::Submit, Step::Nothing)]
    #[case(Some((2, true)), Some((2, false)), ImportMode::Submit, Step::Nothing)]
    #[case(Some((2, true)), Some((5, false)), ImportMode::Draft, Step::Nothing)]
    #[case(Some((1, false)), Some((1, true)), ImportMode::Draft, Step::Save)]
    #[case(Some((1, false)), Some((1, true)), ImportMode::Submit, Step::Save)]
    #[case(Some((1, false)), Some((2, true)), ImportMode::Draft, Step::Conflict)]
    #[case(Some((2, false)), Some((2, false)), ImportMode::Submit, Step::Conflict)]
    #[case(Some((1, true)), None, ImportMode::Draft, Step::Conflict)]
    #[case(Some((1, false)), None, ImportMode::Draft, Step::Conflict)]
    fn only_the_draft_that_the_import_left_is_touched(
        #[case] left: Option<(i32, bool)>,
        #[case] present: Option<(i32, bool)>,
        #[case] mode: ImportMode,
        #[case] expected: Step,
    ) {
        let left = left.map(|(version, same)| Left { version, same });
        let present = present.map(|(version, open)| registration(version, open));
        assert_eq!(step(left, present.as_ref(), mode), expected);
    }
}
