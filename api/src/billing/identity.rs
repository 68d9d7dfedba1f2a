//! `getBillingIdentity` and `putBillingIdentity`: under which numbers a hospital bills (BEN-05).

use actix_web::{HttpResponse, get, put, web};
use insula_domain::{
    billing::{
        file::digits::Iban,
        identity::{Bic, BillingIdentity, INVOICE_NUMBERS},
    },
    identifier::HospitalNumber,
    refusal::Reason,
};
use insula_persistence::{
    convention::records::{self, Record, Version},
    parties::organisations,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    convention::record::Stated,
    http::{
        caller::{Caller, tagged},
        input::{Body, Field, Reader, path_hospital},
        parameters::{IfMatchUnlessNew, OfHospital},
        problem::ApiError,
    },
};

/// Under which numbers a hospital bills.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = BillingIdentity)]
pub struct ShownIdentity {
    /// The version.
    #[serde(flatten)]
    #[schema(inline)]
    pub stated: Stated,
    /// The numbers.
    #[serde(flatten)]
    #[schema(inline)]
    pub identity: BillingIdentity,
}

impl ShownIdentity {
    fn of(caller: &Caller, hospital: HospitalNumber, stated: &Version<BillingIdentity>) -> ShownIdentity {
        ShownIdentity {
            stated: Stated::of(caller, hospital, "billingIdentity", stated),
            identity: stated.content.clone(),
        }
    }
}

fn record(hospital: HospitalNumber) -> Record<BillingIdentity> {
    Record::of(hospital, "")
}

/// Get a hospital's billing identity.
///
/// The enterprise number, the account and the invoice numbers under which it bills (BEN-05).
#[utoipa::path(
    tag = "Billing",
    operation_id = "getBillingIdentity",
    params(OfHospital),
    responses((status = 200, description = "The identity.", body = ShownIdentity))
)]
#[get("/establishments/{hospitalNumber}/billingIdentity")]
pub async fn get_billing_identity(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let hospital = path_hospital(&path)?;
    let stated = caller.run(move |tx| records::read(tx, &record(hospital), None)).await?;
    Ok(tagged(stated.version, ShownIdentity::of(&caller, hospital, &stated)))
}

fn identity(reader: &mut Reader) -> Field<BillingIdentity> {
    let enterprise =
        reader.required_parsed("enterpriseNumber", Reason::NotAnEnterpriseNumber, |text| text.parse().ok());
    let iban = reader.required_parsed("iban", Reason::NotAnIban, |text| Iban::parse(text).ok());
    let bic = reader.required_parsed("bic", Reason::NotABic, |text: &str| Bic::parse(text).ok());
    let accreditation = reader.parsed("accreditation", Reason::CheckDigit, |text| text.parse().ok());
    let first = reader.required_integer("firstInvoiceNumber", INVOICE_NUMBERS);
    let last = reader.required_integer("lastInvoiceNumber", INVOICE_NUMBERS);
    let contact = reader.text("contact", 200);
    let read = reader.build(|done| BillingIdentity {
        enterprise_number: done.take(enterprise),
        iban: done.take(iban),
        bic: done.take(bic),
        accreditation: done.take(accreditation),
        first_invoice_number: done.take(first),
        last_invoice_number: done.take(last),
        contact: done.take(contact),
    });
    reader.judge(&read, BillingIdentity::faults);
    read
}

/// State a hospital's billing identity.
///
/// Replaces it as a whole; every version is kept, and files made before stay as they are. The first one is sent without
/// `If-Match`, a later one with it. The invoice numbers of the range are Insula's: no invoice of the hospital's own system
/// may have one of them (BEN-05, BIL-05).
#[utoipa::path(
    tag = "Billing",
    operation_id = "putBillingIdentity",
    params(OfHospital, IfMatchUnlessNew),
    request_body = BillingIdentity,
    responses((status = 200, description = "The identity.", body = ShownIdentity))
)]
#[put("/establishments/{hospitalNumber}/billingIdentity")]
pub async fn put_billing_identity(
    caller: Caller,
    path: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let hospital = path_hospital(&path)?;
    let if_match = caller.optional_if_match()?;
    let mut reader = Reader::new(&body.members);
    let read = identity(&mut reader);
    let entered = reader.finish()?.take(read);
    let stated = caller
        .run(move |tx| {
            organisations::hospital(tx, hospital)?;
            records::state(tx, &record(hospital), entered.clone(), if_match)
        })
        .await?;
    Ok(tagged(stated.version, ShownIdentity::of(&caller, hospital, &stated)))
}
