//! Consents of beneficiaries to be told electronically (BIL-06).

use actix_web::{get, post, put};
use chrono::NaiveDate;
use insula_domain::{convention::electronic_consent, ids::BeneficiaryId};

use crate::{
    convention::record::{self, Answered, AsEntered, Correction, RecordPath, RecordWithdrawal, Register, RegisterPath},
    http::{
        caller::Caller,
        collection::{Page, Versions},
        input::{Body, Field, Query, Reader},
        parameters::{After, IdempotencyKey, IfMatch, KnownAt, OfElectronicConsent, OfHospital, OfRegister, PageSize},
    },
};

/// A consent in the register.
pub type ElectronicConsent = AsEntered<electronic_consent::ElectronicConsent>;

/// A consent as it should have been entered.
pub type ElectronicConsentCorrection = Correction<electronic_consent::ElectronicConsent>;

impl Register for electronic_consent::ElectronicConsent {
    const PATH: &'static str = "electronicConsents";

    fn read(reader: &mut Reader, today: NaiveDate) -> Field<Self> {
        let beneficiary = reader.required_uuid("beneficiaryId");
        let (from, to) = record::from_to::<Self>(reader, today);
        reader.build(|done| electronic_consent::ElectronicConsent {
            beneficiary_id: BeneficiaryId(done.take(beneficiary)),
            from: done.take(from),
            to: done.take(to),
        })
    }
}

/// Consents, the latest entered first.
pub type ElectronicConsentCollection = Page<ElectronicConsent>;

/// Every version of a consent.
pub type ElectronicConsentVersionCollection = Versions<ElectronicConsent>;

/// List consents to be told electronically.
///
/// From when to when the establishment's beneficiaries, or one of them, consent to get their yearly summaries
/// electronically (BIL-06). `knownAt` gives the consents as they were recorded at that instant, without later
/// corrections. Each read is recorded in the trail.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listElectronicConsents",
    params(OfHospital, OfRegister, KnownAt, After, PageSize),
    responses((status = 200, description = "The consents, the latest entered first.", body = ElectronicConsentCollection))
)]
#[get("/establishments/{hospitalNumber}/electronicConsents")]
pub async fn list_electronic_consents(caller: Caller, path: RegisterPath, query: Query) -> Answered {
    record::list::<ElectronicConsent>(caller, &path, query).await
}

/// Enter a consent to be told electronically.
///
/// Without a consent that holds, yearly summaries are given on paper (BIL-06). One that is withdrawn is corrected: it
/// gets its last day.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "createElectronicConsent",
    params(OfHospital, IdempotencyKey),
    request_body = electronic_consent::ElectronicConsent,
    responses((status = 201, description = "The consent.", body = ElectronicConsent))
)]
#[post("/establishments/{hospitalNumber}/electronicConsents")]
pub async fn create_electronic_consent(caller: Caller, path: RegisterPath, body: Body) -> Answered {
    record::create::<electronic_consent::ElectronicConsent>(caller, &path, body).await
}

/// Get a consent.
///
/// What is known of it now, or was at `knownAt` (BIL-06).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "getElectronicConsent",
    params(OfHospital, OfElectronicConsent, KnownAt),
    responses((status = 200, description = "The consent.", body = ElectronicConsent))
)]
#[get("/establishments/{hospitalNumber}/electronicConsents/{electronicConsentId}")]
pub async fn get_electronic_consent(caller: Caller, path: RecordPath, query: Query) -> Answered {
    record::get::<ElectronicConsent>(caller, &path, query).await
}

/// Correct a consent, or end it.
///
/// Replaces the consent as a whole and says why. Earlier versions are kept and still answer `knownAt`.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "replaceElectronicConsent",
    params(OfHospital, OfElectronicConsent, IfMatch),
    request_body = ElectronicConsentCorrection,
    responses((status = 200, description = "The consent.", body = ElectronicConsent))
)]
#[put("/establishments/{hospitalNumber}/electronicConsents/{electronicConsentId}")]
pub async fn replace_electronic_consent(caller: Caller, path: RecordPath, body: Body) -> Answered {
    record::replace::<electronic_consent::ElectronicConsent>(caller, &path, body).await
}

/// Withdraw a consent that was entered in error.
///
/// For a consent that was never given. Earlier versions are kept.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "withdrawElectronicConsent",
    params(OfHospital, OfElectronicConsent, IfMatch, IdempotencyKey),
    request_body = RecordWithdrawal,
    responses((status = 200, description = "The consent, withdrawn.", body = ElectronicConsent))
)]
#[post("/establishments/{hospitalNumber}/electronicConsents/{electronicConsentId}/withdraw")]
pub async fn withdraw_electronic_consent(caller: Caller, path: RecordPath, body: Body) -> Answered {
    record::withdraw::<ElectronicConsent>(caller, &path, body).await
}

/// List the versions of a consent.
///
/// Every version, the latest first: by whom it was recorded, when, and why it was corrected. Those that were withdrawn
/// are found here too.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listElectronicConsentVersions",
    params(OfHospital, OfElectronicConsent),
    responses((status = 200, description = "The versions.", body = ElectronicConsentVersionCollection))
)]
#[get("/establishments/{hospitalNumber}/electronicConsents/{electronicConsentId}/versions")]
pub async fn list_electronic_consent_versions(caller: Caller, path: RecordPath) -> Answered {
    record::list_versions::<ElectronicConsent>(caller, &path).await
}
