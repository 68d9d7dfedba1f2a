//! Which other conventions a hospital has concluded (REG-11): `getOtherConventions` and `putOtherConventions`.

use actix_web::{HttpResponse, get, put, web};
use chrono::NaiveDate;
use insula_domain::{
    convention::accounts::funds::{OtherConvention, OtherConventionKind, list_faults},
    identifier::HospitalNumber,
    rule::RuleId,
};
use insula_persistence::{
    convention::{
        records::{self, Version},
        sheets,
    },
    parties::organisations,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::span;
use crate::{
    convention::record::Stated,
    http::{
        caller::{Caller, tagged},
        input::{Body, Field, Query, Reader, path_hospital},
        parameters::{IfMatchUnlessNew, KnownAt, OfHospital},
        problem::ApiError,
    },
};

/// A convention of the hospital that INAMI does not enter here.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OtherConvention)]
pub struct ShownConvention {
    /// Which.
    pub kind: OtherConventionKind,
    /// The first day on which it is in force.
    pub from: NaiveDate,
    /// The last one, if one is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub to: Option<NaiveDate>,
}

/// The other conventions of a hospital.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OtherConventionSheet {
    /// The version.
    #[serde(flatten)]
    #[schema(inline)]
    pub stated: Stated,
    /// The conventions.
    pub items: Vec<ShownConvention>,
}

impl OtherConventionSheet {
    fn of(caller: &Caller, hospital: HospitalNumber, sheet: &Version<Vec<OtherConvention>>) -> OtherConventionSheet {
        let shown = |one: &OtherConvention| ShownConvention { kind: one.kind, from: one.span.from, to: one.span.to };
        OtherConventionSheet {
            stated: Stated::of(caller, hospital, "otherConventions", sheet),
            items: sheet.content.iter().map(shown).collect(),
        }
    }
}

/// Get the other conventions of a hospital.
///
/// Those that funds of the pump convention may serve beside self-management, which INAMI enters: self-management of
/// children and adolescents, and advanced technologies (REG-11).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "getOtherConventions",
    params(OfHospital, KnownAt),
    responses((status = 200, description = "The other conventions.", body = OtherConventionSheet))
)]
#[get("/establishments/{hospitalNumber}/otherConventions")]
pub async fn get_other_conventions(
    caller: Caller,
    path: web::Path<String>,
    mut query: Query,
) -> Result<HttpResponse, ApiError> {
    let hospital = path_hospital(&path)?;
    let known_at = query.instant("knownAt");
    let known_at = query.finish()?.take(known_at);
    let sheet = caller.run(move |tx| records::read(tx, &sheets::of(hospital), known_at)).await?;
    let shown = OtherConventionSheet::of(&caller, hospital, &sheet);
    Ok(tagged(sheet.version, shown))
}

/// The other conventions as stated.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"otherConventions": [{"kind": "advancedTechnologies", "from": "2023-01-01"}]}))]
pub struct OtherConventionSheetEntry {
    /// The conventions: of each kind one at a time.
    #[schema(max_items = 20)]
    pub other_conventions: Vec<ShownConvention>,
}

fn entry(reader: &mut Reader) -> Field<OtherConvention> {
    let kind = reader.required_one_of("kind", OtherConventionKind::ALL, OtherConventionKind::name);
    let span = span(reader);
    reader.build(|done| OtherConvention { kind: done.take(kind), span: done.take(span) })
}

/// State the other conventions of a hospital.
///
/// Replaces the whole sheet; every version is kept. Funds that are spent on a convention that is not listed on that day
/// are pointed out (REG-11). The first sheet is sent without `If-Match`, a later one with it.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "putOtherConventions",
    params(OfHospital, IfMatchUnlessNew),
    request_body = OtherConventionSheetEntry,
    responses((status = 200, description = "The other conventions.", body = OtherConventionSheet))
)]
#[put("/establishments/{hospitalNumber}/otherConventions")]
pub async fn put_other_conventions(
    caller: Caller,
    path: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let hospital = path_hospital(&path)?;
    let if_match = caller.optional_if_match()?;
    let mut reader = Reader::new(&body.members);
    reader.require("otherConventions", RuleId::Sys04);
    let stated = reader.objects("otherConventions", 20, entry);
    reader.judge(&stated, |stated| list_faults(stated));
    let stated = reader.finish()?.take(stated);
    let sheet = caller
        .run(move |tx| {
            organisations::hospital(tx, hospital)?;
            records::state(tx, &sheets::of(hospital), stated.clone(), if_match)
        })
        .await?;
    let shown = OtherConventionSheet::of(&caller, hospital, &sheet);
    Ok(tagged(sheet.version, shown))
}
