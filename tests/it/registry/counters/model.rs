//! A random history of hospitals, Healthdata, days and nights, compared everywhere with a small sequential model.
//!
//! `INSULA_SEED` repeats a history; `INSULA_MODEL_STEPS` makes it longer than [`STEPS`], for a campaign.

mod agree;
mod ledger;
mod race;

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use insula_domain::clock::Clock;
use insula_tests::{Client, Random, Reply, TestApp, arrivals::counted, client::new_key};
use serde_json::{Value, json};

use ledger::{Content, Ledger, One, brussels_day, midnight_ending};

/// The default number of steps of a history, about a minute. A step is a command, or an event that affects many.
const STEPS: usize = 800;
/// How many registrations the hospitals handle at a time, besides the crowd.
const SLOTS: usize = 16;

/// A successful request, whose repetition must always get the same answer.
struct Kept {
    hospital: usize,
    path: String,
    version: i64,
    key: String,
    text: String,
}

struct History {
    app: TestApp,
    http: reqwest::Client,
    random: Random,
    leads: [Client; 2],
    ledger: Ledger,
    slots: Vec<String>,
    raced: usize,
    codes: HashSet<String>,
    kept: Vec<Kept>,
    nights: Vec<ledger::Night>,
    submits: i64,
    refused_closed: usize,
}

impl History {
    async fn begin() -> History {
        let app = TestApp::start().await;
        app.clock.set("2026-10-22T08:00:00Z");
        // A new connection for each request: nights run in this thread, which therefore would not notice that the
        // service has closed an idle connection.
        let http = reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap();
        let leads = [app.lead_a().on(&http), app.lead_b().on(&http)];
        super::oracle::begin(&app);
        let mut history = History {
            app,
            http,
            random: Random::seeded(),
            leads,
            ledger: Ledger::default(),
            slots: Vec::new(),
            raced: 0,
            codes: HashSet::new(),
            kept: Vec::new(),
            nights: Vec::new(),
            submits: 0,
            refused_closed: 0,
        };
        for slot in 0..SLOTS {
            let hospital = slot % 2;
            let beneficiary = history.leads[hospital].enter_beneficiary(u32::try_from(slot).unwrap()).await;
            let id = history.draft(hospital, beneficiary).await;
            history.slots.push(id);
        }
        // Both counters are just below their first threshold.
        let today = brussels_day(history.now());
        for (pair, count) in [("174370-174381", 347), ("174495-174506", 37)] {
            history.crowd(count, Content { pair, day: today, sensor: true, complete: true });
        }
        history
    }

    fn now(&self) -> DateTime<Utc> {
        self.app.clock.now()
    }

    fn often(&mut self, percent: usize) -> bool {
        self.random.below(100) < percent
    }

    /// A plausible registration: most feed a counter, of this year or the year before.
    fn content(&mut self) -> Content {
        let back = self.random.below(300) as i64;
        Content {
            pair: ["174370-174381", "174495-174506", "174495-174506", "174392-174403"][self.random.below(4)],
            day: brussels_day(self.now()) - TimeDelta::days(back),
            sensor: self.often(85),
            complete: self.often(90),
        }
    }

    async fn draft(&mut self, hospital: usize, beneficiary: String) -> String {
        let draft = Content { complete: false, sensor: false, ..self.content() };
        let content = json!({});
        let reply = self.leads[hospital].draft("firstImplantation", Some(&beneficiary), &content).await;
        let one = One {
            hospital,
            beneficiary,
            status: "open",
            version: 1,
            code: None,
            draft: Content { pair: "", ..draft },
            validated: None,
            place: None,
            arrived: None,
            corrections: Value::Null,
            free: true,
        };
        self.ledger.all.insert(reply.id(), one);
        reply.id()
    }

    /// One command of one hospital on one registration.
    async fn command(&mut self, id: &str) {
        let command =
            ["save", "save", "submit", "submit", "submit", "reopen", "reopen", "delete"][self.random.below(8)];
        self.send(id, command).await;
    }

    /// A submitted registration, if possible a holder, is reopened and submitted again, unchanged or changed: it keeps
    /// or frees its place; a refused one arrives anew.
    async fn correct(&mut self, slot: usize) {
        let holds = |id: &&String| self.ledger.all[*id].place.is_some();
        let id = self.slots.iter().cycle().skip(slot).take(SLOTS).find(holds).unwrap_or(&self.slots[slot]).clone();
        let changed = self.often(35);
        for command in ["reopen", "save", "submit"] {
            if changed || command != "save" {
                self.send(&id, command).await;
            }
        }
    }

