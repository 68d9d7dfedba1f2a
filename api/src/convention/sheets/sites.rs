//! Where the programme is offered (CON-02): `getSites` and `putSites`.

use actix_web::{HttpResponse, get, put, web};
use chrono::{DateTime, NaiveDate, Utc};
use insula_domain::{
    convention::{
        consultation::{ConsultationNotice, not_made_known},
        infrastructure::{InfrastructureDeclaration, not_declared},
        site::{HalfDay, IdentifiedSite, Site, StatedSite, with_those_present},
        term::Term,
    },
    identifier::HospitalNumber,
    names::{PartOfDay, Qualification, Weekday},
    refusal::{Fault, Reason},
    rule::RuleId,
    span::Span,
};
use insula_persistence::{
    Stop, Tx,
    convention::{
        conventions,
        records::{self, Version},
        sheets,
        team::TeamMember,
    },
    parties::organisations,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::span;
use crate::{
    convention::{record::Stated, required_weekday},
    http::{
        caller::{Caller, tagged},
        input::{Body, Field, Query, Reader, identifier, path_hospital},
        issue::{InputValidationIssue, shown_faults},
        parameters::{IfMatchUnlessNew, KnownAt, OfHospital},
        problem::ApiError,
    },
};

/// A multidisciplinary consultation that is held every week.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = HalfDay)]
pub struct ShownHalfDay {
    /// The day of the week.
    #[schema(value_type = Weekday)]
    pub weekday: Option<Weekday>,
    /// The half of the day.
    pub part: PartOfDay,
    /// The first day on which it is held.
    pub from: NaiveDate,
    /// The last one, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub to: Option<NaiveDate>,
    /// The members of the team who are present, by their identifiers in the register.
    #[schema(max_items = 100, required = false)]
    pub present: Vec<Uuid>,
    /// The consultants on call: dieticians, social workers, social nurses, psychologists, podologists (STF-18).
    #[schema(max_items = 10, required = false)]
    pub consultants: Vec<Qualification>,
}

/// A site of the hospital where the programme is offered.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Site)]
pub struct ShownSite {
    /// Its identifier, by which the team register names it.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its address.
    pub address: String,
    /// The first day on which the programme is offered there.
    pub from: NaiveDate,
    /// The last one, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub to: Option<NaiveDate>,
    /// The days on which the self-management convention applies there; the programme is offered only on these days
    /// (CON-02).
    #[schema(required = false)]
    pub self_management: Vec<Span>,
    /// Its multidisciplinary consultations.
    pub half_days: Vec<ShownHalfDay>,
}

impl From<&IdentifiedSite> for ShownSite {
    fn from(one: &IdentifiedSite) -> ShownSite {
        let site = &one.site;
        let half_day = |half_day: &HalfDay| ShownHalfDay {
            weekday: Weekday::of(half_day.weekday),
            part: half_day.part,
            from: half_day.span.from,
            to: half_day.span.to,
            present: half_day.present.iter().map(|present| present.member).collect(),
            consultants: half_day.consultants.clone(),
        };
        ShownSite {
            id: one.id,
            name: site.name.clone(),
            address: site.address.clone(),
            from: site.span.from,
            to: site.span.to,
            self_management: site.self_management.clone(),
            half_days: site.half_days.iter().map(half_day).collect(),
        }
    }
}

/// The sites of an establishment.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SiteSheet {
    /// The version.
    #[serde(flatten)]
    #[schema(inline)]
    pub stated: Stated,
    /// The sites; with `on`, only those of that day.
    pub items: Vec<ShownSite>,
    /// What is missing on that day, by default today (CON-02, STF-18, REG-12, REG-13).
    pub warnings: Vec<InputValidationIssue>,
}

/// What is declared of the sites in registers.
struct Declared {
    notices: Vec<ConsultationNotice>,
    infrastructure: Vec<InfrastructureDeclaration>,
}

impl Declared {
    fn read(tx: &mut Tx, hospital: HospitalNumber, known_at: Option<DateTime<Utc>>) -> Result<Declared, Stop> {
        let notices = records::list(tx, hospital, known_at)?.into_iter().map(|one| one.content).collect();
        let infrastructure = records::list(tx, hospital, known_at)?.into_iter().map(|one| one.content).collect();
        Ok(Declared { notices, infrastructure })
    }
}

impl SiteSheet {
    fn of(
        caller: &Caller,
        hospital: HospitalNumber,
        sheet: &Version<Vec<IdentifiedSite>>,
        declared: &Declared,
        on: Option<NaiveDate>,
    ) -> SiteSheet {
        let day = on.unwrap_or_else(|| caller.today());
        let findings = sheet.content.iter().enumerate().flat_map(|(index, one)| {
            one.site.findings(day).into_iter().map(move |fault| fault.under(&format!("sites[{index}]")))
        });
        let mut findings: Vec<Fault> = findings.collect();
        findings.extend(not_made_known(&sheet.content, &declared.notices, day));
        findings.extend(not_declared(&sheet.content, &declared.infrastructure, day));
        let holds = |one: &&IdentifiedSite| on.is_none_or(|on| one.site.span.holds(on));
        SiteSheet {
            stated: Stated::of(caller, hospital, "sites", sheet),
            items: sheet.content.iter().filter(holds).map(ShownSite::from).collect(),
            warnings: shown_faults(&findings, caller.language),
        }
    }
}

