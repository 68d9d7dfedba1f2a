//! What answers about records have in common, and the operations that are the same for every register.

use std::{borrow::Cow, marker::PhantomData};

use actix_web::{HttpResponse, http::StatusCode, web};
use chrono::{DateTime, NaiveDate, Utc};
use insula_domain::{convention::entry::Entry, identifier::HospitalNumber, refusal::Fault, span::Span};
use insula_persistence::{
    Stop, Tx,
    convention::records::{self, Content, Filter, Record, Version},
    parties::{beneficiaries, organisations},
};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

use crate::http::{
    caller::{Caller, tagged},
    collection::{Page, Versions},
    input::{Body, Field, Query, Reader, identifier, path_hospital, path_uuid},
    problem::ApiError,
};

/// What is shown of every version of a sheet or a yearly statement.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Stated {
    /// The establishment.
    pub hospital_number: HospitalNumber,
    /// Its address.
    #[schema(format = "uri")]
    pub href: String,
    /// Counts every change, from 1; also the ETag.
    pub version: i32,
    /// When this was stated.
    pub recorded_at: DateTime<Utc>,
    /// By whom.
    pub recorded_by: String,
}

impl Stated {
    /// Of a version of the record at this path of the establishment.
    pub fn of<T>(caller: &Caller, hospital: HospitalNumber, path: &str, stated: &Version<T>) -> Stated {
        Stated {
            hospital_number: hospital,
            href: caller.href(&format!("/establishments/{hospital}/{path}")),
            version: stated.version,
            recorded_at: stated.recorded_at,
            recorded_by: stated.recorded_by.clone(),
        }
    }
}

/// What is shown of every version of a record in a register.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Recorded {
    /// Its identifier.
    #[schema(value_type = Uuid)]
    pub id: String,
    /// Its address.
    #[schema(format = "uri")]
    pub href: String,
    /// Counts every change, from 1; also the ETag.
    pub version: i32,
    /// When this version was recorded.
    pub recorded_at: DateTime<Utc>,
    /// By whom.
    pub recorded_by: String,
    /// When the next version was recorded; absent for the present version.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub replaced_at: Option<DateTime<Utc>>,
    /// Whether it was entered in error.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(default = false)]
    pub withdrawn: bool,
    /// The reason for the correction or withdrawal.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub why: Option<String>,
}

/// How a register shows its records.
pub trait Shown: Serialize + Sized {
    /// What its records say.
    type Content: Content + Send + 'static;

    /// The register's name in its paths.
    const PATH: &'static str;

    /// Whether its records are about beneficiaries.
    const OF_BENEFICIARIES: bool;

    /// A version as it is shown.
    fn of(caller: &Caller, recorded: Recorded, content: Self::Content) -> Self;
}

/// A register of an establishment, of its beneficiaries or of itself: its records are shown as they are entered.
pub trait Register: Content + Entry + ToSchema + Clone + Send + 'static {
    /// The register's name in its paths.
    const PATH: &'static str;

    /// Reads a record from a body.
    fn read(reader: &mut Reader, today: NaiveDate) -> Field<Self>;

    /// What only the database can tell against a record, besides the beneficiary's birth and death.
    fn faults(&self, _: &mut Tx, _: HospitalNumber) -> Result<Vec<Fault>, Stop> {
        Ok(Vec::new())
    }
}

/// Reads the first day of an entry, which is today or earlier, and its last one, which may be later or unknown.
pub fn from_to<T: Register>(reader: &mut Reader, today: NaiveDate) -> (Field<NaiveDate>, Field<Option<NaiveDate>>) {
    let from = reader.required_date("from");
    reader.judge(&from, |from| T::planned("from", *from, today).into_iter().collect());
    let to = reader.date("to");
    if let (Some(from), Some(to)) = (from.known(), to.given()) {
        reader.extend(Span::between(*from, *to).end_fault("to", T::RULE));
    }
    (from, to)
}

/// Refuses, before it is written, what only the database can tell against a record.
fn check<T: Register>(tx: &mut Tx, hospital: HospitalNumber, content: &T) -> Result<(), Stop> {
    let mut faults = match T::BENEFICIARY {
        Some(beneficiary) => content.outside(beneficiaries::life(tx, beneficiary(content))?),
        None => Vec::new(),
    };
    faults.extend(content.faults(tx, hospital)?);
    if faults.is_empty() { Ok(()) } else { Err(faults.into()) }
}

