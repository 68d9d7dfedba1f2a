//! `listGrantedPeriods`, `getGrantedPeriod` and `endGrantedPeriod`.

use actix_web::{HttpResponse, get, http::StatusCode, post, web};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use insula_domain::{
    convention::{
        coverage::{
            earlier::earlier_faults,
            period::{PeriodEnd, PeriodState, StatedEnd},
        },
        number::PumpConventionNumber,
    },
    identifier::{HospitalNumber, InsurerNumber},
    refusal::Reason,
    span::Span,
};
use insula_persistence::convention::coverage::periods::{self, Filter};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::dto::GrantedPeriodCondition;
use crate::http::{
    caller::{Caller, tagged},
    collection::Page,
    input::{Body, Query, Reader, identifier, path_uuid},
    parameters::{After, IdempotencyKey, IfMatch, KnownAt, OfGrantedPeriod, PageSize},
    problem::ApiError,
};

/// The path of a period.
pub fn path(id: Uuid) -> String {
    format!("/grantedPeriods/{id}")
}

/// A period that an adviser granted.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GrantedPeriod {
    /// Its identifier.
    pub id: Uuid,
    /// Its address.
    #[schema(format = "uri")]
    pub href: String,
    /// Counts every change, from 1; also the ETag.
    pub version: i32,
    /// The establishment's hospital.
    pub hospital_number: HospitalNumber,
    /// For whom, as the hospital knows them.
    pub beneficiary_id: Uuid,
    /// The insurer whose adviser granted it.
    pub insurer_number: InsurerNumber,
    /// The application; none for a period of the convention before 2021 (CON-07).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub application_id: Option<Uuid>,
    /// For a period of the convention before 2021: the first day at this convention's price (CON-07).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub priced_from: Option<NaiveDate>,
    /// The number of the convention.
    pub convention_number: PumpConventionNumber,
    /// The first day.
    pub from: NaiveDate,
    /// The last day that was granted.
    pub granted_to: NaiveDate,
    /// The last day that is left; absent when none is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub to: Option<NaiveDate>,
    /// Why it ends before the last day granted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ended_because: Option<PeriodEnd>,
    /// Its state on `on`, or today.
    pub state: PeriodState,
    /// The days that were granted.
    pub granted_days: i64,
    /// The days that are left of them after an early end.
    pub days: i64,
    /// Of those, the ones that are over.
    pub used_days: i64,
    /// Of those, today and the ones to come.
    pub left_days: i64,
    /// From this day on one is reminded that it ends: 60 days before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ending_from: Option<NaiveDate>,
    /// From this day on the reminder is urgent: 30 days before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ending_urgent_from: Option<NaiveDate>,
    /// The further conditions of the decision, in its order (COV-11).
    pub conditions: Vec<GrantedPeriodCondition>,
    /// When it was granted.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl GrantedPeriod {
    /// Shows a period, with its days counted on a day.
    pub fn of(caller: &Caller, one: &periods::GrantedPeriod, on: NaiveDate) -> GrantedPeriod {
        let (count, reminders) = (one.period.count(on), one.period.reminders());
        GrantedPeriod {
            id: one.id,
            href: caller.href(&path(one.id)),
            version: one.version,
            hospital_number: one.hospital,
            beneficiary_id: one.beneficiary,
            insurer_number: one.insurer,
            application_id: one.application,
            priced_from: one.application.is_none().then(|| one.priced_from()).flatten(),
            convention_number: one.number,
            from: one.period.from,
            granted_to: one.period.to,
            to: one.period.effective().and_then(|days| days.to),
            ended_because: one.period.end.map(|end| end.why),
            state: one.period.state(on),
            granted_days: count.granted,
            days: count.effective,
            used_days: count.used,
            left_days: count.left,
            ending_from: reminders.map(|[soon, _]| soon),
            ending_urgent_from: reminders.map(|[_, urgent]| urgent),
            conditions: (1..).zip(&one.conditions).map(|it| GrantedPeriodCondition::of(it, on)).collect(),
            created_at: one.created_at,
            updated_at: one.updated_at,
        }
    }
}

