use actix_web::{HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::{caller::Caller, problem::ApiError};

/// The health of the service.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"status": "UP"}))]
pub struct HealthStatus {
    /// `UP`, or `DOWN` when the database cannot be reached.
    pub status: String,
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
        ("UP", HttpResponse::Ok())
    } else {
        ("DOWN", HttpResponse::ServiceUnavailable())
    };
    Ok(response.json(HealthStatus { status: status.to_owned() }))
}
