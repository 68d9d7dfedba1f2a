//! `listCoverageForms` and `createCoverageForm`.

use actix_web::{HttpResponse, get, http::StatusCode, post};
use chrono::NaiveDate;
use insula_persistence::convention::coverage::forms::{self, Form};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::{
    caller::Caller,
    collection::List,
    input::{Body, Reader},
    parameters::IdempotencyKey,
    problem::ApiError,
};

/// A version of the application form.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CoverageForm {
    /// Its number, from 1.
    #[schema(minimum = 1)]
    pub version: i32,
    /// The first day on which it is used; it is until the next one begins.
    pub from: NaiveDate,
    /// Where it is published.
    #[schema(max_length = 200)]
    pub source: String,
}

impl From<Form> for CoverageForm {
    fn from(form: Form) -> CoverageForm {
        CoverageForm { version: form.version, from: form.valid_from, source: form.source }
    }
}

/// The versions of the form, the earliest first.
pub type CoverageFormCollection = List<CoverageForm>;

/// A version of the form as INAMI enters it.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"from": "2027-01-01", "source": "Annex 1 of the convention, version of 2027"}))]
pub struct CoverageFormEntry {
    /// The first day on which it is used: after today.
    pub from: NaiveDate,
    /// Where it is published.
    #[schema(max_length = 200)]
    pub source: String,
}

/// List the versions of the application form.
///
/// An application follows the version of its date (COV-14). Versions to come are among them.
#[utoipa::path(
    tag = "Coverage",
    operation_id = "listCoverageForms",
    responses((status = 200, description = "The versions, the earliest first.", body = CoverageFormCollection))
)]
#[get("/coverageForms")]
pub async fn list_coverage_forms(caller: Caller) -> Result<HttpResponse, ApiError> {
    let found = caller.run(forms::all).await?;
    Ok(HttpResponse::Ok().json(List::of(found.into_iter().map(CoverageForm::from).collect())))
}

/// Enter a version of the application form.
///
/// The form may be changed at any time (COV-14). A version begins after today, so that none before it changes; versions to
/// come that begin on its first day or later are replaced by it.
#[utoipa::path(
    tag = "Coverage",
    operation_id = "createCoverageForm",
    params(IdempotencyKey),
    request_body = CoverageFormEntry,
    responses((status = 201, description = "The version.", body = CoverageForm))
)]
#[post("/coverageForms")]
pub async fn create_coverage_form(caller: Caller, body: Body) -> Result<HttpResponse, ApiError> {
    let caller = caller.keyed(&body.bytes)?;
    let mut reader = Reader::new(&body.members);
    let (from, source) = (reader.required_date("from"), reader.required_text("source", 200));
    let done = reader.finish()?;
    let (from, source) = (done.take(from), done.take(source));
    caller
        .run_keyed(move |caller, tx| {
            let shown = CoverageForm::from(forms::enter(tx, from, &source)?);
            let location = caller.href("/coverageForms");
            let answer = caller.answer(StatusCode::CREATED, None, Some(location), &shown);
            Ok((format!("coverageForm:{}", shown.version), answer))
        })
        .await
}
