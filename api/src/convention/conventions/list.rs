//! `listConventions` and `getConvention`.

use actix_web::{HttpResponse, get, web};
use insula_domain::convention::term::Term;
use insula_persistence::{convention::conventions, parties::organisations};
use serde::Serialize;
use utoipa::ToSchema;

use super::dto::{Convention, answer_for, convention_number};
use crate::http::{
    caller::Caller,
    input::{Query, path_hospital},
    parameters::{OfConvention, OfHospital},
    problem::ApiError,
};

/// The conventions of a hospital.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConventionCollection {
    /// By kind and first day.
    pub items: Vec<Convention>,
}

/// List the conventions of a hospital.
///
/// Its self-management and pump conventions, past, present and planned, and whether each is in force on a day (CON-01,
/// CON-06).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listConventions",
    params(
        OfHospital,
        ("on" = Option<NaiveDate>, Query, nullable = false, description = "The day for `inForce`; today by default.")
    ),
    responses((status = 200, description = "The conventions.", body = ConventionCollection))
)]
#[get("/establishments/{hospitalNumber}/conventions")]
pub async fn list_conventions(
    caller: Caller,
    path: web::Path<String>,
    mut query: Query,
) -> Result<HttpResponse, ApiError> {
    let hospital = path_hospital(&path)?;
    let on = query.date("on");
    let on = query.finish()?.take(on);
    let found = caller
        .run(move |tx| {
            organisations::hospital(tx, hospital)?;
            conventions::conventions(tx, hospital)
        })
        .await?;
    let on = on.unwrap_or_else(|| caller.today());
    let terms: Vec<Term> = found.iter().map(|one| one.term.clone()).collect();
    let items = found.iter().map(|one| Convention::of(&caller, one, &terms, on)).collect();
    Ok(HttpResponse::Ok().json(ConventionCollection { items }))
}

/// Get a convention.
///
/// A convention of the hospital, as it stands today (CON-01, CON-06).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "getConvention",
    params(OfHospital, OfConvention),
    responses((status = 200, description = "The convention.", body = Convention))
)]
#[get("/establishments/{hospitalNumber}/conventions/{conventionNumber}")]
pub async fn get_convention(caller: Caller, path: web::Path<(String, String)>) -> Result<HttpResponse, ApiError> {
    let (hospital, number) = (path_hospital(&path.0)?, convention_number(&path.1)?);
    caller.run_answered(move |caller, tx| answer_for(caller, tx, hospital, number)).await
}
