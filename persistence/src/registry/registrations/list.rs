//! Lists of registrations, and the versions of one.

use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{Array, Binary, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::{
    ids::{BeneficiaryId, RegistrationId},
    names::VersionCommand,
    registry::registration::{Corrections, Registration, RegistrationType, Status},
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Row, columns};
use crate::{
    error::{DbError, Stop},
    page::Page,
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

/// The filter of a list. Empty lists and absent values do not restrict it.
#[derive(Debug, Clone, Default)]
pub struct RegistrationFilter {
    /// Any of these statuses.
    pub status: Vec<Status>,
    /// Any of these types.
    pub registration_type: Vec<RegistrationType>,
    /// Changed at this instant or later.
    pub changed_since: Option<DateTime<Utc>>,
    /// Of this beneficiary.
    pub beneficiary: Option<BeneficiaryId>,
    /// Those after this one in the list.
    pub after: Option<RegistrationId>,
    /// Maximum number of results.
    pub page_size: i32,
}

/// The registrations the caller may see, newest first. The order of creation never changes, so no page repeats or
/// misses a registration that existed when the first page was read.
pub fn list(tx: &mut Tx, filter: &RegistrationFilter) -> Result<Page<Registration>, Stop> {
    let given = |names: Vec<&'static str>| Some(names).filter(|names| !names.is_empty());
    let status = given(filter.status.iter().map(|status| status.name()).collect());
    let types = given(filter.registration_type.iter().map(|one| one.name()).collect());
    let details = json!({"status": status, "type": types, "changedSince": filter.changed_since,
        "beneficiaryId": filter.beneficiary});
    let event = trail::event(tx, Action::List, "registrations", &details)?;
    let query = diesel::sql_query(concat!(
        "WITH traced AS (INSERT INTO trail.events (id, body, mac) VALUES ($7, $8, $9))
         SELECT ",
        columns!(),
        " FROM insula.registrations r
         WHERE r.hospital = insula.organisation()
           AND ($1 IS NULL OR r.status = ANY ($1::insula.registration_status[]))
           AND ($2 IS NULL OR r.type = ANY ($2::insula.registration_type[]))
           AND ($3 IS NULL OR r.updated_at >= $3)
           AND ($4 IS NULL OR r.beneficiary_id = $4)
           AND ($5 IS NULL OR r.id < $5)
         ORDER BY r.id DESC LIMIT $6 + 1"
    ))
    .bind::<Nullable<Array<Text>>, _>(status)
    .bind::<Nullable<Array<Text>>, _>(types)
    .bind::<Nullable<Timestamptz>, _>(filter.changed_since)
    .bind::<Nullable<SqlUuid>, _>(filter.beneficiary.map(|id| id.0))
    .bind::<Nullable<SqlUuid>, _>(filter.after.map(|id| id.0))
    .bind::<Integer, _>(filter.page_size)
    .bind::<SqlUuid, _>(event.id)
    .bind::<Text, _>(event.body)
    .bind::<Binary, _>(event.mac);
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    Ok(Page::of(rows, filter.page_size).read(Registration::try_from)?)
}

/// All registrations of one beneficiary.
pub fn of_beneficiary(tx: &mut Tx, beneficiary: BeneficiaryId) -> Result<Vec<Registration>, Stop> {
    let filter =
        RegistrationFilter { beneficiary: Some(beneficiary), page_size: 1000, ..RegistrationFilter::default() };
    Ok(list(tx, &filter)?.items)
}

/// One version of a registration: the command, who gave it, and the result.
#[derive(Debug, Clone)]
pub struct RegistrationVersion {
    /// Its number, from 1.
    pub version: i32,
    /// What made it.
    pub command: VersionCommand,
    /// The status.
    pub status: Status,
    /// The author.
    pub author: String,
    /// The beneficiary.
    pub beneficiary_id: Option<Uuid>,
    /// The content.
    pub content: Map<String, Value>,
    /// The required corrections.
    pub corrections: Option<Corrections>,
    /// Who made it.
    pub changed_by: String,
    /// When it was made.
    pub changed_at: DateTime<Utc>,
    /// The identifier of the request that made it.
    pub trace_id: Uuid,
}

#[derive(QueryableByName)]
struct VersionRow {
    #[diesel(sql_type = Integer)]
    version: i32,
    #[diesel(sql_type = Text)]
    command: String,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Text)]
    author: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    beneficiary_id: Option<Uuid>,
    #[diesel(sql_type = Jsonb)]
    content: Value,
    #[diesel(sql_type = Nullable<Jsonb>)]
    corrections: Option<Value>,
    #[diesel(sql_type = Text)]
    changed_by: String,
    #[diesel(sql_type = Timestamptz)]
    changed_at: DateTime<Utc>,
    #[diesel(sql_type = SqlUuid)]
    trace_id: Uuid,
}

