//! `getPrescribers`, `putPrescribers` and `listPrescriberChanges`.

use actix_web::{HttpResponse, get, put, web};
use chrono::{DateTime, NaiveDate, Utc};
use insula_domain::{
    convention::prescriber::{Entry, Prescriber, Told, changes, checked},
    identifier::NihdiNumber,
    names::Qualification,
    refusal::{Fault, Reason},
    rule::RuleId,
    text::parse_date,
};
use insula_persistence::{
    convention::{
        records::{self, Kind},
        sheets::{self, Sheet},
    },
    notices::mails,
    parties::organisations,
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{required_text, span};
use crate::{
    http::{
        caller::{Caller, tagged},
        input::{Body, Field, Query, Reader},
        parameters::{After, IfMatchUnlessNew, KnownAt, OfHospital, PageSize},
        problem::ApiError,
    },
    parties::organisations::hospitals::number,
};

/// A physician who may prescribe the programme, from a day to a day.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Prescriber, example = json!({"nihdiNumber": "11234578580", "name": "Dr Invented", "qualification": "endocrinologist", "from": "2021-01-01"}))]
pub struct ShownPrescriber {
    /// Their NIHDI number, 11 digits.
    pub nihdi_number: String,
    /// Their name.
    pub name: String,
    /// `endocrinologist` or `assimilatedPhysician` (STF-19).
    pub qualification: String,
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
            nihdi_number: one.number.to_string(),
            name: one.name.clone(),
            qualification: one.qualification.name().to_owned(),
            from: one.span.from,
            to: one.span.to,
        }
    }
}

/// The physicians who may prescribe at an establishment.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"hospitalNumber": "71000436", "href": "https://insula.example/insula/v1/establishments/71000436/prescribers",
    "items": [{"nihdiNumber": "11234578580", "name": "Dr Invented", "qualification": "endocrinologist", "from": "2021-01-01"}],
    "version": 1, "recordedAt": "2026-01-12T09:12:00Z", "recordedBy": "dr.maes"}))]
pub struct PrescriberList {
    /// The establishment.
    pub hospital_number: String,
    /// Its address.
    #[schema(format = "uri")]
    pub href: String,
    /// The physicians; only those of a day when one is asked for.
    pub items: Vec<ShownPrescriber>,
    /// Counts every change, from 1; also the ETag.
    pub version: i32,
    /// When this was stated.
    pub recorded_at: DateTime<Utc>,
    /// By whom.
    pub recorded_by: String,
}

impl PrescriberList {
    fn of(caller: &Caller, hospital: String, sheet: &Sheet<Prescriber>, on: Option<NaiveDate>) -> PrescriberList {
        let holds = |one: &&Prescriber| on.is_none_or(|on| one.span.holds(on));
        PrescriberList {
            href: caller.href(&format!("/establishments/{hospital}/prescribers")),
            hospital_number: hospital,
            items: sheet.content.iter().filter(holds).map(ShownPrescriber::from).collect(),
            version: sheet.version,
            recorded_at: sheet.recorded_at,
            recorded_by: sheet.recorded_by.clone(),
        }
    }
}

/// The list as it is stated.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"prescribers": [
    {"nihdiNumber": "11234578580", "name": "Dr Invented", "qualification": "endocrinologist", "from": "2021-01-01"}]}))]
