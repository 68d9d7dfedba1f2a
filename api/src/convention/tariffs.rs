//! The price of a day of programme (BIL-02, BIL-03).

use actix_web::{HttpResponse, get, http::StatusCode, post, web};
use chrono::NaiveDate;
use insula_domain::{
    amount::{Amount, Balance},
    convention::tariff::{self, PIVOTS, Proposal},
    refusal::Reason,
};
use insula_persistence::{Stop, Tx, billing::tariffs as billing, convention::tariffs};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::{
    caller::Caller,
    collection::List,
    input::{Body, Reader, path_day, path_number},
    parameters::IdempotencyKey,
    problem::ApiError,
};

/// A row of the tariff.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"from": "2021-01-01", "indexable": "1.22", "fixed": "8.78", "price": "10.00",
    "source": "Convention for insulin pump therapy, article 10 § 2",
    "href": "https://insula.example/insula/v1/tariffs/on/2021-01-01"}))]
pub struct Tariff {
    /// The first day on which it is in force; it is until the next row begins.
    pub from: NaiveDate,
    /// The part that follows the pivot index.
    pub indexable: Amount,
    /// The part that does not.
    pub fixed: Amount,
    /// What a day costs: the sum of both.
    pub price: Amount,
    /// Where it is published.
    pub source: String,
    /// Its address.
    #[schema(format = "uri")]
    pub href: String,
}

impl Tariff {
    fn of(caller: &Caller, row: tariff::Tariff) -> Tariff {
        Tariff {
            price: row.price(),
            href: caller.href(&format!("/tariffs/on/{}", row.from)),
            from: row.from,
            indexable: row.indexable,
            fixed: row.fixed,
            source: row.source,
        }
    }
}

/// The rows of the tariff, the earliest first.
pub type TariffCollection = List<Tariff>;

/// List the prices of a day.
///
/// What a day of programme costs, from when on, with the source of each row (BIL-02, BIL-03). Rows to come are among
/// them.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listTariffs",
    responses((status = 200, description = "The rows, the earliest first.", body = TariffCollection))
)]
#[get("/tariffs")]
pub async fn list_tariffs(caller: Caller) -> Result<HttpResponse, ApiError> {
    let rows = caller.run(tariffs::all).await?;
    let items = rows.into_iter().map(|row| Tariff::of(&caller, row)).collect();
    Ok(HttpResponse::Ok().json(List::of(items)))
}

/// Get the price of a day.
///
/// The row in force on that day (BIL-03). Days before the convention of 2021 have no price here (CON-07).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "getTariff",
    params(("day" = chrono::NaiveDate, Path, description = "The day.")),
    responses((status = 200, description = "The row in force on that day.", body = Tariff))
)]
#[get("/tariffs/on/{day}")]
pub async fn get_tariff(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let day = path_day(&path)?;
    let row = caller.run(move |tx| tariff::on(&tariffs::all(tx)?, day).cloned().ok_or(Stop::NotFound)).await?;
    Ok(HttpResponse::Ok().json(Tariff::of(&caller, row)))
}

/// Propose the price after a number of pivots.
///
/// The indexable part of the first row follows the pivot index: each pivot that is passed multiplies the base amount by
/// 1.02; the coefficient has four decimals, the amount is rounded half up to the cent (BIL-03). The row of record is
/// the published one.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "getTariffProposal",
    params((
        "passedPivots" = u32,
        Path,
        description = "The pivots passed since 107.20, base 2013, March 2020.",
        minimum = 1,
        maximum = 100
    )),
    responses((status = 200, description = "The price after so many pivots.", body = Proposal))
)]
#[get("/tariffs/proposals/{passedPivots}")]
pub async fn get_tariff_proposal(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let pivots = path_number("passedPivots", &path, PIVOTS)?;
    let rows = caller.run(tariffs::all).await?;
    let first = rows.first().ok_or(ApiError::NotFound)?;
    Ok(HttpResponse::Ok().json(tariff::proposed(first, pivots)))
}

