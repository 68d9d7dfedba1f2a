//! Concurrent nights, and nights that crash.

use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
};

use diesel::{
    PgConnection,
    connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation},
};
use insula_api::worker;
use insula_domain::nomenclature::PAIR_A;
use insula_tests::TestApp;

use super::arrived;

thread_local! {
    /// The number of the statement at which this thread's night crashes; none if 0.
    static DIES_AT: Cell<u32> = const { Cell::new(0) };
}

/// Crashes at the start of the statement chosen for this thread.
struct Deadly;

impl Instrumentation for Deadly {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { .. } = event {
            let left = DIES_AT.get();
            if left > 0 {
                DIES_AT.set(left - 1);
                assert_ne!(left, 1, "the night dies here");
            }
        }
    }
}

/// All decisions of a night, without what may differ between two runs: identifiers of events and requests, and the time
/// of the run.
pub fn outcome(owner: &mut PgConnection) -> Vec<String> {
    crate::database::tenancy::texts(
        owner,
        "SELECT t FROM (
           SELECT concat_ws(' ', 'r', id, status, version, corrections, place, decided_on) AS t
               FROM insula.registrations
           UNION ALL SELECT concat_ws(' ', 'v', registration_id, version, command, status, corrections)
               FROM insula.registration_versions
           UNION ALL SELECT concat_ws(' ', 'd', d) FROM insula.night_decisions d
           UNION ALL SELECT concat_ws(' ', 'f', f) FROM insula.counter_figures f
           UNION ALL SELECT concat_ws(' ', 't', x) FROM insula.thresholds_reached x
           UNION ALL SELECT concat_ws(' ', 'c', c) FROM insula.closed_counters c
           UNION ALL SELECT concat_ws(' ', 'n', day, kept, taken, exceeded, encode(digest, 'hex'))
               FROM insula.counter_runs
           UNION ALL SELECT concat_ws(' ', 'e', subject, action, body::jsonb -> 'details') FROM trail.events
               WHERE action IN ('takePlace', 'exceed', 'night')
           UNION ALL SELECT concat_ws(' ', 'k', code, status, version) FROM insula.code_changes
         ) AS all_of_it ORDER BY t",
    )
}

async fn world() -> TestApp {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    app.arrive(396, PAIR_A, "2026-06-01");
    arrived(&app, &lead, 1, PAIR_A).await;
    app.arrive_for_b(62);
    app.arrive(5, PAIR_A, "2026-06-01");
    app.clock.set("2026-06-16T05:00:00Z");
    app
}

/// CNT-07: killed at any statement and rerun, a night has the result of one run. Before the rerun it has no effect.
#[actix_web::test]
async fn a_night_killed_at_any_statement_and_rerun_is_run_once() {
    // Applies to new connections of this thread only, not to other tests.
    set_default_instrumentation(|| Some(Box::new(Deadly))).unwrap();
    let app = world().await;
    let before = outcome(&mut app.owner());
    let mut statements = 0;
    loop {
        statements += 1;
        DIES_AT.set(statements);
        let died = catch_unwind(AssertUnwindSafe(|| worker::night::run_next(&app.db))).is_err();
        let spared = DIES_AT.replace(0) > 0;
        if !died {
            assert!(spared, "it lived although it was to die at statement {statements}");
            break;
        }
        assert_eq!(outcome(&mut app.owner()), before, "killed at statement {statements}");
    }
    assert!(statements > 10, "{statements}");
    let after = outcome(&mut app.owner());
    assert_ne!(after, before);
    assert_eq!(app.nights(), []);
    assert_eq!(outcome(&mut app.owner()), after);
    assert_eq!((app.places("A", 0), app.places("B", 2026)), (400, 60));
    app.assert_invariants();
}

/// CNT-07: of several concurrent nights one is run; the others do nothing.
#[actix_web::test]
async fn nights_at_once_are_one() {
    let app = world().await;
    let ran: usize = thread::scope(|threads| {
        let nights: Vec<_> = (0..3).map(|_| threads.spawn(|| app.nights().len())).collect();
        nights.into_iter().map(|night| night.join().unwrap()).sum()
    });
    assert_eq!(ran + app.nights().len(), 1);
    assert_eq!((app.places("A", 0), app.places("B", 2026)), (400, 60));
    assert_eq!(app.count("SELECT count(*) AS n FROM insula.counter_runs"), 1);
    assert_eq!(app.count("SELECT count(*) AS n FROM trail.events WHERE action = 'night'"), 1);
    app.assert_invariants();
}
