//! How valid tokens are read, also at the edges of their time, under each algorithm.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents};
use serde_json::json;

use super::super::{OrganisationClaim, SigningAlgorithm, TokenRefusal, Verifier};
use super::{Answer, Host, NOW, Signer, b64, bearer, good_claims, oidc, with, without};

fn served(signer: &Signer) -> (Host, Verifier, String) {
    let host = Host::start();
    host.keys(&[signer]);
    let issuer = host.url("");
    let (verifier, _) = oidc(&issuer, Some(host.url("/jwks")), SigningAlgorithm::Es256);
    (host, verifier, issuer)
}

#[test]
fn a_verifier_serves_all_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Verifier>();
}

#[tokio::test]
async fn claims_are_read_as_written() {
    let signer = Signer::new("2026-07:key/1=");
    let (_host, verifier, issuer) = served(&signer);
    let claims = verifier.verify(Some(&bearer(&signer.sign(&good_claims(&issuer)))), NOW).await.unwrap();
    assert_eq!(claims.subject, "an.peeters@example.be");
    let hospital = OrganisationClaim { kind: "hospital".to_owned(), number: Some("71000436".to_owned()) };
    assert_eq!(claims.organisation, hospital);
    assert_eq!(claims.roles, ["studyLead"]);
    assert_eq!(claims.scopes, ["registrations", "codes"]);
    assert_eq!(claims.expires_at, NOW + 600);
}

#[tokio::test]
async fn what_good_tokens_may_differ_in() {
    let signer = Signer::new("ours");
    let (_host, verifier, issuer) = served(&signer);
    let good = good_claims(&issuer);
    let variants = [
        with(good.clone(), "aud", json!(["account", super::AUDIENCE])),
        with(good.clone(), "organisation", json!({"type": "inami"})),
        with(good.clone(), "organisation", json!({"type": "inami", "since": 1963})),
        with(good.clone(), "nbf", json!(NOW + 30)),
        with(good.clone(), "exp", json!(NOW + 1)),
        with(good.clone(), "roles", json!(["Médecin chef", "uma_authorization"])),
        with(good.clone(), "scope", json!("  codes   openid ")),
        // Eleven digits that are not a national number, a UUID, and the form of a federated person.
        with(good.clone(), "sub", json!("85073003329")),
        with(good.clone(), "sub", json!("12345678-1234-4234-8234-085073003328")),
        with(good.clone(), "sub", json!("f:realm|an_peeters-1")),
        without(without(good.clone(), "roles"), "iat"),
        with(good.clone(), "typ", json!("Bearer")),
        with(good.clone(), "iat", json!(NOW + 30)),
        with(with(good.clone(), "iat", json!(NOW - 85_800)), "exp", json!(NOW + 600)),
        with(good.clone(), "exp", json!(NOW + 86_400)),
    ];
    for claims in variants {
        let header = bearer(&signer.sign(&claims));
        assert!(verifier.verify(Some(&header), NOW).await.is_ok(), "{claims}");
    }
    let token = signer.sign(&good);
    for scheme in ["bearer", "BEARER", "bEaReR", "Bearer  "] {
        assert!(verifier.verify(Some(&format!("{scheme} {token}")), NOW).await.is_ok(), "{scheme}");
    }
    for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "jwt"] {
        let header = with(signer.header(), "typ", json!(typ));
        let token = signer.sign_text(&header.to_string(), &good.to_string());
        assert!(verifier.verify(Some(&bearer(&token)), NOW).await.is_ok(), "{typ}");
    }
    let untyped = signer.sign_text(&without(signer.header(), "typ").to_string(), &good.to_string());
    assert!(verifier.verify(Some(&bearer(&untyped)), NOW).await.is_ok());
}

/// SYS-02: an external issuer's token ends within a day and began before now; and an id token, which tells who logged in, is none,
/// whatever it lacks.
#[tokio::test]
async fn far_times_and_id_tokens_are_refused() {
    let signer = Signer::new("ours");
    let (_host, verifier, issuer) = served(&signer);
    let good = good_claims(&issuer);
    for refused in [
        with(without(good.clone(), "iat"), "exp", json!(NOW + 86_401)),
        with(good.clone(), "exp", json!(253_402_300_799_i64)),
        with(with(good.clone(), "iat", json!(NOW - 85_801)), "exp", json!(NOW + 600)),
        with(good.clone(), "iat", json!(0)),
        with(good.clone(), "iat", json!(NOW + 31)),
        without(good.clone(), "scope"),
        with(good.clone(), "typ", json!("ID")),
        with(good.clone(), "typ", json!("Refresh")),
        with(good.clone(), "typ", json!(7)),
        with(good.clone(), "at_hash", json!("x")),
    ] {
        let header = bearer(&signer.sign(&refused));
        assert_eq!(verifier.verify(Some(&header), NOW).await.unwrap_err(), TokenRefusal::Invalid, "{refused}");
    }
}

