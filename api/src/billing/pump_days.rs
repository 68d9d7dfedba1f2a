//! `listPumpDays`, `recordPumpDays` and `withdrawPumpDays`.

use std::collections::BTreeSet;

use actix_web::{HttpResponse, get, http::StatusCode, post};
use chrono::{DateTime, NaiveDate, Utc};
use insula_domain::{
    billing::{
        day_state::DayState,
        pump_day::{Verdict, range_faults, verdicts},
    },
    refusal::{Fault, Reason},
    rule::RuleId,
    span::Span,
};
use insula_persistence::billing::{
    facts,
    pump_days::{self, Filter, NewDay},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::{
    caller::Caller,
    collection::Page,
    input::{Body, Field, Query, Reader, identifier},
    issue::{InputValidationIssue, shown_faults},
    parameters::{After, IdempotencyKey, PageSize},
    problem::ApiError,
};

/// The most beneficiaries of one request.
const MOST_BENEFICIARIES: usize = 2000;
/// The most ranges of one beneficiary in a request.
const MOST_RANGES: usize = 31;

/// A day of programme that was recorded.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PumpDay {
    /// Its identifier.
    pub id: Uuid,
    /// For whom.
    pub beneficiary_id: Uuid,
    /// The granted period in which it lies.
    pub granted_period_id: Uuid,
    /// The day.
    pub day: NaiveDate,
    /// What became of it.
    pub state: DayState,
    /// Who recorded it.
    pub recorded_by: String,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// When its state last changed.
    pub updated_at: DateTime<Utc>,
}

impl PumpDay {
    fn of(one: &pump_days::PumpDay) -> PumpDay {
        PumpDay {
            id: one.id,
            beneficiary_id: one.beneficiary,
            granted_period_id: one.period,
            day: one.day,
            state: one.state,
            recorded_by: one.recorded_by.clone(),
            recorded_at: one.recorded_at,
            updated_at: one.updated_at,
        }
    }
}

/// Recorded days of programme.
pub type PumpDayCollection = Page<PumpDay>;

/// List recorded pump days.
///
/// The hospital's own, in the order in which they were recorded, with what became of each (BIL-01, BIL-05).
#[utoipa::path(
    tag = "Billing",
    operation_id = "listPumpDays",
    params(
        ("beneficiaryId" = Option<uuid::Uuid>, Query, nullable = false, description = "Only those of this beneficiary."),
        ("from" = Option<chrono::NaiveDate>, Query, nullable = false, description = "Only those of this day and later."),
        ("to" = Option<chrono::NaiveDate>, Query, nullable = false, description = "Only those of this day and earlier."),
        ("state" = Option<insula_domain::billing::day_state::DayState>, Query, nullable = false, description = "Only those in this state."),
        After,
        PageSize
    ),
    responses((status = 200, description = "The days.", body = PumpDayCollection))
)]
#[get("/pumpDays")]
pub async fn list_pump_days(caller: Caller, mut query: Query) -> Result<HttpResponse, ApiError> {
    let beneficiary = query.uuid("beneficiaryId");
    let (from, to) = (query.date("from"), query.date("to"));
    let state = query.one_of("state", DayState::ALL, DayState::name);
    let page = query.page(identifier);
    let done = query.finish()?;
    let (after, page_size) = done.take(page);
    let filter = Filter {
        beneficiary: done.take(beneficiary),
        from: done.take(from),
        to: done.take(to),
        state: done.take(state),
        after,
        page_size,
    };
    let page = caller.run(move |tx| pump_days::list(tx, &filter)).await?;
    let next = page.last().map(|last| caller.next_page("after", last.id, page_size));
    let items = page.items.iter().map(PumpDay::of).collect();
    Ok(HttpResponse::Ok().json(PumpDayCollection { items, page_size, next }))
}

/// Days that follow each other, each of them whole.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct PumpDayRange {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
}

/// The days of a beneficiary on which the pump was used.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"beneficiaryId": "0198c1de-7b20-7d05-8f00-5b1f7a9e2c44",
    "days": [{"from": "2026-06-01", "to": "2026-06-02"}]}))]
