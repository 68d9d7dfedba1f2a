use std::sync::LazyLock;

use actix_web::{HttpResponse, get, web};

use crate::{
    http::{caller::Caller, problem::ApiError},
    server::{contract, export::Ordered},
};

static JSON: LazyLock<String> =
    LazyLock::new(|| serde_json::to_string(&Ordered(contract::document())).unwrap_or_default());
static YAML: LazyLock<String> = LazyLock::new(contract::yaml);

/// Get the contract.
///
/// This document, as `openapi.json` or `openapi.yaml`.
#[utoipa::path(
    tag = "Service",
    operation_id = "getContract",
    params(("file" = String, Path, description = "`openapi.json` or `openapi.yaml`.", example = "openapi.yaml")),
    responses(
        (status = 200, description = "The contract.", body = inline(crate::reference::documents::ContractDocument), example = json!({"openapi": "3.0.3"})),
        (status = 404, response = crate::reference::documents::ProblemResponse),
    ),
    security(())
)]
#[get("/doc/{file}")]
pub async fn get_contract(_caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let (content_type, text) = match path.as_str() {
        "openapi.json" => ("application/json", &*JSON),
        "openapi.yaml" => ("application/yaml", &*YAML),
        _ => return Err(ApiError::NotFound),
    };
    Ok(HttpResponse::Ok()
        .content_type(content_type)
        .insert_header(("Cache-Control", "public, max-age=300"))
        .body(text.clone()))
}

/// An OpenAPI document.
#[derive(utoipa::ToSchema)]
#[schema(title = "ContractDocument")]
pub struct ContractDocument {
    /// The version of OpenAPI.
    pub openapi: String,
}
