//! Stays of beneficiaries in a hospital (PMP-04).

use actix_web::{get, post, put};
use chrono::NaiveDate;
use insula_domain::{
    convention::hospital_stay, identifier::HospitalNumber, ids::BeneficiaryId, refusal::Reason, rule::RuleId,
};

use crate::{
    convention::record::{self, Answered, AsEntered, Correction, RecordPath, RecordWithdrawal, Register, RegisterPath},
    http::{
        caller::Caller,
        collection::{Page, Versions},
        input::{Body, Field, Query, Reader},
        parameters::{After, IdempotencyKey, IfMatch, KnownAt, OfHospital, OfHospitalStay, OfRegister, PageSize},
    },
};

/// A stay in the register.
pub type HospitalStay = AsEntered<hospital_stay::HospitalStay>;

/// A stay as it should have been entered.
pub type HospitalStayCorrection = Correction<hospital_stay::HospitalStay>;

impl Register for hospital_stay::HospitalStay {
    const PATH: &'static str = "hospitalStays";

    fn read(reader: &mut Reader, today: NaiveDate) -> Field<Self> {
        let beneficiary = reader.required_uuid("beneficiaryId");
        let (from, to) = record::from_to::<Self>(reader, today);
        let hospital =
            reader.required_parsed("hospitalNumber", Reason::CheckDigit, |text| text.parse::<HospitalNumber>().ok());
        reader.require("pumpContinued", RuleId::Pmp04);
        let pump_continued = reader.flag("pumpContinued");
        reader.require("linkedToDiabetes", RuleId::Pmp04);
        let linked_to_diabetes = reader.flag("linkedToDiabetes");
        reader.build(|done| hospital_stay::HospitalStay {
            beneficiary_id: BeneficiaryId(done.take(beneficiary)),
            from: done.take(from),
            to: done.take(to),
            hospital_number: done.take(hospital),
            pump_continued: done.take(pump_continued),
            linked_to_diabetes: done.take(linked_to_diabetes),
        })
    }
}

/// Stays of beneficiaries, the latest entered first.
pub type HospitalStayCollection = Page<HospitalStay>;

/// Every version of a stay.
pub type HospitalStayVersionCollection = Versions<HospitalStay>;

/// List stays in a hospital.
///
/// The stays of the establishment's beneficiaries, or of one of them (PMP-04); `from` and `to` are about the day of
/// admission. `knownAt` gives them as they were recorded at that instant, without later corrections. Each read is
/// recorded in the trail.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listHospitalStays",
    params(OfHospital, OfRegister, KnownAt, After, PageSize),
    responses((status = 200, description = "The stays, the latest entered first.", body = HospitalStayCollection))
)]
#[get("/establishments/{hospitalNumber}/hospitalStays")]
pub async fn list_hospital_stays(caller: Caller, path: RegisterPath, query: Query) -> Answered {
    record::list::<HospitalStay>(caller, &path, query).await
}

/// Enter a stay in a hospital.
///
/// A stay of a beneficiary in any hospital: admission, return home, whether the pump treatment goes on and whether the
/// stay is linked to the diabetes. Which of its days count for the programme follows from that (PMP-04). The return home
/// may be expected on a later day, or left out while it is unknown.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "createHospitalStay",
    params(OfHospital, IdempotencyKey),
    request_body = hospital_stay::HospitalStay,
    responses((status = 201, description = "The stay.", body = HospitalStay))
)]
#[post("/establishments/{hospitalNumber}/hospitalStays")]
pub async fn create_hospital_stay(caller: Caller, path: RegisterPath, body: Body) -> Answered {
    record::create::<hospital_stay::HospitalStay>(caller, &path, body).await
}

/// Get a stay in a hospital.
///
/// What is known of it now, or was at `knownAt` (PMP-04).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "getHospitalStay",
    params(OfHospital, OfHospitalStay, KnownAt),
    responses((status = 200, description = "The stay.", body = HospitalStay))
)]
#[get("/establishments/{hospitalNumber}/hospitalStays/{hospitalStayId}")]
pub async fn get_hospital_stay(caller: Caller, path: RecordPath, query: Query) -> Answered {
    record::get::<HospitalStay>(caller, &path, query).await
}

/// Correct a stay in a hospital.
///
/// Replaces the stay as a whole and says why. Earlier versions are kept and still answer `knownAt`.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "replaceHospitalStay",
    params(OfHospital, OfHospitalStay, IfMatch),
    request_body = HospitalStayCorrection,
    responses((status = 200, description = "The stay.", body = HospitalStay))
)]
#[put("/establishments/{hospitalNumber}/hospitalStays/{hospitalStayId}")]
pub async fn replace_hospital_stay(caller: Caller, path: RecordPath, body: Body) -> Answered {
    record::replace::<hospital_stay::HospitalStay>(caller, &path, body).await
}

/// Withdraw a stay in a hospital that was entered in error.
///
/// For a stay that never was. Earlier versions are kept.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "withdrawHospitalStay",
    params(OfHospital, OfHospitalStay, IfMatch, IdempotencyKey),
    request_body = RecordWithdrawal,
    responses((status = 200, description = "The stay, withdrawn.", body = HospitalStay))
)]
#[post("/establishments/{hospitalNumber}/hospitalStays/{hospitalStayId}/withdraw")]
pub async fn withdraw_hospital_stay(caller: Caller, path: RecordPath, body: Body) -> Answered {
    record::withdraw::<HospitalStay>(caller, &path, body).await
}

/// List the versions of a stay in a hospital.
///
/// Every version, the latest first: by whom it was recorded, when, and why it was corrected. Stays that were
/// withdrawn are found here too.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listHospitalStayVersions",
    params(OfHospital, OfHospitalStay),
    responses((status = 200, description = "The versions.", body = HospitalStayVersionCollection))
)]
#[get("/establishments/{hospitalNumber}/hospitalStays/{hospitalStayId}/versions")]
pub async fn list_hospital_stay_versions(caller: Caller, path: RecordPath) -> Answered {
    record::list_versions::<HospitalStay>(caller, &path).await
}
