//! `createTeamMember`.

use actix_web::{HttpResponse, http::StatusCode, post, web};
use insula_domain::clock::brussels_day;
use insula_persistence::{
    convention::records::{self, Record},
    parties::organisations,
};

use super::{
    dto::TeamMember,
    read::{TeamMemberEntry, stated},
    warnings_about,
};
use crate::{
    convention::record::show,
    http::{
        caller::Caller,
        input::{Body, path_hospital},
        issue::shown_faults,
        parameters::{IdempotencyKey, OfHospital},
        problem::ApiError,
    },
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
    responses((status = 201, description = "The member.", body = TeamMember))
)]
#[post("/establishments/{hospitalNumber}/teamMembers")]
pub async fn create_team_member(caller: Caller, path: web::Path<String>, body: Body) -> Result<HttpResponse, ApiError> {
    let hospital = path_hospital(&path)?;
    let caller = caller.keyed(&body.bytes)?;
    let id = caller.state.db.ids.uuid();
    let (stated, _) = stated(&body, id)?;
    let record = Record::of(hospital, id);
    caller
        .run_keyed(move |caller, tx| {
            organisations::hospital(tx, hospital)?;
            let entered = records::create(tx, &record, stated.clone())?;
            let warnings = warnings_about(tx, hospital, &entered, brussels_day(tx.now))?;
            let mut shown: TeamMember = show(caller, hospital, entered);
            shown.warnings = shown_faults(&warnings, caller.language);
            let location = Some(shown.recorded.href.clone());
            let answer = caller.answer(StatusCode::CREATED, Some(shown.recorded.version), location, &shown);
            Ok((record.subject(), answer))
        })
        .await
}
