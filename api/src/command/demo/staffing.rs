//! A pump convention, its team and its year, and two hospitals that merge (CON-01 to CON-08, STF-01 to STF-19).

use insula_domain::{
    actor::Role,
    identifier::{HospitalNumber, NihdiNumber},
};
use serde_json::{Value, json};

use super::{
    DemoError,
    invented::{Mint, person},
    service::{Person, Request},
    telling::Teller,
};

/// The year that is assessed.
const YEAR: i32 = 2025;

/// An invented establishment.
struct Establishment {
    hospital: String,
    name: &'static str,
    self_management: String,
    pump: String,
    physician: String,
    team: Person,
}

/// The first number of this form with valid check digits.
fn fitting(head: &str, tail: &str, fits: impl Fn(&str) -> bool) -> String {
    let numbers = (0..100).map(|check| format!("{head}{check:02}{tail}"));
    numbers.into_iter().find(|number| fits(number)).unwrap_or_default()
}

impl Establishment {
    /// The establishment of a seed and a position in the story.
    fn new(run: &str, seed: u64, place: u64, name: &'static str, mint: &Mint<'_>) -> Result<Establishment, DemoError> {
        let n = seed.wrapping_mul(2) + place;
        let hospital = fitting(&format!("71{:04}", n % 10_000), "", |text| text.parse::<HospitalNumber>().is_ok());
        let team = person(mint, run, "convention team", None, Role::ConventionTeam, &hospital)?;
        Ok(Establishment {
            name,
            self_management: format!("7.41.{:03}.{:02}", n / 100 % 1000, n % 100),
            pump: format!("7.86.5{:02}.{:02}", n / 100 % 100, n % 100),
            physician: fitting(&format!("1{:05}", n % 100_000), "580", |text| text.parse::<NihdiNumber>().is_ok()),
            hospital,
            team,
        })
    }

    fn at(&self, path: &str) -> String {
        format!("/establishments/{}{path}", self.hospital)
    }
}

/// The last chapters of the story.
pub async fn told(
    teller: &mut Teller<'_>,
    inami: &Person,
    run: &str,
    seed: u64,
    mint: &Mint<'_>,
) -> Result<(), DemoError> {
    let east = Establishment::new(run, seed, 0, "Invented hospital East", mint)?;
    let west = Establishment::new(run, seed, 1, "Invented hospital West", mint)?;
    concluded(teller, inami, &east).await?;
    team(teller, &east).await?;
    assessed(teller, &east).await?;
    prescribers(teller, &east).await?;
    merged(teller, inami, &east, &west).await
}

/// A hospital and its two conventions.
async fn enter(teller: &mut Teller<'_>, inami: &Person, of: &Establishment) -> Result<(), DemoError> {
    let hospital = json!({"name": of.name, "language": "fr"});
    teller.ask(Request::put(inami, format!("/hospitals/{}", of.hospital), hospital).shown()).await?.expect(200)?;
    for (kind, number, from) in
        [("selfManagement", &of.self_management, "2015-01-01"), ("pump", &of.pump, "2021-01-01")]
    {
        let entry = json!({"kind": kind, "from": from});
        let request = Request::put(inami, of.at(&format!("/conventions/{number}")), entry).shown();
        teller.ask(request).await?.expect(200)?;
    }
    Ok(())
}

async fn concluded(teller: &mut Teller<'_>, inami: &Person, of: &Establishment) -> Result<(), DemoError> {
    teller.chapter(
        "A hospital concludes the insulin pump convention",
        "INAMI enters the hospital and its conventions. A pump convention needs one of self-management beside it, and a \
         hospital has one of each kind at a time: a second one is refused.",
    )?;
    enter(teller, inami, of).await?;
    let entry = json!({"kind": "pump", "from": "2024-01-01"});
    let second = Request::put(inami, of.at("/conventions/7.86.599.99"), entry).shown();
    teller.ask(second).await?.expect(400)?;
    Ok(())
}

/// A team member with these assignments.
fn member(name: &str, qualification: &str, assignments: &[Value]) -> Value {
    json!({"name": name, "qualification": qualification, "employment": "1", "enteredService": "2015-01-01",
        "trainingProvedOn": "2016-06-30", "assignments": assignments})
}

