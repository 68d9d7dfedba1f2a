//! How consultations are made known to patients (REG-13).

use actix_web::{get, post, put};
use chrono::NaiveDate;
use insula_domain::{
    convention::{
        consultation::{self, ConsultationWay, unknown_site},
        entry::Entry,
    },
    identifier::HospitalNumber,
    refusal::Fault,
};
use insula_persistence::{Stop, Tx, convention::sheets};

use crate::{
    convention::record::{self, Answered, AsEntered, Correction, RecordPath, RecordWithdrawal, Register, RegisterPath},
    http::{
        caller::Caller,
        collection::{Page, Versions},
        input::{Body, Field, Query, Reader},
        parameters::{After, IdempotencyKey, IfMatch, KnownAt, OfConsultationNotice, OfDays, OfHospital, PageSize},
    },
};

/// A notice of consultations in the register.
pub type ConsultationNotice = AsEntered<consultation::ConsultationNotice>;

/// A notice of consultations as it should have been entered.
pub type ConsultationNoticeCorrection = Correction<consultation::ConsultationNotice>;

impl Register for consultation::ConsultationNotice {
    const PATH: &'static str = "consultationNotices";

    fn read(reader: &mut Reader, today: NaiveDate) -> Field<Self> {
        let site = reader.required_uuid("siteId");
        let day = reader.required_date("day");
        reader.judge(&day, |day| Self::planned("day", *day, today).into_iter().collect());
        let way = reader.required_one_of("way", ConsultationWay::ALL, ConsultationWay::name);
        let note = reader.text("note", 2000);
        reader.build(|done| consultation::ConsultationNotice {
            site_id: done.take(site),
            day: done.take(day),
            way: done.take(way),
            note: done.take(note),
        })
    }

    /// CON-02: the site is one of the sheet.
    fn faults(&self, tx: &mut Tx, hospital: HospitalNumber) -> Result<Vec<Fault>, Stop> {
        Ok(unknown_site(self.site_id, &sheets::lines(tx, hospital)?, Self::RULE).into_iter().collect())
    }
}

/// Notices of consultations, the latest entered first.
pub type ConsultationNoticeCollection = Page<ConsultationNotice>;

/// Every version of a notice of consultations.
pub type ConsultationNoticeVersionCollection = Versions<ConsultationNotice>;

/// List notices of consultations.
///
/// How the multidisciplinary consultations of each site were made known to patients, and when (REG-13). A site without
/// is named in the warnings of `getSites`. `knownAt` gives them as they were recorded at that instant, without later
/// corrections. Each read is recorded in the trail.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listConsultationNotices",
    params(OfHospital, OfDays, KnownAt, After, PageSize),
    responses((status = 200, description = "The notices of consultations, the latest entered first.", body = ConsultationNoticeCollection))
)]
#[get("/establishments/{hospitalNumber}/consultationNotices")]
pub async fn list_consultation_notices(caller: Caller, path: RegisterPath, query: Query) -> Answered {
    record::list::<ConsultationNotice>(caller, &path, query).await
}

/// Enter a notice of consultations.
///
/// Site, day, and in which way its multidisciplinary consultations are made known to patients (REG-13).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "createConsultationNotice",
    params(OfHospital, IdempotencyKey),
    request_body = consultation::ConsultationNotice,
    responses((status = 201, description = "The notice of consultations.", body = ConsultationNotice))
)]
#[post("/establishments/{hospitalNumber}/consultationNotices")]
pub async fn create_consultation_notice(caller: Caller, path: RegisterPath, body: Body) -> Answered {
    record::create::<consultation::ConsultationNotice>(caller, &path, body).await
}

/// Get a notice of consultations.
///
/// What is known of it now, or was at `knownAt` (REG-13).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "getConsultationNotice",
    params(OfHospital, OfConsultationNotice, KnownAt),
    responses((status = 200, description = "The notice of consultations.", body = ConsultationNotice))
)]
#[get("/establishments/{hospitalNumber}/consultationNotices/{consultationNoticeId}")]
pub async fn get_consultation_notice(caller: Caller, path: RecordPath, query: Query) -> Answered {
    record::get::<ConsultationNotice>(caller, &path, query).await
}

/// Correct a notice of consultations.
///
/// Replaces the notice of consultations as a whole and says why. Earlier versions are kept and still answer `knownAt`.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "replaceConsultationNotice",
    params(OfHospital, OfConsultationNotice, IfMatch),
    request_body = ConsultationNoticeCorrection,
    responses((status = 200, description = "The notice of consultations.", body = ConsultationNotice))
)]
#[put("/establishments/{hospitalNumber}/consultationNotices/{consultationNoticeId}")]
pub async fn replace_consultation_notice(caller: Caller, path: RecordPath, body: Body) -> Answered {
    record::replace::<consultation::ConsultationNotice>(caller, &path, body).await
}

/// Withdraw a notice of consultations that was entered in error.
///
/// For a notice that never was. Earlier versions are kept.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "withdrawConsultationNotice",
    params(OfHospital, OfConsultationNotice, IfMatch, IdempotencyKey),
    request_body = RecordWithdrawal,
    responses((status = 200, description = "The notice of consultations, withdrawn.", body = ConsultationNotice))
)]
#[post("/establishments/{hospitalNumber}/consultationNotices/{consultationNoticeId}/withdraw")]
pub async fn withdraw_consultation_notice(caller: Caller, path: RecordPath, body: Body) -> Answered {
    record::withdraw::<ConsultationNotice>(caller, &path, body).await
}

/// List the versions of a notice of consultations.
///
/// Every version, the latest first: by whom it was recorded, when, and why it was corrected. Those that were withdrawn
/// are found here too.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listConsultationNoticeVersions",
    params(OfHospital, OfConsultationNotice),
    responses((status = 200, description = "The versions.", body = ConsultationNoticeVersionCollection))
)]
#[get("/establishments/{hospitalNumber}/consultationNotices/{consultationNoticeId}/versions")]
pub async fn list_consultation_notice_versions(caller: Caller, path: RecordPath) -> Answered {
    record::list_versions::<ConsultationNotice>(caller, &path).await
}
