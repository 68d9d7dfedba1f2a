//! The accounts of a year in figures, each of which opens to its entries (REG-08, BIL-02, C 10 §2, C 17).

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

pub use super::sum::{Goods, OfConvention, Sum};
use super::{
    entry::{Content, KeptEntry, RebateTie},
    finding::{AccountFindingKind, Finding},
    funds::{self, Funds, HeldConvention},
};
use crate::{
    amount::{Amount, Balance},
    convention::tariff::{self, Tariff},
    names::ConventionKind,
};

/// A line that was invoiced to an insurer, or the credit of one (REG-08). A line lies within one month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoicedDays {
    /// The line.
    pub id: Uuid,
    /// Its first day.
    pub from: NaiveDate,
    /// The number of its days.
    pub days: i64,
    /// The price of each, in EUR.
    pub price: Amount,
    /// Whether it is a credit.
    pub is_credit: bool,
}

/// What was invoiced at one price, credits taken off (REG-08).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AccountIncome)]
pub struct Income {
    /// The price of a day, in EUR.
    pub price: Amount,
    /// The number of days.
    pub days: i64,
    /// The days times the price, and the lines and credits.
    #[serde(flatten)]
    #[schema(inline)]
    pub sum: Sum,
}

/// The part of the ceiling that has one fixed part (BIL-02).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = MaterialCeilingPart)]
pub struct CeilingPart {
    /// What of the price of a day is meant for material at most, in EUR: the part that is not indexed.
    pub fixed: Amount,
    /// The days of programme, of all beneficiaries together.
    pub days: i64,
    /// The days times that part, in EUR.
    pub amount: Amount,
}

/// What the material may cost at most (BIL-02, C 10 §2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = MaterialCeiling)]
pub struct Ceiling {
    /// By fixed part.
    pub parts: Vec<CeilingPart>,
    /// Their sum, in EUR.
    pub amount: Amount,
    /// What is left of it, in EUR; negative when the material cost more.
    pub left: Balance,
}

/// The accounts of a year (REG-08).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Accounts {
    /// The calendar year.
    pub year: i32,
    /// What was invoiced to insurers for days of that year, by price.
    pub income: Vec<Income>,
    /// Its sum, in EUR.
    pub income_total: Balance,
    /// The pump convention.
    pub pump: OfConvention,
    /// The self-management convention, kept apart.
    pub self_management: OfConvention,
    /// What the pump material may cost.
    pub ceiling: Ceiling,
    /// What the funds were used for.
    pub funds: Funds,
    /// What is pointed out.
    pub findings: Vec<Finding>,
}

/// What the accounts of a year are made of (REG-08).
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// The entries; those of other years are ignored.
    pub entries: &'a [KeptEntry],
    /// The lines that insurers did not refuse, and the credits, for days of any year.
    pub invoiced: &'a [InvoicedDays],
    /// The days of programme that are due, invoiced or not: the number of beneficiaries on each.
    pub days: &'a BTreeMap<NaiveDate, i64>,
    /// The rows of the tariff.
    pub tariffs: &'a [Tariff],
    /// The conventions that the hospital has beside the pump convention.
    pub conventions: &'a [HeldConvention],
}

impl Accounts {
    /// REG-08, BIL-02: the accounts of a year, whatever the order of what they are made of.
    #[must_use]
    pub fn of(year: i32, sources: Sources<'_>) -> Accounts {
        let mut entries: Vec<&KeptEntry> =
            sources.entries.iter().filter(|kept| kept.entry.day.year() == year).collect();
        entries.sort_by_key(|kept| (kept.entry.day, kept.id));
        let pump = OfConvention::of(ConventionKind::Pump, &entries);
        let self_management = OfConvention::of(ConventionKind::SelfManagement, &entries);
        let income = income(year, sources.invoiced);
        let income_total: Balance = income.iter().map(|one| one.sum.amount.clone()).sum();
        let ceiling = Ceiling::of(year, sources.days, sources.tariffs, pump.material_cost.clone());
        let funds = Funds::of(income_total.clone(), &pump, &entries);
        let mut findings: Vec<Finding> = ceiling.finding(&pump).into_iter().collect();
        findings.extend(funds::findings(&entries, sources.conventions));
        Accounts { year, income, income_total, pump, self_management, ceiling, funds, findings }
    }
}

