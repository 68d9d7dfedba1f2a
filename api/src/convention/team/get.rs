//! `getTeamMember` and `listTeamMemberVersions`.

use actix_web::{HttpResponse, get, web};
use insula_persistence::{
    convention::team,
    trail::{self, Action},
};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::dto::TeamMember;
use crate::{
    http::{
        caller::{Caller, tagged},
        input::path_uuid,
        parameters::{OfHospital, OfTeamMember},
        problem::ApiError,
    },
    parties::organisations::hospitals::hospital_number_of_path,
};

/// Get a member of the team.
///
/// As they are said to be now, with everything they did, do and will do.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "getTeamMember",
    params(OfHospital, OfTeamMember),
    responses(
        (status = 200, description = "The member.", body = TeamMember, headers(("ETag" = String, description = "Its version."))),
    )
)]
#[get("/establishments/{hospitalNumber}/teamMembers/{teamMemberId}")]
pub async fn get_team_member(caller: Caller, path: web::Path<(String, String)>) -> Result<HttpResponse, ApiError> {
    let (hospital, id) = (hospital_number_of_path(&path.0)?, path_uuid(&path.1)?);
    let found = caller
        .run(move |tx| {
            let found = team::member(tx, hospital, id)?;
            trail::record(tx, Action::Get, &format!("teamMember:{id}"), &json!({"version": found.version}))?;
            Ok(found)
        })
        .await?;
    let shown = TeamMember::of(&caller, hospital, found, None, &[]);
    Ok(tagged(shown.version, shown))
}

/// What was said of a member.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"items": []}))]
pub struct TeamMemberVersionCollection {
    /// Every version, the latest first.
    pub items: Vec<TeamMember>,
}

/// List what was said of a member.
///
/// Every version, the latest first, with who said it, when, and why it was corrected: nothing that was said is ever lost
/// (STF-12). A member who was withdrawn as entered in error is found here too.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listTeamMemberVersions",
    params(OfHospital, OfTeamMember),
    responses(
        (status = 200, description = "The versions.", body = TeamMemberVersionCollection),
    )
)]
#[get("/establishments/{hospitalNumber}/teamMembers/{teamMemberId}/versions")]
pub async fn list_team_member_versions(
    caller: Caller,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (hospital, id) = (hospital_number_of_path(&path.0)?, path_uuid(&path.1)?);
    let found = caller
        .run(move |tx| {
            let found = team::versions(tx, hospital, id)?;
            trail::record(tx, Action::List, &format!("teamMember:{id}"), &json!({"versions": found.len()}))?;
            Ok(found)
        })
        .await?;
    let items = found.into_iter().map(|one| TeamMember::of(&caller, hospital, one, None, &[])).collect();
    Ok(HttpResponse::Ok().json(TeamMemberVersionCollection { items }))
}
