//! `GET /statistics`.

mod attack;
mod get;

use insula_tests::TestApp;

/// Inserts `count` registrations of one kind, received in the quarter before, one person each, numbered from `from`; `more`
/// is their content.
fn group(app: &TestApp, hospital: &str, kind: &str, year: i32, from: u32, count: u32, more: &str) {
    crate::registry::coded_data::enter(
        app,
        &format!(
            "SELECT gen_random_uuid(), 1, encode(sha256(('person ' || n)::bytea), 'hex'), '{hospital}', '{kind}',
                 date '{year}-03-01', NULL, 1, '{more}', false, timestamptz '2026-03-15 08:00:00+00'
             FROM generate_series({from}, {}) AS n",
            i64::from(from) + i64::from(count) - 1
        ),
    );
}