#[tokio::test]
async fn a_token_verified_before_still_ends_and_begins() {
    let signer = Signer::new("ours");
    let (_host, verifier, issuer) = served(&signer);
    let header = bearer(&signer.sign(&with(good_claims(&issuer), "nbf", json!(NOW))));
    assert_eq!(verifier.verify(Some(&header), NOW - 31).await.unwrap_err(), TokenRefusal::Invalid);
    assert_eq!(verifier.remembered(), 0);
    assert!(verifier.verify(Some(&header), NOW - 30).await.is_ok());
    let first = verifier.verify(Some(&header), NOW + 599).await.unwrap();
    let second = verifier.verify(Some(&header), NOW).await.unwrap();
    assert!(std::sync::Arc::ptr_eq(&first, &second), "the second answer was remembered");
    assert_eq!(verifier.remembered(), 1);
    assert_eq!(verifier.verify(Some(&header), NOW + 600).await.unwrap_err(), TokenRefusal::Expired);
    assert_eq!(verifier.remembered(), 0);
    // No longer cached, and refused just the same; setting the clock back restores it.
    assert_eq!(verifier.verify(Some(&header), NOW + 600).await.unwrap_err(), TokenRefusal::Expired);
    assert!(verifier.verify(Some(&header), NOW).await.is_ok());
    assert_eq!(verifier.verify(Some(&header), NOW - 31).await.unwrap_err(), TokenRefusal::Invalid);
}

#[tokio::test]
async fn memory_of_tokens_is_bounded() {
    use super::super::{
        claims::Claims,
        token_cache::{Fingerprint, TokenCache},
    };
    let cache = TokenCache::new();
    let organisation = OrganisationClaim { kind: "inami".to_owned(), number: None };
    let claims = Claims { subject: "x".to_owned(), organisation, roles: vec![], scopes: vec![], expires_at: NOW };
    let claims = std::sync::Arc::new(claims);
    for number in 0..30_000 {
        cache.put(Fingerprint::of(&number.to_string()), claims.clone(), None, 0);
    }
    assert!(cache.len() <= 10_100, "{}", cache.len());
}

#[tokio::test]
async fn rs256_and_eddsa_with_the_release_feature_set() {
    let rsa = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let ed = Ed25519KeyPair::generate().unwrap();
    let RsaPublicKeyComponents { n, e }: RsaPublicKeyComponents<Vec<u8>> = rsa.public_key().into();
    let host = Host::start();
    let keys = json!({"keys": [
        {"kty": "RSA", "kid": "one", "use": "sig", "alg": "RS256", "n": b64(n), "e": b64(e)},
        {"kty": "OKP", "kid": "one", "crv": "Ed25519", "key_ops": ["verify"], "x": b64(ed.public_key())},
        Signer::new("one").jwk(),
    ]});
    host.answer("/jwks", Answer::ok(keys.to_string()));
    let sign = |alg: &str, claimed: &str| {
        let header = json!({"alg": claimed, "kid": "one"}).to_string();
        let message = format!("{}.{}", b64(header), b64(good_claims(&host.url("")).to_string()));
        let signature = if alg == "RS256" {
            let mut signature = vec![0; rsa.public_modulus_len()];
            rsa.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
            signature
        } else {
            ed.sign(message.as_bytes()).as_ref().to_vec()
        };
        bearer(&format!("{message}.{}", b64(signature)))
    };
    for (pinned, name, other) in
        [(SigningAlgorithm::Rs256, "RS256", "EdDSA"), (SigningAlgorithm::EdDsa, "EdDSA", "RS256")]
    {
        assert_eq!(name.parse(), Ok(pinned));
        let (verifier, _) = oidc(&host.url(""), Some(host.url("/jwks")), pinned);
        assert!(verifier.verify(Some(&sign(name, name)), NOW).await.is_ok(), "{name}");
        // The other algorithm's key is in the same set under the same kid, and still refused.
        for (alg, claimed) in [(other, other), (other, name), (name, other)] {
            assert_eq!(verifier.verify(Some(&sign(alg, claimed)), NOW).await.unwrap_err(), TokenRefusal::Invalid);
        }
    }
    assert!("HS256".parse::<SigningAlgorithm>().is_err() && "none".parse::<SigningAlgorithm>().is_err());
}
