//! Everything in the story is invented and new in each run: numbers and names are derived from the seed.

use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};
use insula_domain::{actor::Role, clock::brussels_day};
use serde_json::{Value, json};

use super::{
    DemoError,
    service::{Person, Reply},
};
use crate::{command::token::Token, database::development::HOSPITAL};

/// Another hospital that development mode enters.
const OTHER_HOSPITAL: &str = "71032209";
/// The insurer of the story, and one that has nothing to do with it.
pub const INSURER: &str = "319";
const OTHER_INSURER: &str = "500";

/// How the story gets its tokens.
pub type Mint<'a> = dyn Fn(&Token) -> Result<String, String> + 'a;

/// Everyone who calls.
pub struct Cast {
    /// A specialist whom nobody has let into the registry yet.
    pub specialist: Person,
    /// Who may let them in.
    pub manager: Person,
    /// The study lead of the same hospital.
    pub lead: Person,
    /// The study lead of another hospital.
    pub elsewhere: Person,
    /// The beneficiaries' insurer.
    pub insurer: Person,
    /// Another insurer.
    pub other_insurer: Person,
    /// Who reads the trail.
    pub auditor: Person,
    /// INAMI's convention officer.
    pub inami: Person,
    /// Healthdata's operator, who sees the nights.
    pub operator: Person,
}

impl Cast {
    /// Gives each of them a token.
    pub fn new(people: &People, mint: &Mint<'_>) -> Result<Cast, DemoError> {
        let person = |name: &str, subject: Option<String>, role: Role, number: &str| {
            person(mint, &people.run, name, subject, role, number)
        };
        let specialist = Some(format!("dr.maes.{}", people.run));
        Ok(Cast {
            specialist: person("Dr Maes, study associate", specialist, Role::StudyAssociate, HOSPITAL)?,
            manager: person("access manager", None, Role::AccessManager, HOSPITAL)?,
            lead: person("study lead", None, Role::StudyLead, HOSPITAL)?,
            elsewhere: person("study lead of another hospital", None, Role::StudyLead, OTHER_HOSPITAL)?,
            insurer: person("insurer 319", None, Role::InsurerBilling, INSURER)?,
            other_insurer: person("insurer 500", None, Role::InsurerBilling, OTHER_INSURER)?,
            auditor: person("auditor", None, Role::Auditor, "")?,
            inami: person("INAMI", None, Role::ConventionOfficer, "")?,
            operator: person("Healthdata's operator", None, Role::HealthdataOperator, "")?,
        })
    }
}

/// Someone of that role, with a token.
pub fn person(
    mint: &Mint<'_>,
    run: &str,
    name: &str,
    subject: Option<String>,
    role: Role,
    number: &str,
) -> Result<Person, DemoError> {
    let kind = role.organisation().name();
    let asked = Token {
        hospital: (kind == "hospital").then(|| number.to_owned()),
        insurer: (kind == "insurer").then(|| number.to_owned()),
        role: vec![role],
        person: subject.clone(),
        seconds: 900,
    };
    Ok(Person {
        name: name.to_owned(),
        subject: subject.unwrap_or_else(|| crate::database::development::person(role)),
        run: run.to_owned(),
        token: mint(&asked).map_err(DemoError::NoToken)?,
    })
}

/// The invented beneficiaries of one run.
pub struct People {
    /// A few letters that distinguish this run from others.
    pub run: String,
    /// A national number.
    pub niss: String,
    /// The birth date and sex it tells.
    pub birth: NaiveDate,
    /// See `birth`.
    pub sex: &'static str,
    /// The last name of someone without national number.
    pub foreign_name: String,
    /// Their birth date.
    pub foreign_birth: NaiveDate,
}

/// Days from 1930 on that birth dates are taken from, and serials of each day.
const DAYS: u64 = 25_000;
const SERIALS: u64 = 998;

