//! `getMailRecipients` and `putMailRecipients`.

use actix_web::{HttpResponse, get, put, web};
use insula_domain::{
    identifier::HospitalNumber,
    notices::mail::{MAX_RECIPIENTS, Recipients, same_mailbox},
    parties::beneficiary::holds_national_number,
    refusal::{Fault, Reason},
    rule::RuleId,
};
use insula_persistence::notices::mails::{self, CurrentRecipients};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    http::{
        caller::{Caller, tagged},
        input::{Body, Reader, path_hospital},
        parameters::OfHospital,
        problem::ApiError,
    },
    notices::mail,
};

/// The recipients of a hospital's threshold e-mails.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MailRecipients {
    /// The hospital.
    pub hospital_number: HospitalNumber,
    /// Its address.
    #[schema(format = "uri")]
    pub href: String,
    /// The responsible specialist of form M-Form-II-01.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub responsible_specialist: Option<String>,
    /// Its first administrative contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub administrative_contact1: Option<String>,
    /// Its second administrative contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub administrative_contact2: Option<String>,
    /// Recipients that INAMI added on request.
    pub others: Vec<String>,
    /// Counts every change; 0 until recipients are entered. Also the ETag.
    pub version: i32,
}

impl MailRecipients {
    fn of(caller: &Caller, hospital: HospitalNumber, entered: CurrentRecipients) -> MailRecipients {
        MailRecipients {
            href: caller.href(&format!("/hospitals/{hospital}/mailRecipients")),
            hospital_number: hospital,
            responsible_specialist: entered.recipients.responsible_specialist,
            administrative_contact1: entered.recipients.administrative_contact1,
            administrative_contact2: entered.recipients.administrative_contact2,
            others: entered.recipients.others,
            version: entered.version,
        }
    }
}

/// The recipients as INAMI enters them: at least one, at most ten in all.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"responsibleSpecialist": "dr.maes@hopital.example",
    "administrativeContact1": "secretariat@hopital.example", "administrativeContact2": "direction@hopital.example"}))]
pub struct MailRecipientsEntry {
    /// The responsible specialist of form M-Form-II-01.
    #[schema(nullable = false)]
    pub responsible_specialist: Option<String>,
    /// Its first administrative contact.
    #[schema(nullable = false)]
    pub administrative_contact1: Option<String>,
    /// Its second administrative contact.
    #[schema(nullable = false)]
    pub administrative_contact2: Option<String>,
    /// Further recipients.
    #[schema(nullable = false)]
    pub others: Option<Vec<String>>,
}

/// Get the recipients of a hospital's threshold e-mails.
///
/// By default the responsible specialist and the two administrative contacts of form M-Form-II-01; INAMI changes them
/// on request (NOT-03). A hospital's people see only their own hospital's.
#[utoipa::path(
    tag = "Organisations",
    operation_id = "getMailRecipients",
    params(OfHospital),
    responses((status = 200, description = "The recipients.", body = MailRecipients))
)]
#[get("/hospitals/{hospitalNumber}/mailRecipients")]
pub async fn get_mail_recipients(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let hospital = path_hospital(&path)?;
    let entered = caller.run(move |tx| mails::recipients(tx, hospital)).await?;
    Ok(tagged(entered.version, MailRecipients::of(&caller, hospital, entered)))
}

/// Enter or change the recipients of a hospital's threshold e-mails.
///
/// INAMI changes them on request (NOT-03). E-mails already written keep their recipients, unless they are parked and
/// sent again.
#[utoipa::path(
    tag = "Organisations",
    operation_id = "putMailRecipients",
    params(
        OfHospital,
        ("If-Match" = String, Header, description = "The ETag of the version that the request changes; `\"0\"` until recipients are entered.")
    ),
    request_body = MailRecipientsEntry,
    responses((status = 200, description = "The recipients.", body = MailRecipients))
)]
#[put("/hospitals/{hospitalNumber}/mailRecipients")]
pub async fn put_mail_recipients(
    caller: Caller,
    path: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let hospital = path_hospital(&path)?;
    let recipients = entered(&body)?;
    let if_match = caller.if_match()?;
    let entered = caller.run(move |tx| mails::put_recipients(tx, hospital, &recipients, if_match)).await?;
    Ok(tagged(entered.version, MailRecipients::of(&caller, hospital, entered)))
}

const NAMED: [&str; 3] = ["responsibleSpecialist", "administrativeContact1", "administrativeContact2"];

/// NOT-03: valid addresses without repetition, at least one and at most [`MAX_RECIPIENTS`].
fn entered(body: &Body) -> Result<Recipients, ApiError> {
    let mut reader = Reader::new(&body.members);
    let mut seen: Vec<String> = Vec::new();
    let named = NAMED.map(|name| {
        let text = reader.text(name, MAX_ADDRESS);
        reader.then(text, |text| {
            let checked = text.map(|text| checked(text, &mut seen)).transpose();
            checked.map_err(|fault| vec![fault.under(name)])
        })
    });
    let others = reader.each("others", MAX_RECIPIENTS, |value| match value {
        Value::String(text) => checked(text.clone(), &mut seen),
        _ => Err(Fault::new("", Reason::WrongType, RuleId::Not03).with("expected", "string")),
    });
    let further = others.known().map_or(0, Vec::len);
    if reader.is_faultless() {
        if seen.is_empty() {
            let fault = Fault::new("", Reason::AtLeastOneOf, RuleId::Not03);
            reader.add(fault.with("fields", format!("{}, others", NAMED.join(", "))));
        } else if seen.len() > MAX_RECIPIENTS {
            let fault = Fault::new("others", Reason::TooMany, RuleId::Not03);
            reader.add(fault.with("max", MAX_RECIPIENTS - (seen.len() - further)));
        }
    }
    let done = reader.finish()?;
    let [responsible_specialist, administrative_contact1, administrative_contact2] = named.map(|one| done.take(one));
    let others = done.take(others);
    Ok(Recipients { responsible_specialist, administrative_contact1, administrative_contact2, others })
}

/// The maximum length of an address (RFC 5321).
const MAX_ADDRESS: usize = 254;

fn checked(text: String, seen: &mut Vec<String>) -> Result<String, Fault> {
    let fault = |reason, rule| Err(Fault::new("", reason, rule));
    match () {
        () if holds_national_number(&text) => fault(Reason::NationalNumber, RuleId::Ben04),
        () if mail::address(&text).is_none() => fault(Reason::NotAnAddress, RuleId::Not03),
        () if seen.iter().any(|known| same_mailbox(known, &text)) => fault(Reason::Repeated, RuleId::Not03),
        () => {
            seen.push(text.clone());
            Ok(text)
        }
    }
}