/// Granted periods.
pub type GrantedPeriodCollection = Page<GrantedPeriod>;

/// List granted periods.
///
/// A hospital's own; for an adviser those of the insurer's members; the latest granted first. With `on`, those that
/// hold that day, counted on that day; with `endingWithin`, those that run on `on`, or today, end within so many days, and
/// are followed by none; with `knownAt`, as they were known at that instant.
#[utoipa::path(
    tag = "Coverage",
    operation_id = "listGrantedPeriods",
    params(
        ("beneficiaryId" = Option<uuid::Uuid>, Query, nullable = false, description = "Only those of this beneficiary."),
        ("on" = Option<chrono::NaiveDate>, Query, nullable = false, description = "Only those that hold this day."),
        ("endsBefore" = Option<chrono::NaiveDate>, Query, nullable = false, description = "Only those whose last day comes before this one."),
        ("endingWithin" = Option<i32>, Query, nullable = false, minimum = 0, maximum = 366, description = "Only those that end within so many days, and that no other one of the beneficiary follows."),
        KnownAt,
        After,
        PageSize
    ),
    responses((status = 200, description = "The periods.", body = GrantedPeriodCollection))
)]
#[get("/grantedPeriods")]
pub async fn list_granted_periods(caller: Caller, mut query: Query) -> Result<HttpResponse, ApiError> {
    let beneficiary = query.uuid("beneficiaryId");
    let (on, ends_before, known_at) = (query.date("on"), query.date("endsBefore"), query.instant("knownAt"));
    let ending_within = query.whole("endingWithin", 0, 366);
    let page = query.page(identifier);
    let done = query.finish()?;
    let (after, page_size) = done.take(page);
    let ending_within: Option<i64> = done.take(ending_within);
    let (on, today) = (done.take(on), caller.today());
    let filter = Filter {
        beneficiary: done.take(beneficiary),
        on: on.or(ending_within.map(|_| today)),
        ends_before: done.take(ends_before),
        ending_by: ending_within.map(|days| on.unwrap_or(today) + TimeDelta::days(days)),
        known_at: done.take(known_at),
        after,
        page_size,
    };
    let day = filter.on.unwrap_or_else(|| caller.today());
    let page = caller.run(move |tx| periods::list(tx, &filter)).await?;
    let next = page.last().map(|last| caller.next_page("after", last.id, page_size));
    let items = page.items.iter().map(|one| GrantedPeriod::of(&caller, one, day)).collect();
    Ok(HttpResponse::Ok().json(GrantedPeriodCollection { items, page_size, next }))
}

/// Get a granted period.
///
/// The days granted, used and left, and how it ended; with `knownAt`, as it was known at that instant.
#[utoipa::path(
    tag = "Coverage",
    operation_id = "getGrantedPeriod",
    params(OfGrantedPeriod, KnownAt),
    responses((status = 200, description = "The period.", body = GrantedPeriod))
)]
#[get("/grantedPeriods/{grantedPeriodId}")]
pub async fn get_granted_period(
    caller: Caller,
    path: web::Path<String>,
    mut query: Query,
) -> Result<HttpResponse, ApiError> {
    let id = path_uuid(&path)?;
    let known_at = query.instant("knownAt");
    let known_at = query.finish()?.take(known_at);
    let found = caller.run(move |tx| periods::read(tx, id, known_at)).await?;
    Ok(tagged(found.version, GrantedPeriod::of(&caller, &found, caller.today())))
}

/// The end of a period, as its establishment states it.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"why": "childrensConvention", "lastDay": "2026-06-18"}))]
pub struct GrantedPeriodEndEntry {
    /// `establishmentStops`, `childrensConvention` or `givenUp`. The other reasons follow from decisions, deaths and
    /// conventions.
    pub why: PeriodEnd,
    /// The last day; not asked when the period is given up.
    #[schema(nullable = false)]
    pub last_day: Option<NaiveDate>,
    /// When the beneficiary was told that the establishment stops.
    #[schema(nullable = false)]
    pub told_on: Option<NaiveDate>,
}