    async fn send(&mut self, id: &str, command: &str) {
        let (content, reason) = (self.content(), self.often(50));
        let skew = if self.often(4) { [-1, 1][self.random.below(2)] } else { 0 };
        let stranger = self.often(3);
        let key = new_key();
        let one = &self.ledger.all[id];
        let (hospital, before, was) = (one.hospital, one.version, one.status);
        let lead = &self.leads[if stranger { 1 - hospital } else { hospital }];
        let reply = send(lead, id, one, command, (&content, reason), before + skew, &key).await;
        let (status, code) = match () {
            () if stranger => (404, ""),
            () if skew != 0 => (412, ""),
            () => self.ledger.answer(id, command, reason),
        };
        let about = format!("{command} on {was}, {:?}: {}", self.ledger.all[id], reply.text);
        assert_eq!(reply.status, status, "{about}");
        self.refused_closed += usize::from(code.starts_with("counterClosed"));
        if status >= 300 {
            let kind = reply.body["type"].as_str().unwrap_or_default();
            assert!(kind.ends_with(code), "{about}");
            return;
        }
        self.ledger.apply(id, command, &content);
        self.done(id, command, &reply);
        let one = &self.ledger.all[id];
        if status == 200 {
            let shown = (reply.body["status"].as_str(), reply.version(), reply.body["code"].as_str());
            assert_eq!(shown, (Some(one.status), one.version, one.code.as_deref()), "{about}");
        }
        if matches!(command, "submit" | "reopen") && self.kept.len() < 200 {
            let path = format!("/registrations/{id}/{command}");
            self.kept.push(Kept { hospital, path, version: before, key, text: reply.text });
        }
    }

    /// A successful command: the first submit brings the code.
    fn done(&mut self, id: &str, command: &str, reply: &Reply) {
        if command != "submit" {
            return;
        }
        self.submits += 1;
        let code = reply.body["code"].as_str().unwrap().to_owned();
        match &self.ledger.all[id].code {
            Some(known) => assert_eq!(*known, code, "INV-K2: a code changes"),
            None => {
                assert!(self.codes.insert(code.clone()), "INV-K1: a code given twice");
                self.ledger.all.get_mut(id).unwrap().code = Some(code);
            }
        }
    }

    /// Healthdata answers everything that waits.
    fn healthdata(&mut self, acknowledges: bool) {
        // Failed deliveries are due again as well.
        self.app.clock.advance(TimeDelta::hours(1));
        let at = self.now();
        if acknowledges {
            self.app.deliver();
        } else {
            while self.app.refuse("unreadable") > 0 {}
        }
        self.ledger.healthdata(acknowledges, at);
    }

    /// Registrations of other people, written past the hospitals' interface.
    fn crowd(&mut self, count: i64, content: Content) {
        let last = self.app.count("SELECT coalesce(max(validation_number), 0) AS n FROM insula.registrations");
        let at = self.now();
        self.app.arrive(count, content.pair, &content.day.to_string());
        let arrived = format!(
            "SELECT id || ' ' || code AS t FROM insula.registrations WHERE validation_number > {last}
             ORDER BY validation_number"
        );
        for line in crate::database::tenancy::texts(&mut self.app.owner(), &arrived) {
            let (id, code) = line.split_once(' ').unwrap();
            self.ledger.arrive(id.to_owned(), code.to_owned(), content.clone(), at);
        }
    }

    async fn crowd_comes(&mut self) {
        let content = Content { sensor: true, complete: true, ..self.content() };
        let count = 1 + self.random.below(8) as i64;
        self.crowd(count, content);
    }

    /// Some of the crowd are deleted: refused ones and holders. The model chooses them; the hospital deletes them.
    async fn crowd_goes(&mut self) {
        let there = |one: &One| one.beneficiary.is_empty() && one.status != "deleted";
        let there: Vec<_> = self.ledger.all.iter().filter(|(_, one)| there(one)).map(|(id, _)| id.clone()).collect();
        for _ in 0..self.random.below(4) {
            let id = self.random.pick(&there).clone();
            for command in ["reopen", "delete"] {
                self.send(&id, command).await;
            }
        }
    }

    /// Time passes: to the end of the day, past it, or several days; usually the nights that are due are run.
    async fn time_passes(&mut self) {
        if self.ledger.due(self.now()).is_none() {
            self.preview_agrees().await;
        }
        let end = midnight_ending(brussels_day(self.now()));
        let to = match self.random.below(10) {
            0..2 => end - TimeDelta::milliseconds(500),
            2 => end,
            3 => end + TimeDelta::minutes(30),
            4..8 => end + TimeDelta::minutes(40 + self.random.below(1200) as i64),
            8 => end + TimeDelta::days(1 + self.random.below(4) as i64),
            _ => end + TimeDelta::hours(self.random.below(24 * 20) as i64),
        };
        self.app.clock.set(&to.max(self.now()).to_rfc3339());
        match self.random.below(20) {
            0..12 => self.nights().await,
            12..17 if self.ledger.due(self.now()).is_some() => self.race().await,
            _ => {}
        }
    }

