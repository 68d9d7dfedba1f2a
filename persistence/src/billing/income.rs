//! What the days of programme bring in (BIL-02, BIL-05).

use chrono::NaiveDate;
use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{BigInt, Date, Nullable, Text},
};
use insula_domain::{
    amount::Balance,
    billing::{
        answered::Accounts,
        income::{Income, Sums},
    },
    identifier::HospitalNumber,
    span::Span,
};
use serde_json::json;

use crate::{
    error::{DbError, Stop},
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    hospital: String,
    #[diesel(sql_type = Text)]
    insurer: String,
    #[diesel(sql_type = Date)]
    month: NaiveDate,
    #[diesel(sql_type = BigInt)]
    days: i64,
    #[diesel(sql_type = BigInt)]
    invoiced: i64,
    #[diesel(sql_type = BigInt)]
    credited: i64,
    #[diesel(sql_type = BigInt)]
    accepted: i64,
    #[diesel(sql_type = BigInt)]
    refused: i64,
    #[diesel(sql_type = BigInt)]
    pending: i64,
}

impl Row {
    fn read(self) -> Result<Income, DbError> {
        let inconsistent = |column| DbError::inconsistent("insula.invoices", column, &self.hospital);
        let accounts = Accounts {
            accepted: Balance::cents(self.accepted),
            refused: Balance::cents(self.refused),
            pending: Balance::cents(self.pending),
        };
        let (invoiced, credited) = (Balance::cents(self.invoiced), Balance::cents(self.credited));
        Ok(Income {
            hospital: self.hospital.parse().map_err(|_| inconsistent("hospital"))?,
            insurer: self.insurer.parse().map_err(|_| inconsistent("insurer"))?,
            month: self.month,
            sums: Sums { days: self.days, invoiced, credited, accounts },
        })
    }
}

/// BIL-02, BIL-05: what was asked for these days, as far as it concerns the caller: by establishment, insurer and month,
/// in this order.
pub fn of(tx: &mut Tx, days: Span, hospital: Option<HospitalNumber>) -> Result<Vec<Income>, Stop> {
    let query = diesel::sql_query("SELECT * FROM insula.billing_income($1, $2, $3) ORDER BY hospital, insurer, month")
        .bind::<Date, _>(days.from)
        .bind::<Date, _>(days.to.unwrap_or(NaiveDate::MAX))
        .bind::<Nullable<Text>, _>(hospital.as_ref().map(HospitalNumber::as_str));
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    let details = json!({"from": days.from, "to": days.to, "hospital": hospital, "rows": rows.len()});
    trail::record(tx, Action::Get, "billingIncome", &details)?;
    Ok(rows.into_iter().map(Row::read).collect::<Result<_, _>>()?)
}
