//! `putSites`.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, put, web};
use chrono::NaiveDate;
use insula_domain::{
    clock::brussels_day,
    convention::{
        site::{HalfDay, Present, Site},
        term::Term,
    },
    names::{ConventionKind, PartOfDay, Qualification},
    refusal::{Fault, Reason},
    rule::RuleId,
    span::Span,
};
use insula_persistence::{
    convention::{conventions, records::Kind, sheets, team},
    parties::organisations,
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::dto::{Identified, ShownHalfDay, ShownSpan, SiteSheet};
use crate::{
    convention::{
        required_weekday,
        sheets::{required_text, span},
    },
    http::{
        caller::{Caller, tagged},
        input::{Body, Field, Reader, identifier},
        parameters::{IfMatchUnlessNew, OfHospital},
        problem::ApiError,
    },
    parties::organisations::hospitals::hospital_number_of_path,
};

/// The sites as they are stated.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"sites": [{"name": "Campus Nord", "address": "Rue Inventée 1, 1000 Bruxelles",
    "from": "2021-01-01", "selfManagement": [{"from": "2015-01-01"}], "halfDays": []}]}))]
pub struct SiteSheetEntry {
    /// Every site that was, is or will be one.
    #[schema(max_items = 50)]
    pub sites: Vec<SiteEntry>,
}

/// A site as it is stated.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"name": "Campus Nord", "address": "Rue Inventée 1, 1000 Bruxelles",
    "from": "2021-01-01", "selfManagement": [{"from": "2015-01-01"}], "halfDays": []}))]
pub struct SiteEntry {
    /// Its identifier, of a site that is known; a new one gets one.
    #[schema(nullable = false)]
    pub id: Option<Uuid>,
    /// Its name.
    #[schema(max_length = 200)]
    pub name: String,
    /// Its address.
    #[schema(max_length = 500)]
    pub address: String,
    /// The first day on which the programme is offered there.
    pub from: NaiveDate,
    /// The last one, if there is one.
    #[schema(nullable = false)]
    pub to: Option<NaiveDate>,
    /// The days on which the self-management convention applies there (CON-02).
    #[schema(max_items = 50)]
    pub self_management: Vec<ShownSpan>,
    /// Its multidisciplinary consultations.
    #[schema(nullable = false, max_items = 100)]
    pub half_days: Option<Vec<ShownHalfDay>>,
}

/// A site as a body states it: those present are named, and what they are is read from the register.
struct Entry {
    id: Option<Uuid>,
    site: Site,
    /// Of each half-day.
    present: Vec<Vec<Uuid>>,
}

fn half_day(reader: &mut Reader) -> Field<(HalfDay, Vec<Uuid>)> {
    let weekday = required_weekday(reader);
    let part = reader.required_one_of("part", PartOfDay::ALL, PartOfDay::name);
    let span = span(reader);
    let present = reader.each("present", 100, |value| {
        let member = value.as_str().and_then(identifier);
        member.ok_or_else(|| Fault::new("", Reason::NotAnIdentifier, RuleId::Con02))
    });
    let names: Vec<_> = Qualification::ALL.iter().map(|one| (one.name(), *one)).collect();
    let consultants = reader.any_of("consultants", &names);
    reader.build(|done| {
        let half_day = HalfDay {
            weekday: done.take(weekday),
            part: done.take(part),
            span: done.take(span),
            present: Vec::new(),
            consultants: done.take(consultants),
        };
        (half_day, done.take(present))
    })
}

fn entry(reader: &mut Reader) -> Field<Entry> {
    let id = reader.uuid("id");
    let name = required_text(reader, "name", 200);
    let address = required_text(reader, "address", 500);
    let days = span(reader);
    let self_management = reader.objects("selfManagement", 50, span);
    let half_days = reader.objects("halfDays", 100, half_day);
    let entry = reader.build(|done| {
        let (half_days, present) = done.take(half_days).into_iter().unzip();
        let site = Site {
            name: done.take(name),
            address: done.take(address),
            span: done.take(days),
            self_management: done.take(self_management),
            half_days,
        };
        Entry { id: done.take(id), site, present }
    });
    reader.judge(&entry, |entry| entry.site.faults());
    entry
}

/// State the sites of an establishment.
///
/// As a whole; every version is kept. A site is one of the hospital on which the self-management convention applies, on every day
/// of it (CON-02). Sites not stated yet are stated without `If-Match`, and anew with it.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "putSites",
    params(OfHospital, IfMatchUnlessNew),
    request_body = SiteSheetEntry,
    responses(
        (status = 200, description = "The sites.", body = SiteSheet, headers(("ETag" = String, description = "Its version."))),
    )
)]
#[put("/establishments/{hospitalNumber}/sites")]
pub async fn put_sites(caller: Caller, path: web::Path<String>, body: Body) -> Result<HttpResponse, ApiError> {
    let hospital = hospital_number_of_path(&path)?;
    let if_match = caller.optional_if_match()?;
    let mut reader = Reader::new(&body.members);
    let stated = reader.objects("sites", 50, entry);
    let stated = reader.finish()?.take(stated);
    let ids = caller.state.db.ids.clone();
    let (stated, present): (Vec<Identified>, Vec<_>) = stated
        .into_iter()
        .map(|Entry { id, site, present }| (Identified { id: id.unwrap_or_else(|| ids.uuid()), site }, present))
        .unzip();
    let (sheet, today) = caller
        .run(move |tx| {
            organisations::hospital(tx, hospital)?;
            let found = conventions::conventions(tx, hospital)?;
            let kinds = found.iter().map(|one| &one.term).filter(|term| term.kind() == ConventionKind::SelfManagement);
            let in_force: Vec<Span> = kinds.map(Term::span).collect();
            let team = team::team(tx, hospital, None)?;
            let members = team.iter().map(|one| (one.content.member.id, one.content.member.qualification)).collect();
            let sites = placed(stated.clone(), &present, &in_force, &members)?;
            Ok((sheets::state(tx, hospital, Kind::Sites, sites, if_match)?, brussels_day(tx.now)))
        })
        .await?;
    let shown = SiteSheet::of(&caller, hospital, &sheet, None, today);
    Ok(tagged(shown.version, shown))
}

/// CON-02: the sites with what those present are, by the register; faults where the hospital has no self-management convention, or
/// where somebody is not in the register.
fn placed(
    mut sites: Vec<Identified>,
    present: &[Vec<Vec<Uuid>>],
    in_force: &[Span],
    members: &BTreeMap<Uuid, Qualification>,
) -> Result<Vec<Identified>, Vec<Fault>> {
    let mut faults = Vec::new();
    for (index, (one, present)) in sites.iter_mut().zip(present).enumerate() {
        let under = format!("sites[{index}]");
        faults.extend(one.site.without(in_force).map(|fault| fault.under(&under)));
        for (half, (half_day, present)) in one.site.half_days.iter_mut().zip(present).enumerate() {
            for (place, member) in present.iter().enumerate() {
                match members.get(member) {
                    Some(qualification) => {
                        half_day.present.push(Present { member: *member, qualification: *qualification });
                    }
                    None => {
                        let field = format!("halfDays[{half}].present[{place}]");
                        faults.push(Fault::new(field, Reason::MemberNotFound, RuleId::Con02).under(&under));
                    }
                }
            }
        }
    }
    if faults.is_empty() { Ok(sites) } else { Err(faults) }
}
