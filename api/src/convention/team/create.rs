//! `createTeamMember`.

use actix_web::{HttpResponse, http::StatusCode, post, web};
use insula_domain::clock::brussels_day;
use insula_persistence::{convention::team, parties::organisations};

use super::{
    dto::TeamMember,
    read::{TeamMemberEntry, stated},
    warnings_about,
};
use crate::http::{
    caller::Caller,
    input::{Body, path_hospital},
    parameters::{IdempotencyKey, OfHospital},
    problem::ApiError,
};

/// Enter a member of the team.
///
/// With all their assignments for either convention: function, FTE, timetable and days. Nobody can be assigned for more
/// than they are employed (STF-08) or to a function that their qualification does not allow (STF-19), and each
/// convention has one responsible physician on any day (STF-09). Doubtful points come as warnings.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "createTeamMember",
    params(OfHospital, IdempotencyKey),
    request_body = TeamMemberEntry,
    responses(
        (status = 201, description = "The member.", body = TeamMember,
         headers(("Location" = String, description = "Its address."), ("ETag" = String, description = "Its version."))),
    )
)]
#[post("/establishments/{hospitalNumber}/teamMembers")]
pub async fn create_team_member(caller: Caller, path: web::Path<String>, body: Body) -> Result<HttpResponse, ApiError> {
    let hospital = path_hospital(&path)?;
    let caller = caller.keyed(&body.bytes)?;
    let id = caller.state.db.ids.uuid();
    let (stated, _) = stated(&body, id)?;
    caller
        .run_keyed(move |caller, tx| {
            organisations::hospital(tx, hospital)?;
            let entered = team::enter(tx, hospital, stated.clone())?;
            let warnings = warnings_about(tx, hospital, &entered, brussels_day(tx.now))?;
            let shown = TeamMember::of(caller, hospital, entered, None, &warnings);
            let location = Some(shown.href.clone());
            let answer = caller.answer(StatusCode::CREATED, Some(shown.version), location, &shown);
            Ok((team::of(hospital, id).subject(), answer))
        })
        .await
}
