//! `withdrawTeamMember`.

use actix_web::{HttpResponse, http::StatusCode, post, web};
use insula_persistence::convention::team;
use utoipa::ToSchema;

use super::dto::TeamMember;
use crate::http::{
    caller::Caller,
    input::{Body, Reader, path_hospital, path_uuid},
    parameters::{IdempotencyKey, IfMatch, OfHospital, OfTeamMember},
    problem::ApiError,
};

/// Why a member is withdrawn.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"why": "entered for another hospital"}))]
pub struct TeamMemberWithdrawal {
    /// The reason.
    #[schema(max_length = 500)]
    pub why: String,
}

/// Withdraw a member who was entered in error.
///
/// For someone who never was in the team. When someone leaves the team, give their assignments a last day instead.
/// Earlier versions are kept (STF-12).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "withdrawTeamMember",
    params(OfHospital, OfTeamMember, IfMatch, IdempotencyKey),
    request_body = TeamMemberWithdrawal,
    responses(
        (status = 200, description = "The member, withdrawn.", body = TeamMember, headers(("ETag" = String, description = "Its version."))),
    )
)]
#[post("/establishments/{hospitalNumber}/teamMembers/{teamMemberId}/withdraw")]
pub async fn withdraw_team_member(
    caller: Caller,
    path: web::Path<(String, String)>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let (hospital, id) = (path_hospital(&path.0)?, path_uuid(&path.1)?);
    let if_match = caller.if_match()?;
    let caller = caller.keyed(&body.bytes)?;
    let mut reader = Reader::new(&body.members);
    let why = reader.required_free_text("why", 500);
    let why = reader.finish()?.take(why);
    caller
        .run_keyed(move |caller, tx| {
            let withdrawn = team::withdraw(tx, hospital, id, if_match, why.clone())?;
            let shown = TeamMember::of(caller, hospital, withdrawn, None, &[]);
            let answer = caller.answer(StatusCode::OK, Some(shown.version), None, &shown);
            Ok((team::of(hospital, id).subject(), answer))
        })
        .await
}
