//! The execution of imports: one worker holds the lease of an import, and does each row in one transaction with its
//! report. After a crash the lease expires; rows with an outcome are never done again (SYS-03).

use chrono::Duration;
use diesel::{
    OptionalExtension, QueryableByName, RunQueryDsl,
    sql_types::{Array, Binary, Bool, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::{
    actor::{Actor, OrganisationKind, Role},
    ids::RegistrationId,
    names::ImportMode,
    registry::registration::import::KeptFault,
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Options, RowReport, location};
use crate::{
    error::{DbError, Stop},
    sql::Constant,
    tx::Tx,
};

/// How long an import is kept after its end.
const KEPT: Duration = Duration::days(30);
/// How long a worker holds an import without renewing the lease: longer than any row takes.
const LEASE: Duration = Duration::seconds(60);

/// An import whose lease a worker holds.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// Its identifier.
    pub id: Uuid,
    /// The lease.
    pub lease: Uuid,
    /// Who posted it.
    pub actor: Actor,
    /// Its options.
    pub options: Options,
}

#[derive(QueryableByName)]
struct ClaimedRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    hospital: String,
    #[diesel(sql_type = Text)]
    person: String,
    #[diesel(sql_type = Array<Text>)]
    roles: Vec<String>,
    #[diesel(sql_type = Text)]
    mode: String,
    #[diesel(sql_type = Bool)]
    atomic: bool,
    #[diesel(sql_type = Bool)]
    dry_run: bool,
}

impl ClaimedRow {
    fn read(self, lease: Uuid) -> Result<Claimed, DbError> {
        let inconsistent = |column| DbError::inconsistent("registration_imports", column, self.id);
        let role = |name: &String| Role::from_name(name).ok_or_else(|| inconsistent("roles"));
        let roles = self.roles.iter().map(role).collect::<Result<_, _>>()?;
        let mode = ImportMode::from_name(&self.mode).ok_or_else(|| inconsistent("mode"))?;
        Ok(Claimed {
            id: self.id,
            lease,
            actor: Actor { person: self.person, kind: OrganisationKind::Hospital, number: self.hospital, roles },
            options: Options { mode, atomic: self.atomic, dry_run: self.dry_run },
        })
    }
}

/// Leases the import whose turn it is, if one is free: of the hospital whose last turn is longest ago, so that many imports of one
/// delay no other's (SYS-02). In the worker's scope.
pub fn claim(tx: &mut Tx) -> Result<Option<Claimed>, Stop> {
    let lease = tx.ids.opaque_uuid();
    let query = diesel::sql_query(
        "UPDATE insula.registration_imports
         SET state = 'running', lease = $1, lease_until = $2, turn_at = $3, started_at = coalesce(started_at, $3)
         WHERE id = (SELECT i.id FROM insula.registration_imports i
             WHERE i.ended_at IS NULL AND (i.lease_until IS NULL OR i.lease_until <= $3)
             ORDER BY (SELECT max(t.turn_at) FROM insula.registration_imports t
                 WHERE t.hospital = i.hospital AND t.started_at IS NOT NULL) NULLS FIRST, i.turn_at, i.id
             LIMIT 1 FOR UPDATE SKIP LOCKED)
         RETURNING id, hospital, person, roles, mode, atomic, dry_run",
    )
    .bind::<SqlUuid, _>(lease)
    .bind::<Timestamptz, _>(tx.now + LEASE)
    .bind::<Timestamptz, _>(tx.now);
    let row: Option<ClaimedRow> = Constant(query).get_result(tx.conn).optional()?;
    Ok(row.map(|row| row.read(lease)).transpose()?)
}

/// Ends the lease of an import. In the worker's scope.
pub fn release(tx: &mut Tx, claimed: &Claimed) -> Result<(), Stop> {
    let query = diesel::sql_query(
        "UPDATE insula.registration_imports SET lease = NULL, lease_until = NULL
         WHERE id = $1 AND lease = $2 RETURNING id",
    )
    .bind::<SqlUuid, _>(claimed.id)
    .bind::<SqlUuid, _>(claimed.lease);
    Constant(query).execute(tx.conn)?;
    Ok(())
}

/// A row that waits to be done.
pub struct Work {
    /// Its line.
    pub number: i32,
    /// Keyed hash of the caller's reference.
    pub key: Vec<u8>,
    /// Its content.
    pub members: Map<String, Value>,
}

#[derive(QueryableByName)]
struct WorkRow {
    #[diesel(sql_type = Nullable<Integer>)]
    number: Option<i32>,
    #[diesel(sql_type = Nullable<Binary>)]
    row_key: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<Binary>)]
    payload: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<Integer>)]
    key_version: Option<i32>,
}

