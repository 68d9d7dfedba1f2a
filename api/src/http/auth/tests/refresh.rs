//! Ageing keys: refreshed in use, withdrawn, or kept while the issuer is unreachable.

use std::sync::Arc;

use super::super::{TokenRefusal, Verifier};
use super::issuer::{all_at_once, fresh_token, outcome, served, token};
use super::{Answer, Host, NOW, Signer, jwks};

/// Waits until the server has had `count` requests and its response has been processed.
async fn settle(verifier: &Verifier, host: &Host, count: usize) {
    verifier.settled().await;
    assert_eq!(host.requests(), count);
}

#[tokio::test]
async fn old_keys_are_refreshed_in_use_and_beside_it() {
    let (ours, other) = (Signer::new("ours"), Signer::new("other"));
    let (host, verifier, hand) = served(&[&ours, &other]);
    let (header, gone) = (token(&host, &ours), token(&host, &other));
    assert_eq!(outcome(&verifier, &header).await, Ok(()));
    assert_eq!(outcome(&verifier, &gone).await, Ok(()));
    hand.advance(599);
    assert_eq!(outcome(&verifier, &header).await, Ok(()));
    settle(&verifier, &host, 1).await;
    host.keys(&[&ours]);
    hand.advance(1);
    // A forged token does not count as use, even with a known kid.
    let forged = Signer::new("ours");
    assert_eq!(outcome(&verifier, &token(&host, &forged)).await, Err(TokenRefusal::Invalid));
    settle(&verifier, &host, 1).await;
    assert_eq!(outcome(&verifier, &header).await, Ok(()), "remembered, and still a use");
    settle(&verifier, &host, 2).await;
    assert_eq!(outcome(&verifier, &gone).await, Err(TokenRefusal::Invalid), "verified before, its key withdrawn");
}

#[tokio::test]
async fn after_idle_time_a_withdrawn_key_opens_nothing() {
    let (ours, stolen) = (Signer::new("ours"), Signer::new("stolen"));
    let (host, verifier, hand) = served(&[&ours, &stolen]);
    let header = token(&host, &stolen);
    assert_eq!(outcome(&verifier, &header).await, Ok(()));
    host.keys(&[&ours]);
    hand.advance(24 * 3600);
    assert_eq!(outcome(&verifier, &header).await, Err(TokenRefusal::Invalid));
    assert_eq!(outcome(&verifier, &token(&host, &ours)).await, Ok(()));
}

#[tokio::test]
async fn known_keys_serve_while_the_issuer_is_down() {
    let (ours, new) = (Signer::new("ours"), Signer::new("new"));
    let (mut host, verifier, hand) = served(&[&ours]);
    assert_eq!(outcome(&verifier, &token(&host, &ours)).await, Ok(()));
    host.shut_down();
    for step in [600, 60, 3600, 86_400] {
        hand.advance(step);
        for number in 0..3 {
            assert_eq!(outcome(&verifier, &fresh_token(&host, &ours, number)).await, Ok(()), "{step}");
        }
    }
    // Nobody can tell now whether the key is the issuer's.
    assert_eq!(outcome(&verifier, &token(&host, &new)).await, Err(TokenRefusal::IssuerUnavailable));
}

#[tokio::test]
async fn a_refresh_that_fails_is_tried_again_after_a_minute() {
    let ours = Signer::new("ours");
    let (host, verifier, hand) = served(&[&ours]);
    assert_eq!(outcome(&verifier, &token(&host, &ours)).await, Ok(()));
    host.answer("/jwks", Answer { status: "503 Service Unavailable", ..Answer::ok(String::new()) });
    hand.advance(600);
    for minute in 0..3 {
        for number in 0..5 {
            assert_eq!(outcome(&verifier, &fresh_token(&host, &ours, number)).await, Ok(()));
            settle(&verifier, &host, 2 + minute).await;
        }
        hand.advance(60);
    }
}

#[tokio::test]
async fn a_refresh_that_brings_the_same_keys_forgets_no_token() {
    let (ours, other) = (Signer::new("ours"), Signer::new("other"));
    let (host, verifier, hand) = served(&[&ours, &other]);
    let header = token(&host, &ours);
    let before = verifier.verify(Some(&header), NOW).await.unwrap();
    host.keys(&[&other, &ours]);
    hand.advance(3600);
    let after = verifier.verify(Some(&header), NOW).await.unwrap();
    assert_eq!(host.requests(), 2);
    assert!(Arc::ptr_eq(&before, &after));
}

#[tokio::test]
async fn after_idle_time_many_callers_cause_one_fetch() {
    let ours = Signer::new("ours");
    let (host, verifier, hand) = served(&[&ours]);
    assert_eq!(outcome(&verifier, &token(&host, &ours)).await, Ok(()));
    host.answer("/jwks", Answer { held: true, ..Answer::ok(jwks(&[&ours])) });
    hand.advance(3600);
    let headers = (0..50).map(|number| fresh_token(&host, &ours, number));
    let callers = all_at_once(verifier, headers).await;
    host.release();
    for caller in callers {
        assert_eq!(caller.await.unwrap(), Ok(()));
    }
    assert_eq!(host.requests(), 2);
}
