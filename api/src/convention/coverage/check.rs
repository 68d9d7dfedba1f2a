//! `checkCoverageApplication`.

use actix_web::{HttpResponse, get, web};
use chrono::NaiveDate;
use insula_domain::{
    amount::Amount,
    convention::coverage::{
        application::{ApplicationKind, Introducer},
        check::{self, Check, Outlook},
        limits::{EndLimit, StartLimit},
        status::{ApplicationCommand, after},
    },
    rule::RuleId,
};
use insula_persistence::{
    convention::coverage::{applications, facts},
    trail::Action,
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::http::{
    caller::Caller,
    input::path_uuid,
    issue::{InputValidationIssue, shown_faults},
    parameters::OfCoverageApplication,
    problem::ApiError,
};

/// What submitting the application today would result in.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CoverageApplicationCheck {
    /// Whether submitting would succeed.
    pub submittable: bool,
    /// Every fault.
    pub issues: Vec<InputValidationIssue>,
    /// The problems that submitting would be refused with.
    #[schema(value_type = Vec<crate::reference::documents::Problem>)]
    pub refusals: Vec<Value>,
    /// Points to check; they do not prevent submitting.
    pub warnings: Vec<InputValidationIssue>,
    /// First or prolongation, as the earlier periods of the establishment say (COV-01).
    pub kind: ApplicationKind,
    /// The version of the form that the application follows (COV-14).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1)]
    pub form_version: Option<i32>,
    /// What the adviser could grant; absent until the programme has a first day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub outlook: Option<CoverageOutlook>,
}

/// What the adviser could grant (COV-04, COV-05).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CoverageOutlook {
    /// The days from the first day wanted to the date of the application; negative when that comes before.
    pub days_late: i64,
    /// The first day possible.
    pub first_day: NaiveDate,
    /// What keeps it from being earlier.
    pub first_day_limit: StartLimit,
    /// The rule that says so.
    pub first_day_rule: RuleId,
    /// The latest last day of a period that begins then.
    pub last_day: NaiveDate,
    /// What keeps it from being later.
    pub last_day_limit: EndLimit,
    /// The rule that says so.
    pub last_day_rule: RuleId,
    /// The days lost by lateness.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub lost: Option<CoverageLoss>,
}

/// Days lost because the application came late (COV-05).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CoverageLoss {
    /// The first lost day.
    pub from: NaiveDate,
    /// The last lost day.
    pub to: NaiveDate,
    /// How many they are.
    pub days: i64,
    /// Their price in EUR: what the establishment does not get, and the most that it may charge the beneficiary where
    /// the beneficiary bears it (BIL-04).
    pub amount: Amount,
    /// Who bears it (COV-13); absent until it is stated who introduces the application.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub borne_by: Option<Introducer>,
}

impl CoverageOutlook {
    fn of(outlook: &Outlook) -> CoverageOutlook {
        let lost = outlook.lost.as_ref().and_then(|lost| {
            let (to, days) = (lost.days.to?, lost.days.days()?);
            let (from, amount, borne_by) = (lost.days.from, lost.amount.clone(), lost.borne_by);
            Some(CoverageLoss { from, to, days, amount, borne_by })
        });
        CoverageOutlook {
            days_late: outlook.days_late,
            first_day: outlook.first.day,
            first_day_limit: outlook.first.limit,
            first_day_rule: outlook.first.rule,
            last_day: outlook.last.day,
            last_day_limit: outlook.last.limit,
            last_day_rule: outlook.last.rule,
            lost,
        }
    }
}

/// Check a coverage application.
///
/// What submitting it today would result in: every fault, the problems it would be refused with, the points to check.
/// And what the adviser could grant: the first day and the last, the days lost by lateness with their price, and who
/// bears them (COV-05, COV-13). Nothing is stored.
#[utoipa::path(
    tag = "Coverage",
    operation_id = "checkCoverageApplication",
    params(OfCoverageApplication),
    responses((status = 200, description = "What submitting it would result in.", body = CoverageApplicationCheck))
)]
#[get("/coverageApplications/{coverageApplicationId}/check")]
pub async fn check_coverage_application(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let id = path_uuid(&path)?;
    let (status, check) = caller
        .run(move |tx| {
            let found = applications::read(tx, id, Action::Check)?;
            let (facts, _) = facts::facts(tx, &found)?;
            Ok((found.status, check::check(&found.content, &facts)))
        })
        .await?;
    let Check { faults, refusals, warnings, outlook, kind, form_version } = check;
    let refusals = refusals.into_iter().map(|refusal| {
        let refused = ApiError::Refused(Box::new(refusal));
        refused.document(caller.language, caller.call.trace_id, &caller.state.public_url)
    });
    let refusals: Vec<_> = refusals.collect();
    let possible = after(status, ApplicationCommand::Submit).is_ok();
    Ok(HttpResponse::Ok().json(CoverageApplicationCheck {
        submittable: possible && faults.is_empty() && refusals.is_empty(),
        issues: shown_faults(&faults, caller.language),
        refusals,
        warnings: shown_faults(&warnings, caller.language),
        kind,
        form_version,
        outlook: outlook.as_ref().map(CoverageOutlook::of),
    }))
}
