//! `putPrescribers`.

use actix_web::{HttpResponse, put, web};
use chrono::NaiveDate;
use insula_domain::{
    convention::prescriber::{Prescriber, ReportedChange, StatedPrescriber, changes, checked},
    identifier::NihdiNumber,
    names::Qualification,
    refusal::{Fault, Reason},
    rule::RuleId,
};
use insula_persistence::{
    convention::{records::Kind, sheets},
    notices::mails,
    parties::organisations,
};
use serde_json::Value;
use utoipa::ToSchema;

use super::dto::PrescriberSheet;
use crate::{
    convention::sheets::{required_text, span},
    http::{
        caller::{Caller, tagged},
        input::{Body, Field, Reader},
        parameters::{IfMatchUnlessNew, OfHospital},
        problem::ApiError,
    },
    parties::organisations::hospitals::hospital_number_of_path,
};

/// The list as it is stated.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"prescribers": [
    {"nihdiNumber": "11234578580", "name": "Dr Invented", "qualification": "endocrinologist", "from": "2021-01-01"}]}))]
pub struct PrescriberSheetEntry {
    /// Every physician who could, can or will prescribe, each with their days; someone may stand in it twice, for days apart.
    #[schema(max_items = 200)]
    pub prescribers: Vec<PrescriberEntry>,
}

/// A line of the list.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"nihdiNumber": "11234578580", "name": "Dr Invented", "qualification": "endocrinologist", "from": "2021-01-01"}))]
pub struct PrescriberEntry {
    /// Their NIHDI number: a physician's.
    pub nihdi_number: String,
    /// Their name.
    #[schema(max_length = 200)]
    pub name: String,
    /// `endocrinologist` or `assimilatedPhysician` (STF-19).
    pub qualification: String,
    /// The first day on which they may prescribe here.
    pub from: NaiveDate,
    /// The last one, if one is known.
    #[schema(nullable = false)]
    pub to: Option<NaiveDate>,
}

fn entry(reader: &mut Reader) -> Field<StatedPrescriber> {
    let number = reader.parsed("nihdiNumber", Reason::CheckDigit, |text| text.parse::<NihdiNumber>().ok());
    let name = required_text(reader, "name", 200);
    let qualification = reader.required_one_of("qualification", Qualification::ALL, Qualification::name);
    let span = span(reader);
    reader.build(|done| StatedPrescriber {
        number: done.take(number),
        name: done.take(name),
        qualification: done.take(qualification),
        span: done.take(span),
    })
}

/// CON-08: the lines that name no NIHDI number, whatever else is wrong with them.
fn without_number(body: &Body) -> Vec<Fault> {
    let lines = body.members.get("prescribers").and_then(Value::as_array).into_iter().flatten().enumerate();
    let nameless = lines.filter(|(_, line)| line.as_object().is_some_and(|line| !line.contains_key("nihdiNumber")));
    let fault = |index| Fault::new(format!("prescribers[{index}].nihdiNumber"), Reason::Required, RuleId::Con08);
    nameless.map(|(index, _)| fault(index)).collect()
}

/// State who may prescribe.
///
/// As a whole; every version is kept. What changes is told at once in the feed that INAMI and insurers follow, and to INAMI by e-mail,
/// which `listNotifications` shows (CON-08). A list not stated yet is stated without `If-Match`, a stated one anew with it.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "putPrescribers",
    params(OfHospital, IfMatchUnlessNew),
    request_body = PrescriberSheetEntry,
    responses(
        (status = 200, description = "The list.", body = PrescriberSheet, headers(("ETag" = String, description = "Its version."))),
    )
)]
#[put("/establishments/{hospitalNumber}/prescribers")]
pub async fn put_prescribers(caller: Caller, path: web::Path<String>, body: Body) -> Result<HttpResponse, ApiError> {
    let hospital = hospital_number_of_path(&path)?;
    let if_match = caller.optional_if_match()?;
    let mut reader = Reader::new(&body.members);
    let entries = reader.objects("prescribers", 200, entry);
    if entries.known().is_none() {
        // Of lines that could not all be read, it is seen all the same which name no number.
        reader.extend(without_number(&body));
    }
    let list = reader.then(entries, |entries| checked(&entries));
    let list = reader.finish()?.take(list);
    let inami = std::sync::Arc::clone(&caller.state.inami_mail);
    let sheet = caller
        .run(move |tx| {
            let establishment = organisations::hospital(tx, hospital)?;
            let before: Vec<Prescriber> = sheets::lines(tx, hospital, Kind::Prescribers)?;
            let sheet = sheets::state(tx, hospital, Kind::Prescribers, list.clone(), if_match)?;
            let told: Vec<ReportedChange> =
                changes(&before, &sheet.content).into_iter().map(ReportedChange::from).collect();
            sheets::tell(tx, hospital, sheet.version, &told)?;
            mails::report(tx, &establishment, sheet.version, &told, &inami)?;
            Ok(sheet)
        })
        .await?;
    let shown = PrescriberSheet::of(&caller, hospital, &sheet, None);
    Ok(tagged(shown.version, shown))
}
