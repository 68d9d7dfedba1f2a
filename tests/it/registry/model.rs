//! The state machine: a random history of commands, deliveries and refusals, compared with a small sequential model
//! after every step.

use std::collections::HashSet;

use chrono::TimeDelta;
use insula_tests::{Client, Random, Reply, TestApp, client::new_key, data};
use serde_json::{Value, json};

const STEPS: usize = 300;
const SLOTS: usize = 6;

/// The model of one registration.
struct Expected {
    id: String,
    hospital: usize,
    beneficiary: String,
    status: &'static str,
    version: i64,
    code: Option<String>,
    /// Whether it can be submitted without faults.
    complete: bool,
    /// Whether it can be deleted without a reason: never validated, or its counter exceeded since (CGM-11).
    free: bool,
}

impl Expected {
    fn path(&self, rest: &str) -> String {
        format!("/registrations/{}{rest}", self.id)
    }

    /// The status of the answer to a command; a success changes the model.
    fn answer(&mut self, command: &str, complete: bool, reason: bool) -> u16 {
        let (status, next) = match (self.status, command) {
            ("open", "save") => {
                self.complete = complete;
                (200, "open")
            }
            ("open", "submit") if !self.complete => return 400,
            ("open", "submit") => {
                self.free = false;
                (200, "sending")
            }
            ("open", "delete") if !self.free && !reason => return 400,
            ("open", "delete") => (204, "deleted"),
            ("submitted" | "correctionsNeeded", "reopen") => (200, "open"),
            _ => return 409,
        };
        self.go(next);
        status
    }

    fn go(&mut self, status: &'static str) {
        self.status = status;
        self.version += 1;
    }
}

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
    random: Random,
    leads: [Client; 2],
    living: Vec<Expected>,
    buried: Vec<Expected>,
    codes: HashSet<String>,
    kept: Vec<Kept>,
    submits: i64,
}

impl History {
    async fn begin() -> History {
        let app = TestApp::start().await;
        let leads = [app.lead_a(), app.lead_b()];
        let (living, buried, kept) = (Vec::new(), Vec::new(), Vec::new());
        let random = Random::seeded();
        let mut history = History { app, random, leads, living, buried, codes: HashSet::new(), kept, submits: 0 };
        for slot in 0..SLOTS {
            let hospital = slot % 2;
            let beneficiary = history.leads[hospital].enter_beneficiary(u32::try_from(slot).unwrap()).await;
            let draft = history.draft(hospital, beneficiary).await;
            history.living.push(draft);
        }
        history
    }

    fn often(&mut self, percent: usize) -> bool {
        self.random.below(100) < percent
    }

    async fn draft(&self, hospital: usize, beneficiary: String) -> Expected {
        let reply = self.leads[hospital].draft("firstImplantation", Some(&beneficiary), &json!({})).await;
        let (id, version) = (reply.id(), reply.version());
        Expected { id, hospital, beneficiary, status: "open", version, code: None, complete: false, free: true }
    }

    /// One command of one hospital on one registration.
    async fn command(&mut self, slot: usize) {
        let command =
            ["save", "save", "submit", "submit", "submit", "reopen", "reopen", "delete"][self.random.below(8)];
        let (complete, reason) = (self.often(80), self.often(50));
        let skew = if self.often(8) { [-1, 1][self.random.below(2)] } else { 0 };
        let stranger = self.often(4);
        let key = new_key();
        let registration = &mut self.living[slot];
        let before = registration.version;
        let lead = &self.leads[if stranger { 1 - registration.hospital } else { registration.hospital }];
        let reply = send(lead, registration, command, (complete, reason), before + skew, &key).await;
        let expected = match () {
            () if stranger => 404,
            () if skew != 0 => 412,
            () => registration.answer(command, complete, reason),
        };
        assert_eq!(reply.status, expected, "{command} on {}: {}", registration.status, reply.text);
        if command == "submit" && expected == 200 {
            self.submits += 1;
            let code = reply.body["code"].as_str().unwrap().to_owned();
            if registration.code.is_none() {
                assert!(self.codes.insert(code.clone()), "a code given twice");
                registration.code = Some(code);
            }
        }
        if matches!(command, "submit" | "reopen") && expected == 200 {
            let path = registration.path(&format!("/{command}"));
            self.kept.push(Kept { hospital: registration.hospital, path, version: before, key, text: reply.text });
        }
    }

