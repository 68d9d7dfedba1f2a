use actix_web::{HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::{caller::Caller, problem::ApiError};

/// Whether the service works.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schema(as = HealthState)]
pub enum State {
    /// It works.
    Up,
    /// The database cannot be reached.
    Down,
}

/// The health of the service.
#[derive(Serialize, ToSchema)]
pub struct HealthStatus {
    /// `UP`, or `DOWN` when the database cannot be reached.
    pub status: State,
}

/// Check the health of the service.
///
/// Open to everyone; reveals nothing about internals. It is answered even when the service is at capacity.
#[utoipa::path(
    tag = "Service",
    operation_id = "checkHealth",
    responses(
        (status = 200, description = "The service works.", body = HealthStatus),
        (status = 503, description = "The service does not work.", body = HealthStatus),
    ),
    security(())
)]
#[get("/health")]
pub async fn check_health(caller: Caller) -> Result<HttpResponse, ApiError> {
    let (status, mut response) = if caller.state.health.is_up().await {
        (State::Up, HttpResponse::Ok())
    } else {
        (State::Down, HttpResponse::ServiceUnavailable())
    };
    Ok(response.json(HealthStatus { status }))
}