/// A version of a record as it was entered. Its schema is named after the entry: `X` for `XEntry`.
#[derive(Serialize)]
pub struct AsEntered<T> {
    #[serde(flatten)]
    recorded: Recorded,
    #[serde(flatten)]
    content: T,
}

impl<T: Register> Shown for AsEntered<T> {
    type Content = T;

    const PATH: &'static str = T::PATH;
    const OF_BENEFICIARIES: bool = T::BENEFICIARY.is_some();

    fn of(_: &Caller, recorded: Recorded, content: T) -> AsEntered<T> {
        AsEntered { recorded, content }
    }
}

/// A correction: the record as it should have been entered, and why. Its schema is named `XCorrection` for `XEntry`.
pub struct Correction<T>(PhantomData<T>);

/// The name of an entry's schema without its ending.
fn noun<T: ToSchema>() -> String {
    let name = T::name();
    name.strip_suffix("Entry").unwrap_or(&name).to_owned()
}

/// The schema of an entry with the properties of another.
fn joined<T: ToSchema>(other: RefOr<Schema>) -> Value {
    let entry = serde_json::to_value(T::schema()).unwrap_or_default();
    json!({"description": entry["description"], "allOf": [other, entry]})
}

/// If it failed to convert, a contract test would find the empty schema.
fn converted(schema: Value) -> RefOr<Schema> {
    serde_json::from_value(schema).unwrap_or_else(|_| RefOr::T(Schema::default()))
}

impl<T: Register> PartialSchema for AsEntered<T> {
    fn schema() -> RefOr<Schema> {
        converted(joined::<T>(Recorded::schema()))
    }
}

impl<T: Register> PartialSchema for Correction<T> {
    fn schema() -> RefOr<Schema> {
        let mut schema = joined::<T>(RecordWithdrawal::schema());
        schema["example"] = schema["allOf"][1]["example"].clone();
        schema["example"]["why"] = json!("counted again");
        converted(schema)
    }
}

impl<T: Register> ToSchema for AsEntered<T> {
    fn name() -> Cow<'static, str> {
        noun::<T>().into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        Recorded::schemas(schemas);
        T::schemas(schemas);
    }
}

impl<T: Register> ToSchema for Correction<T> {
    fn name() -> Cow<'static, str> {
        format!("{}Correction", noun::<T>()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        T::schemas(schemas);
    }
}

fn href<S: Shown>(caller: &Caller, hospital: HospitalNumber, key: &str) -> String {
    caller.href(&format!("/establishments/{hospital}/{}/{key}", S::PATH))
}

/// Shows a version.
pub fn show<S: Shown>(caller: &Caller, hospital: HospitalNumber, version: Version<S::Content>) -> S {
    let recorded = Recorded {
        href: href::<S>(caller, hospital, &version.key),
        id: version.key,
        version: version.version,
        recorded_at: version.recorded_at,
        recorded_by: version.recorded_by,
        replaced_at: version.replaced_at,
        withdrawn: version.withdrawn,
        why: version.why,
    };
    S::of(caller, recorded, version.content)
}

/// The path of a register: the hospital.
pub type RegisterPath = web::Path<String>;

/// The path of a record: the hospital and its identifier.
pub type RecordPath = web::Path<(String, String)>;

/// What a handler answers.
pub type Answered = Result<HttpResponse, ApiError>;

/// The record that a path names.
pub fn of_path<T: Content>(path: &(String, String)) -> Result<(HospitalNumber, Record<T>), ApiError> {
    let (hospital, id) = (path_hospital(&path.0)?, path_uuid(&path.1)?);
    Ok((hospital, Record::of(hospital, id)))
}

/// Answers with a page of a register, filtered as [`OfRegister`] says, or as [`OfDays`] where it is about the
/// establishment.
///
/// [`OfRegister`]: crate::http::parameters::OfRegister
/// [`OfDays`]: crate::http::parameters::OfDays
pub async fn list<S: Shown>(caller: Caller, hospital: &str, mut query: Query) -> Result<HttpResponse, ApiError> {
    let hospital = path_hospital(hospital)?;
    let beneficiary = S::OF_BENEFICIARIES.then(|| query.uuid("beneficiaryId"));
    let (from, to) = (query.date("from"), query.date("to"));
    let known_at = query.instant("knownAt");
    let page = query.page(identifier);
    let done = query.finish()?;
    let (after, page_size) = done.take(page);
    let filter = Filter {
        beneficiary: beneficiary.and_then(|field| done.take(field)),
        from: done.take(from),
        to: done.take(to),
        known_at: done.take(known_at),
    };
    let found = caller
        .run(move |tx| {
            organisations::hospital(tx, hospital)?;
            records::read_page(tx, hospital, &filter, after, page_size)
        })
        .await?;
    let next = found.last().map(|last| caller.next_page("after", &last.key, page_size));
    let items: Vec<S> = found.items.into_iter().map(|one| show(&caller, hospital, one)).collect();
    Ok(HttpResponse::Ok().json(Page { items, page_size, next }))
}

