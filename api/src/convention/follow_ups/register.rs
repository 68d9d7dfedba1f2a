//! Consultants whom beneficiaries have to see (REG-14).

use actix_web::{get, post, put};
use chrono::NaiveDate;
use insula_domain::{
    convention::{entry::Entry, follow_up},
    ids::BeneficiaryId,
    names::Qualification,
};

use crate::{
    convention::record::{self, Answered, AsEntered, Correction, RecordPath, RecordWithdrawal, Register, RegisterPath},
    http::{
        caller::Caller,
        collection::{Page, Versions},
        input::{Body, Field, Query, Reader},
        parameters::{After, IdempotencyKey, IfMatch, KnownAt, OfConsultantFollowUp, OfHospital, OfRegister, PageSize},
    },
};

/// A consultant to see in the register.
pub type ConsultantFollowUp = AsEntered<follow_up::ConsultantFollowUp>;

/// A consultant to see as it should have been entered.
pub type ConsultantFollowUpCorrection = Correction<follow_up::ConsultantFollowUp>;

impl Register for follow_up::ConsultantFollowUp {
    const PATH: &'static str = "consultantFollowUps";

    fn read(reader: &mut Reader, today: NaiveDate) -> Field<Self> {
        let beneficiary = reader.required_uuid("beneficiaryId");
        let day = reader.required_date("day");
        reader.judge(&day, |day| Self::planned("day", *day, today).into_iter().collect());
        let consultant = reader.required_one_of("consultant", Qualification::ALL, Qualification::name);
        reader.judge(&consultant, |one| follow_up::consultant_fault(*one).into_iter().collect());
        let due_on = reader.required_date("dueOn");
        if let (Some(due_on), Some(day)) = (due_on.known(), day.known()) {
            reader.extend(follow_up::due_fault(*due_on, *day));
        }
        let note = reader.text("note", 2000);
        reader.build(|done| follow_up::ConsultantFollowUp {
            beneficiary_id: BeneficiaryId(done.take(beneficiary)),
            day: done.take(day),
            consultant: done.take(consultant),
            due_on: done.take(due_on),
            note: done.take(note),
        })
    }
}

/// Consultants to see, the latest entered first.
pub type ConsultantFollowUpCollection = Page<ConsultantFollowUp>;

/// Every version of a consultant to see.
pub type ConsultantFollowUpVersionCollection = Versions<ConsultantFollowUp>;

/// List consultants to see.
///
/// Consultants who were indicated and not at hand, for the establishment's beneficiaries or for one of them, each with
/// the agreed consultation (REG-14). `knownAt` gives them as they were recorded at that instant, without later
/// corrections. Each read is recorded in the trail.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listConsultantFollowUps",
    params(OfHospital, OfRegister, KnownAt, After, PageSize),
    responses((status = 200, description = "The consultants to see, the latest entered first.", body = ConsultantFollowUpCollection))
)]
#[get("/establishments/{hospitalNumber}/consultantFollowUps")]
pub async fn list_consultant_follow_ups(caller: Caller, path: RegisterPath, query: Query) -> Answered {
    record::list::<ConsultantFollowUp>(caller, &path, query).await
}

/// Enter a consultant to see.
///
/// Whom the beneficiary has to see, and at which agreed consultation, where an immediate contact is not possible
/// (REG-14). `listConsultantFollowUpsDue` says whether they did.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "createConsultantFollowUp",
    params(OfHospital, IdempotencyKey),
    request_body = follow_up::ConsultantFollowUp,
    responses((status = 201, description = "The consultant to see.", body = ConsultantFollowUp))
)]
#[post("/establishments/{hospitalNumber}/consultantFollowUps")]
pub async fn create_consultant_follow_up(caller: Caller, path: RegisterPath, body: Body) -> Answered {
    record::create::<follow_up::ConsultantFollowUp>(caller, &path, body).await
}

/// Get a consultant to see.
///
/// What is known of it now, or was at `knownAt` (REG-14).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "getConsultantFollowUp",
    params(OfHospital, OfConsultantFollowUp, KnownAt),
    responses((status = 200, description = "The consultant to see.", body = ConsultantFollowUp))
)]
#[get("/establishments/{hospitalNumber}/consultantFollowUps/{consultantFollowUpId}")]
pub async fn get_consultant_follow_up(caller: Caller, path: RecordPath, query: Query) -> Answered {
    record::get::<ConsultantFollowUp>(caller, &path, query).await
}

/// Correct a consultant to see.
///
/// Replaces the consultant to see as a whole and says why. Earlier versions are kept and still answer `knownAt`.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "replaceConsultantFollowUp",
    params(OfHospital, OfConsultantFollowUp, IfMatch),
    request_body = ConsultantFollowUpCorrection,
    responses((status = 200, description = "The consultant to see.", body = ConsultantFollowUp))
)]
#[put("/establishments/{hospitalNumber}/consultantFollowUps/{consultantFollowUpId}")]
pub async fn replace_consultant_follow_up(caller: Caller, path: RecordPath, body: Body) -> Answered {
    record::replace::<follow_up::ConsultantFollowUp>(caller, &path, body).await
}

/// Withdraw a consultant to see that was entered in error.
///
/// For a consultant who was never indicated. Earlier versions are kept.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "withdrawConsultantFollowUp",
    params(OfHospital, OfConsultantFollowUp, IfMatch, IdempotencyKey),
    request_body = RecordWithdrawal,
    responses((status = 200, description = "The consultant to see, withdrawn.", body = ConsultantFollowUp))
)]
#[post("/establishments/{hospitalNumber}/consultantFollowUps/{consultantFollowUpId}/withdraw")]
pub async fn withdraw_consultant_follow_up(caller: Caller, path: RecordPath, body: Body) -> Answered {
    record::withdraw::<ConsultantFollowUp>(caller, &path, body).await
}

/// List the versions of a consultant to see.
///
/// Every version, the latest first: by whom it was recorded, when, and why it was corrected. Those that were withdrawn
/// are found here too.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listConsultantFollowUpVersions",
    params(OfHospital, OfConsultantFollowUp),
    responses((status = 200, description = "The versions.", body = ConsultantFollowUpVersionCollection))
)]
#[get("/establishments/{hospitalNumber}/consultantFollowUps/{consultantFollowUpId}/versions")]
pub async fn list_consultant_follow_up_versions(caller: Caller, path: RecordPath) -> Answered {
    record::list_versions::<ConsultantFollowUp>(caller, &path).await
}
