//! Keys fetched from a real server: when, how often, and what happens when it misbehaves.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinHandle;

use super::super::{ConfigError, OidcIssuer, SigningAlgorithm, TokenRefusal, TokenSource, Verifier, VerifierConfig};
use super::{AUDIENCE, Answer, Hand, Host, NOW, PATIENCE, Signer, bearer, good_claims, jwks, oidc, oidc_within, with};

const DISCOVERY: &str = "/.well-known/openid-configuration";

pub(super) fn served(signers: &[&Signer]) -> (Host, Verifier, Hand) {
    let host = Host::start();
    host.keys(signers);
    let (verifier, hand) = oidc(&host.url(""), Some(host.url("/jwks")), SigningAlgorithm::Es256);
    (host, verifier, hand)
}

pub(super) fn token(host: &Host, signer: &Signer) -> String {
    bearer(&signer.sign(&good_claims(&host.url(""))))
}

/// Another token of the same key, so that none is cached.
pub(super) fn fresh_token(host: &Host, signer: &Signer, number: u32) -> String {
    bearer(&signer.sign(&with(good_claims(&host.url("")), "sub", json!(format!("person-{number}")))))
}

/// Callers with these tokens; returns when each has asked, and its task goes on.
pub(super) async fn all_at_once(
    verifier: Verifier,
    headers: impl Iterator<Item = String>,
) -> Vec<JoinHandle<Result<(), TokenRefusal>>> {
    let (verifier, asked) = (Arc::new(verifier), Arc::new(AtomicUsize::new(0)));
    let callers = headers.map(|header| {
        let (verifier, asked) = (Arc::clone(&verifier), Arc::clone(&asked));
        tokio::spawn(async move {
            asked.fetch_add(1, Ordering::SeqCst);
            outcome(&verifier, &header).await
        })
    });
    let callers: Vec<_> = callers.collect();
    // On the one thread of a test each goes on, once begun, until it waits.
    while asked.load(Ordering::SeqCst) < callers.len() {
        tokio::task::yield_now().await;
    }
    callers
}

pub(super) async fn outcome(verifier: &Verifier, header: &str) -> Result<(), TokenRefusal> {
    verifier.verify(Some(header), NOW).await.map(drop)
}

#[tokio::test]
async fn keys_are_fetched_once_and_rotation_is_followed_at_once() {
    let (old, new, later) = (Signer::new("old"), Signer::new("new"), Signer::new("later"));
    let (host, verifier, hand) = served(&[&old]);
    for number in 0..20 {
        assert_eq!(outcome(&verifier, &fresh_token(&host, &old, number)).await, Ok(()));
    }
    assert_eq!(host.requests(), 1);

    host.keys(&[&old, &new]);
    assert_eq!(outcome(&verifier, &token(&host, &new)).await, Ok(()));
    assert_eq!(outcome(&verifier, &token(&host, &old)).await, Ok(()));
    assert_eq!(host.requests(), 2);

    // The second rotation is followed after five seconds, until which its tokens are not refused.
    host.keys(&[&new, &later]);
    hand.advance(4);
    assert_eq!(outcome(&verifier, &token(&host, &later)).await, Err(TokenRefusal::IssuerUnavailable));
    assert_eq!(host.requests(), 2);
    hand.advance(1);
    assert_eq!(outcome(&verifier, &token(&host, &later)).await, Ok(()));
    assert_eq!(host.requests(), 3);
    // The withdrawn key grants no access, not even with a token verified before.
    assert_eq!(outcome(&verifier, &token(&host, &old)).await, Err(TokenRefusal::IssuerUnavailable));
    hand.advance(5);
    assert_eq!(outcome(&verifier, &token(&host, &old)).await, Err(TokenRefusal::Invalid));
}

/// SYS-02: an unknown key is asked for once in five seconds, whoever names it.
#[tokio::test]
async fn an_unknown_key_is_asked_for_once_in_five_seconds() {
    let (ours, forger) = (Signer::new("ours"), Signer::new("forger"));
    let (host, verifier, hand) = served(&[&ours]);
    // Cold start: the forged tokens cause the first fetch, which counts.
    for number in 0..50 {
        assert_eq!(outcome(&verifier, &fresh_token(&host, &forger, number)).await, Err(TokenRefusal::Invalid));
    }
    assert_eq!(host.requests(), 1);
    for search in 1..4 {
        hand.advance(5);
        for number in 0..20 {
            let stranger = Signer::new(&format!("stranger-{number}"));
            // The issuer was asked for the first; of the others nobody knows yet.
            let told = if number == 0 { TokenRefusal::Invalid } else { TokenRefusal::IssuerUnavailable };
            assert_eq!(outcome(&verifier, &token(&host, &stranger)).await, Err(told));
        }
        assert_eq!(host.requests(), 1 + search);
    }
    assert_eq!(outcome(&verifier, &token(&host, &ours)).await, Ok(()));
}

