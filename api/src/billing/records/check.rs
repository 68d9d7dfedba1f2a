//! `checkBillingRecords`.

use std::{
    collections::HashSet,
    sync::{Arc, LazyLock},
};

use actix_web::{HttpRequest, HttpResponse, post, web};
use chrono::NaiveDate;
use insula_domain::{
    billing::file::{
        check::Checker,
        codes::{CodedLine, Comparison},
        settings::Settings,
    },
    nomenclature::NomenclatureCode,
};
use insula_persistence::{
    Stop, Tx,
    parties::organisations,
    registry::codes::{self, PersonKey},
    trail::{self, Action},
};
use serde_json::json;

use super::dto::BillingRecordsCheck;
use crate::{
    config::MAX_BILLING_FILE,
    http::{
        caller::Caller,
        intake::{Incoming, media},
        problem::ApiError,
    },
};

/// The accepted media type and encoding.
const TYPES: &str = "application/octet-stream, Content-Encoding: identity";
/// How many findings are listed; the others are counted.
const LISTED: usize = 1000;
/// The configuration by which anybody's file is read.
static SETTINGS: LazyLock<Settings> = LazyLock::new(|| Settings::inferred(NaiveDate::MIN));

/// The file.
#[derive(utoipa::ToSchema)]
#[schema(value_type = String, format = Binary)]
pub struct SentRecords(pub Vec<u8>);

/// Check an invoice file.
///
/// Takes a hospital's file of electronic invoices, whoever made it, and reports what is wrong with its records: layout,
/// order, numbers, sums, check digits (BIL-05). Lines with a registration code are compared with the registry as far as
/// the caller may know it: a hospital with its own registrations, an insurer with those of its members (TRA-02). Any
/// other code is unknown. Nothing is stored. At most 360 MB, not compressed (`docs/billing.md`).
#[utoipa::path(
    tag = "Billing",
    operation_id = "checkBillingRecords",
    request_body(content(
        (inline(SentRecords) = "application/octet-stream", example = json!(include_str!("example.txt")))
    )),
    responses((status = 200, description = "The report.", body = BillingRecordsCheck))
)]
#[post("/billingRecords/check")]
pub async fn check_billing_records(
    caller: Caller,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    media(&request, &["application/octet-stream"]).ok_or(ApiError::UnsupportedMediaType(TYPES))?;
    let organisation = caller.call.organisation();
    let mut file = Incoming::begin(&request, payload, MAX_BILLING_FILE, &caller.state.checks, organisation).await?;
    let mut piece = file.piece().await?;
    let mut checker = Checker::new(&SETTINGS, LISTED);
    let mut codes = Comparison::new(caller.run(registered).await?, LISTED);
    while !piece.is_empty() {
        // Reading a piece takes long enough to block other requests on this thread.
        let read = web::block(move || {
            checker.feed(&piece, &mut |fact| codes.add(&fact));
            (checker, codes)
        });
        (checker, codes) = read.await.map_err(|_| ApiError::Internal)?;
        compare(&caller, &mut codes).await?;
        piece = file.piece().await?;
    }
    let mut report = checker.finish(&mut |fact| codes.add(&fact));
    compare(&caller, &mut codes).await?;
    let counts = (codes.compared, codes.billable);
    codes.add_to(&mut report);
    let told = json!({"records": report.records, "invoices": report.invoices, "codes": counts.0, "billable": counts.1});
    caller.run(move |tx| Ok(trail::record(tx, Action::Check, "billingRecords", &told)?)).await?;
    Ok(HttpResponse::Ok().json(BillingRecordsCheck::of(caller.language, &report, counts)))
}

/// The nomenclature codes under which the registry registers.
fn registered(tx: &mut Tx) -> Result<HashSet<NomenclatureCode>, Stop> {
    let pairs = organisations::nomenclature_pairs(tx)?;
    Ok(pairs
        .iter()
        .flat_map(|pair| [&pair.ambulatory, &pair.hospitalised])
        .filter_map(|code| code.parse().ok())
        .collect())
}

/// Compares the lines of a piece with the registry, in one statement.
async fn compare(caller: &Caller, codes: &mut Comparison) -> Result<(), ApiError> {
    let lines = Arc::new(codes.take());
    if lines.is_empty() {
        return Ok(());
    }
    let mut tries = 1;
    let behind = loop {
        let asked = Arc::clone(&lines);
        let outcome = caller.run(move |tx| {
            let person = |line: &CodedLine| line.beneficiary.as_ref().map(|niss| PersonKey::of_niss(tx, niss));
            let asked: Vec<_> =
                asked.iter().map(|line| (line.registration, person(line).unwrap_or_default())).collect();
            codes::behind(tx, &asked)
        });
        match outcome.await {
            // The wait for the busy pool is pause enough; a long file should not fail for one piece.
            Err(ApiError::Unavailable) if tries < 3 => tries += 1,
            outcome => break outcome?,
        }
    };
    codes.answered(&lines, &behind);
    Ok(())
}
