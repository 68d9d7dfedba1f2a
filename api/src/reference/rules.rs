use actix_web::{HttpResponse, get, web};
use insula_domain::rule::RuleId;
use serde::Serialize;
use utoipa::ToSchema;

use super::cacheable;
use crate::http::{caller::Caller, collection::List, parameters::IfNoneMatch, problem::ApiError};

/// A rule.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// Its identifier; problems name it in `rule`.
    pub id: RuleId,
    /// Its address.
    #[schema(format = "uri")]
    pub href: String,
    /// The source: an article of M (the Modalités) or C (the Convention), or a decision where both are silent.
    pub source: &'static str,
    /// The text of the rule.
    pub text: &'static str,
}

/// The rules.
pub type RuleCollection = List<Rule>;

fn shown(caller: &Caller, rule: RuleId) -> Rule {
    Rule { id: rule, href: caller.href(&format!("/rules/{}", rule.id())), source: rule.source(), text: rule.text() }
}

/// List the rules.
///
/// Every rule behind a refusal or a calculation, with its source.
#[utoipa::path(
    tag = "Reference data",
    operation_id = "listRules",
    params(IfNoneMatch),
    responses((status = 200, description = "The rules.", body = RuleCollection)),
    security(())
)]
#[get("/rules")]
pub async fn list_rules(caller: Caller) -> Result<HttpResponse, ApiError> {
    let items: Vec<_> = RuleId::ALL.iter().map(|rule| shown(&caller, *rule)).collect();
    Ok(cacheable(&caller, &List::of(items)))
}

/// Get a rule.
///
/// By the identifier in a problem.
#[utoipa::path(
    tag = "Reference data",
    operation_id = "getRule",
    params(("ruleId" = RuleId, Path, description = "Its identifier, such as CGM-09."), IfNoneMatch),
    responses((status = 200, description = "The rule.", body = Rule)),
    security(())
)]
#[get("/rules/{ruleId}")]
pub async fn get_rule(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let rule: RuleId = path.parse().map_err(|_| ApiError::NotFound)?;
    Ok(cacheable(&caller, &shown(&caller, rule)))
}