/// SYS-02, SYS-03: forged tokens without end delay a rotated key by five seconds and never have it refused.
#[tokio::test]
async fn forged_tokens_keep_no_rotated_key_out() {
    let (old, new) = (Signer::new("old"), Signer::new("new"));
    let (host, verifier, hand) = served(&[&old]);
    assert_eq!(outcome(&verifier, &token(&host, &old)).await, Ok(()));
    let forge = |number: u32| Signer::new(&format!("forged-{number}"));
    outcome(&verifier, &token(&host, &forge(0))).await.unwrap_err();
    host.keys(&[&old, &new]);
    for second in 1..=5 {
        assert_eq!(outcome(&verifier, &token(&host, &new)).await, Err(TokenRefusal::IssuerUnavailable));
        hand.advance(1);
        // Forged ones come first each time.
        outcome(&verifier, &token(&host, &forge(second))).await.unwrap_err();
    }
    assert_eq!(outcome(&verifier, &token(&host, &new)).await, Ok(()));
}

/// SYS-02: forged tokens that wait for the issuer take nothing from those whose key is known.
#[tokio::test]
async fn forged_tokens_hold_up_no_others() {
    let ours = Signer::new("ours");
    let (host, verifier, hand) = served(&[&ours]);
    assert_eq!(outcome(&verifier, &token(&host, &ours)).await, Ok(()));
    host.answer("/jwks", Answer { held: true, ..Answer::ok(jwks(&[&ours])) });
    hand.advance(5);
    let verifier = Arc::new(verifier);
    let forged = (0..140).map(|number| token(&host, &Signer::new(&format!("forged-{number}"))));
    let callers: Vec<_> = forged
        .map(|header| {
            let verifier = Arc::clone(&verifier);
            tokio::spawn(async move { outcome(&verifier, &header).await })
        })
        .collect();
    for number in 0..20 {
        tokio::task::yield_now().await;
        assert_eq!(outcome(&verifier, &fresh_token(&host, &ours, number)).await, Ok(()));
    }
    assert!(callers.iter().all(|caller| !caller.is_finished()), "they still wait");
    host.release();
    for caller in callers {
        caller.await.unwrap().unwrap_err();
    }
}

#[tokio::test]
async fn only_believable_tokens_ask_for_keys() {
    let (ours, stranger) = (Signer::new("ours"), Signer::new("stranger"));
    let (host, verifier, _) = served(&[&ours]);
    let good = good_claims(&host.url(""));
    for (name, value) in [
        ("iss", json!("https://evil.example")),
        ("aud", json!("account")),
        ("exp", json!(NOW)),
        ("nbf", json!(NOW + 60)),
    ] {
        assert!(outcome(&verifier, &bearer(&stranger.sign(&with(good.clone(), name, value)))).await.is_err());
    }
    assert_eq!(host.requests(), 0);
}

#[tokio::test]
async fn many_callers_cause_one_fetch() {
    let ours = Signer::new("ours");
    let (host, verifier, _) = served(&[&ours]);
    host.answer("/jwks", Answer { held: true, ..Answer::ok(jwks(&[&ours])) });
    let headers = (0..200).map(|number| fresh_token(&host, &ours, number));
    let callers = all_at_once(verifier, headers).await;
    // One caller disconnects at once; the fetch it started continues for the others.
    callers[0].abort();
    host.release();
    for caller in callers.into_iter().skip(1) {
        assert_eq!(caller.await.unwrap(), Ok(()));
    }
    assert_eq!(host.requests(), 1);
}

#[tokio::test]
async fn the_issuer_may_start_later() {
    let ours = Signer::new("ours");
    let (host, verifier, hand) = served(&[&ours]);
    host.answer("/jwks", Answer { status: "503 Service Unavailable", ..Answer::ok(jwks(&[&ours])) });
    let header = token(&host, &ours);
    for _ in 0..5 {
        assert_eq!(outcome(&verifier, &header).await, Err(TokenRefusal::IssuerUnavailable));
    }
    assert_eq!(host.requests(), 1);
    host.keys(&[&ours]);
    hand.advance(5);
    assert_eq!(outcome(&verifier, &header).await, Ok(()));
}

