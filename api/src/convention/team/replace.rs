//! `replaceTeamMember`.

use actix_web::{HttpResponse, put, web};
use insula_domain::clock::brussels_day;
use insula_persistence::convention::records::{self, Record};

use super::{
    dto::TeamMember,
    read::{TeamMemberEntry, stated},
    warnings_about,
};
use crate::{
    convention::record::show,
    http::{
        caller::{Caller, tagged},
        input::{Body, path_hospital, path_uuid},
        issue::shown_faults,
        parameters::{IfMatch, OfHospital, OfTeamMember},
        problem::ApiError,
    },
};

/// Change or correct a member of the team.
///
/// Replaces the member as a whole. When someone changes function, end one assignment and begin another; when something
/// was entered wrongly, correct it and state `why`. Earlier versions are kept and still answer `knownAt` (STF-12).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "replaceTeamMember",
    params(OfHospital, OfTeamMember, IfMatch),
    request_body = TeamMemberEntry,
    responses((status = 200, description = "The member.", body = TeamMember))
)]
#[put("/establishments/{hospitalNumber}/teamMembers/{teamMemberId}")]
pub async fn replace_team_member(
    caller: Caller,
    path: web::Path<(String, String)>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let (hospital, id) = (path_hospital(&path.0)?, path_uuid(&path.1)?);
    let if_match = caller.if_match()?;
    let (stated, why) = stated(&body, id)?;
    let (entered, warnings) = caller
        .run(move |tx| {
            let record = Record::of(hospital, id);
            records::find(tx, &record, None)?;
            let entered = records::replace(tx, &record, stated.clone(), if_match, why.clone())?;
            let warnings = warnings_about(tx, hospital, &entered, brussels_day(tx.now))?;
            Ok((entered, warnings))
        })
        .await?;
    let mut shown: TeamMember = show(&caller, hospital, entered);
    shown.warnings = shown_faults(&warnings, caller.language);
    Ok(tagged(shown.recorded.version, shown))
}