/// An assignment for a convention since 2021, with its weekly timetable.
fn part(function: &str, convention: &str, fte: &str, hours: &[(&str, &str, &str)]) -> Value {
    let shift = |(weekday, from, to): &(&str, &str, &str)| json!({"weekday": weekday, "from": from, "to": to});
    json!({"function": function, "convention": convention, "fte": fte, "from": "2021-01-01",
        "responsible": function == "medical", "timetable": hours.iter().map(shift).collect::<Vec<_>>()})
}

async fn team(teller: &mut Teller<'_>, of: &Establishment) -> Result<(), DemoError> {
    teller.chapter(
        "The team is entered, and what is wrong or doubtful is said",
        "Each member with function, share of a full-time job, timetable and dates. A secretary who would be the physician in \
         charge is refused; what only deserves a second look comes as warnings. Nothing that was said is lost: the register \
         answers for any day, and for what was known at any instant.",
    )?;
    let path = of.at("/teamMembers");
    let wrong = [part("medical", "pump", "0.1", &[("monday", "08:00", "11:48")])];
    let wrong = Request::post(&of.team, path.as_str(), member("Sam Secretary", "secretary", &wrong));
    teller.ask(wrong.saying("a secretary with the function of a physician")).await?.expect(400)?;
    // A day of 7 hours 36 is a fifth of a full-time job (STF-08).
    let whole = |weekday| (weekday, "08:00", "15:36");
    let does = [
        part("medical", "pump", "0.1", &[("monday", "08:00", "11:48")]),
        part("medical", "selfManagement", "0.4", &[whole("tuesday"), whole("friday")]),
    ];
    let mut physician = member("Dr Eva Endo", "endocrinologist", &does);
    physician["nihdiNumber"] = json!(of.physician);
    let does = [
        part("education", "pump", "0.1", &[("monday", "08:00", "11:48")]),
        part("education", "selfManagement", "0.4", &[whole("tuesday"), whole("friday")]),
    ];
    let nurse = member("Nora Nurse", "diabetesNurse", &does);
    let does = [
        part("secretariat", "pump", "0.05", &[("monday", "08:00", "10:00")]),
        part("secretariat", "selfManagement", "0.2", &[whole("tuesday")]),
    ];
    let secretary = member("Sam Secretary", "secretary", &does);
    for (said, entry) in [
        (
            "Dr Eva Endo, endocrinologist, 0.1 FTE for pumps and 0.4 for self-management, responsible for both",
            physician,
        ),
        ("Nora Nurse, specialised in diabetes, 0.1 and 0.4 FTE of education", nurse),
        ("Sam Secretary, 0.05 and 0.2 FTE, a timetable that says a little more", secretary),
    ] {
        let entered = teller.ask(Request::post(&of.team, path.as_str(), entry).saying(said)).await?.expect(201)?;
        let own = entered.list("warnings").iter().filter(|one| one["code"] != "consultantMissing");
        teller.issues(&own.cloned().collect::<Vec<_>>())?;
    }
    Ok(())
}

async fn assessed(teller: &mut Teller<'_>, of: &Establishment) -> Result<(), DemoError> {
    teller.chapter(
        "A year is assessed as an inspector would on paper",
        "The year goes by the mean number of patients of the two years before, stated with their grounds. Each figure comes with \
         its formula, its inputs and its rule. There are fewer nurses than are always required; what is missing can lead to \
         recovery of up to twice its percentage. The same address gives JSON to programs and, as `text/html`, a report to be \
         read and printed.",
    )?;
    for (year, patients) in [(YEAR - 2, "110"), (YEAR - 1, "130"), (YEAR, "140")] {
        let statement = json!({"patients": patients, "grounds": "patient list of the diabetes centre, mean of the months' ends",
            "selfManagement": {"medical": "0.4", "education": "0.6", "dataManagement": "0", "secretariat": "0.2"}});
        let request = Request::put(&of.team, of.at(&format!("/staffingStatements/{year}")), statement).shown();
        teller.ask(request).await?.expect(200)?;
    }
    let path = of.at(&format!("/staffingAssessments/{YEAR}?on={YEAR}-06-30"));
    let assessment = teller.ask(Request::get(&of.team, path)).await?.expect(200)?;
    let (patients, year) = (&assessment.body["patients"], &assessment.body["overTheYear"]);
    let shown = |figure: &Value| figure["shown"].as_str().unwrap_or_default().to_owned();
    teller.fact("patients", &shown(patients))?;
    teller.row(&[("", 16), ("required", 10), ("present", 10), ("short", 10), ("must grow", 10), ("missing", 10)])?;
    for one in year["functions"].as_array().into_iter().flatten() {
        let grows = if one["mustGrow"] == true { "yes" } else { "no" };
        teller.row(&[
            (one["function"].as_str().unwrap_or_default(), 16),
            (&shown(&one["required"]), 10),
            (&shown(&one["present"]), 10),
            (&shown(&one["shortfall"]), 10),
            (grows, 10),
            (&shown(&one["missing"]), 10),
        ])?;
    }
    teller.fact("missing, in %", &shown(&year["missingPercentage"]))?;
    teller.fact("highest recovery", &format!("{} %", shown(&year["highestRecoveryPercentage"])))?;
    let simulated = json!({"patients": ["400"]});
    let request =
        Request::post(&of.team, "/staffing/simulate", simulated).saying("400 patients, of nobody: nothing is stored");
    teller.ask(request).await?.expect(200)?;
    Ok(())
}

