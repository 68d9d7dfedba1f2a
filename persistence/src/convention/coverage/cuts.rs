//! What the ends of conventions change of granted periods (CON-03 to CON-06, COV-07).

use chrono::NaiveDate;
use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{Array, Date, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::{
    clock::eve,
    convention::{
        coverage::period::PeriodEnd,
        granted::{self, Cut, GrantedPeriod},
        holder::Convention,
    },
};
use serde_json::json;
use uuid::Uuid;

use super::periods;
use crate::{
    error::{DbError, Stop},
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    number: String,
    #[diesel(sql_type = Date)]
    first_day: NaiveDate,
    #[diesel(sql_type = Date)]
    last_day: NaiveDate,
    #[diesel(sql_type = Nullable<Date>)]
    cut_to: Option<NaiveDate>,
}

/// CON-03 to CON-06: what a change of conventions, which are locked, changes of the periods granted under them.
pub fn cuts(tx: &mut Tx, before: &[Convention], after: &[Convention]) -> Result<Vec<Cut>, Stop> {
    let numbers = granted::with_another_end(before, after);
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    let query = diesel::sql_query("SELECT * FROM insula.periods_under($1)").bind::<Array<Text>, _>(&numbers);
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    let read = |row: Row| {
        let Row { id, number, first_day: from, last_day: to, cut_to } = row;
        let number = number.parse();
        let number = number.map_err(|_| DbError::inconsistent("insula.granted_periods", "convention_number", id))?;
        Ok(GrantedPeriod { id, number, from, to, cut_to })
    };
    let granted = rows.into_iter().map(read).collect::<Result<Vec<_>, DbError>>()?;
    Ok(granted::cuts(after, &granted))
}

/// COV-07: writes the last days that periods have because of their conventions, each with its event.
pub fn carry_out(tx: &mut Tx, cuts: &[Cut]) -> Result<(), Stop> {
    if cuts.is_empty() {
        return Ok(());
    }
    let last_day = |cut: &Cut| cut.last_day.unwrap_or_else(|| eve(cut.from));
    let query = diesel::sql_query("SELECT insula.end_with_conventions($1, $2, $3)")
        .bind::<Array<SqlUuid>, _>(cuts.iter().map(|cut| cut.period).collect::<Vec<_>>())
        .bind::<Array<Date>, _>(cuts.iter().map(last_day).collect::<Vec<_>>())
        .bind::<Timestamptz, _>(tx.now);
    Constant(query).execute(tx.conn)?;
    for cut in cuts {
        let details = json!({"because": PeriodEnd::ConventionEnded, "lastDay": last_day(cut), "days": cut.days});
        trail::record(tx, Action::End, &periods::subject(cut.period), &details)?;
    }
    Ok(())
}
