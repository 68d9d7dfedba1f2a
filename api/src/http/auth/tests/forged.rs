//! Every forged token is refused, without a request to the issuer.

use super::super::{SigningAlgorithm, TokenRefusal};
use super::forgeries::{Forgery, table};
use super::{Host, NOW, Signer, bearer, good_claims, oidc};

#[tokio::test]
async fn every_forged_token_is_refused_and_asks_nobody() {
    let (ours, other) = (Signer::new("ours"), Signer::new("other"));
    let (host, evil) = (Host::start(), Host::start());
    host.keys(&[&ours]);
    let issuer = host.url("");
    let (verifier, _) = oidc(&issuer, Some(host.url("/jwks")), SigningAlgorithm::Es256);
    let good = bearer(&ours.sign(&good_claims(&issuer)));
    verifier.verify(Some(&good), NOW).await.unwrap();

    let rows = table(&ours, &other, &issuer, &evil.url(""));
    assert!(rows.len() >= 160, "{} rows", rows.len());
    for Forgery { name, header, refusal } in &rows {
        // Twice: the cache must not change a refusal.
        for _ in 0..2 {
            assert_eq!(verifier.verify(Some(header), NOW).await.unwrap_err(), *refusal, "{name}");
        }
    }
    assert_eq!(verifier.verify(None, NOW).await.unwrap_err(), TokenRefusal::Missing);
    assert_eq!((host.requests(), evil.requests()), (1, 0));
    assert_eq!(verifier.remembered(), 1);
    verifier.verify(Some(&good), NOW).await.unwrap();
}

#[tokio::test]
async fn forged_tokens_do_not_fetch_the_first_keys_either() {
    let (ours, other) = (Signer::new("ours"), Signer::new("other"));
    let host = Host::start();
    host.keys(&[&ours]);
    let issuer = host.url("");
    let (verifier, _) = oidc(&issuer, Some(host.url("/jwks")), SigningAlgorithm::Es256);
    let mut refused = 0;
    for Forgery { name, header, .. } in table(&ours, &other, &issuer, "http://127.0.0.1:9") {
        // Only the issuer's keys can tell these from valid ones.
        if ["another key", "claims exchanged", "signature"].iter().any(|start| name.starts_with(start)) {
            continue;
        }
        verifier.verify(Some(&header), NOW).await.unwrap_err();
        refused += 1;
    }
    assert!(refused >= 150);
    assert_eq!(host.requests(), 0);
}

#[tokio::test]
async fn no_single_character_can_be_changed() {
    let ours = Signer::new("ours");
    let host = Host::start();
    host.keys(&[&ours]);
    let (verifier, _) = oidc(&host.url(""), Some(host.url("/jwks")), SigningAlgorithm::Es256);
    let token = ours.sign(&good_claims(&host.url("")));
    verifier.verify(Some(&bearer(&token)), NOW).await.unwrap();
    for at in 0..token.len() {
        for other in ["A", "z", "-", ".", "!"].iter().filter(|other| !token[at..].starts_with(**other)) {
            let changed = format!("{}{other}{}", &token[..at], &token[at + 1..]);
            verifier.verify(Some(&bearer(&changed)), NOW).await.unwrap_err();
        }
    }
    // A changed kid may be a key of the issuer: one request within the minute.
    assert!(host.requests() <= 2, "{}", host.requests());
}
