//! `getAffiliations` and `putAffiliations`.

use actix_web::{HttpResponse, get, put, web};
use chrono::NaiveDate;
use insula_domain::{
    identifier::InsurerNumber,
    ids::BeneficiaryId,
    parties::{
        affiliation::{self, Affiliation, EntitlementCode, MAX_OWN_NUMBER},
        beneficiary::Life,
    },
    refusal::Reason,
    rule::RuleId,
};
use insula_persistence::parties::{
    beneficiaries::{self, Beneficiary},
    organisations,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::{
    caller::{Caller, tagged},
    input::{Body, Field, Reader, path_uuid},
    parameters::IfMatch,
    problem::ApiError,
};

/// The days on which a beneficiary is affiliated with an insurer.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Affiliation)]
pub struct ShownAffiliation {
    /// The insurer.
    pub insurer_number: InsurerNumber,
    /// The first day; left out, from the beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub from: Option<NaiveDate>,
    /// The last day; left out, without end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub to: Option<NaiveDate>,
    /// The first entitlement code, CT1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ct1: Option<EntitlementCode>,
    /// The second entitlement code, CT2.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ct2: Option<EntitlementCode>,
    /// The insurer's own number for a beneficiary without national number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 13)]
    pub insurers_own_number: Option<String>,
}

impl From<Affiliation> for ShownAffiliation {
    fn from(one: Affiliation) -> ShownAffiliation {
        ShownAffiliation {
            insurer_number: one.insurer,
            from: one.from,
            to: one.to,
            ct1: one.ct1,
            ct2: one.ct2,
            insurers_own_number: one.own_number,
        }
    }
}

/// With which insurers a beneficiary is affiliated.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AffiliationSheet {
    /// The beneficiary.
    pub beneficiary_id: Uuid,
    /// The address of this list.
    #[schema(format = "uri")]
    pub href: String,
    /// The beneficiary's version; also the ETag.
    pub version: i32,
    /// The affiliations, as they were stated.
    pub items: Vec<ShownAffiliation>,
}

impl AffiliationSheet {
    fn of(caller: &Caller, of: Beneficiary) -> AffiliationSheet {
        AffiliationSheet {
            beneficiary_id: of.id.0,
            href: caller.href(&format!("/beneficiaries/{}/affiliations", of.id)),
            version: of.version,
            items: of.affiliations.into_iter().map(ShownAffiliation::from).collect(),
        }
    }
}

/// Get the affiliations of a beneficiary.
///
/// Their insurers, from when to when (BEN-05). Every read is recorded in the trail (SYS-01).
#[utoipa::path(
    tag = "Beneficiaries",
    operation_id = "getAffiliations",
    params(("beneficiaryId" = uuid::Uuid, Path, description = "Their identifier.")),
    responses((status = 200, description = "The affiliations.", body = AffiliationSheet))
)]
#[get("/beneficiaries/{beneficiaryId}/affiliations")]
pub async fn get_affiliations(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let id = path_uuid(&path).map(BeneficiaryId)?;
    let found = caller.run(move |tx| beneficiaries::find(tx, id)).await?;
    Ok(tagged(found.version, AffiliationSheet::of(&caller, found)))
}

/// The affiliations as stated.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"affiliations": [
    {"insurerNumber": "319", "to": "2026-06-30", "ct1": "110", "ct2": "110"},
    {"insurerNumber": "100", "from": "2026-07-01", "ct1": "110", "ct2": "110"}]}))]
pub struct AffiliationSheetEntry {
    /// The affiliations; no two on the same day.
    #[schema(max_items = 100)]
    pub affiliations: Vec<ShownAffiliation>,
}

fn entry(reader: &mut Reader) -> Field<Affiliation> {
    let insurer = reader.required_parsed("insurerNumber", Reason::InsurerUnknown, |text| text.parse().ok());
    let (from, to) = (reader.date("from"), reader.date("to"));
    let [ct1, ct2] = ["ct1", "ct2"].map(|name| reader.parsed(name, Reason::CheckDigit, |text| text.parse().ok()));
    let own_number = reader.identity_text("insurersOwnNumber", MAX_OWN_NUMBER);
    reader.build(|done| Affiliation {
        insurer: done.take(insurer),
        from: done.take(from),
        to: done.take(to),
        ct1: done.take(ct1),
        ct2: done.take(ct2),
        own_number: done.take(own_number),
    })
}

/// State the affiliations of a beneficiary.
///
/// Replaces the whole list; every version is kept, and the beneficiary's version counts it. An insurer's own number is
/// for a beneficiary without national number (BEN-05). A registration keeps the insurer that its last submit took over,
/// that of the event's day (TRA-02).
#[utoipa::path(
    tag = "Beneficiaries",
    operation_id = "putAffiliations",
    params(
        ("beneficiaryId" = uuid::Uuid, Path, description = "Their identifier."),
        IfMatch
    ),
    request_body = AffiliationSheetEntry,
    responses((status = 200, description = "The affiliations.", body = AffiliationSheet))
)]
#[put("/beneficiaries/{beneficiaryId}/affiliations")]
pub async fn put_affiliations(caller: Caller, path: web::Path<String>, body: Body) -> Result<HttpResponse, ApiError> {
    let id = path_uuid(&path).map(BeneficiaryId)?;
    let if_match = caller.if_match()?;
    let stated = caller
        .run(move |tx| {
            let present = beneficiaries::find_for_update(tx, id)?;
            let insurers = organisations::insurers(tx)?;
            let mut reader = Reader::new(&body.members);
            reader.require("affiliations", RuleId::Ben05);
            let stated = reader.objects("affiliations", 100, entry);
            reader.judge(&stated, |stated| {
                let identity = &present.identity;
                let is_insurer = |number: InsurerNumber| insurers.iter().any(|one| one.number == number.as_str());
                affiliation::faults(stated, Life::of(identity), identity.niss.is_some(), is_insurer)
            });
            let stated = reader.end()?.take(stated);
            beneficiaries::put_affiliations(tx, &present, if_match, stated)
        })
        .await?;
    Ok(tagged(stated.version, AffiliationSheet::of(&caller, stated)))
}
