//! The effect of demergers on the conventions a hospital concludes.

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

/// CON-04: the fault of a pump convention that begins before the demerger from which its hospital resulted takes
/// effect.
pub(crate) fn too_early(tx: &mut Tx, hospital: HospitalNumber, from: NaiveDate) -> Result<Option<Fault>, Stop> {
    let query = diesel::sql_query(
        "SELECT id, plan FROM insula.mergers
         WHERE anew AND $1 = ANY (hospitals[1:2]) AND $1 <> hospitals[3] AND withdrawn_at IS NULL ORDER BY effective",
    )
    .bind::<Text, _>(hospital.to_string());
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    for row in rows {
        let inconsistent = |_| DbError::inconsistent("insula.mergers", "plan", row.id);
        if let Plan::Demerger(plan) = serde_json::from_value(row.plan).map_err(inconsistent)?
            && let Some(fault) = plan.start_fault(from)
        {
            return Ok(Some(fault));
        }
    }
    Ok(None)
}
