//! Imports of registrations, as their hospital accepts, lists, reads and cancels them. The content of a row is stored
//! encrypted until it is done, and then deleted (BEN-04).

mod work;

use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{Array, Binary, Bool, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::{
    ids::RegistrationId,
    names::{ImportMode, ImportOutcome, ImportState},
    refusal::Refusal,
    registry::registration::import::{KeptFault, KeptRefusal},
};
use serde_json::{Value, json};
use uuid::Uuid;

pub use work::{Claimed, Imported, Work, claim, forget_old, imported, keep_imported, next, page, release, report};

use crate::{
    error::{DbError, Stop},
    page::Page,
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

/// The options of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Whether drafts are created, or submitted at once.
    pub mode: ImportMode,
    /// All rows or none.
    pub atomic: bool,
    /// Only report the outcome of each row.
    pub dry_run: bool,
}

/// A row of a new import.
pub struct NewRow {
    /// Its line.
    pub number: i32,
    /// Keyed hash of the caller's reference.
    pub key: [u8; 32],
    /// Its content, as JSON.
    pub payload: Vec<u8>,
}

/// An import.
#[derive(Debug, Clone)]
pub struct Import {
    /// Its identifier.
    pub id: Uuid,
    /// Who posted it.
    pub person: String,
    /// Its options.
    pub options: Options,
    /// Its state.
    pub state: ImportState,
    /// The code of the problem that made it fail.
    pub problem: Option<String>,
    /// The number of rows.
    pub total: i32,
    /// The number of rows with each outcome.
    pub counts: Vec<(ImportOutcome, i32)>,
    /// When it was accepted.
    pub created_at: DateTime<Utc>,
    /// When it was started.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    person: String,
    #[diesel(sql_type = Text)]
    mode: String,
    #[diesel(sql_type = Bool)]
    atomic: bool,
    #[diesel(sql_type = Bool)]
    dry_run: bool,
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = Nullable<Text>)]
    problem: Option<String>,
    #[diesel(sql_type = Integer)]
    total: i32,
    #[diesel(sql_type = Array<Integer>)]
    counts: Vec<i32>,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    started_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    ended_at: Option<DateTime<Utc>>,
}

macro_rules! columns {
    () => {
        "i.id, i.person, i.mode, i.atomic, i.dry_run, i.state, i.problem, i.total,
         ARRAY[i.created, i.changed, i.submitted, i.unchanged, i.faulty, i.refused, i.not_done] AS counts,
         i.created_at, i.started_at, i.ended_at"
    };
}

impl TryFrom<Row> for Import {
    type Error = DbError;

    fn try_from(row: Row) -> Result<Import, DbError> {
        let inconsistent = |column| DbError::inconsistent("registration_imports", column, row.id);
        Ok(Import {
            options: Options {
                mode: ImportMode::from_name(&row.mode).ok_or_else(|| inconsistent("mode"))?,
                atomic: row.atomic,
                dry_run: row.dry_run,
            },
            state: ImportState::from_name(&row.state).ok_or_else(|| inconsistent("state"))?,
            // In the order of the columns above.
            counts: ImportOutcome::ALL.iter().copied().zip(row.counts).collect(),
            id: row.id,
            person: row.person,
            problem: row.problem,
            total: row.total,
            created_at: row.created_at,
            started_at: row.started_at,
            ended_at: row.ended_at,
        })
    }
}

/// How many rows one statement inserts, well within the time limit of a statement.
const BATCH: usize = 500;

/// The subject of its events in the trail.
pub fn subject(id: Uuid) -> String {
    format!("registrationImport:{id}")
}

fn location(import: Uuid, number: i32) -> String {
    format!("registration_import_rows|payload|{import}|{number}")
}

