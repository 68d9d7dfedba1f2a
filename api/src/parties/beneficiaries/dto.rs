//! Schemas of beneficiaries.

use chrono::{DateTime, NaiveDate, Utc};
use insula_domain::{
    identifier::InsurerNumber,
    parties::{
        affiliation::insurer_on,
        beneficiary::{
            IdentificationCode, Identity, NationalNumber, Sex,
            identity::{MAX_TEXT, Unreadable},
        },
    },
    refusal::{Fault, Reason},
    rule::RuleId,
};
use insula_persistence::parties::beneficiaries::{self, SamePerson};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::{
    caller::Caller,
    input::{Field, Reader},
    issue::{InputValidationIssue, shown_faults},
};

/// A beneficiary, as known to the caller's hospital.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Beneficiary {
    /// Their identifier at this hospital; it reveals nothing about them.
    pub id: Uuid,
    /// Their address.
    #[schema(format = "uri")]
    pub href: String,
    /// Counts every change, from 1; also the ETag.
    pub version: i32,
    /// The national number (BEN-01).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<NationalNumber>)]
    pub niss: Option<String>,
    /// The code generated for a person without national number (BEN-02).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<IdentificationCode>)]
    pub identification_code: Option<String>,
    /// First name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub first_name: Option<String>,
    /// Last name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last_name: Option<String>,
    /// Date of birth.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub birth_date: Option<NaiveDate>,
    /// Sex.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub sex: Option<Sex>,
    /// Whether they have died, if stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub deceased: Option<bool>,
    /// When they died.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub death_date: Option<NaiveDate>,
    /// Place of residence.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub residence_place: Option<String>,
    /// Country of residence, ISO 3166-1 alpha-2.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub residence_country: Option<String>,
    /// The number of their insurer of today (BEN-05); `getAffiliations` has those of all days.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub insurer_number: Option<InsurerNumber>,
    /// Points to check; only in the answer to a change.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<InputValidationIssue>,
    /// When they were entered.
    pub created_at: DateTime<Utc>,
    /// When they were last changed.
    pub updated_at: DateTime<Utc>,
}

impl Beneficiary {
    /// Shows a beneficiary as this caller sees them.
    pub fn of(caller: &Caller, beneficiary: &beneficiaries::Beneficiary, warnings: &[Fault]) -> Beneficiary {
        let identity = &beneficiary.identity;
        Beneficiary {
            id: beneficiary.id.0,
            href: caller.href(&format!("/beneficiaries/{}", beneficiary.id)),
            version: beneficiary.version,
            niss: identity.niss.as_ref().map(|niss| niss.expose().to_owned()),
            identification_code: beneficiary.identification_code.clone(),
            first_name: identity.first_name.clone(),
            last_name: identity.last_name.clone(),
            birth_date: identity.birth_date,
            sex: identity.sex,
            deceased: identity.deceased,
            death_date: identity.death_date,
            residence_place: identity.residence_place.clone(),
            residence_country: identity.residence_country.clone(),
            insurer_number: insurer_on(&beneficiary.affiliations, caller.today()),
            warnings: shown_faults(warnings, caller.language),
            created_at: beneficiary.created_at,
            updated_at: beneficiary.updated_at,
        }
    }
}

