//! Which beneficiary has which pump (PMP-07).

use actix_web::{get, post, put};
use chrono::NaiveDate;
use insula_domain::{convention::pump_assignment, identifier::NihdiNumber, ids::BeneficiaryId, refusal::Reason};

use crate::{
    convention::record::{self, Answered, AsEntered, Correction, RecordPath, RecordWithdrawal, Register, RegisterPath},
    http::{
        caller::Caller,
        collection::{Page, Versions},
        input::{Body, Field, Query, Reader},
        parameters::{After, IdempotencyKey, IfMatch, KnownAt, OfHospital, OfPumpAssignment, OfRegister, PageSize},
    },
};

/// A pump that a beneficiary has, in the register.
pub type PumpAssignment = AsEntered<pump_assignment::PumpAssignment>;

/// The pump of a beneficiary as it should have been entered.
pub type PumpAssignmentCorrection = Correction<pump_assignment::PumpAssignment>;

impl Register for pump_assignment::PumpAssignment {
    const PATH: &'static str = "pumpAssignments";

    fn read(reader: &mut Reader, today: NaiveDate) -> Field<Self> {
        let beneficiary = reader.required_uuid("beneficiaryId");
        let (from, to) = record::from_to::<Self>(reader, today);
        let manufacturer = reader.required_text("manufacturer", 100);
        let model = reader.required_text("model", 100);
        let serial = reader.required_text("serial", 100);
        let chosen_by = reader.required_parsed("chosenBy", Reason::CheckDigit, |text| text.parse::<NihdiNumber>().ok());
        reader.judge(&chosen_by, |by| pump_assignment::chooser_fault(*by).into_iter().collect());
        let told = reader.required_date("toldOfAllTypesOn");
        if let (Some(told), Some(from)) = (told.known(), from.known()) {
            reader.extend(pump_assignment::told_late(*told, *from));
        }
        reader.build(|done| pump_assignment::PumpAssignment {
            beneficiary_id: BeneficiaryId(done.take(beneficiary)),
            from: done.take(from),
            to: done.take(to),
            manufacturer: done.take(manufacturer),
            model: done.take(model),
            serial: done.take(serial),
            chosen_by: done.take(chosen_by),
            told_of_all_types_on: done.take(told),
        })
    }
}

/// The pumps that beneficiaries have, the latest entered first.
pub type PumpAssignmentCollection = Page<PumpAssignment>;

/// Every version of an assignment.
pub type PumpAssignmentVersionCollection = Versions<PumpAssignment>;

/// List the pumps of beneficiaries.
///
/// Which beneficiary of the establishment has or had which pump, or all pumps of one of them (PMP-07); `from` and `to`
/// are about the first day. `knownAt` gives them as they were recorded at that instant, without later corrections. Each
/// read is recorded in the trail.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listPumpAssignments",
    params(OfHospital, OfRegister, KnownAt, After, PageSize),
    responses((status = 200, description = "The pumps, the latest entered first.", body = PumpAssignmentCollection))
)]
#[get("/establishments/{hospitalNumber}/pumpAssignments")]
pub async fn list_pump_assignments(caller: Caller, path: RegisterPath, query: Query) -> Answered {
    record::list::<PumpAssignment>(caller, &path, query).await
}

/// Enter the pump of a beneficiary.
///
/// Type and serial number, the days, who chose the type with the beneficiary, and when the beneficiary was told of all
/// types (PMP-07). A beneficiary has one pump at a time: before a replacement is entered, the former pump gets its last
/// day, the eve of the change.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "createPumpAssignment",
    params(OfHospital, IdempotencyKey),
    request_body = pump_assignment::PumpAssignment,
    responses((status = 201, description = "The pump.", body = PumpAssignment))
)]
#[post("/establishments/{hospitalNumber}/pumpAssignments")]
pub async fn create_pump_assignment(caller: Caller, path: RegisterPath, body: Body) -> Answered {
    record::create::<pump_assignment::PumpAssignment>(caller, &path, body).await
}

/// Get the pump of a beneficiary.
///
/// What is known of it now, or was at `knownAt` (PMP-07).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "getPumpAssignment",
    params(OfHospital, OfPumpAssignment, KnownAt),
    responses((status = 200, description = "The pump.", body = PumpAssignment))
)]
#[get("/establishments/{hospitalNumber}/pumpAssignments/{pumpAssignmentId}")]
pub async fn get_pump_assignment(caller: Caller, path: RecordPath, query: Query) -> Answered {
    record::get::<PumpAssignment>(caller, &path, query).await
}

/// Correct the pump of a beneficiary.
///
/// Replaces the record as a whole and says why. Earlier versions are kept and still answer `knownAt`.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "replacePumpAssignment",
    params(OfHospital, OfPumpAssignment, IfMatch),
    request_body = PumpAssignmentCorrection,
    responses((status = 200, description = "The pump.", body = PumpAssignment))
)]
#[put("/establishments/{hospitalNumber}/pumpAssignments/{pumpAssignmentId}")]
pub async fn replace_pump_assignment(caller: Caller, path: RecordPath, body: Body) -> Answered {
    record::replace::<pump_assignment::PumpAssignment>(caller, &path, body).await
}

/// Withdraw the pump of a beneficiary that was entered in error.
///
/// For an assignment that never was. Earlier versions are kept.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "withdrawPumpAssignment",
    params(OfHospital, OfPumpAssignment, IfMatch, IdempotencyKey),
    request_body = RecordWithdrawal,
    responses((status = 200, description = "The pump, withdrawn.", body = PumpAssignment))
)]
#[post("/establishments/{hospitalNumber}/pumpAssignments/{pumpAssignmentId}/withdraw")]
pub async fn withdraw_pump_assignment(caller: Caller, path: RecordPath, body: Body) -> Answered {
    record::withdraw::<PumpAssignment>(caller, &path, body).await
}

/// List the versions of the pump of a beneficiary.
///
/// Every version, the latest first: by whom it was recorded, when, and why it was corrected. Assignments that were
/// withdrawn are found here too.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listPumpAssignmentVersions",
    params(OfHospital, OfPumpAssignment),
    responses((status = 200, description = "The versions.", body = PumpAssignmentVersionCollection))
)]
#[get("/establishments/{hospitalNumber}/pumpAssignments/{pumpAssignmentId}/versions")]
pub async fn list_pump_assignment_versions(caller: Caller, path: RecordPath) -> Answered {
    record::list_versions::<PumpAssignment>(caller, &path).await
}
