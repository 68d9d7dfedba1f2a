//! `getStatistics`.

use actix_web::{HttpResponse, get};
use chrono::NaiveDate;
use insula_domain::{
    actor::OrganisationKind,
    identifier::HospitalNumber,
    names::{Dimension, Setting},
    nomenclature::JoinedPair,
    refusal::{Fault, Reason},
    registry::{
        registration::RegistrationType,
        transmission::statistics::{self, BASE, MOST_DIMENSIONS, MeanHba1c, THRESHOLD},
    },
    rule::RuleId,
};
use insula_persistence::registry::coded_data::{self, Group, Question};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::{
    caller::Caller,
    input::{Field, Query},
    problem::ApiError,
};

/// Figures about groups of beneficiaries, with small groups suppressed.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Statistics {
    /// The dimensions that registrations are grouped by.
    pub group_by: Vec<Dimension>,
    /// Groups of fewer beneficiaries are suppressed.
    pub threshold: i64,
    /// Every figure is a multiple of this number, after adding a noise that is fixed for the same beneficiaries.
    pub rounded_to: i64,
    /// What was received before this day is counted: the first day of the quarter, in Brussels.
    pub as_of: NaiveDate,
    /// The groups that are shown. A group that is missing has few beneficiaries or none.
    pub items: Vec<StatisticsItem>,
    /// All groups together, the suppressed ones included; absent when it covers few beneficiaries. A beneficiary in
    /// several groups counts once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub total: Option<StatisticsItem>,
}

/// The figures of one group.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StatisticsItem {
    /// The value of each dimension in this group.
    pub group: StatisticsGroup,
    /// Approximate number of beneficiaries.
    pub beneficiaries: i64,
    /// Approximate number of registrations.
    pub registrations: i64,
    /// Their mean HbA1c, each beneficiary weighing the same; for a hospital, that of the other hospitals' beneficiaries. Only
    /// when at least twenty of them have a measurement.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub mean_hba1c: Option<MeanHba1c>,
}

/// The value of each dimension of the request.
#[derive(Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StatisticsGroup {
    /// The year of the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub year: Option<i32>,
    /// The registration type.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<RegistrationType>)]
    pub registration_type: Option<String>,
    /// The reimbursed nomenclature pair.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<JoinedPair>)]
    pub nomenclature_pair: Option<String>,
    /// Ambulatory or hospitalised.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<Setting>)]
    pub setting: Option<String>,
    /// The type of diabetes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub diabetes_type: Option<String>,
    /// The treatment (`therapy`).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub therapy: Option<String>,
    /// Why a device was replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub replacement_reason: Option<String>,
    /// Whether it was replaced within warranty.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub within_warranty: Option<bool>,
    /// Why it was explanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub explantation_reason: Option<String>,
    /// Whether it is still used.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub still_in_use: Option<bool>,
    /// The hospital's number. For INAMI only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<HospitalNumber>)]
    pub hospital: Option<String>,
}

