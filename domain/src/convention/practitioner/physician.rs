//! The physicians who treat a beneficiary beside the establishment (REG-04).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    convention::entry::{Entry, from_to},
    identifier::NihdiNumber,
    ids::BeneficiaryId,
    names::PhysicianKind,
    refusal::{Fault, Reason},
    rule::RuleId,
    span::Span,
};

/// A physician who treats a beneficiary beside the establishment (REG-04).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TreatingPhysicianEntry, example = json!({"beneficiaryId": "0198c1de-7b20-7d05-8f00-5b1f7a9e2c44",
    "from": "2026-04-01", "kind": "generalPractitioner", "name": "Dr Invented", "nihdiNumber": "10000106690"}))]
pub struct TreatingPhysician {
    /// Whom they treat: a beneficiary of the hospital.
    #[schema(value_type = Uuid)]
    pub beneficiary_id: BeneficiaryId,
    /// The first day: today or earlier.
    pub from: NaiveDate,
    /// The last day, if one is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub to: Option<NaiveDate>,
    /// General practitioner or specialist.
    pub kind: PhysicianKind,
    /// First and last name.
    #[schema(max_length = 100)]
    pub name: String,
    /// The NIHDI number, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub nihdi_number: Option<NihdiNumber>,
}

impl TreatingPhysician {
    /// The days on which they treat.
    #[must_use]
    pub fn span(&self) -> Span {
        Span { from: self.from, to: self.to }
    }
}

/// REG-04: reports go to physicians.
#[must_use]
pub fn number_fault(number: NihdiNumber) -> Option<Fault> {
    (!number.is_physician()).then(|| Fault::new("nihdiNumber", Reason::NotAPhysician, RuleId::Reg04))
}

impl Entry for TreatingPhysician {
    const RULE: RuleId = RuleId::Reg04;
    const BENEFICIARY: Option<fn(&Self) -> BeneficiaryId> = Some(|entry| entry.beneficiary_id);

    fn days(&self) -> Vec<(&'static str, NaiveDate)> {
        from_to(self.from, self.to)
    }
}
