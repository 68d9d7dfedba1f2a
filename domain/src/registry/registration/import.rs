//! What to do with a row of an import, depending on what an earlier import of the same row left (CGM-12).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Registration, State};
pub use crate::names::{ImportMode, ImportOutcome, ImportState};
use crate::{
    refusal::{Fault, Reason},
    rule::RuleId,
};

/// A fault stored with a row. Its text is written on reading, in the reader's language. It never holds a value of the
/// row (BEN-04).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptFault {
    /// The path in the row.
    pub field: String,
    /// What is wrong with it.
    pub reason: Reason,
    /// The rule that asks for it.
    pub rule: RuleId,
    /// The values for the placeholders of its text.
    pub params: BTreeMap<String, String>,
}

impl From<&Fault> for KeptFault {
    fn from(fault: &Fault) -> KeptFault {
        let params = fault.params.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        KeptFault { field: fault.field.clone(), reason: fault.reason, rule: fault.rule, params: params.collect() }
    }
}

/// The stored reason why a row was refused as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptRefusal {
    /// The problem code that the single operation would have answered with.
    pub code: String,
    /// The rule that refuses.
    pub rule: Option<RuleId>,
    /// The values for the placeholders of its text.
    pub params: BTreeMap<String, String>,
}

/// What an earlier import of the row left. The row's own reference identifies it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EarlierImport {
    /// The version in which it left the registration.
    pub version: i32,
    /// Whether the row has the same content now.
    pub same: bool,
}

/// What to do with the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Create the registration.
    Create,
    /// Save the new content in the draft.
    Save,
    /// Submit the draft unchanged.
    Submit,
    /// Do nothing.
    Nothing,
    /// Refuse the row: the registration has changed since the import left it.
    Conflict,
}

/// CGM-04, CGM-12, SYS-03: importing a row twice is idempotent. An unchanged row changes nothing, whatever happened to
/// the registration since; but if it is now to be submitted and its draft is untouched, it is submitted. A changed row
/// changes its draft only if that is untouched.
///
/// `present` is the current registration, if the caller may see it.
pub fn step(left: Option<EarlierImport>, present: Option<&Registration>, mode: ImportMode) -> Step {
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

    /// CGM-12, SYS-03: only an untouched draft is changed again, and only if the row has new content or is now to be
    /// submitted.
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
        let left = left.map(|(version, same)| EarlierImport { version, same });
        let present = present.map(|(version, open)| registration(version, open));
        assert_eq!(step(left, present.as_ref(), mode), expected);
    }
}
