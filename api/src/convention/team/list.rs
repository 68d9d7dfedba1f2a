//! `listTeamMembers`, `getTeamMember` and `listTeamMemberVersions`.

use actix_web::{HttpResponse, get, web};
use chrono::{DateTime, NaiveDate, Utc};
use insula_domain::{clock::brussels_day, identifier::HospitalNumber};
use insula_persistence::{
    convention::{records, team},
    parties::organisations,
    trail::{self, Action},
};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{dto::TeamMember, warnings};
use crate::{
    convention::record::{self, show},
    http::{
        caller::Caller,
        collection::Versions,
        input::{Query, path_hospital},
        issue::{InputValidationIssue, shown_faults},
        parameters::{KnownAt, OfHospital, OfTeamMember},
        problem::ApiError,
    },
};

/// The team register of a day.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TeamMemberCollection {
    /// The establishment.
    pub hospital_number: HospitalNumber,
    /// The day asked for; absent when everyone is shown with all their assignments.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub on: Option<NaiveDate>,
    /// The instant asked for with `knownAt`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub known_at: Option<DateTime<Utc>>,
    /// The members, by name.
    pub items: Vec<TeamMember>,
    /// Doubtful points about the team on that day, by default today (STF-08 to STF-12, STF-18, STF-19).
    pub warnings: Vec<InputValidationIssue>,
}

/// List the team of an establishment.
///
/// The members on any past or future day, with function, FTE and timetable, and the points that an inspector would
/// raise. `knownAt` gives the register as it was recorded at that instant, without later corrections (STF-12). Each
/// read is recorded in the trail.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listTeamMembers",
    params(
        OfHospital,
        ("on" = Option<NaiveDate>, Query, nullable = false, description = "Only the team of this day; by default, everyone who was, is or will be in it."),
        KnownAt
    ),
    responses((status = 200, description = "The team.", body = TeamMemberCollection))
)]
#[get("/establishments/{hospitalNumber}/teamMembers")]
pub async fn list_team_members(
    caller: Caller,
    path: web::Path<String>,
    mut query: Query,
) -> Result<HttpResponse, ApiError> {
    let hospital = path_hospital(&path)?;
    let on = query.date("on");
    let known_at = query.instant("knownAt");
    let (on, known_at) = query.finish()?.take(on.and(known_at));
    let (team, warnings) = caller
        .run(move |tx| {
            organisations::hospital(tx, hospital)?;
            let team: Vec<team::MemberVersion> = records::list(tx, hospital, known_at)?;
            let warnings = warnings(tx, hospital, &team, on.unwrap_or_else(|| brussels_day(tx.now)))?;
            let details = json!({"on": on, "knownAt": known_at, "members": team.len()});
            trail::record(tx, Action::List, &format!("team:{hospital}"), &details)?;
            Ok((team, warnings))
        })
        .await?;
    let mut items: Vec<TeamMember> = team.into_iter().map(|one| show(&caller, hospital, one)).collect();
    if let Some(on) = on {
        items.iter_mut().for_each(|one| one.assignments.retain(|part| part.holds(on)));
        items.retain(|one| !one.assignments.is_empty());
    }
    let warnings = shown_faults(&warnings, caller.language);
    Ok(HttpResponse::Ok().json(TeamMemberCollection { items, hospital_number: hospital, on, known_at, warnings }))
}

/// Get a member of the team.
///
/// With all assignments: past, present and planned.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "getTeamMember",
    params(OfHospital, OfTeamMember, KnownAt),
    responses((status = 200, description = "The member.", body = TeamMember))
)]
#[get("/establishments/{hospitalNumber}/teamMembers/{teamMemberId}")]
pub async fn get_team_member(
    caller: Caller,
    path: web::Path<(String, String)>,
    query: Query,
) -> Result<HttpResponse, ApiError> {
    record::get::<TeamMember>(caller, &path, query).await
}

/// Every version of a member.
pub type TeamMemberVersionCollection = Versions<TeamMember>;

/// List the versions of a member.
///
/// Every version, the latest first: by whom it was recorded, when, and why it was corrected. None is ever lost
/// (STF-12). Members who were withdrawn are found here too.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listTeamMemberVersions",
    params(OfHospital, OfTeamMember),
    responses((status = 200, description = "The versions.", body = TeamMemberVersionCollection))
)]
#[get("/establishments/{hospitalNumber}/teamMembers/{teamMemberId}/versions")]
pub async fn list_team_member_versions(
    caller: Caller,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    record::list_versions::<TeamMember>(caller, &path).await
}
