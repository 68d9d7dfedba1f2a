//! The two national counters, their nights and their e-mails (CNT-01 to CNT-09, NOT-01 to NOT-03, CGM-08 to CGM-10).

use std::time::Duration;

use chrono::{Datelike, NaiveDate};
use insula_domain::{
    clock::brussels_day,
    nomenclature::{PAIR_A, PAIR_B},
};
use serde_json::{Value, json};

use super::{
    DemoError,
    invented::{Cast, Patient, People, first_implantation},
    registering::path,
    service::{Reply, Request},
    telling::Teller,
};
use crate::database::development::HOSPITAL;

/// Lets a day pass and its night run, or returns why it cannot.
pub type Advance<'a> = dyn Fn() -> Result<(), String> + 'a;

/// How long the end of an import is waited for.
const PATIENCE: Duration = Duration::from_secs(120);

async fn counter(teller: &mut Teller<'_>, cast: &Cast, id: &str) -> Result<Reply, DemoError> {
    teller.ask(Request::get(&cast.lead, format!("/counters/{id}"))).await?.expect(200)
}

fn figure(counter: &Reply) -> u64 {
    counter.body["figure"].as_u64().unwrap_or_default()
}

/// The hospital's own reference of the registrations that only fill the counters.
const CROWD: &str = "demo crowd";

/// Frees places when an earlier run filled the counters: deletes what that run registered, as entered in error.
pub async fn room(teller: &mut Teller<'_>, cast: &Cast, advance: &Advance<'_>) -> Result<(), DemoError> {
    let mut crowd = Vec::new();
    let mut next = Some("/registrations?status=submitted&status=correctionsNeeded&status=open&pageSize=200".to_owned());
    while let Some(path) = next {
        let page = teller.service.send(Request::get(&cast.lead, path)).await?.expect(200)?;
        let mine = page.list("items").iter().filter(|one| one["content"]["hospitalReference"] == CROWD);
        crowd.extend(mine.filter(|one| one["code"].is_string()).cloned());
        next = page.body["next"].as_str().map(|next| teller.service.path(next).to_owned());
    }
    if crowd.is_empty() {
        return Ok(());
    }
    teller.chapter(
        "An earlier telling is taken back",
        "The story was told here before and filled the counters. What it entered is reopened and deleted as entered in error, \
         by the study lead, with the reason. That frees the places; a night later the counters are open again.",
    )?;
    for one in &crowd {
        let at = format!("/registrations/{}", one["id"].as_str().unwrap_or_default());
        let mut version = one["version"].as_i64().unwrap_or_default();
        if one["status"] != "open" {
            let reopen = Request::command(&cast.lead, format!("{at}/reopen")).on(version);
            version = teller.service.send(reopen).await?.expect(200)?.version()?;
        }
        let delete = Request::delete(&cast.lead, format!("{at}?reason=notPerformed")).on(version);
        teller.service.send(delete).await?.expect(204)?;
    }
    teller.fact("deleted", &crowd.len().to_string())?;
    advance().map_err(DemoError::NoNight)
}

/// From the first look at the counters to the end of the year's sixty.
pub async fn told(teller: &mut Teller<'_>, cast: &Cast, seed: u64, advance: &Advance<'_>) -> Result<(), DemoError> {
    recipients(teller, cast).await?;
    teller.chapter(
        "Two national counters",
        "Of the first implantations of sensors, 400 in all are reimbursed under pair 174370-174381, and 60 a year under pair \
         174495-174506. Everyone who may know sees how many places are left, over all hospitals and without a word about whom \
         they belong to.",
    )?;
    let all = teller.ask(Request::get(&cast.lead, "/counters")).await?.expect(200)?;
    for one in all.list("items") {
        let text = format!("{} of {} places, closed: {}", one["figure"], one["limit"], one["closed"]);
        teller.fact(one["id"].as_str().unwrap_or_default(), &text)?;
    }
    up_to_350(teller, cast, seed, advance).await?;
    up_to_400(teller, cast, seed, advance).await?;
    refused_at_once(teller, cast, seed).await?;
    way_out(teller, cast, advance).await?;
    sixty(teller, cast, seed, advance).await
}

