//! `listBillingSettings` and `createBillingSetting`: the configuration of invoice files (BIL-05).

use actix_web::{HttpResponse, get, http::StatusCode, post};
use chrono::NaiveDate;
use insula_domain::{
    billing::file::settings::{Entered, Settings, Unset},
    refusal::{Fault, Reason},
    rule::RuleId,
};
use insula_persistence::billing::settings;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::{
    caller::Caller,
    collection::List,
    input::{Body, Query, Reader},
    parameters::IdempotencyKey,
    problem::ApiError,
};

/// A value of the configuration of invoice files.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"name": "pump_invoice_type", "value": "6", "source": "INAMI, circular of 1 June 2026"}))]
pub struct BillingSetting {
    /// Its name.
    #[schema(max_length = 50)]
    pub name: String,
    /// The value, as text.
    #[schema(max_length = 200)]
    pub value: String,
    /// Who says so: a text of INAMI, an answer of an insurer, or an inference from public sources.
    #[schema(max_length = 200)]
    pub source: String,
}

/// The configuration of invoice files.
pub type BillingSettingCollection = List<BillingSetting>;

/// List the configuration of invoice files.
///
/// What the public sources leave open about the records, as it is in force on a day, each value with its source: what INAMI
/// entered, else what is inferred (BIL-05).
#[utoipa::path(
    tag = "Billing",
    operation_id = "listBillingSettings",
    params(("on" = Option<chrono::NaiveDate>, Query, nullable = false, description = "The day; today by default.")),
    responses((status = 200, description = "The values.", body = BillingSettingCollection))
)]
#[get("/billingSettings")]
pub async fn list_billing_settings(caller: Caller, mut query: Query) -> Result<HttpResponse, ApiError> {
    let on = query.date("on");
    let on = query.finish()?.take(on).unwrap_or_else(|| caller.today());
    let found = caller.run(move |tx| settings::on(tx, on)).await?;
    let shown = found.shown().into_iter().map(|(name, value, source)| BillingSetting {
        name: name.to_owned(),
        value,
        source: source.to_owned(),
    });
    Ok(HttpResponse::Ok().json(List::of(shown.collect())))
}

/// A value of the configuration to enter.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"from": "2026-07-01", "name": "pump_invoice_type", "value": "6",
    "source": "INAMI, circular of 1 June 2026"}))]
pub struct BillingSettingEntry {
    /// The first day on which files are made by it.
    pub from: NaiveDate,
    /// The name of the setting.
    #[schema(max_length = 50)]
    pub name: String,
    /// The value, in the form in which the list shows it.
    #[schema(max_length = 200)]
    pub value: String,
    /// Who says so.
    #[schema(min_length = 1, max_length = 200)]
    pub source: String,
}

/// Whether the setting exists and takes the value.
fn faults(entered: &Entered) -> Vec<Fault> {
    let unset = Settings::inferred(entered.from).set(&entered.name, &entered.value, &entered.source).err();
    let fault = |unset| match unset {
        Unset::Name => Fault::new("name", Reason::UnknownSetting, RuleId::Bil05),
        Unset::Value => Fault::new("value", Reason::NotASettingValue, RuleId::Bil05),
    };
    unset.map(fault).into_iter().collect()
}

/// Enter a value of the configuration of invoice files.
///
/// Files made from that day on are written by it. What was made stays as it is, to the byte (BIL-05).
#[utoipa::path(
    tag = "Billing",
    operation_id = "createBillingSetting",
    params(IdempotencyKey),
    request_body = BillingSettingEntry,
    responses((status = 201, description = "The value.", body = BillingSettingEntry))
)]
#[post("/billingSettings")]
pub async fn create_billing_setting(caller: Caller, body: Body) -> Result<HttpResponse, ApiError> {
    let caller = caller.keyed(&body.bytes)?;
    let mut reader = Reader::new(&body.members);
    let from = reader.required_date("from");
    let name = reader.required_text("name", 50);
    let value = reader.text("value", 200);
    let source = reader.required_text("source", 200);
    reader.require("value", RuleId::Bil05);
    let read = reader.build(|done| Entered {
        from: done.take(from),
        name: done.take(name),
        value: done.take(value).unwrap_or_default(),
        source: done.take(source),
    });
    reader.judge(&read, faults);
    let entered = reader.finish()?.take(read);
    caller
        .run_keyed(move |caller, tx| {
            settings::enter(tx, &entered)?;
            let Entered { from, name, value, source } = entered.clone();
            let subject = format!("billingSetting:{name}");
            let location = caller.href(&format!("/billingSettings?on={from}"));
            let shown = BillingSettingEntry { from, name, value, source };
            Ok((subject, caller.answer(StatusCode::CREATED, None, Some(location), &shown)))
        })
        .await
}