pub struct PumpDaysOfBeneficiary {
    /// The beneficiary.
    pub beneficiary_id: Uuid,
    /// The days, in ranges that do not overlap, each of 366 days at most.
    #[schema(min_items = 1, max_items = 31)]
    pub days: Vec<PumpDayRange>,
}

/// Days to record.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"entries": [{"beneficiaryId": "0198c1de-7b20-7d05-8f00-5b1f7a9e2c44",
    "days": [{"from": "2026-06-01", "to": "2026-06-02"}]}]}))]
pub struct PumpDaysEntry {
    /// The days of each beneficiary, who is named once.
    #[schema(min_items = 1, max_items = 2000)]
    pub entries: Vec<PumpDaysOfBeneficiary>,
    /// Whether nothing is recorded when any day is refused.
    #[schema(default = false, required = false)]
    pub atomic: bool,
}

/// What is said of days that follow each other.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PumpDayVerdict {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// The granted period in which they are due; absent when they are refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub granted_period_id: Option<Uuid>,
    /// Every reason why they are refused, each with its rule; empty when they are due.
    pub issues: Vec<InputValidationIssue>,
}

/// What is said of a beneficiary's days.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PumpDayVerdicts {
    /// The beneficiary.
    pub beneficiary_id: Uuid,
    /// The verdicts, in the order of the ranges.
    pub verdicts: Vec<PumpDayVerdict>,
}

/// What became of the days of a request.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecordedPumpDays {
    /// The number of days recorded.
    pub recorded: i64,
    /// The number of days refused.
    pub refused: i64,
    /// What is said of each day, by beneficiary.
    pub entries: Vec<PumpDayVerdicts>,
}

/// The ranges of one beneficiary.
struct Entry {
    beneficiary: Uuid,
    ranges: Vec<Span>,
}

fn range(reader: &mut Reader) -> Field<Span> {
    let (from, to) = (reader.required_date("from"), reader.required_date("to"));
    reader.build(|done| Span::between(done.take(from), done.take(to)))
}

fn entry(reader: &mut Reader) -> Field<Entry> {
    let beneficiary = reader.required_uuid("beneficiaryId");
    let ranges = reader.some_objects("days", MOST_RANGES, range);
    reader.judge(&ranges, |ranges| range_faults(ranges));
    reader.build(|done| Entry { beneficiary: done.take(beneficiary), ranges: done.take(ranges) })
}

/// BIL-01: a beneficiary is named once, so that no day is named twice.
fn repeated(entries: &[Entry]) -> Vec<Fault> {
    let mut earlier = BTreeSet::new();
    let again = entries.iter().enumerate().filter(|(_, one)| !earlier.insert(one.beneficiary));
    again.map(|(at, _)| Fault::new(format!("entries[{at}].beneficiaryId"), Reason::Repeated, RuleId::Bil01)).collect()
}