/// End a granted period.
///
/// When the establishment stops, with a month's notice to the beneficiary; when the beneficiary is taken on under the
/// children's convention; or, before its first day, when the establishment gives it up (COV-07). An end is never made
/// later.
#[utoipa::path(
    tag = "Coverage",
    operation_id = "endGrantedPeriod",
    params(OfGrantedPeriod, IfMatch, IdempotencyKey),
    request_body = GrantedPeriodEndEntry,
    responses((status = 200, description = "The period as it ends.", body = GrantedPeriod))
)]
#[post("/grantedPeriods/{grantedPeriodId}/end")]
pub async fn end_granted_period(caller: Caller, path: web::Path<String>, body: Body) -> Result<HttpResponse, ApiError> {
    let caller = caller.keyed(&body.bytes)?;
    let id = path_uuid(&path)?;
    let mut reader = Reader::new(&body.members);
    let why = reader.required_one_of("why", PeriodEnd::ALL, PeriodEnd::name);
    let (last_day, told_on) = (reader.date("lastDay"), reader.date("toldOn"));
    let done = reader.finish()?;
    let (why, stated) = (done.take(why), StatedEnd { last_day: done.take(last_day), told_on: done.take(told_on) });
    let if_match = caller.if_match()?;
    let today = caller.today();
    caller
        .run_keyed(move |caller, tx| {
            let present = periods::find_for_update(tx, id, if_match)?;
            let ended = present.period.ended_by_establishment(why, stated, today)?;
            let told_on = stated.told_on.filter(|_| why == PeriodEnd::EstablishmentStops);
            let ended = periods::end(tx, &present, ended, told_on)?;
            let shown = GrantedPeriod::of(caller, &ended, today);
            Ok((periods::subject(id), caller.answer(StatusCode::OK, Some(ended.version), None, &shown)))
        })
        .await
}

/// A period that was granted under the convention before 2021.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"beneficiaryId": "0198c1de-7b20-7d05-8f00-5b1f7a9e2c44",
    "conventionNumber": "7.86.501.72", "from": "2020-09-01", "to": "2021-08-31"}))]
pub struct EarlierPeriodEntry {
    /// For whom: a beneficiary of the hospital.
    pub beneficiary_id: Uuid,
    /// The number of the establishment's convention under which it runs on.
    pub convention_number: PumpConventionNumber,
    /// The first day, before 2021.
    pub from: NaiveDate,
    /// The last day, in 2021, at most twelve months on.
    pub to: NaiveDate,
}

/// Enter a period of the earlier convention.
///
/// A period that was granted under the convention before 2021 runs on to its end; its days from 2021 on are invoiced at this
/// convention's price (CON-07).
#[utoipa::path(
    tag = "Coverage",
    operation_id = "createEarlierPeriod",
    params(IdempotencyKey),
    request_body = EarlierPeriodEntry,
    responses((status = 201, description = "The period.", body = GrantedPeriod))
)]
#[post("/grantedPeriods")]
pub async fn create_earlier_period(caller: Caller, body: Body) -> Result<HttpResponse, ApiError> {
    let caller = caller.keyed(&body.bytes)?;
    let mut reader = Reader::new(&body.members);
    let beneficiary = reader.required_uuid("beneficiaryId");
    let number = reader.required_parsed("conventionNumber", Reason::NotAnIdentifier, |text| text.parse().ok());
    let (from, to) = (reader.required_date("from"), reader.required_date("to"));
    let days = reader.then(from.and(to), |(from, to)| {
        let faults = earlier_faults(Span::between(from, to));
        if faults.is_empty() { Ok((from, to)) } else { Err(faults) }
    });
    let done = reader.finish()?;
    let (beneficiary, number, (from, to)) = (done.take(beneficiary), done.take(number), done.take(days));
    let today = caller.today();
    caller
        .run_keyed(move |caller, tx| {
            let entered = periods::enter_earlier(tx, beneficiary, number, from, to)?;
            let shown = GrantedPeriod::of(caller, &entered, today);
            let location = Some(shown.href.clone());
            let answer = caller.answer(StatusCode::CREATED, Some(entered.version), location, &shown);
            Ok((periods::subject(entered.id), answer))
        })
        .await
}
