//! Hospitals, insurers, nomenclature pairs and the grants of access managers (CGM-01, CGM-02, CGM-14).

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    OptionalExtension, QueryableByName, RunQueryDsl,
    sql_types::{Array, Date, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::{
    identifier::{HospitalNumber, InsurerNumber},
    names::Language,
    nomenclature::Counter,
    parties::hospital::adherence,
    span::Span,
};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    error::{DbError, Stop},
    page::Page,
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

/// A hospital.
#[derive(Debug, Clone)]
pub struct Hospital {
    /// Its INAMI number.
    pub number: HospitalNumber,
    /// Its name.
    pub name: String,
    /// The language of its correspondence.
    pub language: Language,
    /// Whom its staff ask for access to the registry (CGM-02).
    pub access_contact: Option<String>,
    /// The days of its adherence to M-ACL-001 (CGM-14).
    pub adherence: Option<Span>,
    /// Counts every change, from 1.
    pub version: i32,
}

#[derive(QueryableByName)]
struct HospitalRow {
    #[diesel(sql_type = Text)]
    number: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    language: String,
    #[diesel(sql_type = Nullable<Text>)]
    access_contact: Option<String>,
    #[diesel(sql_type = Nullable<Date>)]
    adhered_from: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Date>)]
    adhered_to: Option<NaiveDate>,
    #[diesel(sql_type = Integer)]
    version: i32,
}

impl HospitalRow {
    fn read(self) -> Result<Hospital, DbError> {
        let inconsistent = |column| DbError::inconsistent("insula.hospitals", column, &self.number);
        Ok(Hospital {
            adherence: read_adherence(&self.number, self.adhered_from, self.adhered_to)?,
            language: Language::from_name(&self.language).ok_or_else(|| inconsistent("language"))?,
            number: self.number.parse().map_err(|_| inconsistent("number"))?,
            name: self.name,
            access_contact: self.access_contact,
            version: self.version,
        })
    }
}

/// CGM-14: the adherence stored in two columns.
pub(crate) fn read_adherence(
    hospital: &str,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
) -> Result<Option<Span>, DbError> {
    adherence(from, to).map_err(|_| DbError::inconsistent("insula.hospitals", "adhered_to", hospital))
}

macro_rules! hospital_columns {
    () => {
        "number, name, language, access_contact, adhered_from, adhered_to, version"
    };
}

macro_rules! select_hospitals {
    ($which:literal) => {
        concat!("SELECT ", hospital_columns!(), " FROM insula.hospitals WHERE ", $which)
    };
}

/// The hospitals the caller may see, by number, from the one after `after`.
pub fn hospitals(tx: &mut Tx, after: Option<&str>, page_size: i32) -> Result<Page<Hospital>, Stop> {
    let query = diesel::sql_query(select_hospitals!("$1 IS NULL OR number > $1 ORDER BY number LIMIT $2 + 1"))
        .bind::<Nullable<Text>, _>(after)
        .bind::<Integer, _>(page_size);
    let rows: Vec<HospitalRow> = Constant(query).load(tx.conn)?;
    Ok(Page::of(rows, page_size).read(HospitalRow::read)?)
}

/// One hospital.
pub fn hospital(tx: &mut Tx, number: HospitalNumber) -> Result<Hospital, Stop> {
    let query = diesel::sql_query(select_hospitals!("number = $1")).bind::<Text, _>(number.as_str());
    Ok(Constant(query).found::<HospitalRow>(tx.conn)?.read()?)
}