/// Enters a record.
pub async fn create<T: Register>(caller: Caller, hospital: &str, body: Body) -> Answered {
    let hospital = path_hospital(hospital)?;
    let caller = caller.keyed(&body.bytes)?;
    let mut reader = Reader::new(&body.members);
    let content = T::read(&mut reader, caller.today());
    let content = reader.finish()?.take(content);
    let record = Record::of(hospital, caller.state.db.ids.uuid());
    caller
        .run_keyed(move |caller, tx| {
            organisations::hospital(tx, hospital)?;
            check(tx, hospital, &content)?;
            let created = records::create(tx, &record, content.clone())?;
            let (version, location) = (created.version, href::<AsEntered<T>>(caller, hospital, &created.key));
            let shown: AsEntered<T> = show(caller, hospital, created);
            Ok((record.subject(), caller.answer(StatusCode::CREATED, Some(version), Some(location), &shown)))
        })
        .await
}

/// Replaces a record as a whole, and says why.
pub async fn replace<T: Register>(caller: Caller, path: &(String, String), body: Body) -> Answered {
    let (hospital, record) = of_path::<T>(path)?;
    let mut reader = Reader::new(&body.members);
    let content = T::read(&mut reader, caller.today());
    let why = reader.required_text("why", 500);
    let (content, why) = reader.finish()?.take(content.and(why));
    let if_match = caller.if_match()?;
    let replaced = caller
        .run(move |tx| {
            records::find(tx, &record, None)?;
            check(tx, hospital, &content)?;
            records::replace(tx, &record, content.clone(), if_match, Some(why.clone()))
        })
        .await?;
    Ok(tagged(replaced.version, show::<AsEntered<T>>(&caller, hospital, replaced)))
}

/// Answers with a record, as known now or at `knownAt`.
pub async fn get<S: Shown>(
    caller: Caller,
    path: &(String, String),
    mut query: Query,
) -> Result<HttpResponse, ApiError> {
    let (hospital, record) = of_path::<S::Content>(path)?;
    let known_at = query.instant("knownAt");
    let known_at = query.finish()?.take(known_at);
    let found = caller.run(move |tx| records::read(tx, &record, known_at)).await?;
    Ok(tagged(found.version, show::<S>(&caller, hospital, found)))
}

/// Answers with every version of a record, the latest first.
pub async fn list_versions<S: Shown>(caller: Caller, path: &(String, String)) -> Result<HttpResponse, ApiError> {
    let (hospital, record) = of_path::<S::Content>(path)?;
    let found = caller.run(move |tx| records::read_versions(tx, &record)).await?;
    let items: Vec<S> = found.into_iter().map(|one| show(&caller, hospital, one)).collect();
    Ok(HttpResponse::Ok().json(Versions { items }))
}

/// Why a record is withdrawn.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"why": "entered for another hospital"}))]
pub struct RecordWithdrawal {
    /// The reason.
    #[schema(max_length = 500)]
    pub why: String,
}

/// Withdraws a record that was entered in error, and answers with its last version.
pub async fn withdraw<S: Shown>(caller: Caller, path: &(String, String), body: Body) -> Result<HttpResponse, ApiError> {
    let (hospital, record) = of_path::<S::Content>(path)?;
    let if_match = caller.if_match()?;
    let caller = caller.keyed(&body.bytes)?;
    let mut reader = Reader::new(&body.members);
    let why = reader.required_text("why", 500);
    let why = reader.finish()?.take(why);
    caller
        .run_keyed(move |caller, tx| {
            let withdrawn = records::withdraw(tx, &record, if_match, why.clone())?;
            let version = withdrawn.version;
            let answer = caller.answer(StatusCode::OK, Some(version), None, &show::<S>(caller, hospital, withdrawn));
            Ok((record.subject(), answer))
        })
        .await
}
