//! What is entered in the accounts (REG-08, REG-11, C 17, C 19).

use std::{borrow::Cow, ops::RangeInclusive};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};
use uuid::Uuid;

use crate::{
    amount::Amount,
    convention::{entry::Entry, staffing::Member},
    ids::BeneficiaryId,
    names::{ConventionKind, names},
    refusal::{Fault, Reason},
    rule::RuleId,
};

/// REG-08: how many units one entry of free goods may hold.
pub const QUANTITIES: RangeInclusive<i64> = 1..=1_000_000;
/// REG-08: the longest name of goods, unit, firm or reference, in characters.
pub const MAX_NAME: usize = 100;
/// REG-08: the longest explanation, in characters.
pub const MAX_WORDS: usize = 2000;

names! {
    /// What is entered in the accounts (REG-08, REG-11).
    AccountEntryKind {
        /// An invoice for material.
        Purchase = "purchase",
        /// A reduction of price or a rebate that a firm gave.
        Rebate = "rebate",
        /// Material that a firm gave for free.
        FreeGoods = "freeGoods",
        /// What the team costs, as far as it works under a convention.
        Salary = "salary",
        /// Funds that were spent on something else than material and staff.
        Spending = "spending",
    }
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
        team_member_id: Option<Uuid>,
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
    pub document_number: Option<String>,
    /// More in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// An entry of the accounts as the contract describes it: which members it has depends on its kind (REG-08, REG-11).
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"day": "2026-05-06", "kind": "purchase",
    "convention": "pump", "amount": "1250.00", "firm": "Invented Devices", "documentNumber": "26/117", "note": "Catheters of April."}))]
#[expect(dead_code, reason = "only its schema is read")]
struct Described {
    /// The day that puts it into its year: of the invoice, rebate, delivery or payment; today or earlier.
    day: NaiveDate,
    /// What it is.
    kind: AccountEntryKind,
    /// For which convention; mandatory for all kinds but `spending`, which has none.
    #[schema(nullable = false)]
    convention: Option<ConventionKind>,
    /// How much, in EUR, more than 0; mandatory for all kinds but `freeGoods`, which has none.
    #[schema(nullable = false)]
    amount: Option<Amount>,
    /// To what a rebate is tied; mandatory for `rebate`.
    #[schema(nullable = false)]
    tie: Option<RebateTie>,
    /// What was given for free; mandatory for `freeGoods`.
    #[schema(nullable = false, max_length = 100)]
    goods: Option<String>,
    /// In what it is counted, such as boxes or pieces; mandatory for `freeGoods`.
    #[schema(nullable = false, max_length = 100)]
    unit: Option<String>,
    /// How much of it was given for free; mandatory for `freeGoods`.
    #[schema(nullable = false, minimum = 1, maximum = 1_000_000)]
    quantity: Option<i64>,
    /// The member of the team, when a `salary` is of one.
    #[schema(nullable = false)]
    team_member_id: Option<Uuid>,
    /// On what funds were spent; mandatory for `spending`. Another purpose than the four is accepted and pointed out.
    #[schema(nullable = false)]
    purpose: Option<Purpose>,
    /// The firm, where there is one.
    #[schema(nullable = false, max_length = 100)]
    firm: Option<String>,
    /// The number of the invoice or of another document.
    #[schema(nullable = false, max_length = 100)]
    document_number: Option<String>,
    /// More in words. Never a national number.
    #[schema(nullable = false, max_length = 2000)]
    note: Option<String>,
}

impl PartialSchema for AccountEntry {
    fn schema() -> RefOr<Schema> {
        Described::schema()
    }
}

impl ToSchema for AccountEntry {
    fn name() -> Cow<'static, str> {
        "AccountEntryEntry".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        Described::schemas(schemas);
    }
}

/// An entry under its identifier, by which figures refer to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptEntry {
    /// Its identifier.
    pub id: Uuid,
    /// The entry.
    pub entry: AccountEntry,
}

impl Entry for AccountEntry {
    const RULE: RuleId = RuleId::Reg08;
    const BENEFICIARY: Option<fn(&Self) -> BeneficiaryId> = None;

    fn days(&self) -> Vec<(&'static str, NaiveDate)> {
        vec![("day", self.day)]
    }
}

impl AccountEntryKind {
    /// The rule that asks for entries of this kind.
    #[must_use]
    pub const fn rule(self) -> RuleId {
        match self {
            AccountEntryKind::Spending => RuleId::Reg11,
            AccountEntryKind::Purchase
            | AccountEntryKind::Rebate
            | AccountEntryKind::FreeGoods
            | AccountEntryKind::Salary => RuleId::Reg08,
        }
    }
}

