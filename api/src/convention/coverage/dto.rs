//! Schemas of applications, and of the conditions of periods.

use chrono::{DateTime, NaiveDate, Utc};
use insula_domain::{
    actor::OrganisationKind,
    convention::coverage::{application::Content, status::ApplicationStatus},
    identifier::{HospitalNumber, InsurerNumber},
    parties::beneficiary::{Identity, NationalNumber, Sex},
    refusal::Fault,
};
use insula_persistence::convention::coverage::{applications, periods::PeriodCondition};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::{
    caller::Caller,
    input::{Field, Reader},
    issue::{InputValidationIssue, shown_faults},
};

/// An application for coverage.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CoverageApplication {
    /// Its identifier.
    pub id: Uuid,
    /// Its address.
    #[schema(format = "uri")]
    pub href: String,
    /// Counts every change, from 1; also the ETag.
    pub version: i32,
    /// Its status.
    pub status: ApplicationStatus,
    /// The establishment's hospital.
    pub hospital_number: HospitalNumber,
    /// For whom, as the hospital knows them.
    pub beneficiary_id: Uuid,
    /// Who they are, as of the submit; for the adviser only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub beneficiary: Option<CoverageBeneficiary>,
    /// What it holds.
    pub content: Content,
    /// When it was submitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub submitted_at: Option<DateTime<Utc>>,
    /// The insurer whose adviser decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub insurer_number: Option<InsurerNumber>,
    /// Points to check; only in the answer to a submit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<InputValidationIssue>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl CoverageApplication {
    /// Shows an application.
    pub fn of(caller: &Caller, application: &applications::Application, warnings: &[Fault]) -> CoverageApplication {
        let is_adviser = caller.call.actor.kind == OrganisationKind::Insurer;
        let known = application.known.as_ref().filter(|_| is_adviser);
        CoverageApplication {
            id: application.id,
            href: caller.href(&path(application.id)),
            version: application.version,
            status: application.status,
            hospital_number: application.hospital,
            beneficiary_id: application.beneficiary.0,
            beneficiary: known.map(|known| CoverageBeneficiary::of(&known.identity)),
            content: application.content.clone(),
            submitted_at: application.submitted_at,
            insurer_number: application.insurer,
            warnings: shown_faults(warnings, caller.language),
            created_at: application.created_at,
            updated_at: application.updated_at,
        }
    }
}

/// A beneficiary, as the adviser knows whom a decision is about (COV-10).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CoverageBeneficiary {
    /// The national number (BEN-01).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<NationalNumber>)]
    pub niss: Option<String>,
    /// First name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub first_name: Option<String>,
    /// Last name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last_name: Option<String>,
    /// Date of birth, also from the national number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub birth_date: Option<NaiveDate>,
    /// Sex.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub sex: Option<Sex>,
}

impl CoverageBeneficiary {
    fn of(identity: &Identity) -> CoverageBeneficiary {
        CoverageBeneficiary {
            niss: identity.niss.as_ref().map(|niss| niss.expose().to_owned()),
            first_name: identity.first_name.clone(),
            last_name: identity.last_name.clone(),
            birth_date: identity.known_birth(),
            sex: identity.sex,
        }
    }
}

/// A further condition of the decision that granted a period, and when it was met (COV-11).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GrantedPeriodCondition {
    /// Its place in the decision, from 1.
    #[schema(minimum = 1)]
    pub number: i32,
    /// What is asked.
    #[schema(max_length = 2000)]
    pub text: String,
    /// The day by which it must be met.
    pub due_on: NaiveDate,
    /// The first day that is not reimbursed while it is not met.
    pub stops_on: NaiveDate,
    /// Whether it keeps `on`, or today, from being reimbursed.
    pub stops: bool,
    /// The day on which it was met.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub met_on: Option<NaiveDate>,
    /// The first day on which it no longer keeps anything from being reimbursed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub effective_from: Option<NaiveDate>,
    /// The adviser who noted that it was met.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub noted_by: Option<String>,
    /// When that was noted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub noted_at: Option<DateTime<Utc>>,
}

impl GrantedPeriodCondition {
    /// Shows the condition of that number, as it is on a day.
    pub fn of((number, one): (i32, &PeriodCondition), on: NaiveDate) -> GrantedPeriodCondition {
        let noted = one.noted.as_ref();
        GrantedPeriodCondition {
            number,
            text: one.condition.text.clone(),
            due_on: one.condition.due_on,
            stops_on: one.condition.stops_on,
            stops: one.stops(on),
            met_on: noted.map(|noted| noted.met.met_on),
            effective_from: noted.map(|noted| noted.met.effective_from),
            noted_by: noted.map(|noted| noted.by.clone()),
            noted_at: noted.map(|noted| noted.at),
        }
    }
}

/// The path of an application.
pub fn path(id: Uuid) -> String {
    format!("/coverageApplications/{id}")
}

/// What the contract shows as the content of an application: all that a submit asks for.
fn example_content() -> Value {
    json!({
        "applicationDate": "2026-04-10", "introducedBy": "establishment", "conventionNumber": "7.86.501.72",
        "contact": {"name": "An Invented", "phone": "02 477 00 00"},
        "programme": {"from": "2026-04-01", "to": "2027-03-31"},
        "indication": {"targetGroup": "insufficientControl", "diabetesType": "type1", "hba1cBeforePump": "8.1"},
        "kind": "first", "lastHba1c": {"date": "2026-04-05", "value": "7.9", "normalFrom": "4.0", "normalTo": "6.0"},
        "prescriber": {"nihdiNumber": "10000106690", "signedOn": "2026-04-08"},
        "information": {"day": "2026-04-08", "givenTo": ["beneficiary"], "ownEffort": true, "meansOffered": true,
            "endRulesInWriting": true, "practitionerAndPharmacist": true, "costOfLateness": true}
    })
}

/// The content of a draft.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"content": example_content()}))]
pub struct CoverageApplicationDraft {
    /// What it holds, however incomplete.
    #[schema(nullable = false)]
    pub content: Option<Content>,
}

/// A new draft.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"beneficiaryId": "0198c1de-7b20-7d05-8f00-5b1f7a9e2c44",
    "content": example_content()}))]
pub struct NewCoverageApplication {
    /// For whom: a beneficiary of the hospital. Fixed from then on.
    pub beneficiary_id: Uuid,
    /// What it holds, however incomplete.
    #[schema(nullable = false)]
    pub content: Option<Content>,
}

/// Reads the content of a draft; an absent one is empty.
pub fn draft(reader: &mut Reader) -> Field<Content> {
    reader.part("content", super::content::content).or_default()
}
