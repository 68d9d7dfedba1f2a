//! Changes of beneficiaries' therapy (REG-04).

use actix_web::{get, post, put};
use chrono::NaiveDate;
use insula_domain::{
    convention::{entry::Entry, practitioner::change},
    ids::BeneficiaryId,
    rule::RuleId,
};

use crate::{
    convention::record::{self, Answered, AsEntered, Correction, RecordPath, RecordWithdrawal, Register, RegisterPath},
    http::{
        caller::Caller,
        collection::{Page, Versions},
        input::{Body, Field, Query, Reader},
        parameters::{After, IdempotencyKey, IfMatch, KnownAt, OfHospital, OfRegister, OfTherapyChange, PageSize},
    },
};

/// A change of therapy in the register.
pub type TherapyChange = AsEntered<change::TherapyChange>;

/// A change of therapy as it should have been entered.
pub type TherapyChangeCorrection = Correction<change::TherapyChange>;

impl Register for change::TherapyChange {
    const PATH: &'static str = "therapyChanges";

    fn read(reader: &mut Reader, today: NaiveDate) -> Field<Self> {
        let beneficiary = reader.required_uuid("beneficiaryId");
        let day = reader.required_date("day");
        reader.judge(&day, |day| Self::planned("day", *day, today).into_iter().collect());
        let change = reader.required_text("change", 2000);
        reader.require("important", RuleId::Reg04);
        let important = reader.flag("important");
        reader.build(|done| change::TherapyChange {
            beneficiary_id: BeneficiaryId(done.take(beneficiary)),
            day: done.take(day),
            change: done.take(change),
            important: done.take(important),
        })
    }
}

/// Changes of therapy, the latest entered first.
pub type TherapyChangeCollection = Page<TherapyChange>;

/// Every version of a change of therapy.
pub type TherapyChangeVersionCollection = Versions<TherapyChange>;

/// List changes of therapy.
///
/// What changed in the therapy of the establishment's beneficiaries, or of one of them (REG-04). `knownAt` gives them
/// as they were recorded at that instant, without later corrections. Each read is recorded in the trail.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listTherapyChanges",
    params(OfHospital, OfRegister, KnownAt, After, PageSize),
    responses((status = 200, description = "The changes of therapy, the latest entered first.", body = TherapyChangeCollection))
)]
#[get("/establishments/{hospitalNumber}/therapyChanges")]
pub async fn list_therapy_changes(caller: Caller, path: RegisterPath, query: Query) -> Answered {
    record::list::<TherapyChange>(caller, &path, query).await
}

/// Enter a change of therapy.
///
/// What changed, and whether it is important: then the general practitioner gets a report of it (REG-04), and
/// `listPractitionerReportsDue` shows it until it is sent.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "createTherapyChange",
    params(OfHospital, IdempotencyKey),
    request_body = change::TherapyChange,
    responses((status = 201, description = "The change of therapy.", body = TherapyChange))
)]
#[post("/establishments/{hospitalNumber}/therapyChanges")]
pub async fn create_therapy_change(caller: Caller, path: RegisterPath, body: Body) -> Answered {
    record::create::<change::TherapyChange>(caller, &path, body).await
}

/// Get a change of therapy.
///
/// What is known of it now, or was at `knownAt` (REG-04).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "getTherapyChange",
    params(OfHospital, OfTherapyChange, KnownAt),
    responses((status = 200, description = "The change of therapy.", body = TherapyChange))
)]
#[get("/establishments/{hospitalNumber}/therapyChanges/{therapyChangeId}")]
pub async fn get_therapy_change(caller: Caller, path: RecordPath, query: Query) -> Answered {
    record::get::<TherapyChange>(caller, &path, query).await
}

/// Correct a change of therapy.
///
/// Replaces the change of therapy as a whole and says why. Earlier versions are kept and still answer `knownAt`.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "replaceTherapyChange",
    params(OfHospital, OfTherapyChange, IfMatch),
    request_body = TherapyChangeCorrection,
    responses((status = 200, description = "The change of therapy.", body = TherapyChange))
)]
#[put("/establishments/{hospitalNumber}/therapyChanges/{therapyChangeId}")]
pub async fn replace_therapy_change(caller: Caller, path: RecordPath, body: Body) -> Answered {
    record::replace::<change::TherapyChange>(caller, &path, body).await
}

/// Withdraw a change of therapy that was entered in error.
///
/// For a change that never was. Earlier versions are kept.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "withdrawTherapyChange",
    params(OfHospital, OfTherapyChange, IfMatch, IdempotencyKey),
    request_body = RecordWithdrawal,
    responses((status = 200, description = "The change of therapy, withdrawn.", body = TherapyChange))
)]
#[post("/establishments/{hospitalNumber}/therapyChanges/{therapyChangeId}/withdraw")]
pub async fn withdraw_therapy_change(caller: Caller, path: RecordPath, body: Body) -> Answered {
    record::withdraw::<TherapyChange>(caller, &path, body).await
}

/// List the versions of a change of therapy.
///
/// Every version, the latest first: by whom it was recorded, when, and why it was corrected. Those that were withdrawn
/// are found here too.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listTherapyChangeVersions",
    params(OfHospital, OfTherapyChange),
    responses((status = 200, description = "The versions.", body = TherapyChangeVersionCollection))
)]
#[get("/establishments/{hospitalNumber}/therapyChanges/{therapyChangeId}/versions")]
pub async fn list_therapy_change_versions(caller: Caller, path: RecordPath) -> Answered {
    record::list_versions::<TherapyChange>(caller, &path).await
}
