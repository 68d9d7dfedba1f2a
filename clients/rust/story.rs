//! The short story, played by the client generated for Rust. Tokens and the address come from the environment.

use std::{env, error::Error};

use chrono::{Days, Local, NaiveDate};
use insula_client::{
    Client, Error as Refused,
    types::{self, Problem, Registration},
};
use reqwest::header::{ACCEPT, ACCEPT_LANGUAGE, AUTHORIZATION, HeaderMap};
use serde_json::json;
use uuid::Uuid;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn http(role: &str) -> Outcome<reqwest::Client> {
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, format!("Bearer {}", env::var(role)?).try_into()?);
    headers.insert(ACCEPT_LANGUAGE, "en".try_into()?);
    Ok(reqwest::Client::builder().default_headers(headers).build()?)
}

fn client(role: &str) -> Outcome<Client> {
    Ok(Client::new_with_client(&env::var("INSULA_URL")?, http(role)?))
}

fn check(holds: bool, what: &str) -> Outcome<()> {
    if !holds {
        return Err(format!("not so: {what}").into());
    }
    println!("ok {what}");
    Ok(())
}

fn key() -> String {
    format!("\"{}\"", Uuid::new_v4())
}

fn day(ago: i64) -> NaiveDate {
    let (today, days) = (Local::now().date_naive(), Days::new(ago.unsigned_abs()));
    if ago < 0 { today + days } else { today - days }
}

fn first_implantation(registration: Registration) -> Outcome<types::FirstImplantation> {
    match registration {
        Registration::FirstImplantation(one) => Ok(one),
        other => Err(format!("{other:?} is no first implantation").into()),
    }
}

fn refusal<T>(answer: Result<T, Refused<Problem>>) -> Outcome<Problem> {
    match answer {
        Err(Refused::ErrorResponse(problem)) => Ok(problem.into_inner()),
        Err(other) => Err(other.into()),
        Ok(_) => Err("not refused".into()),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let (lead, insurer) = (client("STUDY_LEAD")?, client("INSURER")?);
    let niss = env::var("NISS")?;

    let identity: types::BeneficiaryIdentity = serde_json::from_value(
        json!({ "niss": niss, "lastName": "Invented", "firstName": "Ann", "insurerNumber": "319" }),
    )?;
    let beneficiary = lead.create_beneficiary().idempotency_key(key()).body(identity).send().await?.into_inner();
    check(true, "a beneficiary is entered")?;

    let entry = json!({
        "type": "firstImplantation", "beneficiaryId": beneficiary.id, "content": { "setting": "ambulatory" },
    });
    let entry: types::RegistrationEntry = serde_json::from_value(entry)?;
    let draft = lead.create_registration().idempotency_key(key()).body(entry).send().await?.into_inner();
    let draft = first_implantation(draft)?;
    check(draft.version == 1, "a draft is created, of its own type")?;
    let submit = |version: &str| {
        lead.submit_registration().registration_id(draft.id).if_match(version).idempotency_key(key()).send()
    };

    let early = refusal(submit("\"1\"").await)?;
    check(early.status == 400 && early.issues.len() > 5, "a submit names every fault")?;

    let content = json!({ "content": {
        "responsiblePhysician": "10000106690",
        "eventDate": day(30),
        "setting": "ambulatory",
        "nomenclaturePair": "174370-174381",
        "diabetesType": "type1",
        "diagnosisYear": 2010,
        "therapy": "pump",
        "severeHypoglycaemiasLast12Months": 1,
        "hba1c": { "value": "7.2", "unit": "percent", "date": day(37) },
        "devices": [{
            "kind": "sensor",
            "model": "Eversense E3",
            "udiDi": "00817870020003",
            "serial": "S-1001",
            "expiryDate": day(-200),
            "armSide": "left",
        }],
    } });
    let patch: types::RegistrationDraftPatch = serde_json::from_value(content)?;
    let change = lead.change_registration().registration_id(draft.id).if_match("\"1\"").body(patch);
    let merge = types::ChangeRegistrationContentType::ApplicationMergePatchJson;
    let complete = first_implantation(change.content_type(merge).send().await?.into_inner())?;
    check(complete.version == 2, "a merge patch completes it")?;

    check(refusal(submit("\"1\"").await)?.status == 412, "a stale version is refused")?;

    let submitted = first_implantation(submit("\"2\"").await?.into_inner())?;
    let code = submitted.code.ok_or("no code")?;
    check(code.len() == 14, "a submit brings the registration code")?;

    let question: types::RegistrationCodeVerification = serde_json::from_value(
        json!({ "code": code, "niss": niss, "nomenclatureCode": "174370", "date": day(30) }),
    )?;
    insurer.verify_registration_code().body(question).send().await?;
    check(true, "an insurer verifies the code")?;

    let page = insurer.list_registration_code_changes().page_size(1).send().await?;
    check(page.items.len() == 1, "an insurer reads a page of the feed")?;

    // The generated functions read JSON where there is a choice; for the rest the HTTP client is at hand.
    let coded = http("DATA_MANAGER")?.get(format!("{}/codedRegistrations", env::var("INSULA_URL")?));
    let csv = coded.header(ACCEPT, "text/csv").send().await?.text().await?;
    check(csv.starts_with("technicalId"), "INAMI reads coded data as CSV")?;

    let plot = http("OFFICER")?.get(format!("{}/staffing/plot", env::var("INSULA_URL")?));
    let plot = plot.header(ACCEPT, "image/svg+xml").send().await?.text().await?;
    check(plot.starts_with("<svg"), "a plot is drawn")
}
