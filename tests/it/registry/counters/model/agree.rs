//! Compares every view of counters, places and verdicts with the model.

use insula_domain::actor::Role;
use insula_persistence::{Call, registry::night};
use insula_tests::{Client, Reply};
use serde_json::{Value, json};

use super::{
    History,
    ledger::{Counter, Decision, Night, One, count, midnight_ending},
};

impl History {
    /// After these nights: all registrations and counters, the reports of the nights, and some views.
    pub async fn agree(&mut self, nights: &[Night]) {
        self.registrations_agree();
        self.counters_agree().await;
        let operator = self.app.role(Role::HealthdataOperator, "").on(&self.http);
        for night in nights.iter().filter(|night| !night.decisions.is_empty() || night.day == nights[0].day) {
            let path = format!("/nights/{}", night.day);
            let run = operator.get(&path).await.expect(200).body;
            let shown = [&run["kept"], &run["taken"], &run["exceeded"]].map(|n| n.as_u64().unwrap());
            let expected = ["keeps", "takes", "exceeded"].map(|verdict| u64::from(night.count(verdict)));
            assert_eq!(shown, expected, "{}", night.day);
            let shown = pages(&operator, &format!("{path}/decisions?pageSize=200")).await;
            assert_eq!(decisions(&shown), expected_decisions(&night.decisions), "{}", night.day);
        }
        for _ in 0..2 {
            let id = self.random.pick(&self.slots).clone();
            self.looks_agree(&id).await;
        }
    }

