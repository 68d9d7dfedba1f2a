//! Schemas of mergers and demergers.

use aws_lc_rs::digest;
use chrono::{DateTime, NaiveDate, Utc};
use insula_domain::{
    actor::OrganisationKind,
    convention::{
        demerger::DemergerPlan,
        granted::Cut,
        holder::HandingOver,
        merger::MergerPlan,
        number::{ConventionNumber, PumpConventionNumber},
        stated::Plan,
    },
    identifier::HospitalNumber,
    names::{ConventionEnd, ConventionKind},
};
use insula_persistence::convention::mergers;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::read::MergerEntry;
use crate::{convention::conventions::dto::CutPeriod, http::caller::Caller};

/// What a merger or demerger does to the conventions.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MergerOutcome {
    /// The pump convention that continues, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub kept: Option<KeptConvention>,
    /// The pump conventions that end.
    pub ending: Vec<EndingConvention>,
    /// The conventions of both kinds that move from one hospital to another.
    pub handed_over: Vec<HandedOver>,
    /// The first day on which a new pump convention of a successor may begin (CON-04).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub new_conventions_from: Option<NaiveDate>,
    /// The granted periods that lose days with their convention (COV-07); for INAMI only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub cut_periods: Option<Vec<CutPeriod>>,
}

/// A pump convention that continues.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeptConvention {
    /// Its number.
    pub number: PumpConventionNumber,
    /// Its last day, if it already has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last_day: Option<NaiveDate>,
}

/// A pump convention that ends.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EndingConvention {
    /// Its number.
    pub number: PumpConventionNumber,
    /// Its last day: two years after a merger, the day before a demerger, or an earlier day that it already had.
    pub last_day: NaiveDate,
    /// Why it ends.
    pub ended_because: ConventionEnd,
    /// The day from which applications use only the kept number: a year after the merger (CON-03).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub kept_only_from: Option<NaiveDate>,
    /// The last possible day of a period granted under its number.
    pub periods_end_on: NaiveDate,
}

/// A convention that moves from one hospital to another.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HandedOver {
    /// Its number.
    pub number: ConventionNumber,
    /// Its kind.
    pub kind: ConventionKind,
    /// The hospital that holds it until the day before.
    pub by: HospitalNumber,
    /// The hospital that holds it from that day.
    pub to: HospitalNumber,
    /// The day.
    pub from: NaiveDate,
}

impl HandedOver {
    pub(super) fn of(given: &HandingOver) -> HandedOver {
        HandedOver { number: given.number, kind: given.number.kind(), by: given.by, to: given.to, from: given.from }
    }
}

impl MergerOutcome {
    pub(super) fn of(plan: &Plan, cuts: Option<&[Cut]>) -> MergerOutcome {
        let cut_periods = cuts.map(|cuts| cuts.iter().map(CutPeriod::of).collect());
        let handed = |all: &[HandingOver]| all.iter().map(HandedOver::of).collect();
        match plan {
            Plan::Merger(MergerPlan { kept, kept_last_day, ending, handed_over, .. }) => MergerOutcome {
                kept: Some(KeptConvention { number: *kept, last_day: *kept_last_day }),
                ending: ending
                    .iter()
                    .map(|one| EndingConvention {
                        number: one.number,
                        last_day: one.end.last_day,
                        ended_because: one.end.why,
                        kept_only_from: Some(one.kept_only_from),
                        periods_end_on: one.end.last_day,
                    })
                    .collect(),
                handed_over: handed(handed_over),
                new_conventions_from: None,
                cut_periods,
            },
            Plan::Demerger(DemergerPlan::TakenOver { number, last_day, handed_over, .. }) => MergerOutcome {
                kept: Some(KeptConvention { number: *number, last_day: *last_day }),
                ending: Vec::new(),
                handed_over: handed(handed_over),
                new_conventions_from: None,
                cut_periods,
            },
            Plan::Demerger(DemergerPlan::Anew { numbers, end, new_from, .. }) => MergerOutcome {
                kept: None,
                ending: numbers
                    .iter()
                    .map(|number| EndingConvention {
                        number: *number,
                        last_day: end.last_day,
                        ended_because: end.why,
                        kept_only_from: None,
                        periods_end_on: end.last_day,
                    })
                    .collect(),
                handed_over: Vec::new(),
                new_conventions_from: Some(*new_from),
                cut_periods,
            },
        }
    }

    /// A tag of exactly this outcome, so that only what was shown can be carried out.
    pub(super) fn tag(&self) -> i32 {
        let text = serde_json::to_vec(self).unwrap_or_default();
        let hash = digest::digest(&digest::SHA256, &text);
        let first = hash.as_ref().iter().take(4).fold(0u32, |number, byte| number << 8 | u32::from(*byte));
        i32::try_from(first >> 1).unwrap_or_default()
    }
}

/// A merger or demerger that was carried out.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Merger)]
pub struct MergerRecord {
    /// Its identifier.
    pub id: Uuid,
    /// Its address.
    #[schema(format = "uri")]
    pub href: String,
    /// The merger or demerger as entered.
    pub stated: MergerEntry,
    /// Its outcome for the conventions as they were when it was recorded. Later changes are shown with the conventions.
    pub outcome: MergerOutcome,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// When it was withdrawn as entered in error.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// Counts every change, from 1; also the ETag.
    pub version: i32,
}

impl MergerRecord {
    pub(super) fn of(caller: &Caller, recorded: &mergers::Merger) -> MergerRecord {
        let is_inami = caller.call.actor.kind == OrganisationKind::Inami;
        MergerRecord {
            id: recorded.id,
            href: caller.href(&format!("/mergers/{}", recorded.id)),
            stated: MergerEntry::of(&recorded.stated),
            outcome: MergerOutcome::of(&recorded.plan, Some(&recorded.cuts).filter(|_| is_inami).map(Vec::as_slice)),
            recorded_at: recorded.recorded_at,
            withdrawn_at: recorded.withdrawn_at,
            version: recorded.version,
        }
    }
}
