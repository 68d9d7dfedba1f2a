//! `listRegistryGrants`, `createRegistryGrant`, `getRegistryGrant` and `deleteRegistryGrant`.

use actix_web::{HttpResponse, delete, get, http::StatusCode, post, web};
use chrono::{DateTime, Utc};
use insula_domain::rule::RuleId;
use insula_persistence::parties::organisations;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::{
    caller::Caller,
    collection::List,
    input::{Body, Reader, path_uuid},
    parameters::IdempotencyKey,
    problem::ApiError,
};

/// The maximum number of authors that one person supports.
const MAX_SUPPORTED: usize = 200;

/// A person's access to the registry, granted by the access manager.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RegistryGrant {
    /// Its identifier.
    pub id: Uuid,
    /// Its address.
    #[schema(format = "uri")]
    pub href: String,
    /// The person, by the `sub` of their tokens.
    pub person: String,
    /// The authors that the person supports: study support sees and writes their registrations.
    pub supports: Vec<String>,
    /// The access manager who granted it.
    pub granted_by: String,
    /// When it was granted.
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

/// A grant as the access manager enters it.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"person": "nurse.dubois", "supports": ["dr.peeters"]}))]
pub struct RegistryGrantEntry {
    /// The person, by the `sub` of their tokens.
    pub person: String,
    /// The authors that the person supports; only for study support.
    #[schema(nullable = false)]
    pub supports: Option<Vec<String>>,
}

/// The grants, by person.
pub type RegistryGrantCollection = List<RegistryGrant>;

/// List registry grants.
///
/// Who may use the registry in the caller's hospital (CGM-02).
#[utoipa::path(
    tag = "Organisations",
    operation_id = "listRegistryGrants",
    responses((status = 200, description = "The grants, by person.", body = RegistryGrantCollection))
)]
#[get("/registryGrants")]
pub async fn list_registry_grants(caller: Caller) -> Result<HttpResponse, ApiError> {
    let grants = caller.run(organisations::grants).await?;
    let items = grants.into_iter().map(|grant| RegistryGrant::of(&caller, grant)).collect();
    Ok(HttpResponse::Ok().json(List::of(items)))
}

/// Grant access to the registry.
///
/// Gives a person of the caller's hospital access to the registry (CGM-02). Replaces the person's existing grant.
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
    caller
        .run_keyed(move |caller, tx| {
            let grant = RegistryGrant::of(caller, organisations::grant(tx, &person, &supports)?);
            Ok((
                format!("registryGrant:{}", grant.id),
                caller.answer(StatusCode::CREATED, None, Some(grant.href.clone()), &grant),
            ))
        })
        .await
}

/// Get a registry grant.
///
/// Who was given access in the caller's hospital, and by whom (CGM-02).
#[utoipa::path(
    tag = "Organisations",
    operation_id = "getRegistryGrant",
    params(("grantId" = Uuid, Path, description = "Its identifier.")),
    responses((status = 200, description = "The grant.", body = RegistryGrant))
)]
#[get("/registryGrants/{grantId}")]
pub async fn get_registry_grant(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let id = path_uuid(&path)?;
    let mut grants = caller.run(organisations::grants).await?.into_iter();
    let grant = grants.find(|grant| grant.id == id).ok_or(ApiError::NotFound)?;
    Ok(HttpResponse::Ok().json(RegistryGrant::of(&caller, grant)))
}

/// Withdraw a registry grant.
///
/// From the next request on, the person has no access to the registry (CGM-02).
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