    /// All registrations, including the crowd's, and the records of the nights, as in the database.
    fn registrations_agree(&self) {
        let found = self.found();
        let expected = self.ledger.lines();
        // Line by line, because a difference of thousands of lines is unreadable.
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!(found, expected);
        }
        assert_eq!(found.len(), expected.len());
    }

    /// The database in the lines of [`Ledger::lines`](super::Ledger::lines).
    pub fn found(&self) -> Vec<String> {
        crate::database::tenancy::texts(
            &mut self.app.owner(),
            "SELECT t FROM (
               SELECT concat_ws(' ', id, status, version, code, place) AS t FROM insula.registrations
               UNION ALL SELECT concat_ws(' ', 'figure', counter, year, day, figure) FROM insula.counter_figures
               UNION ALL SELECT concat_ws(' ', 'reached', counter, year, threshold, day) FROM insula.thresholds_reached
               UNION ALL SELECT concat_ws(' ', 'closed', counter, year, found_full_on) FROM insula.closed_counters
             ) AS lines ORDER BY t COLLATE \"C\"",
        )
    }

    /// CNT-06, CNT-08, NOT-01: figures, closed counters, and the history by night with its thresholds.
    async fn counters_agree(&mut self) {
        let hospital = self.random.below(2);
        let lead = &self.leads[hospital];
        let listed = lead.get("/counters").await.expect(200).body["items"].clone();
        let mut ids: Vec<_> = self.ledger.figures.keys().filter(|counter| self.ledger.figure(**counter) > 0).collect();
        ids.sort();
        for counter in ids.iter().map(|counter| counter.id()) {
            assert!(listed.as_array().unwrap().iter().any(|item| item["id"] == counter), "{counter}: {listed}");
        }
        for item in listed.as_array().unwrap() {
            let id = item["id"].as_str().unwrap();
            let counter = match id.strip_prefix("B-") {
                Some(year) => Counter('B', year.parse().unwrap()),
                None => Counter('A', 0),
            };
            let figure = self.ledger.figure(counter);
            let shown = json!([item["figure"], item["limit"], item["placesLeft"], item["closed"], item["closedSince"]]);
            let closed = self.ledger.closed.get(&counter);
            let expected = json!([figure, counter.limit(), counter.limit() - figure, closed.is_some(), closed]);
            assert_eq!(shown, expected, "{id}");
            let history = lead.get(&format!("/counters/{id}/figures")).await.expect(200).body["items"].clone();
            let nights = self.ledger.figures.get(&counter).cloned().unwrap_or_default();
            let expected: Vec<_> = nights
                .iter()
                .map(|(day, figure)| {
                    let reached = self.ledger.reached.iter().filter(|((of, _), on)| *of == counter && *on == day);
                    let thresholds: Vec<_> = reached.map(|((_, threshold), _)| threshold).collect();
                    json!({"day": day, "figure": figure, "thresholds": thresholds})
                })
                .collect();
            assert_eq!(history, Value::Array(expected), "{id}");
        }
    }

    /// CNT-09: the preview of all arrivals is what the next night would decide.
    pub async fn preview_agrees(&self) {
        let operator = self.app.role(Role::HealthdataOperator, "").on(&self.http);
        let items = pages(&operator, "/nights/preview?pageSize=200").await;
        // Shortly after midnight the next night is that of the day before, which ignores the new day.
        let before = self.ledger.next_day.map(midnight_ending).expect("something has arrived");
        let expected = self.ledger.decide(before);
        assert_eq!(decisions(&items), expected_decisions(&expected));
        let preview = operator.get("/nights/preview?pageSize=1").await.expect(200).body;
        let totals = ["keeps", "takes", "exceeded"].map(|verdict| count(&expected, verdict));
        assert_eq!(json!([preview["kept"], preview["taken"], preview["exceeded"]]), json!(totals));
        assert_eq!(preview["day"], json!(self.ledger.next_day));
    }

    /// One registration as shown to its hospital, in the preview, and to the insurer.
    pub async fn looks_agree(&self, id: &str) {
        let one = &self.ledger.all[id];
        let shown = self.leads[one.hospital].get(&format!("/registrations/{id}")).await.expect(200).body;
        assert_eq!((&shown["status"], &shown["version"]), (&json!(one.status), &json!(one.version)), "{one:?}");
        assert_eq!(shown["code"], json!(one.code));
        if one.status == "correctionsNeeded" {
            assert_eq!(shown["corrections"], one.corrections, "{one:?}");
        }
        let check = self.leads[one.hospital].get(&format!("/registrations/{id}/check")).await.expect(200).body;
        assert_eq!(check["tonight"], self.ledger.tonight(id), "{one:?}");
        let (answer, _) = self.ledger.answer(id, "submit", false);
        assert_eq!(check["submittable"], answer == 200, "{one:?}: {check}");
        if let Some(code) = &one.code {
            let found =
                self.app.insurer("319").on(&self.http).get(&format!("/registrationCodes/{code}")).await.expect(200);
            self.insurer_agrees(one, &found);
        }
    }

    /// TRA-02, INV-K5: every code shows its status, is billable only while submitted, and tells whether a night has
    /// decided.
    fn insurer_agrees(&self, one: &One, found: &Reply) {
        assert_eq!(
            (&found.body["status"], &found.body["billable"]),
            (&json!(one.status), &json!(one.status == "submitted"))
        );
        let decision = match one.counter() {
            None => "notCounted",
            Some(_) if one.status == "deleted" => "notCounted",
            Some(_) if one.place.is_some() => "holdsPlace",
            // Since its last validation, also while it is being corrected.
            Some(_) if one.corrections["because"] == "counterExceeded" => "exceeded",
            Some(_) => "pending",
        };
        assert_eq!(found.body["nightDecision"], decision, "{one:?}");
    }

    /// At the end: every view, every night replayed, the oracles and the invariants.
    pub async fn everything_agrees(&mut self) {
        for id in self.slots.clone() {
            self.looks_agree(&id).await;
        }
        let bystanders: Vec<_> = self.ledger.all.keys().step_by(7).cloned().collect();
        for id in bystanders {
            self.looks_agree(&id).await;
        }
        super::super::oracle::agree(&self.app);
        self.app.assert_invariants();
        let submits = "SELECT count(*) AS n FROM insula.registration_versions v WHERE command = 'submit'
            AND EXISTS (SELECT FROM insula.registrations r WHERE r.id = registration_id
                AND beneficiary_id IS NOT NULL)";
        assert_eq!(self.app.count(submits), self.submits, "INV-K4: a repeated submit is one");
        let call = Call::insula("night", self.app.db.ids.opaque_uuid());
        for night in self.nights.iter().filter(|night| !night.decisions.is_empty() || !night.reached.is_empty()) {
            let replay = self.app.db.run(&call, |tx| night::replay(tx, night.day)).unwrap();
            assert_eq!(replay.findings, [""; 0], "{}", night.day);
        }
    }

    /// A history must not be trivial.
    pub fn is_not_trivial(&self, steps: usize) {
        let all = |verdict| self.nights.iter().map(|night| night.count(verdict)).sum::<u32>();
        let seen = [all("keeps"), all("takes"), all("exceeded")];
        let events = self.app.count("SELECT count(*) AS n FROM insula.registration_versions");
        println!(
            "{steps} steps, {events} versions of {} registrations, {} nights: {seen:?} kept, took and exceeded; {} thresholds, \
             {} submits refused by closed counters, {} commands raced a night",
            self.ledger.all.len(),
            self.nights.len(),
            self.ledger.reached.len(),
            self.refused_closed,
            self.raced
        );
        // What a history of this length may lack by chance is not required.
        if steps >= super::STEPS {
            assert!(seen[1] > 0 && seen[2] > 0 && !self.ledger.reached.is_empty());
        }
    }
}

/// Every item of a list, over all its pages.
async fn pages(client: &Client, path: &str) -> Vec<Value> {
    let mut items = Vec::new();
    let mut next = Some(path.to_owned());
    while let Some(path) = next {
        let page = client.get(&path).await.expect(200).body;
        items.extend(page["items"].as_array().unwrap().iter().cloned());
        next = page["next"].as_str().map(str::to_owned);
    }
    items
}

fn decisions(items: &[Value]) -> Vec<Value> {
    let shown = |item: &Value| {
        json!([
            item["registrationId"],
            item["version"],
            item["counterId"],
            item["verdict"],
            item["place"],
            item["rule"],
            item["limit"],
            item["otherPair"]
        ])
    };
    items.iter().map(shown).collect()
}

fn expected_decisions(decisions: &[Decision]) -> Vec<Value> {
    let expected = |one: &Decision| {
        let exceeded = one.verdict == "exceeded";
        let rule = if one.verdict == "keeps" { "CNT-04" } else { "CNT-03" };
        let other = (exceeded && one.counter.0 == 'A').then_some("174495-174506");
        json!([
            one.id,
            one.version,
            one.counter.id(),
            one.verdict,
            one.place,
            rule,
            exceeded.then(|| one.counter.limit()),
            other
        ])
    };
    decisions.iter().map(expected).collect()
}
