//! Access tokens, and the assertions with which they are requested.

use insula_api::config::HealthdataConfig;
use insula_tests::{
    TestApp,
    healthdata::{Behaviour, KeyKind, StandIn, destination},
};
use serde_json::json;

use super::{Outside, sending};

/// SYS-02: one token serves many deliveries; its assertion is verified by the other side.
#[actix_web::test]
async fn one_token_serves_many_deliveries() {
    let outside = Outside::start().await;
    let lead = outside.app.lead_a();
    for n in 0..10 {
        sending(&lead, n).await;
        outside.deliver();
    }
    assert_eq!((outside.stand_in.deliveries(), outside.stand_in.token_requests()), (10, 1));
    assert_eq!(outside.stand_in.faults(), [""; 0]);
    outside.assert_in_step();
}

/// CGM-07: a refused token is replaced once, by one request for all deliveries it was refused to, which succeed in the
/// same round.
#[actix_web::test]
async fn a_refused_token_is_replaced_once() {
    let outside = Outside::start().await;
    let lead = outside.app.lead_a();
    sending(&lead, 100).await;
    outside.deliver();
    for n in 0..8 {
        sending(&lead, n).await;
    }
    outside.stand_in.withdraw_tokens();
    assert_eq!(outside.round(), 8);
    assert_eq!(outside.count("insula.registrations WHERE status = 'submitted'"), 9);
    assert_eq!(outside.stand_in.token_requests(), 2);
    outside.assert_in_step();
}

/// CGM-07: if the new token is refused too, the delivery fails; no third one is requested.
#[actix_web::test]
async fn a_second_refusal_is_a_failure() {
    for status in [401, 403] {
        let outside = Outside::start().await;
        let lead = outside.app.lead_a();
        let sent = sending(&lead, 1).await;
        outside.stand_in.always(Behaviour::Status(status));
        assert_eq!(outside.round(), 1);
        assert_eq!((outside.stand_in.deliveries(), outside.stand_in.token_requests()), (2, 2));
        assert_eq!(outside.texts("SELECT last_error AS t FROM insula.outbox"), ["the token was refused"]);
        assert_eq!(lead.again(&sent).await.body["status"], "sending");
    }
}

/// CGM-07: without a token nothing is sent: one delivery fails, the others are not tried; after five such rounds the
/// breaker also protects the token endpoint.
#[actix_web::test]
async fn without_a_token_nothing_is_sent() {
    let outside = Outside::start().await;
    let lead = outside.app.lead_a();
    for n in 0..10 {
        sending(&lead, n).await;
    }
    outside.stand_in.refuse_tokens(Some(401));
    assert_eq!(outside.deliver(), 5);
    assert_eq!((outside.stand_in.deliveries(), outside.stand_in.token_requests()), (0, 5));
    assert_eq!(outside.count("insula.outbox WHERE attempts = 0"), 5);
    let error = "SELECT DISTINCT last_error AS t FROM insula.outbox WHERE last_error IS NOT NULL";
    assert_eq!(outside.texts(error), ["no token: status 401 invalid_client"]);
    outside.stand_in.refuse_tokens(None);
    outside.later(60);
    assert_eq!(outside.deliver(), 10);
    outside.assert_in_step();
}

/// SYS-02: a token without lifetime is used but not kept; an absurd lifetime does no harm.
#[actix_web::test]
async fn the_issuer_sets_the_lifetime_of_a_token() {
    let outside = Outside::start().await;
    let lead = outside.app.lead_a();
    outside.stand_in.set_expires_in(json!(0));
    for (n, life) in [(1, json!(0)), (2, json!(u64::MAX)), (3, json!(null))] {
        sending(&lead, n).await;
        outside.deliver();
        outside.stand_in.set_expires_in(life);
    }
    assert_eq!(outside.count("insula.registrations WHERE status = 'submitted'"), 3);
    assert!(outside.stand_in.token_requests() > 2);
    outside.stand_in.set_expires_in(json!("soon"));
    outside.stand_in.withdraw_tokens();
    sending(&lead, 4).await;
    outside.deliver();
    assert_eq!(outside.count("insula.registrations WHERE status = 'sending'"), 1);
}

/// SYS-02: an RSA key signs RS256, and the token endpoint is discovered from the issuer, which is then the audience.
#[actix_web::test]
async fn an_issuer_and_an_rsa_key_work_too() {
    let app = TestApp::start().await;
    let stand_in = StandIn::start(KeyKind::Rsa);
    let config = HealthdataConfig {
        healthdata_token_url: None,
        healthdata_issuer: Some(stand_in.issuer()),
        healthdata_key_id: Some("key-1".to_owned()),
        ..stand_in.config()
    };
    sending(&app.lead_a(), 1).await;
    assert_eq!(app.deliver_to(&destination(&app, &config, None)), 1);
    assert_eq!(stand_in.faults(), [""; 0]);
    assert_eq!(app.count("SELECT count(*) AS n FROM insula.registrations WHERE status = 'submitted'"), 1);

    // The document of another issuer is not trusted.
    let config = HealthdataConfig { healthdata_issuer: Some(format!("{}/", stand_in.issuer())), ..config };
    sending(&app.lead_a(), 2).await;
    app.deliver_to(&destination(&app, &config, None));
    assert_eq!(app.count("SELECT count(*) AS n FROM insula.registrations WHERE status = 'submitted'"), 1);
}

/// SYS-02: another key gets no token.
#[actix_web::test]
async fn another_key_gets_no_token() {
    let outside = Outside::start().await;
    let other = StandIn::start(KeyKind::Ec);
    let config = HealthdataConfig { healthdata_key: other.config().healthdata_key, ..outside.stand_in.config() };
    sending(&outside.app.lead_a(), 1).await;
    outside.app.round_to(&destination(&outside.app, &config, None));
    assert_eq!(outside.stand_in.faults(), ["assertion: InvalidSignature"]);
    assert_eq!(outside.stand_in.deliveries(), 0);
}