impl People {
    /// The people of a seed. Neighbouring seeds give different people.
    pub fn new(seed: u64) -> People {
        let slot = seed % (DAYS * SERIALS);
        let birth = NaiveDate::default() - Days::new(14_610) + Days::new(slot / SERIALS);
        let serial = 1 + slot % SERIALS;
        let (year, month, day) = (birth.year() % 100, birth.month(), birth.day());
        let base = u64::try_from(year).unwrap_or_default() * 10_000_000
            + u64::from(month) * 100_000
            + u64::from(day) * 1000
            + serial;
        People {
            run: letters(seed, b"abcdefghijkmnpqrstuvwxyz23456789", 6),
            niss: format!("{base:09}{:02}", 97 - base % 97),
            birth,
            sex: if serial.is_multiple_of(2) { "female" } else { "male" },
            foreign_name: name(seed),
            foreign_birth: birth + Days::new(3),
        }
    }
}

fn letters(mut seed: u64, alphabet: &[u8; 32], length: usize) -> String {
    let mut text = String::new();
    for _ in 0..length {
        text.extend(alphabet.iter().copied().nth((seed % 32) as usize).map(char::from));
        seed /= 32;
    }
    text
}

/// A name of six syllables, the first letter in upper case.
fn name(seed: u64) -> String {
    let (consonants, mut rest) = (letters(seed, b"bdfgklmnprstvzbdfgklmnprstvzklmn", 6), seed);
    let mut text = String::new();
    for consonant in consonants.chars() {
        text.push(if text.is_empty() { consonant.to_ascii_uppercase() } else { consonant });
        text.extend("aeiou".chars().nth((rest % 5) as usize));
        rest /= 5;
    }
    text
}

/// A beneficiary as the rest of the story needs them.
pub struct Patient {
    /// Their identifier at the hospital.
    pub id: String,
    /// The code of someone without national number.
    pub identification_code: Option<String>,
    /// The day on which the service entered them: today, as far as the service is concerned.
    pub today: NaiveDate,
}

impl Patient {
    /// As the service entered them.
    pub fn of(reply: &Reply) -> Result<Patient, DemoError> {
        let created: DateTime<Utc> = reply.text("createdAt").parse().map_err(|_| DemoError::Missing("createdAt"))?;
        Ok(Patient {
            id: reply.id()?,
            identification_code: reply.body["identificationCode"].as_str().map(str::to_owned),
            today: brussels_day(created),
        })
    }

    /// The date a number of days ago, as sent in JSON.
    pub fn ago(&self, days: u64) -> String {
        (self.today - Days::new(days)).to_string()
    }
}

/// A complete first implantation of a sensor, a number of days ago.
pub fn first_implantation(patient: &Patient, days_ago: u64) -> Value {
    json!({
        "responsiblePhysician": "10000106690", "eventDate": patient.ago(days_ago), "setting": "ambulatory",
        "nomenclaturePair": "174370-174381", "diabetesType": "type1", "diagnosisYear": patient.today.year() - 12,
        "therapy": "pump", "severeHypoglycaemiasLast12Months": 1,
        "hba1c": {"value": "7.2", "unit": "percent", "date": patient.ago(days_ago + 7)},
        "devices": [{"kind": "sensor", "model": "Eversense E3", "udiDi": "00817870020003", "serial": "S-1001",
                     "expiryDate": (patient.today + Days::new(200)).to_string(), "armSide": "left"}]
    })
}

/// The replacement of that sensor, complete but for its dates.
pub fn replacement(patient: &Patient, earlier: &str) -> Value {
    json!({
        "earlierRegistrationId": earlier, "responsiblePhysician": "10000106690", "setting": "ambulatory",
        "nomenclaturePair": "174392-174403", "replaced": ["sensor"], "replacementReason": "endOfLife",
        "withinWarranty": false,
        "devices": [{"kind": "sensor", "model": "Eversense E3", "udiDi": "00817870020003", "serial": "S-2002",
                     "expiryDate": (patient.today + Days::new(300)).to_string(), "armSide": "right"}]
    })
}

/// The explantation, complete, yesterday.
pub fn explantation(patient: &Patient, earlier: &str) -> Value {
    json!({
        "earlierRegistrationId": earlier, "responsiblePhysician": "10000106690", "setting": "ambulatory",
        "eventDate": patient.ago(1), "explantationReason": "beneficiaryWish"
    })
}
