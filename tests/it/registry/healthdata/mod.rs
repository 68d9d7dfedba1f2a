//! An external Healthdata, and everything it may do (CGM-07, TRA-01, TRA-04; OWASP API10).

mod answers;
mod breaker;
mod hostile;
mod process;
mod pseudonyms;
mod tokens;

use std::time::Duration;

use chrono::TimeDelta;
use diesel::{QueryableByName, RunQueryDsl, connection::SimpleConnection, sql_types::Text};
use insula_api::worker::healthdata::{Healthdata, Patience};
use insula_tests::{
    Client, Reply, TEST_TIMEOUT, TestApp,
    healthdata::{KeyKind, StandIn},
};

/// A service that delivers to a stand-in.
struct Outside {
    app: TestApp,
    stand_in: StandIn,
    healthdata: Healthdata,
}

impl Outside {
    async fn start() -> Outside {
        let app = TestApp::start().await;
        let stand_in = StandIn::start(KeyKind::Ec);
        let healthdata = stand_in.destination(&app, None);
        Outside { app, stand_in, healthdata }
    }

    /// One round. Returns the number of tried deliveries.
    fn round(&self) -> usize {
        self.app.round_to(&self.healthdata)
    }

    /// Delivers everything that is due and admitted.
    fn deliver(&self) -> usize {
        self.app.deliver_to(&self.healthdata)
    }

    fn later(&self, seconds: i64) {
        self.app.clock.advance(TimeDelta::seconds(seconds));
    }

    fn count(&self, from: &str) -> i64 {
        self.app.count(&format!("SELECT count(*) AS n FROM {from}"))
    }

    /// The texts in column `t` of a query.
    fn texts(&self, sql: &str) -> Vec<String> {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = Text)]
            t: String,
        }
        let rows: Vec<Row> = diesel::sql_query(sql).load(&mut self.app.owner()).unwrap();
        rows.into_iter().map(|row| row.t).collect()
    }

    /// Makes every delivery due again, as after a crash before the settling.
    fn forget_deliveries(&self) {
        self.app.owner().batch_execute("UPDATE insula.outbox SET delivered_at = NULL").unwrap();
    }

    /// INV-T1: every submitted registration has an acknowledgement of that version, everything acknowledged is in the
    /// coded store, and the stand-in has each message once, equal to the coded store except for the pseudonym.
    fn assert_in_step(&self) {
        self.app.assert_invariants();
        let without_word = "insula.registrations r WHERE r.status = 'submitted' AND NOT EXISTS
            (SELECT 1 FROM coded.acknowledgements a WHERE a.technical_id = r.technical_id
                AND a.version = r.version - 1)";
        assert_eq!(self.count(without_word), 0, "submitted without an acknowledgement");
        let without = "coded.deliveries d WHERE NOT EXISTS
            (SELECT 1 FROM coded.acknowledgements a WHERE (a.technical_id, a.version) = (d.technical_id, d.version))";
        assert_eq!(self.count(without), 0, "kept without an acknowledgement");
        let kept: Vec<String> = self.texts(
            "SELECT concat_ws(' ', technical_id, version, deleted, content) AS t FROM coded.deliveries
             ORDER BY technical_id, version",
        );
        let there: Vec<String> = self.texts(&format!(
            "SELECT concat_ws(' ', m.\"technicalId\", m.version, m.deleted, m.content) AS t
             FROM jsonb_to_recordset('{}') AS m(\"technicalId\" uuid, version integer, deleted boolean, content jsonb)
             ORDER BY m.\"technicalId\", m.version",
            serde_json::to_string(&self.stand_in.kept()).unwrap().replace('\'', "''")
        ));
        assert_eq!(kept, there);
    }
}

/// Too impatient for a server that does not answer, but not for one that does.
fn impatient() -> Patience {
    let short = Duration::from_secs(3);
    Patience { connect: TEST_TIMEOUT, request: TEST_TIMEOUT, delivery: short, begin: short }
}

/// The n-th beneficiary's registration, submitted and not yet delivered.
async fn sending(lead: &Client, n: u32) -> Reply {
    let draft = lead.complete_draft(n).await;
    lead.submit(&draft).await.expect(200)
}

/// Reopens it unchanged.
async fn reopened(lead: &Client, registration: &Reply) -> Reply {
    let present = lead.again(registration).await;
    lead.command(&format!("/registrations/{}/reopen", present.id()), present.version()).await.expect(200)
}
