//! When the trail cannot be written.

use diesel::connection::SimpleConnection;
use insula_api::worker::{self, destination::CodedStore};
use insula_tests::{TestApp, operations::operations};

use super::trail::LEAVES;

const ROLES: &str = "insula_hospital, insula_insurer, insula_authority, insula_worker";

/// SYS-01: when no event can be written, every operation that needs one fails and changes nothing; reads of nobody's
/// data and health still work.
#[actix_web::test]
async fn without_the_trail_nothing_is_read_and_nothing_changes() {
    let app = TestApp::start().await;
    let mut ready = Vec::new();
    for (person, operation) in (1..).zip(operations()) {
        let objects = operation.objects(&app, person).await;
        ready.push((operation.caller(&app), operation, objects));
    }
    app.owner().batch_execute(&format!("REVOKE INSERT ON trail.events FROM {ROLES}")).unwrap();
    let before = app.dump();
    for (caller, operation, objects) in &ready {
        let (_, events) = LEAVES.iter().find(|(name, _)| *name == operation.name).unwrap();
        let reply = operation.send(caller, objects).await;
        if events.is_empty() {
            assert_eq!(reply.status, 200, "{}: {}", operation.name, reply.text);
        } else {
            let reply = reply.expect_problem(500, "internalServerError");
            assert!(
                !reply.text.contains("Invented") && !reply.text.contains("trail"),
                "{}: {}",
                operation.name,
                reply.text
            );
        }
    }
    assert_eq!(app.dump(), before);
    app.client(None).get("/health").await.expect(200);

    app.owner().batch_execute(&format!("GRANT INSERT ON trail.events TO {ROLES}")).unwrap();
    for (person, (caller, operation, objects)) in (5000..).zip(&ready) {
        // Subscriptions, conventions and sending numbers are limited per hospital, so operations share them and change them for each
        // other.
        let fresh = ["Webhook", "Convention", "Merger", "createInvoiceFile"]
            .iter()
            .any(|shared| operation.name.contains(shared));
        let objects = if fresh { operation.objects(&app, person).await } else { objects.clone() };
        let reply = operation.send(caller, &objects).await;
        assert!(reply.status < 300, "{} afterwards: {}", operation.name, reply.text);
    }
}

/// SYS-01, CGM-07: without the trail no delivery is settled; once it is back, deliveries succeed.
#[actix_web::test]
async fn without_the_trail_no_delivery_is_settled() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let sending = lead.submit(&lead.complete_draft(1).await).await.expect(200);
    app.owner().batch_execute(&format!("REVOKE INSERT ON trail.events FROM {ROLES}")).unwrap();
    assert!(worker::deliver(&app.db, &CodedStore(app.db.clone())).is_err());
    assert_eq!(app.count("SELECT count(*) AS n FROM insula.registrations WHERE status = 'sending'"), 1);
    app.owner().batch_execute(&format!("GRANT INSERT ON trail.events TO {ROLES}")).unwrap();
    // The claim of the failed attempt expires.
    app.clock.advance(chrono::TimeDelta::seconds(61));
    assert_eq!(app.deliver(), 1);
    assert_eq!(lead.again(&sending).await.body["status"], "submitted");
    assert_eq!(app.count("SELECT count(*) AS n FROM coded.deliveries"), 1);
}
