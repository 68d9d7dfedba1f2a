//! Valid and forged tokens, against local and fetched keys. The parts shared by all tests.

mod dev;
mod forged;
mod forgeries;
mod issuer;
mod reading;
mod refresh;
mod shapes;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{OidcIssuer, SigningAlgorithm, TokenSource, Verifier, VerifierConfig};

pub(super) const NOW: i64 = 1_800_000_000;
pub(super) const AUDIENCE: &str = "urn:insula:api";

pub(super) fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// An issuer's P-256 key.
pub(super) struct Signer {
    pair: EcdsaKeyPair,
    pub(super) kid: String,
}

impl Signer {
    pub(super) fn new(kid: &str) -> Self {
        Self { pair: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap(), kid: kid.to_owned() }
    }

    /// The uncompressed point.
    pub(super) fn public(&self) -> Vec<u8> {
        self.pair.public_key().as_ref().to_vec()
    }

    pub(super) fn jwk(&self) -> Value {
        let public = self.public();
        let (x, y) = (b64(&public[1..33]), b64(&public[33..]));
        json!({"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.kid, "x": x, "y": y})
    }

    pub(super) fn header(&self) -> Value {
        json!({"typ": "JWT", "alg": "ES256", "kid": self.kid})
    }

    /// Signs a token of exactly these texts.
    pub(super) fn sign_text(&self, header: &str, payload: &str) -> String {
        let message = format!("{}.{}", b64(header), b64(payload));
        let signature = self.pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        format!("{message}.{}", b64(signature))
    }

    pub(super) fn sign(&self, payload: &Value) -> String {
        self.sign_text(&self.header().to_string(), &payload.to_string())
    }
}

/// The claims of a token that is valid at `NOW`.
pub(super) fn good_claims(issuer: &str) -> Value {
    json!({
        "iss": issuer, "aud": AUDIENCE, "sub": "an.peeters@example.be", "iat": NOW, "exp": NOW + 600,
        "scope": "registrations codes", "organisation": {"type": "hospital", "number": "71000436"},
        "roles": ["studyLead"],
    })
}

pub(super) fn with(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}

pub(super) fn without(mut claims: Value, name: &str) -> Value {
    claims.as_object_mut().unwrap().remove(name);
    claims
}

pub(super) fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

pub(super) fn jwks(signers: &[&Signer]) -> String {
    json!({"keys": signers.iter().map(|signer| signer.jwk()).collect::<Vec<_>>()}).to_string()
}

/// How long a fetch may take: only a bound against hanging.
const PATIENCE: Duration = Duration::from_secs(300);

/// Monotonic time that tests move.
#[derive(Clone, Default)]
pub(super) struct Hand(Arc<AtomicU64>);

impl Hand {
    pub(super) fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

/// A verifier for an issuer whose keys come from `jwks_uri`, or by discovery.
pub(super) fn oidc(issuer: &str, jwks_uri: Option<String>, algorithm: SigningAlgorithm) -> (Verifier, Hand) {
    oidc_within(PATIENCE, issuer, jwks_uri, algorithm)
}

/// The same, with so much time for a fetch.
pub(super) fn oidc_within(
    within: Duration,
    issuer: &str,
    jwks_uri: Option<String>,
    algorithm: SigningAlgorithm,
) -> (Verifier, Hand) {
    let (hand, base) = (Hand::default(), Instant::now());
    let moved = hand.clone();
    let config = VerifierConfig {
        audience: AUDIENCE.to_owned(),
        source: TokenSource::Oidc(OidcIssuer { issuer: issuer.to_owned(), algorithm, jwks_uri }),
    };
    let monotonic = Box::new(move || base + Duration::from_secs(moved.0.load(Ordering::SeqCst)));
    (Verifier::with(config, monotonic, within).unwrap(), hand)
}

/// The response of a [`Host`] for one path.
#[derive(Clone)]
pub(super) struct Answer {
    pub(super) status: &'static str,
    pub(super) head: String,
    pub(super) body: String,
    /// Whether it waits for [`Host::release`].
    pub(super) held: bool,
}

impl Answer {
    pub(super) fn ok(body: String) -> Self {
        Self { status: "200 OK", head: String::new(), body, held: false }
    }
}

type Answers = Arc<Mutex<Vec<(String, Answer)>>>;
/// Whether answers that are held may go.
type Gate = Arc<(Mutex<bool>, Condvar)>;

/// A real HTTP server on this machine that counts its requests.
pub(super) struct Host {
    address: SocketAddr,
    requests: Arc<AtomicUsize>,
    answers: Answers,
    gate: Gate,
    stop: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
}

impl Host {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (requests, stop) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (answers, gate) = (Answers::default(), Gate::default());
        let (counted, stopped) = (Arc::clone(&requests), Arc::clone(&stop));
        let (known, opened) = (Arc::clone(&answers), Arc::clone(&gate));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) == 1 {
                    return;
                }
                counted.fetch_add(1, Ordering::SeqCst);
                let _ = serve(stream.unwrap(), &known, &opened);
            }
        });
        Self { address, requests, answers, gate, stop, thread: Some(thread) }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(super) fn answer(&self, path: &str, answer: Answer) {
        let mut answers = self.answers.lock().unwrap();
        answers.retain(|(known, _)| known != path);
        answers.push((path.to_owned(), answer));
    }

    pub(super) fn keys(&self, signers: &[&Signer]) {
        self.answer("/jwks", Answer::ok(jwks(signers)));
    }

    pub(super) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    /// Lets go the answers that are held, now and from now on.
    pub(super) fn release(&self) {
        *self.gate.0.lock().unwrap() = true;
        self.gate.1.notify_all();
    }

    /// Refuses connections from now on.
    pub(super) fn shut_down(&mut self) {
        self.release();
        if let Some(thread) = self.thread.take() {
            self.stop.store(1, Ordering::SeqCst);
            let _ = TcpStream::connect(self.address);
            thread.join().unwrap();
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.shut_down();
    }
}

fn serve(mut stream: TcpStream, answers: &Answers, gate: &Gate) -> std::io::Result<()> {
    let mut request = Vec::new();
    let mut buffer = [0; 1024];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        let read = stream.read(&mut buffer)?;
        if read == 0 {
            return Ok(());
        }
        request.extend_from_slice(&buffer[..read]);
    }
    let text = String::from_utf8_lossy(&request).into_owned();
    let path = text.split(' ').nth(1).unwrap_or_default();
    let known = answers.lock().unwrap().iter().find(|(known, _)| known == path).map(|(_, answer)| answer.clone());
    let missing = Answer { status: "404 Not Found", ..Answer::ok(String::new()) };
    let Answer { status, head, body, held } = known.unwrap_or(missing);
    if held {
        drop(gate.1.wait_while(gate.0.lock().unwrap(), |open| !*open).unwrap());
    }
    let length = body.len();
    write!(stream, "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{head}\r\n{body}")
}

/// A folder for one test, removed at its end.
pub(super) struct Folder(pub(super) PathBuf);

impl Folder {
    pub(super) fn new() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        Self(std::env::temp_dir().join(format!("insula-auth-{}-{number}", std::process::id())))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