/// Enters the recipients of the e-mails.
async fn recipients(teller: &mut Teller<'_>, cast: &Cast) -> Result<(), DemoError> {
    teller.chapter(
        "To whom the e-mails of the counters go",
        "INAMI enters the three of form M-Form-II-01: the responsible specialist and two administrative contacts. From 350 and \
         from 40 on, each adhered hospital is written to whenever a counter reaches a threshold.",
    )?;
    let path = format!("/hospitals/{HOSPITAL}/mailRecipients");
    let present = teller.service.send(Request::get(&cast.inami, path.clone())).await?.expect(200)?;
    let body = json!({"responsibleSpecialist": "dr.maes@hopital.example",
        "administrativeContact1": "secretariat@hopital.example", "administrativeContact2": "direction@hopital.example"});
    let request = Request::put(&cast.inami, path, body).on(present.version()?);
    let entered = teller.ask(request.shown()).await?.expect(200)?;
    teller.members(&entered, &["version"])
}

/// Imports one implantation per seed under a pair, as one file.
async fn imported(
    teller: &mut Teller<'_>,
    cast: &Cast,
    seeds: std::ops::Range<u64>,
    pair: &str,
    today: NaiveDate,
) -> Result<(), DemoError> {
    let patient = Patient { id: String::new(), identification_code: None, today };
    let mut content = first_implantation(&patient, 0);
    content["nomenclaturePair"] = json!(pair);
    content["hospitalReference"] = json!(CROWD);
    let row = |seed: u64| {
        let person = People::new(seed);
        let beneficiary = json!({"niss": person.niss, "lastName": person.foreign_name, "insurerNumber": "319"});
        json!({"rowId": format!("demo-{seed}"), "type": "firstImplantation", "beneficiary": beneficiary, "content": content})
            .to_string()
    };
    let count = seeds.end - seeds.start;
    if count == 0 {
        return teller.say("Others hold so many places on this database already that no more are sent.");
    }
    let lines = seeds.map(row).collect::<Vec<_>>().join("\n");
    let request = Request::lines(&cast.lead, "/registrationImports?mode=submit", lines);
    let task =
        teller.ask(request.saying(format!("{count} rows, each a complete first implantation"))).await?.expect(202)?;
    let at = task.location.clone().ok_or(DemoError::Missing("Location"))?;
    let done = teller.until(&cast.lead, &at, PATIENCE, |reply| reply.text("state") == "done").await?;
    teller.fact("submitted", &done.body["counts"]["submitted"].to_string())?;
    teller
        .until(&cast.lead, "/registrations?status=sending&pageSize=1", PATIENCE, |reply| reply.list("items").is_empty())
        .await?;
    Ok(())
}

/// Today, by the service's clock.
async fn today(teller: &mut Teller<'_>, cast: &Cast) -> Result<NaiveDate, DemoError> {
    let body = json!({"type": "followUp"});
    let draft = teller.service.send(Request::post(&cast.lead, "/registrations", body)).await?.expect(201)?;
    let made: chrono::DateTime<chrono::Utc> =
        draft.text("createdAt").parse().map_err(|_| DemoError::Missing("createdAt"))?;
    let path = path(&draft)?;
    teller.service.send(Request::delete(&cast.lead, path).on(draft.version()?)).await?.expect(204)?;
    Ok(brussels_day(made))
}

/// Lets the night run and shows its result.
async fn night(teller: &mut Teller<'_>, cast: &Cast, advance: &Advance<'_>) -> Result<(), DemoError> {
    let preview = teller.ask(Request::get(&cast.operator, "/nights/preview?pageSize=1")).await?.expect(200)?;
    teller.members(&preview, &["taken", "exceeded", "figures", "thresholds"])?;
    teller.say("\n  A day passes: `insula clock advance 1d`.")?;
    advance().map_err(DemoError::NoNight)?;
    let runs = teller.ask(Request::get(&cast.operator, "/nights?pageSize=1")).await?.expect(200)?;
    match runs.list("items").first() {
        Some(run) => {
            for name in ["day", "taken", "kept", "exceeded"] {
                teller.fact(name, run[name].to_string().trim_matches('"'))?;
            }
            Ok(())
        }
        None => Err(DemoError::Missing("night")),
    }
}

