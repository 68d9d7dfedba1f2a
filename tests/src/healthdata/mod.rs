//! A Healthdata that stands in for the real one: an HTTP server of its own that verifies Insula's assertions, keeps what it
//! gets by technical id and version, and misbehaves when it is told to. It speaks HTTP by hand: a server that was made for
//! serving would not cut its answers in half.

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

/// Insula's name there.
pub const CLIENT_ID: &str = "insula-test";
/// The scope it asks for.
pub const SCOPE: &str = "registrations.write";

/// How one delivery is answered.
#[derive(Debug, Clone, PartialEq)]
pub enum Behaviour {
    /// As the protocol says: kept and acknowledged; a repetition gets the first acknowledgement.
    Acknowledge,
    /// Kept, and acknowledged under another name each time.
    AcknowledgeAnew,
    /// Kept; an acknowledgement of this version of another registration.
    AcknowledgeAnother,
    /// Kept; an acknowledgement of another version of this registration.
    AcknowledgeAnotherVersion,
    /// Kept and acknowledged twice: two whole answers to one request.
    AnswerTwice,
    /// Kept; nothing is answered before [`StandIn::release`].
    Hold,
    /// Not kept; this status and body, as `application/problem+json`.
    Refuse(u16, Value),
    /// Not kept; this status with a page for people.
    Status(u16),
    /// Kept; the acknowledgement, in an answer of more than 64 KiB.
    Oversized,
    /// Kept; the acknowledgement, as `text/html`.
    WrongContentType,
    /// Kept; half of the acknowledgement, then the connection is cut.
    Half,
    /// Kept; the answer ends before its last chunk.
    HalfInChunks,
    /// Not kept; sent elsewhere, to [`ELSEWHERE`].
    Redirect,
    /// Not kept; the connection is closed without a word.
    Close,
}

/// Where [`Behaviour::Redirect`] points to.
pub const ELSEWHERE: &str = "/elsewhere";

/// What happened so far, and what shall happen.
#[derive(Default)]
struct State {
    requests: Vec<Request>,
    /// What it keeps: the acknowledgement's name and the message, by technical id and version.
    kept: BTreeMap<(Uuid, i32), (String, Value)>,
    /// Every message as it came, repetitions included.
    arrivals: Vec<Value>,
    next: VecDeque<Behaviour>,
    always: Option<Behaviour>,
    down: bool,
    released: bool,
    tokens: HashSet<String>,
    assertions: HashSet<String>,
    /// What was wrong with requests for a token.
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
    /// Starts it, with the public half of a key of this kind.
    pub fn start(kind: KeyKind) -> StandIn {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let key = KeyPair::generate(kind);
        let key_file = keys_folder().join(format!("../healthdata-{}.pem", new_key()));
        fs::write(&key_file, &key.pem).unwrap();
        let shared = Arc::new(Shared { address, key, state: Mutex::default(), changed: Condvar::new() });
        let serving = Arc::clone(&shared);
        // Until the process of the tests ends.
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, shared) = (stream.unwrap(), Arc::clone(&serving));
                thread::spawn(move || shared.serve(&stream));
            }
        });
        StandIn { address, shared, key_file }
    }

    /// The settings that lead here.
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

    /// It as Insula's destination, with the usual patience, or with less.
    pub fn destination(&self, app: &TestApp, patience: Option<Patience>) -> Healthdata {
        destination(app, &self.config(), patience)
    }

    /// These behaviours, for the next deliveries.
    pub fn next(&self, behaviours: impl IntoIterator<Item = Behaviour>) {
        self.shared.state().next.extend(behaviours);
    }

    /// This behaviour from now on, once those given by [`StandIn::next`] are used up.
    pub fn always(&self, behaviour: Behaviour) {
        self.shared.state().always = Some(behaviour);
    }

    /// Down: every connection is closed. Or up again.
    pub fn set_down(&self, down: bool) {
        self.shared.state().down = down;
    }

    /// Lets go what [`Behaviour::Hold`] holds, now and from now on.
    pub fn release(&self) {
        self.shared.state().released = true;
        self.shared.changed.notify_all();
    }

    /// No token given so far is taken any more.
    pub fn withdraw_tokens(&self) {
        self.shared.state().tokens.clear();
    }

    /// Tokens are refused with this status; or given again.
    pub fn refuse_tokens(&self, status: Option<u16>) {
        self.shared.state().token_status = status;
    }

    /// What it says of the life of a token from now on.
    pub fn set_expires_in(&self, seconds: Value) {
        self.shared.state().expires_in = Some(seconds);
    }

    /// Every request it got, connections it closed at once included.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.state().requests.clone()
    }

    /// How many requests were deliveries.
    pub fn deliveries(&self) -> usize {
        self.requests().iter().filter(|request| request.method == "PUT").count()
    }

    /// How many requests asked for a token.
    pub fn token_requests(&self) -> usize {
        self.requests().iter().filter(|request| request.target == "/token").count()
    }

    /// What it keeps, in order of technical id and version.
    pub fn kept(&self) -> Vec<Value> {
        self.shared.state().kept.values().map(|(_, message)| message.clone()).collect()
    }

    /// Every message as it came.
    pub fn arrivals(&self) -> Vec<Value> {
        self.shared.state().arrivals.clone()
    }

    /// What was wrong with the requests for a token.
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

/// A destination with these settings, and with less patience than usual where it is given.
pub fn destination(app: &TestApp, config: &HealthdataConfig, patience: Option<Patience>) -> Healthdata {
    let mut settings = Settings::read(config).unwrap().unwrap();
    if let Some(patience) = patience {
        settings.patience = patience;
    }
    Healthdata::new(settings, app.db.clone()).unwrap()
}

impl TestApp {
    /// One round of deliveries to Healthdata outside. Returns how many were tried.
    pub fn round_to(&self, healthdata: &Healthdata) -> usize {
        // As in the worker: on a thread that no runtime has.
        thread::scope(|threads| threads.spawn(|| worker::deliver(&self.db, healthdata).unwrap()).join().unwrap())
    }

    /// Rounds until nothing is due or admitted any more. Returns how many deliveries were tried.
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
