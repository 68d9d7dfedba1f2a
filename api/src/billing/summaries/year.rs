//! `getYearlySummary`, `giveYearlySummary` and `getGivenSummary`.

use actix_web::{HttpResponse, get, http::StatusCode, post, web};
use chrono::{DateTime, Utc};
use insula_domain::{
    amount::Balance,
    billing::summary::{Summary, SummaryWay},
    ids::BeneficiaryId,
};
use insula_persistence::{
    Stop,
    billing::summaries::{self, GivenSummary as Given},
    parties::{beneficiaries, organisations},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::paper;
use crate::http::{
    caller::Caller,
    input::{path_number, path_uuid},
    parameters::IdempotencyKey,
    problem::ApiError,
};

/// What was billed for the days of a month.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SummaryMonth {
    /// The month, from 1 to 12.
    #[schema(minimum = 1, maximum = 12)]
    pub month: u32,
    /// How many days.
    pub days: i64,
    /// What was asked for them.
    pub amount: Balance,
}

/// A summary that was given to a beneficiary. It never changes.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GivenSummary {
    /// The address of this summary.
    #[schema(format = "uri")]
    pub href: String,
    /// Its number among those of the beneficiary and the year.
    #[schema(minimum = 1)]
    pub number: i32,
    /// The number of the one that it replaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1)]
    pub replaces: Option<i32>,
    /// How it was given.
    pub way: SummaryWay,
    /// When.
    pub given_at: DateTime<Utc>,
    /// By whom.
    pub given_by: String,
    /// Each month with days.
    pub months: Vec<SummaryMonth>,
    /// All its days.
    pub days: i64,
    /// All that was asked for them.
    pub amount: Balance,
}

/// What was billed for a beneficiary in a year, and the summaries that were given of it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct YearlySummary {
    /// The beneficiary.
    pub beneficiary_id: Uuid,
    /// The year.
    pub year: i32,
    /// Each month with days, as of now.
    pub months: Vec<SummaryMonth>,
    /// All its days.
    pub days: i64,
    /// All that was asked for them.
    pub amount: Balance,
    /// How a summary is given today: electronically with consent, else on paper.
    pub way: SummaryWay,
    /// Whether a summary is due: the year is over, and none was given that says the same.
    pub due: bool,
    /// The summaries that were given, the first one first.
    pub given: Vec<GivenSummary>,
}

/// A PDF file.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
pub struct SummaryDocument(pub Vec<u8>);

fn months(of: &Summary) -> Vec<SummaryMonth> {
    let month = |(month, one): (&u32, &insula_domain::billing::summary::Billed)| SummaryMonth {
        month: *month,
        days: one.days,
        amount: one.amount.clone(),
    };
    of.months.iter().map(month).collect()
}

fn shown(caller: &Caller, beneficiary: Uuid, one: &Given) -> GivenSummary {
    let summary = &one.given.summary;
    let number = one.given.number;
    GivenSummary {
        href: caller.href(&format!("/beneficiaries/{beneficiary}/summaries/{}/{number}", summary.year)),
        number,
        replaces: (number > 1).then_some(number - 1),
        way: one.way,
        given_at: one.given_at,
        given_by: one.given_by.clone(),
        months: months(summary),
        days: summary.days(),
        amount: summary.amount(),
    }
}

fn year_of(text: &str) -> Result<i32, ApiError> {
    path_number("year", text, 2021..=9999)
}

/// Get what was billed for a beneficiary in a year.
///
/// Days and amount of each month, credits taken off; whether a summary is due, how it is given today, and those that
/// were given (BIL-06). Every read is recorded in the trail.
#[utoipa::path(
    tag = "Billing",
    operation_id = "getYearlySummary",
    params(
        ("beneficiaryId" = uuid::Uuid, Path, description = "The beneficiary."),
        ("year" = i32, Path, description = "The year.", minimum = 2021, maximum = 9999)
    ),
    responses((status = 200, description = "The year.", body = YearlySummary))
)]
#[get("/beneficiaries/{beneficiaryId}/summaries/{year}")]
pub async fn get_yearly_summary(caller: Caller, path: web::Path<(String, String)>) -> Result<HttpResponse, ApiError> {
    let (beneficiary, year) = (path_uuid(&path.0)?, year_of(&path.1)?);
    let found = caller.run(move |tx| summaries::year(tx, beneficiary, year)).await?;
    Ok(HttpResponse::Ok().json(YearlySummary {
        beneficiary_id: beneficiary,
        year,
        months: months(&found.summary),
        days: found.summary.days(),
        amount: found.summary.amount(),
        way: found.way,
        due: found.due.is_some(),
        given: found.given.iter().map(|one| shown(&caller, beneficiary, one)).collect(),
    }))
}

