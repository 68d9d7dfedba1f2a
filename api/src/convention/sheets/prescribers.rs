//! Who may prescribe (CON-08): `getPrescribers` and `putPrescribers`.

use std::sync::Arc;

use actix_web::{HttpResponse, get, put, web};
use chrono::NaiveDate;
use insula_domain::{
    convention::prescriber::{Prescriber, ReportedChange, StatedPrescriber, changes, checked},
    identifier::{HospitalNumber, NihdiNumber},
    names::Qualification,
    refusal::{Fault, Reason},
    rule::RuleId,
};
use insula_persistence::{
    convention::{
        records::{self, Version},
        sheets,
    },
    notices::mails,
    parties::organisations,
};
use serde::Serialize;
use serde_json::Value;
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

/// A physician who may prescribe the programme.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Prescriber)]
pub struct ShownPrescriber {
    /// Their NIHDI number.
    pub nihdi_number: NihdiNumber,
    /// Their name.
    #[schema(max_length = 200)]
    pub name: String,
    /// Endocrinologist or assimilated physician (STF-19).
    pub qualification: Qualification,
    /// The first day on which they may prescribe here.
    pub from: NaiveDate,
    /// The last one, if one is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub to: Option<NaiveDate>,
}

impl From<&Prescriber> for ShownPrescriber {
    fn from(one: &Prescriber) -> ShownPrescriber {
        ShownPrescriber {
            nihdi_number: one.number,
            name: one.name.clone(),
            qualification: one.qualification,
            from: one.span.from,
            to: one.span.to,
        }
    }
}

/// The physicians who may prescribe at an establishment.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PrescriberSheet {
    /// The version.
    #[serde(flatten)]
    #[schema(inline)]
    pub stated: Stated,
    /// The physicians; with `on`, only those of that day.
    pub items: Vec<ShownPrescriber>,
}

impl PrescriberSheet {
    fn of(
        caller: &Caller,
        hospital: HospitalNumber,
        sheet: &Version<Vec<Prescriber>>,
        on: Option<NaiveDate>,
    ) -> PrescriberSheet {
        let holds = |one: &&Prescriber| on.is_none_or(|on| one.span.holds(on));
        PrescriberSheet {
            stated: Stated::of(caller, hospital, "prescribers", sheet),
            items: sheet.content.iter().filter(holds).map(ShownPrescriber::from).collect(),
        }
    }
}

/// Get who may prescribe.
///
/// The physicians of an establishment who may prescribe the programme, with their days (CON-08). Insurers read it too,
/// because an application must be signed by a physician who is on the list that day.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "getPrescribers",
    params(
        OfHospital,
        ("on" = Option<NaiveDate>, Query, nullable = false, description = "Only those who may prescribe on this day."),
        KnownAt
    ),
    responses((status = 200, description = "The list.", body = PrescriberSheet))
)]
#[get("/establishments/{hospitalNumber}/prescribers")]
pub async fn get_prescribers(
    caller: Caller,
    path: web::Path<String>,
    mut query: Query,
) -> Result<HttpResponse, ApiError> {
    let hospital = path_hospital(&path)?;
    let on = query.date("on");
    let known_at = query.instant("knownAt");
    let (on, known_at) = query.finish()?.take(on.and(known_at));
    let sheet = caller.run(move |tx| records::read(tx, &sheets::of(hospital), known_at)).await?;
    let shown = PrescriberSheet::of(&caller, hospital, &sheet, on);
    Ok(tagged(sheet.version, shown))
}

/// The list as stated.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"prescribers": [
    {"nihdiNumber": "11234578580", "name": "Dr Invented", "qualification": "endocrinologist", "from": "2021-01-01"}]}))]
pub struct PrescriberSheetEntry {
    /// All prescribers with their days: past, present and planned. The same physician may be listed twice, for separate
    /// days.
    #[schema(max_items = 200)]
    pub prescribers: Vec<ShownPrescriber>,
}

fn entry(reader: &mut Reader) -> Field<StatedPrescriber> {
    let number = reader.parsed("nihdiNumber", Reason::CheckDigit, |text| text.parse::<NihdiNumber>().ok());
    let name = reader.required_text("name", 200);
    let qualification = reader.required_one_of("qualification", Qualification::ALL, Qualification::name);
    let span = span(reader);
    reader.build(|done| StatedPrescriber {
        number: done.take(number),
        name: done.take(name),
        qualification: done.take(qualification),
        span: done.take(span),
    })
}

/// CON-08: a fault for each line without NIHDI number, whatever else is wrong with it.
fn without_number(body: &Body) -> Vec<Fault> {
    let lines = body.members.get("prescribers").and_then(Value::as_array).into_iter().flatten().enumerate();
    let nameless = lines.filter(|(_, line)| line.as_object().is_some_and(|line| !line.contains_key("nihdiNumber")));
    let fault = |index| Fault::new(format!("prescribers[{index}].nihdiNumber"), Reason::Required, RuleId::Con08);
    nameless.map(|(index, _)| fault(index)).collect()
}

/// State who may prescribe.
///
/// Replaces the whole list; every version is kept. Changes appear at once in the feed for INAMI and insurers and are
/// sent to INAMI by e-mail, which `listNotifications` shows (CON-08). The first list is sent without `If-Match`, a
/// later one with it.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "putPrescribers",
    params(OfHospital, IfMatchUnlessNew),
    request_body = PrescriberSheetEntry,
    responses((status = 200, description = "The list.", body = PrescriberSheet))
)]
#[put("/establishments/{hospitalNumber}/prescribers")]
pub async fn put_prescribers(caller: Caller, path: web::Path<String>, body: Body) -> Result<HttpResponse, ApiError> {
    let hospital = path_hospital(&path)?;
    let if_match = caller.optional_if_match()?;
    let mut reader = Reader::new(&body.members);
    reader.require("prescribers", RuleId::Sys04);
    let entries = reader.objects("prescribers", 200, entry);
    if entries.known().is_none() {
        // Missing numbers are reported even when other parts of the lines are unreadable.
        reader.extend(without_number(&body));
    }
    let list = reader.then(entries, |entries| checked(&entries));
    let list = reader.finish()?.take(list);
    let inami = Arc::clone(&caller.state.inami_mail);
    let sheet = caller
        .run(move |tx| {
            let establishment = organisations::hospital(tx, hospital)?;
            let before: Vec<Prescriber> = sheets::lines(tx, hospital)?;
            let sheet = records::state(tx, &sheets::of(hospital), list.clone(), if_match)?;
            let told: Vec<ReportedChange> =
                changes(&before, &sheet.content).into_iter().map(ReportedChange::from).collect();
            sheets::tell(tx, hospital, sheet.version, &told)?;
            mails::report(tx, &establishment, sheet.version, &told, &inami)?;
            Ok(sheet)
        })
        .await?;
    let shown = PrescriberSheet::of(&caller, hospital, &sheet, None);
    Ok(tagged(sheet.version, shown))
}