/// Accepts an import with all its rows. The caller chooses its identifier, because the answer contains it.
pub fn create(tx: &mut Tx, id: Uuid, options: Options, rows: &[NewRow]) -> Result<Import, Stop> {
    let roles: Vec<_> = tx.call.actor.roles.iter().map(|role| role.name()).collect();
    let total = i32::try_from(rows.len()).unwrap_or(i32::MAX);
    let query = diesel::sql_query(concat!(
        "INSERT INTO insula.registration_imports AS i
             (id, hospital, person, roles, mode, atomic, dry_run, state, total, turn_at, created_at)
         VALUES ($1, insula.organisation(), insula.person(), $2, $3, $4, $5, 'waiting', $6, $7, $7) RETURNING ",
        columns!()
    ))
    .bind::<SqlUuid, _>(id)
    .bind::<Array<Text>, _>(roles)
    .bind::<Text, _>(options.mode.name())
    .bind::<Bool, _>(options.atomic)
    .bind::<Bool, _>(options.dry_run)
    .bind::<Integer, _>(total)
    .bind::<Timestamptz, _>(tx.now);
    let row: Row = Constant(query).get_result(tx.conn)?;
    for batch in rows.chunks(BATCH) {
        let (mut sealed, mut versions) = (Vec::new(), Vec::new());
        for row in batch {
            let (payload, version) = tx.keys.seal(&location(id, row.number), &row.payload)?;
            sealed.push(payload);
            versions.push(version);
        }
        let query = diesel::sql_query(
            "INSERT INTO insula.registration_import_rows (import_id, hospital, number, row_key, payload, key_version)
             SELECT $1, insula.organisation(), r.* FROM unnest($2, $3, $4, $5) AS r RETURNING number",
        )
        .bind::<SqlUuid, _>(id)
        .bind::<Array<Integer>, _>(batch.iter().map(|row| row.number).collect::<Vec<_>>())
        .bind::<Array<Binary>, _>(batch.iter().map(|row| row.key.as_slice()).collect::<Vec<_>>())
        .bind::<Array<Binary>, _>(sealed)
        .bind::<Array<Integer>, _>(versions);
        Constant(query).execute(tx.conn)?;
    }
    let details = json!({"mode": options.mode, "atomic": options.atomic, "dryRun": options.dry_run, "rows": total});
    trail::record(tx, Action::Create, &subject(id), &details)?;
    Ok(row.try_into()?)
}

macro_rules! select {
    ($which:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            " FROM insula.registration_imports i WHERE i.hospital = insula.organisation() AND ",
            $which
        )
    };
}

/// One import the caller may see.
pub fn find(tx: &mut Tx, id: Uuid) -> Result<Import, Stop> {
    let query = diesel::sql_query(select!("i.id = $1")).bind::<SqlUuid, _>(id);
    Ok(Constant(query).found::<Row>(tx.conn)?.try_into()?)
}

/// The imports the caller may see, newest first.
pub fn list(tx: &mut Tx, after: Option<Uuid>, page_size: i32) -> Result<Page<Import>, Stop> {
    let query = diesel::sql_query(select!("($1 IS NULL OR i.id < $1) ORDER BY i.id DESC LIMIT $2 + 1"))
        .bind::<Nullable<SqlUuid>, _>(after)
        .bind::<Integer, _>(page_size);
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    Ok(Page::of(rows, page_size).read(Import::try_from)?)
}

/// The report about a row.
#[derive(Debug, Clone)]
pub struct RowReport {
    /// Its outcome.
    pub outcome: ImportOutcome,
    /// Its registration, if there is one that the caller may see.
    pub registration: Option<RegistrationId>,
    /// The registration's code.
    pub code: Option<String>,
    /// Its faults.
    pub faults: Vec<KeptFault>,
    /// Why it was refused.
    pub refusal: Option<KeptRefusal>,
    /// Its warnings.
    pub warnings: Vec<KeptFault>,
}

#[derive(QueryableByName)]
struct ReportedRow {
    #[diesel(sql_type = Integer)]
    number: i32,
    #[diesel(sql_type = Text)]
    outcome: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    registration_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    code: Option<String>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    faults: Option<Value>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    refusal: Option<Value>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    warnings: Option<Value>,
}

impl ReportedRow {
    fn read(self, import: Uuid) -> Result<(i32, RowReport), DbError> {
        let row = || format!("{import} {}", self.number);
        let inconsistent = |column| DbError::inconsistent("registration_import_rows", column, row());
        let faults = |kept: Option<Value>, column| match kept {
            Some(kept) => serde_json::from_value(kept).map_err(|_| inconsistent(column)),
            None => Ok(Vec::new()),
        };
        let report = RowReport {
            outcome: ImportOutcome::from_name(&self.outcome).ok_or_else(|| inconsistent("outcome"))?,
            faults: faults(self.faults, "faults")?,
            refusal: self.refusal.map(serde_json::from_value).transpose().map_err(|_| inconsistent("refusal"))?,
            warnings: faults(self.warnings, "warnings")?,
            registration: self.registration_id.map(RegistrationId),
            code: self.code,
        };
        Ok((self.number, report))
    }
}