    /// Runs the nights that are due, in one process or in two.
    async fn nights(&mut self) {
        let now = self.now();
        let mut due = Vec::new();
        while self.ledger.due(now).is_some() {
            due.push(self.ledger.night());
        }
        if self.often(20) {
            self.both_run();
        } else {
            let reports = self.app.nights();
            let shown: Vec<_> = reports.iter().map(|one| (one.day, one.kept, one.taken, one.exceeded)).collect();
            let expected: Vec<_> = due
                .iter()
                .map(|night| (night.day, night.count("keeps"), night.count("takes"), night.count("exceeded")))
                .collect();
            assert_eq!(shown, expected);
            for (report, night) in reports.iter().zip(&due) {
                let reached: Vec<_> =
                    report.reached.iter().map(|one| (one.counter.to_string(), one.threshold, one.figure)).collect();
                let expected: Vec<_> = night.reached.iter().map(|(of, at, figure)| (of.id(), *at, *figure)).collect();
                assert_eq!(reached, expected, "{}", night.day);
            }
        }
        self.agree(&due).await;
        self.nights.extend(due);
    }

    fn both_run(&self) {
        let app = &self.app;
        std::thread::scope(|threads| {
            let both = [(); 2].map(|()| threads.spawn(|| app.nights()));
            both.into_iter().for_each(|nights| drop(nights.join().unwrap()));
        });
        // A process that finds another one running a night leaves the rest to it; the other may have ended just before.
        app.nights();
    }

    /// Repeats an earlier request.
    async fn repeat(&mut self) {
        if self.kept.is_empty() {
            return;
        }
        let kept = &self.kept[self.random.below(self.kept.len())];
        let again = self.leads[kept.hospital].command_keyed(&kept.path, kept.version, &kept.key).await;
        assert_eq!((again.status, &again.text), (200, &kept.text));
    }

    async fn step(&mut self) {
        let slot = self.random.below(SLOTS);
        let id = self.slots[slot].clone();
        let one = &self.ledger.all[&id];
        if one.status == "deleted" {
            let (hospital, beneficiary) = (one.hospital, one.beneficiary.clone());
            self.slots[slot] = self.draft(hospital, beneficiary).await;
        }
        match self.random.below(100) {
            0..44 => self.command(&id).await,
            44..50 => self.correct(slot).await,
            50..58 => self.healthdata(true),
            58..60 => self.healthdata(false),
            60..62 => drop(self.app.fail_deliveries()),
            62..70 => self.crowd_comes().await,
            70..78 => self.crowd_goes().await,
            78..86 => self.time_passes().await,
            86..90 => self.repeat().await,
            _ => self.looks_agree(&id).await,
        }
    }
}

fn body(one: &One, content: &Content) -> Value {
    let mut full = counted(content.pair, &content.day.to_string());
    full["devices"][0]["expiryDate"] = json!("2040-01-01");
    if !content.sensor {
        full["devices"] = json!([{"kind": "transmitter", "model": "E3", "udiDi": "00817870020003", "serial": "T",
                                  "expiryDate": "2040-01-01"}]);
    }
    if !content.complete {
        full.as_object_mut().unwrap().remove("therapy");
    }
    json!({"beneficiaryId": one.beneficiary, "content": full})
}

async fn send(
    lead: &Client,
    id: &str,
    one: &One,
    command: &str,
    (content, reason): (&Content, bool),
    version: i64,
    key: &str,
) -> Reply {
    match command {
        "save" => lead.put(&format!("/registrations/{id}"), &body(one, content), version).await,
        "delete" => {
            let query = if reason { "?reason=other" } else { "" };
            lead.delete(&format!("/registrations/{id}{query}"), version).await
        }
        _ => lead.command_keyed(&format!("/registrations/{id}/{command}"), version, key).await,
    }
}

/// CNT-01 to CNT-09, NOT-01, CGM-06 to CGM-12, TRA-02, TRA-04: any history agrees with the model after each command,
/// after each night and at the end, and every night with its replay. `INSULA_SEED` repeats a history.
#[actix_web::test]
async fn a_random_history_of_nights_agrees_with_the_model() {
    let steps = std::env::var("INSULA_MODEL_STEPS").ok().and_then(|steps| steps.parse().ok()).unwrap_or(STEPS);
    let mut history = History::begin().await;
    for step in 0..steps {
        history.step().await;
        if step % 400 == 399 {
            super::oracle::agree(&history.app);
        }
    }
    history.app.clock.advance(TimeDelta::days(2));
    history.nights().await;
    history.everything_agrees().await;
    history.is_not_trivial(steps);
}

/// CNT-07: the model's days are those of Brussels.
#[test]
fn the_model_knows_the_days_of_brussels() {
    for (day, end) in [
        ("2026-10-24", "2026-10-24T22:00:00Z"),
        ("2026-10-25", "2026-10-25T23:00:00Z"),
        ("2026-12-31", "2026-12-31T23:00:00Z"),
        ("2027-03-27", "2027-03-27T23:00:00Z"),
        ("2027-03-28", "2027-03-28T22:00:00Z"),
    ] {
        assert_eq!(midnight_ending(day.parse().unwrap()), end.parse::<DateTime<Utc>>().unwrap());
        assert!(brussels_day(end.parse().unwrap()).to_string().as_str() > day);
    }
}
