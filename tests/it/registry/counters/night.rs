use insula_domain::{
    nomenclature::{PAIR_A, PAIR_B},
    registry::night::NotRun,
};
use insula_persistence::{
    Call,
    registry::night::{self, Night},
};
use insula_tests::TestApp;
use serde_json::json;

use super::{PAIRS, arrived, next_day, place};

/// CNT-01, CNT-03, CNT-06, CGM-08, CGM-10: the last place is given, the next arrival is refused with counter, limit and
/// way out; the counter is closed from then on, and a refused submit changes nothing.
#[actix_web::test]
async fn the_last_place_is_given_and_the_next_arrival_refused() {
    for (pair, counter, year, limit) in PAIRS {
        let app = TestApp::start().await;
        let lead = app.lead_a();
        app.arrive(limit - 1, pair, "2026-06-01");
        let last = arrived(&app, &lead, 1, pair).await;
        let next = arrived(&app, &lead, 2, pair).await;
        let before = lead.again(&last).await.body;
        let report = next_day(&app).pop().unwrap();
        assert_eq!((report.taken, report.exceeded), (u32::try_from(limit).unwrap(), 1));
        assert_eq!((place(&app, &last), app.places(counter, year)), (Some(limit), limit));
        assert_eq!(lead.again(&last).await.body, before, "CNT-03: nothing happens to it");
        let exceeded = lead.again(&next).await;
        assert_eq!(exceeded.body["status"], "correctionsNeeded");
        let corrections = &exceeded.body["corrections"];
        assert_eq!((&corrections["because"], &corrections["counter"]), (&json!("counterExceeded"), &json!(counter)));
        assert_eq!(corrections["limit"], limit);
        assert_eq!(corrections.get("otherPair"), (counter == "A").then(|| json!(PAIR_B)).as_ref());
        assert_eq!(corrections.get("year"), (counter == "B").then(|| json!(2026)).as_ref());
        assert_eq!(exceeded.body["code"], next.body["code"]);

        let beneficiary = lead.enter_beneficiary(3).await;
        let content = insula_tests::arrivals::counted(pair, "2026-06-01");
        let draft = lead.draft("firstImplantation", Some(&beneficiary), &content).await;
        let untouched = app.dump();
        lead.submit(&draft).await.expect_problem(409, if counter == "A" { "counterClosedA" } else { "counterClosedB" });
        assert_eq!(app.dump(), untouched);
        app.assert_invariants();
    }
}

/// CGM-09, CGM-10, CNT-04: a registration changes from A to B with the same code, and gets a place in the next night.
/// One refused in B is deleted without a reason.
#[actix_web::test]
async fn a_refused_registration_changes_to_b_or_is_deleted() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    app.arrive(400, PAIR_A, "2026-06-01");
    let first = arrived(&app, &lead, 1, PAIR_A).await;
    let second = arrived(&app, &lead, 2, PAIR_A).await;
    next_day(&app);
    let open = lead.reopen(&lead.again(&first).await).await.expect(200);
    let content = insula_tests::arrivals::counted(PAIR_B, "2026-06-01");
    let changed = lead.change(&open, json!({"content": content})).await.expect(200);
    let resubmitted = lead.submit_and_deliver(&app, &changed).await;
    assert_eq!((&resubmitted.body["status"], &resubmitted.body["code"]), (&json!("submitted"), &first.body["code"]));
    let report = next_day(&app).pop().unwrap();
    assert_eq!((report.taken, report.exceeded, place(&app, &first)), (1, 0, Some(1)));
    let open = lead.reopen(&lead.again(&second).await).await.expect(200);
    lead.remove(&open, None).await.expect(204);
    app.assert_invariants();
}

/// CNT-02, CNT-04: nights decide in the order of validation over all hospitals, not of acknowledgement; a refused
/// registration that is resubmitted counts as a new arrival.
#[actix_web::test]
async fn the_order_is_that_of_validation() {
    let app = TestApp::start().await;
    let (a, b) = (app.lead_a(), app.lead_b());
    app.arrive_for_b(59);
    next_day(&app);
    let mut sending = Vec::new();
    for (n, lead) in [(1, &a), (2, &b)] {
        let beneficiary = lead.enter_beneficiary(n).await;
        let content = insula_tests::arrivals::counted(PAIR_B, "2026-06-01");
        let draft = lead.draft("firstImplantation", Some(&beneficiary), &content).await;
        sending.push(lead.submit(&draft).await.expect(200));
    }
    // The second is acknowledged first.
    let early = format!("UPDATE insula.outbox SET available_at = '2027-01-01' WHERE aggregate = '{}'", sending[0].id());
    app.tamper(&early);
    assert_eq!(app.deliver(), 1);
    app.tamper("UPDATE insula.outbox SET available_at = enqueued_at");
    assert_eq!(app.deliver(), 1);
    next_day(&app);
    assert_eq!((place(&app, &sending[0]), place(&app, &sending[1])), (Some(60), None));
    assert_eq!(b.again(&sending[1]).await.body["status"], "correctionsNeeded");
}

/// CNT-02, rules.md §13: a registration reopened before its night is not decided; it arrives anew.
#[actix_web::test]
async fn a_registration_reopened_before_the_night_is_not_decided() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let first = arrived(&app, &lead, 1, PAIR_B).await;
    let second = arrived(&app, &lead, 2, PAIR_B).await;
    let open = lead.reopen(&first).await.expect(200);
    let report = next_day(&app).pop().unwrap();
    assert_eq!((report.taken, place(&app, &second), place(&app, &first)), (1, Some(1), None));
    lead.submit_and_deliver(&app, &open).await;
    assert_eq!(next_day(&app).pop().unwrap().taken, 1);
    assert_eq!(place(&app, &first), Some(2));
}

