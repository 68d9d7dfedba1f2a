//! `getAnnualReport` and `listAnnualReportMisfits`: the yearly report as it is computed (REG-06).

use actix_web::{HttpResponse, get, http::header, web};
use chrono::{DateTime, NaiveDate, Utc};
use insula_domain::{
    convention::{
        holder::Convention,
        reports::{
            covered::{Covered, covered},
            due::{due_on, first_day_to_send, reminders_by},
            model::{self, Model, ReportKind},
            sent::{Comparison, Sent, compared, table},
            yearly::{Misfit, YearlyReport, misfits},
        },
    },
    identifier::HospitalNumber,
};
use insula_persistence::{
    Stop, Tx,
    convention::{
        conventions,
        reports::{
            annual::{self, Counted, Kept},
            models,
        },
    },
    parties::organisations,
    trail::{self, Action},
};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::{
    convention::staffing::statements::year as year_of,
    http::{
        caller::{Caller, csv},
        collection::List,
        input::{Query, path_hospital},
        parameters::{KnownAt, OfHospital, OfYear},
        problem::ApiError,
    },
};

/// The yearly report of an establishment as it is computed, beside what was sent of it (REG-06).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AnnualReportView {
    /// The establishment.
    pub hospital_number: HospitalNumber,
    /// Its address.
    #[schema(format = "uri")]
    pub href: String,
    /// The version of the model that it follows.
    pub model: i32,
    /// By when it is sent.
    pub due: NaiveDate,
    /// The first day on which it can be sent: the days that it covers are over.
    pub can_be_sent_from: NaiveDate,
    /// The reminders that came while it was not sent.
    pub reminders: Vec<NaiveDate>,
    /// What it says.
    pub report: YearlyReport,
    /// How it relates to what was sent.
    pub comparison: Comparison,
}

/// What does not fit into a report.
pub type AnnualReportMisfitCollection = List<Misfit>;

/// What is known of a year's report.
pub struct Known {
    /// The conventions on which the hospital reports.
    pub covered: Vec<Covered>,
    /// What it counts.
    pub counted: Counted,
    /// The model that it follows.
    pub model: Model,
    /// What was sent of it, the latest first.
    pub sent: Vec<Kept>,
}

impl Known {
    /// Reads what is known of a report now, or was at an instant. The conventions are as they are now.
    pub fn read(
        tx: &mut Tx,
        conventions: &[Convention],
        (hospital, year): (HospitalNumber, i32),
        known_at: Option<DateTime<Utc>>,
    ) -> Result<Known, Stop> {
        organisations::hospital(tx, hospital)?;
        let covered = covered(hospital, year, conventions);
        let models = models::all(tx)?;
        let model = model::of_year(&models, ReportKind::AnnualReport, year).filter(|_| !covered.is_empty());
        let model = model.ok_or(Stop::NotFound)?.clone();
        let counted = annual::counted(tx, hospital, &covered, known_at)?;
        let sent = annual::sent(tx, hospital, year, known_at)?;
        Ok(Known { covered, counted, model, sent })
    }

    /// The report.
    pub fn report(&self, year: i32) -> YearlyReport {
        YearlyReport::of(year, &self.covered, &self.counted.granted, &self.counted.pumps)
    }

    /// The versions that were sent.
    pub fn versions(&self) -> Vec<Sent> {
        self.sent.iter().map(|one| one.sent.clone()).collect()
    }

    fn shown(&self, caller: &Caller, hospital: HospitalNumber, year: i32, on: NaiveDate) -> AnnualReportView {
        let (report, due, sent) = (self.report(year), due_on(year), self.versions());
        let first_sent = sent.iter().map(|one| one.sent_on).min();
        AnnualReportView {
            hospital_number: hospital,
            href: caller.href(&format!("/establishments/{hospital}/annualReports/{year}")),
            model: self.model.version,
            due,
            can_be_sent_from: first_day_to_send(&self.covered).unwrap_or(due),
            reminders: reminders_by(year, first_sent, on),
            comparison: compared(&report, &sent),
            report,
        }
    }
}

/// Get a year's report as it is computed.
///
/// How many beneficiaries had each type of pump in the year, on days of a granted period, and how many there were in
/// all: who had two types counts for both, and once among all (REG-06). Beside it: by when it is sent, the reminders so
/// far, and what differs from the version that was sent last. `text/csv` has the figures alone. Conventions are seen as
/// they are known now. Each read is recorded in the trail.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "getAnnualReport",
    params(OfHospital, OfYear, KnownAt),
    responses((status = 200, description = "The report.", content(
        (AnnualReportView = "application/json"),
        (String = "text/csv", example = json!("year,model,version,sentOn,conventionNumber,from,to,manufacturer,pumpModel,beneficiaries\r\n2025,1,,,,,,Invented Devices,Mini 7,2\r\n2025,1,,,,,,,,2\r\n"))
    )))
)]
#[get("/establishments/{hospitalNumber}/annualReports/{year}")]
pub async fn get_annual_report(
    caller: Caller,
    path: web::Path<(String, String)>,
    mut query: Query,
) -> Result<HttpResponse, ApiError> {
    let (hospital, year) = (path_hospital(&path.0)?, year_of(&path.1)?);
    let known_at = query.instant("knownAt");
    let known_at = query.finish()?.take(known_at);
    let conventions = caller.run_as_insula(conventions::all).await?;
    let known = caller
        .run(move |tx| {
            let known = Known::read(tx, &conventions, (hospital, year), known_at)?;
            let details = json!({"knownAt": known_at});
            trail::record(tx, Action::Get, &annual::subject(hospital, year), &details)?;
            Ok(known)
        })
        .await?;
    if caller.media.as_deref() == Some("text/csv") {
        let text = table(&known.report(year), known.model.version, None);
        return Ok(csv(&format!("annualReport-{hospital}-{year}"), text));
    }
    let shown = known.shown(&caller, hospital, year, caller.today());
    Ok(HttpResponse::Ok().insert_header((header::VARY, "Accept")).json(shown))
}

/// List what does not fit into a year's report.
///
/// Beneficiaries for whom a period was granted and no pump is known, and pumps outside every granted period: they are
/// in no figure (REG-06). For the establishment alone, before it sends the report. Each read is recorded in the trail.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listAnnualReportMisfits",
    params(OfHospital, OfYear, KnownAt),
    responses((status = 200, description = "What does not fit.", body = AnnualReportMisfitCollection))
)]
#[get("/establishments/{hospitalNumber}/annualReports/{year}/misfits")]
pub async fn list_annual_report_misfits(
    caller: Caller,
    path: web::Path<(String, String)>,
    mut query: Query,
) -> Result<HttpResponse, ApiError> {
    let (hospital, year) = (path_hospital(&path.0)?, year_of(&path.1)?);
    let known_at = query.instant("knownAt");
    let known_at = query.finish()?.take(known_at);
    let conventions = caller.run_as_insula(conventions::all).await?;
    let found = caller
        .run(move |tx| {
            let Known { covered, counted, .. } = Known::read(tx, &conventions, (hospital, year), known_at)?;
            let found = misfits(&covered, &counted.granted, &counted.pumps);
            let details = json!({"knownAt": known_at, "misfits": found.len()});
            trail::record(tx, Action::List, &annual::subject(hospital, year), &details)?;
            Ok(found)
        })
        .await?;
    Ok(HttpResponse::Ok().json(List::of(found)))
}