impl VersionRow {
    fn read(self, id: RegistrationId) -> Result<RegistrationVersion, DbError> {
        let row = format!("{id}, version {}", self.version);
        let inconsistent = |column| DbError::inconsistent("registration_versions", column, &row);
        let Value::Object(content) = self.content else { return Err(inconsistent("content")) };
        let corrections = self.corrections.map(serde_json::from_value).transpose();
        Ok(RegistrationVersion {
            version: self.version,
            command: VersionCommand::from_name(&self.command).ok_or_else(|| inconsistent("command"))?,
            status: Status::from_name(&self.status).ok_or_else(|| inconsistent("status"))?,
            author: self.author,
            beneficiary_id: self.beneficiary_id,
            content,
            corrections: corrections.map_err(|_| inconsistent("corrections"))?,
            changed_by: self.changed_by,
            changed_at: self.changed_at,
            trace_id: self.trace_id,
        })
    }
}

macro_rules! versions {
    ($which:literal) => {
        concat!(
            "WITH traced AS (INSERT INTO trail.events (id, body, mac) VALUES ($2, $3, $4))
             SELECT v.version, v.command, v.status::text AS status, v.author, v.beneficiary_id,
                 (SELECT c.content FROM insula.registration_versions c
                  WHERE c.registration_id = v.registration_id AND c.version <= v.version AND c.content IS NOT NULL
                  ORDER BY c.version DESC LIMIT 1) AS content,
                 v.corrections, v.changed_by, v.changed_at, v.trace_id
             FROM insula.registration_versions v
             JOIN insula.registrations r ON r.id = v.registration_id
             WHERE v.registration_id = $1 AND v.hospital = insula.organisation()",
            $which
        )
    };
}

/// Every version of a registration, oldest first.
pub fn history(tx: &mut Tx, id: RegistrationId) -> Result<Vec<RegistrationVersion>, Stop> {
    let event = trail::event(tx, Action::List, &format!("registration:{id}"), &json!({}))?;
    let query = diesel::sql_query(versions!(" ORDER BY v.version"))
        .bind::<SqlUuid, _>(id.0)
        .bind::<SqlUuid, _>(event.id)
        .bind::<Text, _>(event.body)
        .bind::<Binary, _>(event.mac);
    let rows: Vec<VersionRow> = Constant(query).load(tx.conn)?;
    if rows.is_empty() {
        return Err(Stop::NotFound);
    }
    Ok(rows.into_iter().map(|row| row.read(id)).collect::<Result<_, _>>()?)
}

/// One version of a registration.
pub fn version(tx: &mut Tx, id: RegistrationId, number: i32) -> Result<RegistrationVersion, Stop> {
    let event = trail::event(tx, Action::Get, &format!("registration:{id}"), &json!({"version": number}))?;
    let query = diesel::sql_query(versions!(" AND v.version = $5"))
        .bind::<SqlUuid, _>(id.0)
        .bind::<SqlUuid, _>(event.id)
        .bind::<Text, _>(event.body)
        .bind::<Binary, _>(event.mac)
        .bind::<Integer, _>(number);
    Ok(Constant(query).found::<VersionRow>(tx.conn)?.read(id)?)
}
