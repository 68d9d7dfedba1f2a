//! `listHomeBaseStays`: whether the team followed beneficiaries in its own hospital (REG-15).

use actix_web::{HttpResponse, get};
use insula_domain::convention::{
    contact::Contact,
    hospital_stay::HospitalStay,
    reports::home_base::{FollowedStay, followed_stays},
};
use insula_persistence::{
    convention::{
        coverage::periods,
        records::{self, Filter, identified},
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

/// A stay of a beneficiary in the hospital of the team, and whether they were followed (REG-15).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HomeBaseStay {
    /// The address of the stay.
    #[schema(format = "uri")]
    pub href: String,
    /// What became of it.
    #[serde(flatten)]
    pub followed: FollowedStay,
}

/// Stays in the hospital of the team.
pub type HomeBaseStayCollection = Page<HomeBaseStay>;

/// List the stays in the establishment's own hospital.
///
/// Each stay that lies in a granted period, with the first contact of the team during it: one follows the beneficiary,
/// without one it is awaited until the stay is over, and missing from then on (REG-15). Stays in other hospitals ask
/// for nothing here, so that a page may hold fewer items than its size. Each read is recorded in the trail.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listHomeBaseStays",
    params(OfHospital, OfRegister, KnownAt, After, PageSize),
    responses((status = 200, description = "The stays, the latest entered first.", body = HomeBaseStayCollection))
)]
#[get("/establishments/{hospitalNumber}/homeBaseStays")]
pub async fn list_home_base_stays(caller: Caller, path: RegisterPath, mut query: Query) -> Answered {
    let hospital = path_hospital(&path)?;
    let beneficiary = query.uuid("beneficiaryId");
    let (from, to) = (query.date("from"), query.date("to"));
    let known_at = query.instant("knownAt");
    let page = query.page(identifier);
    let done = query.finish()?;
    let (after, page_size) = done.take(page);
    let known_at = done.take(known_at);
    let filter = Filter { beneficiary: done.take(beneficiary), from: done.take(from), to: done.take(to), known_at };
    let (found, contacts, granted) = caller
        .run(move |tx| {
            organisations::hospital(tx, hospital)?;
            let found = records::read_page::<HospitalStay>(tx, hospital, &filter, after, page_size)?;
            let whom: Vec<Uuid> = found.items.iter().map(|one| one.content.beneficiary_id.0).collect();
            let contacts = records::versions_of_beneficiaries::<Contact>(tx, hospital, &whom, known_at)?;
            Ok((found, contacts, periods::days_of_beneficiaries(tx, &whom, known_at)?))
        })
        .await?;
    let next = found.last().map(|last| caller.next_page("after", &last.key, page_size));
    let today = caller.today();
    let stays = followed_stays(hospital, &identified(found.items), &identified(contacts), &granted, today);
    let shown = |followed: FollowedStay| HomeBaseStay {
        href: caller.href(&format!("/establishments/{hospital}/hospitalStays/{}", followed.stay)),
        followed,
    };
    let items = stays.into_iter().rev().map(shown).collect();
    Ok(HttpResponse::Ok().json(Page { items, page_size, next }))
}
