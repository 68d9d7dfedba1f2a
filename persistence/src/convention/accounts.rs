//! What the accounts of a year are made of (REG-08, REG-11, BIL-02).

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{BigInt, Bool, Date, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::{
    convention::{
        accounts::{
            entry::{AccountEntry, KeptEntry},
            funds::{HeldConvention, held},
            statement::{Accounts, InvoicedDays, Sources},
        },
        tariff::Tariff,
        term::Term,
    },
    identifier::HospitalNumber,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    convention::{
        conventions,
        records::{self, Content, Kind, Version},
        sheets, tariffs,
    },
    error::{DbError, Stop},
    sql::Constant,
    tx::Tx,
};

impl Content for AccountEntry {
    const KIND: Kind = Kind::AccountEntry;

    fn trace(&self) -> Value {
        json!({"day": self.day, "kind": self.kind()})
    }
}

#[derive(QueryableByName)]
struct LineRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Date)]
    first_day: NaiveDate,
    #[diesel(sql_type = BigInt)]
    days: i64,
    #[diesel(sql_type = Text)]
    price: String,
    #[diesel(sql_type = Bool)]
    is_credit: bool,
}

impl LineRow {
    fn read(self) -> Result<InvoicedDays, DbError> {
        let price = self.price.parse().map_err(|_| DbError::inconsistent("insula.invoice_lines", "price", self.id))?;
        Ok(InvoicedDays { id: self.id, from: self.first_day, days: self.days, price, is_credit: self.is_credit })
    }
}

#[derive(QueryableByName)]
struct DayRow {
    #[diesel(sql_type = Date)]
    day: NaiveDate,
    #[diesel(sql_type = BigInt)]
    beneficiaries: i64,
}

/// What is known of the accounts of a hospital.
#[derive(Debug)]
pub struct Known {
    entries: Vec<KeptEntry>,
    invoiced: Vec<InvoicedDays>,
    days: BTreeMap<NaiveDate, i64>,
    tariffs: Vec<Tariff>,
    conventions: Vec<HeldConvention>,
}

impl Known {
    /// REG-08: the accounts of a year.
    pub fn accounts(&self, year: i32) -> Accounts {
        let Known { entries, invoiced, days, tariffs, conventions } = self;
        Accounts::of(year, Sources { entries, invoiced, days, tariffs, conventions })
    }
}

/// REG-08: what the accounts of a year are made of, as it is known now or was at an instant. Conventions and tariffs are
/// as they are now. INAMI's people and the hospital's own get rows; to anybody else the database gives none.
pub fn known(tx: &mut Tx, hospital: HospitalNumber, year: i32, known_at: Option<DateTime<Utc>>) -> Result<Known, Stop> {
    let kept: Vec<Version<AccountEntry>> = records::list(tx, hospital, known_at)?;
    let read = |one: Version<AccountEntry>| {
        let id = one.key.parse().map_err(|_| DbError::inconsistent("insula.records", "key", &one.key))?;
        Ok(KeptEntry { id, entry: one.content })
    };
    let entries = kept.into_iter().map(read).collect::<Result<_, DbError>>()?;
    let query = diesel::sql_query(
        "SELECT id, first_day, days::bigint AS days, price::text AS price, is_credit
         FROM insula.accounted_lines($1, $2, $3)",
    )
    .bind::<Text, _>(hospital.as_str())
    .bind::<Integer, _>(year)
    .bind::<Nullable<Timestamptz>, _>(known_at);
    let rows: Vec<LineRow> = Constant(query).load(tx.conn)?;
    let invoiced = rows.into_iter().map(LineRow::read).collect::<Result<_, _>>()?;
    let query = diesel::sql_query("SELECT day, beneficiaries FROM insula.accounted_days($1, $2, $3)")
        .bind::<Text, _>(hospital.as_str())
        .bind::<Integer, _>(year)
        .bind::<Nullable<Timestamptz>, _>(known_at);
    let rows: Vec<DayRow> = Constant(query).load(tx.conn)?;
    let days = rows.into_iter().map(|row| (row.day, row.beneficiaries)).collect();
    let tariffs = tariffs::all(tx)?;
    let terms: Vec<Term> = conventions::conventions(tx, hospital)?.into_iter().map(|one| one.term).collect();
    let conventions = held(&terms, &sheets::lines_known_at(tx, hospital, known_at)?);
    Ok(Known { entries, invoiced, days, tariffs, conventions })
}

/// The name of the accounts of a year in the trail.
#[must_use]
pub fn subject(hospital: HospitalNumber, year: i32) -> String {
    format!("accounts:{hospital}:{year}")
}
