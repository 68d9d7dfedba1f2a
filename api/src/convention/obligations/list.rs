//! `listObligations`: what is due of an establishment (REG-17).

use actix_web::{HttpResponse, get, http::header};
use chrono::{Datelike, NaiveDate};
use insula_domain::{
    convention::reports::{
        obligation::{Bound, Obligation, ObligationKind, ObligationState, Progress, SubjectKind},
        obligations::ASKED_DAYS,
    },
    identifier::HospitalNumber,
    rule::RuleId,
};
use insula_persistence::{
    convention::{conventions, obligations},
    parties::beneficiaries,
    trail::{self, Action},
};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    facts::{self, Known},
    page,
};
use crate::{
    convention::record::{Answered, RegisterPath},
    http::{
        caller::Caller,
        collection::List,
        input::{Query, path_hospital},
        parameters::OfHospital,
        permission,
    },
};

/// Something that is due (REG-17).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Obligation)]
pub struct ShownObligation {
    /// Its identifier: the same whenever it is computed, also when its day moves.
    pub obligation_id: String,
    /// What it is.
    pub kind: ObligationKind,
    /// The rule that asks for it.
    pub rule: RuleId,
    /// The last day to meet it.
    pub due: NaiveDate,
    /// Whom it binds.
    pub binds: Bound,
    /// Whether it is met.
    pub state: ObligationState,
    /// Whether its day has passed while it is open.
    pub late: bool,
    /// What it is about.
    pub subject: SubjectKind,
    /// Which one; absent for the establishment itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub subject_id: Option<Uuid>,
    /// The beneficiary concerned, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub beneficiary_id: Option<Uuid>,
    /// The calendar year concerned, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub year: Option<i32>,
    /// How far it is met, where a number is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub progress: Option<Progress>,
    /// When it was met.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub done_on: Option<NaiveDate>,
    /// The address of what meets it, or of where it is met; absent for summaries, of which each beneficiary gets one, and
    /// for what the reader's role does not open.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "uri")]
    pub href: Option<String>,
}

/// What is due, by day.
pub type ObligationCollection = List<ShownObligation>;

/// List what is due.
///
/// Every obligation of the establishment on a day, computed from what is recorded and never stored, each with its day,
/// its rule, whom it binds and whether it is met (REG-17): the yearly report, joint meetings, periods that end, drafts
/// that lose days, conditions, reports to physicians, consultants to see, stays in the own hospital, days to invoice for
/// the last time, summaries, proofs of training, numbers of patients, and what the end of the convention asks for. What
/// is met is shown for 30 days after its day. `text/html` is a page for reading and printing, with names, in the
/// language of `Accept-Language`. Each read is recorded in the trail.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listObligations",
    params(
        OfHospital,
        ("on" = Option<NaiveDate>, Query, nullable = false, description = "The day on which this is asked, by what is known now. Default: today.")
    ),
    responses((status = 200, description = "The obligations, by day.", content(
        (ObligationCollection = "application/json"),
        (String = "text/html", example = json!("<!DOCTYPE html><html lang=\"fr\">…</html>"))
    )))
)]
#[get("/establishments/{hospitalNumber}/obligations")]
pub async fn list_obligations(caller: Caller, path: RegisterPath, mut query: Query) -> Answered {
    let hospital = path_hospital(&path)?;
    let on = query.date("on");
    if on.given().is_some_and(|on| !ASKED_DAYS.holds(*on)) {
        query.add(ASKED_DAYS.outside("on", RuleId::Reg17));
    }
    let on = query.finish()?.take(on).unwrap_or_else(|| caller.today());
    let all = caller.run_as_insula(conventions::all).await?;
    let as_page = caller.media.as_deref() == Some("text/html");
    let (known, names) = caller
        .run(move |tx| {
            let known = facts::known(tx, hospital, &all, on)?;
            let details = json!({"on": on, "rows": known.rows.len()});
            trail::record(tx, Action::List, &obligations::subject(hospital), &details)?;
            let concerned: Vec<Uuid> = known.rows.iter().filter_map(|row| known.concerned(row)).collect();
            let names = if as_page { beneficiaries::names(tx, &concerned)? } else { Default::default() };
            Ok((known, names))
        })
        .await?;
    if as_page {
        let page = page::page(caller.language, on, &known, &names);
        return Ok(HttpResponse::Ok().content_type("text/html; charset=utf-8").body(page));
    }
    let items = known.rows.iter().map(|row| shown(&caller, hospital, on, row, &known)).collect();
    Ok(HttpResponse::Ok().insert_header((header::VARY, "Accept")).json(List::of(items)))
}