#[tokio::test]
async fn answers_that_are_not_believed() {
    let ours = Signer::new("ours");
    let away = Host::start();
    away.keys(&[&ours]);
    let encryption = with(ours.jwk(), "use", json!("enc"));
    let curve = with(ours.jwk(), "crv", json!("P-384"));
    let short = with(ours.jwk(), "x", json!("AAAA"));
    let algorithm = with(ours.jwk(), "alg", json!("ES384"));
    let secret = json!({"kty": "oct", "kid": "ours", "k": "c2VjcmV0"});
    let redirect = format!("location: {}\r\n", away.url("/jwks"));
    let padded = format!("{}{}", jwks(&[&ours]), " ".repeat(64 * 1024));
    let answers = [
        Answer { status: "302 Found", head: redirect.clone(), ..Answer::ok(String::new()) },
        Answer { status: "307 Temporary Redirect", head: redirect, ..Answer::ok(String::new()) },
        Answer { status: "500 Internal Server Error", ..Answer::ok(jwks(&[&ours])) },
        Answer { status: "204 No Content", ..Answer::ok(String::new()) },
        Answer { held: true, ..Answer::ok(jwks(&[&ours])) },
        Answer::ok(padded),
        Answer::ok("<html>".to_owned()),
        Answer::ok(json!({"keys": []}).to_string()),
        Answer::ok(json!({"keys": [encryption, curve, short, algorithm, secret, null, 7]}).to_string()),
    ];
    for answer in answers {
        let host = Host::start();
        // Short for the one that does not come.
        let within = if answer.held { Duration::from_millis(50) } else { PATIENCE };
        let (verifier, _) = oidc_within(within, &host.url(""), Some(host.url("/jwks")), SigningAlgorithm::Es256);
        let what = answer.status.to_owned() + &answer.body[..answer.body.len().min(80)];
        host.answer("/jwks", answer);
        let refusal = outcome(&verifier, &token(&host, &ours)).await;
        assert_eq!(refusal, Err(TokenRefusal::IssuerUnavailable), "{what}");
    }
    assert_eq!(away.requests(), 0);
}

#[tokio::test]
async fn keys_are_discovered() {
    let ours = Signer::new("ours");
    for (slash, issuer, jwks_uri, expected) in [
        ("", None, None, Ok(())),
        ("/", None, None, Ok(())),
        ("", Some("https://evil.example"), None, Err(TokenRefusal::IssuerUnavailable)),
        ("", None, Some("http://evil.example/jwks"), Err(TokenRefusal::IssuerUnavailable)),
        ("", None, Some("file:///etc/passwd"), Err(TokenRefusal::IssuerUnavailable)),
    ] {
        let host = Host::start();
        let named = host.url(slash);
        let (verifier, _) = oidc(&named, None, SigningAlgorithm::Es256);
        host.keys(&[&ours]);
        let uri = jwks_uri.map_or_else(|| host.url("/jwks"), str::to_owned);
        let document = json!({"issuer": issuer.unwrap_or(&named), "jwks_uri": uri, "id_token_signing_alg_values_supported": ["none"]});
        host.answer(DISCOVERY, Answer::ok(document.to_string()));
        let header = bearer(&ours.sign(&good_claims(&named)));
        assert_eq!(outcome(&verifier, &header).await, expected, "{document}");
        assert_eq!(host.requests(), if expected.is_ok() { 2 } else { 1 });
    }
}

#[test]
fn configurations_that_are_refused() {
    let refused = |issuer: &str, jwks_uri: Option<&str>, audience: &str| {
        let (issuer, jwks_uri) = (issuer.to_owned(), jwks_uri.map(str::to_owned));
        let source = TokenSource::Oidc(OidcIssuer { issuer, algorithm: SigningAlgorithm::Es256, jwks_uri });
        Verifier::new(VerifierConfig { audience: audience.to_owned(), source }).err()
    };
    let secure = "https://issuer.example";
    for (issuer, jwks_uri) in [
        ("http://issuer.example", None),
        ("issuer.example", None),
        (secure, Some("http://issuer.example/jwks")),
        (secure, Some("ftp://127.0.0.1/jwks")),
        (secure, Some("https://:secret@issuer.example/jwks")),
        (secure, Some("https://me@issuer.example/jwks")),
        (secure, Some("http://127.0.0.1.evil.example/")),
        (secure, Some("http://localhost.evil.example/")),
    ] {
        let error = refused(issuer, jwks_uri, AUDIENCE);
        assert!(matches!(error, Some(ConfigError::InsecureAddress)), "{issuer} {jwks_uri:?} {error:?}");
    }
    assert!(matches!(refused(secure, None, ""), Some(ConfigError::Empty)));
    assert!(matches!(refused("", None, AUDIENCE), Some(ConfigError::Empty)));
    assert!(matches!(refused("", Some("https://issuer.example/jwks"), AUDIENCE), Some(ConfigError::Empty)));
    for jwks_uri in
        [None, Some("http://[::1]:8080/jwks"), Some("http://localhost/jwks"), Some("https://other.example/jwks")]
    {
        assert!(refused(secure, jwks_uri, AUDIENCE).is_none(), "{jwks_uri:?}");
    }
}