pub struct PrescriberListEntry {
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

fn entry(reader: &mut Reader) -> Field<Entry> {
    let number = reader.parsed("nihdiNumber", Reason::CheckDigit, |text| text.parse::<NihdiNumber>().ok());
    let name = required_text(reader, "name", 200);
    let qualification = reader.required_one_of("qualification", Qualification::ALL, Qualification::name);
    let span = span(reader);
    reader.build(|done| Entry {
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

/// Get who may prescribe.
///
/// The physicians of an establishment who may prescribe the programme, with their days (CON-08). Insurers read it too: an
/// application is signed by one who is on it on that day.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "getPrescribers",
    params(
        OfHospital,
        ("on" = Option<NaiveDate>, Query, nullable = false, description = "Only those who may prescribe on that day."),
        KnownAt
    ),
    responses(
        (status = 200, description = "The list.", body = PrescriberList, headers(("ETag" = String, description = "Its version."))),
    )
)]
#[get("/establishments/{hospitalNumber}/prescribers")]
pub async fn get_prescribers(
    caller: Caller,
    path: web::Path<String>,
    mut query: Query,
) -> Result<HttpResponse, ApiError> {
    let hospital = number(&path)?;
    let on = query.one("on", Reason::NotADate, parse_date);
    let known_at = query.instant("knownAt");
    let (on, known_at) = query.finish()?.take(on.and(known_at));
    let of = hospital.clone();
    let sheet = caller.run(move |tx| records::read(tx, &sheets::of(&of, Kind::Prescribers), known_at)).await?;
    let shown = PrescriberList::of(&caller, hospital, &sheet, on);
    Ok(tagged(shown.version, shown))
}

/// State who may prescribe.
///
/// As a whole; every version is kept. What changes is told at once in the feed that INAMI and insurers follow, and to INAMI by e-mail,
/// which `listNotifications` shows (CON-08). A list not stated yet is stated without `If-Match`, a stated one anew with it.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "putPrescribers",
    params(OfHospital, IfMatchUnlessNew),
    request_body = PrescriberListEntry,
    responses(
        (status = 200, description = "The list.", body = PrescriberList, headers(("ETag" = String, description = "Its version."))),
    )
)]
#[put("/establishments/{hospitalNumber}/prescribers")]
pub async fn put_prescribers(caller: Caller, path: web::Path<String>, body: Body) -> Result<HttpResponse, ApiError> {
    let hospital = number(&path)?;
    let if_match = caller.optional_if_match()?;
    let mut reader = Reader::new(&body.members);
    let entries = reader.objects("prescribers", 200, entry);
    if entries.known().is_none() {
        // Of lines that could not all be read, it is seen all the same which name no number.
        reader.extend(without_number(&body));
    }
    let list = reader.then(entries, |entries| checked(&entries));
    let list = reader.finish()?.take(list);
    let of = hospital.clone();
    let inami = std::sync::Arc::clone(&caller.state.inami_mail);
    let sheet = caller
        .run(move |tx| {
            let hospital = organisations::hospital(tx, &of)?;
            let before: Vec<Prescriber> = sheets::lines(tx, &of, Kind::Prescribers)?;
            let sheet = sheets::state(tx, &of, Kind::Prescribers, list.clone(), if_match)?;
            let told: Vec<Told> = changes(&before, &sheet.content).into_iter().map(Told::from).collect();
            sheets::tell(tx, &of, sheet.version, &told)?;
            mails::report(tx, &hospital, sheet.version, &told, &inami)?;
            Ok(sheet)
        })
        .await?;
    let shown = PrescriberList::of(&caller, hospital, &sheet, None);
    Ok(tagged(shown.version, shown))
}

/// A change in a list of prescribers.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"hospitalNumber": "71000436", "change": "added", "nihdiNumber": "11234578580", "name": "Dr Invented",
    "qualification": "endocrinologist", "from": "2021-01-01", "version": 1, "changedAt": "2026-01-12T09:12:00Z"}))]
pub struct PrescriberChange {
    /// The establishment.
    pub hospital_number: String,
    /// `added`; `ended`, who now has a last day; `changed` otherwise; `removed`, whose line was an error.
    pub change: String,
    /// The physician's NIHDI number.
    pub nihdi_number: String,
    /// Their name.
    pub name: String,
    /// What they are.
    pub qualification: String,
    /// From when they may prescribe.
    pub from: NaiveDate,
    /// Until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub to: Option<NaiveDate>,
    /// The version of the list that brought it.
    pub version: i32,
    /// When.
    pub changed_at: DateTime<Utc>,
}

/// A part of the feed.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"items": [], "pageSize": 50, "next": "https://insula.example/insula/v1/prescriberChanges?after=812-44&pageSize=50"}))]
pub struct PrescriberChangeCollection {
    /// The changes, in the order in which they will always be read.
    pub items: Vec<PrescriberChange>,
    /// How many items a page holds at most.
    pub page_size: i32,
    /// Where to read on; always there, because the feed never ends. No items means: nothing new yet.
    #[schema(format = "uri")]
    pub next: String,
}

/// Follow the changes of prescribers.
///
/// Every change in the lists of all establishments, from the beginning or from where `next` led (CON-08). Followed to its end and
/// again later, it never misses a change nor repeats one, whatever commits meanwhile and in which order.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listPrescriberChanges",
    params(After, PageSize),
    responses((status = 200, description = "A part of the feed.", body = PrescriberChangeCollection))
)]
#[get("/prescriberChanges")]
pub async fn list_prescriber_changes(caller: Caller, mut query: Query) -> Result<HttpResponse, ApiError> {
    let after = query.one("after", Reason::NotAnIdentifier, |text| text.parse().ok()).or_default();
    let page_size = query.page_size();
    let (after, page_size) = query.finish()?.take(after.and(page_size));
    let changes = caller.run(move |tx| sheets::prescriber_changes(tx, after, page_size)).await?;
    let last = changes.last().map_or(after, |last| last.in_feed);
    let items = changes.into_iter().map(|one| PrescriberChange {
        hospital_number: one.hospital,
        change: one.change,
        nihdi_number: one.nihdi_number,
        name: one.name,
        qualification: one.qualification,
        from: one.valid_from,
        to: one.valid_to,
        version: one.version,
        changed_at: one.changed_at,
    });
    Ok(HttpResponse::Ok().json(PrescriberChangeCollection {
        items: items.collect(),
        page_size,
        next: caller.href(&format!("/prescriberChanges?after={last}&pageSize={page_size}")),
    }))
}
