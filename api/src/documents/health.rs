use actix_web::{HttpResponse, get};
use insula_persistence::{Call, organisations};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{caller::Caller, problem::ApiError};

/// How the service is.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"status": "UP"}))]
pub struct HealthStatus {
    /// `UP`, or `DOWN` when the database cannot be reached.
    pub status: String,
}

/// Check the health of the service.
///
/// Open to everyone, and says nothing of its inside.
#[utoipa::path(
    tag = "Service",
    operation_id = "checkHealth",
    responses(
        (status = 200, description = "It works.", body = HealthStatus),
        (status = 503, description = "It does not.", body = HealthStatus),
    ),
    security(())
)]
#[get("/health")]
pub async fn check_health(caller: Caller) -> Result<HttpResponse, ApiError> {
    // As the worker: its few connections are never all taken by callers.
    let mut caller = caller;
    caller.call = Call::insula("checkHealth", caller.call.trace_id);
    let (status, mut response) = match caller.run(organisations::insurers).await {
        Ok(_) => ("UP", HttpResponse::Ok()),
        Err(_) => ("DOWN", HttpResponse::ServiceUnavailable()),
    };
    Ok(response.json(HealthStatus { status: status.to_owned() }))
}
