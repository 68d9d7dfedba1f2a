//! A webhook endpoint: a real HTTP server on this machine, with the behaviour chosen by the test.

use std::{
    collections::HashMap,
    fmt::Display,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread,
};

use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::STANDARD};
use insula_api::{
    addresses::{Addresses, LookUp, system_look_up},
    worker::webhook::{Dispatcher, Sender, TIMEOUT},
};
use serde_json::{Value, json};

use crate::{Client, Reply, TestApp};

/// A received request.
#[derive(Debug, Clone)]
pub struct Got {
    /// Method and path.
    pub line: String,
    /// The headers, their names in lower case.
    pub headers: HashMap<String, String>,
    /// The body, byte for byte.
    pub body: String,
}

impl Got {
    /// The event.
    pub fn event(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// A header.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The signatures in the header.
    pub fn signatures(&self) -> Vec<&str> {
        self.header("webhook-signature").split(' ').collect()
    }

    /// The expected signature with a secret, from the definitions of Standard Webhooks and HMAC alone.
    pub fn signed_with(&self, secret: &str) -> String {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        assert_eq!(key.len(), 32);
        let sha256 = |bytes: &[u8]| digest::digest(&digest::SHA256, bytes).as_ref().to_vec();
        let padded = |pad: u8| (0..64).map(|at| key.get(at).unwrap_or(&0) ^ pad).collect::<Vec<u8>>();
        let content = format!("{}.{}.{}", self.header("webhook-id"), self.header("webhook-timestamp"), self.body);
        let inner = sha256(&[padded(0x36), content.into_bytes()].concat());
        format!("v1,{}", STANDARD.encode(sha256(&[padded(0x5c), inner].concat())))
    }
}

/// The answer to a request.
pub enum Manner {
    /// With this status.
    Status(u16),
    /// With these bytes.
    Bytes(Vec<u8>),
    /// With a body that never ends.
    Endless,
    /// No answer, for as long as the caller waits.
    Never,
    /// 204 once [`Receiver::open`] is called.
    WhenOpened,
}

type Manners = dyn Fn(usize, &Got) -> Manner + Send + Sync;

/// The endpoint.
pub struct Receiver {
    /// Its address.
    pub url: String,
    got: Arc<Mutex<Vec<Got>>>,
    gate: Arc<(Mutex<bool>, Condvar)>,
}

impl Receiver {
    /// An endpoint at this address that receives nothing.
    pub fn nobody(address: impl Display) -> Receiver {
        Receiver { url: format!("http://{address}/"), got: Arc::default(), gate: Arc::default() }
    }

    /// An endpoint that answers every request with 204.
    pub fn start() -> Receiver {
        Receiver::answering(|_, _| Manner::Status(204))
    }

    /// An endpoint with chosen answers, by the number of the request, from 0, and the request.
    pub fn answering(manners: impl Fn(usize, &Got) -> Manner + Send + Sync + 'static) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/insula?tenant=7", listener.local_addr().unwrap());
        let (got, gate) = (Arc::new(Mutex::new(Vec::new())), Arc::new((Mutex::new(false), Condvar::new())));
        let manners: Arc<Manners> = Arc::new(manners);
        let (kept, kept_gate) = (Arc::clone(&got), Arc::clone(&gate));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (got, gate, manners) = (Arc::clone(&kept), Arc::clone(&kept_gate), Arc::clone(&manners));
                thread::spawn(move || serve(stream, &got, &gate, &*manners));
            }
        });
        Receiver { url, got, gate }
    }

    /// The received requests.
    pub fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }

    /// The types of the received events, without their common prefix.
    pub fn types(&self) -> Vec<String> {
        self.got().iter().map(|got| got.event()["type"].as_str().unwrap().replace("be.insula.", "")).collect()
    }

    /// Releases the waiting answers.
    pub fn open(&self) {
        *self.gate.0.lock().unwrap() = true;
        self.gate.1.notify_all();
    }
}

fn serve(stream: TcpStream, got: &Mutex<Vec<Got>>, gate: &(Mutex<bool>, Condvar), manners: &Manners) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut headers = HashMap::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let request = Got { line: line.trim_end().to_owned(), headers, body: String::from_utf8(body).unwrap() };
    let number = {
        let mut got = got.lock().unwrap();
        got.push(request.clone());
        got.len() - 1
    };
    let mut stream = stream;
    match manners(number, &request) {
        Manner::Status(status) => stream.write_all(answer(status).as_bytes()).ok()?,
        Manner::Bytes(bytes) => stream.write_all(&bytes).ok()?,
        Manner::Endless => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").ok()?;
            // Until the caller disconnects.
            while stream.write_all(format!("1000\r\n{}\r\n", "x".repeat(0x1000)).as_bytes()).is_ok() {}
        }
        Manner::Never => drop(reader.read(&mut [0]).ok()?),
        Manner::WhenOpened => {
            let opened = gate.1.wait_while(gate.0.lock().unwrap(), |open| !*open).unwrap();
            drop(opened);
            stream.write_all(answer(204).as_bytes()).ok()?;
        }
    }
    Some(())
}

/// A complete answer without body.
pub fn answer(status: u16) -> String {
    format!("HTTP/1.1 {status} Whatever\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}

/// Every type that can be subscribed to.
pub const ALL_TYPES: [&str; 5] = [
    "be.insula.registration.submitted",
    "be.insula.registration.correctionsNeeded",
    "be.insula.registration.reopened",
    "be.insula.registration.deleted",
    "be.insula.counter.thresholdReached",
];

impl Client {
    /// Subscribes an endpoint to every type.
    pub async fn subscribe(&self, url: &str) -> Reply {
        self.post("/webhookSubscriptions", &json!({"url": url, "eventTypes": ALL_TYPES})).await.expect(201)
    }

    /// The deliveries of a subscription, newest event first.
    pub async fn deliveries(&self, subscription: &Reply) -> Vec<Value> {
        let path = format!("/webhookSubscriptions/{}/deliveries?pageSize=200", subscription.id());
        self.get(&path).await.expect(200).body["items"].as_array().unwrap().clone()
    }
}

impl TestApp {
    /// A dispatcher as in the worker, with this patience and look-up of names.
    pub fn dispatcher(&self, patience: std::time::Duration, look_up: LookUp) -> Dispatcher {
        let addresses = Addresses::clone(&self.state.webhook_addresses);
        let (source, clock) = (self.state.public_url.clone(), self.clock.clone());
        Dispatcher::new(self.db.clone(), Sender::new(addresses, source, clock, patience, look_up).unwrap()).unwrap()
    }

    /// Sends webhooks until nothing is due.
    pub async fn send_webhooks(&self) {
        send(self.dispatcher(TIMEOUT, system_look_up())).await;
    }
}

/// Sends until nothing is due.
pub async fn send(mut dispatcher: Dispatcher) {
    tokio::task::spawn_blocking(move || while dispatcher.round().unwrap() {}).await.unwrap();
}
