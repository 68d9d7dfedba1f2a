//! Tests of [`super`].

use chrono::Datelike;
use proptest::prelude::*;
use serde_json::json;

use super::{
    super::entry::{AccountEntry, tests::kept},
    *,
};
use crate::span::tests::{day, span};

fn tariffs() -> Vec<Tariff> {
    let row = |(from, indexable): (&str, &str)| Tariff {
        from: day(from),
        indexable: indexable.parse().unwrap(),
        fixed: "8.78".parse().unwrap(),
        source: "x".to_owned(),
    };
    [("2021-01-01", "1.22"), ("2025-03-01", "1.49"), ("2026-03-01", "1.52"), ("2026-06-16", "1.55")].map(row).to_vec()
}

/// So many beneficiaries on every day of these.
fn every_day(days: &str, beneficiaries: i64) -> BTreeMap<NaiveDate, i64> {
    let days = span(days);
    days.from.iter_days().take_while(|day| days.holds(*day)).map(|day| (day, beneficiaries)).collect()
}

/// The lines of these days: consecutive days of one price and month, for each beneficiary.
fn lines(days: &BTreeMap<NaiveDate, i64>) -> Vec<InvoicedDays> {
    let tariffs = tariffs();
    let (mut lines, mut last): (Vec<InvoicedDays>, usize) = (Vec::new(), 0);
    for (day, beneficiaries) in days {
        let price = tariff::on(&tariffs, *day).unwrap().price();
        let going_on = |line: &InvoicedDays| line.from.month() == day.month() && line.price == price;
        if lines.last().is_some_and(going_on) {
            lines[last..].iter_mut().for_each(|line| line.days += 1);
        } else {
            last = lines.len();
            lines.extend((0..*beneficiaries).zip(last..).map(|(_, n)| {
                let id = Uuid::from_u128(1_000_000 + n as u128);
                InvoicedDays { id, from: *day, days: 1, price: price.clone(), is_credit: false }
            }));
        }
    }
    lines
}

/// R-11's entries, with purchases of this amount.
pub(crate) fn entries(purchases: &str) -> Vec<KeptEntry> {
    let purchase = |convention: &str, amount| json!({"kind": "purchase", "convention": convention, "amount": amount});
    let rebate = |tie: &str, amount| json!({"kind": "rebate", "convention": "pump", "tie": tie, "amount": amount});
    fn free(convention: &str, goods: &str, boxes: i64) -> serde_json::Value {
        let mut entry = json!({"kind": "freeGoods", "convention": convention, "unit": "box"});
        (entry["goods"], entry["quantity"]) = (json!(goods), json!(boxes));
        entry
    }
    vec![
        kept(1, "2026-02-02", purchase("pump", purchases)),
        kept(2, "2026-03-02", rebate("direct", "9000.00")),
        kept(3, "2026-12-31", rebate("otherProducts", "2400.00")),
        kept(4, "2026-04-02", free("selfManagement", "strips", 30)),
        kept(5, "2026-05-04", free("selfManagement", "Strips ", 10)),
        kept(6, "2026-05-04", free("pump", "catheters", 25)),
        kept(7, "2026-06-01", purchase("selfManagement", "50000.00")),
        kept(8, "2027-01-01", purchase("pump", "77777.00")),
        kept(9, "2026-12-31", json!({"kind": "salary", "convention": "pump", "amount": "45000.00"})),
    ]
}

/// The accounts of 2026 of 100 beneficiaries on every day, with these entries.
pub(crate) fn accounts(entries: &[KeptEntry]) -> Accounts {
    let days = every_day("2025-12-01/2027-01-31", 100);
    let (invoiced, tariffs) = (lines(&days), tariffs());
    let sources = Sources { entries, invoiced: &invoiced, days: &days, tariffs: &tariffs, conventions: &[] };
    Accounts::of(2026, sources)
}

fn ids(of: &[u128]) -> Vec<Uuid> {
    of.iter().map(|id| Uuid::from_u128(*id)).collect()
}

