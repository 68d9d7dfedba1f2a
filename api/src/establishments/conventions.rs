//! `listConventions`, `putConvention` and `denounceConvention`.

use actix_web::{HttpResponse, get, http::StatusCode, post, put, web};
use chrono::NaiveDate;
use insula_domain::{
    clock::brussels_day,
    convention::{
        number::Number,
        term::{Denunciation, End, Term},
    },
    identifier::HospitalNumber,
    names::{ConventionEnd, ConventionKind, ConventionParty},
    refusal::{Fault, Reason},
    registration::content::parse_date,
    rule::RuleId,
};
use insula_persistence::{conventions, idempotency, organisations};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    caller::{Caller, respond},
    input::{Body, Query, Reader},
    organisations::hospitals::number,
    problem::ApiError,
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
    /// The last day, when one is known: that of self-management too, without which a pump convention expires (CON-06).
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
    fn of(caller: &Caller, convention: &conventions::Convention, others: &[Term], on: NaiveDate) -> Convention {
        let really = convention.term.with_expiry(others);
        let hospital = really.hospital;
        Convention {
            number: really.number.as_str().to_owned(),
            kind: really.kind().name().to_owned(),
            href: caller.href(&format!("/establishments/{hospital}/conventions/{}", really.number.as_str())),
            hospital_number: hospital.to_string(),
            from: really.from,
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
        ("hospitalNumber" = String, Path, description = "The hospital's INAMI number, 8 digits."),
        ("on" = Option<NaiveDate>, Query, nullable = false, description = "The day for which `inForce` answers; today unless stated.")
    ),
    responses(
        (status = 200, description = "The conventions.", body = ConventionCollection),
        (status = 404, response = crate::documents::ProblemResponse),
    ),
    security(("Bearer" = []))
)]
#[get("/establishments/{hospitalNumber}/conventions")]
pub async fn list_conventions(
    caller: Caller,
    path: web::Path<String>,
    mut query: Query,
) -> Result<HttpResponse, ApiError> {
    let hospital = number(&path)?;
    let on = query.one("on", Reason::NotADate, parse_date);
    query.finish()?;
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
    let kinds = ConventionKind::ALL.iter();
    kinds.copied().find_map(|kind| Number::parse(kind, path).ok()).ok_or(ApiError::NotFound)
}

/// Enter or change a convention.
///
/// INAMI enters the conventions of a hospital: one of each kind at a time, a pump convention only while self-management is in force
/// (CON-01). A new one is entered without `If-Match`, a known one changed with it. A denunciation has an operation of its own.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "putConvention",
    params(
        ("hospitalNumber" = String, Path, description = "The hospital's INAMI number, 8 digits."),
        ("conventionNumber" = String, Path, description = "Its identification number: `7.86.5xx.xx` of a pump convention."),
        ("If-Match" = Option<String>, Header, nullable = false, description = "The ETag of the version that is changed; absent for a new convention.")
    ),
    request_body = ConventionEntry,
    responses(
        (status = 200, description = "The convention.", body = Convention, headers(("ETag" = String, description = "Its version."))),
        (status = 400, response = crate::documents::ProblemResponse),
        (status = 404, response = crate::documents::ProblemResponse),
        (status = 412, response = crate::documents::ProblemResponse),
    ),
    security(("Bearer" = []))
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
    if kind.is_some_and(|kind| kind != number.kind()) {
        let fault = Fault::new("kind", Reason::NotInList, RuleId::Con01);
        reader.add(fault.with("allowed", number.kind()));
    }
    let from = reader.required_date("from");
    let last_day = reader.date("lastDay");
    let new_establishment = reader.flag("newEstablishment");
    if new_establishment && number.kind() != ConventionKind::Pump {
        reader.add(Fault::new("newEstablishment", Reason::NotInList, RuleId::Stf05).with("allowed", "false"));
    }
    reader.finish()?;
    let term = Term {
        number,
        hospital,
        from,
        end: last_day.map(|last_day| End { last_day, why: ConventionEnd::Other }),
        new_establishment,
    };
    let context = caller.clone();
    let answer = caller
        .run(move |tx| {
            let convention = conventions::put(tx, term.clone(), if_match)?;
            let others = conventions::conventions(tx, hospital.as_str())?;
            let others: Vec<Term> = others.into_iter().map(|one| one.term).collect();
            let shown = Convention::of(&context, &convention, &others, brussels_day(tx.now));
            Ok(context.answer(StatusCode::OK, Some(convention.version), None, &shown))
        })
        .await?;
    Ok(respond(&answer))
}

/// A registered letter that denounces a convention.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"sentOn": "2026-03-15", "by": "establishment"}))]
pub struct DenunciationEntry {
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
    params(
        ("hospitalNumber" = String, Path, description = "The hospital's INAMI number, 8 digits."),
        ("conventionNumber" = String, Path, description = "The number of a pump convention, `7.86.5xx.xx`."),
        ("If-Match" = String, Header, description = "The ETag of the version that is denounced."),
        ("Idempotency-Key" = String, Header, description = "A key of the caller's own for this request, quoted, at most 255 characters.")
    ),
    request_body = DenunciationEntry,
    responses(
        (status = 200, description = "The convention, with its last day.", body = Convention, headers(("ETag" = String, description = "Its version."))),
        (status = 400, response = crate::documents::ProblemResponse),
        (status = 404, response = crate::documents::ProblemResponse),
        (status = 412, response = crate::documents::ProblemResponse),
    ),
    security(("Bearer" = []))
)]
#[post("/establishments/{hospitalNumber}/conventions/{conventionNumber}/denounce")]
pub async fn denounce_convention(
    caller: Caller,
    path: web::Path<(String, String)>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let hospital = number(&path.0)?;
    let number = convention_number(&path.1)?;
    let if_match = caller.if_match()?;
    let caller = caller.keyed(&body.bytes)?;
    let mut reader = Reader::new(&body.members);
    let sent_on = reader.required_date("sentOn");
    let by = reader.required_one_of("by", ConventionParty::ALL, ConventionParty::name);
    reader.finish()?;
    let letter = Denunciation { sent_on, by: by.unwrap_or(ConventionParty::Inami) };
    let context = caller.clone();
    let answer = caller
        .run(move |tx| {
            let (convention, others) = conventions::denounce(tx, &hospital, &number, letter, if_match)?;
            let shown = Convention::of(&context, &convention, &others, brussels_day(tx.now));
            let answer = context.answer(StatusCode::OK, Some(convention.version), None, &shown);
            idempotency::store(tx, &answer)?;
            Ok(answer)
        })
        .await?;
    Ok(respond(&answer))
}