fn shown(caller: &Caller, hospital: HospitalNumber, on: NaiveDate, row: &Obligation, known: &Known) -> ShownObligation {
    ShownObligation {
        obligation_id: row.id(),
        kind: row.kind,
        rule: row.rule(),
        due: row.due,
        binds: row.binds,
        state: row.state,
        late: row.is_late(on),
        subject: row.subject.kind,
        subject_id: row.subject.id,
        beneficiary_id: known.concerned(row),
        year: row.about.year(),
        progress: row.progress,
        done_on: row.done.map(|done| done.on),
        href: place(hospital, row).filter(|path| may_read(caller, path)).map(|path| caller.href(&path)),
    }
}

/// Whether the caller's role opens that address: who reads what is due does not always read files about beneficiaries.
fn may_read(caller: &Caller, path: &str) -> bool {
    let operation = match path.split('/').nth(1).unwrap_or_default() {
        "coverageApplications" => "getCoverageApplication",
        "grantedPeriods" => "getGrantedPeriod",
        _ if path.starts_with("/pumpDays") => "listPumpDays",
        _ => return true,
    };
    permission::row(operation).is_some_and(|(access, _)| access.admits(&caller.call.actor))
}

/// Where an obligation is met: what meets it, if it is met by an entry.
fn place(hospital: HospitalNumber, row: &Obligation) -> Option<String> {
    let here = format!("/establishments/{hospital}");
    let year = row.about.year().unwrap_or_else(|| row.due.year());
    let (id, by) = (row.subject.id, row.done.and_then(|done| done.by));
    Some(match row.kind {
        ObligationKind::BeneficiariesTold => "/grantedPeriods".to_owned(),
        ObligationKind::PeriodEnds => match by {
            Some(by) => format!("/coverageApplications/{by}"),
            None => format!("/grantedPeriods/{}", id?),
        },
        ObligationKind::DraftLosesDays => format!("/coverageApplications/{}", id?),
        ObligationKind::ConditionDue => format!("/grantedPeriods/{}", id?),
        ObligationKind::LastDayToInvoice => "/pumpDays?state=recorded".to_owned(),
        // One of each beneficiary.
        ObligationKind::Summaries => return None,
        ObligationKind::TherapyInformation
        | ObligationKind::SpecialistInformation
        | ObligationKind::ImportantChange
        | ObligationKind::FullReport => format!("{here}/practitionerReports?beneficiaryId={}", id?),
        ObligationKind::ConsultantFollowUp => format!("{here}/consultantFollowUps/{}", id?),
        ObligationKind::InHospital => match by {
            Some(by) => format!("{here}/contacts/{by}"),
            None => format!("{here}/hospitalStays/{}", id?),
        },
        ObligationKind::JointMeetings => format!("{here}/jointMeetingAssessments/{year}"),
        ObligationKind::AnnualReport => format!("{here}/annualReports/{year}"),
        ObligationKind::PatientNumbers => format!("{here}/staffingStatements/{year}"),
        ObligationKind::TrainingProof => format!("{here}/teamMembers/{}", id?),
        ObligationKind::NursesAtFloor | ObligationKind::AdaptTeam => format!("{here}/staffingAssessments/{year}"),
        ObligationKind::ConventionEnds => format!("{here}/conventions"),
    })
}
