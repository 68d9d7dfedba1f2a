//! What an inspector would point out in the accounts: findings, never refusals (BIL-02, REG-11).

use serde::Serialize;
use utoipa::ToSchema;
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AccountFinding)]
pub struct Finding {
    /// What.
    pub kind: AccountFindingKind,
    /// The rule by which it is pointed out.
    pub rule: RuleId,
    /// Whether article 19 names it as a ground for denouncing the convention.
    pub ground_for_denunciation: bool,
    /// How much it is about, in EUR.
    pub amount: Balance,
    /// The entries it is about.
    pub entries: Vec<Uuid>,
}

impl Finding {
    /// BIL-02, REG-11: the finding of a kind.
    #[must_use]
    pub fn of(kind: AccountFindingKind, amount: Balance, entries: Vec<Uuid>) -> Finding {
        let (rule, ground_for_denunciation) = (kind.rule(), kind.is_ground_for_denunciation());
        Finding { kind, rule, ground_for_denunciation, amount, entries }
    }
}
