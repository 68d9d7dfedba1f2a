//! A stand-in for Healthdata: an HTTP server that verifies Insula's assertions, stores messages by technical id and
//! version, and misbehaves on request. It implements HTTP itself, because a real server would not cut its answers in
//! half.

mod keys;
mod wire;

use std::{
    collections::{BTreeMap, HashSet, VecDeque},
    fs,
    net::{SocketAddr, TcpListener},
    sync::{Arc, Condvar, Mutex, MutexGuard},
    thread,
};

use insula_api::{
    config::HealthdataConfig,
    worker::{
        self,
        healthdata::{Healthdata, Patience, Settings},
    },
};
use serde_json::Value;
use uuid::Uuid;

use crate::{TestApp, app::keys_folder, client::new_key};
pub use keys::KeyKind;
use keys::KeyPair;
pub use wire::Request;

/// Insula's client identifier.
pub const CLIENT_ID: &str = "insula-test";
/// The requested scope.
pub const SCOPE: &str = "registrations.write";

/// The answer to a delivery.
#[derive(Debug, Clone, PartialEq)]
pub enum Behaviour {
    /// As specified: stored and acknowledged; a repetition gets the first acknowledgement.
    Acknowledge,
    /// Stored, and acknowledged with a new identifier each time.
    AcknowledgeAnew,
    /// Stored, with an acknowledgement of this version of another registration.
    AcknowledgeAnother,
    /// Stored, with an acknowledgement of another version of this registration.
    AcknowledgeAnotherVersion,
    /// Stored and acknowledged twice: two whole answers to one request.
    AnswerTwice,
    /// Stored, without an answer until [`StandIn::release`].
    Hold,
    /// Not stored; this status and body, as `application/problem+json`.
    Refuse(u16, Value),
    /// Not stored; this status with an HTML page.
    Status(u16),
    /// Stored; the acknowledgement in an answer of more than 64 KiB.
    Oversized,
    /// Stored; the acknowledgement as `text/html`.
    WrongContentType,
    /// Stored; half of the acknowledgement, then the connection is cut.
    Half,
    /// Stored; the answer ends before its last chunk.
    HalfInChunks,
    /// Not stored; redirected to [`ELSEWHERE`].
    Redirect,
    /// Not stored; the connection is closed without an answer.
    Close,
}

/// The target of [`Behaviour::Redirect`].
pub const ELSEWHERE: &str = "/elsewhere";

/// What has happened, and the next behaviour.
#[derive(Default)]
struct State {
    requests: Vec<Request>,
    /// The stored messages with their acknowledgement identifiers, by technical id and version.
    kept: BTreeMap<(Uuid, i32), (String, Value)>,
    /// Every received message, including repetitions.
    arrivals: Vec<Value>,
    next: VecDeque<Behaviour>,
    always: Option<Behaviour>,
    down: bool,
    released: bool,
    tokens: HashSet<String>,
    assertions: HashSet<String>,
    /// The faults of token requests.
    faults: Vec<String>,
    given: u32,
    token_status: Option<u16>,
    expires_in: Option<Value>,
}

/// The server.
pub struct StandIn {
    address: SocketAddr,
    shared: Arc<Shared>,
    key_file: std::path::PathBuf,
}