/// The e-mails about a counter, the latest threshold in full.
async fn mails(teller: &mut Teller<'_>, cast: &Cast, id: &str) -> Result<(), DemoError> {
    let path = format!("/notifications?counterId={id}&hospitalNumber={HOSPITAL}");
    let mails = teller.ask(Request::get(&cast.operator, path)).await?.expect(200)?;
    let thresholds: Vec<_> = mails.list("items").iter().map(|mail| mail["threshold"].to_string()).collect();
    teller.fact("thresholds", &thresholds.join(", "))?;
    let Some(last) = mails.list("items").first() else { return Err(DemoError::Missing("e-mail")) };
    teller.fact("state", last["state"].as_str().unwrap_or_default())?;
    teller.fact("subject", last["subject"].as_str().unwrap_or_default())?;
    teller.letter(last["text"].as_str().unwrap_or_default())
}

async fn up_to_350(teller: &mut Teller<'_>, cast: &Cast, seed: u64, advance: &Advance<'_>) -> Result<(), DemoError> {
    teller.chapter(
        "A file of implantations, and the night that gives them places",
        "The hospital's program sends what it has as one file. Each row goes the way of a single registration. At half past \
         midnight all that Healthdata acknowledged during the day is decided about, in the order of validation. What tonight \
         would decide can be asked beforehand. At 350 every adhered hospital gets an e-mail, in its language.",
    )?;
    let held = figure(&counter(teller, cast, "A").await?);
    let today = today(teller, cast).await?;
    let missing = 351u64.saturating_sub(held);
    imported(teller, cast, seed + 1..seed + 1 + missing, PAIR_A, today).await?;
    night(teller, cast, advance).await?;
    counter(teller, cast, "A").await?;
    mails(teller, cast, "A").await
}

async fn up_to_400(teller: &mut Teller<'_>, cast: &Cast, seed: u64, advance: &Advance<'_>) -> Result<(), DemoError> {
    teller.chapter(
        "The 400th passes, the next does not",
        "More arrive than there are places. The last places are given in the order of validation; what comes after needs \
         correction, and is told why and what can be done. Every ten on the way to 400 is announced, each once, also when one \
         night passes several; the last e-mail says what to do from now on.",
    )?;
    let held = figure(&counter(teller, cast, "A").await?);
    let today = today(teller, cast).await?;
    let missing = 402u64.saturating_sub(held);
    imported(teller, cast, seed + 400..seed + 400 + missing, PAIR_A, today).await?;
    night(teller, cast, advance).await?;
    let full = counter(teller, cast, "A").await?;
    teller.members(&full, &["figure", "placesLeft", "closed"])?;
    mails(teller, cast, "A").await
}

/// Submits for a closed counter.
async fn refused_at_once(teller: &mut Teller<'_>, cast: &Cast, seed: u64) -> Result<(), DemoError> {
    teller.chapter(
        "A closed counter refuses at once",
        "Once a night has found counter A full, whoever submits for it is told so at once, and that pair 174495-174506 can be \
         chosen instead. Nothing has changed by trying.",
    )?;
    let person = People::new(seed + 900);
    let today = today(teller, cast).await?;
    let body = json!({"niss": person.niss, "lastName": "Tardif", "insurerNumber": "319"});
    let entered = teller.service.send(Request::post(&cast.lead, "/beneficiaries", body)).await?.expect(201)?;
    let patient = Patient { id: entered.id()?, identification_code: None, today };
    let mut content = first_implantation(&patient, 0);
    content["nomenclaturePair"] = json!(PAIR_A);
    let body = json!({"type": "firstImplantation", "beneficiaryId": patient.id, "content": content});
    let draft = teller.service.send(Request::post(&cast.lead, "/registrations", body)).await?.expect(201)?;
    let submit = Request::command(&cast.lead, format!("{}/submit", path(&draft)?)).on(draft.version()?);
    let refused = teller.ask(submit).await?.expect(409)?;
    teller.members(&refused, &["counter", "otherPair"])?;
    let gone = Request::delete(&cast.lead, path(&draft)?).on(draft.version()?);
    teller.service.send(gone).await?.expect(204)?;
    Ok(())
}

