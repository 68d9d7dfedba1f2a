//! `withdrawTeamMember`.

use actix_web::{HttpResponse, post, web};
use insula_domain::{
    parties::beneficiary::holds_national_number,
    refusal::{Fault, Reason},
    rule::RuleId,
};
use insula_persistence::convention::team;
use utoipa::ToSchema;

use super::dto::TeamMember;
use crate::{
    http::{
        caller::Caller,
        input::{Body, Reader, path_uuid},
        parameters::{IdempotencyKey, IfMatch, OfHospital, OfTeamMember},
        problem::ApiError,
    },
    parties::organisations::hospitals::hospital_number_of_path,
};

/// Why a member is withdrawn.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"why": "entered for another hospital"}))]
pub struct TeamMemberWithdrawal {
    /// Why.
    #[schema(max_length = 500)]
    pub why: String,
}

/// Withdraw a member who was entered in error.
///
/// They never were in the team. Who leaves the team is not withdrawn: their assignments get a last day. What was said is kept
/// (STF-12).
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
    let (hospital, id) = (hospital_number_of_path(&path.0)?, path_uuid(&path.1)?);
    let if_match = caller.if_match()?;
    let caller = caller.keyed(&body.bytes)?;
    let mut reader = Reader::new(&body.members);
    let why = reader.required_text("why", 500);
    if why.known().is_some_and(|why| holds_national_number(why)) {
        reader.add(Fault::new("why", Reason::NationalNumber, RuleId::Ben04));
    }
    let why = reader.finish()?.take(why);
    let context = caller.clone();
    caller
        .run_keyed(move |tx| {
            let withdrawn = team::withdraw(tx, hospital, id, if_match, why.clone())?;
            let shown = TeamMember::of(&context, hospital, withdrawn, None, &[]);
            Ok((
                team::of(hospital, id).subject(),
                context.answer(actix_web::http::StatusCode::OK, Some(shown.version), None, &shown),
            ))
        })
        .await
}
