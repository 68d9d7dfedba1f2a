//! What follows an implantation (CGM-13, CGM-15).

use serde_json::json;

use super::{
    DemoError,
    invented::{Cast, Patient, explantation, replacement},
    registering::{path, through},
    service::{Reply, Request},
    telling::{Teller, tail},
};

/// Replaced, at the second attempt.
pub async fn replaced(
    teller: &mut Teller<'_>,
    cast: &Cast,
    patient: &Patient,
    first: &Reply,
) -> Result<Reply, DemoError> {
    teller.chapter(
        "A replacement whose dates are wrong is refused, then right",
        "The sensor is replaced. A replacement names the first implantation it follows, and cannot come before it. Both \
         dates are at fault, so both are named, and nothing has changed; with the right dates it gets a code of its own.",
    )?;
    let mut content = replacement(patient, &first.id()?);
    content["eventDate"] = json!(patient.ago(70));
    content["removalDate"] = json!(patient.ago(70));
    let body = json!({"type": "replacement", "beneficiaryId": patient.id, "content": content});
    let request = Request::post(&cast.specialist, "/registrations", body);
    let words = format!("replacement of {}, event and removal on {}", tail(&first.id()?), patient.ago(70));
    let draft = teller.ask(request.saying(words)).await?.expect(201)?;
    let submit = Request::command(&cast.specialist, format!("{}/submit", path(&draft)?)).on(draft.version()?);
    teller.ask(submit).await?.expect(400)?;
    let body = json!({"content": {"eventDate": patient.ago(10), "removalDate": patient.ago(10)}});
    let request = Request::patch(&cast.specialist, path(&draft)?, body).on(draft.version()?);
    let complete = teller.ask(request.shown()).await?.expect(200)?;
    through(teller, cast, &complete).await
}

/// Explanted.
pub async fn explanted(
    teller: &mut Teller<'_>,
    cast: &Cast,
    patient: &Patient,
    first: &Reply,
) -> Result<Reply, DemoError> {
    teller.chapter(
        "An explantation ends it",
        "The beneficiary no longer wants the sensor. The explantation ends the first implantation; from now on a new one \
         could be registered here, and a further replacement could not.",
    )?;
    let content = explantation(patient, &first.id()?);
    let body = json!({"type": "explantation", "beneficiaryId": patient.id, "content": content});
    let request = Request::post(&cast.specialist, "/registrations", body);
    let draft = teller.ask(request.saying(format!("explantation of {}", tail(&first.id()?)))).await?.expect(201)?;
    through(teller, cast, &draft).await
}