/// From A to B.
async fn way_out(teller: &mut Teller<'_>, cast: &Cast, advance: &Advance<'_>) -> Result<(), DemoError> {
    let waiting = Request::get(&cast.lead, "/registrations?status=correctionsNeeded");
    let waiting = teller.service.send(waiting).await?.expect(200)?;
    let of_a = |one: &&Value| one["corrections"]["counter"] == "A";
    let Some(first) = waiting.list("items").iter().find(of_a).cloned() else {
        return Err(DemoError::Missing("registration that found counter A full"));
    };
    teller.chapter(
        "The way out: the other pair",
        "A registration that found counter A full is reopened, gets pair 174495-174506 and is submitted again. It keeps its \
         code, and the next night gives it a place in counter B.",
    )?;
    let at = format!("/registrations/{}", first["id"].as_str().unwrap_or_default());
    let shown = teller.ask(Request::get(&cast.lead, at.clone())).await?.expect(200)?;
    teller.members(&shown, &["status", "code", "corrections"])?;
    let open =
        teller.ask(Request::command(&cast.lead, format!("{at}/reopen")).on(shown.version()?)).await?.expect(200)?;
    let body = json!({"content": {"nomenclaturePair": PAIR_B}});
    let changed =
        teller.ask(Request::patch(&cast.lead, at.clone(), body).on(open.version()?).shown()).await?.expect(200)?;
    let request = Request::command(&cast.lead, format!("{at}/submit")).on(changed.version()?);
    let again = teller.ask(request).await?.expect(200)?;
    teller.members(&again, &["status", "code"])?;
    teller.until(&cast.lead, &at, PATIENCE, |reply| reply.text("status") == "submitted").await?;
    night(teller, cast, advance).await?;
    let check = teller.ask(Request::get(&cast.lead, format!("{at}/check"))).await?.expect(200)?;
    teller.members(&check, &["tonight"])
}

/// The sixty of a year.
async fn sixty(teller: &mut Teller<'_>, cast: &Cast, seed: u64, advance: &Advance<'_>) -> Result<(), DemoError> {
    let today = today(teller, cast).await?;
    let id = format!("B-{}", today.year());
    teller.chapter(
        "Sixty a year",
        "Counter B counts the implantations of a calendar year. The sixty-first of the year can only be deleted, and next year \
         begins anew.",
    )?;
    let present = counter(teller, cast, &id).await?;
    let missing = 61u64.saturating_sub(figure(&present));
    imported(teller, cast, seed + 1000..seed + 1000 + missing, PAIR_B, today).await?;
    night(teller, cast, advance).await?;
    let full = counter(teller, cast, &id).await?;
    teller.members(&full, &["figure", "placesLeft", "closed"])?;
    mails(teller, cast, &id).await?;
    let waiting = Request::get(&cast.lead, "/registrations?status=correctionsNeeded");
    let waiting = teller.service.send(waiting).await?.expect(200)?;
    let of_b = |one: &&Value| one["corrections"]["counter"] == "B";
    let Some(last) = waiting.list("items").iter().find(of_b).cloned() else {
        return Err(DemoError::Missing("sixty-first"));
    };
    let at = format!("/registrations/{}", last["id"].as_str().unwrap_or_default());
    let version = last["version"].as_i64().unwrap_or_default();
    let open = teller.ask(Request::command(&cast.lead, format!("{at}/reopen")).on(version)).await?.expect(200)?;
    teller.members(&open, &["status", "corrections"])?;
    teller.ask(Request::delete(&cast.lead, at).on(open.version()?)).await?.expect(204)?;
    Ok(())
}