/// The identity of a beneficiary: a national number, or the confirmation that there is none and everything needed to
/// find the person again (BEN-02).
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"niss": "85.07.30-033.28", "lastName": "Peeters", "insurerNumber": "319"}))]
pub struct BeneficiaryIdentity {
    /// The national or BIS number (BEN-01).
    #[schema(nullable = false)]
    pub niss: Option<NationalNumber>,
    /// Confirms that there is no national number (BEN-02).
    #[schema(nullable = false)]
    pub no_niss_confirmed: Option<bool>,
    /// First name; mandatory without national number.
    #[schema(nullable = false, max_length = 100)]
    pub first_name: Option<String>,
    /// Last name; mandatory without national number.
    #[schema(nullable = false, max_length = 100)]
    pub last_name: Option<String>,
    /// Date of birth; mandatory without national number.
    #[schema(nullable = false)]
    pub birth_date: Option<NaiveDate>,
    /// Sex; mandatory without national number.
    #[schema(nullable = false)]
    pub sex: Option<Sex>,
    /// Whether they have died; mandatory without national number.
    #[schema(nullable = false)]
    pub deceased: Option<bool>,
    /// When they died.
    #[schema(nullable = false)]
    pub death_date: Option<NaiveDate>,
    /// Place of residence; mandatory without national number.
    #[schema(nullable = false, max_length = 100)]
    pub residence_place: Option<String>,
    /// Country of residence, ISO 3166-1 alpha-2; mandatory without national number.
    #[schema(nullable = false, pattern = "^[A-Z]{2}$")]
    pub residence_country: Option<String>,
    /// The number of their insurer, from the beginning and without end; a submit needs that of the event's day
    /// (TRA-02). When affiliations are dated, only that of today is accepted, and changes nothing: use
    /// `putAffiliations` (BEN-05).
    #[schema(nullable = false)]
    pub insurer_number: Option<InsurerNumber>,
    /// Only on entry: the person is the one with this identification code (BEN-03).
    #[schema(nullable = false)]
    pub same_person_as: Option<IdentificationCode>,
    /// Only on entry: the person is none of the likely duplicates (BEN-03).
    #[schema(nullable = false)]
    pub different_person_confirmed: Option<bool>,
}

/// A person as a body describes them.
pub struct Person {
    /// Who they are.
    pub identity: Identity,
    /// Their insurer, if affiliations are not dated.
    pub insurer: Option<InsurerNumber>,
    /// Points to check.
    pub warnings: Vec<Fault>,
}

/// BEN-01, BEN-02: reads the identity, the insurer and the warnings from a body; faults go to the reader.
pub fn person(reader: &mut Reader, today: NaiveDate) -> Field<Person> {
    let niss = reader.identity_text("niss", 30);
    let niss = reader.then(niss, |niss| {
        let niss = niss.as_deref().map(NationalNumber::parse).transpose();
        niss.map_err(|_| vec![Fault::new("niss", Reason::CheckDigit, RuleId::Ben01)])
    });
    let no_niss_confirmed = reader.flag("noNissConfirmed");
    let first_name = reader.identity_text("firstName", MAX_TEXT);
    let last_name = reader.identity_text("lastName", MAX_TEXT);
    let birth_date = reader.date("birthDate");
    let sex = reader.one_of("sex", Sex::ALL, Sex::name);
    let deceased = reader.boolean("deceased");
    let death_date = reader.date("deathDate");
    let residence_place = reader.identity_text("residencePlace", MAX_TEXT);
    let residence_country = reader.identity_text("residenceCountry", MAX_TEXT);
    // Judges what could be read, even when another value could not.
    let identity = Identity {
        niss: niss.given().cloned(),
        no_niss_confirmed: no_niss_confirmed.known() == Some(&true),
        first_name: first_name.given().cloned(),
        last_name: last_name.given().cloned(),
        birth_date: birth_date.given().copied(),
        sex: sex.given().copied(),
        deceased: deceased.given().copied(),
        death_date: death_date.given().copied(),
        residence_place: residence_place.given().cloned(),
        residence_country: residence_country.given().cloned(),
    };
    let unreadable = Unreadable {
        niss: niss.known().is_none(),
        no_niss_confirmed: no_niss_confirmed.known().is_none(),
        deceased: deceased.known().is_none(),
    };
    let (mut faults, warnings) = identity.faults(today, unreadable);
    // An unreadable value already has its fault; it is not reported as missing as well.
    faults.retain(|fault| !reader.has_fault_on(&fault.field));
    reader.extend(faults);
    let insurer = reader.parsed("insurerNumber", Reason::InsurerUnknown, |text| text.parse().ok());
    reader.build(|done| Person { identity, insurer: done.take(insurer), warnings })
}

/// BEN-03: reads the caller's answer to likely duplicates.
pub fn same_person(reader: &mut Reader) -> Field<SamePerson> {
    let same_as = identification_code(reader, "samePersonAs");
    let different_confirmed = reader.flag("differentPersonConfirmed");
    reader.build(|done| SamePerson { same_as: done.take(same_as), different_confirmed: done.take(different_confirmed) })
}

/// Reads a text in the form of a generated identification code.
pub fn identification_code(reader: &mut Reader, name: &'static str) -> Field<Option<String>> {
    reader.parsed(name, Reason::CheckDigit, |text| text.parse::<IdentificationCode>().ok().map(|code| code.to_string()))
}
