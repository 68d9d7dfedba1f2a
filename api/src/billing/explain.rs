//! `explainPumpDay`.

use actix_web::{HttpResponse, get, web};
use chrono::NaiveDate;
use insula_domain::{
    amount::Amount,
    billing::{
        day_state::DayState,
        explain::{self, Kept, Price},
    },
    convention::number::PumpConventionNumber,
    identifier::InsurerNumber,
    rule::RuleId,
};
use insula_persistence::billing::explain as known;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::lines::InvoiceLine;
use crate::http::{
    caller::Caller,
    input::{path_day, path_uuid},
    issue::{InputValidationIssue, shown_faults},
    problem::ApiError,
};

/// What a number of passed pivots makes of the indexable part of a price.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PriceIndex {
    /// The indexable part of the first row of the tariff.
    pub base: Amount,
    /// The coefficient, to four decimals.
    pub coefficient: String,
    /// Their product, before it is rounded to the cent.
    pub product: String,
}

/// How the price of a day came about.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedPrice {
    /// What the day costs: the sum of both parts.
    pub price: Amount,
    /// The part that follows the pivot index.
    pub indexable: Amount,
    /// The part that does not.
    pub fixed: Amount,
    /// From when on this price is in force.
    pub from: NaiveDate,
    /// Where it is published.
    pub source: String,
    /// How the index made the indexable part; absent when no number of passed pivots gives it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub index: Option<PriceIndex>,
}

impl ExplainedPrice {
    fn of(found: Price) -> ExplainedPrice {
        ExplainedPrice {
            price: found.price,
            indexable: found.row.indexable.clone(),
            fixed: found.row.fixed.clone(),
            from: found.row.from,
            source: found.row.source.clone(),
            index: found.index.map(|index| PriceIndex {
                base: index.base,
                coefficient: index.coefficient,
                product: index.product.to_string(),
            }),
        }
    }
}

/// The agreement under which a day is paid for.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedAgreement {
    /// The granted period.
    pub granted_period_id: Uuid,
    /// The day of the agreement.
    pub agreed_on: NaiveDate,
    /// The number of the convention.
    pub convention_number: PumpConventionNumber,
    /// The first day of what is left of the period.
    pub from: NaiveDate,
    /// Its last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub to: Option<NaiveDate>,
}

/// One day of one beneficiary, from the article to the answer. What is absent is not so, or not yet.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PumpDayExplanation {
    /// The beneficiary.
    pub beneficiary_id: Uuid,
    /// The day.
    pub day: NaiveDate,
    /// The rule by which a day is paid for.
    pub rule: RuleId,
    /// The articles behind it.
    pub source: &'static str,
    /// The agreement and its period.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub agreement: Option<ExplainedAgreement>,
    /// Every reason why the day is not due, each with its rule; empty when it is.
    pub issues: Vec<InputValidationIssue>,
    /// How its price came about; absent before the first price.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub price: Option<ExplainedPrice>,
    /// The insurer of affiliation on that day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub insurer_number: Option<InsurerNumber>,
    /// Where its invoice goes: the insurer, or its union.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub destination: Option<InsurerNumber>,
    /// What became of the day, if it was recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub state: Option<DayState>,
    /// The line that bears it, with what the insurer answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub line: Option<InvoiceLine>,
}

/// Explain a pump day.
///
/// One day of one beneficiary, from the article to the answer: the agreement and its period, why the day is not due if
/// it is not, how its price came about to the cent, the insurer, what became of the day, and the line that bears it
/// (BIL-01, BIL-03, BIL-12). Every read is recorded in the trail.
#[utoipa::path(
    tag = "Billing",
    operation_id = "explainPumpDay",
    params(
        ("beneficiaryId" = uuid::Uuid, Path, description = "The beneficiary."),
        ("day" = chrono::NaiveDate, Path, description = "The day.")
    ),
    responses((status = 200, description = "The day.", body = PumpDayExplanation))
)]
#[get("/beneficiaries/{beneficiaryId}/pumpDays/{day}")]
pub async fn explain_pump_day(caller: Caller, path: web::Path<(String, String)>) -> Result<HttpResponse, ApiError> {
    let (beneficiary, day) = (path_uuid(&path.0)?, path_day(&path.1)?);
    let known = caller.run(move |tx| known::day(tx, beneficiary, day)).await?;
    let line = known.kept.as_ref().and_then(|(_, line)| line.as_ref());
    let codes = line.map(|line| &line.codes[..]).unwrap_or_default();
    let kept = known.kept.as_ref().map(|(state, _)| Kept { state: *state, line: line.map(|one| &one.line), codes });
    let found = explain::explain(day, &known.billed.known.facts, &known.billed.basis, kept);
    let (insurer_number, destination) = found.insurer.unzip();
    Ok(HttpResponse::Ok().json(PumpDayExplanation {
        beneficiary_id: beneficiary,
        day,
        rule: found.rule,
        source: found.rule.source(),
        agreement: found.agreement.map(|(agreement, days)| ExplainedAgreement {
            granted_period_id: agreement.period,
            agreed_on: agreement.agreed_on,
            convention_number: agreement.convention,
            from: days.from,
            to: days.to,
        }),
        issues: shown_faults(&found.faults, caller.language),
        price: found.price.map(ExplainedPrice::of),
        insurer_number,
        destination,
        state: found.kept.map(|kept| kept.state),
        line: line.map(|line| InvoiceLine::of(caller.language, line)),
    }))
}
