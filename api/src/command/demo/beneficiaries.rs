//! Whom a hospital registers (BEN-01 to BEN-04).

use chrono::Days;
use serde_json::json;

use super::{
    DemoError,
    invented::{Cast, INSURER, Patient, People},
    service::Request,
    telling::{Teller, tail},
};

/// Entered with a doubt, and corrected.
pub async fn entered(teller: &mut Teller<'_>, cast: &Cast, people: &People) -> Result<Patient, DemoError> {
    teller.chapter(
        "A beneficiary is entered, with a warning",
        "The birth date was mistyped by a day. It disagrees with the one in the national number, which is no reason to \
         refuse anybody: the beneficiary is entered and the doubt comes back as a warning. Dr Maes corrects it.",
    )?;
    let mistyped = (people.birth + Days::new(1)).to_string();
    let mut body = json!({"niss": people.niss, "lastName": "Peeters", "birthDate": mistyped, "sex": people.sex,
                          "insurerNumber": INSURER});
    let request = Request::post(&cast.specialist, "/beneficiaries", body.clone());
    let reply = teller.ask(request.saying(format!("a national number, born on {mistyped}"))).await?.expect(201)?;
    let patient = Patient::of(&reply)?;
    teller.fact("id", &tail(&patient.id))?;
    teller.issues(reply.list("warnings"))?;
    body["birthDate"] = json!(people.birth.to_string());
    let path = format!("/beneficiaries/{}", patient.id);
    let request = Request::put(&cast.specialist, path, body).on(1);
    let reply = teller.ask(request.saying(format!("the same, born on {}", people.birth))).await?.expect(200)?;
    teller.fact("warnings", &reply.list("warnings").len().to_string())?;
    Ok(patient)
}

/// Entered again.
pub async fn not_doubled(
    teller: &mut Teller<'_>,
    cast: &Cast,
    people: &People,
    patient: &Patient,
) -> Result<(), DemoError> {
    teller.chapter(
        "The same person is found, not doubled",
        "The study lead enters the same national number, written with dots and hyphen, and is sent to the beneficiary there \
         is. It stands in the body, never in a URL. At another hospital the same number makes a beneficiary of its own: \
         neither hospital learns of the other.",
    )?;
    let (date, rest) = people.niss.split_at_checked(6).ok_or(DemoError::Missing("national number"))?;
    let dotted = format!("{date}-{rest}");
    let body = json!({"niss": dotted, "insurerNumber": INSURER});
    let request = Request::post(&cast.lead, "/beneficiaries", body.clone()).saying("the same national number");
    let found = teller.ask(request).await?.expect(303)?;
    let location = found.location.unwrap_or_default();
    let same = if location.ends_with(&patient.id) { " (the same)" } else { "" };
    teller.fact("Location", &format!("{}{same}", super::telling::shortened(&location)))?;
    let request = Request::post(&cast.elsewhere, "/beneficiaries", body).saying("the same national number");
    let other = teller.ask(request).await?.expect(201)?;
    teller.fact("id", &format!("{} (another)", tail(&other.id()?)))
}

/// Someone without national number.
pub async fn foreign(teller: &mut Teller<'_>, cast: &Cast, people: &People) -> Result<Patient, DemoError> {
    teller.chapter(
        "Someone without national number, and a likely duplicate",
        "A visitor from abroad has no national number; the other hospital confirms so and the system makes an \
         identification code. When Dr Maes enters someone of the same name, birth date and sex, spelt a little differently, \
         a likely duplicate is pointed out before a second code is made. It is the same person: they keep their code.",
    )?;
    let mut body = json!({
        "noNissConfirmed": true, "firstName": "Zoë", "lastName": people.foreign_name, "sex": "female",
        "birthDate": people.foreign_birth.to_string(), "residencePlace": "Lille", "deceased": false, "residenceCountry": "FR",
        "insurerNumber": INSURER
    });
    let known = Request::post(&cast.elsewhere, "/beneficiaries", body.clone());
    let known =
        teller.ask(known.saying(format!("Zoë {}, no national number", people.foreign_name))).await?.expect(201)?;
    teller.members(&known, &["identificationCode"])?;
    body["firstName"] = json!("ZOE");
    let asked = Request::post(&cast.specialist, "/beneficiaries", body.clone());
    let asked =
        teller.ask(asked.saying(format!("ZOE {}, no national number", people.foreign_name))).await?.expect(409)?;
    let candidate = &asked.body["candidates"][0]["identificationCode"];
    teller.fact("candidate", candidate.as_str().unwrap_or_default())?;
    body["samePersonAs"] = candidate.clone();
    let request = Request::post(&cast.specialist, "/beneficiaries", body);
    let reply = teller.ask(request.saying("the same, and samePersonAs with that code")).await?.expect(201)?;
    teller.members(&reply, &["identificationCode"])?;
    Patient::of(&reply)
}
