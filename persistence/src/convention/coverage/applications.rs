//! Applications, their content in the vault (COV-01).

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    OptionalExtension, QueryableByName, RunQueryDsl,
    sql_types::{Array, Binary, Date, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::{
    actor::OrganisationKind,
    convention::coverage::{application::Content, status::ApplicationStatus, stay::Stay, target::Indication},
    identifier::{HospitalNumber, InsurerNumber},
    ids::BeneficiaryId,
    parties::beneficiary::Identity,
    refusal::{Fault, Reason},
    rule::RuleId,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::{
    error::{DbError, Stop},
    keys::Keys,
    page::Page,
    parties::beneficiaries::Stored,
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

/// An application for coverage.
#[derive(Debug, Clone)]
pub struct Application {
    /// Its identifier.
    pub id: Uuid,
    /// The establishment's hospital.
    pub hospital: HospitalNumber,
    /// The beneficiary, as the hospital knows them.
    pub beneficiary: BeneficiaryId,
    /// The person behind the beneficiary.
    pub person: Uuid,
    /// Its status.
    pub status: ApplicationStatus,
    /// Counts every change, from 1.
    pub version: i32,
    /// What it holds.
    pub content: Content,
    /// What was known of the beneficiary when it was submitted.
    pub known: Option<Known>,
    /// When it was submitted.
    pub submitted_at: Option<DateTime<Utc>>,
    /// The insurer whose adviser decides, once it is submitted.
    pub insurer: Option<InsurerNumber>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// Which applications are listed.
#[derive(Debug, Clone)]
pub struct Filter {
    /// Those of any of these statuses; of all when empty.
    pub status: Vec<ApplicationStatus>,
    /// Those for this beneficiary.
    pub beneficiary: Option<Uuid>,
    /// The last application of the page before.
    pub after: Option<Uuid>,
    /// The length of a page.
    pub page_size: i32,
}

/// What is in clear once an application is submitted: what it is listed and its period is limited by.
#[derive(Debug, Clone)]
pub struct Submitted {
    /// The date of the application.
    pub date: NaiveDate,
    /// The first day of the programme.
    pub wanted: NaiveDate,
    /// The convention's number.
    pub number: String,
}

/// What was known of a beneficiary when an application was submitted: the file on which the adviser decides (COV-10).
#[derive(Clone)]
pub struct Known {
    /// Who they are.
    pub identity: Identity,
    /// What an earlier application proved (PMP-02).
    pub kept: Option<Indication>,
    /// Their stays in hospital (PMP-04).
    pub stays: Vec<Stay>,
    /// Days of contact with a diabetes nurse (PMP-04).
    pub contacts: Vec<NaiveDate>,
    /// Days from which they have or had a pump (PMP-07).
    pub pumps: Vec<NaiveDate>,
    /// Days of preventive examinations (PMP-03).
    pub examinations: Vec<NaiveDate>,
}

/// An identity is not printed (BEN-04).
impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Known(***)")
    }
}

/// What stands encrypted in the vault.
#[derive(Serialize, Deserialize)]
struct File {
    content: Content,
    known: Option<StoredKnown>,
}

#[derive(Serialize, Deserialize)]
struct StoredKnown {
    identity: Stored,
    kept: Option<Indication>,
    stays: Vec<Stay>,
    contacts: Vec<NaiveDate>,
    pumps: Vec<NaiveDate>,
    examinations: Vec<NaiveDate>,
}

impl Known {
    fn stored(&self) -> StoredKnown {
        StoredKnown {
            identity: Stored::from(&self.identity),
            kept: self.kept.clone(),
            stays: self.stays.clone(),
            contacts: self.contacts.clone(),
            pumps: self.pumps.clone(),
            examinations: self.examinations.clone(),
        }
    }

    fn read(stored: StoredKnown) -> Result<Known, DbError> {
        let StoredKnown { identity, kept, stays, contacts, pumps, examinations } = stored;
        Ok(Known { identity: identity.identity()?, kept, stays, contacts, pumps, examinations })
    }
}

impl Submitted {
    /// Of a content that was checked: one that lacks any of it has faults.
    pub fn of(content: &Content) -> Result<Submitted, Stop> {
        let missing = || Stop::from(vec![Fault::new("content", Reason::Required, RuleId::Cov01)]);
        Ok(Submitted {
            date: content.application_date.ok_or_else(missing)?,
            wanted: content.first_day_wanted().ok_or_else(missing)?,
            number: content.convention_number.ok_or_else(missing)?.to_string(),
        })
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    hospital: String,
    #[diesel(sql_type = SqlUuid)]
    beneficiary_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    person_id: Uuid,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Integer)]
    version: i32,
    #[diesel(sql_type = Integer)]
    content_version: i32,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    submitted_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    insurer: Option<String>,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    updated_at: DateTime<Utc>,
    #[diesel(sql_type = Binary)]
    content: Vec<u8>,
    #[diesel(sql_type = Integer)]
    key_version: i32,
}

impl Row {
    fn read(self, keys: &Keys) -> Result<Application, DbError> {
        let inconsistent = |column| DbError::inconsistent("insula.coverage_applications", column, self.id);
        let plain = keys.open(&location(self.id, self.content_version), &self.content, self.key_version)?;
        let file: File = serde_json::from_slice(&plain).map_err(|_| DbError::Sealed)?;
        Ok(Application {
            id: self.id,
            hospital: self.hospital.parse().map_err(|_| inconsistent("hospital"))?,
            beneficiary: BeneficiaryId(self.beneficiary_id),
            person: self.person_id,
            status: ApplicationStatus::from_name(&self.status).ok_or_else(|| inconsistent("status"))?,
            version: self.version,
            content: file.content,
            known: file.known.map(Known::read).transpose()?,
            submitted_at: self.submitted_at,
            insurer: self.insurer.map(|one| one.parse()).transpose().map_err(|_| inconsistent("insurer"))?,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}

fn location(id: Uuid, version: i32) -> String {
    format!("coverage|content|{id}|{version}")
}

fn seal(
    keys: &Keys,
    id: Uuid,
    version: i32,
    content: &Content,
    known: Option<&Known>,
) -> Result<(Vec<u8>, i32), DbError> {
    let file = File { content: content.clone(), known: known.map(Known::stored) };
    let plain = serde_json::to_vec(&file).map_err(|_| DbError::Sealed)?;
    keys.seal(&location(id, version), &plain)
}

/// The name of an application in the trail.
#[must_use]
pub fn subject(id: Uuid) -> String {
    format!("coverageApplication:{id}")
}

macro_rules! select {
    ($where:literal) => {
        concat!(
            "SELECT a.id, a.hospital, a.beneficiary_id, a.person_id, a.status, a.version, a.content_version, a.submitted_at,
                 a.insurer, a.created_at, a.updated_at, c.content, c.key_version
             FROM insula.coverage_applications a
             JOIN vault.coverage_contents c ON c.application_id = a.id AND c.version = a.content_version ",
            $where
        )
    };
}

/// One application that the caller may see, for a rule and not for a reader: without an event in the trail.
pub fn find(tx: &mut Tx, id: Uuid) -> Result<Application, Stop> {
    let query = diesel::sql_query(select!("WHERE a.id = $1")).bind::<SqlUuid, _>(id);
    Ok(Constant(query).found::<Row>(tx.conn)?.read(tx.keys)?)
}

/// The drafts of the caller's hospital, for a rule and not for a reader: without an event in the trail.
pub fn drafts(tx: &mut Tx) -> Result<Vec<Application>, Stop> {
    let query =
        diesel::sql_query(select!("WHERE a.hospital = insula.organisation() AND a.status = 'draft' ORDER BY a.id"));
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    rows.into_iter().map(|row| Ok(row.read(tx.keys)?)).collect()
}

/// One application that the caller may see; the read leaves an event in the trail.
pub fn read(tx: &mut Tx, id: Uuid, action: Action) -> Result<Application, Stop> {
    let found = find(tx, id)?;
    trail::record(tx, action, &subject(id), &json!({"version": found.version, "status": found.status}))?;
    Ok(found)
}

/// One application of the caller's hospital in this version, locked until the transaction ends.
pub fn find_for_update(tx: &mut Tx, id: Uuid, if_match: i32) -> Result<Application, Stop> {
    let query = diesel::sql_query(select!("WHERE a.id = $1 AND a.hospital = insula.organisation() FOR UPDATE OF a"))
        .bind::<SqlUuid, _>(id);
    let found = Constant(query).found::<Row>(tx.conn)?.read(tx.keys)?;
    if found.version == if_match { Ok(found) } else { Err(Stop::Stale) }
}

/// Locks an application of the caller's hospital to which something is added, until the transaction ends.
pub(crate) fn lock_own(tx: &mut Tx, id: Uuid) -> Result<(), Stop> {
    let query = diesel::sql_query(
        "SELECT id FROM insula.coverage_applications WHERE id = $1 AND hospital = insula.organisation() FOR UPDATE",
    )
    .bind::<SqlUuid, _>(id);
    if Constant(query).execute(tx.conn)? == 0 { Err(Stop::NotFound) } else { Ok(()) }
}

/// One application of somebody whom the caller insures today (COV-03, COV-15), in this version, locked until the transaction ends.
pub fn find_to_decide(tx: &mut Tx, id: Uuid, if_match: i32) -> Result<Application, Stop> {
    let query = diesel::sql_query(select!(
        "WHERE a.id = $1 AND a.status <> 'draft' AND insula.insures_on(a.beneficiary_id, a.insurer, insula.today()) FOR UPDATE OF a"
    ))
    .bind::<SqlUuid, _>(id);
    let found = Constant(query).found::<Row>(tx.conn)?.read(tx.keys)?;
    if found.version == if_match { Ok(found) } else { Err(Stop::Stale) }
}

/// A page of the applications that the caller may see: a hospital's latest first, an insurer's oldest submitted first; of
/// one beneficiary also those that were submitted to a former insurer (COV-15).
/// The read leaves an event in the trail.
pub fn list(tx: &mut Tx, filter: &Filter) -> Result<Page<Application>, Stop> {
    let statuses: Vec<String> = filter.status.iter().map(ToString::to_string).collect();
    macro_rules! page {
        ($order:literal) => {
            diesel::sql_query(select!($order))
                .bind::<Array<Text>, _>(&statuses)
                .bind::<Nullable<SqlUuid>, _>(filter.beneficiary)
                .bind::<Nullable<SqlUuid>, _>(filter.after)
                .bind::<Integer, _>(filter.page_size)
        };
    }
    let rows: Vec<Row> = if tx.call.actor.kind == OrganisationKind::Insurer {
        let query = page!(
            "WHERE (insula.organisation() IN (a.insurer, a.insurer_union) OR $2 IS NOT NULL) AND a.status <> 'draft'
             AND (cardinality($1) = 0 OR a.status = ANY ($1)) AND ($2 IS NULL OR a.beneficiary_id = $2)
             AND ($3 IS NULL OR (a.submitted_at, a.id)
                 > (SELECT s.submitted_at, s.id FROM insula.coverage_applications s WHERE s.id = $3))
             ORDER BY a.submitted_at, a.id LIMIT $4 + 1"
        );
        Constant(query).load(tx.conn)?
    } else {
        let query = page!(
            "WHERE a.hospital = insula.organisation() AND (cardinality($1) = 0 OR a.status = ANY ($1))
             AND ($2 IS NULL OR a.beneficiary_id = $2) AND ($3 IS NULL OR a.id < $3) ORDER BY a.id DESC LIMIT $4 + 1"
        );
        Constant(query).load(tx.conn)?
    };
    let page = Page::of(rows, filter.page_size).read(|row| row.read(tx.keys))?;
    trail::record(tx, Action::List, "coverageApplications", &json!({"found": page.items.len()}))?;
    Ok(page)
}

/// COV-01: creates the draft of an application for a beneficiary of the caller's hospital.
pub fn create(tx: &mut Tx, beneficiary: BeneficiaryId, content: &Content) -> Result<Application, Stop> {
    let id = tx.ids.uuid();
    let (sealed, key_version) = seal(tx.keys, id, 1, content, None)?;
    let event = trail::event(tx, Action::Create, &subject(id), &json!({"version": 1, "beneficiary": beneficiary}))?;
    let query = diesel::sql_query(
        "WITH known AS (SELECT id, hospital, person_id FROM vault.beneficiaries
               WHERE id = $2 AND hospital = insula.organisation()),
             made AS (INSERT INTO insula.coverage_applications
                 (id, hospital, beneficiary_id, person_id, status, version, content_version, created_by, created_at, updated_at)
               SELECT $1, hospital, id, person_id, 'draft', 1, 1, insula.person(), $3, $3 FROM known RETURNING *),
             kept AS (INSERT INTO vault.coverage_contents
                 (application_id, version, hospital, content, key_version, changed_by, changed_at)
               SELECT id, 1, hospital, $4, $5, insula.person(), $3 FROM made),
             traced AS (INSERT INTO trail.events (id, body, mac) SELECT $6, $7, $8 FROM made)
         SELECT id, hospital, beneficiary_id, person_id, status, version, content_version, submitted_at, insurer, created_at,
             updated_at, $4 AS content, $5 AS key_version FROM made",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<SqlUuid, _>(beneficiary.0)
    .bind::<Timestamptz, _>(tx.now)
    .bind::<Binary, _>(sealed)
    .bind::<Integer, _>(key_version)
    .bind::<SqlUuid, _>(event.id)
    .bind::<Text, _>(event.body)
    .bind::<Binary, _>(event.mac);
    let row: Option<Row> = Constant(query).get_result(tx.conn).optional()?;
    let unknown = || vec![Fault::new("beneficiaryId", Reason::BeneficiaryNotFound, RuleId::Sys02)];
    Ok(row.ok_or_else(unknown)?.read(tx.keys)?)
}

/// What a command writes.
enum Change<'a> {
    /// Another content of the draft.
    Content(&'a Content),
    /// What a submit leaves in clear, and what is known of the beneficiary.
    Submit(&'a Submitted, &'a Known),
    /// The status alone.
    Status,
}

/// COV-01: replaces the content of a draft, which is locked.
pub fn replace(tx: &mut Tx, present: &Application, content: &Content) -> Result<Application, Stop> {
    change(tx, present, present.status, Change::Content(content), Action::Replace)
}

/// COV-01: submits an application, which is locked, to the insurer that the beneficiary has.
pub fn submit(
    tx: &mut Tx,
    present: &Application,
    next: ApplicationStatus,
    submitted: &Submitted,
    known: &Known,
) -> Result<Application, Stop> {
    change(tx, present, next, Change::Submit(submitted, known), Action::Submit)
}

/// COV-01: withdraws an application, which is locked.
pub fn withdraw(tx: &mut Tx, present: &Application, next: ApplicationStatus) -> Result<Application, Stop> {
    change(tx, present, next, Change::Status, Action::Withdraw)
}

fn change(
    tx: &mut Tx,
    present: &Application,
    status: ApplicationStatus,
    what: Change,
    action: Action,
) -> Result<Application, Stop> {
    let version = present.version + 1;
    let (content, submitted, known) = match what {
        Change::Content(content) => (Some(content), None, None),
        Change::Submit(submitted, known) => (Some(&present.content), Some(submitted), Some(known)),
        Change::Status => (None, None, None),
    };
    let sealed = content.map(|content| seal(tx.keys, present.id, version, content, known)).transpose()?;
    let event = trail::event(tx, action, &subject(present.id), &json!({"version": version, "status": status}))?;
    let query = diesel::sql_query(
        "WITH kept AS (INSERT INTO vault.coverage_contents
                 (application_id, version, hospital, content, key_version, changed_by, changed_at)
               SELECT $1, $2, insula.organisation(), $5, $6, insula.person(), $4 WHERE $5 IS NOT NULL),
             traced AS (INSERT INTO trail.events (id, body, mac) VALUES ($10, $11, $12))
         UPDATE insula.coverage_applications a
         SET version = $2, status = $3, updated_at = $4,
             content_version = CASE WHEN $5 IS NULL THEN a.content_version ELSE $2 END,
             application_date = coalesce($7, a.application_date), wanted_from = coalesce($8, a.wanted_from),
             convention_number = coalesce($9, a.convention_number),
             submitted_at = CASE WHEN $7 IS NULL THEN a.submitted_at ELSE $4 END,
             insurer = CASE WHEN $7 IS NULL THEN a.insurer ELSE i.number END,
             insurer_union = CASE WHEN $7 IS NULL THEN a.insurer_union ELSE i.union_number END
         FROM vault.beneficiaries b LEFT JOIN insula.insurers i
             ON i.number = vault.insurer_on(b.id, ($4 AT TIME ZONE 'Europe/Brussels')::date)
         WHERE a.id = $1 AND b.id = a.beneficiary_id RETURNING a.insurer",
    )
    .bind::<SqlUuid, _>(present.id)
    .bind::<Integer, _>(version)
    .bind::<Text, _>(status.name())
    .bind::<Timestamptz, _>(tx.now)
    .bind::<Nullable<Binary>, _>(sealed.as_ref().map(|(sealed, _)| sealed))
    .bind::<Nullable<Integer>, _>(sealed.as_ref().map(|(_, key_version)| *key_version))
    .bind::<Nullable<Date>, _>(submitted.map(|one| one.date))
    .bind::<Nullable<Date>, _>(submitted.map(|one| one.wanted))
    .bind::<Nullable<Text>, _>(submitted.map(|one| one.number.as_str()))
    .bind::<SqlUuid, _>(event.id)
    .bind::<Text, _>(event.body)
    .bind::<Binary, _>(event.mac);
    let row: InsurerRow = Constant(query).found(tx.conn)?;
    let insurer = row.insurer.map(|one| one.parse()).transpose();
    Ok(Application {
        status,
        version,
        content: content.cloned().unwrap_or_else(|| present.content.clone()),
        known: known.cloned().or_else(|| present.known.clone()),
        submitted_at: submitted.map(|_| tx.now).or(present.submitted_at),
        insurer: insurer.map_err(|_| DbError::inconsistent("insula.coverage_applications", "insurer", present.id))?,
        updated_at: tx.now,
        ..present.clone()
    })
}

#[derive(QueryableByName)]
struct InsurerRow {
    #[diesel(sql_type = Nullable<Text>)]
    insurer: Option<String>,
}

/// COV-01: deletes a draft, which is locked, with all its versions.
pub fn delete(tx: &mut Tx, present: &Application) -> Result<(), Stop> {
    let details = json!({"version": present.version, "beneficiary": present.beneficiary});
    let event = trail::event(tx, Action::Delete, &subject(present.id), &details)?;
    let query = diesel::sql_query(
        "WITH traced AS (INSERT INTO trail.events (id, body, mac) VALUES ($2, $3, $4))
         DELETE FROM insula.coverage_applications WHERE id = $1 RETURNING id",
    )
    .bind::<SqlUuid, _>(present.id)
    .bind::<SqlUuid, _>(event.id)
    .bind::<Text, _>(event.body)
    .bind::<Binary, _>(event.mac);
    Constant(query).execute(tx.conn)?;
    Ok(())
}
