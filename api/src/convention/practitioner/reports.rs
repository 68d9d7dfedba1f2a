//! Reports to beneficiaries' physicians (REG-04).

use actix_web::{get, post, put};
use chrono::NaiveDate;
use insula_domain::{
    convention::{
        entry::Entry,
        practitioner::report::{self, ReportKind},
    },
    ids::BeneficiaryId,
    names::PhysicianKind,
};

use crate::{
    convention::record::{self, Answered, AsEntered, Correction, RecordPath, RecordWithdrawal, Register, RegisterPath},
    http::{
        caller::Caller,
        collection::{Page, Versions},
        input::{Body, Field, Query, Reader},
        parameters::{After, IdempotencyKey, IfMatch, KnownAt, OfHospital, OfPractitionerReport, OfRegister, PageSize},
    },
};

/// A report to a physician in the register.
pub type PractitionerReport = AsEntered<report::PractitionerReport>;

/// A report to a physician as it should have been entered.
pub type PractitionerReportCorrection = Correction<report::PractitionerReport>;

impl Register for report::PractitionerReport {
    const PATH: &'static str = "practitionerReports";

    fn read(reader: &mut Reader, today: NaiveDate) -> Field<Self> {
        let beneficiary = reader.required_uuid("beneficiaryId");
        let day = reader.required_date("day");
        reader.judge(&day, |day| Self::planned("day", *day, today).into_iter().collect());
        let kind = reader.required_one_of("kind", ReportKind::ALL, ReportKind::name);
        let sent_to = reader.required_one_of("sentTo", PhysicianKind::ALL, PhysicianKind::name);
        let note = reader.text("note", 2000);
        reader.build(|done| report::PractitionerReport {
            beneficiary_id: BeneficiaryId(done.take(beneficiary)),
            day: done.take(day),
            kind: done.take(kind),
            sent_to: done.take(sent_to),
            note: done.take(note),
        })
    }
}

/// Reports to physicians, the latest entered first.
pub type PractitionerReportCollection = Page<PractitionerReport>;

/// Every version of a report to a physician.
pub type PractitionerReportVersionCollection = Versions<PractitionerReport>;

/// List reports to physicians.
///
/// What was sent to the physicians of the establishment's beneficiaries, or of one of them (REG-04). `knownAt` gives
/// them as they were recorded at that instant, without later corrections. Each read is recorded in the trail.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listPractitionerReports",
    params(OfHospital, OfRegister, KnownAt, After, PageSize),
    responses((status = 200, description = "The reports to physicians, the latest entered first.", body = PractitionerReportCollection))
)]
#[get("/establishments/{hospitalNumber}/practitionerReports")]
pub async fn list_practitioner_reports(caller: Caller, path: RegisterPath, query: Query) -> Answered {
    record::list::<PractitionerReport>(caller, &path, query).await
}

/// Enter a report to a physician.
///
/// Day, what it is, and to whom it was sent: information at the start of the therapy, an important change, or the full
/// report of the year with the treatment plan (REG-04).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "createPractitionerReport",
    params(OfHospital, IdempotencyKey),
    request_body = report::PractitionerReport,
    responses((status = 201, description = "The report to a physician.", body = PractitionerReport))
)]
#[post("/establishments/{hospitalNumber}/practitionerReports")]
pub async fn create_practitioner_report(caller: Caller, path: RegisterPath, body: Body) -> Answered {
    record::create::<report::PractitionerReport>(caller, &path, body).await
}

/// Get a report to a physician.
///
/// What is known of it now, or was at `knownAt` (REG-04).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "getPractitionerReport",
    params(OfHospital, OfPractitionerReport, KnownAt),
    responses((status = 200, description = "The report to a physician.", body = PractitionerReport))
)]
#[get("/establishments/{hospitalNumber}/practitionerReports/{practitionerReportId}")]
pub async fn get_practitioner_report(caller: Caller, path: RecordPath, query: Query) -> Answered {
    record::get::<PractitionerReport>(caller, &path, query).await
}

/// Correct a report to a physician.
///
/// Replaces the report to a physician as a whole and says why. Earlier versions are kept and still answer `knownAt`.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "replacePractitionerReport",
    params(OfHospital, OfPractitionerReport, IfMatch),
    request_body = PractitionerReportCorrection,
    responses((status = 200, description = "The report to a physician.", body = PractitionerReport))
)]
#[put("/establishments/{hospitalNumber}/practitionerReports/{practitionerReportId}")]
pub async fn replace_practitioner_report(caller: Caller, path: RecordPath, body: Body) -> Answered {
    record::replace::<report::PractitionerReport>(caller, &path, body).await
}

/// Withdraw a report to a physician that was entered in error.
///
/// For a report that was never sent. Earlier versions are kept.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "withdrawPractitionerReport",
    params(OfHospital, OfPractitionerReport, IfMatch, IdempotencyKey),
    request_body = RecordWithdrawal,
    responses((status = 200, description = "The report to a physician, withdrawn.", body = PractitionerReport))
)]
#[post("/establishments/{hospitalNumber}/practitionerReports/{practitionerReportId}/withdraw")]
pub async fn withdraw_practitioner_report(caller: Caller, path: RecordPath, body: Body) -> Answered {
    record::withdraw::<PractitionerReport>(caller, &path, body).await
}

/// List the versions of a report to a physician.
///
/// Every version, the latest first: by whom it was recorded, when, and why it was corrected. Those that were withdrawn
/// are found here too.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listPractitionerReportVersions",
    params(OfHospital, OfPractitionerReport),
    responses((status = 200, description = "The versions.", body = PractitionerReportVersionCollection))
)]
#[get("/establishments/{hospitalNumber}/practitionerReports/{practitionerReportId}/versions")]
pub async fn list_practitioner_report_versions(caller: Caller, path: RecordPath) -> Answered {
    record::list_versions::<PractitionerReport>(caller, &path).await
}
