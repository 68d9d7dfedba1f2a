//! What the funds of the convention are used for (REG-11, C 19).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    entry::{Content, KeptEntry, Purpose},
    finding::{AccountFindingKind, Finding},
    sum::{OfConvention, Sum},
};
use crate::{
    amount::Balance,
    convention::term::Term,
    names::{ConventionKind, names},
    refusal::{Fault, Reason},
    rule::RuleId,
    span::Span,
};

names! {
    /// A convention that funds of the pump convention may serve and that INAMI does not enter here (REG-11, C 19).
    OtherConventionKind {
        /// Self-management of children and adolescents.
        ChildrensSelfManagement = "childrensSelfManagement",
        /// Advanced or expensive technologies for patients with diabetes.
        AdvancedTechnologies = "advancedTechnologies",
    }
}

/// Such a convention of the hospital, as the establishment states it (REG-11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OtherConvention {
    /// Which.
    pub kind: OtherConventionKind,
    /// The days on which it is in force.
    pub span: Span,
}

/// REG-11: every fault of the list of other conventions: one that ends before it begins, two of a kind at once.
#[must_use]
pub fn list_faults(stated: &[OtherConvention]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (index, one) in stated.iter().enumerate() {
        let under = format!("otherConventions[{index}]");
        faults.extend(one.span.end_fault("to", RuleId::Reg11).map(|fault| fault.under(&under)));
        if stated[..index].iter().any(|other| other.kind == one.kind && other.span.overlaps(one.span)) {
            faults.push(Fault::new(under, Reason::OverlapsAnother, RuleId::Reg11));
        }
    }
    faults
}

/// REG-11, C 19: the conventions that the hospital has beside the pump convention: self-management, which INAMI enters,
/// and those that the establishment states.
#[must_use]
pub fn held(terms: &[Term], stated: &[OtherConvention]) -> Vec<HeldConvention> {
    let managed = terms.iter().filter(|term| term.kind() == ConventionKind::SelfManagement);
    let managed = managed.map(|term| HeldConvention { purpose: Purpose::SelfManagement, days: term.span() });
    let others = stated.iter().map(|one| {
        let purpose = match one.kind {
            OtherConventionKind::ChildrensSelfManagement => Purpose::ChildrensSelfManagement,
            OtherConventionKind::AdvancedTechnologies => Purpose::AdvancedTechnologies,
        };
        HeldConvention { purpose, days: one.span }
    });
    managed.chain(others).collect()
}

/// A convention that the hospital has beside the pump convention, and when (REG-11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldConvention {
    /// The purpose that it is.
    pub purpose: Purpose,
    /// The days on which it is in force.
    pub days: Span,
}

/// What was spent on a purpose (REG-11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SpentOnPurpose)]
pub struct SpentOn {
    /// The purpose.
    pub purpose: Purpose,
    /// How much, and in which entries.
    #[serde(flatten)]
    #[schema(inline)]
    pub sum: Sum,
}

/// The funds of a year and their use (REG-11, C 19).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AccountFunds)]
pub struct Funds {
    /// What was invoiced to insurers, in EUR.
    pub income: Balance,
    /// The rebates for the pump material, tied ones included: part of the funds, in EUR.
    pub rebates: Balance,
    /// The pump material bought, in EUR.
    pub purchases: Balance,
    /// What the team cost, as far as it works under the pump convention, in EUR.
    pub salaries: Balance,
    /// What else was spent, by purpose.
    pub spending: Vec<SpentOn>,
    /// What is left of the funds, in EUR; negative when more was spent.
    pub left: Balance,
}

impl Funds {
    /// REG-11: the funds are the income and all rebates for the pump material.
    pub(super) fn of(income: Balance, pump: &OfConvention, entries: &[&KeptEntry]) -> Funds {
        let mut by_purpose: BTreeMap<Purpose, Sum> = BTreeMap::new();
        for KeptEntry { id, entry } in entries {
            if let Content::Spending { purpose, amount } = &entry.content {
                by_purpose.entry(*purpose).or_default().add(amount.clone().into(), *id);
            }
        }
        let spending: Vec<SpentOn> = by_purpose.into_iter().map(|(purpose, sum)| SpentOn { purpose, sum }).collect();
        let (purchases, salaries) = (pump.purchases.amount.clone(), pump.salaries.amount.clone());
        let spent: Balance = spending.iter().map(|one| one.sum.amount.clone()).sum();
        let rebates = pump.rebates();
        let left = income.clone() + rebates.clone() - purchases.clone() - salaries.clone() - spent;
        Funds { income, rebates, purchases, salaries, spending, left }
    }
}

