//! The national counters and their nights (CNT-01 to CNT-09, NOT-01).

mod century;
mod constraints;
mod faults;
mod model;
mod night;
mod oracle;
mod places;
mod plot;
mod preview;
mod reading;
mod replay;
mod replicas;

use chrono::TimeDelta;
use insula_domain::nomenclature::{PAIR_A, PAIR_B};
use insula_tests::{Client, Reply, TestApp, arrivals::counted};

/// A first implantation under a pair, submitted and acknowledged.
async fn arrived(app: &TestApp, lead: &Client, n: u32, pair: &str) -> Reply {
    let beneficiary = lead.enter_beneficiary(n).await;
    let draft = lead.draft("firstImplantation", Some(&beneficiary), &counted(pair, "2026-06-01")).await;
    lead.submit_and_deliver(app, &draft).await.expect(200)
}

/// Advances to the next day and runs the nights that are due.
fn next_day(app: &TestApp) -> Vec<insula_persistence::registry::night::Report> {
    app.clock.advance(TimeDelta::days(1));
    app.nights()
}

/// The place a registration holds, according to the database.
fn place(app: &TestApp, registration: &Reply) -> Option<i64> {
    let found = app.count(&format!(
        "SELECT coalesce(place, 0)::bigint AS n FROM insula.registrations WHERE id = '{}'",
        registration.id()
    ));
    (found > 0).then_some(found)
}

const PAIRS: [(&str, &str, i32, i64); 2] = [(PAIR_A, "A", 0, 400), (PAIR_B, "B", 2026, 60)];
