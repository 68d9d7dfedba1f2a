mod announce;
mod delivery;
mod faults;
mod list;
mod maildir;
mod prescribers;
mod process;
mod send;
mod tls;

use insula_domain::registry::counter::CounterId;
use insula_tests::{
    TestApp,
    mails::{DAY, reached},
};

/// Announces one threshold of counter A: a mail to each of the two adhered hospitals.
fn announced(app: &TestApp) {
    assert_eq!(app.announce(DAY, &reached(CounterId::A, &[350], 352)), 2);
}

/// The same, with only the mail to hospital A due.
fn one_due(app: &TestApp) {
    announced(app);
    let sent = "UPDATE insula.mails SET state = 'sent', sent_at = written_at, via = 'smtp', accepted = recipients
        WHERE hospital <> '71000436'";
    assert_eq!(app.tamper(sent), 1);
}

/// State, attempts and last error of the mail to hospital A.
fn standing(app: &TestApp) -> (String, i64, String) {
    let of = "FROM insula.mails WHERE hospital = '71000436'";
    (
        app.text(&format!("SELECT state::text AS t {of}")),
        app.count(&format!("SELECT attempts::bigint AS n {of}")),
        app.text(&format!("SELECT coalesce(last_error, '') AS t {of}")),
    )
}