/// The lines and reports of the rows that are done, in the order of the file, with an event in the trail, because they
/// contain codes (SYS-01).
pub fn reported(
    tx: &mut Tx,
    id: Uuid,
    outcomes: &[ImportOutcome],
    after: Option<i32>,
    page_size: i32,
) -> Result<Page<(i32, RowReport)>, Stop> {
    find(tx, id)?;
    let outcomes: Vec<_> = outcomes.iter().map(|outcome| outcome.name()).collect();
    let query = diesel::sql_query(
        "SELECT r.number, r.outcome, r.registration_id, r.code, r.faults, r.refusal, r.warnings
         FROM insula.registration_import_rows r
         WHERE r.import_id = $1 AND r.hospital = insula.organisation() AND r.outcome IS NOT NULL AND r.number > $2
           AND ($3 = '{}' OR r.outcome = ANY ($3))
         ORDER BY r.number LIMIT $4 + 1",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Integer, _>(after.unwrap_or(0))
    .bind::<Array<Text>, _>(outcomes)
    .bind::<Integer, _>(page_size);
    let rows: Vec<ReportedRow> = Constant(query).load(tx.conn)?;
    let page = Page::of(rows, page_size).read(|row| row.read(id))?;
    trail::record(tx, Action::List, &subject(id), &json!({}))?;
    Ok(page)
}

/// Cancels a running import: rows that are done stay, the others are not done.
pub fn cancel(tx: &mut Tx, id: Uuid) -> Result<(), Stop> {
    let query = diesel::sql_query(select!("i.id = $1 FOR UPDATE")).bind::<SqlUuid, _>(id);
    let import: Import = Constant(query).found::<Row>(tx.conn)?.try_into()?;
    if import.ended_at.is_some() {
        return Err(Refusal::ImportEnded.into());
    }
    end(tx, id, ImportState::Cancelled, None)
}

/// Ends an import. Rows without outcome are not done, and their content is deleted.
pub fn end(tx: &mut Tx, id: Uuid, state: ImportState, problem: Option<&str>) -> Result<(), Stop> {
    let query = diesel::sql_query(
        "WITH left_over AS (UPDATE insula.registration_import_rows
             SET outcome = 'notDone', payload = NULL, key_version = NULL
             WHERE import_id = $1 AND hospital = insula.organisation() AND outcome IS NULL RETURNING 1)
         UPDATE insula.registration_imports SET state = $2, problem = $3, ended_at = $4, lease = NULL,
             lease_until = NULL, not_done = not_done + (SELECT count(*) FROM left_over)
         WHERE id = $1 AND hospital = insula.organisation() AND ended_at IS NULL RETURNING id",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Text, _>(state.name())
    .bind::<Nullable<Text>, _>(problem)
    .bind::<Timestamptz, _>(tx.now);
    if Constant(query).execute(tx.conn)? == 1 {
        let action = if state == ImportState::Cancelled { Action::Cancel } else { Action::End };
        trail::record(tx, action, &subject(id), &json!({"state": state, "problem": problem}))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use insula_domain::refusal::Reason;

    use super::*;

    /// SYS-04: an unreadable fault is not skipped as if the row had none.
    #[test]
    fn an_unreadable_fault_is_not_skipped() {
        let read = |outcome: &str, faults| {
            let (outcome, faults) = (outcome.to_owned(), Some(faults));
            let (registration_id, code, refusal, warnings) = (None, None, None, None);
            ReportedRow { number: 2, outcome, registration_id, code, faults, refusal, warnings }.read(Uuid::nil())
        };
        let fault = json!({"field": "type", "reason": "required", "rule": "CGM-05", "params": {"max": "3"}});
        let (_, report) = read("faulty", json!([fault])).unwrap();
        assert_eq!((report.outcome, report.faults[0].reason), (ImportOutcome::Faulty, Reason::Required));
        assert_eq!(json!(report.faults), json!([fault]), "what is kept is read as it was written");
        for (outcome, faults) in [
            ("faulty", json!([{"field": "type", "reason": "x", "rule": "CGM-05", "params": {}}])),
            ("faulty", json!([{"field": "type", "reason": "required", "rule": "CGM-99", "params": {}}])),
            ("faulty", json!({})),
            ("x", json!([])),
        ] {
            assert!(matches!(read(outcome, faults.clone()), Err(DbError::Inconsistent { .. })), "{outcome} {faults}");
        }
    }
}
