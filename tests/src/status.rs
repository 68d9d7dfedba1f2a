//! Registrations brought to any status by the normal commands.

use diesel::{
    RunQueryDsl,
    connection::SimpleConnection,
    sql_types::{Jsonb, Timestamptz, Uuid as SqlUuid},
};
use insula_api::worker::{self, destination::Destination};
use insula_domain::{
    clock::Clock,
    nomenclature::{Counter, PAIR_B},
    registry::{
        registration::{Corrections, Status},
        transmission::coded::{Answer, CodedMessage},
    },
};
use serde_json::json;
use uuid::Uuid;

use insula_persistence::Login;

use crate::{Client, Reply, TestApp, until, waiting::locked_out};

/// A Healthdata that gives every delivery the same answer.
struct Answering(Answer);

impl Destination for Answering {
    fn name(&self) -> &'static str {
        "healthdata"
    }

    fn deliver(&self, messages: &[&CodedMessage]) -> Vec<Answer> {
        vec![self.0.clone(); messages.len()]
    }
}

impl TestApp {
    /// Healthdata refuses everything that is due, for this reason (CGM-07). Returns the number of settled deliveries.
    pub fn refuse(&self, reason: &str) -> usize {
        worker::deliver(&self.db, &Answering(Answer::Refused(vec![reason.to_owned()]))).unwrap()
    }

    /// All due deliveries fail (CGM-07). Returns the number of tried ones.
    pub fn fail_deliveries(&self) -> usize {
        worker::deliver(&self.db, &Answering(Answer::Failed("away".to_owned()))).unwrap()
    }

    /// What a night does to a registration whose counter A is exceeded (CGM-08), done by the owner of the database, so
    /// that four hundred others are not needed and the counter stays open. Real nights are in `it/counters/`.
    pub fn exceed(&self, registration: &Reply) {
        let other_pair = Some(PAIR_B.to_owned());
        let corrections = Corrections::CounterExceeded { counter: Counter::A, year: None, limit: 400, other_pair };
        let changed = diesel::sql_query(
            "WITH changed AS (UPDATE insula.registrations
                 SET status = 'correctionsNeeded', version = version + 1, corrections = $2, updated_at = $3
                 WHERE id = $1 AND status = 'submitted' RETURNING *)
             INSERT INTO insula.registration_versions (registration_id, version, hospital, author, command, status,
                 beneficiary_id, corrections, changed_by, changed_at, trace_id)
             SELECT id, version, hospital, author, 'exceed', status, beneficiary_id, corrections, 'night', updated_at,
                 gen_random_uuid() FROM changed",
        )
        .bind::<SqlUuid, _>(Uuid::parse_str(&registration.id()).unwrap())
        .bind::<Jsonb, _>(json!(corrections))
        .bind::<Timestamptz, _>(self.clock.now())
        .execute(&mut self.owner())
        .unwrap();
        assert_eq!(changed, 1, "only a submitted registration exceeds a counter");
    }

    /// Locks rows as the owner of the database until this many sessions of a login wait for them, so that they really
    /// conflict; must come first in `tokio::join!`.
    pub async fn hold(&self, lock: &str, login: Login, count: i64) {
        let mut owner = self.owner();
        owner.batch_execute(&format!("BEGIN; {lock} FOR UPDATE")).unwrap();
        until("they meet", || self.count(&locked_out(login)) == count).await;
        owner.batch_execute("COMMIT").unwrap();
    }

    /// Changes rows as the owner of the database.
    pub fn tamper(&self, sql: &str) -> usize {
        diesel::sql_query(sql).execute(&mut self.owner()).unwrap()
    }
}

/// Every way to reach a status; those with two ways appear twice.
pub const STANDINGS: [(&str, Status); 7] = [
    ("a new draft", Status::Open),
    ("reopened", Status::Open),
    ("submitted", Status::Submitted),
    ("refused by Healthdata", Status::CorrectionsNeeded),
    ("counter exceeded", Status::CorrectionsNeeded),
    ("deleted", Status::Deleted),
    // Last, so that no delivery of another one moves it on.
    ("sending", Status::Sending),
];

impl Client {
    /// Reopens a registration.
    pub async fn reopen(&self, registration: &Reply) -> Reply {
        self.command(&format!("/registrations/{}/reopen", registration.id()), registration.version()).await
    }

    /// Deletes a registration, with a reason if one is stated.
    pub async fn remove(&self, registration: &Reply, reason: Option<&str>) -> Reply {
        let reason = reason.map(|reason| format!("?reason={reason}")).unwrap_or_default();
        self.delete(&format!("/registrations/{}{reason}", registration.id()), registration.version()).await
    }

    /// Changes a part of a draft.
    pub async fn change(&self, registration: &Reply, patch: serde_json::Value) -> Reply {
        self.patch(&format!("/registrations/{}", registration.id()), &patch, registration.version()).await
    }

    /// Submits a registration, and Healthdata acknowledges it.
    pub async fn submit_and_deliver(&self, app: &TestApp, registration: &Reply) -> Reply {
        let sending = self.submit(registration).await.expect(200);
        app.deliver();
        self.again(&sending).await
    }

    /// A first implantation of the n-th invented beneficiary in one of [`STANDINGS`].
    pub async fn standing(&self, app: &TestApp, n: u32, standing: &str) -> Reply {
        let draft = self.complete_draft(n).await;
        match standing {
            "a new draft" => draft,
            "sending" => self.submit(&draft).await.expect(200),
            "refused by Healthdata" => {
                let sending = self.submit(&draft).await.expect(200);
                assert_eq!(app.refuse("unreadable"), 1);
                self.again(&sending).await
            }
            "deleted" => {
                self.remove(&draft, None).await.expect(204);
                self.again(&draft).await
            }
            _ => {
                let submitted = self.submit_and_deliver(app, &draft).await;
                match standing {
                    "submitted" => submitted,
                    "reopened" => self.reopen(&submitted).await.expect(200),
                    "counter exceeded" => {
                        app.exceed(&submitted);
                        self.again(&submitted).await
                    }
                    _ => panic!("{standing} is none of the standings"),
                }
            }
        }
    }
}