impl WorkRow {
    fn open(self, tx: &Tx, import: Uuid) -> Result<Option<Work>, Stop> {
        let Some(number) = self.number else { return Ok(None) };
        let (Some(key), Some(payload), Some(version)) = (self.row_key, self.payload, self.key_version) else {
            let row = format!("{import} {number}");
            return Err(DbError::Inconsistent { table: "registration_import_rows", column: "payload", row }.into());
        };
        let plain = tx.keys.open(&location(import, number), &payload, version)?;
        let members = serde_json::from_slice(&plain).map_err(|_| DbError::Sealed)?;
        Ok(Some(Work { number, key, members }))
    }
}

macro_rules! to_do {
    ($limit:literal) => {
        concat!(
            "SELECT r.number, r.row_key, r.payload, r.key_version FROM insula.registration_imports i
             LEFT JOIN LATERAL (SELECT * FROM insula.registration_import_rows r
                 WHERE r.import_id = i.id AND r.outcome IS NULL AND r.number > $3 ORDER BY r.number LIMIT ",
            $limit,
            ") r ON true
             WHERE i.id = $1 AND i.lease = $2 AND i.ended_at IS NULL AND i.hospital = insula.organisation()
             ORDER BY r.number FOR UPDATE OF i"
        )
    };
}

/// The next row to do, with the import locked until the transaction ends, so that no other worker does one meanwhile.
/// `None` if this worker has lost the lease; `Some(None)` if no row is left.
pub fn next(tx: &mut Tx, claimed: &Claimed) -> Result<Option<Option<Work>>, Stop> {
    let query = diesel::sql_query(to_do!("1"))
        .bind::<SqlUuid, _>(claimed.id)
        .bind::<SqlUuid, _>(claimed.lease)
        .bind::<Integer, _>(0);
    let row: Option<WorkRow> = Constant(query).get_result(tx.conn).optional()?;
    row.map(|row| row.open(tx, claimed.id)).transpose()
}

/// The next hundred rows to do after this line, with the import locked in the same way; empty if no row is left, `None`
/// if this worker has lost the lease.
pub fn page(tx: &mut Tx, claimed: &Claimed, after: i32) -> Result<Option<Vec<Work>>, Stop> {
    let query = diesel::sql_query(to_do!("100"))
        .bind::<SqlUuid, _>(claimed.id)
        .bind::<SqlUuid, _>(claimed.lease)
        .bind::<Integer, _>(after);
    let rows: Vec<WorkRow> = Constant(query).load(tx.conn)?;
    if rows.is_empty() {
        return Ok(None);
    }
    let opened = rows.into_iter().map(|row| row.open(tx, claimed.id)).collect::<Result<Vec<_>, _>>()?;
    Ok(Some(opened.into_iter().flatten().collect()))
}

/// The result of an earlier import of a row.
#[derive(Debug, Clone, QueryableByName)]
pub struct Imported {
    #[diesel(sql_type = SqlUuid)]
    registration_id: Uuid,
    /// The resulting version.
    #[diesel(sql_type = Integer)]
    pub version: i32,
    /// Keyed hash of its content.
    #[diesel(sql_type = Binary)]
    pub digest: Vec<u8>,
    /// Keyed hash of the beneficiary in its content.
    #[diesel(sql_type = Binary)]
    pub beneficiary_digest: Vec<u8>,
}

impl Imported {
    /// The registration it created.
    pub fn registration(&self) -> RegistrationId {
        RegistrationId(self.registration_id)
    }
}

/// The result of an earlier import of the row, locked until the transaction ends.
pub fn imported(tx: &mut Tx, key: &[u8]) -> Result<Option<Imported>, Stop> {
    let query = diesel::sql_query(
        "SELECT registration_id, version, digest, beneficiary_digest FROM insula.imported_registrations
         WHERE hospital = insula.organisation() AND row_key = $1 FOR UPDATE",
    )
    .bind::<Binary, _>(key);
    Ok(Constant(query).get_result(tx.conn).optional()?)
}

/// Stores the result of this import of the row. Of two concurrent imports of a new row the later one is retried, and
/// then finds the result of the other.
pub fn keep_imported(
    tx: &mut Tx,
    key: &[u8],
    (registration, version): (RegistrationId, i32),
    (digest, beneficiary_digest): (&[u8], &[u8]),
    is_new: bool,
) -> Result<(), Stop> {
    let sql = if is_new {
        "INSERT INTO insula.imported_registrations (hospital, row_key, registration_id, version, digest,
            beneficiary_digest)
         VALUES (insula.organisation(), $1, $2, $3, $4, $5) RETURNING row_key"
    } else {
        "UPDATE insula.imported_registrations SET version = $3, digest = $4, beneficiary_digest = $5
         WHERE hospital = insula.organisation() AND row_key = $1 AND registration_id = $2 RETURNING row_key"
    };
    let query = diesel::sql_query(sql)
        .bind::<Binary, _>(key)
        .bind::<SqlUuid, _>(registration.0)
        .bind::<Integer, _>(version)
        .bind::<Binary, _>(digest)
        .bind::<Binary, _>(beneficiary_digest);
    match Constant(query).execute(tx.conn).map_err(DbError::from) {
        Ok(_) => Ok(()),
        Err(DbError::Constraint(name)) if name == "imported_once" => Err(DbError::Retry.into()),
        Err(error) => Err(error.into()),
    }
}

