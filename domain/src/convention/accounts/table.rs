//! The accounts of a year as a table (REG-08).

use std::fmt::Display;

use uuid::Uuid;

use super::{
    statement::Accounts,
    sum::{OfConvention, Sum},
};
use crate::{csv, names::ConventionKind};

const COLUMNS: [&str; 8] = ["year", "what", "convention", "which", "price", "quantity", "amount", "entries"];

/// REG-08: the accounts of a year as CSV: a row for each figure, with the identifiers of its entries.
#[must_use]
pub fn table(accounts: &Accounts) -> String {
    let year = accounts.year.to_string();
    let mut table = csv::line(COLUMNS);
    let mut row = |what: &str, of: [&str; 2], [price, quantity, amount]: [&dyn Display; 3], entries: &[Uuid]| {
        let [price, quantity, amount] = [price, quantity, amount].map(ToString::to_string);
        let entries = entries.iter().map(Uuid::to_string).collect::<Vec<_>>().join(" ");
        table.push_str(&csv::line([&year, what, of[0], of[1], &price, &quantity, &amount, &entries]));
    };
    let (pump, managed) = (ConventionKind::Pump.name(), ConventionKind::SelfManagement.name());
    for one in &accounts.income {
        row("income", [pump, ""], [&one.price, &one.days, &one.sum.amount], &one.sum.entries);
    }
    row("incomeTotal", [pump, ""], [&"", &"", &accounts.income_total], &[]);
    for (convention, of) in [(pump, &accounts.pump), (managed, &accounts.self_management)] {
        for (what, Sum { amount, entries }) in sums(of) {
            row(what, [convention, ""], [&"", &"", &amount], entries);
        }
        row("materialCost", [convention, ""], [&"", &"", &of.material_cost], &[]);
        for one in &of.free_goods {
            let goods = format!("{} ({})", one.goods, one.unit);
            row("freeGoods", [convention, &goods], [&"", &one.quantity, &""], &one.entries);
        }
    }
    for one in &accounts.ceiling.parts {
        row("ceiling", [pump, ""], [&one.fixed, &one.days, &one.amount], &[]);
    }
    row("leftOfCeiling", [pump, ""], [&"", &"", &accounts.ceiling.left], &[]);
    for one in &accounts.funds.spending {
        row("spending", ["", one.purpose.name()], [&"", &"", &one.sum.amount], &one.sum.entries);
    }
    row("leftOfFunds", [pump, ""], [&"", &"", &accounts.funds.left], &[]);
    for one in &accounts.findings {
        row("finding", [one.rule.id(), one.kind.name()], [&"", &"", &one.amount], &one.entries);
    }
    table
}

fn sums(of: &OfConvention) -> [(&'static str, &Sum); 4] {
    [
        ("purchases", &of.purchases),
        ("directRebates", &of.direct_rebates),
        ("tiedRebates", &of.tied_rebates),
        ("salaries", &of.salaries),
    ]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::convention::accounts::{
        entry::tests::kept,
        statement::tests::{accounts, entries},
    };

    /// R-11 (REG-08): every figure of the accounts is a row, with its entries; no text becomes a formula.
    #[test]
    fn r_11_every_figure_is_a_row() {
        let free = json!({"kind": "freeGoods", "convention": "pump", "goods": "=1+1", "unit": "box", "quantity": 3});
        let spent = json!({"kind": "spending", "purpose": "other", "amount": "12000.00"});
        let more = vec![kept(20, "2026-05-06", free), kept(21, "2026-05-06", spent)];
        let table = table(&accounts(&[entries("298400.00"), more].concat()));
        let rows: Vec<&str> = table.lines().collect();
        let of = |what: &str| -> Vec<&str> {
            rows.iter().copied().filter(|row| row.starts_with(&format!("2026,{what},"))).collect()
        };
        assert_eq!(rows[0], "year,what,convention,which,price,quantity,amount,entries");
        assert!(of("income")[0].starts_with("2026,income,pump,,10.27,5900,60593.00,"), "{}", of("income")[0]);
        assert_eq!(of("incomeTotal"), ["2026,incomeTotal,pump,,,,376370.00,"]);
        assert_eq!(of("tiedRebates")[0], format!("2026,tiedRebates,pump,,,,2400.00,{}", Uuid::from_u128(3)));
        assert_eq!(of("materialCost")[0], "2026,materialCost,pump,,,,287000.00,");
        assert_eq!(of("ceiling"), ["2026,ceiling,pump,,8.78,36500,320470.00,"]);
        assert_eq!(of("leftOfCeiling"), ["2026,leftOfCeiling,pump,,,,33470.00,"]);
        assert_eq!(of("freeGoods")[0], format!("2026,freeGoods,pump,'=1+1 (box),,3,,{}", Uuid::from_u128(20)));
        assert_eq!(of("spending"), [format!("2026,spending,,other,,,12000.00,{}", Uuid::from_u128(21))]);
        assert_eq!(of("finding"), [format!("2026,finding,REG-11,otherPurpose,,,12000.00,{}", Uuid::from_u128(21))]);
    }
}
