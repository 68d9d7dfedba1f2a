//! `queryBeneficiaries`.

use actix_web::{HttpResponse, post};
use insula_domain::{
    parties::beneficiary::{IdentificationCode, NationalNumber, Sex, former_search_key_text, search_key_text},
    rule::RuleId,
};
use insula_persistence::parties::beneficiaries;
use utoipa::ToSchema;

use super::{dto::Beneficiary, reference};
use crate::http::{
    caller::Caller,
    collection::List,
    input::{Body, Reader},
    problem::ApiError,
};

/// Names a beneficiary by national number, by identification code, or by first name, last name, birth date and sex
/// together.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"niss": "85.07.30-033.28"}))]
pub struct BeneficiaryQuery {
    /// A national number.
    #[schema(nullable = false)]
    pub niss: Option<NationalNumber>,
    /// The code of a person without national number.
    #[schema(nullable = false)]
    pub identification_code: Option<IdentificationCode>,
    /// First name of a person without national number.
    #[schema(nullable = false, max_length = 100)]
    pub first_name: Option<String>,
    /// Last name.
    #[schema(nullable = false, max_length = 100)]
    pub last_name: Option<String>,
    /// Date of birth.
    #[schema(nullable = false)]
    pub birth_date: Option<chrono::NaiveDate>,
    /// Sex.
    #[schema(nullable = false)]
    pub sex: Option<Sex>,
}

/// The beneficiaries of this hospital that the query names.
pub type BeneficiaryCollection = List<Beneficiary>;

/// Query beneficiaries.
///
/// The criteria are in the body, so that no URL identifies a person (BEN-04). Every query is recorded in the trail
/// (SYS-01).
#[utoipa::path(
    tag = "Beneficiaries",
    operation_id = "queryBeneficiaries",
    request_body = BeneficiaryQuery,
    responses((status = 200, description = "The beneficiaries of this hospital that the query names.", body = BeneficiaryCollection))
)]
#[post("/beneficiaries/query")]
pub async fn query_beneficiaries(caller: Caller, body: Body) -> Result<HttpResponse, ApiError> {
    let mut reader = Reader::new(&body.members);
    let names = ["firstName", "lastName", "birthDate", "sex"];
    let by_name = names.iter().any(|name| body.members.contains_key(*name));
    let first = reader.identity_text("firstName", 100);
    let last = reader.identity_text("lastName", 100);
    let birth = reader.date("birthDate");
    let sex = reader.one_of("sex", Sex::ALL, Sex::name);
    for name in names.into_iter().filter(|_| by_name) {
        reader.require(name, RuleId::Ben03);
    }
    let reference = reference::read(&mut reader, by_name);
    let done = reader.finish()?;
    let search = match (done.take(first), done.take(last), done.take(birth), done.take(sex)) {
        (Some(first), Some(last), Some(birth), Some(sex)) => {
            Some([search_key_text, former_search_key_text].map(|key| key(&first, &last, birth, sex)))
        }
        _ => None,
    };
    let reference = done.take(reference);
    let found = caller
        .run(move |tx| match (&reference, &search) {
            (Some(reference), _) => beneficiaries::query(tx, &reference.borrowed()),
            (None, Some(search)) => beneficiaries::query(tx, &beneficiaries::SearchBy::NamesBirthDateSex(search)),
            (None, None) => Ok(Vec::new()),
        })
        .await?;
    let items = found.iter().map(|beneficiary| Beneficiary::of(&caller, beneficiary, &[])).collect();
    Ok(HttpResponse::Ok().json(List::of(items)))
}
