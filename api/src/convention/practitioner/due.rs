//! `listPractitionerReportsDue`: which reports to beneficiaries' physicians are due (REG-04).

use actix_web::{HttpResponse, get};
use insula_domain::convention::practitioner::due::{ReportDue, Told};
use insula_persistence::{
    convention::practitioner::{self, Case, Filter},
    parties::organisations,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    convention::record::{Answered, RegisterPath},
    http::{
        caller::Caller,
        collection::Page,
        input::{Query, identifier, path_hospital},
        parameters::{After, KnownAt, OfHospital, PageSize},
    },
};

/// The reports of one beneficiary, sent or due.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PractitionerReportsDue {
    /// The beneficiary.
    pub beneficiary_id: Uuid,
    /// The reports, by day on which they are due.
    pub reports: Vec<ReportDue>,
}

/// Beneficiaries with the reports to their physicians.
pub type PractitionerReportsDueCollection = Page<PractitionerReportsDue>;

/// List the reports to beneficiaries' physicians that are due.
///
/// For every beneficiary with a granted period: the information at the start of the therapy, the full report of each
/// year, and important changes, each with the day on which it is due and when it was sent (REG-04). Who has no general
/// practitioner in `treatingPhysicians` is shown as `noneKnown`, not as late. Each read is recorded in the trail.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listPractitionerReportsDue",
    params(
        OfHospital,
        ("beneficiaryId" = Option<Uuid>, Query, nullable = false, description = "Only those of this beneficiary."),
        ("on" = Option<chrono::NaiveDate>, Query, nullable = false, description = "The day on which this is asked: what came later is not seen. Default: today."),
        KnownAt,
        After,
        PageSize
    ),
    responses((status = 200, description = "The beneficiaries, by identifier.", body = PractitionerReportsDueCollection))
)]
#[get("/establishments/{hospitalNumber}/practitionerReportsDue")]
pub async fn list_practitioner_reports_due(caller: Caller, path: RegisterPath, mut query: Query) -> Answered {
    let hospital = path_hospital(&path)?;
    let beneficiary = query.uuid("beneficiaryId");
    let on = query.date("on");
    let known_at = query.instant("knownAt");
    let page = query.page(identifier);
    let done = query.finish()?;
    let (after, page_size) = done.take(page);
    let on = done.take(on).unwrap_or_else(|| caller.today());
    let filter = Filter { beneficiary: done.take(beneficiary), known_at: done.take(known_at), after, page_size };
    let found = caller
        .run(move |tx| {
            organisations::hospital(tx, hospital)?;
            practitioner::cases(tx, hospital, &filter)
        })
        .await?;
    let next = found.last().map(|last| caller.next_page("after", last.beneficiary, page_size));
    let shown = |case: &Case| {
        let Case { beneficiary, covered, physicians, changes, reports } = case;
        let told = Told { covered, physicians, changes, reports, on };
        PractitionerReportsDue { beneficiary_id: *beneficiary, reports: told.dues() }
    };
    let items: Vec<_> = found.items.iter().map(shown).collect();
    Ok(HttpResponse::Ok().json(Page { items, page_size, next }))
}