    /// Healthdata answers everything that waits.
    fn healthdata(&mut self, acknowledges: bool) {
        // Failed deliveries are due again as well.
        self.app.clock.advance(TimeDelta::hours(2));
        if acknowledges {
            self.app.deliver();
        } else {
            while self.app.refuse("unreadable") > 0 {}
        }
        for registration in self.living.iter_mut().filter(|one| one.status == "sending") {
            registration.go(if acknowledges { "submitted" } else { "correctionsNeeded" });
        }
    }

    /// A night finds the counter of one registration exceeded. Here this is random, so that every transition occurs
    /// often; counters and places are the subject of the other model (`counters/model.rs`).
    async fn exceed(&mut self, slot: usize) {
        let registration = &mut self.living[slot];
        if registration.status == "submitted" {
            let path = registration.path("");
            self.app.exceed(&self.leads[registration.hospital].get(&path).await.expect(200));
            registration.go("correctionsNeeded");
            registration.free = true;
        }
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

    /// Replaces a deleted draft by a new one for the same beneficiary.
    async fn replace(&mut self, slot: usize) {
        let (hospital, beneficiary) = (self.living[slot].hospital, self.living[slot].beneficiary.clone());
        let draft = self.draft(hospital, beneficiary).await;
        self.buried.push(std::mem::replace(&mut self.living[slot], draft));
    }

    async fn step(&mut self) {
        let slot = self.random.below(SLOTS);
        if self.living[slot].status == "deleted" && self.often(30) {
            return self.replace(slot).await;
        }
        match self.random.below(100) {
            0..70 => self.command(slot).await,
            70..80 => self.healthdata(true),
            80..85 => self.healthdata(false),
            85..88 => drop(self.app.fail_deliveries()),
            88..94 => self.exceed(slot).await,
            _ => self.repeat().await,
        }
    }

    /// Compares every registration with the model.
    async fn agree(&self, step: usize) {
        for hospital in 0..2 {
            let page = self.leads[hospital].get("/registrations?pageSize=200").await.expect(200);
            let stands = |item: &Value| {
                (item["id"].clone(), item["status"].clone(), item["version"].clone(), item.get("code").cloned())
            };
            let mut found: Vec<_> = page.body["items"].as_array().unwrap().iter().map(stands).collect();
            let all = self.living.iter().chain(&self.buried).filter(|one| one.hospital == hospital);
            let mut expected: Vec<_> = all
                .map(|one| {
                    (json!(one.id), json!(one.status), json!(one.version), one.code.as_ref().map(|code| json!(code)))
                })
                .collect();
            found.sort_by_key(|one| one.0.to_string());
            expected.sort_by_key(|one| one.0.to_string());
            assert_eq!(found, expected, "after step {step}");
        }
    }

    /// INV-K5: the insurer sees the status of every code, billable only while submitted.
    async fn codes_as_insurers_see_them(&self) {
        let insurer = self.app.insurer("319");
        for one in self.living.iter().chain(&self.buried) {
            let Some(code) = &one.code else { continue };
            let found = insurer.get(&format!("/registrationCodes/{code}")).await.expect(200);
            assert_eq!(found.body["status"], one.status, "{code}");
            assert_eq!(found.body["billable"], one.status == "submitted", "{code}");
        }
    }
}

async fn send(
    lead: &Client,
    registration: &Expected,
    command: &str,
    (complete, reason): (bool, bool),
    version: i64,
    key: &str,
) -> Reply {
    match command {
        "save" => {
            let mut content = data::first_implantation();
            if !complete {
                content.as_object_mut().unwrap().remove("therapy");
            }
            let body = json!({"beneficiaryId": registration.beneficiary, "content": content});
            lead.put(&registration.path(""), &body, version).await
        }
        "delete" => {
            let query = if reason { "?reason=other" } else { "" };
            lead.delete(&registration.path(query), version).await
        }
        _ => lead.command_keyed(&registration.path(&format!("/{command}")), version, key).await,
    }
}

/// CGM-06 to CGM-12, TRA-02, TRA-04: any history of six registrations at two hospitals agrees with the model after each
/// step. `INSULA_SEED` repeats a history.
#[actix_web::test]
async fn a_random_history_agrees_with_the_model_after_every_step() {
    let mut history = History::begin().await;
    for step in 0..STEPS {
        history.step().await;
        history.agree(step).await;
    }
    history.app.assert_invariants();
    let submits = "SELECT count(*) AS n FROM insula.registration_versions WHERE command = 'submit'";
    assert_eq!(history.app.count(submits), history.submits, "INV-K4: a repeated submit is one");
    history.codes_as_insurers_see_them().await;
    assert!(!history.codes.is_empty(), "a history that validates nothing shows nothing");
}