/// REG-08, BIL-02: 2026 with 100 beneficiaries on every day: income by price, material less all rebates, the ceiling,
/// free goods of each convention apart; every figure opens to its entries.
#[test]
fn r_11_accounts_of_a_year() {
    let found = accounts(&entries("298400.00"));
    let income: Vec<String> =
        found.income.iter().map(|one| format!("{} {} {}", one.price, one.days, one.sum.amount)).collect();
    assert_eq!(income, ["10.27 5900 60593.00", "10.30 10700 110210.00", "10.33 19900 205567.00"]);
    assert_eq!(found.income_total.to_string(), "376370.00");
    assert_eq!(found.income.iter().map(|one| one.sum.entries.len()).collect::<Vec<_>>(), [200, 400, 700]);

    let pump = &found.pump;
    assert_eq!((pump.purchases.amount.to_string(), &pump.purchases.entries), ("298400.00".to_owned(), &ids(&[1])));
    assert_eq!(
        (pump.direct_rebates.amount.to_string(), &pump.direct_rebates.entries),
        ("9000.00".to_owned(), &ids(&[2]))
    );
    assert_eq!((pump.tied_rebates.amount.to_string(), &pump.tied_rebates.entries), ("2400.00".to_owned(), &ids(&[3])));
    assert_eq!(pump.material_cost.to_string(), "287000.00");
    assert_eq!((pump.salaries.amount.to_string(), &pump.salaries.entries), ("45000.00".to_owned(), &ids(&[9])));
    assert_eq!(found.self_management.material_cost.to_string(), "50000.00");

    let [part] = found.ceiling.parts.as_slice() else { panic!("one fixed part") };
    assert_eq!(
        (part.fixed.to_string(), part.days, part.amount.to_string()),
        ("8.78".into(), 36_500, "320470.00".into())
    );
    assert_eq!((found.ceiling.left.to_string().as_str(), found.findings), ("33470.00", vec![]));

    let goods = |of: &OfConvention| {
        let each =
            of.free_goods.iter().map(|one| (one.goods.clone(), one.unit.clone(), one.quantity, one.entries.clone()));
        each.collect::<Vec<_>>()
    };
    assert_eq!(goods(&found.self_management), [("strips".to_owned(), "box".to_owned(), 40, ids(&[4, 5]))]);
    assert_eq!(goods(pump), [("catheters".to_owned(), "box".to_owned(), 25, ids(&[6]))]);
}

/// BIL-02: material above the ceiling is pointed out with its amount and entries; nothing is refused.
#[test]
fn r_12_above_the_ceiling() {
    let found = accounts(&entries("340000.00"));
    assert_eq!(found.pump.material_cost.to_string(), "328600.00");
    let [above] = found.findings.as_slice() else { panic!("one finding") };
    assert_eq!((above.kind, above.kind.rule().id()), (AccountFindingKind::MaterialAboveCeiling, "BIL-02"));
    assert_eq!((above.amount.to_string(), &above.entries), ("8130.00".to_owned(), &ids(&[1, 2, 3])));
    assert!(!above.kind.is_ground_for_denunciation());
    // To the cent: at the ceiling nothing is pointed out.
    assert_eq!(accounts(&entries("331870.00")).findings, []);
    assert_eq!(accounts(&entries("331870.01")).findings[0].amount.to_string(), "0.01");
}

/// REG-08, BIL-05: credits are taken off the income at their own price.
#[test]
fn credits_are_taken_off() {
    let line = |id, from: &str, days, price: &str, is_credit| InvoicedDays {
        id: Uuid::from_u128(id),
        from: day(from),
        days,
        price: price.parse().unwrap(),
        is_credit,
    };
    let invoiced = [
        line(1, "2026-04-01", 30, "10.30", false),
        line(2, "2026-04-01", 30, "10.30", true),
        line(3, "2026-04-01", 28, "10.30", false),
        line(4, "2025-12-01", 31, "10.27", false),
    ];
    let none = BTreeMap::new();
    let sources = Sources { entries: &[], invoiced: &invoiced, days: &none, tariffs: &tariffs(), conventions: &[] };
    let found = Accounts::of(2026, sources);
    assert_eq!(
        (found.income.len(), found.income[0].days, found.income_total.to_string()),
        (1, 28, "288.40".to_owned())
    );
    assert_eq!(found.income[0].sum.entries, ids(&[1, 2, 3]));
    assert_eq!((found.ceiling.amount.to_string().as_str(), found.findings), ("0.00", vec![]));
}