impl OfConvention {
    fn of(which: ConventionKind, entries: &[&KeptEntry]) -> OfConvention {
        let mut found = OfConvention::default();
        let mut goods_by_name: BTreeMap<(String, String), Goods> = BTreeMap::new();
        for KeptEntry { id, entry } in entries {
            match &entry.content {
                Content::Purchase { convention, amount } if *convention == which => {
                    found.purchases.add(amount.clone().into(), *id);
                }
                Content::Rebate { convention, tie, amount } if *convention == which => {
                    let rebates = match tie {
                        RebateTie::Direct => &mut found.direct_rebates,
                        RebateTie::OtherProducts => &mut found.tied_rebates,
                    };
                    rebates.add(amount.clone().into(), *id);
                }
                Content::Salary { convention, amount, .. } if *convention == which => {
                    found.salaries.add(amount.clone().into(), *id);
                }
                Content::FreeGoods { convention, goods, unit, quantity } if *convention == which => {
                    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
                    let (goods, unit) = (goods.clone(), unit.clone());
                    let names = (plain(&goods), plain(&unit));
                    let kind = Goods { goods, unit, quantity: 0, entries: Vec::new() };
                    let sum = goods_by_name.entry(names).or_insert(kind);
                    sum.quantity = sum.quantity.saturating_add(*quantity);
                    sum.entries.push(*id);
                }
                _ => {}
            }
        }
        found.free_goods = goods_by_name.into_values().collect();
        found.material_cost = found.purchases.amount.clone() - found.rebates();
        found
    }

    /// REG-08, REG-11: all rebates, those on other products that are tied to the material too.
    #[must_use]
    pub fn rebates(&self) -> Balance {
        self.direct_rebates.amount.clone() + self.tied_rebates.amount.clone()
    }
}

/// REG-08: what was invoiced for days of a year, by price.
fn income(year: i32, invoiced: &[InvoicedDays]) -> Vec<Income> {
    let mut of_year: Vec<&InvoicedDays> = invoiced.iter().filter(|line| line.from.year() == year).collect();
    of_year.sort_by_key(|line| (line.from, line.id));
    let mut by_price: BTreeMap<&Amount, Income> = BTreeMap::new();
    for line in of_year {
        let price = || Income { price: line.price.clone(), days: 0, sum: Sum::default() };
        let income = by_price.entry(&line.price).or_insert_with(price);
        let amount = Balance::from(line.price.times(line.days));
        let (days, amount) = if line.is_credit { (-line.days, -amount) } else { (line.days, amount) };
        income.days = income.days.saturating_add(days);
        income.sum.add(amount, line.id);
    }
    by_price.into_values().collect()
}

impl Ceiling {
    /// BIL-02: at most the part of the price that is not indexed pays for material, on each day of programme. Days
    /// count that are due, invoiced or not: the material was used on them.
    fn of(year: i32, days: &BTreeMap<NaiveDate, i64>, tariffs: &[Tariff], cost: Balance) -> Ceiling {
        let mut by_fixed: BTreeMap<&Amount, i64> = BTreeMap::new();
        for (day, beneficiaries) in days.iter().filter(|(day, _)| day.year() == year) {
            if let Some(row) = tariff::on(tariffs, *day) {
                let sum = by_fixed.entry(&row.fixed).or_default();
                *sum = sum.saturating_add(*beneficiaries);
            }
        }
        let part =
            |(fixed, days): (&Amount, i64)| CeilingPart { fixed: fixed.clone(), days, amount: fixed.times(days) };
        let parts: Vec<CeilingPart> = by_fixed.into_iter().map(part).collect();
        let amount: Amount = parts.iter().map(|part| part.amount.clone()).sum();
        let left = Balance::from(amount.clone()) - cost;
        Ceiling { parts, amount, left }
    }

    /// BIL-02, R-12: what the material cost above the ceiling.
    fn finding(&self, pump: &OfConvention) -> Option<Finding> {
        let of = [&pump.purchases, &pump.direct_rebates, &pump.tied_rebates];
        let entries = || of.into_iter().flat_map(|sum| sum.entries.iter().copied()).collect();
        let kind = AccountFindingKind::MaterialAboveCeiling;
        self.left.is_negative().then(|| Finding::of(kind, -self.left.clone(), entries()))
    }
}

#[cfg(test)]
#[path = "statement_tests.rs"]
pub(super) mod tests;