/// What is stated of an entry, whatever its kind (REG-08, REG-11).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts {
    /// The convention.
    pub convention: Option<ConventionKind>,
    /// The amount, in EUR.
    pub amount: Option<Amount>,
    /// To what a rebate is tied.
    pub tie: Option<RebateTie>,
    /// What was given for free.
    pub goods: Option<String>,
    /// In what it is counted.
    pub unit: Option<String>,
    /// How much of it.
    pub quantity: Option<i64>,
    /// A member of the team.
    pub team_member_id: Option<Uuid>,
    /// On what funds were spent.
    pub purpose: Option<Purpose>,
}

impl Parts {
    /// REG-08, REG-11: the content of that kind, from exactly the parts that it has.
    ///
    /// # Errors
    /// A part that the kind asks for is missing; another one is there; the amount is 0.
    pub fn content(self, kind: AccountEntryKind) -> Result<Content, Vec<Fault>> {
        let Parts { convention, amount, tie, goods, unit, quantity, team_member_id, purpose } = self;
        let (rule, mut faults) = (kind.rule(), Vec::new());
        let (is_spending, is_free) = (kind == AccountEntryKind::Spending, kind == AccountEntryKind::FreeGoods);
        let (is_rebate, is_salary) = (kind == AccountEntryKind::Rebate, kind == AccountEntryKind::Salary);
        for (field, is_there, is_asked) in [
            ("convention", convention.is_some(), !is_spending),
            ("amount", amount.is_some(), !is_free),
            ("tie", tie.is_some(), is_rebate),
            ("goods", goods.is_some(), is_free),
            ("unit", unit.is_some(), is_free),
            ("quantity", quantity.is_some(), is_free),
            ("purpose", purpose.is_some(), is_spending),
            ("teamMemberId", team_member_id.is_some(), is_salary && team_member_id.is_some()),
        ] {
            match (is_there, is_asked) {
                (false, true) => faults.push(Fault::new(field, Reason::Required, rule)),
                (true, false) => faults.push(Fault::new(field, Reason::UnknownField, rule)),
                _ => {}
            }
        }
        if amount.as_ref().is_some_and(|amount| *amount == Amount::default()) {
            let fault = Fault::new("amount", Reason::OutOfRange, rule);
            faults.push(fault.with("min", "0.01").with("max", "999999999.99"));
        }
        let content = match (kind, convention, amount) {
            (AccountEntryKind::Purchase, Some(convention), Some(amount)) => {
                Some(Content::Purchase { convention, amount })
            }
            (AccountEntryKind::Rebate, Some(convention), Some(amount)) => {
                tie.map(|tie| Content::Rebate { convention, tie, amount })
            }
            (AccountEntryKind::Salary, Some(convention), Some(amount)) => {
                Some(Content::Salary { convention, team_member_id, amount })
            }
            (AccountEntryKind::Spending, _, Some(amount)) => {
                purpose.map(|purpose| Content::Spending { purpose, amount })
            }
            (AccountEntryKind::FreeGoods, Some(convention), _) => match (goods, unit, quantity) {
                (Some(goods), Some(unit), Some(quantity)) => {
                    Some(Content::FreeGoods { convention, goods, unit, quantity })
                }
                _ => None,
            },
            _ => None,
        };
        content.filter(|_| faults.is_empty()).ok_or(faults)
    }
}

impl AccountEntry {
    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> AccountEntryKind {
        match self.content {
            Content::Purchase { .. } => AccountEntryKind::Purchase,
            Content::Rebate { .. } => AccountEntryKind::Rebate,
            Content::FreeGoods { .. } => AccountEntryKind::FreeGoods,
            Content::Salary { .. } => AccountEntryKind::Salary,
            Content::Spending { .. } => AccountEntryKind::Spending,
        }
    }

