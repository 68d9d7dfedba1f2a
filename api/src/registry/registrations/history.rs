//! `listRegistrationVersions` and `getRegistrationVersion`.

use actix_web::{HttpResponse, get, web};
use chrono::{DateTime, Utc};
use insula_domain::{
    names::{Status, VersionCommand},
    registry::registration::Corrections,
};
use insula_persistence::registry::registrations;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{dto::RegistrationContent, id};
use crate::http::{
    caller::Caller, collection::List, input::path_number, parameters::OfRegistration, problem::ApiError,
};

/// A past or present version of a registration.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RegistrationVersion {
    /// Its address.
    #[schema(format = "uri")]
    pub href: String,
    /// Its number, from 1.
    pub version: i32,
    /// The command that created it; `create` for the first one.
    pub command: VersionCommand,
    /// The status in this version.
    pub status: Status,
    /// The author in this version.
    pub author: String,
    /// The beneficiary in this version.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub beneficiary_id: Option<Uuid>,
    /// The content of this version.
    #[schema(value_type = RegistrationContent)]
    pub content: Map<String, Value>,
    /// The corrections needed in this version.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<super::dto::Corrections>)]
    pub corrections: Option<Corrections>,
    /// Who made the change.
    pub changed_by: String,
    /// When the change was made.
    pub changed_at: DateTime<Utc>,
    /// The trace id of the request that made the change.
    pub trace_id: Uuid,
}

/// The versions, oldest first.
pub type RegistrationVersionCollection = List<RegistrationVersion>;

fn shown(
    caller: &Caller,
    id: insula_domain::ids::RegistrationId,
    version: registrations::RegistrationVersion,
) -> RegistrationVersion {
    RegistrationVersion {
        href: caller.href(&format!("/registrations/{id}/versions/{}", version.version)),
        version: version.version,
        command: version.command,
        status: version.status,
        author: version.author,
        beneficiary_id: version.beneficiary_id,
        content: version.content,
        corrections: version.corrections,
        changed_by: version.changed_by,
        changed_at: version.changed_at,
        trace_id: version.trace_id,
    }
}

/// List the versions of a registration.
///
/// What was done to it, by whom and when, and its state after each change (SYS-01).
#[utoipa::path(
    tag = "Registrations",
    operation_id = "listRegistrationVersions",
    params(OfRegistration),
    responses((status = 200, description = "The versions, oldest first.", body = RegistrationVersionCollection))
)]
#[get("/registrations/{registrationId}/versions")]
pub async fn list_registration_versions(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let id = id(&path)?;
    let versions = caller.run(move |tx| registrations::history(tx, id)).await?;
    let items = versions.into_iter().map(|version| shown(&caller, id, version)).collect();
    Ok(HttpResponse::Ok().json(List::of(items)))
}

/// Get one version of a registration.
///
/// Exactly as it was at that time.
#[utoipa::path(
    tag = "Registrations",
    operation_id = "getRegistrationVersion",
    params(
        OfRegistration,
        ("version" = i32, Path, minimum = 1, maximum = 2147483647, description = "The number of the version.")
    ),
    responses((status = 200, description = "The version.", body = RegistrationVersion))
)]
#[get("/registrations/{registrationId}/versions/{version}")]
pub async fn get_registration_version(
    caller: Caller,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (registration, number) = path.into_inner();
    let id = id(&registration)?;
    let number = path_number("version", &number, 1..=i32::MAX)?;
    let version = caller.run(move |tx| registrations::version(tx, id, number)).await?;
    Ok(HttpResponse::Ok().json(shown(&caller, id, version)))
}
