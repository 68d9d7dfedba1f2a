//! `getRegistration`.

use actix_web::{HttpResponse, get, http::header, web};
use insula_persistence::registry::registrations;

use super::{dto::Registration, id};
use crate::http::{
    caller::{Caller, etag},
    parameters::{IfNoneMatch, OfRegistration},
    problem::ApiError,
};

/// Get a registration.
///
/// As it is now. A deleted registration is shown as a tombstone.
#[utoipa::path(
    tag = "Registrations",
    operation_id = "getRegistration",
    params(OfRegistration, IfNoneMatch),
    responses((status = 200, description = "The registration.", body = Registration))
)]
#[get("/registrations/{registrationId}")]
pub async fn get_registration(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let id = id(&path)?;
    let registration = caller.run(move |tx| registrations::find(tx, id)).await?;
    let etag = etag(registration.version);
    if caller.has(&etag) {
        return Ok(HttpResponse::NotModified().insert_header((header::ETAG, etag)).finish());
    }
    Ok(HttpResponse::Ok().insert_header((header::ETAG, etag)).json(Registration::of(&caller, &registration)))
}
