//! What the demergers of a hospital say of the conventions it concludes.

use chrono::NaiveDate;
use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{Jsonb, Text, Uuid as SqlUuid},
};
use insula_domain::{convention::stated::Plan, identifier::HospitalNumber, refusal::Fault};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    error::{DbError, Stop},
    sql::Constant,
    tx::Tx,
};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Jsonb)]
    plan: Value,
}

/// CON-04: the fault of a pump convention that a hospital which came of a demerger concludes before that takes effect.
pub(crate) fn too_early(tx: &mut Tx, hospital: HospitalNumber, from: NaiveDate) -> Result<Option<Fault>, Stop> {
    let query = diesel::sql_query(
        "SELECT id, plan FROM insula.mergers
         WHERE anew AND $1 = ANY (hospitals[1:2]) AND $1 <> hospitals[3] AND withdrawn_at IS NULL ORDER BY effective",
    )
    .bind::<Text, _>(hospital.to_string());
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    for row in rows {
        let wrong = |_| DbError::Inconsistent { table: "insula.mergers", column: "plan", row: row.id.to_string() };
        if let Plan::Demerger(plan) = serde_json::from_value(row.plan).map_err(wrong)?
            && let Some(fault) = plan.start_fault(from)
        {
            return Ok(Some(fault));
        }
    }
    Ok(None)
}
