//! What was entered in error (CGM-11).

use serde_json::json;

use super::{
    DemoError,
    invented::{Cast, Patient, first_implantation},
    registering::{path, through},
    service::{Reply, Request},
    telling::Teller,
};

/// Deleted, by who may.
pub async fn deleted(teller: &mut Teller<'_>, cast: &Cast, visitor: &Patient) -> Result<Reply, DemoError> {
    teller.chapter(
        "What was entered in error is deleted by the study lead only",
        "Dr Maes has registered an implantation for the visitor, who had none. Once validated, such a registration is deleted \
         by the study lead alone, who states the reason as a code. A tombstone stays: the code is never given again, and \
         whoever looks it up is told.",
    )?;
    let body = json!({"type": "firstImplantation", "beneficiaryId": visitor.id,
                      "content": first_implantation(visitor, 5)});
    let request = Request::post(&cast.specialist, "/registrations", body);
    let draft = teller.ask(request.saying("firstImplantation, complete, of the visitor")).await?.expect(201)?;
    let submitted = through(teller, cast, &draft).await?;
    let request = Request::command(&cast.specialist, format!("{}/reopen", path(&draft)?)).on(submitted.version()?);
    let open = teller.ask(request).await?.expect(200)?;
    let (path, version) = (path(&open)?, open.version()?);
    teller.ask(Request::delete(&cast.specialist, path.clone()).on(version)).await?.expect(403)?;
    teller.ask(Request::delete(&cast.lead, path.clone()).on(version)).await?.expect(400)?;
    let request = Request::delete(&cast.lead, format!("{path}?reason=wrongBeneficiary")).on(version);
    teller.ask(request).await?.expect(204)?;
    let tombstone = teller.ask(Request::get(&cast.specialist, path)).await?.expect(200)?;
    teller.members(&tombstone, &["status", "code", "deletedAt"])?;

    let code = submitted.text("code");
    let body = json!({"code": code, "identificationCode": visitor.identification_code, "nomenclatureCode": "174370",
                      "date": visitor.ago(5)});
    let request = Request::post(&cast.insurer, "/registrationCodes/verify", body);
    let words = format!("the code, the identification code, nomenclature code 174370, {}", visitor.ago(5));
    let reply = teller.ask(request.saying(words)).await?.expect(200)?;
    teller.members(&reply, &["billable"])?;
    teller.issues(reply.list("reasons"))?;
    Ok(tombstone)
}
