//! What is entered in the accounts (REG-08, REG-11, C 17, C 19).

use std::ops::RangeInclusive;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    amount::Amount,
    names::{ConventionKind, names},
    refusal::{Fault, Reason},
    rule::RuleId,
    text::text_reason,
};

/// REG-08: how many units one entry of free goods may hold.
pub const QUANTITIES: RangeInclusive<i64> = 1..=1_000_000;
/// The longest name of goods, unit, firm or reference, in characters.
pub const MAX_NAME: usize = 100;
/// The longest explanation, in characters.
pub const MAX_WORDS: usize = 2000;

names! {
    /// To what a firm tied a rebate (REG-08, C 17).
    RebateTie {
        /// The purchase of the material itself.
        Direct = "direct",
        /// The purchase of other products of the firm, tied to how much of the material was bought.
        OtherProducts = "otherProducts",
    }
    /// What funds of the pump convention are spent on (REG-11, C 19).
    Purpose as "FundPurpose" {
        /// The pump convention.
        Pump = "pump",
        /// The self-management convention.
        SelfManagement = "selfManagement",
        /// The self-management convention of children and adolescents.
        ChildrensSelfManagement = "childrensSelfManagement",
        /// The convention on advanced or expensive technologies.
        AdvancedTechnologies = "advancedTechnologies",
        /// Something else: accepted, and pointed out as a ground for denunciation.
        Other = "other",
    }
}

/// What an entry of the accounts is (REG-08, REG-11). Material and staff of the two conventions are kept apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Content {
    /// An invoice for material.
    Purchase {
        /// For which convention.
        convention: ConventionKind,
        /// What was paid, in EUR.
        amount: Amount,
    },
    /// A reduction of price or a rebate that a firm gave.
    Rebate {
        /// For the material of which convention.
        convention: ConventionKind,
        /// To what it is tied.
        tie: RebateTie,
        /// How much it is, in EUR.
        amount: Amount,
    },
    /// Material that a firm gave for free.
    FreeGoods {
        /// For which convention.
        convention: ConventionKind,
        /// What it is.
        goods: String,
        /// In what it is counted: boxes, pieces.
        unit: String,
        /// How much of it.
        quantity: i64,
    },
    /// What the team costs, as far as it works under a convention.
    Salary {
        /// Under which convention.
        convention: ConventionKind,
        /// The member, when the entry is of one.
        #[serde(skip_serializing_if = "Option::is_none")]
        member: Option<Uuid>,
        /// The cost, in EUR.
        amount: Amount,
    },
    /// Funds that were spent on something else than material and staff.
    Spending {
        /// On what.
        purpose: Purpose,
        /// How much, in EUR.
        amount: Amount,
    },
}

/// An entry of the accounts (REG-08, REG-11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountEntry {
    /// The day that puts it into its year: of the invoice, rebate, delivery or payment.
    pub day: NaiveDate,
    /// What it is.
    #[serde(flatten)]
    pub content: Content,
    /// The firm, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub firm: Option<String>,
    /// The number of the invoice or of another document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// More in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// An entry under its identifier, by which figures refer to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptEntry {
    /// Its identifier.
    pub id: Uuid,
    /// The entry.
    pub entry: AccountEntry,
}

impl AccountEntry {
    /// The rule that asks for the entry.
    #[must_use]
    pub const fn rule(&self) -> RuleId {
        match self.content {
            Content::Spending { .. } => RuleId::Reg11,
            Content::Purchase { .. } | Content::Rebate { .. } | Content::FreeGoods { .. } | Content::Salary { .. } => {
                RuleId::Reg08
            }
        }
    }

    /// Its amount in EUR; free goods have a quantity instead.
    #[must_use]
    pub const fn amount(&self) -> Option<&Amount> {
        match &self.content {
            Content::Purchase { amount, .. }
            | Content::Rebate { amount, .. }
            | Content::Salary { amount, .. }
            | Content::Spending { amount, .. } => Some(amount),
            Content::FreeGoods { .. } => None,
        }
    }

