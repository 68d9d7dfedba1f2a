//! `listTeamMembers`.

use actix_web::{HttpResponse, get, web};
use chrono::{DateTime, NaiveDate, Utc};
use insula_domain::{clock::brussels_day, refusal::Reason, text::parse_date};
use insula_persistence::{
    convention::team,
    parties::organisations,
    trail::{self, Action},
};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{dto::TeamMember, warnings};
use crate::{
    http::{
        caller::Caller,
        input::Query,
        issue::{InputValidationIssue, shown_faults},
        parameters::{KnownAt, OfHospital},
        problem::ApiError,
    },
    parties::organisations::hospitals::hospital_number_of_path,
};

/// The team register of a day.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"hospitalNumber": "71000436", "on": "2024-05-02", "items": [], "warnings": []}))]
pub struct TeamMemberCollection {
    /// The establishment.
    pub hospital_number: String,
    /// The day whose team this is; absent when everyone is shown, with all they did, do and will do.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub on: Option<NaiveDate>,
    /// The instant whose register this is, when it is not what is said now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub known_at: Option<DateTime<Utc>>,
    /// The members, by name.
    pub items: Vec<TeamMember>,
    /// What is worth a second look on that day, today when none is asked for (STF-08 to STF-12, STF-18, STF-19).
    pub warnings: Vec<InputValidationIssue>,
}

/// List the team of an establishment.
///
/// Who is in the team on any day, past or to come: function, FTE and timetable of each, and what an inspector would point at.
/// `knownAt` answers as the register would have answered at that instant, whatever was corrected since (STF-12). Each answer
/// stands in the trail.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listTeamMembers",
    params(
        OfHospital,
        ("on" = Option<NaiveDate>, Query, nullable = false, description = "The day whose team is asked for; without it, everyone of any day."),
        KnownAt
    ),
    responses(
        (status = 200, description = "The team.", body = TeamMemberCollection),
    )
)]
#[get("/establishments/{hospitalNumber}/teamMembers")]
pub async fn list_team_members(
    caller: Caller,
    path: web::Path<String>,
    mut query: Query,
) -> Result<HttpResponse, ApiError> {
    let hospital = hospital_number_of_path(&path)?;
    let on = query.one("on", Reason::NotADate, parse_date);
    let known_at = query.instant("knownAt");
    let (on, known_at) = query.finish()?.take(on.and(known_at));
    let (team, warnings) = caller
        .run(move |tx| {
            organisations::hospital(tx, hospital)?;
            let team = team::team(tx, hospital, known_at)?;
            let warnings = warnings(tx, hospital, &team, on.unwrap_or_else(|| brussels_day(tx.now)))?;
            let details = json!({"on": on, "knownAt": known_at, "members": team.len()});
            trail::record(tx, Action::List, &format!("team:{hospital}"), &details)?;
            Ok((team, warnings))
        })
        .await?;
    let holds = |on: Option<NaiveDate>| {
        move |one: &team::MemberVersion| {
            on.is_none_or(|on| one.content.member.assignments.iter().any(|part| part.holds(on)))
        }
    };
    let chosen = team.into_iter().filter(holds(on));
    let warnings = shown_faults(&warnings, caller.language);
    Ok(HttpResponse::Ok().json(TeamMemberCollection {
        items: chosen.map(|one| TeamMember::of(&caller, hospital, one, on, &[])).collect(),
        hospital_number: hospital.to_string(),
        on,
        known_at,
        warnings,
    }))
}
