use actix_web::{HttpResponse, get, web};
use insula_domain::{
    names::Status,
    refusal::Reason,
    registry::registration::code::{BillingZone, RegistrationCode, RegistrationCodeError},
};
use insula_persistence::{
    registry::codes::{self, CodeDetails, PersonKey},
    trail::Action,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::dto::{ShownCode, href};
use crate::http::{
    caller::{Caller, tagged},
    input::path_value,
    problem::ApiError,
};

async fn find(caller: &Caller, code: &str, action: Action) -> Result<CodeDetails, ApiError> {
    let code = match code.parse::<RegistrationCode>() {
        Ok(code) => code,
        // A code with a wrong check digit was never issued: it is as unknown as any other.
        Err(RegistrationCodeError::CheckDigits) => return Err(ApiError::NotFound),
        Err(_) => return path_value("code", Err(Reason::CheckDigit)),
    };
    let found = caller.run(move |tx| codes::find(tx, &code, action, &PersonKey::default())).await?;
    found.ok_or(ApiError::NotFound)
}

/// Get a registration code.
///
/// The registration behind a member's code: status, pair, hospital, date (TRA-02). A code of another insurer's member
/// answers 404.
#[utoipa::path(
    tag = "Registration codes",
    operation_id = "getRegistrationCode",
    params(("code" = RegistrationCode, Path, description = "The registration code.")),
    responses(
        (status = 200, description = "The code and the registration behind it.", body = ShownCode,
         headers(("ETag" = String, description = "Its version."))),
    )
)]
#[get("/registrationCodes/{code}")]
pub async fn get_registration_code(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let coded = find(&caller, &path, Action::Get).await?;
    Ok(tagged(coded.version, ShownCode::of(&caller, &coded)))
}

/// The zones of record 50 that carry a code.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BillingZones {
    /// The registration code.
    pub code: RegistrationCode,
    /// Its address.
    #[schema(format = "uri")]
    pub href: String,
    /// Zones 57, 58 and 59 with their positions in the record.
    pub zones: Vec<BillingZone>,
    /// The status of the registration.
    pub status: Status,
    /// Whether it can be billed now.
    pub billable: bool,
}

/// Get the invoice zones of a registration code.
///
/// The code as it is written in zones 57-58-59 of record type 50 of the electronic invoice (TRA-02).
#[utoipa::path(
    tag = "Registration codes",
    operation_id = "getBillingZones",
    params(("code" = RegistrationCode, Path, description = "The registration code.")),
    responses((status = 200, description = "The zones.", body = BillingZones))
)]
#[get("/registrationCodes/{code}/billingZones")]
pub async fn get_billing_zones(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let coded = find(&caller, &path, Action::Get).await?;
    let shown = ShownCode::of(&caller, &coded);
    Ok(HttpResponse::Ok().json(BillingZones {
        href: format!("{}/billingZones", href(&caller, &coded.code)),
        code: shown.code,
        zones: coded.code.zones().into(),
        status: shown.status,
        billable: shown.billable,
    }))
}
