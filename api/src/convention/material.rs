//! The material register (REG-01, PMP-06).

use actix_web::{get, post, put};
use chrono::NaiveDate;
use insula_domain::{
    convention::{
        entry::Entry,
        material::{self, MaterialKind},
    },
    ids::BeneficiaryId,
    rule::RuleId,
};

use crate::{
    convention::record::{self, Answered, AsEntered, Correction, RecordPath, RecordWithdrawal, Register, RegisterPath},
    http::{
        caller::Caller,
        collection::{Page, Versions},
        input::{Body, Field, Query, Reader},
        parameters::{After, IdempotencyKey, IfMatch, KnownAt, OfHospital, OfMaterialDelivery, OfRegister, PageSize},
    },
};

/// A delivery of material in the register.
pub type MaterialDelivery = AsEntered<material::MaterialDelivery>;

/// A delivery as it should have been entered.
pub type MaterialDeliveryCorrection = Correction<material::MaterialDelivery>;

impl Register for material::MaterialDelivery {
    const PATH: &'static str = "materialDeliveries";

    fn read(reader: &mut Reader, today: NaiveDate) -> Field<Self> {
        let beneficiary = reader.required_uuid("beneficiaryId");
        let day = reader.required_date("day");
        reader.judge(&day, |day| Self::planned("day", *day, today).into_iter().collect());
        let kind = reader.required_one_of("kind", MaterialKind::ALL, MaterialKind::name);
        reader.judge(&kind, |kind| kind.fault().into_iter().collect());
        if kind.known().is_some_and(|kind| kind.needs_model()) {
            reader.require("model", RuleId::Reg01);
        }
        let quantity = reader.required_integer("quantity", material::QUANTITIES);
        let model = reader.text("model", 100);
        let serial = reader.text("serial", 100);
        reader.build(|done| material::MaterialDelivery {
            beneficiary_id: BeneficiaryId(done.take(beneficiary)),
            day: done.take(day),
            kind: done.take(kind),
            quantity: done.take(quantity),
            model: done.take(model),
            serial: done.take(serial),
        })
    }
}

/// Deliveries of material, the latest entered first.
pub type MaterialDeliveryCollection = Page<MaterialDelivery>;

/// Every version of a delivery.
pub type MaterialDeliveryVersionCollection = Versions<MaterialDelivery>;

/// List deliveries of material.
///
/// The material register of the establishment, or of one beneficiary (REG-01). `knownAt` gives it as it was recorded at
/// that instant, without later corrections. Each read is recorded in the trail.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listMaterialDeliveries",
    params(OfHospital, OfRegister, KnownAt, After, PageSize),
    responses((status = 200, description = "The deliveries, the latest entered first.", body = MaterialDeliveryCollection))
)]
#[get("/establishments/{hospitalNumber}/materialDeliveries")]
pub async fn list_material_deliveries(caller: Caller, path: RegisterPath, query: Query) -> Answered {
    record::list::<MaterialDelivery>(caller, &path, query).await
}

/// Enter a delivery of material.
///
/// What a beneficiary got under the pump convention: kind, quantity and day (REG-01). Glucose sensors and strips are
/// refused, because they are reimbursed elsewhere (PMP-06).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "createMaterialDelivery",
    params(OfHospital, IdempotencyKey),
    request_body = material::MaterialDelivery,
    responses((status = 201, description = "The delivery.", body = MaterialDelivery))
)]
#[post("/establishments/{hospitalNumber}/materialDeliveries")]
pub async fn create_material_delivery(caller: Caller, path: RegisterPath, body: Body) -> Answered {
    record::create::<material::MaterialDelivery>(caller, &path, body).await
}

/// Get a delivery of material.
///
/// What is known of it now, or was at `knownAt` (REG-01).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "getMaterialDelivery",
    params(OfHospital, OfMaterialDelivery, KnownAt),
    responses((status = 200, description = "The delivery.", body = MaterialDelivery))
)]
#[get("/establishments/{hospitalNumber}/materialDeliveries/{materialDeliveryId}")]
pub async fn get_material_delivery(caller: Caller, path: RecordPath, query: Query) -> Answered {
    record::get::<MaterialDelivery>(caller, &path, query).await
}

/// Correct a delivery of material.
///
/// Replaces the delivery as a whole and says why. Earlier versions are kept and still answer `knownAt`.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "replaceMaterialDelivery",
    params(OfHospital, OfMaterialDelivery, IfMatch),
    request_body = MaterialDeliveryCorrection,
    responses((status = 200, description = "The delivery.", body = MaterialDelivery))
)]
#[put("/establishments/{hospitalNumber}/materialDeliveries/{materialDeliveryId}")]
pub async fn replace_material_delivery(caller: Caller, path: RecordPath, body: Body) -> Answered {
    record::replace::<material::MaterialDelivery>(caller, &path, body).await
}

/// Withdraw a delivery of material that was entered in error.
///
/// For a delivery that never was. Earlier versions are kept.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "withdrawMaterialDelivery",
    params(OfHospital, OfMaterialDelivery, IfMatch, IdempotencyKey),
    request_body = RecordWithdrawal,
    responses((status = 200, description = "The delivery, withdrawn.", body = MaterialDelivery))
)]
#[post("/establishments/{hospitalNumber}/materialDeliveries/{materialDeliveryId}/withdraw")]
pub async fn withdraw_material_delivery(caller: Caller, path: RecordPath, body: Body) -> Answered {
    record::withdraw::<MaterialDelivery>(caller, &path, body).await
}

/// List the versions of a delivery of material.
///
/// Every version, the latest first: by whom it was recorded, when, and why it was corrected. Deliveries that were
/// withdrawn are found here too.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listMaterialDeliveryVersions",
    params(OfHospital, OfMaterialDelivery),
    responses((status = 200, description = "The versions.", body = MaterialDeliveryVersionCollection))
)]
#[get("/establishments/{hospitalNumber}/materialDeliveries/{materialDeliveryId}/versions")]
pub async fn list_material_delivery_versions(caller: Caller, path: RecordPath) -> Answered {
    record::list_versions::<MaterialDelivery>(caller, &path).await
}