fn kept(faults: &[KeptFault]) -> Option<Value> {
    (!faults.is_empty()).then(|| json!(faults))
}

/// Stores the report of a row, deletes its content, counts it, and renews the lease.
pub fn report(tx: &mut Tx, claimed: &Claimed, number: i32, report: &RowReport) -> Result<(), Stop> {
    let query = diesel::sql_query(
        "WITH done AS (UPDATE insula.registration_import_rows
             SET outcome = $3, registration_id = $4, code = $5, faults = $6, refusal = $7, warnings = $8,
                 payload = NULL, key_version = NULL
             WHERE import_id = $1 AND number = $2 AND hospital = insula.organisation() AND outcome IS NULL
             RETURNING outcome)
         UPDATE insula.registration_imports i SET
             created = created + (d.outcome = 'created')::int, changed = changed + (d.outcome = 'changed')::int,
             submitted = submitted + (d.outcome = 'submitted')::int,
             unchanged = unchanged + (d.outcome = 'unchanged')::int, faulty = faulty + (d.outcome = 'faulty')::int,
             refused = refused + (d.outcome = 'refused')::int, not_done = not_done + (d.outcome = 'notDone')::int,
             lease_until = $9
         FROM done d WHERE i.id = $1 AND i.hospital = insula.organisation() RETURNING i.id",
    )
    .bind::<SqlUuid, _>(claimed.id)
    .bind::<Integer, _>(number)
    .bind::<Text, _>(report.outcome.name())
    .bind::<Nullable<SqlUuid>, _>(report.registration.map(|id| id.0))
    .bind::<Nullable<Text>, _>(report.code.as_deref())
    .bind::<Nullable<Jsonb>, _>(kept(&report.faults))
    .bind::<Nullable<Jsonb>, _>(report.refusal.as_ref().map(|refusal| json!(refusal)))
    .bind::<Nullable<Jsonb>, _>(kept(&report.warnings))
    .bind::<Timestamptz, _>(tx.now + LEASE);
    if Constant(query).execute(tx.conn)? == 1 {
        return Ok(());
    }
    // The import is locked, so this is a bug of Insula.
    Err(DbError::inconsistent("registration_import_rows", "outcome", claimed.id).into())
}

/// How many imports are deleted at once: each may have many rows.
const AT_ONCE: i32 = 10;

/// Deletes imports that ended thirty days ago, with their reports; what they created and the hashes of their rows stay.
/// Returns whether there may be more. In the worker's scope.
pub fn forget_old(tx: &mut Tx) -> Result<bool, Stop> {
    let query = diesel::sql_query(
        "DELETE FROM insula.registration_imports WHERE id IN
             (SELECT id FROM insula.registration_imports WHERE ended_at < $1 ORDER BY ended_at LIMIT $2) RETURNING id",
    )
    .bind::<Timestamptz, _>(tx.now - KEPT)
    .bind::<Integer, _>(AT_ONCE);
    Ok(Constant(query).execute(tx.conn)? > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SYS-02: an import runs with all roles of its owner, or not at all.
    #[test]
    fn an_unreadable_role_is_not_skipped() {
        let read = |roles: &[&str], mode: &str| {
            let row = ClaimedRow {
                id: Uuid::nil(),
                hospital: "71000436".to_owned(),
                person: "dr.maes".to_owned(),
                roles: roles.iter().map(|role| (*role).to_owned()).collect(),
                mode: mode.to_owned(),
                atomic: false,
                dry_run: false,
            };
            row.read(Uuid::nil())
        };
        assert_eq!(
            read(&["studyLead", "studySupport"], "draft").unwrap().actor.roles,
            [Role::StudyLead, Role::StudySupport]
        );
        assert!(matches!(read(&["studyLead", "x"], "draft"), Err(DbError::Inconsistent { column: "roles", .. })));
        assert!(matches!(read(&["studyLead"], "x"), Err(DbError::Inconsistent { column: "mode", .. })));
    }
}