/// CNT-07: a night is run once, after its day is over, in the order of days; missed nights are made up one by one.
#[actix_web::test]
async fn nights_come_once_each_and_in_order() {
    let app = TestApp::start().await;
    let call = Call::insula("night", app.db.ids.opaque_uuid());
    let run = |day: &str| app.db.run(&call, |tx| night::run(tx, day.parse().unwrap())).unwrap();
    assert_eq!(app.nights(), [], "nothing has arrived: no night");
    assert_eq!(run("2016-06-15"), Night::NotRun(NotRun::NothingArrived));
    app.arrive_for_b(2);
    assert_eq!(run("2026-06-15"), Night::NotRun(NotRun::NotOver));
    assert_eq!(run("2016-06-15"), Night::NotRun(NotRun::AfterNightOf("2026-06-15".parse().unwrap())));
    app.clock.set("2026-06-15T22:29:59Z");
    assert_eq!(app.nights(), [], "half past midnight in Brussels is 22:30 here");
    app.clock.set("2026-06-15T22:30:00Z");
    assert_eq!(app.nights().len(), 1);
    assert_eq!(run("2026-06-15"), Night::NotRun(NotRun::AlreadyRun));
    app.clock.set("2026-06-16T10:00:00Z");
    app.arrive_for_b(3);
    app.clock.set("2026-06-18T10:00:00Z");
    app.arrive_for_b(4);
    app.clock.set("2026-06-20T10:00:00Z");
    assert_eq!(run("2026-06-17"), Night::NotRun(NotRun::AfterNightOf("2026-06-16".parse().unwrap())));
    let taken: Vec<_> = app.nights().iter().map(|report| (report.day.to_string(), report.taken)).collect();
    let expected = [("2026-06-16", 3), ("2026-06-17", 0), ("2026-06-18", 4), ("2026-06-19", 0)];
    assert_eq!(taken, expected.map(|(day, taken)| (day.to_owned(), taken)));
    app.assert_invariants();
}

/// CNT-05, CNT-07: a day ends at midnight in Brussels, even if it has 23 or 25 hours, and the year of B is that of the
/// implantation.
#[actix_web::test]
async fn a_day_and_a_year_are_those_of_brussels() {
    let app = TestApp::start().await;
    for (before, after, day) in [
        ("2026-10-24T21:59:59Z", "2026-10-24T22:00:01Z", "2026-10-24"),
        ("2026-10-25T22:59:59Z", "2026-10-25T23:00:01Z", "2026-10-25"),
        ("2026-12-31T22:59:59Z", "2026-12-31T23:00:01Z", "2026-12-31"),
        ("2027-03-28T21:59:59Z", "2027-03-28T22:00:01Z", "2027-03-28"),
    ] {
        app.clock.set(before);
        app.nights();
        app.arrive(1, PAIR_B, "2026-06-01");
        app.clock.set(after);
        app.arrive(1, PAIR_B, "2027-01-01");
        app.clock.advance(chrono::TimeDelta::hours(1));
        let report = app.nights().pop().unwrap();
        // Arrivals of the following day belong to the 25th, unless an earlier night has decided them.
        assert_eq!((report.day.to_string().as_str(), report.taken), (day, if day == "2026-10-25" { 2 } else { 1 }));
    }
    next_day(&app);
    assert_eq!((app.places("B", 2026), app.places("B", 2027)), (4, 4));
}

/// CNT-01: a registration without counter is acknowledged and not decided.
#[actix_web::test]
async fn a_registration_without_counter_is_not_decided() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let other = arrived(&app, &lead, 1, "174392-174403").await;
    arrived(&app, &lead, 2, PAIR_B).await;
    let before = lead.again(&other).await.body;
    assert_eq!(next_day(&app).pop().unwrap().taken, 1);
    assert_eq!(lead.again(&other).await.body, before);
    assert_eq!(place(&app, &other), None);
}

/// NOT-01: each threshold is reached once, several in one night, and not again when the figure falls and rises.
#[actix_web::test]
async fn thresholds_are_reached_once() {
    let app = TestApp::start().await;
    let reached = |reports: Vec<night::Report>| -> Vec<(u32, u32)> {
        reports.iter().flat_map(|report| &report.reached).map(|one| (one.threshold, one.figure)).collect()
    };
    app.arrive_for_b(39);
    assert_eq!(reached(next_day(&app)), []);
    app.arrive_for_b(13);
    assert_eq!(reached(next_day(&app)), [(40, 52), (45, 52), (50, 52)]);
    let free = "UPDATE insula.registrations SET place = NULL, status = 'deleted', deleted_at = updated_at,
        acknowledged_at = NULL
        WHERE place > 44";
    assert_eq!(app.tamper(free), 8);
    assert_eq!(reached(next_day(&app)), []);
    app.arrive_for_b(8);
    assert_eq!(reached(next_day(&app)), [], "risen again to what was announced");
    app.arrive_for_b(9);
    assert_eq!(reached(next_day(&app)), [(55, 60), (60, 60)]);
    app.arrive(40, PAIR_B, "2025-06-01");
    assert_eq!(reached(next_day(&app)), [(40, 40)], "each year anew");
}
