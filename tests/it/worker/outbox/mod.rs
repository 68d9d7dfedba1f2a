mod claims;
mod coded;
mod order;

use std::{collections::VecDeque, sync::Mutex};

use diesel::{QueryableByName, RunQueryDsl, connection::SimpleConnection, sql_types::Text};
use insula_api::worker::{self, destination::Destination};
use insula_domain::registry::transmission::coded::{Answer, CodedMessage};
use insula_tests::{Client, Reply, TestApp};

/// A recipient that records messages and gives prepared answers, then acknowledgements.
struct Recipient {
    name: &'static str,
    answers: Mutex<VecDeque<Answer>>,
    got: Mutex<Vec<CodedMessage>>,
}

impl Recipient {
    fn healthdata(answers: impl IntoIterator<Item = Answer>) -> Recipient {
        Recipient::named("healthdata", answers)
    }

    fn named(name: &'static str, answers: impl IntoIterator<Item = Answer>) -> Recipient {
        Recipient { name, answers: Mutex::new(answers.into_iter().collect()), got: Mutex::default() }
    }

    /// One round. Returns the number of settled deliveries.
    fn round(&self, app: &TestApp) -> usize {
        worker::deliver(&app.db, self).unwrap()
    }

    fn got(&self) -> Vec<CodedMessage> {
        self.got.lock().unwrap().clone()
    }
}

impl Destination for Recipient {
    fn name(&self) -> &'static str {
        self.name
    }

    fn deliver(&self, messages: &[&CodedMessage]) -> Vec<Answer> {
        self.got.lock().unwrap().extend(messages.iter().map(|message| (*message).clone()));
        let mut answers = self.answers.lock().unwrap();
        messages.iter().map(|_| answers.pop_front().unwrap_or(Answer::Acknowledged)).collect()
    }
}

/// The n-th beneficiary's registration, submitted and not yet delivered.
async fn sending(lead: &Client, n: u32) -> Reply {
    let draft = lead.complete_draft(n).await;
    let sending = lead.submit(&draft).await.expect(200);
    assert_eq!(sending.body["status"], "sending");
    sending
}

/// Reopens it unchanged.
async fn reopened(lead: &Client, registration: &Reply) -> Reply {
    let present = lead.again(registration).await;
    lead.command(&format!("/registrations/{}/reopen", present.id()), present.version()).await.expect(200)
}

fn undelivered(app: &TestApp) -> i64 {
    app.count("SELECT count(*) AS n FROM insula.outbox WHERE delivered_at IS NULL")
}

/// Makes every delivery due again, as if never settled.
fn forget_deliveries(app: &TestApp) {
    app.owner().batch_execute("UPDATE insula.outbox SET delivered_at = NULL").unwrap();
}

/// The text in column `t` of a query.
fn text(app: &TestApp, sql: &str) -> String {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        t: String,
    }
    diesel::sql_query(sql).get_result::<Row>(&mut app.owner()).unwrap().t
}
