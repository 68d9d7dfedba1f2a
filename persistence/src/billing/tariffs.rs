//! Enters prices, and finds what they change of what was billed (BIL-03).

use chrono::NaiveDate;
use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{Array, BigInt, Bool, Date, Text, Timestamptz},
};
use insula_domain::{
    billing::regularisation::{self, BilledDays, Preview},
    clock::brussels_day,
    convention::tariff::{Tariff, later_only},
};
use serde_json::json;

use crate::{
    convention::tariffs::all,
    error::{DbError, Stop},
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Date)]
    first_day: NaiveDate,
    #[diesel(sql_type = Date)]
    last_day: NaiveDate,
    #[diesel(sql_type = Text)]
    price: String,
    #[diesel(sql_type = Date)]
    tariff: NaiveDate,
    #[diesel(sql_type = Bool)]
    stand: bool,
    #[diesel(sql_type = BigInt)]
    lines: i64,
}

impl Row {
    fn read(self) -> Result<BilledDays, DbError> {
        let price = self.price.parse();
        Ok(BilledDays {
            from: self.first_day,
            to: self.last_day,
            price: price.map_err(|_| DbError::inconsistent("insula.invoice_lines", "price", self.first_day))?,
            tariff: self.tariff,
            stand: self.stand,
            lines: self.lines,
        })
    }
}

/// One row is entered at a time: each is checked against all.
fn lock(tx: &mut Tx) -> Result<(), Stop> {
    let lock = diesel::sql_query("SELECT pg_advisory_xact_lock(hashtext('insula.tariffs'))");
    Constant(lock).execute(tx.conn)?;
    Ok(())
}

fn billed(tx: &mut Tx) -> Result<Vec<BilledDays>, Stop> {
    let rows: Vec<Row> = Constant(diesel::sql_query("SELECT * FROM insula.billed_days()")).load(tx.conn)?;
    Ok(rows.into_iter().map(Row::read).collect::<Result<_, _>>()?)
}

fn subject(tariff: &Tariff) -> String {
    format!("tariff:{}", tariff.from)
}

/// BIL-03: enters a row, in place of those to come from its first day on.
///
/// # Errors
/// It begins before the last row that has begun; it changes what was billed.
pub fn enter(tx: &mut Tx, tariff: &Tariff) -> Result<(), Stop> {
    lock(tx)?;
    let (present, today) = (all(tx)?, brussels_day(tx.now));
    if let Some(fault) = later_only(&present, tariff.from, today) {
        return Err(vec![fault].into());
    }
    regularisation::enter(&regularisation::preview(&present, tariff, &billed(tx)?, today))?;
    let replaced: Vec<_> = present.iter().map(|one| one.from).filter(|from| *from >= tariff.from).collect();
    let details = json!({"indexable": tariff.indexable, "fixed": tariff.fixed, "replaced": replaced});
    trail::record(tx, Action::Create, &subject(tariff), &details)?;
    delete(tx, &replaced)?;
    insert(tx, tariff)
}

/// BIL-03, B-19: what a row that begins in the past changes of what was billed. The read leaves an event in the trail.
///
/// # Errors
/// It begins before the first price or after today; it replaces a row whose price was billed.
pub fn preview(tx: &mut Tx, tariff: &Tariff) -> Result<Preview, Stop> {
    let found = foreseen(tx, tariff)?;
    let details = json!({"lines": found.lines, "days": found.days, "difference": found.difference()});
    trail::record(tx, Action::Preview, &subject(tariff), &details)?;
    Ok(found)
}

fn foreseen(tx: &mut Tx, tariff: &Tariff) -> Result<Preview, Stop> {
    let (present, today) = (all(tx)?, brussels_day(tx.now));
    if let Some(fault) = regularisation::begins(&present, tariff.from, today) {
        return Err(vec![fault].into());
    }
    let billed = billed(tx)?;
    regularisation::edit(tariff.from, &billed)?;
    Ok(regularisation::preview(&present, tariff, &billed, today))
}

/// BIL-03, B-19: enters a row that begins in the past. Later rows stay; the establishments correct their lines.
///
/// # Errors
/// Those of the preview.
pub fn regularise(tx: &mut Tx, tariff: &Tariff) -> Result<(), Stop> {
    lock(tx)?;
    let found = foreseen(tx, tariff)?;
    let details = json!({"indexable": tariff.indexable, "fixed": tariff.fixed, "lines": found.lines,
        "difference": found.difference()});
    trail::record(tx, Action::Create, &subject(tariff), &details)?;
    delete(tx, &[tariff.from])?;
    insert(tx, tariff)
}

fn delete(tx: &mut Tx, days: &[NaiveDate]) -> Result<(), Stop> {
    let query = diesel::sql_query("DELETE FROM insula.tariffs WHERE valid_from = ANY($1) RETURNING 1");
    Constant(query.bind::<Array<Date>, _>(days)).execute(tx.conn)?;
    Ok(())
}

fn insert(tx: &mut Tx, tariff: &Tariff) -> Result<(), Stop> {
    let query = diesel::sql_query(
        "INSERT INTO insula.tariffs (valid_from, indexable, fixed, source, entered_at)
         VALUES ($1, $2::numeric, $3::numeric, $4, $5) RETURNING 1",
    )
    .bind::<Date, _>(tariff.from)
    .bind::<Text, _>(tariff.indexable.to_string())
    .bind::<Text, _>(tariff.fixed.to_string())
    .bind::<Text, _>(&tariff.source)
    .bind::<Timestamptz, _>(tx.now);
    Constant(query).execute(tx.conn)?;
    Ok(())
}
