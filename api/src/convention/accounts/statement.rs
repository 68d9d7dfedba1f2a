//! `getAccountStatement`: the accounts of a year in figures (REG-08, REG-11, BIL-02).

use actix_web::{HttpResponse, get, http::header, web};
use insula_domain::{
    convention::{
        accounts::{statement::Accounts, table::table},
        reports::model::{self, ReportKind},
    },
    identifier::HospitalNumber,
};
use insula_persistence::{
    convention::{accounts, reports::models},
    parties::organisations,
    trail::{self, Action},
};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::{
    convention::staffing::statements::year as year_of,
    http::{
        caller::{Caller, csv},
        input::{Query, path_hospital},
        parameters::{KnownAt, OfHospital, OfYear},
        problem::ApiError,
    },
};

/// The accounts of a year (REG-08).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountStatement {
    /// The establishment.
    pub hospital_number: HospitalNumber,
    /// The address of this statement.
    #[schema(format = "uri")]
    pub href: String,
    /// The version of INAMI's model in use on the last day of the year, if INAMI has entered one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub model: Option<i32>,
    /// The address of the year's entries, to whose identifiers figures refer; those of income are invoice lines.
    #[schema(format = "uri")]
    pub entries_href: String,
    /// The figures.
    pub accounts: Accounts,
}

/// Get the accounts of a year.
///
/// Income by price from the lines that stand, material bought, rebates and what the material cost; the ceiling of 8.78
/// EUR for each day of programme and what is left of it; free goods in quantities of both conventions apart; salaries;
/// the use of funds, and what an inspector would point out (REG-08, REG-11, BIL-02). Each figure names the entries
/// behind it. Nothing is refused because of a finding. Conventions and prices are seen as they are known now. Each read
/// is recorded in the trail.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "getAccountStatement",
    params(OfHospital, OfYear, KnownAt),
    responses((status = 200, description = "The accounts.", content(
        (AccountStatement = "application/json"),
        (String = "text/csv", example = json!("year,what,convention,which,price,quantity,amount,entries\r\n2025,incomeTotal,pump,,,,376370.00,\r\n"))
    )))
)]
#[get("/establishments/{hospitalNumber}/accounts/{year}")]
pub async fn get_account_statement(
    caller: Caller,
    path: web::Path<(String, String)>,
    mut query: Query,
) -> Result<HttpResponse, ApiError> {
    let (hospital, year) = (path_hospital(&path.0)?, year_of(&path.1)?);
    let known_at = query.instant("knownAt");
    let known_at = query.finish()?.take(known_at);
    let (accounts, models) = caller
        .run(move |tx| {
            organisations::hospital(tx, hospital)?;
            let known = accounts::known(tx, hospital, year, known_at)?;
            trail::record(tx, Action::Get, &accounts::subject(hospital, year), &json!({"knownAt": known_at}))?;
            Ok((known.accounts(year), models::all(tx)?))
        })
        .await?;
    if caller.media.as_deref() == Some("text/csv") {
        return Ok(csv(&format!("accounts-{hospital}-{year}"), table(&accounts)));
    }
    let model = model::of_year(&models, ReportKind::AccountStatement, year).map(|model| model.version);
    let path = format!("/establishments/{hospital}");
    let shown = AccountStatement {
        hospital_number: hospital,
        href: caller.href(&format!("{path}/accounts/{year}")),
        model,
        entries_href: caller.href(&format!("{path}/accountEntries?from={year}-01-01&to={year}-12-31")),
        accounts,
    };
    Ok(HttpResponse::Ok().insert_header((header::VARY, "Accept")).json(shown))
}
