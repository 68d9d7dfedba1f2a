//! `listHospitals`, `getHospital` and `putHospital`.

use actix_web::{HttpResponse, get, put, web};
use chrono::NaiveDate;
use insula_domain::{identifier::HospitalNumber, names::Language, parties::hospital::adherence, rule::RuleId};
use insula_persistence::parties::organisations;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::{
    caller::{Caller, tagged},
    collection::Page,
    input::{Body, Query, Reader, path_hospital},
    parameters::{After, IfMatchUnlessNew, OfHospital, PageSize},
    problem::ApiError,
};

/// A hospital.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Hospital {
    /// Its INAMI number.
    pub number: HospitalNumber,
    /// Its address.
    #[schema(format = "uri")]
    pub href: String,
    /// Its name.
    pub name: String,
    /// The language of its e-mails.
    pub language: Language,
    /// Whom its people contact for access to the registry (CGM-02).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub access_contact: Option<String>,
    /// First day of its adherence to M-ACL-001. Without it, the hospital cannot submit (CGM-14).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub adhered_from: Option<NaiveDate>,
    /// Last day of its adherence, if it has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub adhered_to: Option<NaiveDate>,
    /// Counts every change, from 1; also the ETag.
    pub version: i32,
}

impl Hospital {
    fn of(caller: &Caller, hospital: organisations::Hospital) -> Hospital {
        Hospital {
            href: caller.href(&format!("/hospitals/{}", hospital.number)),
            number: hospital.number,
            name: hospital.name,
            language: hospital.language,
            access_contact: hospital.access_contact,
            adhered_from: hospital.adherence.map(|adherence| adherence.from),
            adhered_to: hospital.adherence.and_then(|adherence| adherence.to),
            version: hospital.version,
        }
    }
}

/// A hospital as INAMI enters it.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"name": "Hôpital de l'Île", "language": "fr", "adheredFrom": "2020-07-01"}))]
pub struct HospitalEntry {
    /// Its name.
    #[schema(max_length = 200)]
    pub name: String,
    /// The language of its e-mails.
    pub language: Language,
    /// Whom its people contact for access to the registry (CGM-02).
    #[schema(nullable = false, max_length = 200)]
    pub access_contact: Option<String>,
    /// First day of its adherence to M-ACL-001 (CGM-14).
    #[schema(nullable = false)]
    pub adhered_from: Option<NaiveDate>,
    /// Last day of its adherence.
    #[schema(nullable = false)]
    pub adhered_to: Option<NaiveDate>,
}

/// The hospitals, by number.
pub type HospitalCollection = Page<Hospital>;

/// List hospitals.
///
/// Every hospital that INAMI has entered, by number.
#[utoipa::path(
    tag = "Organisations",
    operation_id = "listHospitals",
    params(After, PageSize),
    responses((status = 200, description = "The hospitals, by number.", body = HospitalCollection))
)]
#[get("/hospitals")]
pub async fn list_hospitals(caller: Caller, mut query: Query) -> Result<HttpResponse, ApiError> {
    let page = query.page(|text| text.parse::<HospitalNumber>().ok().map(|number| number.to_string()));
    let (after, page_size) = query.finish()?.take(page);
    let page = caller.run(move |tx| organisations::hospitals(tx, after.as_deref(), page_size)).await?;
    let next = page.last().map(|last| caller.next_page("after", last.number, page_size));
    Ok(HttpResponse::Ok().json(HospitalCollection {
        items: page.items.into_iter().map(|hospital| Hospital::of(&caller, hospital)).collect(),
        page_size,
        next,
    }))
}

/// Get a hospital.
///
/// A hospital's people see only their own hospital.
#[utoipa::path(
    tag = "Organisations",
    operation_id = "getHospital",
    params(OfHospital),
    responses((status = 200, description = "The hospital.", body = Hospital))
)]
#[get("/hospitals/{hospitalNumber}")]
pub async fn get_hospital(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let number = path_hospital(&path)?;
    let hospital = caller.run(move |tx| organisations::hospital(tx, number)).await?;
    Ok(tagged(hospital.version, Hospital::of(&caller, hospital)))
}

/// Enter or change a hospital.
///
/// INAMI enters hospitals and their adherence to M-ACL-001 (CGM-14). A new hospital is entered without `If-Match`, an
/// existing one changed with it.
#[utoipa::path(
    tag = "Organisations",
    operation_id = "putHospital",
    params(OfHospital, IfMatchUnlessNew),
    request_body = HospitalEntry,
    responses((status = 200, description = "The hospital.", body = Hospital))
)]
#[put("/hospitals/{hospitalNumber}")]
pub async fn put_hospital(caller: Caller, path: web::Path<String>, body: Body) -> Result<HttpResponse, ApiError> {
    let number = path_hospital(&path)?;
    let mut reader = Reader::new(&body.members);
    reader.require("language", RuleId::Not02);
    let name = reader.required_text("name", 200);
    let language = reader.required_one_of("language", Language::ALL, Language::name);
    let access_contact = reader.text("accessContact", 200);
    let adhered = reader.date("adheredFrom").and(reader.date("adheredTo"));
    let adherence = reader.then(adhered, |(from, to)| adherence(from, to).map_err(|fault| vec![fault]));
    let done = reader.finish()?;
    let hospital = organisations::Hospital {
        number,
        name: done.take(name),
        language: done.take(language),
        access_contact: done.take(access_contact),
        adherence: done.take(adherence),
        version: 0,
    };
    let if_match = caller.optional_if_match()?;
    let (hospital, _new) = caller.run(move |tx| organisations::put_hospital(tx, &hospital, if_match)).await?;
    Ok(tagged(hospital.version, Hospital::of(&caller, hospital)))
}
