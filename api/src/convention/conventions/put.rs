//! `putConvention`.

use actix_web::{HttpResponse, put, web};
use chrono::NaiveDate;
use insula_domain::{convention::holder::Convention as Stated, names::ConventionKind};
use insula_persistence::{convention::conventions, parties::organisations};
use utoipa::ToSchema;

use super::dto::{Convention, answer_for, convention_number};
use crate::http::{
    caller::Caller,
    input::{Body, Reader, path_hospital},
    parameters::{IfMatchUnlessNew, OfConvention, OfHospital},
    problem::ApiError,
};

/// A convention as INAMI enters it.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"kind": "pump", "from": "2021-01-01", "newEstablishment": false}))]
pub struct ConventionEntry {
    /// Its kind.
    pub kind: ConventionKind,
    /// The first day on which it is in force; for a pump convention, 1 January 2021 at the earliest (CON-05).
    pub from: NaiveDate,
    /// Its last day, when one is agreed.
    #[schema(nullable = false)]
    pub last_day: Option<NaiveDate>,
    /// For a pump convention: whether the hospital had none before (STF-05). Default: no.
    #[schema(nullable = false, default = false)]
    pub new_establishment: Option<bool>,
}

/// Enter or change a convention.
///
/// INAMI enters the conventions of a hospital: one of each kind at a time, a pump convention only while self-management
/// is in force (CON-01). A new one is entered without `If-Match`, an existing one changed with it. Denunciations,
/// mergers and demergers have their own operations; the end that they set stays when something else is corrected.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "putConvention",
    params(OfHospital, OfConvention, IfMatchUnlessNew),
    request_body = ConventionEntry,
    responses((status = 200, description = "The convention.", body = Convention))
)]
#[put("/establishments/{hospitalNumber}/conventions/{conventionNumber}")]
pub async fn put_convention(
    caller: Caller,
    path: web::Path<(String, String)>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let (hospital, number) = (path_hospital(&path.0)?, convention_number(&path.1)?);
    let if_match = caller.optional_if_match()?;
    let mut reader = Reader::new(&body.members);
    let kind = reader.required_one_of("kind", ConventionKind::ALL, ConventionKind::name);
    reader.judge(&kind, |kind| number.kind_fault(*kind).into_iter().collect());
    let from = reader.required_date("from");
    let last_day = reader.date("lastDay");
    let new_establishment = reader.flag("newEstablishment");
    reader.judge(&new_establishment, |stated| number.new_establishment_fault(*stated).into_iter().collect());
    let done = reader.finish()?;
    let stated = Stated {
        number,
        hospital,
        from: done.take(from),
        agreed_last_day: done.take(last_day),
        new_establishment: done.take(new_establishment),
        letter: None,
        cut: None,
        holders: Vec::new(),
    };
    caller
        .run_answered(move |caller, tx| {
            organisations::hospital(tx, hospital)?;
            conventions::put(tx, hospital, &stated, if_match)?;
            answer_for(caller, tx, hospital, number)
        })
        .await
}
