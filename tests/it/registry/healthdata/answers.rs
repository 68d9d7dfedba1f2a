//! The effects of answers.

use std::sync::Arc;

use diesel::connection::SimpleConnection;
use insula_tests::healthdata::{Behaviour, StandIn};
use serde_json::json;

use super::{Outside, impatient, reopened, sending};

/// CGM-07, INV-T1: an acknowledged registration is submitted, the acknowledgement is stored, and the coded store has
/// the message.
#[actix_web::test]
async fn an_acknowledged_registration_is_submitted_and_stored() {
    let outside = Outside::start().await;
    let lead = outside.app.lead_a();
    let first = sending(&lead, 1).await;
    assert_eq!(outside.round(), 1);
    assert_eq!(lead.again(&first).await.body["status"], "submitted");
    let kept = outside.stand_in.kept();
    assert_eq!(kept.len(), 1);
    assert_eq!((&kept[0]["version"], &kept[0]["deleted"]), (&json!(first.version()), &json!(false)));
    let word = outside.texts("SELECT acknowledgement_id AS t FROM coded.acknowledgements");
    assert_eq!(word, ["ack-1"]);
    assert_eq!((outside.round(), outside.stand_in.deliveries()), (0, 1));
    outside.assert_in_step();
}

/// CGM-07: a refusal requires corrections, with sanitised reasons; the refused version never enters the coded store;
/// once corrected, the registration goes on.
#[actix_web::test]
async fn a_refused_version_never_enters_the_coded_store() {
    for status in [409, 422] {
        let outside = Outside::start().await;
        let lead = outside.app.lead_a();
        let refused = sending(&lead, 1).await;
        let reasons = json!(["unknown\u{0}\u{1b}[2J device", "known as 85.07.30-033.28", 7]);
        outside.stand_in.next([Behaviour::Refuse(status, json!({"title": "No", "reasons": reasons}))]);
        assert_eq!(outside.round(), 1);
        let present = lead.again(&refused).await;
        assert_eq!(present.body["status"], "correctionsNeeded");
        let kept = json!(["unknown [2J device", "known as ***"]);
        assert_eq!(present.body["corrections"], json!({"because": "refusedByHealthdata", "reasons": kept}));
        assert_eq!((outside.count("coded.deliveries"), outside.count("coded.acknowledgements")), (0, 0));
        assert!(!outside.app.dump().contains("85.07.30-033.28"));
        assert_eq!((outside.round(), outside.stand_in.deliveries()), (0, 1), "a refusal is final");

        let open = reopened(&lead, &refused).await;
        let second = lead.submit(&open).await.expect(200);
        assert_eq!(outside.round(), 1);
        assert_eq!(lead.again(&refused).await.body["status"], "submitted");
        assert_eq!(outside.texts("SELECT version::text AS t FROM coded.deliveries"), [second.version().to_string()]);
        outside.assert_in_step();
    }
}

/// TRA-04: submission, correction and deletion take effect in this order, once each, whatever fails in between.
#[actix_web::test]
async fn versions_of_a_registration_arrive_in_order() {
    let outside = Outside::start().await;
    let lead = outside.app.lead_a();
    outside.stand_in.next([
        Behaviour::Status(503),
        Behaviour::Half,
        Behaviour::Acknowledge,
        Behaviour::AcknowledgeAnother,
        Behaviour::Acknowledge,
        Behaviour::Close,
        Behaviour::Oversized,
        Behaviour::Status(500),
        Behaviour::Acknowledge,
    ]);
    let deliver = || {
        while outside.count("insula.outbox WHERE delivered_at IS NULL") > 0 {
            outside.deliver();
            outside.later(20);
        }
    };
    let first = sending(&lead, 1).await;
    deliver();
    let second = lead.submit(&reopened(&lead, &first).await).await.expect(200);
    deliver();
    let open = reopened(&lead, &second).await;
    lead.delete(&format!("/registrations/{}?reason=notPerformed", open.id()), open.version()).await.expect(204);
    deliver();

    let arrivals = outside.stand_in.arrivals();
    let versions: Vec<_> = arrivals.iter().map(|message| message["version"].as_u64().unwrap()).collect();
    assert!(versions.is_sorted(), "{versions:?}");
    assert_eq!(versions.len(), 9);
    let kept = outside.stand_in.kept();
    assert_eq!(kept.iter().map(|message| message["deleted"] == true).collect::<Vec<_>>(), [false, false, true]);
    assert_eq!(kept[2]["content"], json!({}));
    assert_eq!(lead.get(&format!("/registrations/{}", first.id())).await.body["status"], "deleted");
    outside.assert_in_step();
}

/// TRA-04: a refused deletion, which nobody could correct, is retried until it is accepted.
#[actix_web::test]
async fn a_refused_deletion_is_retried() {
    let outside = Outside::start().await;
    let lead = outside.app.lead_a();
    let first = sending(&lead, 1).await;
    outside.deliver();
    let open = reopened(&lead, &first).await;
    lead.delete(&format!("/registrations/{}?reason=notPerformed", open.id()), open.version()).await.expect(204);
    outside.stand_in.next([Behaviour::Refuse(409, json!({"reasons": ["no"]}))]);
    assert_eq!(outside.deliver(), 1);
    let error = "SELECT last_error AS t FROM insula.outbox WHERE delivered_at IS NULL";
    assert_eq!(outside.texts(error), ["a deletion was refused"]);
    outside.later(2);
    assert_eq!(outside.deliver(), 1);
    assert_eq!(outside.stand_in.kept()[1]["deleted"], true);
    assert_eq!(outside.count("coded.registrations"), 0);
    outside.assert_in_step();
}

