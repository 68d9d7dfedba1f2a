//! The preventive examinations of beneficiaries (PMP-03).

use actix_web::{get, post, put};
use chrono::NaiveDate;
use insula_domain::{
    convention::{entry::Entry, examination},
    ids::BeneficiaryId,
};

use crate::{
    convention::record::{self, Answered, AsEntered, Correction, RecordPath, RecordWithdrawal, Register, RegisterPath},
    http::{
        caller::Caller,
        collection::{Page, Versions},
        input::{Body, Field, Query, Reader},
        parameters::{
            After, IdempotencyKey, IfMatch, KnownAt, OfHospital, OfPreventiveExamination, OfRegister, PageSize,
        },
    },
};

/// Preventive examinations in the register.
pub type PreventiveExamination = AsEntered<examination::PreventiveExamination>;

/// Preventive examinations as they should have been entered.
pub type PreventiveExaminationCorrection = Correction<examination::PreventiveExamination>;

impl Register for examination::PreventiveExamination {
    const PATH: &'static str = "preventiveExaminations";

    fn read(reader: &mut Reader, today: NaiveDate) -> Field<Self> {
        let beneficiary = reader.required_uuid("beneficiaryId");
        let day = reader.required_date("day");
        reader.judge(&day, |day| Self::planned("day", *day, today).into_iter().collect());
        let examined = reader.text("examined", 200);
        reader.build(|done| examination::PreventiveExamination {
            beneficiary_id: BeneficiaryId(done.take(beneficiary)),
            day: done.take(day),
            examined: done.take(examined),
        })
    }
}

/// Preventive examinations, the latest entered first.
pub type PreventiveExaminationCollection = Page<PreventiveExamination>;

/// Every version of a preventive examination.
pub type PreventiveExaminationVersionCollection = Versions<PreventiveExamination>;

/// List preventive examinations.
///
/// The preventive examinations of the establishment's beneficiaries, or of one of them (PMP-03). `knownAt` gives them as
/// they were recorded at that instant, without later corrections. Each read is recorded in the trail.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listPreventiveExaminations",
    params(OfHospital, OfRegister, KnownAt, After, PageSize),
    responses((status = 200, description = "The examinations, the latest entered first.", body = PreventiveExaminationCollection))
)]
#[get("/establishments/{hospitalNumber}/preventiveExaminations")]
pub async fn list_preventive_examinations(caller: Caller, path: RegisterPath, query: Query) -> Answered {
    record::list::<PreventiveExamination>(caller, &path, query).await
}

/// Enter a preventive examination.
///
/// The day on which a beneficiary had the yearly preventive examinations of the self-management convention, or one of
/// them. Without any in the year before its first day a prolongation needs words (PMP-03).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "createPreventiveExamination",
    params(OfHospital, IdempotencyKey),
    request_body = examination::PreventiveExamination,
    responses((status = 201, description = "The examination.", body = PreventiveExamination))
)]
#[post("/establishments/{hospitalNumber}/preventiveExaminations")]
pub async fn create_preventive_examination(caller: Caller, path: RegisterPath, body: Body) -> Answered {
    record::create::<examination::PreventiveExamination>(caller, &path, body).await
}

/// Get a preventive examination.
///
/// What is known of it now, or was at `knownAt` (PMP-03).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "getPreventiveExamination",
    params(OfHospital, OfPreventiveExamination, KnownAt),
    responses((status = 200, description = "The examination.", body = PreventiveExamination))
)]
#[get("/establishments/{hospitalNumber}/preventiveExaminations/{preventiveExaminationId}")]
pub async fn get_preventive_examination(caller: Caller, path: RecordPath, query: Query) -> Answered {
    record::get::<PreventiveExamination>(caller, &path, query).await
}

/// Correct a preventive examination.
///
/// Replaces the examination as a whole and says why. Earlier versions are kept and still answer `knownAt`.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "replacePreventiveExamination",
    params(OfHospital, OfPreventiveExamination, IfMatch),
    request_body = PreventiveExaminationCorrection,
    responses((status = 200, description = "The examination.", body = PreventiveExamination))
)]
#[put("/establishments/{hospitalNumber}/preventiveExaminations/{preventiveExaminationId}")]
pub async fn replace_preventive_examination(caller: Caller, path: RecordPath, body: Body) -> Answered {
    record::replace::<examination::PreventiveExamination>(caller, &path, body).await
}

/// Withdraw a preventive examination that was entered in error.
///
/// For a preventive examination that never was. Earlier versions are kept.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "withdrawPreventiveExamination",
    params(OfHospital, OfPreventiveExamination, IfMatch, IdempotencyKey),
    request_body = RecordWithdrawal,
    responses((status = 200, description = "The examination, withdrawn.", body = PreventiveExamination))
)]
#[post("/establishments/{hospitalNumber}/preventiveExaminations/{preventiveExaminationId}/withdraw")]
pub async fn withdraw_preventive_examination(caller: Caller, path: RecordPath, body: Body) -> Answered {
    record::withdraw::<PreventiveExamination>(caller, &path, body).await
}

/// List the versions of a preventive examination.
///
/// Every version, the latest first: by whom it was recorded, when, and why it was corrected. Examinations that were
/// withdrawn are found here too.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listPreventiveExaminationVersions",
    params(OfHospital, OfPreventiveExamination),
    responses((status = 200, description = "The versions.", body = PreventiveExaminationVersionCollection))
)]
#[get("/establishments/{hospitalNumber}/preventiveExaminations/{preventiveExaminationId}/versions")]
pub async fn list_preventive_examination_versions(caller: Caller, path: RecordPath) -> Answered {
    record::list_versions::<PreventiveExamination>(caller, &path).await
}
