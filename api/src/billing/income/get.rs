//! `getBillingIncome`.

use actix_web::{HttpResponse, get, http::header};
use chrono::{Datelike, NaiveDate};
use insula_domain::{
    amount::Balance,
    billing::income::{self, Income, Sums},
    clock::{eve, months_after},
    identifier::{HospitalNumber, InsurerNumber},
    refusal::{Fault, Reason},
    rule::RuleId,
    span::Span,
};
use insula_persistence::billing::income as known;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    billing::files::make::month,
    http::{
        caller::Caller,
        input::{Field, Query},
        problem::ApiError,
    },
};

/// How many months are shown at once.
const MOST: i32 = 60;

/// Sums of lines, in EUR.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BillingSums {
    /// How many days are asked for: not those that were refused or given back.
    pub days: i64,
    /// What lines asked for.
    pub invoiced: Balance,
    /// What credits give back.
    pub credited: Balance,
    /// What insurers accepted; credits count as negative.
    pub accepted: Balance,
    /// What they refused.
    pub refused: Balance,
    /// What they have not answered.
    pub pending: Balance,
    /// What is due as far as is known: accepted or not answered.
    pub due: Balance,
}

impl BillingSums {
    fn of(sums: &Sums) -> BillingSums {
        let Sums { days, invoiced, credited, accounts } = sums.clone();
        let due = accounts.due();
        BillingSums {
            days,
            invoiced,
            credited,
            accepted: accounts.accepted,
            refused: accounts.refused,
            pending: accounts.pending,
            due,
        }
    }
}

/// What an establishment asked of an insurer for the days of a month.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MonthlyIncome {
    /// The establishment.
    pub hospital_number: HospitalNumber,
    /// The insurer.
    pub insurer_number: InsurerNumber,
    /// The month of the days.
    #[schema(pattern = "^[0-9]{4}-(0[1-9]|1[0-2])$")]
    pub month: String,
    /// The sums.
    #[serde(flatten)]
    #[schema(inline)]
    pub sums: BillingSums,
}

/// What the days of programme bring in.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BillingIncome {
    /// By establishment, insurer and month.
    pub months: Vec<MonthlyIncome>,
    /// All of it.
    pub total: BillingSums,
}

impl BillingIncome {
    fn of(found: &[Income]) -> BillingIncome {
        let month = |one: &Income| MonthlyIncome {
            hospital_number: one.hospital,
            insurer_number: one.insurer,
            month: one.month.format("%Y-%m").to_string(),
            sums: BillingSums::of(&one.sums),
        };
        BillingIncome { months: found.iter().map(month).collect(), total: BillingSums::of(&income::total(found)) }
    }
}

/// What is asked: the days of which months, of which establishment. By default from January of the last month's year, until
/// this month.
pub(super) fn asked(query: &mut Query, today: NaiveDate) -> Field<(Span, Option<HospitalNumber>)> {
    let from = query.one("from", Reason::NotAMonth, month);
    let to = query.one("to", Reason::NotAMonth, month).or(today.with_day(1).unwrap_or(today));
    let months = from.and(to).map(|(from, to)| (from.unwrap_or(to.with_ordinal(1).unwrap_or(to)), to));
    if let Some((from, to)) = months.known() {
        let count = |month: &NaiveDate| month.year() * 12 + i32::try_from(month.month0()).unwrap_or_default();
        if to < from {
            query.add(Fault::new("to", Reason::EndsBeforeItBegins, RuleId::Sys04));
        } else if count(to) - count(from) >= MOST {
            query.add(Fault::new("to", Reason::TooMany, RuleId::Sys04).with("max", MOST));
        }
    }
    let hospital = query.one("hospitalNumber", Reason::CheckDigit, |text| text.parse().ok());
    months.map(|(from, to)| Span::between(from, eve(months_after(to, 1)))).and(hospital)
}

/// Get what the days of programme bring in.
///
/// By establishment, insurer and month of the days: what was invoiced and credited, and what insurers made of it (BIL-02,
/// BIL-05). A credit counts in the month of the days that it gives back, so that a month comes to what is due for it. A
/// hospital sees its own, an insurer what is asked of it, INAMI all. `text/csv` is for a spreadsheet in Belgium: semicolons
/// and decimal commas. At most 60 months; by default this year until now.
#[utoipa::path(
    tag = "Billing",
    operation_id = "getBillingIncome",
    params(
        ("from" = Option<String>, Query, nullable = false, description = "The first month, such as 2026-01; January of the last one's year by default."),
        ("to" = Option<String>, Query, nullable = false, description = "The last month; the present one by default."),
        ("hospitalNumber" = Option<insula_domain::identifier::HospitalNumber>, Query, nullable = false, description = "Only of this establishment.")
    ),
    responses((status = 200, description = "The sums.", content(
        (BillingIncome = "application/json"),
        (String = "text/csv", example = json!("establishment;insurer;month;days;invoiced;credited;accepted;refused;pending;due\r\n71000436;319;2026-05;31;319,30;0,00;319,30;0,00;0,00;319,30\r\n;;;31;319,30;0,00;319,30;0,00;0,00;319,30\r\n"))
    )))
)]
#[get("/billingIncome")]
pub async fn get_billing_income(caller: Caller, mut query: Query) -> Result<HttpResponse, ApiError> {
    let asked = asked(&mut query, caller.today());
    let (days, hospital) = query.finish()?.take(asked);
    let found = caller.run(move |tx| known::of(tx, days, hospital)).await?;
    let mut response = HttpResponse::Ok();
    response.insert_header((header::VARY, "Accept"));
    if caller.media.as_deref() == Some("text/csv") {
        let name = "attachment; filename=\"billingIncome.csv\"";
        response.content_type("text/csv; charset=utf-8").insert_header((header::CONTENT_DISPOSITION, name));
        return Ok(response.body(income::table(&found)));
    }
    Ok(response.json(BillingIncome::of(&found)))
}
