//! The physicians who treat beneficiaries (REG-04).

use actix_web::{get, post, put};
use chrono::NaiveDate;
use insula_domain::{
    convention::practitioner::physician, identifier::NihdiNumber, ids::BeneficiaryId, names::PhysicianKind,
    refusal::Reason,
};

use crate::{
    convention::record::{self, Answered, AsEntered, Correction, RecordPath, RecordWithdrawal, Register, RegisterPath},
    http::{
        caller::Caller,
        collection::{Page, Versions},
        input::{Body, Field, Query, Reader},
        parameters::{After, IdempotencyKey, IfMatch, KnownAt, OfHospital, OfRegister, OfTreatingPhysician, PageSize},
    },
};

/// A physician who treats a beneficiary in the register.
pub type TreatingPhysician = AsEntered<physician::TreatingPhysician>;

/// A physician who treats a beneficiary as they should have been entered.
pub type TreatingPhysicianCorrection = Correction<physician::TreatingPhysician>;

impl Register for physician::TreatingPhysician {
    const PATH: &'static str = "treatingPhysicians";

    fn read(reader: &mut Reader, today: NaiveDate) -> Field<Self> {
        let beneficiary = reader.required_uuid("beneficiaryId");
        let (from, to) = record::from_to::<Self>(reader, today);
        let kind = reader.required_one_of("kind", PhysicianKind::ALL, PhysicianKind::name);
        let name = reader.required_text("name", 100);
        let number = reader.parsed("nihdiNumber", Reason::CheckDigit, |text| text.parse::<NihdiNumber>().ok());
        reader.judge(&number, |number| number.and_then(physician::number_fault).into_iter().collect());
        reader.build(|done| physician::TreatingPhysician {
            beneficiary_id: BeneficiaryId(done.take(beneficiary)),
            from: done.take(from),
            to: done.take(to),
            kind: done.take(kind),
            name: done.take(name),
            nihdi_number: done.take(number),
        })
    }
}

/// Physicians who treat beneficiaries, the latest entered first.
pub type TreatingPhysicianCollection = Page<TreatingPhysician>;

/// Every version of a physician who treats a beneficiary.
pub type TreatingPhysicianVersionCollection = Versions<TreatingPhysician>;

/// List physicians who treat beneficiaries.
///
/// General practitioners and specialists, to whom reports go, each with the days on which they treat (REG-04); `from`
/// and `to` are about the first day. `knownAt` gives them as they were recorded at that instant, without later
/// corrections. Each read is recorded in the trail.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listTreatingPhysicians",
    params(OfHospital, OfRegister, KnownAt, After, PageSize),
    responses((status = 200, description = "The physicians who treat beneficiaries, the latest entered first.", body = TreatingPhysicianCollection))
)]
#[get("/establishments/{hospitalNumber}/treatingPhysicians")]
pub async fn list_treating_physicians(caller: Caller, path: RegisterPath, query: Query) -> Answered {
    record::list::<TreatingPhysician>(caller, &path, query).await
}

/// Enter a physician who treats a beneficiary.
///
/// General practitioner or specialist, from when to when (REG-04). A beneficiary without general practitioner is shown
/// as such by `listPractitionerReportsDue`.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "createTreatingPhysician",
    params(OfHospital, IdempotencyKey),
    request_body = physician::TreatingPhysician,
    responses((status = 201, description = "The physician who treats a beneficiary.", body = TreatingPhysician))
)]
#[post("/establishments/{hospitalNumber}/treatingPhysicians")]
pub async fn create_treating_physician(caller: Caller, path: RegisterPath, body: Body) -> Answered {
    record::create::<physician::TreatingPhysician>(caller, &path, body).await
}

/// Get a physician who treats a beneficiary.
///
/// What is known of them now, or was at `knownAt` (REG-04).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "getTreatingPhysician",
    params(OfHospital, OfTreatingPhysician, KnownAt),
    responses((status = 200, description = "The physician who treats a beneficiary.", body = TreatingPhysician))
)]
#[get("/establishments/{hospitalNumber}/treatingPhysicians/{treatingPhysicianId}")]
pub async fn get_treating_physician(caller: Caller, path: RecordPath, query: Query) -> Answered {
    record::get::<TreatingPhysician>(caller, &path, query).await
}

/// Correct a physician who treats a beneficiary.
///
/// Replaces the physician who treats a beneficiary as a whole and says why. Earlier versions are kept and still answer
/// `knownAt`.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "replaceTreatingPhysician",
    params(OfHospital, OfTreatingPhysician, IfMatch),
    request_body = TreatingPhysicianCorrection,
    responses((status = 200, description = "The physician who treats a beneficiary.", body = TreatingPhysician))
)]
#[put("/establishments/{hospitalNumber}/treatingPhysicians/{treatingPhysicianId}")]
pub async fn replace_treating_physician(caller: Caller, path: RecordPath, body: Body) -> Answered {
    record::replace::<physician::TreatingPhysician>(caller, &path, body).await
}

/// Withdraw a physician who treats a beneficiary that was entered in error.
///
/// For one who never treated them. Earlier versions are kept.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "withdrawTreatingPhysician",
    params(OfHospital, OfTreatingPhysician, IfMatch, IdempotencyKey),
    request_body = RecordWithdrawal,
    responses((status = 200, description = "The physician who treats a beneficiary, withdrawn.", body = TreatingPhysician))
)]
#[post("/establishments/{hospitalNumber}/treatingPhysicians/{treatingPhysicianId}/withdraw")]
pub async fn withdraw_treating_physician(caller: Caller, path: RecordPath, body: Body) -> Answered {
    record::withdraw::<TreatingPhysician>(caller, &path, body).await
}

/// List the versions of a physician who treats a beneficiary.
///
/// Every version, the latest first: by whom it was recorded, when, and why it was corrected. Those that were withdrawn
/// are found here too.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listTreatingPhysicianVersions",
    params(OfHospital, OfTreatingPhysician),
    responses((status = 200, description = "The versions.", body = TreatingPhysicianVersionCollection))
)]
#[get("/establishments/{hospitalNumber}/treatingPhysicians/{treatingPhysicianId}/versions")]
pub async fn list_treating_physician_versions(caller: Caller, path: RecordPath) -> Answered {
    record::list_versions::<TreatingPhysician>(caller, &path).await
}