    /// REG-08: the fault of a salary of somebody who is not in the team register.
    #[must_use]
    pub fn stranger(&self, team: &[Member]) -> Option<Fault> {
        let Content::Salary { team_member_id: Some(paid), .. } = &self.content else { return None };
        let is_known = team.iter().any(|member| member.id == *paid);
        (!is_known).then(|| Fault::new("teamMemberId", Reason::MemberNotFound, RuleId::Reg08))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::{convention::staffing::team::tests::member, names::Qualification, refusal::tests::described};

    /// An entry of the accounts, read from JSON, under an identifier.
    pub(crate) fn kept(id: u128, on: &str, entry: serde_json::Value) -> KeptEntry {
        let mut entry = entry;
        entry["day"] = json!(on);
        KeptEntry { id: Uuid::from_u128(id), entry: serde_json::from_value(entry).unwrap() }
    }

    /// REG-08, REG-11: every kind of entry is read from JSON and written as it was read.
    #[rstest]
    #[case(json!({"kind": "purchase", "convention": "pump", "amount": "29.00", "firm": "F"}))]
    #[case(json!({"kind": "rebate", "convention": "pump", "tie": "otherProducts", "amount": "2400.00"}))]
    #[case(json!({"kind": "freeGoods", "convention": "pump", "goods": "strips", "unit": "box", "quantity": 40}))]
    #[case(json!({"kind": "salary", "convention": "pump", "amount": "40000.00"}))]
    #[case(json!({"kind": "spending", "purpose": "other", "amount": "12000.00", "note": "Entrance hall"}))]
    fn an_entry_is_written_as_it_was_read(#[case] entry: serde_json::Value) {
        let read = kept(1, "2026-05-06", entry.clone()).entry;
        assert_eq!(read.kind().name(), entry["kind"]);
        let mut written = serde_json::to_value(read).unwrap();
        assert_eq!(written.as_object_mut().unwrap().remove("day"), Some(json!("2026-05-06")));
        assert_eq!(written, entry);
    }

    fn all() -> Parts {
        Parts {
            convention: Some(ConventionKind::Pump),
            amount: Some("1.00".parse().unwrap()),
            tie: Some(RebateTie::Direct),
            goods: Some("strips".to_owned()),
            unit: Some("box".to_owned()),
            quantity: Some(40),
            team_member_id: Some(Uuid::from_u128(7)),
            purpose: Some(Purpose::Other),
        }
    }

    /// REG-08, REG-11, SYS-04: each kind has its own parts; every one that is missing and every other one is told at
    /// once, by the rule that asks for the entry.
    #[rstest]
    #[case("purchase", "REG-08", "convention amount", "tie goods unit quantity purpose teamMemberId")]
    #[case("rebate", "REG-08", "convention amount tie", "goods unit quantity purpose teamMemberId")]
    #[case("freeGoods", "REG-08", "convention goods unit quantity", "amount tie purpose teamMemberId")]
    #[case("salary", "REG-08", "convention amount", "tie goods unit quantity purpose")]
    #[case("spending", "REG-11", "amount purpose", "convention tie goods unit quantity teamMemberId")]
    fn each_kind_has_its_parts(#[case] kind: &str, #[case] rule: &str, #[case] asked: &str, #[case] other: &str) {
        let kind = AccountEntryKind::from_name(kind).unwrap();
        let told = |parts: Parts| -> Vec<String> {
            parts.content(kind).err().unwrap_or_default().iter().map(described).collect()
        };
        let each = |fields: &str, reason: &str| -> Vec<String> {
            fields.split(' ').map(|field| format!("{rule} {field} {reason}")).collect()
        };
        assert_eq!(told(Parts::default()), each(asked, "required"));
        assert_eq!(told(all()), each(other, "unknownField"));
    }

    /// REG-08: an amount is more than 0.
    #[test]
    fn nothing_is_no_amount() {
        let parts = Parts { purpose: all().purpose, amount: Some(Amount::default()), ..Parts::default() };
        let faults = parts.content(AccountEntryKind::Spending).unwrap_err();
        assert_eq!(
            faults.iter().map(described).collect::<Vec<_>>(),
            ["REG-11 amount outOfRange min=0.01 max=999999999.99"]
        );
    }

    /// REG-08: a salary names a member of the team, or nobody.
    #[test]
    fn a_salary_is_of_a_member() {
        let salary = |of: Option<u128>| {
            let mut entry = json!({"kind": "salary", "convention": "pump", "amount": "1.00"});
            if let Some(of) = of {
                entry["teamMemberId"] = json!(Uuid::from_u128(of));
            }
            kept(1, "2026-05-06", entry).entry.stranger(&[member(7, Qualification::DiabetesNurse, vec![])])
        };
        assert_eq!((salary(None), salary(Some(7))), (None, None));
        assert_eq!(salary(Some(8)).as_ref().map(described).as_deref(), Some("REG-08 teamMemberId memberNotFound"));
    }
}
