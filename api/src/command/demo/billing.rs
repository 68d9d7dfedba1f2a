//! What an insurer learns of a registration code (TRA-02), and what others do not (SYS-02).

use serde_json::{Value, json};

use super::{
    DemoError,
    invented::{Cast, Patient, People},
    service::{Reply, Request},
    telling::Teller,
};

/// The present end of the insurer's feed, from which the story continues.
pub async fn end_of_feed(teller: &mut Teller<'_>, cast: &Cast) -> Result<String, DemoError> {
    let mut path = "/registrationCodes/changes?pageSize=200".to_owned();
    loop {
        let page = teller.service.send(Request::get(&cast.insurer, path)).await?.expect(200)?;
        path = teller.service.path(page.text("next")).to_owned();
        if page.list("items").is_empty() {
            return Ok(path);
        }
    }
}

/// An insurer's question: is the code valid for this person, nomenclature code and date?
fn question(people: &People, code: &str, nomenclature_code: &str, date: &str) -> Value {
    json!({"code": code, "niss": people.niss, "nomenclatureCode": nomenclature_code, "date": date})
}

/// Asks, and shows the verdict.
pub async fn verdict(
    teller: &mut Teller<'_>,
    cast: &Cast,
    people: &People,
    code: &str,
    asked: (&str, &str),
) -> Result<(), DemoError> {
    let body = question(people, code, asked.0, asked.1);
    let request = Request::post(&cast.insurer, "/registrationCodes/verify", body);
    let words = format!("the code, the national number, nomenclature code {}, {}", asked.0, asked.1);
    let reply = teller.ask(request.saying(words)).await?.expect(200)?;
    teller.members(&reply, &["billable"])?;
    teller.issues(reply.list("reasons"))
}

/// Looked up, verified, put into an invoice.
pub async fn verified(
    teller: &mut Teller<'_>,
    cast: &Cast,
    people: &People,
    patient: &Patient,
    first: &Reply,
) -> Result<(), DemoError> {
    teller.chapter(
        "The insurer checks the code",
        "The code is all that reaches the insurer. It looks it up, verifies an invoice line that is right and one that is \
         wrong twice, and gets the three zones of record 50 that carry the code. Of the content it sees nothing.",
    )?;
    let code = first.text("code");
    let reply = teller.ask(Request::get(&cast.insurer, format!("/registrationCodes/{code}"))).await?.expect(200)?;
    teller
        .members(&reply, &["status", "billable", "nightDecision", "hospitalNumber", "nomenclaturePair", "eventDate"])?;
    verdict(teller, cast, people, code, ("174370", &patient.ago(60))).await?;
    verdict(teller, cast, people, code, ("174381", &patient.ago(59))).await?;
    let path = format!("/registrationCodes/{code}/billingZones");
    let reply = teller.ask(Request::get(&cast.insurer, path)).await?.expect(200)?;
    for zone in reply.list("zones") {
        let label = format!("zone {}", zone["zone"].as_str().unwrap_or_default());
        let digits = zone["digits"].as_str().unwrap_or_default();
        teller.fact(&label, &format!("{digits}  (positions {} to {})", zone["firstPosition"], zone["lastPosition"]))?;
    }
    Ok(())
}

/// Unseen by others.
pub async fn unseen(
    teller: &mut Teller<'_>,
    cast: &Cast,
    people: &People,
    patient: &Patient,
    first: &Reply,
) -> Result<(), DemoError> {
    teller.chapter(
        "Nobody else sees anything",
        "For another insurer the code does not exist: the answers are those to a code that nobody has. For another hospital \
         the registration does not exist.",
    )?;
    let code = first.text("code");
    teller.ask(Request::get(&cast.other_insurer, format!("/registrationCodes/{code}"))).await?.expect(404)?;
    let body = question(people, code, "174370", &patient.ago(60));
    let request = Request::post(&cast.other_insurer, "/registrationCodes/verify", body);
    let reply = teller.ask(request.saying("the same right line")).await?.expect(200)?;
    teller.members(&reply, &["billable"])?;
    teller.issues(reply.list("reasons"))?;
    teller.ask(Request::get(&cast.elsewhere, super::registering::path(first)?)).await?.expect(404)?;
    Ok(())
}
