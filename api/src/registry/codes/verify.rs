use actix_web::{HttpResponse, post};
use chrono::NaiveDate;
use insula_domain::{
    names,
    nomenclature::NomenclatureCode,
    parties::beneficiary::{IdentificationCode, NationalNumber},
    refusal::Reason,
    registry::{
        registration::code::RegistrationCode,
        transmission::verify::{Registered, verify},
    },
    rule::RuleId,
};
use insula_persistence::{
    Tx,
    registry::codes::{self, PersonKey},
    trail::Action,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::dto::ShownCode;
use crate::{
    http::{
        caller::Caller,
        input::{Body, Field, Reader},
        language::{filled, texts},
        problem::ApiError,
    },
    parties::beneficiaries::reference::{self, BeneficiaryReference},
};

/// A question about a code: is it valid for this beneficiary, this nomenclature code and this date?
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({
    "code": "20240000004241", "niss": "85073003328", "nomenclatureCode": "174370", "date": "2026-03-02"
}))]
pub struct RegistrationCodeVerification {
    /// The registration code.
    pub code: RegistrationCode,
    /// The beneficiary's national number.
    #[schema(nullable = false)]
    pub niss: Option<NationalNumber>,
    /// Or the identification code of a beneficiary without a national number.
    #[schema(nullable = false)]
    pub identification_code: Option<IdentificationCode>,
    /// The nomenclature code that is billed.
    pub nomenclature_code: NomenclatureCode,
    /// The date of service that is billed.
    pub date: NaiveDate,
}

/// The verdict.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RegistrationCodeVerdict {
    /// Whether the code can be billed for this beneficiary, nomenclature code and date.
    pub billable: bool,
    /// Every reason why it cannot be billed.
    pub reasons: Vec<VerdictReason>,
    /// The registration behind the code; only when it is a member's and the named beneficiary's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub registration: Option<ShownCode>,
}

/// A reason why a code cannot be billed.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VerdictReason {
    /// Stable code of the reason.
    pub code: names::VerdictReason,
    /// The explanation, in the reader's language.
    pub detail: String,
    /// The rule.
    pub rule: RuleId,
    /// The rule's source.
    pub source: &'static str,
}

impl VerdictReason {
    /// A reason in the reader's language.
    pub(super) fn of(caller: &Caller, reason: names::VerdictReason) -> VerdictReason {
        VerdictReason {
            code: reason,
            detail: filled(texts(caller.language).verdict.get(reason.name()), &[]),
            rule: RuleId::Tra02,
            source: RuleId::Tra02.source(),
        }
    }
}

/// A question, as it is read.
pub(super) struct Question {
    pub code: RegistrationCode,
    pub beneficiary: BeneficiaryReference,
    pub nomenclature_code: NomenclatureCode,
    pub date: NaiveDate,
}

/// Reads a question.
pub(super) fn question(reader: &mut Reader) -> Field<Question> {
    for name in ["code", "nomenclatureCode", "date"] {
        reader.require(name, RuleId::Tra02);
    }
    let code = reader.required_parsed("code", Reason::CheckDigit, |text| text.parse::<RegistrationCode>().ok());
    let beneficiary = reference::required(reader);
    let nomenclature_code =
        reader.required_parsed("nomenclatureCode", Reason::CheckDigit, |text| text.parse::<NomenclatureCode>().ok());
    let date = reader.required_date("date");
    reader.build(|done| Question {
        code: done.take(code),
        beneficiary: done.take(beneficiary),
        nomenclature_code: done.take(nomenclature_code),
        date: done.take(date),
    })
}

/// What the beneficiary of a question is found by.
pub(super) fn person_key(tx: &Tx, beneficiary: &BeneficiaryReference) -> PersonKey {
    match beneficiary {
        BeneficiaryReference::Niss(niss) => PersonKey::of_niss(tx, niss),
        BeneficiaryReference::Code(code) => PersonKey { niss_index: None, identification_code: Some(code.clone()) },
    }
}

/// Verify a registration code.
///
/// Whether it is valid for a beneficiary, a nomenclature code and a date, with every reason why not (TRA-02). A code
/// that does not exist and a code of another insurer's member give the same answer (SYS-02).
#[utoipa::path(
    tag = "Registration codes",
    operation_id = "verifyRegistrationCode",
    request_body = RegistrationCodeVerification,
    responses((status = 200, description = "The verdict.", body = RegistrationCodeVerdict))
)]
#[post("/registrationCodes/verify")]
pub async fn verify_registration_code(caller: Caller, body: Body) -> Result<HttpResponse, ApiError> {
    let mut reader = Reader::new(&body.members);
    let question = question(&mut reader);
    let Question { code, beneficiary, nomenclature_code, date } = reader.finish()?.take(question);
    let found = caller
        .run(move |tx| {
            let asked = person_key(tx, &beneficiary);
            codes::find(tx, &code, Action::Verify, &asked)
        })
        .await?;
    let registered = found.as_ref().map(|coded| Registered {
        status: coded.status,
        nomenclature_code: coded.nomenclature_code.clone(),
        event_date: coded.event_date,
        same_beneficiary: coded.same_beneficiary,
    });
    let reasons = verify(registered.as_ref(), nomenclature_code.as_str(), date);
    Ok(HttpResponse::Ok().json(RegistrationCodeVerdict {
        billable: reasons.is_empty(),
        reasons: reasons.into_iter().map(|reason| VerdictReason::of(&caller, reason)).collect(),
        registration: found.filter(|coded| coded.same_beneficiary).map(|coded| ShownCode::of(&caller, &coded)),
    }))
}