/// Enters a hospital, or changes it if `if_match` is its current version. Returns whether it is new.
pub fn put_hospital(tx: &mut Tx, hospital: &Hospital, if_match: Option<i32>) -> Result<(Hospital, bool), Stop> {
    let query =
        diesel::sql_query(select_hospitals!("number = $1 FOR UPDATE")).bind::<Text, _>(hospital.number.as_str());
    let present: Option<HospitalRow> = Constant(query).get_result(tx.conn).optional()?;
    let present = present.map(HospitalRow::read).transpose()?;
    match (&present, if_match) {
        (Some(present), Some(version)) if present.version == version => {}
        (None, None) => {}
        _ => return Err(Stop::Stale),
    }
    let query = diesel::sql_query(concat!(
        "INSERT INTO insula.hospitals (number, name, language, access_contact, adhered_from, adhered_to, version,
            updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, 1, $7)
         ON CONFLICT (number) DO UPDATE SET name = $2, language = $3, access_contact = $4, adhered_from = $5,
             adhered_to = $6, version = hospitals.version + 1, updated_at = $7 WHERE hospitals.version = $8
         RETURNING ",
        hospital_columns!()
    ))
    .bind::<Text, _>(hospital.number.as_str())
    .bind::<Text, _>(&hospital.name)
    .bind::<Text, _>(hospital.language.name())
    .bind::<Nullable<Text>, _>(&hospital.access_contact)
    .bind::<Nullable<Date>, _>(hospital.adherence.map(|adherence| adherence.from))
    .bind::<Nullable<Date>, _>(hospital.adherence.and_then(|adherence| adherence.to))
    .bind::<Timestamptz, _>(tx.now)
    .bind::<Nullable<Integer>, _>(present.as_ref().map(|present| present.version));
    // Two concurrent requests may both enter it: the second one must not overwrite the first unseen.
    let stored: HospitalRow = Constant(query).get_result(tx.conn).optional()?.ok_or(Stop::Stale)?;
    let stored = stored.read()?;
    // The contact is often a person's address: the trail records whether it changed, never its value (SYS-01).
    let shown = |hospital: &Hospital| {
        json!({"name": hospital.name, "language": hospital.language,
               "hasAccessContact": hospital.access_contact.is_some(),
               "adheredFrom": hospital.adherence.map(|adherence| adherence.from),
               "adheredTo": hospital.adherence.and_then(|adherence| adherence.to)})
    };
    let contact_before = present.as_ref().and_then(|present| present.access_contact.as_ref());
    let details = json!({"before": present.as_ref().map(shown), "after": shown(&stored), "version": stored.version,
        "accessContactChanged": contact_before != stored.access_contact.as_ref()});
    trail::record(tx, Action::Put, &format!("hospital:{}", stored.number), &details)?;
    Ok((stored, present.is_none()))
}

/// An insurer.
#[derive(Debug, Clone, QueryableByName, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"number": "319", "unionNumber": "300", "name": "Socialist mutuality 319"}))]
pub struct Insurer {
    /// Its number, 3 digits.
    #[diesel(sql_type = Text)]
    #[schema(value_type = InsurerNumber)]
    pub number: String,
    /// The number of its union; for a union its own.
    #[diesel(sql_type = Text)]
    #[schema(value_type = InsurerNumber)]
    pub union_number: String,
    /// Its name.
    #[diesel(sql_type = Text)]
    pub name: String,
}

/// Every insurer.
pub fn insurers(tx: &mut Tx) -> Result<Vec<Insurer>, Stop> {
    let query = diesel::sql_query("SELECT number, union_number, name FROM insula.insurers ORDER BY number");
    Ok(Constant(query).load(tx.conn)?)
}

/// A nomenclature pair.
#[derive(Debug, Clone)]
pub struct NomenclaturePair {
    /// Both codes, joined by a hyphen.
    pub pair: String,
    /// The code in ambulatory care.
    pub ambulatory: String,
    /// The code for hospitalised beneficiaries.
    pub hospitalised: String,
    /// The days on which it is in force.
    pub span: Span,
    /// The counter it feeds.
    pub counter: Option<Counter>,
}

/// Every nomenclature pair, with its dates.
pub fn nomenclature_pairs(tx: &mut Tx) -> Result<Vec<NomenclaturePair>, Stop> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        pair: String,
        #[diesel(sql_type = Text)]
        ambulatory: String,
        #[diesel(sql_type = Text)]
        hospitalised: String,
        #[diesel(sql_type = Date)]
        valid_from: NaiveDate,
        #[diesel(sql_type = Nullable<Date>)]
        valid_to: Option<NaiveDate>,
        #[diesel(sql_type = Nullable<Text>)]
        counter: Option<String>,
    }
    let query = diesel::sql_query(
        "SELECT pair, ambulatory, hospitalised, valid_from, valid_to, counter
         FROM insula.nomenclature_pairs ORDER BY pair, valid_from",
    );
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    let read = |row: Row| {
        let counter = row.counter.map(|name| {
            let row = format!("{} {}", row.pair, row.valid_from);
            Counter::from_name(&name).ok_or_else(|| DbError::inconsistent("insula.nomenclature_pairs", "counter", row))
        });
        Ok(NomenclaturePair {
            counter: counter.transpose()?,
            ambulatory: row.ambulatory,
            hospitalised: row.hospitalised,
            span: Span { from: row.valid_from, to: row.valid_to },
            pair: row.pair,
        })
    };
    Ok(rows.into_iter().map(read).collect::<Result<_, DbError>>()?)
}

