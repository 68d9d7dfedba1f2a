//! The development issuer: its key file, and tokens accepted by the verifier.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::super::{DEVELOPMENT_ISSUER, DevIssuer, MintError, MintRequest, OrganisationClaim};
use super::super::{TokenRefusal, TokenSource, Verifier, VerifierConfig};
use super::{AUDIENCE, Folder, NOW, Signer, bearer, good_claims};

fn request() -> MintRequest {
    MintRequest {
        audience: AUDIENCE.to_owned(),
        subject: "an.peeters".to_owned(),
        organisation: OrganisationClaim { kind: "hospital".to_owned(), number: Some("71000436".to_owned()) },
        roles: vec!["studyLead".to_owned(), "accessManager".to_owned()],
        scopes: vec!["registrations".to_owned(), "codes".to_owned()],
    }
}

fn verifier(issuer: &DevIssuer) -> Verifier {
    let source = TokenSource::Development(issuer.clone());
    Verifier::new(VerifierConfig { audience: AUDIENCE.to_owned(), source }).unwrap()
}

#[tokio::test]
async fn signs_and_verifies_with_the_release_feature_set() {
    let folder = Folder::new();
    let issuer = DevIssuer::load_or_create(&folder.0.join("deep")).unwrap();
    let verifier = verifier(&issuer);
    let asked = request();
    let header = bearer(&issuer.mint(&asked, NOW, 3600).unwrap());
    let claims = verifier.verify(Some(&header), NOW).await.unwrap();
    assert_eq!((&claims.subject, &claims.organisation), (&asked.subject, &asked.organisation));
    assert_eq!((&claims.roles, &claims.scopes), (&asked.roles, &asked.scopes));
    assert_eq!(claims.expires_at, NOW + 3600);
    assert_eq!(verifier.verify(Some(&header), NOW + 3600).await.unwrap_err(), TokenRefusal::Expired);

    let auditor = MintRequest {
        organisation: OrganisationClaim { kind: "insula".to_owned(), number: None },
        roles: vec![],
        scopes: vec![],
        ..request()
    };
    let header = bearer(&issuer.mint(&auditor, NOW, 60).unwrap());
    assert_eq!(verifier.verify(Some(&header), NOW).await.unwrap().organisation, auditor.organisation);
}

#[tokio::test]
async fn another_development_key_opens_nothing() {
    let (one, two) = (Folder::new(), Folder::new());
    let (one, two) = (DevIssuer::load_or_create(&one.0).unwrap(), DevIssuer::load_or_create(&two.0).unwrap());
    assert_ne!(one.key_id(), two.key_id());
    let verifier = verifier(&one);
    let header = bearer(&two.mint(&request(), NOW, 60).unwrap());
    assert_eq!(verifier.verify(Some(&header), NOW).await.unwrap_err(), TokenRefusal::Invalid);
    let forged = bearer(&Signer::new(one.key_id()).sign(&good_claims(DEVELOPMENT_ISSUER)));
    assert_eq!(verifier.verify(Some(&forged), NOW).await.unwrap_err(), TokenRefusal::Invalid);
}

#[test]
fn the_key_stays_and_is_private() {
    let folder = Folder::new();
    let first = DevIssuer::load_or_create(&folder.0).unwrap();
    let path = folder.0.join("dev-issuer.pem");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("-----BEGIN PRIVATE KEY-----\n") && text.lines().all(|line| line.len() <= 64));
    let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(), 0o600);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(DevIssuer::load_or_create(&folder.0).unwrap().key_id(), first.key_id());
    assert_eq!(mode(), 0o600);
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1, "no draft is left");
    assert!(!format!("{first:?}").contains("signing"));

    fs::write(&path, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n").unwrap();
    let refused = DevIssuer::load_or_create(&folder.0).unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::InvalidData);
    assert!(!refused.to_string().contains("AAAA"));
}

#[test]
fn processes_that_start_together_share_one_key() {
    let folder = Folder::new();
    let start = || {
        std::thread::spawn({
            let dir = folder.0.clone();
            move || DevIssuer::load_or_create(&dir).unwrap().key_id().to_owned()
        })
    };
    let starters: Vec<_> = (0..8).map(|_| start()).collect();
    let kids: Vec<String> = starters.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert!(kids.iter().all(|kid| *kid == kids[0]), "{kids:?}");
}

#[test]
fn no_token_is_made_that_would_be_refused() {
    let folder = Folder::new();
    let issuer = DevIssuer::load_or_create(&folder.0).unwrap();
    let refused =
        |request: MintRequest| assert_eq!(issuer.mint(&request, NOW, 60), Err(MintError::Refused), "{request:?}");
    for subject in ["", "85073003328", "85.07.30-033.28", "an peeters", "ân"] {
        refused(MintRequest { subject: subject.to_owned(), ..request() });
    }
    refused(MintRequest { scopes: vec!["two words".to_owned()], ..request() });
    refused(MintRequest { roles: vec![String::new()], ..request() });
    refused(MintRequest { roles: vec!["r".repeat(128); 100], ..request() });
    refused(MintRequest {
        organisation: OrganisationClaim { kind: "a hospital".to_owned(), number: None },
        ..request()
    });
    for lifetime in [0, -60, i64::MAX] {
        assert_eq!(issuer.mint(&request(), NOW, lifetime), Err(MintError::Refused));
    }
}
