//! What beneficiaries tell of a move to another establishment (BIL-07).

use actix_web::{get, post, put};
use chrono::NaiveDate;
use insula_domain::{
    convention::{contact::ContactWay, entry::Entry, move_notice},
    ids::BeneficiaryId,
};

use crate::{
    convention::record::{self, Answered, AsEntered, Correction, RecordPath, RecordWithdrawal, Register, RegisterPath},
    http::{
        caller::Caller,
        collection::{Page, Versions},
        input::{Body, Field, Query, Reader},
        parameters::{After, IdempotencyKey, IfMatch, KnownAt, OfHospital, OfMoveNotice, OfRegister, PageSize},
    },
};

/// A notice of a move in the register.
pub type MoveNotice = AsEntered<move_notice::MoveNotice>;

/// A notice of a move as it should have been entered.
pub type MoveNoticeCorrection = Correction<move_notice::MoveNotice>;

impl Register for move_notice::MoveNotice {
    const PATH: &'static str = "moveNotices";

    fn read(reader: &mut Reader, today: NaiveDate) -> Field<Self> {
        let beneficiary = reader.required_uuid("beneficiaryId");
        let day = reader.required_date("day");
        reader.judge(&day, |day| Self::planned("day", *day, today).into_iter().collect());
        let way = reader.one_of("way", ContactWay::ALL, ContactWay::name);
        reader.build(|done| move_notice::MoveNotice {
            beneficiary_id: BeneficiaryId(done.take(beneficiary)),
            day: done.take(day),
            way: done.take(way),
        })
    }
}

/// Notices of moves, the latest entered first.
pub type MoveNoticeCollection = Page<MoveNotice>;

/// Every version of a notice of a move.
pub type MoveNoticeVersionCollection = Versions<MoveNotice>;

/// List notices of moves.
///
/// When the establishment's beneficiaries, or one of them, told that they go on at another establishment (BIL-07).
/// `knownAt` gives the notices as they were recorded at that instant, without later corrections. Each read is recorded in
/// the trail.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listMoveNotices",
    params(OfHospital, OfRegister, KnownAt, After, PageSize),
    responses((status = 200, description = "The notices, the latest entered first.", body = MoveNoticeCollection))
)]
#[get("/establishments/{hospitalNumber}/moveNotices")]
pub async fn list_move_notices(caller: Caller, path: RegisterPath, query: Query) -> Answered {
    record::list::<MoveNotice>(caller, &path, query).await
}

/// Enter a notice of a move.
///
/// The day on which a beneficiary told that they go on at another establishment, or under the children's convention.
/// Days billed after the move and before that day are owed by the beneficiary, not borne by the establishment (BIL-07):
/// `listInvoiceCorrections` says so.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "createMoveNotice",
    params(OfHospital, IdempotencyKey),
    request_body = move_notice::MoveNotice,
    responses((status = 201, description = "The notice.", body = MoveNotice))
)]
#[post("/establishments/{hospitalNumber}/moveNotices")]
pub async fn create_move_notice(caller: Caller, path: RegisterPath, body: Body) -> Answered {
    record::create::<move_notice::MoveNotice>(caller, &path, body).await
}

/// Get a notice of a move.
///
/// What is known of it now, or was at `knownAt` (BIL-07).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "getMoveNotice",
    params(OfHospital, OfMoveNotice, KnownAt),
    responses((status = 200, description = "The notice.", body = MoveNotice))
)]
#[get("/establishments/{hospitalNumber}/moveNotices/{moveNoticeId}")]
pub async fn get_move_notice(caller: Caller, path: RecordPath, query: Query) -> Answered {
    record::get::<MoveNotice>(caller, &path, query).await
}

/// Correct a notice of a move.
///
/// Replaces the notice as a whole and says why. Earlier versions are kept and still answer `knownAt`.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "replaceMoveNotice",
    params(OfHospital, OfMoveNotice, IfMatch),
    request_body = MoveNoticeCorrection,
    responses((status = 200, description = "The notice.", body = MoveNotice))
)]
#[put("/establishments/{hospitalNumber}/moveNotices/{moveNoticeId}")]
pub async fn replace_move_notice(caller: Caller, path: RecordPath, body: Body) -> Answered {
    record::replace::<move_notice::MoveNotice>(caller, &path, body).await
}

/// Withdraw a notice of a move that was entered in error.
///
/// For a notice that was never given. Earlier versions are kept.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "withdrawMoveNotice",
    params(OfHospital, OfMoveNotice, IfMatch, IdempotencyKey),
    request_body = RecordWithdrawal,
    responses((status = 200, description = "The notice, withdrawn.", body = MoveNotice))
)]
#[post("/establishments/{hospitalNumber}/moveNotices/{moveNoticeId}/withdraw")]
pub async fn withdraw_move_notice(caller: Caller, path: RecordPath, body: Body) -> Answered {
    record::withdraw::<MoveNotice>(caller, &path, body).await
}

/// List the versions of a notice of a move.
///
/// Every version, the latest first: by whom it was recorded, when, and why it was corrected. Those that were withdrawn
/// are found here too.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listMoveNoticeVersions",
    params(OfHospital, OfMoveNotice),
    responses((status = 200, description = "The versions.", body = MoveNoticeVersionCollection))
)]
#[get("/establishments/{hospitalNumber}/moveNotices/{moveNoticeId}/versions")]
pub async fn list_move_notice_versions(caller: Caller, path: RecordPath) -> Answered {
    record::list_versions::<MoveNotice>(caller, &path).await
}
