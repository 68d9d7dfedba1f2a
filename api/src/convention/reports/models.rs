//! `listReportModels` and `createReportModel`: the models that INAMI imposes for reports (REG-06).

use actix_web::{HttpResponse, get, http::StatusCode, post};
use insula_domain::convention::reports::model::{Model, ReportKind};
use insula_persistence::convention::reports::models;

use crate::http::{
    caller::Caller,
    collection::List,
    input::{Body, Reader},
    parameters::IdempotencyKey,
    problem::ApiError,
};

/// The models, by kind, the earliest first.
pub type ReportModelCollection = List<Model>;

/// List the models of reports.
///
/// A report follows the model in use on the last day of the year that it is about (REG-06). Models to come are among
/// them.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listReportModels",
    responses((status = 200, description = "The models, by kind, the earliest first.", body = ReportModelCollection))
)]
#[get("/reportModels")]
pub async fn list_report_models(caller: Caller) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(List::of(caller.run(models::all).await?)))
}

/// Enter a model of a report.
///
/// INAMI may change the model of a report at any time (REG-06). A model has the number after the last one of its kind
/// and begins later; those before stay.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "createReportModel",
    params(IdempotencyKey),
    request_body = Model,
    responses((status = 201, description = "The model.", body = Model))
)]
#[post("/reportModels")]
pub async fn create_report_model(caller: Caller, body: Body) -> Result<HttpResponse, ApiError> {
    let caller = caller.keyed(&body.bytes)?;
    let mut reader = Reader::new(&body.members);
    let kind = reader.required_one_of("kind", ReportKind::ALL, ReportKind::name);
    let version = reader.required_integer("version", 1..=i64::from(i32::MAX));
    let from = reader.required_date("from");
    let source = reader.required_text("source", 200);
    let done = reader.finish()?;
    let version = i32::try_from(done.take(version)).unwrap_or(i32::MAX);
    let model = Model { kind: done.take(kind), version, from: done.take(from), source: done.take(source) };
    caller
        .run_keyed(move |caller, tx| {
            models::enter(tx, &model)?;
            let location = caller.href("/reportModels");
            Ok((models::subject(&model), caller.answer(StatusCode::CREATED, None, Some(location), &model)))
        })
        .await
}
