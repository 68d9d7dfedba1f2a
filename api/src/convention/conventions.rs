//! `listConventions`, `putConvention` and `denounceConvention`.

use actix_web::{HttpResponse, get, http::StatusCode, post, put, web};
use chrono::NaiveDate;
use insula_domain::{
    clock::brussels_day,
    convention::{
        holder::Convention as Stated,
        number::Number,
        term::{Denunciation, Term},
    },
    identifier::HospitalNumber,
    names::{ConventionKind, ConventionParty},
    refusal::Reason,
    text::parse_date,
};
use insula_persistence::{
    Stop, Tx,
    convention::conventions::{self, Held},
    idempotency::Answer,
    parties::organisations,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    http::{
        caller::{Caller, respond},
        input::{Body, Query, Reader},
        parameters::{IdempotencyKey, IfMatch, IfMatchUnlessNew, OfConvention, OfHospital},
        problem::ApiError,
    },
    parties::organisations::hospitals::number,
};

/// A convention of a hospital.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"number": "7.86.512.34", "kind": "pump", "hospitalNumber": "71000436",
    "href": "https://insula.example/insula/v1/establishments/71000436/conventions/7.86.512.34", "from": "2021-01-01",
    "inForce": true, "newEstablishment": false, "version": 1}))]
pub struct Convention {
    /// Its one identification number (CON-01).
    pub number: String,
    /// `pump` or `selfManagement`.
    pub kind: String,
    /// The hospital it is concluded with.
    pub hospital_number: String,
    /// Its address.
    #[schema(format = "uri")]
    pub href: String,
    /// The first day on which it is in force.
    pub from: NaiveDate,
    /// The first day on which this hospital has it, when it took it over by a merger or demerger (CON-03, CON-04).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub taken_over_on: Option<NaiveDate>,
    /// The last day with this hospital, when one is known: that of self-management too, without which a pump convention expires
    /// (CON-06), and the eve of the day on which another hospital takes it over.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last_day: Option<NaiveDate>,
    /// Why it ends: `denounced`, `selfManagementEnded`, `merged`, `demerged` or `other`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ended_because: Option<String>,
    /// Whether it is in force on the day asked for.
    pub in_force: bool,
    /// Of a pump convention: whether the hospital had none before, so that its team starts by STF-05.
    pub new_establishment: bool,
    /// When the registered letter that denounced it was sent (CON-05).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub denounced_on: Option<NaiveDate>,
    /// Which party denounced it: `establishment` or `inami`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub denounced_by: Option<String>,
    /// Counts every change, from 1; also the ETag.
    pub version: i32,
}

impl Convention {
    fn of(caller: &Caller, convention: &Held, own: &[Term], on: NaiveDate) -> Convention {
        let really = convention.term.with_expiry(own);
        let hospital = really.hospital;
        Convention {
            number: really.number.as_str().to_owned(),
            kind: really.kind().name().to_owned(),
            href: caller.href(&format!("/establishments/{hospital}/conventions/{}", really.number.as_str())),
            hospital_number: hospital.to_string(),
            from: really.from,
            taken_over_on: really.taken_over,
            last_day: really.end.map(|end| end.last_day),
            ended_because: really.end.map(|end| end.why.name().to_owned()),
            in_force: really.in_force(on),
            new_establishment: really.new_establishment,
            denounced_on: convention.denunciation.map(|letter| letter.sent_on),
            denounced_by: convention.denunciation.map(|letter| letter.by.name().to_owned()),
            version: convention.version,
        }
    }
}

/// The conventions of a hospital.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"items": []}))]
pub struct ConventionCollection {
    /// By kind and first day.
    pub items: Vec<Convention>,
}

/// List the conventions of a hospital.
///
/// Its self-management and pump conventions, past, present and planned, and which of them are in force on a day (CON-01, CON-06).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listConventions",
    params(
        OfHospital,
        ("on" = Option<NaiveDate>, Query, nullable = false, description = "The day for which `inForce` answers; today unless stated.")
    ),
    responses(
        (status = 200, description = "The conventions.", body = ConventionCollection),
    )
)]
#[get("/establishments/{hospitalNumber}/conventions")]
pub async fn list_conventions(
    caller: Caller,
    path: web::Path<String>,
    mut query: Query,
) -> Result<HttpResponse, ApiError> {
    let hospital = number(&path)?;
    let on = query.one("on", Reason::NotADate, parse_date);
    let on = query.finish()?.take(on);
    let (found, today) = caller
        .run(move |tx| {
            organisations::hospital(tx, &hospital)?;
            Ok((conventions::conventions(tx, &hospital)?, brussels_day(tx.now)))
        })
        .await?;
    let on = on.unwrap_or(today);
    let terms: Vec<Term> = found.iter().map(|one| one.term.clone()).collect();
    let items = found.iter().map(|one| Convention::of(&caller, one, &terms, on)).collect();
    Ok(HttpResponse::Ok().json(ConventionCollection { items }))
}

