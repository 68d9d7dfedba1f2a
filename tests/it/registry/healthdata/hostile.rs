//! Invalid, slow and misdirected answers.

use diesel::connection::SimpleConnection;
use insula_tests::healthdata::{Behaviour, ELSEWHERE};
use serde_json::json;

use super::{Outside, impatient, sending};

/// CGM-07, TRA-04: an answer that is not an acknowledgement of exactly this message has no effect; the delivery is
/// retried and takes effect once.
#[actix_web::test]
async fn an_invalid_answer_has_no_effect() {
    let outside = Outside::start().await;
    let lead = outside.app.lead_a();
    let behaviours = [
        Behaviour::AcknowledgeAnother,
        Behaviour::AcknowledgeAnotherVersion,
        Behaviour::Status(500),
        Behaviour::Status(503),
        Behaviour::Status(404),
        Behaviour::Status(405),
        Behaviour::Status(400),
        Behaviour::Status(429),
        Behaviour::Status(422),
        Behaviour::Status(204),
        Behaviour::Status(304),
        Behaviour::Refuse(422, json!({"title": "no reasons"})),
        Behaviour::Refuse(409, json!({"reasons": []})),
        Behaviour::Refuse(409, json!("no")),
        Behaviour::Refuse(418, json!({"reasons": ["a teapot"]})),
        Behaviour::Oversized,
        Behaviour::WrongContentType,
        Behaviour::Half,
        Behaviour::HalfInChunks,
        Behaviour::Redirect,
        Behaviour::Close,
    ];
    for (n, behaviour) in (1..).zip(behaviours) {
        let sent = sending(&lead, n).await;
        let before = outside.stand_in.deliveries();
        outside.stand_in.next([behaviour.clone()]);
        assert_eq!(outside.round(), 1, "{behaviour:?}");
        assert_eq!(lead.again(&sent).await.text, sent.text, "{behaviour:?}");
        let so_far = i64::from(n) - 1;
        assert_eq!(outside.count("coded.deliveries"), so_far, "{behaviour:?}");
        assert_eq!(outside.count("coded.acknowledgements"), so_far, "{behaviour:?}");
        let error = outside.texts("SELECT last_error AS t FROM insula.outbox WHERE delivered_at IS NULL");
        assert!(error.len() == 1 && !error[0].contains("No"), "{behaviour:?}: {error:?}");
        assert_eq!(outside.round(), 0, "{behaviour:?}: not at once");
        outside.later(2);
        assert_eq!(outside.round(), 1, "{behaviour:?}");
        assert_eq!(lead.again(&sent).await.body["status"], "submitted", "{behaviour:?}");
        // The client itself may have retried after a connection closed without an answer.
        let asked = outside.stand_in.deliveries() - before;
        assert!(asked == 2 || behaviour == Behaviour::Close && asked == 3, "{behaviour:?}: {asked}");
        println!("{behaviour:?}: {}", error[0]);
    }
    outside.assert_in_step();
    let elsewhere = outside.stand_in.requests().into_iter().filter(|request| request.target == ELSEWHERE);
    assert_eq!(elsewhere.count(), 0, "a redirect is never followed");
}

/// TRA-04: a second answer to one request is not taken for the answer to the next.
#[actix_web::test]
async fn an_answer_that_comes_twice_counts_once() {
    let outside = Outside::start().await;
    let lead = outside.app.lead_a();
    outside.stand_in.always(Behaviour::AnswerTwice);
    for n in 0..12 {
        sending(&lead, n).await;
    }
    for _ in 0..20 {
        outside.deliver();
        outside.later(60);
    }
    assert_eq!(outside.count("insula.registrations WHERE status = 'submitted'"), 12);
    let words = "SELECT count(DISTINCT acknowledgement_id)::text AS t FROM coded.acknowledgements";
    assert_eq!(outside.texts(words), ["12"]);
    assert_eq!(outside.count("coded.acknowledgements WHERE contradicted_at IS NOT NULL"), 0);
    outside.assert_in_step();
}

/// TRA-04: a slow server does not use up claims: what does not fit into a round is given back at once, without counting
/// an attempt.
#[actix_web::test]
async fn deliveries_without_time_left_are_given_back() {
    let outside = Outside::start().await;
    let lead = outside.app.lead_a();
    for n in 0..10 {
        sending(&lead, n).await;
    }
    outside.stand_in.always(Behaviour::Hold);
    let impatient = outside.stand_in.destination(&outside.app, Some(impatient()));
    assert_eq!(outside.app.round_to(&impatient), 4, "as many as are in hand at once");
    assert_eq!(outside.stand_in.deliveries(), 4);
    let untouched = "insula.outbox WHERE attempts = 0 AND claimed_until IS NULL AND last_error IS NULL";
    assert_eq!(outside.count(untouched), 6);
    assert_eq!(outside.count("insula.outbox WHERE attempts = 1 AND last_error = 'no answer in time'"), 4);
    outside.stand_in.release();
    outside.stand_in.always(Behaviour::Acknowledge);
    assert_eq!(outside.deliver(), 6, "at once");
    outside.later(2);
    assert_eq!(outside.deliver(), 4);
    assert_eq!(outside.count("insula.registrations WHERE status = 'submitted'"), 10);
    outside.assert_in_step();
}

/// TRA-04: an unreadable row fails alone, visibly, and is delivered once repaired.
#[actix_web::test]
async fn an_unreadable_row_fails_alone() {
    let outside = Outside::start().await;
    let lead = outside.app.lead_a();
    let broken = sending(&lead, 1).await;
    let sound = sending(&lead, 2).await;
    let content = |sql: &str| {
        let of = format!("WHERE registration_id = '{}' AND content IS NOT NULL", broken.id());
        outside.app.owner().batch_execute(&format!("UPDATE insula.registration_versions SET {sql} {of}")).unwrap();
    };
    content("content = jsonb_build_array(content)");
    assert_eq!(outside.deliver(), 1);
    assert_eq!(lead.again(&sound).await.body["status"], "submitted");
    let errors = outside.texts("SELECT last_error AS t FROM insula.outbox WHERE delivered_at IS NULL");
    assert_eq!(errors, ["unreadable: content"]);
    outside.later(3599);
    assert_eq!(outside.deliver(), 0);
    content("content = content -> 0");
    outside.later(2);
    assert_eq!(outside.deliver(), 1);
    assert_eq!(lead.again(&broken).await.body["status"], "submitted");
    outside.assert_in_step();
}

/// TRA-04: an answer to an unreadable registration is not lost, and the others of the round are settled.
#[actix_web::test]
async fn an_answer_that_cannot_be_applied_fails_alone() {
    let outside = Outside::start().await;
    let lead = outside.app.lead_a();
    let broken = sending(&lead, 1).await;
    let sound = sending(&lead, 2).await;
    let code = broken.body["code"].as_str().unwrap();
    let set_code = |code: &str| {
        let sql = format!("UPDATE insula.registrations SET code = '{code}' WHERE id = '{}'", broken.id());
        outside.app.owner().batch_execute(&format!("SET session_replication_role = replica; {sql}")).unwrap();
    };
    set_code("10000000000000");
    assert_eq!(outside.deliver(), 2);
    assert_eq!(lead.again(&sound).await.body["status"], "submitted");
    let errors = outside.texts("SELECT last_error AS t FROM insula.outbox WHERE delivered_at IS NULL");
    assert_eq!(errors, ["unreadable: registration"]);
    set_code(code);
    outside.later(3601);
    assert_eq!(outside.deliver(), 1);
    assert_eq!(lead.again(&broken).await.body["status"], "submitted");
    outside.assert_in_step();
}
