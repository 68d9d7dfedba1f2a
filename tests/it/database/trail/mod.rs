mod sealing;
mod tampering;

use std::path::PathBuf;

use insula_api::worker;
use insula_persistence::trail::{self, Verification};
use insula_tests::{Client, Random, TestApp, data, eventually};
use serde_json::json;

/// A file for the recorded head, outside the database.
struct HeadFile(PathBuf);

impl HeadFile {
    fn new() -> HeadFile {
        HeadFile(std::env::temp_dir().join(format!("insula-head-{}", insula_tests::client::new_key())))
    }

    /// Seals until every event is sealed. Open transactions of other tests on the cluster may delay it.
    fn seal_all(&self, app: &TestApp) {
        eventually("every event is sealed", || {
            worker::seal_all(&app.db, &self.0);
            app.count("SELECT count(*) AS n FROM trail.events WHERE id NOT IN (SELECT event_id FROM trail.seals)") == 0
        });
    }

    fn verify(&self, app: &TestApp) -> Verification {
        trail::verify(&app.db, worker::noted_head(&self.0).as_ref()).unwrap()
    }
}

impl Drop for HeadFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// A random history of the daily work of hospitals and insurers, with refusals.
async fn history(app: &TestApp, random: &mut Random, steps: usize) {
    let (lead, insurer) = (app.lead_a(), app.insurer("319"));
    let mut registrations = vec![lead.complete_draft(0).await.id()];
    for step in 1..=u32::try_from(steps).unwrap() {
        let id = random.pick(&registrations).clone();
        match random.below(8) {
            0 => registrations.push(lead.complete_draft(step).await.id()),
            // Of nobody entered by a draft, who must be new.
            1 => drop(lead.post("/beneficiaries", &data::beneficiary(900 + random.below(5) as u32)).await),
            2 => drop(command(&lead, &id, "submit").await),
            3 => drop(app.deliver()),
            4 => drop(command(&lead, &id, "reopen").await),
            5 => drop(insurer.get("/registrationCodes/changes").await.expect(200)),
            6 => drop(lead.post("/beneficiaries/query", &json!({"niss": data::niss(step)})).await),
            _ => {
                let present = lead.get(&format!("/registrations/{id}")).await.expect(200);
                let change = json!({"content": {"remark": format!("step {step}")}});
                lead.patch(&format!("/registrations/{id}"), &change, present.version()).await;
            }
        }
    }
}

async fn command(lead: &Client, id: &str, command: &str) -> insula_tests::Reply {
    let present = lead.get(&format!("/registrations/{id}")).await.expect(200);
    lead.command(&format!("/registrations/{id}/{command}"), present.version()).await
}
