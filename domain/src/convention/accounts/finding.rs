//! What an inspector would point out in the accounts: findings, never refusals (BIL-02, REG-11).

use serde::Serialize;
use uuid::Uuid;

use crate::{amount::Balance, names::names, rule::RuleId};

names! {
    /// What is pointed out in the accounts (BIL-02, REG-11).
    AccountFindingKind, growing {
        /// The material cost more than at most is meant for it.
        MaterialAboveCeiling = "materialAboveCeiling",
        /// Funds were spent on something else than the four purposes.
        OtherPurpose = "otherPurpose",
        /// Funds were spent on a convention that the hospital does not have.
        PurposeWithoutConvention = "purposeWithoutConvention",
    }
}

impl AccountFindingKind {
    /// The rule by which it is pointed out.
    #[must_use]
    pub const fn rule(self) -> RuleId {
        match self {
            AccountFindingKind::MaterialAboveCeiling => RuleId::Bil02,
            AccountFindingKind::OtherPurpose | AccountFindingKind::PurposeWithoutConvention => RuleId::Reg11,
        }
    }

    /// REG-11, C 19: whether the text names it as a ground for denouncing the convention.
    #[must_use]
    pub const fn is_ground_for_denunciation(self) -> bool {
        match self {
            AccountFindingKind::OtherPurpose | AccountFindingKind::PurposeWithoutConvention => true,
            AccountFindingKind::MaterialAboveCeiling => false,
        }
    }
}

/// Something that is pointed out in the accounts (BIL-02, REG-11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What.
    pub kind: AccountFindingKind,
    /// How much it is about, in EUR.
    pub amount: Balance,
    /// The entries it is about.
    pub entries: Vec<Uuid>,
}
