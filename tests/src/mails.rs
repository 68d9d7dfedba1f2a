//! Creating and sending threshold e-mails.

use chrono::NaiveDate;
use insula_api::{
    notices::mail::{MailTransport, Sender},
    worker,
};
use insula_domain::{
    notices::mail::Settlement,
    registry::counter::{CounterId, Reached},
};
use insula_persistence::{Call, notices::mails};

use crate::TestApp;

/// The day of the night in these tests.
pub const DAY: &str = "2026-06-14";

/// The sender of the mails.
pub fn sender() -> Sender {
    Sender { from: "insula@healthdata.example".parse().unwrap(), domain: "healthdata.example".to_owned() }
}

/// Thresholds of a counter, all reached with this figure.
pub fn reached(counter: CounterId, thresholds: &[u32], figure: u32) -> Vec<Reached> {
    thresholds.iter().map(|threshold| Reached { counter, threshold: *threshold, figure }).collect()
}

/// Runs on a thread of its own, as the worker does.
pub fn apart<T: Send>(f: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|threads| threads.spawn(f).join().unwrap())
}

impl TestApp {
    /// Records that a night reached these thresholds. Returns those not reached before.
    pub fn reach(&self, day: &str, reached: &[Reached]) -> Vec<Reached> {
        let insert = |sql: String| self.tamper(&sql) == 1;
        insert(format!(
            "INSERT INTO insula.counter_runs (day, arrivals_before, run_at, trace_id, snapshot, kept, taken, exceeded)
             VALUES ('{day}', '{day}T22:00:00Z', '{day}T22:30:00Z', gen_random_uuid(), pg_current_snapshot(), 0, 0, 0)
             ON CONFLICT DO NOTHING"
        ));
        let new = reached.iter().filter(|one| {
            let (year, counter) = (one.counter.year.unwrap_or(0), &one.counter.to_string()[..1]);
            insert(format!(
                "INSERT INTO insula.thresholds_reached (counter, year, threshold, day, figure)
                 VALUES ('{counter}', {year}, {}, '{day}', {}) ON CONFLICT DO NOTHING",
                one.threshold, one.figure
            ))
        });
        new.copied().collect()
    }

    /// Announces these thresholds as a night does. Returns the number of mails.
    pub fn announce(&self, day: &str, reached: &[Reached]) -> usize {
        let new = self.reach(day, reached);
        let call = Call::insula("night", self.db.ids.opaque_uuid());
        let day: NaiveDate = day.parse().unwrap();
        self.db.run(&call, |tx| mails::announce(tx, day, &new)).unwrap()
    }

    /// A mail to an adhered hospital, about counter B of a year derived from `n`.
    pub fn notification(&self, hospital: &str, n: u32) -> String {
        let year = 1000 + i32::try_from(n).unwrap();
        self.announce("2026-01-15", &reached(CounterId::b(year), &[40], 41));
        let sql = format!("SELECT id::text AS t FROM insula.mails WHERE year = {year} AND hospital = '{hospital}'");
        self.text(&sql)
    }

    /// Parks a mail, as if no server had accepted it.
    pub fn park(&self, notification: &str) {
        let sql =
            format!("UPDATE insula.mails SET state = 'parked', last_error = '550 no' WHERE id = '{notification}'");
        assert_eq!(self.tamper(&sql), 1);
    }

    /// Sends the mail that is due, if any.
    pub fn send_next(&self, post: &dyn MailTransport) -> Option<Settlement> {
        apart(|| worker::mail::send_next(&self.db, post, &sender()).unwrap())
    }

    /// Sends until nothing is due. Returns the number of attempts.
    pub fn send_all(&self, post: &dyn MailTransport) -> usize {
        std::iter::from_fn(|| self.send_next(post)).count()
    }

    /// The text in column `t` of a query.
    pub fn text(&self, sql: &str) -> String {
        use diesel::{QueryableByName, RunQueryDsl, sql_types::Text};
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = Text)]
            t: String,
        }
        diesel::sql_query(sql).get_result::<Row>(&mut self.owner()).unwrap_or_else(|error| panic!("{sql}: {error}")).t
    }
}