/// A grant of access to the registry.
#[derive(Debug, Clone, QueryableByName)]
pub struct Grant {
    /// Its identifier.
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    /// The person, as their tokens name them.
    #[diesel(sql_type = Text)]
    pub person: String,
    /// The authors the person supports.
    #[diesel(sql_type = Array<Text>)]
    pub supports: Vec<String>,
    /// Who granted it.
    #[diesel(sql_type = Text)]
    pub granted_by: String,
    /// When.
    #[diesel(sql_type = Timestamptz)]
    pub granted_at: DateTime<Utc>,
}

/// The grants in force at the caller's hospital.
pub fn grants(tx: &mut Tx) -> Result<Vec<Grant>, Stop> {
    let query = diesel::sql_query(
        "SELECT id, person, supports, granted_by, granted_at FROM insula.registry_grants
         WHERE hospital = insula.organisation() AND withdrawn_at IS NULL ORDER BY person",
    );
    Ok(Constant(query).load(tx.conn)?)
}

/// The authors a person supports at the caller's hospital.
pub fn supported_by(tx: &mut Tx, person: &str) -> Result<Vec<String>, Stop> {
    Ok(grants(tx)?.into_iter().find(|grant| grant.person == person).map(|grant| grant.supports).unwrap_or_default())
}

/// CGM-02: grants a person access to the registry, in place of any earlier grant of theirs.
pub fn grant(tx: &mut Tx, person: &str, supports: &[String]) -> Result<Grant, Stop> {
    let id = tx.ids.uuid();
    let query = diesel::sql_query(
        "UPDATE insula.registry_grants SET withdrawn_by = insula.person(), withdrawn_at = $2
         WHERE hospital = insula.organisation() AND person = $1 AND withdrawn_at IS NULL",
    )
    .bind::<Text, _>(person)
    .bind::<Timestamptz, _>(tx.now);
    Constant(query).execute(tx.conn)?;
    let query = diesel::sql_query(
        "INSERT INTO insula.registry_grants (id, hospital, person, supports, granted_by, granted_at)
         VALUES ($1, insula.organisation(), $2, $3, insula.person(), $4)
         RETURNING id, person, supports, granted_by, granted_at",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Text, _>(person)
    .bind::<Array<Text>, _>(supports)
    .bind::<Timestamptz, _>(tx.now);
    let grant: Grant = Constant(query).get_result(tx.conn)?;
    let details = json!({"person": person, "supports": supports});
    trail::record(tx, Action::Create, &format!("registryGrant:{id}"), &details)?;
    Ok(grant)
}

/// CGM-02: withdraws a grant.
pub fn withdraw(tx: &mut Tx, id: Uuid) -> Result<(), Stop> {
    let query = diesel::sql_query(
        "UPDATE insula.registry_grants SET withdrawn_by = insula.person(), withdrawn_at = $2
         WHERE id = $1 AND hospital = insula.organisation() AND withdrawn_at IS NULL RETURNING id",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Timestamptz, _>(tx.now);
    if Constant(query).execute(tx.conn)? == 0 {
        return Err(Stop::NotFound);
    }
    trail::record(tx, Action::Delete, &format!("registryGrant:{id}"), &json!({}))?;
    Ok(())
}

/// Whom to ask for access to the registry at the caller's hospital.
pub fn access_contact(tx: &mut Tx) -> Result<Option<String>, Stop> {
    #[derive(QueryableByName)]
    struct Contact {
        #[diesel(sql_type = Nullable<Text>)]
        access_contact: Option<String>,
    }
    let query = diesel::sql_query("SELECT access_contact FROM insula.hospitals WHERE number = insula.organisation()");
    let found: Option<Contact> = Constant(query).get_result(tx.conn).optional()?;
    Ok(found.and_then(|found| found.access_contact))
}
