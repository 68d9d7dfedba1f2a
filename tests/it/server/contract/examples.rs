//! The examples of the contract, executed.

use std::{fs, path::Path};

use chrono::{DateTime, Utc};
use insula_api::{config::BASE_PATH, server::contract};
use insula_domain::{actor::Role, registry::registration::code::RegistrationCode};
use insula_tests::{
    TestApp,
    app::HOSPITAL_A,
    operations::{Objects, Operation, need_of, operations},
};
use reqwest::Method;
use serde_json::{Map, Value};
use uuid::Uuid;

/// Where the examples of answers are kept.
const FILE: &str = "../api/src/server/examples.json";
/// Set to write the file anew.
const WRITE: &str = "INSULA_WRITE_EXAMPLES";

/// SYS-04: what the contract shows as a request is accepted, and what it shows as an answer is what Insula answers to
/// it.
#[actix_web::test]
async fn every_example_is_executed() {
    let document = contract::document();
    let mut answers = Map::new();
    let of_reads = TestApp::start().await;
    let mut read = Objects::make(&of_reads, HOSPITAL_A, Role::StudyLead, "319", 1, true).await;
    read.bill(&of_reads).await;
    for operation in operations().into_iter().filter(|operation| operation.name != "getContract") {
        let (new, made);
        // What changes something, or needs a year that is over, finds its objects as they are made.
        let (app, objects) = if operation.method == Method::GET && need_of(&operation.name) != "summed" {
            (&of_reads, &read)
        } else {
            new = TestApp::start().await;
            made = operation.objects(&new, 1).await;
            (&new, &made)
        };
        let reply = operation.send(&operation.caller(app), objects).await;
        assert!(reply.status < 300, "{}: {}", operation.name, reply.text);
        if reply.header("content-type") == "application/json" {
            let mut answer = reply.body;
            Shown::default().walk("", &mut answer);
            answers.insert(operation.name.clone(), answer);
        }
    }
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    if std::env::var_os(WRITE).is_some() {
        fs::write(&kept, format!("{:#}\n", Value::Object(answers.clone()))).unwrap();
    }
    let kept: Map<String, Value> = serde_json::from_str(&fs::read_to_string(kept).unwrap()).unwrap();
    let differing: Vec<_> = answers.iter().filter(|(name, answer)| kept.get(*name) != Some(answer)).collect();
    assert!(differing.is_empty(), "set {WRITE} once and read what changes: {differing:#?}");
    assert!(kept.keys().all(|name| answers.contains_key(name)), "{FILE} has answers of no operation");
    for operation in operations() {
        if let Some(answer) = kept.get(&operation.name) {
            assert!(
                found(document, &operation) == Some(answer),
                "{} shows another answer: build it anew",
                operation.name
            );
        }
    }
}

/// The example of a successful answer in JSON.
fn found<'a>(document: &'a Value, operation: &Operation) -> Option<&'a Value> {
    let responses = &document["paths"][&operation.path][operation.method.as_str().to_lowercase()]["responses"];
    let mut successes = responses.as_object()?.iter().filter(|(status, _)| status.starts_with('2'));
    successes.find_map(|(_, answer)| answer.pointer("/content/application~1json/example"))
}

/// The code of the examples, a pseudonym or another hash, a position in a list, and a secret.
const CODE: &str = "20240000004241";
const HASH: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const POSITION: &str = "812-40";
const SECRET: &str = "whsec_bm90IGEgc2VjcmV0LCBvbmx5IGFuIGV4YW1wbGUhISE=";
/// How many entries of a list are shown.
const SHOWN: usize = 2;
const BOUNDS: [char; 7] = ['/', '?', '&', '=', '[', ']', ':'];

/// Makes an answer short and the same in every run: identifiers are numbered, and what is drawn or secret has a fixed
/// value.
#[derive(Default)]
struct Shown {
    ids: Vec<Uuid>,
}

impl Shown {
    fn walk(&mut self, name: &str, value: &mut Value) {
        match value {
            Value::Object(members) => {
                members.iter_mut().for_each(|(name, value)| self.walk(name, value));
                if let Some(digits) = members.get("zone").and_then(|zone| of_zone(zone.as_str()?)) {
                    members["digits"] = digits.into();
                }
            }
            Value::Array(items) => {
                items.truncate(SHOWN);
                items.iter_mut().for_each(|item| self.walk(name, item));
            }
            Value::String(text) if name == "secret" => SECRET.clone_into(text),
            Value::String(text) if text.len() > 10 && text.parse::<DateTime<Utc>>().is_ok() => {
                text.replace_range(19.., "Z");
            }
            // Nobody listens where the tests subscribe.
            Value::String(text) if name == "url" => "https://ehr.hopital.example/insula".clone_into(text),
            Value::String(text) => {
                let own =
                    text.split_once(BASE_PATH).map(|(_, path)| format!("https://insula.example{BASE_PATH}{path}"));
                let own = own.map(|own| at_position(&own));
                let pieces = own.as_deref().unwrap_or(text).split_inclusive(BOUNDS);
                *text = pieces.map(|piece| self.piece(piece)).collect();
            }
            _ => {}
        }
    }

    fn piece(&mut self, piece: &str) -> String {
        let (text, bounds) = piece.split_at(piece.trim_end_matches(BOUNDS).len());
        let shown = if let Some(id) = text.parse::<Uuid>().ok().filter(|_| text.len() == 36) {
            let known = self.ids.iter().position(|known| *known == id);
            let number = known.unwrap_or(self.ids.len());
            self.ids.extend(known.is_none().then_some(id));
            format!("0198c1de-7b20-7d05-8f00-{:012}", number + 1)
        } else if RegistrationCode::parse(text).is_ok() {
            CODE.to_owned()
        } else if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            HASH.to_owned()
        } else {
            text.to_owned()
        };
        shown + bounds
    }
}

/// The address with a fixed position in the list.
fn at_position(address: &str) -> String {
    let Some((before, position)) = address.split_once("after=") else { return address.to_owned() };
    let rest = position.split_once('&').map_or(String::new(), |(_, rest)| format!("&{rest}"));
    format!("{before}after={POSITION}{rest}")
}

/// The digits of the code in a zone (TRA-02).
fn of_zone(zone: &str) -> Option<&'static str> {
    [("57", &CODE[..4]), ("58", &CODE[4..8]), ("59", &CODE[8..])]
        .into_iter()
        .find(|(known, _)| *known == zone)
        .map(|(_, digits)| digits)
}
