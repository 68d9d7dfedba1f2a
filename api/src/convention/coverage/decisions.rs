//! `createCoverageDecision`, `previewCoverageDecision` and `listCoverageDecisions`.

use actix_web::{HttpResponse, get, http::StatusCode, post, web};
use chrono::{DateTime, NaiveDate, Utc};
use insula_domain::convention::coverage::{
    application::MAX_WORDS,
    condition::Condition,
    decision::{Decision, Effect, MAX_CONDITIONS, Verdict, decide},
    period::{KnownPeriod, PeriodEnd},
};
use insula_persistence::{
    Stop, Tx,
    convention::coverage::{
        applications::{self, Application},
        decisions::{self, Given},
        facts,
    },
    trail::Action,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::{
    caller::Caller,
    collection::Versions,
    input::{Body, Field, Reader, path_uuid},
    parameters::{IdempotencyKey, IfMatch, OfCoverageApplication},
    problem::ApiError,
};

/// A decision about an application.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CoverageDecision {
    /// Its identifier.
    pub id: Uuid,
    /// Its number about the application, from 1.
    #[schema(minimum = 1)]
    pub number: i32,
    /// In favour, against, or something else.
    pub verdict: Verdict,
    /// In favour: the first day. Against: the day from which the period granted before is undue.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub from: Option<NaiveDate>,
    /// In favour: the last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub to: Option<NaiveDate>,
    /// In favour: further conditions (COV-11).
    pub conditions: Vec<Condition>,
    /// Why, or what.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 2000)]
    pub words: Option<String>,
    /// The decision that it supersedes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub supersedes: Option<Uuid>,
    /// The period that it grants.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub granted_period_id: Option<Uuid>,
    /// When it was given.
    pub decided_at: DateTime<Utc>,
}

impl From<Given> for CoverageDecision {
    fn from(given: Given) -> CoverageDecision {
        let Decision { verdict, from, to, conditions, words, supersedes } = given.decision;
        CoverageDecision {
            id: given.id,
            number: given.number,
            verdict,
            from,
            to,
            conditions,
            words,
            supersedes,
            granted_period_id: given.period,
            decided_at: given.decided_at,
        }
    }
}

/// The decisions about an application.
pub type CoverageDecisionVersions = Versions<CoverageDecision>;

/// What a decision would do.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CoverageDecisionPreview {
    /// The period that it would grant.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub granted: Option<PreviewedPeriod>,
    /// The periods that it would end, as they would be.
    pub ended: Vec<PreviewedPeriod>,
}

/// A period as a decision would leave it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreviewedPeriod {
    /// The first day.
    pub from: NaiveDate,
    /// The last day that is left; absent when none is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub to: Option<NaiveDate>,
    /// The days that are left.
    pub days: i64,
    /// The days that were granted.
    pub granted_days: i64,
    /// Why it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub because: Option<PeriodEnd>,
}

impl PreviewedPeriod {
    fn of(period: &insula_domain::convention::coverage::period::Period, today: NaiveDate) -> PreviewedPeriod {
        let count = period.count(today);
        PreviewedPeriod {
            from: period.from,
            to: period.effective().and_then(|days| days.to),
            days: count.effective,
            granted_days: count.granted,
            because: period.end.map(|end| end.why),
        }
    }
}

/// Reads a decision.
fn decision(reader: &mut Reader) -> Field<Decision> {
    let verdict = reader.required_one_of("verdict", Verdict::ALL, Verdict::name);
    let (from, to) = (reader.date("from"), reader.date("to"));
    let conditions = reader.objects("conditions", MAX_CONDITIONS, condition);
    let words = reader.text("words", MAX_WORDS);
    let supersedes = reader.uuid("supersedes");
    reader.build(|done| Decision {
        verdict: done.take(verdict),
        from: done.take(from),
        to: done.take(to),
        conditions: done.take(conditions),
        words: done.take(words),
        supersedes: done.take(supersedes),
    })
}

fn condition(reader: &mut Reader) -> Field<Condition> {
    let text = reader.required_text("text", MAX_WORDS);
    let (due_on, stops_on) = (reader.required_date("dueOn"), reader.required_date("stopsOn"));
    reader.build(|done| Condition { text: done.take(text), due_on: done.take(due_on), stops_on: done.take(stops_on) })
}