/// BIL-02, BIL-03: each day bears the fixed part of the row in force, should it change one day.
#[test]
fn the_fixed_part_is_that_of_the_day() {
    let mut tariffs = tariffs();
    tariffs[3].fixed = "9.00".parse().unwrap();
    let days = every_day("2026-06-01/2026-06-30", 2);
    let found = Ceiling::of(2026, &days, &tariffs, Balance::default());
    let parts: Vec<String> =
        found.parts.iter().map(|part| format!("{} {} {}", part.fixed, part.days, part.amount)).collect();
    assert_eq!(
        (parts, found.amount.to_string()),
        (vec!["8.78 30 263.40".into(), "9.00 30 270.00".into()], "533.40".into())
    );
}

/// The amount of an entry that has one.
fn amount_of(entry: &AccountEntry) -> Balance {
    let written = serde_json::to_value(entry).unwrap();
    written["amount"].as_str().unwrap().parse::<Amount>().unwrap().into()
}

fn any_entry() -> impl Strategy<Value = serde_json::Value> {
    let kind = prop::sample::select(vec!["pump", "selfManagement"]);
    let purpose = prop::sample::select(vec!["pump", "selfManagement", "other"]);
    (0..5u8, kind, purpose, 1..5_000_000_i64).prop_map(|(which, convention, purpose, cents)| {
        let amount = Balance::cents(cents).to_string();
        match which {
            0 => json!({"kind": "purchase", "convention": convention, "amount": amount}),
            1 => json!({"kind": "rebate", "convention": convention, "tie": "direct", "amount": amount}),
            2 => json!({"kind": "rebate", "convention": convention, "tie": "otherProducts", "amount": amount}),
            3 => json!({"kind": "salary", "convention": convention, "amount": amount}),
            _ => json!({"kind": "spending", "purpose": purpose, "amount": amount}),
        }
    })
}

proptest! {
    /// REG-08: every entry of the year is in exactly one figure, the sums are those of the entries, and their order
    /// does not matter.
    #[test]
    fn every_entry_is_in_one_figure(all in prop::collection::vec((any_entry(), 0..3u64), 0..12)) {
        let on = |year: u64| format!("{}-07-01", 2025 + year);
        let entries: Vec<KeptEntry> =
            (1..).zip(&all).map(|(id, (entry, year))| kept(id, &on(*year), entry.clone())).collect();
        let (none, tariffs) = (BTreeMap::new(), tariffs());
        let of = |entries: &[KeptEntry]| {
            Accounts::of(2026, Sources { entries, invoiced: &[], days: &none, tariffs: &tariffs, conventions: &[] })
        };
        let found = of(&entries);
        let both = [&found.pump, &found.self_management];
        let of_each = |one: &OfConvention| -> Vec<Sum> {
            [&one.purchases, &one.direct_rebates, &one.tied_rebates, &one.salaries].map(Sum::clone).to_vec()
        };
        let sums = both.into_iter().flat_map(of_each);
        let sums: Vec<Sum> = sums.chain(found.funds.spending.iter().map(|one| one.sum.clone())).collect();
        let mut listed: Vec<Uuid> = sums.iter().flat_map(|sum| sum.entries.iter().copied()).collect();
        listed.sort_unstable();
        let of_year: Vec<&KeptEntry> = entries.iter().filter(|kept| kept.entry.day.year() == 2026).collect();
        prop_assert_eq!(listed, of_year.iter().map(|kept| kept.id).collect::<Vec<_>>());
        let total: Balance = sums.iter().map(|sum| sum.amount.clone()).sum();
        let stated: Balance = of_year.iter().map(|kept| amount_of(&kept.entry)).sum();
        prop_assert_eq!(total, stated);
        let mut reversed = entries.clone();
        reversed.reverse();
        prop_assert_eq!(of(&reversed), found);
    }
}
