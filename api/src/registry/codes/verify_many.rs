use std::sync::Arc;

use actix_web::{HttpResponse, post};
use insula_domain::{
    registry::{registration::code::RegistrationCode, transmission::verify::verify},
    rule::RuleId,
};
use insula_persistence::{
    registry::codes,
    trail::{self, Action},
};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::verify::{RegistrationCodeVerification, VerdictReason, person_key, question};
use crate::http::{
    caller::Caller,
    collection::List,
    input::{Body, Reader},
    problem::ApiError,
};

/// How many codes are verified at once.
const MOST: usize = 1000;

/// Questions about codes.
#[derive(ToSchema)]
#[schema(example = json!({"items": [
    {"code": "20240000004241", "niss": "85073003328", "nomenclatureCode": "174370", "date": "2026-06-01"},
    {"code": "20240000004241", "niss": "85073003328", "nomenclatureCode": "174370", "date": "2026-06-02"}
]}))]
pub struct RegistrationCodeVerifications {
    /// The questions; a code may occur more than once.
    #[schema(max_items = 1000)]
    pub items: Vec<RegistrationCodeVerification>,
}

/// The answer to one of several questions.
#[derive(Serialize, ToSchema)]
pub struct RegistrationCodeAnswer {
    /// The registration code.
    pub code: RegistrationCode,
    /// Whether it can be billed for this beneficiary, nomenclature code and date.
    pub billable: bool,
    /// Every reason why it cannot be billed.
    pub reasons: Vec<VerdictReason>,
}

/// The answers, in the order of the questions.
pub type RegistrationCodeAnswerCollection = List<RegistrationCodeAnswer>;

/// Verify many registration codes.
///
/// For each of at most 1000 codes, whether it is valid for its beneficiary, nomenclature code and date, with every reason
/// why not (TRA-02). A code that does not exist and a code of another insurer's member give the same answer (SYS-02). The
/// registrations behind the codes are not shown: `verifyRegistrationCode` shows one.
#[utoipa::path(
    tag = "Registration codes",
    operation_id = "verifyRegistrationCodes",
    request_body = RegistrationCodeVerifications,
    responses((status = 200, description = "An answer for each code.", body = RegistrationCodeAnswerCollection))
)]
#[post("/registrationCodes/verifyMany")]
pub async fn verify_registration_codes(caller: Caller, body: Body) -> Result<HttpResponse, ApiError> {
    let mut reader = Reader::new(&body.members);
    reader.require("items", RuleId::Tra02);
    let questions = reader.objects("items", MOST, question);
    let questions = Arc::new(reader.finish()?.take(questions));
    let asked = Arc::clone(&questions);
    let registered = caller
        .run(move |tx| {
            let asked: Vec<_> = asked.iter().map(|one| (Some(one.code), person_key(tx, &one.beneficiary))).collect();
            let registered = codes::behind(tx, &asked)?;
            let told = json!({"codes": asked.len(), "known": registered.iter().flatten().count()});
            trail::record(tx, Action::Verify, "registrationCodes", &told)?;
            Ok(registered)
        })
        .await?;
    let answers = questions.iter().zip(&registered).map(|(question, registered)| {
        let reasons = verify(registered.as_ref(), question.nomenclature_code.as_str(), question.date);
        RegistrationCodeAnswer {
            code: question.code,
            billable: reasons.is_empty(),
            reasons: reasons.into_iter().map(|reason| VerdictReason::of(&caller, reason)).collect(),
        }
    });
    Ok(HttpResponse::Ok().json(List::of(answers.collect())))
}