/// COV-03: decides about an application that is locked: what was decided before, and the effect.
fn judged(
    tx: &mut Tx,
    application: &Application,
    decision: &Decision,
) -> Result<(insula_domain::convention::coverage::decision::Before, Effect), Stop> {
    let facts = facts::to_decide(tx, application)?;
    let before = decisions::before(tx, application, &facts.periods)?;
    let effect = decide(decision, &application.content, before, &facts)?;
    Ok((before, effect))
}

/// Decide about a coverage application.
///
/// By the adviser of the insurer to which it was submitted (COV-03). A favourable decision grants a period: no earlier
/// than prescribed, than 30 days before the application (COV-05) and than the sixteenth birthday (PMP-01), for twelve
/// months at most (COV-04) and no longer than the convention (CON-03). It ends a period that runs elsewhere on the eve
/// (COV-07), and is refused when one that begins later stands in the way (COV-06). A later decision about the same
/// application names in `supersedes` the last one; nothing is overwritten.
#[utoipa::path(
    tag = "Coverage",
    operation_id = "createCoverageDecision",
    params(OfCoverageApplication, IfMatch, IdempotencyKey),
    request_body = Decision,
    responses((status = 201, description = "The decision.", body = CoverageDecision))
)]
#[post("/coverageApplications/{coverageApplicationId}/decisions")]
pub async fn create_coverage_decision(
    caller: Caller,
    path: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let caller = caller.keyed(&body.bytes)?;
    let id = path_uuid(&path)?;
    let mut reader = Reader::new(&body.members);
    let stated = decision(&mut reader);
    let stated = reader.finish()?.take(stated);
    let if_match = caller.if_match()?;
    caller
        .run_keyed(move |caller, tx| {
            let application = applications::find_to_decide(tx, id, if_match)?;
            let (before, effect) = judged(tx, &application, &stated)?;
            let given = decisions::give(tx, &application, &before, &stated, &effect)?;
            let location = caller.href(&format!("{}/decisions", super::dto::path(id)));
            let shown = CoverageDecision::from(given);
            let answer = caller.answer(StatusCode::CREATED, None, Some(location), &shown);
            Ok((applications::subject(id), answer))
        })
        .await
}

/// Preview a decision about a coverage application.
///
/// The period that it would grant, and those that it would end, or why it would be refused. Nothing is stored.
#[utoipa::path(
    tag = "Coverage",
    operation_id = "previewCoverageDecision",
    params(OfCoverageApplication),
    request_body = Decision,
    responses(
        (status = 200, description = "What it would do.", body = CoverageDecisionPreview)
    )
)]
#[post("/coverageApplications/{coverageApplicationId}/decisions/preview")]
pub async fn preview_coverage_decision(
    caller: Caller,
    path: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let id = path_uuid(&path)?;
    let mut reader = Reader::new(&body.members);
    let stated = decision(&mut reader);
    let stated = reader.finish()?.take(stated);
    let effect = caller
        .run(move |tx| {
            let application = applications::read(tx, id, Action::Preview)?;
            judged(tx, &application, &stated).map(|(_, effect)| effect)
        })
        .await?;
    let today = caller.today();
    let ended = effect.ended.iter().map(|KnownPeriod { period, .. }| PreviewedPeriod::of(period, today));
    Ok(HttpResponse::Ok().json(CoverageDecisionPreview {
        granted: effect.granted.map(|period| PreviewedPeriod::of(&period, today)),
        ended: ended.collect(),
    }))
}

/// List the decisions about a coverage application.
///
/// All of them, the latest first: none is ever changed or removed (COV-03).
#[utoipa::path(
    tag = "Coverage",
    operation_id = "listCoverageDecisions",
    params(OfCoverageApplication),
    responses((status = 200, description = "The decisions.", body = CoverageDecisionVersions))
)]
#[get("/coverageApplications/{coverageApplicationId}/decisions")]
pub async fn list_coverage_decisions(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let id = path_uuid(&path)?;
    let found = caller
        .run(move |tx| {
            applications::read(tx, id, Action::List)?;
            decisions::of_application(tx, id)
        })
        .await?;
    let items = found.into_iter().map(CoverageDecision::from).collect();
    Ok(HttpResponse::Ok().json(CoverageDecisionVersions { items }))
}
