//! `listCoverageReminders`.

use actix_web::{HttpResponse, get};
use chrono::NaiveDate;
use insula_domain::{
    amount::Amount,
    convention::coverage::{reminder, status::ApplicationStatus},
};
use insula_persistence::{
    Stop,
    convention::coverage::{
        applications::{self, Application, Filter},
        facts,
    },
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::{
    caller::Caller,
    collection::Page,
    input::{Query, identifier},
    parameters::{After, PageSize},
    problem::ApiError,
};

/// How much time a draft has left (COV-05).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CoverageReminder {
    /// The draft.
    pub coverage_application_id: Uuid,
    /// Its address.
    #[schema(format = "uri")]
    pub href: String,
    /// For whom.
    pub beneficiary_id: Uuid,
    /// The first day that could be granted if it is introduced in time; absent until the programme has a first day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub first_day: Option<NaiveDate>,
    /// The days since then.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub day: Option<i64>,
    /// The days on which it can still be introduced without loss, after today; negative when days are lost already.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub left_days: Option<i64>,
    /// The days lost if it is introduced today.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub lost_days: Option<i64>,
    /// What each further day costs, in EUR, once days are lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub per_day: Option<Amount>,
    /// The reminders that are due, by the day that they belong to: 20, 27, 30.
    pub due: Vec<i64>,
}

/// Drafts, with the time that they have left.
pub type CoverageReminderCollection = Page<CoverageReminder>;

/// List how much time drafts have left.
///
/// The establishment's drafts, the latest created first: until when each can be introduced without loss, as if it were
/// introduced today, and what a further day costs (COV-05). One is reminded of it on the days 20, 27 and 30.
#[utoipa::path(
    tag = "Coverage",
    operation_id = "listCoverageReminders",
    params(After, PageSize),
    responses((status = 200, description = "The drafts.", body = CoverageReminderCollection))
)]
#[get("/coverageReminders")]
pub async fn list_coverage_reminders(caller: Caller, mut query: Query) -> Result<HttpResponse, ApiError> {
    let page = query.page(identifier);
    let (after, page_size) = query.finish()?.take(page);
    let filter = Filter { status: vec![ApplicationStatus::Draft], beneficiary: None, after, page_size };
    let page = caller
        .run(move |tx| {
            let page = applications::list(tx, &filter)?;
            let radars = page.items.iter().map(|draft| {
                let (facts, _) = facts::facts(tx, draft)?;
                Ok(reminder::radar(&draft.content, &facts))
            });
            let radars = radars.collect::<Result<Vec<_>, Stop>>()?;
            Ok((page, radars))
        })
        .await?;
    let (page, radars) = page;
    let next = page.last().map(|last| caller.next_page("after", last.id, page_size));
    let items = page.items.iter().zip(radars).map(|(draft, radar)| shown(&caller, draft, radar)).collect();
    Ok(HttpResponse::Ok().json(CoverageReminderCollection { items, page_size, next }))
}

fn shown(caller: &Caller, draft: &Application, radar: Option<reminder::Radar>) -> CoverageReminder {
    let of = radar.as_ref();
    CoverageReminder {
        coverage_application_id: draft.id,
        href: caller.href(&super::dto::path(draft.id)),
        beneficiary_id: draft.beneficiary.0,
        first_day: of.map(|radar| radar.first_day),
        day: of.map(|radar| radar.day),
        left_days: of.map(|radar| radar.left),
        lost_days: of.and_then(|radar| radar.lost?.days()),
        per_day: of.map(|radar| radar.per_day.clone()),
        due: radar.map(|radar| radar.due).unwrap_or_default(),
    }
}