struct Shared {
    address: SocketAddr,
    key: KeyPair,
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl StandIn {
    /// Starts it with the public half of a key of this kind.
    pub fn start(kind: KeyKind) -> StandIn {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let key = KeyPair::generate(kind);
        let key_file = keys_folder().join(format!("../healthdata-{}.pem", new_key()));
        fs::write(&key_file, &key.pem).unwrap();
        let shared = Arc::new(Shared { address, key, state: Mutex::default(), changed: Condvar::new() });
        let serving = Arc::clone(&shared);
        // Until the end of the process.
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, shared) = (stream.unwrap(), Arc::clone(&serving));
                thread::spawn(move || shared.serve(&stream));
            }
        });
        StandIn { address, shared, key_file }
    }

    /// The settings of a client.
    pub fn config(&self) -> HealthdataConfig {
        HealthdataConfig {
            healthdata_url: Some(format!("http://{}/api/v1", self.address)),
            healthdata_token_url: Some(format!("http://{}/token", self.address)),
            healthdata_client_id: Some(CLIENT_ID.to_owned()),
            healthdata_key: Some(self.key_file.clone()),
            healthdata_scope: Some(SCOPE.to_owned()),
            ..HealthdataConfig::default()
        }
    }

    /// The address of its issuer, for discovery.
    pub fn issuer(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A client as Insula's destination, with the usual patience or less.
    pub fn destination(&self, app: &TestApp, patience: Option<Patience>) -> Healthdata {
        destination(app, &self.config(), patience)
    }

    /// Sets the behaviours for the next deliveries.
    pub fn next(&self, behaviours: impl IntoIterator<Item = Behaviour>) {
        self.shared.state().next.extend(behaviours);
    }

    /// Sets the behaviour after those of [`StandIn::next`].
    pub fn always(&self, behaviour: Behaviour) {
        self.shared.state().always = Some(behaviour);
    }

    /// Goes down, closing every connection, or up again.
    pub fn set_down(&self, down: bool) {
        self.shared.state().down = down;
    }

    /// Releases the answers held by [`Behaviour::Hold`], now and from now on.
    pub fn release(&self) {
        self.shared.state().released = true;
        self.shared.changed.notify_all();
    }

    /// Revokes all issued tokens.
    pub fn withdraw_tokens(&self) {
        self.shared.state().tokens.clear();
    }

    /// Refuses token requests with this status, or issues tokens again.
    pub fn refuse_tokens(&self, status: Option<u16>) {
        self.shared.state().token_status = status;
    }

    /// Sets the lifetime of tokens.
    pub fn set_expires_in(&self, seconds: Value) {
        self.shared.state().expires_in = Some(seconds);
    }

    /// The number of requests, including connections closed at once.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.state().requests.clone()
    }

    /// The number of deliveries.
    pub fn deliveries(&self) -> usize {
        self.requests().iter().filter(|request| request.method == "PUT").count()
    }

    /// The number of token requests.
    pub fn token_requests(&self) -> usize {
        self.requests().iter().filter(|request| request.target == "/token").count()
    }

    /// The stored messages, by technical id and version.
    pub fn kept(&self) -> Vec<Value> {
        self.shared.state().kept.values().map(|(_, message)| message.clone()).collect()
    }

    /// Every received message.
    pub fn arrivals(&self) -> Vec<Value> {
        self.shared.state().arrivals.clone()
    }

    /// The faults of the token requests.
    pub fn faults(&self) -> Vec<String> {
        self.shared.state().faults.clone()
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.release();
        self.set_down(true);
        let _ = fs::remove_file(&self.key_file);
    }
}

/// A destination with these settings, and less patience than usual if given.
pub fn destination(app: &TestApp, config: &HealthdataConfig, patience: Option<Patience>) -> Healthdata {
    let mut settings = Settings::read(config).unwrap().unwrap();
    if let Some(patience) = patience {
        settings.patience = patience;
    }
    Healthdata::new(settings, app.db.clone()).unwrap()
}

impl TestApp {
    /// One round of deliveries to the external Healthdata. Returns the number of tried deliveries.
    pub fn round_to(&self, healthdata: &Healthdata) -> usize {
        // As in the worker: on a thread without async runtime.
        thread::scope(|threads| threads.spawn(|| worker::deliver(&self.db, healthdata).unwrap()).join().unwrap())
    }

    /// Rounds until nothing is due or admitted. Returns the number of tried deliveries.
    pub fn deliver_to(&self, healthdata: &Healthdata) -> usize {
        let mut tried = 0;
        loop {
            match self.round_to(healthdata) {
                0 => return tried,
                count => tried += count,
            }
        }
    }
}