/// Get statistics.
///
/// How many beneficiaries and registrations the whole country had at the end of the last quarter, grouped by one or two
/// dimensions. For INAMI's data
/// managers and for hospitals that currently adhere to M-ACL-001 (TRA-03). A registration without a value in a
/// dimension is in no group: only first implantations have a type of diabetes.
///
/// No figure is exact and no small group can be derived. Groups of fewer than five beneficiaries are suppressed;
/// every other figure gets a secret noise and is rounded to a multiple of five. The noise belongs to the beneficiaries of
/// each year and type (for registrations: to the registrations), and is the same in every answer, so that neither repeating
/// nor rephrasing a request reveals more. As a result, figures do not add up, and some groups of slightly more than
/// five are suppressed too.
///
/// For a hospital, the beneficiaries of the other hospitals decide: they must be five, they get the noise, and the mean is
/// theirs. The hospital's own are added, rounded to a multiple of five.
#[utoipa::path(
    tag = "Coded data",
    operation_id = "getStatistics",
    params(
        ("groupBy" = Option<Vec<Dimension>>, Query, style = Form, explode, nullable = false, max_items = 2, description = "One or two dimensions, `hospital` for INAMI only; `year` by default."),
        ("fromYear" = Option<i32>, Query, nullable = false, minimum = 1900, maximum = 2200, description = "Events in this year or later."),
        ("toYear" = Option<i32>, Query, nullable = false, minimum = 1900, maximum = 2200, description = "Events in this year or earlier."),
        ("type" = Option<Vec<RegistrationType>>, Query, style = Form, explode, nullable = false, description = "Any of these types.")
    ),
    responses((status = 200, description = "The figures.", body = Statistics))
)]
#[get("/statistics")]
pub async fn get_statistics(caller: Caller, mut query: Query) -> Result<HttpResponse, ApiError> {
    let is_inami = caller.call.actor.kind == OrganisationKind::Inami;
    let open = Dimension::ALL.iter().filter(|one| is_inami || **one != Dimension::Hospital);
    let dimensions: Vec<_> = open.map(|one| (one.name(), *one)).collect();
    let group_by = query.each_of("groupBy", &dimensions);
    let readable: Vec<_> = group_by.iter().filter_map(Field::known).copied().collect();
    if !readable.is_empty() && !statistics::is_allowed(&readable, is_inami) {
        let too_many = readable.len() > MOST_DIMENSIONS;
        let reason = if too_many { Reason::TooMany } else { Reason::Repeated };
        query.add(Fault::new("groupBy", reason, RuleId::Tra03).with("max", MOST_DIMENSIONS.to_string()));
    }
    let from_year = query.year("fromYear");
    let to_year = query.year("toYear");
    let registration_type = query.any_of("type", RegistrationType::ALL, RegistrationType::name);
    let done = query.finish()?;
    let mut group_by: Vec<_> = group_by.into_iter().map(|one| done.take(one)).collect();
    if group_by.is_empty() {
        group_by.push(Dimension::Year);
    }
    let question = Question {
        from_year: done.take(from_year),
        to_year: done.take(to_year),
        registration_type: done.take(registration_type),
        group_by,
    };
    let (asked, as_of) = (question.clone(), statistics::as_of(caller.today()));
    let groups = caller.run(move |tx| coded_data::groups(tx, &asked, as_of)).await?;
    let (total, items): (Vec<_>, Vec<_>) = groups.into_iter().partition(|group| group.values.is_empty());
    Ok(HttpResponse::Ok().json(Statistics {
        group_by: question.group_by.clone(),
        threshold: THRESHOLD,
        rounded_to: BASE,
        as_of,
        items: items.into_iter().map(|group| StatisticsItem::of(&question.group_by, group)).collect(),
        total: total.into_iter().next().map(|group| StatisticsItem::of(&question.group_by, group)),
    }))
}

impl StatisticsItem {
    fn of(dimensions: &[Dimension], group: Group) -> StatisticsItem {
        let mut named = StatisticsGroup::default();
        for (dimension, value) in dimensions.iter().zip(group.values) {
            match dimension {
                Dimension::Year => named.year = value.parse().ok(),
                Dimension::Type => named.registration_type = Some(value),
                Dimension::NomenclaturePair => named.nomenclature_pair = Some(value),
                Dimension::Setting => named.setting = Some(value),
                Dimension::DiabetesType => named.diabetes_type = Some(value),
                Dimension::Therapy => named.therapy = Some(value),
                Dimension::ReplacementReason => named.replacement_reason = Some(value),
                Dimension::WithinWarranty => named.within_warranty = value.parse().ok(),
                Dimension::ExplantationReason => named.explantation_reason = Some(value),
                Dimension::StillInUse => named.still_in_use = value.parse().ok(),
                Dimension::Hospital => named.hospital = Some(value),
            }
        }
        StatisticsItem {
            group: named,
            beneficiaries: group.beneficiaries,
            registrations: group.registrations,
            mean_hba1c: group.mean_hba1c,
        }
    }
}