/// REG-11, R-13: the spending on another purpose, or on a convention that the hospital does not have on that day, entry
/// by entry. The article names the three other conventions under the same condition, so it is asked of each.
#[must_use]
pub(super) fn findings(entries: &[&KeptEntry], held: &[HeldConvention]) -> Vec<Finding> {
    let found = entries.iter().filter_map(|KeptEntry { id, entry }| {
        let Content::Spending { purpose, amount } = &entry.content else { return None };
        let is_held = held.iter().any(|one| one.purpose == *purpose && one.days.holds(entry.day));
        let kind = match purpose {
            Purpose::Pump => None,
            Purpose::Other => Some(AccountFindingKind::OtherPurpose),
            Purpose::SelfManagement | Purpose::ChildrensSelfManagement | Purpose::AdvancedTechnologies => {
                (!is_held).then_some(AccountFindingKind::PurposeWithoutConvention)
            }
        };
        kind.map(|kind| Finding::of(kind, amount.clone().into(), vec![*id]))
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{
        super::{entry::tests::kept, statement::tests::accounts, statement::tests::entries},
        *,
    };
    use crate::{convention::term::tests::term, refusal::tests::described, span::tests::span};

    /// REG-11, C 19: another purpose is accepted and pointed out as a ground for denunciation; so is a convention that
    /// the hospital does not have on that day.
    #[test]
    fn r_13_use_of_funds() {
        let spent = |id, on: &str, purpose: &str| {
            kept(id, on, json!({"kind": "spending", "purpose": purpose, "amount": "12000.00", "note": "Renovation"}))
        };
        let all = [
            spent(1, "2026-05-06", "other"),
            spent(2, "2026-05-06", "pump"),
            spent(3, "2026-05-06", "selfManagement"),
            spent(4, "2026-05-06", "advancedTechnologies"),
            spent(5, "2026-06-01", "advancedTechnologies"),
            spent(6, "2026-05-06", "childrensSelfManagement"),
        ];
        let advanced = stated(OtherConventionKind::AdvancedTechnologies, "2026-06-01/");
        let conventions = held(&[term("7.40.001.01", "2015-01-01/"), term("7.86.501.72", "2021-01-01/")], &[advanced]);
        let found = findings(&all.iter().collect::<Vec<_>>(), &conventions);
        let told: Vec<_> = found.iter().map(|one| format!("{} {}", one.kind, one.entries[0].as_u128())).collect();
        assert_eq!(told, ["otherPurpose 1", "purposeWithoutConvention 4", "purposeWithoutConvention 6"]);
        assert!(found.iter().all(|one| one.kind.is_ground_for_denunciation() && one.kind.rule().id() == "REG-11"));
        assert_eq!(found[0].amount.to_string(), "12000.00");
        assert!(found.iter().all(|one| one.ground_for_denunciation && one.rule == one.kind.rule()));
    }

    fn stated(kind: OtherConventionKind, days: &str) -> OtherConvention {
        OtherConvention { kind, span: span(days) }
    }

    /// REG-11: of each kind the hospital has one convention at a time, which does not end before it begins.
    #[test]
    fn one_convention_of_a_kind_at_a_time() {
        use OtherConventionKind::{AdvancedTechnologies as Advanced, ChildrensSelfManagement as Children};
        let list = [
            stated(Advanced, "2021-01-01/2026-05-31"),
            stated(Children, "2021-01-01/"),
            stated(Advanced, "2026-06-01/"),
            stated(Advanced, "2026-05-31/2026-05-30"),
            stated(Children, "2027-01-01/"),
        ];
        let told: Vec<String> = list_faults(&list).iter().map(described).collect();
        assert_eq!(told[0], "REG-11 otherConventions[3].to outOfRange min=2026-05-31 max=9999-12-31");
        assert_eq!(told.last().unwrap(), "REG-11 otherConventions[4] overlapsAnother");
        assert_eq!(list_faults(&list[..3]), []);
    }

    /// REG-11, REG-08: rebates, tied ones included, are part of the funds.
    #[test]
    fn r_13_rebates_are_part_of_the_funds() {
        let spent = kept(20, "2026-05-06", json!({"kind": "spending", "purpose": "other", "amount": "12000.00"}));
        let found = accounts(&[entries("298400.00"), vec![spent]].concat());
        let Funds { income, rebates, purchases, salaries, spending, left } = &found.funds;
        let told = [income, rebates, purchases, salaries, &spending[0].sum.amount, left].map(Balance::to_string);
        assert_eq!(told, ["376370.00", "11400.00", "298400.00", "45000.00", "12000.00", "32370.00"]);
        assert_eq!(found.findings[0].kind, AccountFindingKind::OtherPurpose);
    }
}
