//! `listConsultantFollowUpsDue`: whether beneficiaries saw the consultants whom they had to see (REG-14).

use actix_web::{HttpResponse, get};
use chrono::NaiveDate;
use insula_domain::{
    convention::{
        contact::Contact,
        follow_up::{ConsultantFollowUp, FollowUpState},
        staffing::Member,
    },
    names::Qualification,
};
use insula_persistence::{
    convention::{
        records::{self, Filter},
        team::TeamMember,
    },
    parties::organisations,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    convention::record::{Answered, RegisterPath},
    http::{
        caller::Caller,
        collection::Page,
        input::{Query, identifier, path_hospital},
        parameters::{After, KnownAt, OfHospital, OfRegister, PageSize},
    },
};

/// A consultant whom a beneficiary has to see, and whether they did.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DueConsultantFollowUp {
    /// Its identifier.
    #[schema(value_type = Uuid)]
    pub consultant_follow_up_id: String,
    /// Its address.
    #[schema(format = "uri")]
    pub href: String,
    /// The beneficiary.
    pub beneficiary_id: Uuid,
    /// The consultant.
    pub consultant: Qualification,
    /// When it was noted.
    pub day: NaiveDate,
    /// The agreed consultation.
    pub due_on: NaiveDate,
    /// Where it stands.
    pub state: FollowUpState,
    /// When they saw such a consultant, also after the agreed consultation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub met_on: Option<NaiveDate>,
}

/// Consultants whom beneficiaries have to see.
pub type DueConsultantFollowUpCollection = Page<DueConsultantFollowUp>;

/// List the consultants whom beneficiaries have to see.
///
/// Each entry of `consultantFollowUps`, with what became of it: a contact with such a consultant from the note to the
/// agreed consultation meets it, and without one it is missed from the next day on (REG-14). Each read is recorded in
/// the trail.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listConsultantFollowUpsDue",
    params(
        OfHospital,
        OfRegister,
        ("on" = Option<NaiveDate>, Query, nullable = false, description = "The day on which this is asked: later contacts are not seen. Default: today."),
        KnownAt,
        After,
        PageSize
    ),
    responses((status = 200, description = "The consultants, the latest entered first.", body = DueConsultantFollowUpCollection))
)]
#[get("/establishments/{hospitalNumber}/consultantFollowUpsDue")]
pub async fn list_consultant_follow_ups_due(caller: Caller, path: RegisterPath, mut query: Query) -> Answered {
    let hospital = path_hospital(&path)?;
    let beneficiary = query.uuid("beneficiaryId");
    let (from, to) = (query.date("from"), query.date("to"));
    let on = query.date("on");
    let known_at = query.instant("knownAt");
    let page = query.page(identifier);
    let done = query.finish()?;
    let (after, page_size) = done.take(page);
    let on = done.take(on).unwrap_or_else(|| caller.today());
    let filter = Filter {
        beneficiary: done.take(beneficiary),
        from: done.take(from),
        to: done.take(to),
        known_at: done.take(known_at),
    };
    let (found, contacts, team) = caller
        .run(move |tx| {
            organisations::hospital(tx, hospital)?;
            let found = records::read_page::<ConsultantFollowUp>(tx, hospital, &filter, after, page_size)?;
            let whom: Vec<Uuid> = found.items.iter().map(|one| one.content.beneficiary_id.0).collect();
            let contacts: Vec<Contact> = records::of_beneficiaries(tx, hospital, &whom, filter.known_at)?;
            let team = records::list::<TeamMember>(tx, hospital, filter.known_at)?;
            let team: Vec<Member> = team.into_iter().map(|one| one.content.member).collect();
            Ok((found, contacts, team))
        })
        .await?;
    let next = found.last().map(|last| caller.next_page("after", &last.key, page_size));
    let items: Vec<_> = found
        .items
        .into_iter()
        .map(|one| {
            let met_on = one.content.met_on(&contacts, &team, on);
            DueConsultantFollowUp {
                href: caller.href(&format!("/establishments/{hospital}/consultantFollowUps/{}", one.key)),
                consultant_follow_up_id: one.key,
                beneficiary_id: one.content.beneficiary_id.0,
                consultant: one.content.consultant,
                day: one.content.day,
                due_on: one.content.due_on,
                state: one.content.state(met_on, on),
                met_on,
            }
        })
        .collect();
    Ok(HttpResponse::Ok().json(Page { items, page_size, next }))
}
