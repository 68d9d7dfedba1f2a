use insula_domain::nomenclature::{PAIR_A, PAIR_B};
use insula_persistence::{Call, registry::night};
use insula_tests::TestApp;
use serde_json::json;

use super::{arrived, next_day};

fn findings(app: &TestApp, day: &str) -> Vec<String> {
    let call = Call::insula("night", app.db.ids.opaque_uuid());
    app.db.run(&call, |tx| night::replay(tx, day.parse().unwrap())).unwrap().findings
}

/// CNT-07: every night agrees with its replay from history and trail, whatever happened before and after; a manipulated
/// one does not.
#[actix_web::test]
async fn nights_agree_with_their_replay() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let mut holders = Vec::new();
    for n in 0..3 {
        holders.push(arrived(&app, &lead, n, PAIR_B).await);
    }
    next_day(&app);
    // One frees its place, one is corrected, one deleted, others arrive.
    let open = lead.reopen(&holders[0]).await.expect(200);
    let open = lead.change(&open, json!({"content": {"nomenclaturePair": PAIR_A}})).await.expect(200);
    lead.submit_and_deliver(&app, &open).await.expect(200);
    let open = lead.reopen(&holders[1]).await.expect(200);
    lead.submit_and_deliver(&app, &open).await.expect(200);
    let open = lead.reopen(&holders[2]).await.expect(200);
    lead.remove(&open, Some("other")).await.expect(204);
    for n in 3..5 {
        arrived(&app, &lead, n, PAIR_B).await;
    }
    next_day(&app);
    let late = arrived(&app, &lead, 6, PAIR_A).await;
    next_day(&app);
    let open = lead.reopen(&late).await.expect(200);
    lead.remove(&open, Some("other")).await.expect(204);
    for day in ["2026-06-15", "2026-06-16", "2026-06-17"] {
        assert_eq!(findings(&app, day), [""; 0], "{day}");
    }

    let day = "2026-06-16";
    for (tamper, untamper, found) in [
        (
            "UPDATE insula.night_decisions SET place = place + 10 WHERE day = '2026-06-16' AND verdict = 'takes'
                AND counter = 'A'",
            "UPDATE insula.night_decisions SET place = place - 10 WHERE day = '2026-06-16' AND verdict = 'takes'
                AND counter = 'A'",
            "decided again",
        ),
        (
            "UPDATE insula.counter_figures SET figure = figure + 1 WHERE counter = 'B' AND day = '2026-06-15'",
            "UPDATE insula.counter_figures SET figure = figure - 1 WHERE counter = 'B' AND day = '2026-06-15'",
            "",
        ),
        (
            "UPDATE insula.counter_runs SET taken = taken + 1",
            "UPDATE insula.counter_runs SET taken = taken - 1",
            "totals",
        ),
        (
            "UPDATE insula.registration_versions SET changed_at = changed_at + interval '3 days'
                WHERE command = 'acknowledge'",
            "UPDATE insula.registration_versions SET changed_at = changed_at - interval '3 days'
                WHERE command = 'acknowledge'",
            "arrived after that day",
        ),
    ] {
        assert!(app.tamper(tamper) > 0, "{tamper}");
        let on = if found.is_empty() { "2026-06-15" } else { day };
        let seen = findings(&app, on);
        assert!(seen.iter().any(|one| one.contains(found)), "{tamper}: {seen:?}");
        assert!(app.tamper(untamper) > 0);
    }
    let forgotten = "DELETE FROM insula.night_decisions WHERE day = '2026-06-16' AND counter = 'A'";
    assert_eq!(app.tamper(forgotten), 1);
    assert!(
        findings(&app, day).iter().any(|one| one.contains("had arrived and was not decided")),
        "{:?}",
        findings(&app, day)
    );
}
