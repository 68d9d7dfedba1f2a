//! What a death ends (COV-07).

use chrono::NaiveDate;
use diesel::{
    OptionalExtension, QueryableByName, RunQueryDsl,
    sql_types::{Date, Text, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::{
    convention::coverage::period::{EarlyEnd, PeriodEnd},
    ids::BeneficiaryId,
};
use serde_json::json;
use uuid::Uuid;

use super::{decisions, periods};
use crate::{
    error::{DbError, Stop},
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    person_id: Uuid,
    #[diesel(sql_type = Text)]
    hospital: String,
}

/// COV-07: ends the person's periods with the day of death, that day included, and closes the applications that wait
/// for a decision, at every establishment.
pub fn close(tx: &mut Tx, beneficiary: BeneficiaryId, death: NaiveDate) -> Result<(), Stop> {
    let query = diesel::sql_query(
        "SELECT person_id, hospital FROM vault.beneficiaries WHERE id = $1 AND hospital = insula.organisation()",
    )
    .bind::<SqlUuid, _>(beneficiary.0);
    let row: Option<Row> = Constant(query).get_result(tx.conn).optional()?;
    let Row { person_id, hospital } = row.ok_or(Stop::NotFound)?;
    let hospital =
        hospital.parse().map_err(|_| DbError::inconsistent("vault.beneficiaries", "hospital", beneficiary))?;
    for one in decisions::periods_of(tx, person_id, hospital)? {
        let Some(EarlyEnd { last_day, .. }) = one.period.ended(death, PeriodEnd::Death).and_then(|period| period.end)
        else {
            continue;
        };
        let query = diesel::sql_query("SELECT insula.end_by_death($1, $2, $3)")
            .bind::<SqlUuid, _>(one.id)
            .bind::<Date, _>(last_day)
            .bind::<Timestamptz, _>(tx.now);
        Constant(query).execute(tx.conn)?;
        if one.own {
            let details = json!({"because": PeriodEnd::Death, "lastDay": last_day});
            trail::record(tx, Action::End, &periods::subject(one.id), &details)?;
        }
    }
    let query = diesel::sql_query("SELECT insula.close_applications($1, $2)")
        .bind::<SqlUuid, _>(person_id)
        .bind::<Timestamptz, _>(tx.now);
    Constant(query).execute(tx.conn)?;
    Ok(())
}