/// Get the sites of an establishment.
///
/// Where the programme is offered, with the multidisciplinary half-days, those present, and what is missing on a day
/// (CON-02). Missing
/// are also notices of consultations and declarations of infrastructure that were not entered (REG-12, REG-13).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "getSites",
    params(
        OfHospital,
        ("on" = Option<NaiveDate>, Query, nullable = false, description = "Only the sites of that day."),
        KnownAt
    ),
    responses((status = 200, description = "The sites.", body = SiteSheet))
)]
#[get("/establishments/{hospitalNumber}/sites")]
pub async fn get_sites(caller: Caller, path: web::Path<String>, mut query: Query) -> Result<HttpResponse, ApiError> {
    let hospital = path_hospital(&path)?;
    let on = query.date("on");
    let known_at = query.instant("knownAt");
    let (on, known_at) = query.finish()?.take(on.and(known_at));
    let (sheet, declared) = caller
        .run(move |tx| {
            let sheet = records::read(tx, &sheets::of(hospital), known_at)?;
            Ok((sheet, Declared::read(tx, hospital, known_at)?))
        })
        .await?;
    let shown = SiteSheet::of(&caller, hospital, &sheet, &declared, on);
    Ok(tagged(sheet.version, shown))
}

/// The sites as stated.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"sites": [{"id": "0198c1de-8c00-7d11-9a00-6d2f8b7c5e10",
    "name": "Campus Nord", "address": "Rue Inventée 1, 1000 Bruxelles",
    "from": "2021-01-01", "selfManagement": [{"from": "2015-01-01"}], "halfDays": []}]}))]
pub struct SiteSheetEntry {
    /// All sites: past, present and planned.
    #[schema(max_items = 50)]
    pub sites: Vec<SiteEntry>,
}

/// A site as stated.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"name": "Campus Nord", "address": "Rue Inventée 1, 1000 Bruxelles",
    "from": "2021-01-01", "selfManagement": [{"from": "2015-01-01"}], "halfDays": []}))]
pub struct SiteEntry {
    /// The identifier of an existing site; a new site gets one.
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
    #[schema(max_items = 50, required = false)]
    pub self_management: Vec<Span>,
    /// Its multidisciplinary consultations.
    #[schema(nullable = false, max_items = 100)]
    pub half_days: Option<Vec<ShownHalfDay>>,
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

fn entry(reader: &mut Reader, new_id: &impl Fn() -> Uuid) -> Field<StatedSite> {
    let id = reader.uuid("id");
    let name = reader.required_text("name", 200);
    let address = reader.required_text("address", 500);
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
        StatedSite { id: done.take(id).unwrap_or_else(new_id), site, present }
    });
    reader.judge(&entry, |entry| entry.site.faults());
    entry
}

/// State the sites of an establishment.
///
/// Replaces the whole sheet; every version is kept. The hospital's self-management convention applies on every day of a
/// site (CON-02). The first sheet is sent without `If-Match`, a later one with it.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "putSites",
    params(OfHospital, IfMatchUnlessNew),
    request_body = SiteSheetEntry,
    responses((status = 200, description = "The sites.", body = SiteSheet))
)]
#[put("/establishments/{hospitalNumber}/sites")]
pub async fn put_sites(caller: Caller, path: web::Path<String>, body: Body) -> Result<HttpResponse, ApiError> {
    let hospital = path_hospital(&path)?;
    let if_match = caller.optional_if_match()?;
    let ids = &caller.state.db.ids;
    let mut reader = Reader::new(&body.members);
    reader.require("sites", RuleId::Sys04);
    let stated = reader.objects("sites", 50, |reader| entry(reader, &|| ids.uuid()));
    let stated = reader.finish()?.take(stated);
    let (sheet, declared) = caller
        .run(move |tx| {
            organisations::hospital(tx, hospital)?;
            let terms: Vec<Term> = conventions::conventions(tx, hospital)?.into_iter().map(|one| one.term).collect();
            let team = records::list::<TeamMember>(tx, hospital, None)?;
            let team = team.iter().map(|one| (one.content.member.id, one.content.member.qualification)).collect();
            let sites = with_those_present(&stated, &terms, &team)?;
            let sheet = records::state(tx, &sheets::of(hospital), sites, if_match)?;
            Ok((sheet, Declared::read(tx, hospital, None)?))
        })
        .await?;
    let shown = SiteSheet::of(&caller, hospital, &sheet, &declared, None);
    Ok(tagged(sheet.version, shown))
}
