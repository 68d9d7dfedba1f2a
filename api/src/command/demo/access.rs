//! Who sees the registry (CGM-02).

use serde_json::json;

use super::{DemoError, invented::Cast, service::Request, telling::Teller};

/// Without a grant.
pub async fn no_grant(teller: &mut Teller<'_>, cast: &Cast) -> Result<(), DemoError> {
    teller.chapter(
        "Nobody sees the registry without a grant",
        "Dr Maes implants glucose sensors and has just signed in for the first time. The token is good, but the hospital's \
         access manager has not let Dr Maes into the registry; the refusal says whom to ask.",
    )?;
    teller.ask(Request::get(&cast.specialist, "/registrations")).await?.expect(403)?;
    Ok(())
}

/// With one.
pub async fn granted(teller: &mut Teller<'_>, cast: &Cast) -> Result<(), DemoError> {
    teller.chapter(
        "The access manager grants it",
        "From the next request on Dr Maes is let in. A study associate sees only the registrations of their own: none \
         yet, however many the hospital has.",
    )?;
    let body = json!({"person": cast.specialist.subject});
    let grant = teller.ask(Request::post(&cast.manager, "/registryGrants", body).shown()).await?.expect(201)?;
    teller.members(&grant, &["person", "grantedBy"])?;
    let list = teller.ask(Request::get(&cast.specialist, "/registrations")).await?.expect(200)?;
    teller.fact("items", &list.list("items").len().to_string())
}