/// What INAMI enters of a convention.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"kind": "pump", "from": "2021-01-01", "newEstablishment": false}))]
pub struct ConventionEntry {
    /// `pump` or `selfManagement`.
    pub kind: String,
    /// The first day on which it is in force; of a pump convention, 1 January 2021 at the earliest (CON-05).
    pub from: NaiveDate,
    /// Its last day, when one is agreed.
    #[schema(nullable = false)]
    pub last_day: Option<NaiveDate>,
    /// Of a pump convention: whether the hospital had none before (STF-05). Default: no.
    #[schema(nullable = false, default = false)]
    pub new_establishment: Option<bool>,
}

/// The number in a path, of either kind; one of another form leads nowhere.
fn convention_number(path: &str) -> Result<Number, ApiError> {
    Number::of_any_kind(path).map_err(|_| ApiError::NotFound)
}

/// A convention as its hospital has it now: the last time, if it had it more than once.
fn answer_for(caller: &Caller, tx: &mut Tx, hospital: HospitalNumber, number: Number) -> Result<Answer, Stop> {
    let found = conventions::conventions(tx, &hospital.to_string())?;
    let own: Vec<Term> = found.iter().map(|one| one.term.clone()).collect();
    let convention = found.iter().rfind(|one| one.term.number == number).ok_or(Stop::NotFound)?;
    let shown = Convention::of(caller, convention, &own, brussels_day(tx.now));
    Ok(caller.answer(StatusCode::OK, Some(convention.version), None, &shown))
}

/// Enter or change a convention.
///
/// INAMI enters the conventions of a hospital: one of each kind at a time, a pump convention only while self-management is in force
/// (CON-01). A new one is entered without `If-Match`, a known one changed with it. Denunciations, mergers and demergers have operations
/// of their own; the end that they bring stays whatever else is corrected.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "putConvention",
    params(OfHospital, OfConvention, IfMatchUnlessNew),
    request_body = ConventionEntry,
    responses(
        (status = 200, description = "The convention.", body = Convention, headers(("ETag" = String, description = "Its version."))),
    )
)]
#[put("/establishments/{hospitalNumber}/conventions/{conventionNumber}")]
pub async fn put_convention(
    caller: Caller,
    path: web::Path<(String, String)>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let hospital: HospitalNumber = path.0.parse().map_err(|_| ApiError::NotFound)?;
    let number = convention_number(&path.1)?;
    let if_match = caller.optional_if_match()?;
    let mut reader = Reader::new(&body.members);
    let kind = reader.required_one_of("kind", ConventionKind::ALL, ConventionKind::name);
    reader.judge(&kind, |kind| number.kind_fault(*kind).into_iter().collect());
    let from = reader.required_date("from");
    let last_day = reader.date("lastDay");
    let new_establishment = reader.flag("newEstablishment");
    reader.judge(&new_establishment, |stated| number.new_establishment_fault(*stated).into_iter().collect());
    let done = reader.finish()?;
    let stated = Stated {
        number,
        hospital,
        from: done.take(from),
        agreed_last_day: done.take(last_day),
        new_establishment: done.take(new_establishment),
        letter: None,
        cut: None,
        holders: Vec::new(),
    };
    let context = caller.clone();
    let answer = caller
        .run(move |tx| {
            organisations::hospital(tx, hospital.as_str())?;
            conventions::put(tx, hospital, &stated, if_match)?;
            answer_for(&context, tx, hospital, number)
        })
        .await?;
    Ok(respond(&answer))
}

/// A registered letter that denounces a convention.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"sentOn": "2026-03-15", "by": "establishment"}))]
pub struct ConventionDenunciation {
    /// When it was sent.
    pub sent_on: NaiveDate,
    /// By which party: `establishment` or `inami`.
    pub by: String,
}

/// Denounce a convention.
///
/// Either party does so by registered letter, for whatever reason; the notice is three months from the first day of the month
/// after the letter was sent (CON-05). The answer shows the last day. Of two letters, the one whose notice ends first stands.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "denounceConvention",
    params(OfHospital, OfConvention, IfMatch, IdempotencyKey),
    request_body = ConventionDenunciation,
    responses(
        (status = 200, description = "The convention, with its last day.", body = Convention, headers(("ETag" = String, description = "Its version."))),
    )
)]
#[post("/establishments/{hospitalNumber}/conventions/{conventionNumber}/denounce")]
pub async fn denounce_convention(
    caller: Caller,
    path: web::Path<(String, String)>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let hospital: HospitalNumber = path.0.parse().map_err(|_| ApiError::NotFound)?;
    let number = convention_number(&path.1)?;
    let if_match = caller.if_match()?;
    let caller = caller.keyed(&body.bytes)?;
    let mut reader = Reader::new(&body.members);
    let sent_on = reader.required_date("sentOn");
    let by = reader.required_one_of("by", ConventionParty::ALL, ConventionParty::name);
    let done = reader.finish()?;
    let letter = Denunciation { sent_on: done.take(sent_on), by: done.take(by) };
    let context = caller.clone();
    caller
        .run_keyed(move |tx| {
            organisations::hospital(tx, hospital.as_str())?;
            conventions::denounce(tx, hospital, number, letter, if_match)?;
            Ok((format!("convention:{}", number.as_str()), answer_for(&context, tx, hospital, number)?))
        })
        .await
}