/// Record pump days.
///
/// The days on which beneficiaries used the pump, in ranges, for up to 2 000 beneficiaries. Each day gets its verdict:
/// a day is due when it is over, lies in a granted period of the establishment, with the adviser's conditions met, in
/// life, within two years, and is due for this person nowhere else (BIL-01, BIL-08, COV-11, PMP-04). Days that are due
/// are recorded; with `atomic`, none is when any is refused.
#[utoipa::path(
    tag = "Billing",
    operation_id = "recordPumpDays",
    params(IdempotencyKey),
    request_body = PumpDaysEntry,
    responses((status = 200, description = "What became of each day.", body = RecordedPumpDays))
)]
#[post("/pumpDays")]
pub async fn record_pump_days(caller: Caller, body: Body) -> Result<HttpResponse, ApiError> {
    let caller = caller.keyed(&body.bytes)?;
    let mut reader = Reader::new(&body.members);
    let entries = reader.some_objects("entries", MOST_BENEFICIARIES, entry);
    reader.judge(&entries, |entries| repeated(entries));
    let atomic = reader.flag("atomic");
    let done = reader.finish()?;
    let (entries, atomic) = (done.take(entries), done.take(atomic));
    let ranges = entries.iter().flat_map(|one| &one.ranges);
    let first = ranges.clone().map(|range| range.from).min().unwrap_or_default();
    let last = ranges.filter_map(|range| range.to).max().unwrap_or_default();
    let ids: Vec<Uuid> = entries.iter().map(|one| one.beneficiary).collect();
    caller
        .run_keyed(move |caller, tx| {
            let known = facts::facts(tx, &ids, first, last)?;
            let mut unknown = Vec::new();
            let mut judged = Vec::new();
            for (at, one) in entries.iter().enumerate() {
                match known.get(&one.beneficiary) {
                    Some(known) => {
                        judged.push((
                            one.beneficiary,
                            one.ranges.iter().flat_map(|days| verdicts(*days, &known.facts)).collect(),
                        ));
                    }
                    None => unknown.push(Fault::new(
                        format!("entries[{at}].beneficiaryId"),
                        Reason::BeneficiaryNotFound,
                        RuleId::Sys02,
                    )),
                }
            }
            if !unknown.is_empty() {
                return Err(unknown.into());
            }
            let (due, refused) = due(&judged);
            let recorded = if atomic && refused > 0 { &[][..] } else { &due[..] };
            pump_days::record(tx, recorded)?;
            let shown = RecordedPumpDays {
                recorded: i64::try_from(recorded.len()).unwrap_or(i64::MAX),
                refused,
                entries: judged
                    .into_iter()
                    .map(|(beneficiary, verdicts)| shown(caller, beneficiary, verdicts))
                    .collect(),
            };
            Ok((pump_days::SUBJECT.to_owned(), caller.answer(StatusCode::OK, None, None, &shown)))
        })
        .await
}

/// The days that are due, and the number of those that are not.
fn due(judged: &[(Uuid, Vec<Verdict>)]) -> (Vec<NewDay>, i64) {
    let (mut due, mut refused) = (Vec::new(), 0);
    for (beneficiary, verdicts) in judged {
        for Verdict { days, outcome } in verdicts {
            match outcome {
                Ok(period) => {
                    let each = days.from.iter_days().take_while(|day| days.holds(*day));
                    due.extend(each.map(|day| NewDay { beneficiary: *beneficiary, period: *period, day }));
                }
                Err(_) => refused += days.days().unwrap_or_default(),
            }
        }
    }
    (due, refused)
}

fn shown(caller: &Caller, beneficiary_id: Uuid, verdicts: Vec<Verdict>) -> PumpDayVerdicts {
    let shown = verdicts.into_iter().map(|Verdict { days, outcome }| PumpDayVerdict {
        from: days.from,
        to: days.to.unwrap_or(days.from),
        granted_period_id: outcome.as_ref().ok().copied(),
        issues: shown_faults(&outcome.err().unwrap_or_default(), caller.language),
    });
    PumpDayVerdicts { beneficiary_id, verdicts: shown.collect() }
}

/// Days that were withdrawn.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WithdrawnPumpDays {
    /// The beneficiary.
    pub beneficiary_id: Uuid,
    /// The number of days withdrawn.
    pub withdrawn: usize,
    /// The days.
    pub days: Vec<NaiveDate>,
}

/// Withdraw pump days.
///
/// Days that were recorded in error and are on no line yet: all recorded days of the ranges, or none. They can be
/// recorded again.
#[utoipa::path(
    tag = "Billing",
    operation_id = "withdrawPumpDays",
    params(IdempotencyKey),
    request_body = PumpDaysOfBeneficiary,
    responses((status = 200, description = "The days that were withdrawn.", body = WithdrawnPumpDays))
)]
#[post("/pumpDays/withdraw")]
pub async fn withdraw_pump_days(caller: Caller, body: Body) -> Result<HttpResponse, ApiError> {
    let caller = caller.keyed(&body.bytes)?;
    let mut reader = Reader::new(&body.members);
    let named = entry(&mut reader);
    let Entry { beneficiary, ranges } = reader.finish()?.take(named);
    caller
        .run_keyed(move |caller, tx| {
            let days = pump_days::withdraw(tx, beneficiary, &ranges)?;
            let shown = WithdrawnPumpDays { beneficiary_id: beneficiary, withdrawn: days.len(), days };
            Ok((pump_days::SUBJECT.to_owned(), caller.answer(StatusCode::OK, None, None, &shown)))
        })
        .await
}