/// The row of a body.
fn read(body: &Body) -> Result<tariff::Tariff, ApiError> {
    let mut reader = Reader::new(&body.members);
    let from = reader.required_date("from");
    let indexable = reader.required_parsed("indexable", Reason::NotAnAmount, |text| text.parse().ok());
    let fixed = reader.required_parsed("fixed", Reason::NotAnAmount, |text| text.parse().ok());
    let source = reader.required_text("source", 200);
    let done = reader.finish()?;
    Ok(tariff::Tariff {
        from: done.take(from),
        indexable: done.take(indexable),
        fixed: done.take(fixed),
        source: done.take(source),
    })
}

/// Enters a row in one of the two ways.
async fn entered(
    caller: Caller,
    body: Body,
    enter: fn(&mut Tx, &tariff::Tariff) -> Result<(), Stop>,
) -> Result<HttpResponse, ApiError> {
    let caller = caller.keyed(&body.bytes)?;
    let row = read(&body)?;
    caller
        .run_keyed(move |caller, tx| {
            enter(tx, &row)?;
            let shown = Tariff::of(caller, row.clone());
            let answer = caller.answer(StatusCode::CREATED, None, Some(shown.href.clone()), &shown);
            Ok((format!("tariff:{}", row.from), answer))
        })
        .await
}

/// Enter a price of a day.
///
/// A row begins after the last one that has begun, because days have a price by then that never changes (BIL-03). Rows
/// to come that begin on its first day or later are replaced by it: so is an error in one of them corrected. One that
/// changes what was invoiced is entered by `createRegularisation`.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "createTariff",
    params(IdempotencyKey),
    request_body = tariff::Tariff,
    responses((status = 201, description = "The row.", body = Tariff))
)]
#[post("/tariffs")]
pub async fn create_tariff(caller: Caller, body: Body) -> Result<HttpResponse, ApiError> {
    entered(caller, body, billing::enter).await
}

/// What a regularisation changes, over all establishments.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Regularisation {
    /// How many lines are to be credited and made anew.
    pub lines: i64,
    /// How many days they have.
    pub days: i64,
    /// What was invoiced on them.
    pub before: Amount,
    /// What the new lines amount to.
    pub after: Amount,
    /// What insurers owe more; negative when they get back.
    pub difference: Balance,
    /// How many lines bear a price that changes and stay as they are, because a new line would come too late (BIL-08).
    pub too_late: i64,
}

/// Preview a regularisation.
///
/// What a price that begins in the past changes of what was invoiced: numbers of lines and days, sums, nobody's name
/// (BIL-03). Nothing is entered. A row whose price was invoiced is never changed: another one begins later.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "previewRegularisation",
    request_body(
        content = tariff::Tariff,
        example = json!({"from": "2026-03-01", "indexable": "1.52", "fixed": "8.78",
            "source": "INAMI, circular of 20 May 2026"})
    ),
    responses(
        (status = 200, description = "What it changes.", body = Regularisation),
    )
)]
#[post("/tariffs/regularisations/preview")]
pub async fn preview_regularisation(caller: Caller, body: Body) -> Result<HttpResponse, ApiError> {
    let row = read(&body)?;
    let found = caller.run(move |tx| billing::preview(tx, &row)).await?;
    Ok(HttpResponse::Ok().json(Regularisation {
        lines: found.lines,
        days: found.days,
        difference: found.difference(),
        before: found.before,
        after: found.after,
        too_late: found.too_late,
    }))
}

/// Enter a price that begins in the past.
///
/// A price that is published after days were invoiced. Later rows stay in force from their days on. Each establishment
/// finds the lines that it changes in `listInvoiceCorrections`, and corrects them with its next file: a credit and a
/// new line (BIL-03).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "createRegularisation",
    params(IdempotencyKey),
    request_body(
        content = tariff::Tariff,
        example = json!({"from": "2026-03-01", "indexable": "1.52", "fixed": "8.78",
            "source": "INAMI, circular of 20 May 2026"})
    ),
    responses((status = 201, description = "The row.", body = Tariff))
)]
#[post("/tariffs/regularisations")]
pub async fn create_regularisation(caller: Caller, body: Body) -> Result<HttpResponse, ApiError> {
    entered(caller, body, billing::regularise).await
}
