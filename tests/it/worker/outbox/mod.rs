mod claims;
mod coded;
mod order;

use std::{collections::VecDeque, sync::Mutex};

use diesel::{QueryableByName, RunQueryDsl, connection::SimpleConnection, sql_types::Text};
use insula_api::worker::{self, destination::Destination};
use insula_domain::registry::transmission::coded::{Answer, CodedMessage};
use insula_tests::{Client, Reply, TestApp};

/// A recipient that remembers what it got, and answers as it was told to: in turn, and then with acknowledgements.
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

    /// One round. Returns how many deliveries were settled.
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

/// A registration of the n-th beneficiary, submitted and not yet delivered.
async fn sending(lead: &Client, n: u32) -> Reply {
    let draft = lead.complete_draft(n).await;
    let sending = lead.submit(&draft).await.expect(200);
    assert_eq!(sending.body["status"], "sending");
    sending
}

/// Reopens it as it stands.
async fn reopened(lead: &Client, registration: &Reply) -> Reply {
    let present = lead.again(registration).await;
    lead.command(&format!("/registrations/{}/reopen", present.id()), present.version()).await.expect(200)
}

fn undelivered(app: &TestApp) -> i64 {
    app.count("SELECT count(*) AS n FROM insula.outbox WHERE delivered_at IS NULL")
}

/// Every delivery is due again, as if nobody had ever settled one.
fn forget_deliveries(app: &TestApp) {
    app.owner().batch_execute("UPDATE insula.outbox SET delivered_at = NULL").unwrap();
}

/// The one text an SQL query gives in a column `t`.
fn text(app: &TestApp, sql: &str) -> String {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        t: String,
    }
    diesel::sql_query(sql).get_result::<Row>(&mut app.owner()).unwrap().t
}
