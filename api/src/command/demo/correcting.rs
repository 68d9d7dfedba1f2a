//! A correction after the validation (CGM-09).

use serde_json::json;

use super::{
    DemoError, billing,
    invented::{Cast, Patient, People},
    registering::{path, through},
    service::{Reply, Request},
    telling::Teller,
};

/// Reopened, corrected, submitted again.
pub async fn corrected(
    teller: &mut Teller<'_>,
    cast: &Cast,
    people: &People,
    patient: &Patient,
    first: &Reply,
) -> Result<Reply, DemoError> {
    teller.chapter(
        "A correction keeps the code",
        "The implantation was a day earlier. Dr Maes reopens the registration; as long as it is open, the insurer is told that \
         it is being corrected and cannot be billed. Submitted again, it has the same code, and the old date is no longer \
         good.",
    )?;
    let request = Request::command(&cast.specialist, format!("{}/reopen", path(first)?)).on(first.version()?);
    let open = teller.ask(request).await?.expect(200)?;
    teller.members(&open, &["status", "code"])?;
    billing::verdict(teller, cast, people, first.text("code"), ("174370", &patient.ago(60))).await?;
    let body = json!({"content": {"eventDate": patient.ago(61)}});
    let request = Request::patch(&cast.specialist, path(&open)?, body).on(open.version()?);
    let corrected = teller.ask(request.shown()).await?.expect(200)?;
    let again = through(teller, cast, &corrected).await?;
    if again.text("code") != first.text("code") {
        return Err(DemoError::Missing("code that stayed the same"));
    }
    billing::verdict(teller, cast, people, first.text("code"), ("174370", &patient.ago(60))).await?;
    billing::verdict(teller, cast, people, first.text("code"), ("174370", &patient.ago(61))).await?;
    Ok(again)
}
