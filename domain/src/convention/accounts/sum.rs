//! Figures of the accounts, each with the entries behind it (REG-08).

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::amount::Balance;

/// A sum with its entries (REG-08).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AccountSum)]
pub struct Sum {
    /// In EUR.
    pub amount: Balance,
    /// What it is made of.
    pub entries: Vec<Uuid>,
}

impl Sum {
    pub(super) fn add(&mut self, amount: Balance, entry: Uuid) {
        self.amount = self.amount.clone() + amount;
        self.entries.push(entry);
    }
}

/// Free goods of one kind (REG-08).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AccountGoods)]
pub struct Goods {
    /// What they are.
    pub goods: String,
    /// In what they are counted.
    pub unit: String,
    /// How many.
    pub quantity: i64,
    /// The entries.
    pub entries: Vec<Uuid>,
}

/// What is kept of one convention (REG-08).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AccountOfConvention)]
pub struct OfConvention {
    /// Material bought.
    pub purchases: Sum,
    /// Rebates on that material.
    pub direct_rebates: Sum,
    /// Rebates on other products that are tied to that material.
    pub tied_rebates: Sum,
    /// What the material cost: purchases less all rebates.
    pub material_cost: Balance,
    /// What was given for free, in quantities; goods in the order of their names.
    pub free_goods: Vec<Goods>,
    /// What the team cost.
    pub salaries: Sum,
}