/// Give a beneficiary the summary of a year.
///
/// Notes that the summary that is due is given today, electronically with the beneficiary's consent, else on paper;
/// what it says is kept for ever. Fetch it as PDF and deliver it: Insula sends none. Once something is credited or
/// billed afterwards, a second one is due, which replaces the first visibly (BIL-06).
#[utoipa::path(
    tag = "Billing",
    operation_id = "giveYearlySummary",
    params(
        ("beneficiaryId" = uuid::Uuid, Path, description = "The beneficiary."),
        ("year" = i32, Path, description = "The year.", minimum = 2021, maximum = 9999),
        IdempotencyKey
    ),
    responses((status = 201, description = "The summary.", body = GivenSummary))
)]
#[post("/beneficiaries/{beneficiaryId}/summaries/{year}")]
pub async fn give_yearly_summary(caller: Caller, path: web::Path<(String, String)>) -> Result<HttpResponse, ApiError> {
    let caller = caller.keyed(b"")?;
    let (beneficiary, year) = (path_uuid(&path.0)?, year_of(&path.1)?);
    caller
        .run_keyed(move |caller, tx| {
            let given = summaries::give(tx, beneficiary, year)?;
            let body = shown(caller, beneficiary, &given);
            let answer = caller.answer(StatusCode::CREATED, None, Some(body.href.clone()), &body);
            Ok((summaries::subject(beneficiary, year), answer))
        })
        .await
}

/// Get a summary that was given.
///
/// As JSON, or with `Accept: application/pdf` as the letter for the beneficiary, in the language of `Accept-Language`:
/// the same bytes as long as the name is the same (BIL-06). Every read is recorded in the trail.
#[utoipa::path(
    tag = "Billing",
    operation_id = "getGivenSummary",
    params(
        ("beneficiaryId" = uuid::Uuid, Path, description = "The beneficiary."),
        ("year" = i32, Path, description = "The year.", minimum = 2021, maximum = 9999),
        ("summaryNumber" = i32, Path, description = "The number of the summary.", minimum = 1, maximum = 9999)
    ),
    responses(
        (status = 200, description = "The summary.", content(
            (GivenSummary = "application/json"),
            (inline(SummaryDocument) = "application/pdf")
        )),
    )
)]
#[get("/beneficiaries/{beneficiaryId}/summaries/{year}/{summaryNumber}")]
pub async fn get_given_summary(
    caller: Caller,
    path: web::Path<(String, String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (beneficiary, year) = (path_uuid(&path.0)?, year_of(&path.1)?);
    let number = path_number("summaryNumber", &path.2, 1..=9999)?;
    let wants_pdf = caller.media.as_deref() == Some("application/pdf");
    let hospital = caller.hospital()?;
    let found = caller.run(move |tx| {
        let year = summaries::year(tx, beneficiary, year)?;
        let find = |number| year.given.iter().find(|one| one.given.number == number).cloned();
        let (one, replaced) = (find(number).ok_or(Stop::NotFound)?, find(number - 1));
        let names = match wants_pdf {
            true => {
                let person = beneficiaries::find(tx, BeneficiaryId(beneficiary))?;
                Some((organisations::hospital(tx, hospital)?.name, person.identity))
            }
            false => None,
        };
        Ok((one, replaced, names))
    });
    let (one, replaced, names) = found.await?;
    let Some((hospital, identity)) = names else {
        return Ok(HttpResponse::Ok().json(shown(&caller, beneficiary, &one)));
    };
    // Printing takes milliseconds and would block the HTTP thread.
    let language = caller.language;
    let printed = web::block(move || paper::pdf(language, &hospital, &identity, &one, replaced.as_ref()));
    let pdf = printed.await.map_err(|_| ApiError::Internal)?.map_err(|error| {
        tracing::error!(%error, "a summary was not printed");
        ApiError::Internal
    })?;
    Ok(HttpResponse::Ok().content_type("application/pdf").body(pdf))
}