/// CGM-07: a second, different acknowledgement of a version is recorded once and otherwise ignored; the first one is
/// kept.
#[actix_web::test]
async fn another_acknowledgement_of_the_same_version_changes_nothing() {
    let outside = Outside::start().await;
    let lead = outside.app.lead_a();
    let first = sending(&lead, 1).await;
    outside.stand_in.always(Behaviour::AcknowledgeAnew);
    assert_eq!(outside.round(), 1);
    let submitted = lead.again(&first).await;
    let word = "SELECT concat_ws(' ', acknowledgement_id, received_at, kept_at) AS t FROM coded.acknowledgements";
    let noted = "SELECT coalesce(contradicted_at::text, '') AS t FROM coded.acknowledgements";
    let (kept, mut contradicted) = (outside.texts(word), outside.texts(noted));
    assert_eq!(contradicted, [""]);
    for again in 1..3 {
        outside.forget_deliveries();
        outside.later(60);
        assert_eq!(outside.round(), 1);
        assert_eq!(outside.texts(word), kept);
        if again == 1 {
            contradicted = outside.texts(noted);
            assert_ne!(contradicted, [""]);
        }
        assert_eq!(outside.texts(noted), contradicted);
        assert_eq!(lead.again(&first).await.text, submitted.text);
    }
    assert_eq!(outside.stand_in.deliveries(), 3);
    outside.assert_in_step();
}

/// TRA-04, SYS-03: a message whose answer was lost or late is not applied twice: the repetition gets the first
/// acknowledgement, and the late answer is ignored.
#[actix_web::test]
async fn a_late_answer_to_an_older_attempt_changes_nothing() {
    let outside = Outside::start().await;
    let lead = outside.app.lead_a();
    let first = sending(&lead, 1).await;
    outside.stand_in.next([Behaviour::Hold]);
    let impatient = outside.stand_in.destination(&outside.app, Some(impatient()));
    assert_eq!(outside.app.round_to(&impatient), 1);
    assert_eq!(lead.again(&first).await.body["status"], "sending");
    assert_eq!(outside.texts("SELECT last_error AS t FROM insula.outbox"), ["no answer in time"]);
    outside.later(2);
    assert_eq!(outside.round(), 1);
    let submitted = lead.again(&first).await;
    assert_eq!(submitted.body["status"], "submitted");
    let open = reopened(&lead, &first).await;
    let second = lead.submit(&open).await.expect(200);
    outside.stand_in.release();
    assert_eq!(outside.app.round_to(&impatient), 1);
    let present = lead.again(&first).await;
    assert_eq!((present.version(), &present.body["status"]), (second.version() + 1, &json!("submitted")));
    assert_eq!(outside.texts("SELECT acknowledgement_id AS t FROM coded.acknowledgements ORDER BY version").len(), 2);
    outside.assert_in_step();
}

/// SYS-03: an acknowledgement that cannot be stored does not count; the delivery is repeated.
#[actix_web::test]
async fn an_acknowledgement_that_cannot_be_stored_does_not_count() {
    let outside = Outside::start().await;
    let first = sending(&outside.app.lead_a(), 1).await;
    let right = "INSERT ON coded.acknowledgements";
    outside.app.owner().batch_execute(&format!("REVOKE {right} FROM insula_worker")).unwrap();
    assert_eq!(outside.round(), 1);
    assert_eq!(outside.app.lead_a().again(&first).await.body["status"], "sending");
    assert_eq!(outside.count("coded.deliveries"), 0);
    outside.app.owner().batch_execute(&format!("GRANT {right} TO insula_worker")).unwrap();
    outside.later(2);
    assert_eq!(outside.round(), 1);
    assert_eq!(outside.app.lead_a().again(&first).await.body["status"], "submitted");
    assert_eq!((outside.stand_in.deliveries(), outside.stand_in.kept().len()), (2, 1));
    outside.assert_in_step();
}

/// TRA-04: two replicas with separate clients deliver each message once.
#[actix_web::test]
async fn two_replicas_deliver_each_message_once() {
    let outside = Arc::new(Outside::start().await);
    let lead = outside.app.lead_a();
    for n in 0..20 {
        sending(&lead, n).await;
    }
    let replicas: Vec<_> = (0..2)
        .map(|_| {
            let outside = Arc::clone(&outside);
            std::thread::spawn(move || {
                let stand_in: &StandIn = &outside.stand_in;
                outside.app.deliver_to(&stand_in.destination(&outside.app, None))
            })
        })
        .collect();
    let tried: usize = replicas.into_iter().map(|replica| replica.join().unwrap()).sum();
    // One may have found nothing due because the other had claimed everything.
    assert_eq!((tried, outside.stand_in.deliveries()), (20, 20));
    outside.assert_in_step();
}
