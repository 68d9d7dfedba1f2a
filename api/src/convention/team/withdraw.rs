//! `withdrawTeamMember`.

use actix_web::{HttpResponse, post, web};

use super::dto::TeamMember;
use crate::{
    convention::record::{self, RecordWithdrawal},
    http::{
        caller::Caller,
        input::Body,
        parameters::{IdempotencyKey, IfMatch, OfHospital, OfTeamMember},
        problem::ApiError,
    },
};

/// Withdraw a member who was entered in error.
///
/// For someone who never was in the team. When someone leaves the team, give their assignments a last day instead.
/// Earlier versions are kept (STF-12).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "withdrawTeamMember",
    params(OfHospital, OfTeamMember, IfMatch, IdempotencyKey),
    request_body = RecordWithdrawal,
    responses((status = 200, description = "The member, withdrawn.", body = TeamMember))
)]
#[post("/establishments/{hospitalNumber}/teamMembers/{teamMemberId}/withdraw")]
pub async fn withdraw_team_member(
    caller: Caller,
    path: web::Path<(String, String)>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    record::withdraw::<TeamMember>(caller, &path, body).await
}
