use insula_domain::nomenclature::{PAIR_A, PAIR_B};
use insula_tests::TestApp;
use serde_json::json;

use super::{arrived, next_day, place};

/// CNT-04, CNT-08: a holder that keeps pair and year keeps its place when reopened and resubmitted, even while the
/// counter is closed; the night only reports it.
#[actix_web::test]
async fn a_holder_keeps_its_place_while_the_counter_is_closed() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let holder = arrived(&app, &lead, 1, PAIR_B).await;
    app.arrive_for_b(60);
    next_day(&app);
    assert_eq!((place(&app, &holder), app.places("B", 2026)), (Some(1), 60));
    let open = lead.reopen(&holder).await.expect(200);
    assert_eq!(place(&app, &holder), Some(1), "not freed by editing a draft");
    let changed = lead.change(&open, json!({"content": {"remark": "side corrected"}})).await.expect(200);
    let again = lead.submit_and_deliver(&app, &changed).await;
    assert_eq!(again.body["status"], "submitted");
    let report = next_day(&app).pop().unwrap();
    assert_eq!((report.kept, report.taken, report.exceeded), (1, 0, 0));
    assert_eq!((place(&app, &holder), &lead.again(&again).await.body), (Some(1), &again.body));
    app.assert_invariants();
}

/// CNT-04, rules.md §13: another year, another pair, no sensor or a deletion frees the place at validation; the lowest
/// free place is given to the next arrival, never back to a refused one.
#[actix_web::test]
async fn a_place_is_freed_and_given_to_a_later_arrival() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let mut holders = Vec::new();
    for n in 1..=4 {
        holders.push(arrived(&app, &lead, n, PAIR_B).await);
    }
    app.arrive_for_b(56);
    let refused = arrived(&app, &lead, 5, PAIR_B).await;
    next_day(&app);
    assert_eq!(lead.again(&refused).await.body["status"], "correctionsNeeded");
    let transmitter = json!([{"kind": "transmitter", "model": "E3", "udiDi": "00817870020003", "serial": "T",
        "expiryDate": "2027-01-01"}]);
    let changes = [
        json!({"content": {"eventDate": "2025-06-01", "hba1c": {"date": "2025-05-01"}}}),
        json!({"content": {"nomenclaturePair": PAIR_A}}),
        json!({"content": {"devices": transmitter, "nomenclaturePair": PAIR_B}}),
    ];
    for (holder, change) in holders.iter().zip(changes) {
        let open = lead.reopen(holder).await.expect(200);
        let changed = lead.change(&open, change).await.expect(200);
        assert!(place(&app, holder).is_some());
        lead.submit_and_deliver(&app, &changed).await.expect(200);
        assert_eq!(place(&app, holder), None, "{}", changed.text);
    }
    let open = lead.reopen(&holders[3]).await.expect(200);
    assert_eq!(place(&app, &holders[3]), Some(4));
    lead.remove(&open, Some("notPerformed")).await.expect(204);
    assert_eq!(app.places("B", 2026), 56);
    let freed =
        "SELECT count(*) AS n FROM trail.events WHERE body::jsonb #>> '{details,freedPlace,counter}' = 'B-2026'";
    assert_eq!(app.count(freed), 4);

    next_day(&app);
    assert_eq!(lead.again(&refused).await.body["status"], "correctionsNeeded", "never back to one that was refused");
    let late = arrived(&app, &lead, 6, PAIR_B).await;
    next_day(&app);
    assert_eq!((place(&app, &late), app.places("B", 2025), app.places("A", 0)), (Some(1), 1, 1));
    let reopened = lead.reopen(&lead.again(&refused).await).await.expect(200);
    lead.submit_and_deliver(&app, &reopened).await.expect(200);
    next_day(&app);
    assert_eq!(place(&app, &refused), Some(2), "resubmitted, it is an arrival like any other");
    app.assert_invariants();
}

/// CNT-04, rules.md §13: counter A has no year; a change of year keeps the place.
#[actix_web::test]
async fn counter_a_has_no_year() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let holder = arrived(&app, &lead, 1, PAIR_A).await;
    next_day(&app);
    let open = lead.reopen(&holder).await.expect(200);
    let change = json!({"content": {"eventDate": "2025-06-01", "hba1c": {"date": "2025-05-01"}}});
    let changed = lead.change(&open, change).await.expect(200);
    lead.submit_and_deliver(&app, &changed).await.expect(200);
    assert_eq!(place(&app, &holder), Some(1));
    assert_eq!(next_day(&app).pop().unwrap().kept, 1);
}

/// CNT-06, rules.md §13: a closed counter opens again when a later night finds a free place.
#[actix_web::test]
async fn a_closed_counter_opens_again() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let holder = arrived(&app, &lead, 1, PAIR_B).await;
    app.arrive_for_b(59);
    next_day(&app);
    let closed = "SELECT count(*) AS n FROM insula.closed_counters WHERE counter = 'B' AND year = 2026";
    assert_eq!(app.count(closed), 1);
    let open = lead.reopen(&holder).await.expect(200);
    lead.remove(&open, Some("notPerformed")).await.expect(204);
    assert_eq!(app.count(closed), 1, "until a night has seen it");
    next_day(&app);
    assert_eq!(app.count(closed), 0);
    arrived(&app, &lead, 2, PAIR_B).await;
}

/// TRA-02: the insurer sees whether a night has decided.
#[actix_web::test]
async fn the_insurer_sees_whether_a_night_has_decided() {
    let app = TestApp::start().await;
    let (lead, insurer) = (app.lead_a(), app.insurer("319"));
    let counted = arrived(&app, &lead, 1, PAIR_B).await;
    let other = arrived(&app, &lead, 2, "174392-174403").await;
    let decision = async |registration: &insula_tests::Reply| {
        let path = format!("/registrationCodes/{}", registration.body["code"].as_str().unwrap());
        insurer.get(&path).await.expect(200).body["nightDecision"].clone()
    };
    assert_eq!((decision(&counted).await, decision(&other).await), (json!("pending"), json!("notCounted")));
    next_day(&app);
    assert_eq!((decision(&counted).await, decision(&other).await), (json!("holdsPlace"), json!("notCounted")));
    app.arrive_for_b(59);
    let late = arrived(&app, &lead, 3, PAIR_B).await;
    next_day(&app);
    assert_eq!(decision(&late).await, json!("exceeded"));
}