    /// REG-08, REG-11: every fault of the entry. A purpose beside the four is none: it is accepted and pointed out.
    #[must_use]
    pub fn faults(&self, today: NaiveDate) -> Vec<Fault> {
        let fault = |field, reason| Fault::new(field, reason, self.rule());
        let mut faults = Vec::new();
        if self.day > today {
            faults.push(fault("day", Reason::InFuture));
        }
        if self.amount().is_some_and(|amount| *amount == Amount::default()) {
            faults.push(fault("amount", Reason::OutOfRange).with("min", "0.01").with("max", "999999999.99"));
        }
        if let Content::FreeGoods { goods, unit, quantity, .. } = &self.content {
            let texts = [("goods", goods), ("unit", unit)];
            faults
                .extend(texts.into_iter().filter_map(|(field, text)| text_fault(field, text, MAX_NAME, RuleId::Reg08)));
            if !QUANTITIES.contains(quantity) {
                let fault = fault("quantity", Reason::OutOfRange);
                faults.push(fault.with("min", QUANTITIES.start()).with("max", QUANTITIES.end()));
            }
        }
        let stated =
            [("firm", &self.firm, MAX_NAME), ("reference", &self.reference, MAX_NAME), ("text", &self.text, MAX_WORDS)];
        for (field, text, max) in stated {
            faults.extend(text.as_ref().and_then(|text| text_fault(field, text, max, self.rule())));
        }
        faults
    }
}

fn text_fault(field: &str, text: &str, max: usize, rule: RuleId) -> Option<Fault> {
    let fault = Fault::new(field, text_reason(text, max)?, rule);
    Some(if fault.reason == Reason::TooLong { fault.with("max", max) } else { fault })
}

#[cfg(test)]
pub(super) mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::{refusal::tests::described, span::tests::day};

    /// An entry of the accounts, read from JSON, under an identifier.
    pub(crate) fn kept(id: u128, on: &str, entry: serde_json::Value) -> KeptEntry {
        let mut entry = entry;
        entry["day"] = json!(on);
        KeptEntry { id: Uuid::from_u128(id), entry: serde_json::from_value(entry).unwrap() }
    }

    fn faults(entry: serde_json::Value) -> Vec<String> {
        kept(1, "2026-05-06", entry).entry.faults(day("2026-05-06")).iter().map(described).collect()
    }

    /// REG-08, REG-11: every entry is read from JSON, written as it was read, and has no fault when it is complete.
    #[rstest]
    #[case(json!({"kind": "purchase", "convention": "pump", "amount": "29.00", "firm": "F", "reference": "26/117"}))]
    #[case(json!({"kind": "rebate", "convention": "pump", "tie": "otherProducts", "amount": "2400.00"}))]
    #[case(json!({"kind": "freeGoods", "convention": "pump", "goods": "strips", "unit": "box", "quantity": 40}))]
    #[case(json!({"kind": "salary", "convention": "pump", "amount": "40000.00"}))]
    #[case(json!({"kind": "spending", "purpose": "other", "amount": "12000.00", "text": "Entrance hall"}))]
    fn a_complete_entry_has_no_fault(#[case] entry: serde_json::Value) {
        assert_eq!(faults(entry.clone()), Vec::<String>::new());
        let read = kept(1, "2026-05-06", entry.clone()).entry;
        let mut written = serde_json::to_value(read).unwrap();
        assert_eq!(written.as_object_mut().unwrap().remove("day"), Some(json!("2026-05-06")));
        assert_eq!(written, entry);
    }

    /// REG-08, REG-11, SYS-04: all faults of an entry come at once.
    #[test]
    fn every_fault_of_an_entry_is_found() {
        let nothing = json!({"kind": "freeGoods", "convention": "pump", "goods": " ", "unit": "x".repeat(101),
            "quantity": 0, "firm": ""});
        assert_eq!(
            faults(nothing),
            [
                "REG-08 goods empty",
                "REG-08 unit tooLong max=100",
                "REG-08 quantity outOfRange min=1 max=1000000",
                "REG-08 firm empty",
            ]
        );
        let free = json!({"kind": "spending", "purpose": "pump", "amount": "0.00"});
        assert_eq!(faults(free), ["REG-11 amount outOfRange min=0.01 max=999999999.99"]);
        let late = kept(1, "2026-05-07", json!({"kind": "salary", "convention": "pump", "amount": "1.00"}));
        let found: Vec<_> = late.entry.faults(day("2026-05-06")).iter().map(described).collect();
        assert_eq!(found, ["REG-08 day inFuture"]);
    }
}
