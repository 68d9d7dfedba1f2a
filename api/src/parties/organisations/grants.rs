//! `listRegistryGrants`, `createRegistryGrant` and `deleteRegistryGrant`.

use actix_web::{HttpResponse, delete, get, http::StatusCode, post, web};
use chrono::{DateTime, Utc};
use insula_domain::rule::RuleId;
use insula_persistence::parties::organisations;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::{
    caller::Caller,
    input::{Body, Reader, path_uuid},
    parameters::IdempotencyKey,
    problem::ApiError,
};

/// How many authors one person supports at most.
const MAX_SUPPORTED: usize = 200;

/// What the access manager granted to one person.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"id": "0198c1de-0001-7bb1-9d2e-0a4f7c1b2d3e",
    "href": "https://insula.example/insula/v1/registryGrants/0198c1de-0001-7bb1-9d2e-0a4f7c1b2d3e",
    "person": "nurse.dubois", "supports": ["dr.peeters"], "grantedBy": "access.manager", "grantedAt": "2026-01-05T08:00:00Z"}))]
pub struct RegistryGrant {
    /// Its identifier.
    pub id: Uuid,
    /// Its address.
    #[schema(format = "uri")]
    pub href: String,
    /// The person, by the identifier of their tokens.
    pub person: String,
    /// The authors whose registrations the person sees and writes as support.
    pub supports: Vec<String>,
    /// Who granted it.
    pub granted_by: String,
    /// When.
    pub granted_at: DateTime<Utc>,
}

impl RegistryGrant {
    fn of(caller: &Caller, grant: organisations::Grant) -> RegistryGrant {
        RegistryGrant {
            href: caller.href(&format!("/registryGrants/{}", grant.id)),
            id: grant.id,
            person: grant.person,
            supports: grant.supports,
            granted_by: grant.granted_by,
            granted_at: grant.granted_at,
        }
    }
}

/// Whom to let in.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"person": "nurse.dubois", "supports": ["dr.peeters"]}))]
pub struct RegistryGrantEntry {
    /// The person, by the identifier of their tokens.
    pub person: String,
    /// The authors the person supports; for the role of study support.
    #[schema(nullable = false)]
    pub supports: Option<Vec<String>>,
}

/// The grants in force.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"items": [], "total": 0}))]
pub struct RegistryGrantCollection {
    /// The grants, by person.
    pub items: Vec<RegistryGrant>,
    /// How many there are.
    pub total: i64,
}

/// List registry grants.
///
/// Who may use the registry in the caller's hospital (CGM-02).
#[utoipa::path(
    tag = "Organisations",
    operation_id = "listRegistryGrants",
    responses((status = 200, description = "The grants in force.", body = RegistryGrantCollection))
)]
#[get("/registryGrants")]
pub async fn list_registry_grants(caller: Caller) -> Result<HttpResponse, ApiError> {
    let grants = caller.run(organisations::grants).await?;
    Ok(HttpResponse::Ok().json(RegistryGrantCollection {
        total: i64::try_from(grants.len()).unwrap_or(i64::MAX),
        items: grants.into_iter().map(|grant| RegistryGrant::of(&caller, grant)).collect(),
    }))
}

/// Grant the registry.
///
/// Lets a person of the caller's hospital into the registry (CGM-02). A grant they have already ends with the new one.
#[utoipa::path(
    tag = "Organisations",
    operation_id = "createRegistryGrant",
    params(IdempotencyKey),
    request_body = RegistryGrantEntry,
    responses(
        (status = 201, description = "The grant.", body = RegistryGrant, headers(("Location" = String, description = "Its address."))),
    )
)]
#[post("/registryGrants")]
pub async fn create_registry_grant(caller: Caller, body: Body) -> Result<HttpResponse, ApiError> {
    let caller = caller.keyed(&body.bytes)?;
    let mut reader = Reader::new(&body.members);
    reader.require("person", RuleId::Cgm02);
    let person = reader.required_person("person");
    let supports = reader.persons("supports", MAX_SUPPORTED);
    let (person, supports) = reader.finish()?.take(person.and(supports));
    let context = caller.clone();
    caller
        .run_keyed(move |tx| {
            let grant = RegistryGrant::of(&context, organisations::grant(tx, &person, &supports)?);
            Ok((
                format!("registryGrant:{}", grant.id),
                context.answer(StatusCode::CREATED, None, Some(grant.href.clone()), &grant),
            ))
        })
        .await
}

/// Withdraw a registry grant.
///
/// From the next request on the person no longer sees the registry (CGM-02).
#[utoipa::path(
    tag = "Organisations",
    operation_id = "deleteRegistryGrant",
    params(("grantId" = Uuid, Path, description = "Its identifier.")),
    responses(
        (status = 204, description = "Withdrawn."),
    )
)]
#[delete("/registryGrants/{grantId}")]
pub async fn delete_registry_grant(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let id = path_uuid(&path)?;
    caller.run(move |tx| organisations::withdraw(tx, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}