async fn prescribers(teller: &mut Teller<'_>, of: &Establishment) -> Result<(), DemoError> {
    teller.chapter(
        "Who may prescribe is told to INAMI and insurers",
        "The establishment states its list as a whole, with dates. What changes goes at once into the feed that INAMI and \
         insurers follow, and to INAMI by e-mail.",
    )?;
    let list = json!({"prescribers": [{"nihdiNumber": of.physician, "name": "Dr Eva Endo", "qualification": "endocrinologist",
        "from": "2021-01-01"}]});
    let words = "Dr Eva Endo, endocrinologist, from 1 January 2021";
    teller.ask(Request::put(&of.team, of.at("/prescribers"), list).saying(words)).await?.expect(200)?;
    let mails = teller.ask(Request::get(&of.team, "/notifications")).await?.expect(200)?;
    let Some(mail) = mails.list("items").first() else { return Err(DemoError::Missing("e-mail")) };
    for name in ["about", "state", "subject"] {
        teller.fact(name, mail[name].as_str().unwrap_or_default())?;
    }
    Ok(())
}

async fn merged(
    teller: &mut Teller<'_>,
    inami: &Person,
    east: &Establishment,
    west: &Establishment,
) -> Result<(), DemoError> {
    teller.chapter(
        "Two hospitals merge, as was shown beforehand",
        "Both have the convention, and the registered letter keeps that of the first. INAMI first sees what the merger does, then \
         carries out exactly that: both numbers run for two more years, applications come under the kept one after one.",
    )?;
    enter(teller, inami, west).await?;
    let body = json!({"kind": "merger", "hospitals": [east.hospital, west.hospital], "hospital": east.hospital,
        "effective": "2026-01-01", "kept": east.pump, "letter": {"sentOn": "2025-12-15", "takesOverAll": true}});
    let itself = json!({"kind": "merger", "hospitals": [east.hospital, east.hospital], "hospital": east.hospital,
        "effective": "2026-01-01"});
    teller.ask(Request::post(inami, "/mergers/check", itself).saying("with itself")).await?.expect(400)?;
    let check = Request::post(inami, "/mergers/check", body.clone()).shown();
    let shown = teller.ask(check).await?.expect(200)?;
    let tag = shown.tag.ok_or(DemoError::Missing("ETag"))?;
    let request = Request::post(inami, "/mergers", body).on(tag).saying("the same");
    let merger = teller.ask(request).await?.expect(201)?;
    for ending in merger.body["outcome"]["ending"].as_array().into_iter().flatten() {
        for name in ["number", "lastDay", "keptOnlyFrom", "periodsEndOn"] {
            teller.fact(name, ending[name].as_str().unwrap_or_default())?;
        }
    }
    let conventions = teller.ask(Request::get(&east.team, east.at("/conventions"))).await?.expect(200)?;
    for one in conventions.list("items") {
        let text = |name: &str| one[name].as_str().unwrap_or_default();
        let (from, to) = (text("takenOverOn"), text("lastDay"));
        teller.row(&[(text("number"), 14), (text("kind"), 16), (from, 12), (to, 12)])?;
    }
    Ok(())
}
