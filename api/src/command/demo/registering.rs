//! From a draft to an acknowledged registration (CGM-03 to CGM-07).

use std::time::Duration;

use serde_json::json;

use super::{
    DemoError,
    invented::{Cast, Patient, first_implantation},
    service::{Reply, Request},
    telling::Teller,
};

/// How long an acknowledgement is waited for.
const PATIENCE: Duration = Duration::from_secs(15);

/// The path of a registration.
pub fn path(registration: &Reply) -> Result<String, DemoError> {
    Ok(format!("/registrations/{}", registration.id()?))
}

/// Waits until Healthdata has acknowledged.
async fn awaited(teller: &mut Teller<'_>, cast: &Cast, sending: &Reply) -> Result<Reply, DemoError> {
    let path = path(sending)?;
    teller.until(&cast.specialist, &path, PATIENCE, |reply| reply.text("status") != "sending").await
}

/// Submits a complete registration and waits for the acknowledgement.
pub async fn through(teller: &mut Teller<'_>, cast: &Cast, draft: &Reply) -> Result<Reply, DemoError> {
    let submit = Request::command(&cast.specialist, format!("{}/submit", path(draft)?)).on(draft.version()?);
    let sending = teller.ask(submit).await?.expect(200)?;
    let reply = awaited(teller, cast, &sending).await?;
    teller.fact("status", &format!("{}, then {}", sending.text("status"), reply.text("status")))?;
    teller.members(&sending, &["code"])?;
    Ok(reply)
}

/// Saved incomplete.
pub async fn draft(teller: &mut Teller<'_>, cast: &Cast, patient: &Patient) -> Result<Reply, DemoError> {
    teller.chapter(
        "A draft is saved, incomplete",
        "Dr Maes begins the registration of a first implantation and is called away. A draft can be saved however incomplete; \
         only the type is needed, and stays.",
    )?;
    let body = json!({"type": "firstImplantation", "beneficiaryId": patient.id,
                      "content": {"eventDate": patient.ago(60), "setting": "ambulatory"}});
    let request = Request::post(&cast.specialist, "/registrations", body);
    let draft =
        teller.ask(request.saying("firstImplantation, the beneficiary, a date, a setting")).await?.expect(201)?;
    teller.members(&draft, &["status", "version"])?;
    Ok(draft)
}

/// What is missing.
pub async fn missing_in_dutch(teller: &mut Teller<'_>, cast: &Cast, draft: &Reply) -> Result<(), DemoError> {
    teller.chapter(
        "The check says everything that is missing, in the reader's language",
        "All faults come at once, each with its field and rule, and nothing is stored. Texts come in French, Dutch, German \
         and English.",
    )?;
    let request = Request::get(&cast.specialist, format!("{}/check", path(draft)?)).in_language("nl");
    let check = teller.ask(request).await?.expect(200)?;
    teller.members(&check, &["submittable"])?;
    teller.issues(check.list("issues"))
}

/// Completed.
pub async fn completed(
    teller: &mut Teller<'_>,
    cast: &Cast,
    patient: &Patient,
    draft: &Reply,
) -> Result<Reply, DemoError> {
    teller.chapter(
        "A merge patch completes it",
        "The patch holds the remaining fields and the version it was made for; had a colleague changed the draft meanwhile, it \
         would be refused (412). Now nothing stands against submitting, and the check says which national counter the \
         registration will feed.",
    )?;
    let body = json!({"content": first_implantation(patient, 60)});
    let request = Request::patch(&cast.specialist, path(draft)?, body).on(draft.version()?);
    let complete = teller.ask(request.saying("the fields that were missing")).await?.expect(200)?;
    teller.members(&complete, &["version"])?;
    let request = Request::get(&cast.specialist, format!("{}/check", path(draft)?));
    let check = teller.ask(request).await?.expect(200)?;
    teller.members(&check, &["submittable", "counter"])?;
    Ok(complete)
}

/// Submitted.
pub async fn submitted(teller: &mut Teller<'_>, cast: &Cast, complete: &Reply) -> Result<Reply, DemoError> {
    teller.chapter(
        "Submitting brings the registration code",
        "The registration is validated, gets its code for ever and is on its way to Healthdata. The network broke off before \
         the answer came, so the hospital's program sends the same request again, with the same Idempotency-Key: it gets \
         the same answer, and nothing happened twice.",
    )?;
    let key = teller.service.new_key(&cast.specialist);
    let submit = || -> Result<Request<'_>, DemoError> {
        let request = Request::command(&cast.specialist, format!("{}/submit", path(complete)?));
        Ok(request.on(complete.version()?).keyed(&key))
    };
    let sending = teller.ask(submit()?).await?.expect(200)?;
    teller.members(&sending, &["status", "version", "code"])?;
    let again = teller.ask(submit()?).await?.expect(200)?;
    teller.members(&again, &["status", "version", "code"])?;
    Ok(sending)
}

/// Acknowledged.
pub async fn acknowledged(teller: &mut Teller<'_>, cast: &Cast, sending: &Reply) -> Result<Reply, DemoError> {
    teller.chapter(
        "Healthdata acknowledges",
        "The worker delivers the registration under a pseudonym, without identity, to the coded store. Once that has \
         acknowledged it, the registration is submitted.",
    )?;
    awaited(teller, cast, sending).await?;
    let reply = teller.ask(Request::get(&cast.specialist, path(sending)?)).await?.expect(200)?;
    teller.members(&reply, &["status", "validatedAt", "acknowledgedAt"])?;
    Ok(reply)
}
