//! The running service, as a client calls it.

use std::time::Duration;

use reqwest::{Method, StatusCode, header, redirect};
use serde_json::Value;

use super::DemoError;

/// The service and its HTTP client.
pub struct Service {
    http: reqwest::Client,
    /// The address below which every resource is found.
    pub base: String,
    keys: u64,
}

/// Someone who calls.
pub struct Person {
    /// How the story names them.
    pub name: String,
    /// As their tokens name them.
    pub subject: String,
    /// The run they belong to.
    pub run: String,
    /// Their token.
    pub token: String,
}

/// A request to be sent.
pub struct Request<'a> {
    /// Who sends it.
    pub who: &'a Person,
    /// Its method.
    pub method: Method,
    /// Its path below the base path.
    pub path: String,
    body: Option<Value>,
    /// Rows of a file, in place of a body.
    lines: Option<String>,
    version: Option<i64>,
    key: Option<String>,
    language: &'static str,
    /// What the body says, for the reader.
    pub words: Option<String>,
}

impl<'a> Request<'a> {
    fn new(who: &'a Person, method: Method, path: impl Into<String>) -> Request<'a> {
        Request {
            who,
            method,
            path: path.into(),
            body: None,
            lines: None,
            version: None,
            key: None,
            language: "en",
            words: None,
        }
    }

    /// GET.
    pub fn get(who: &'a Person, path: impl Into<String>) -> Request<'a> {
        Request::new(who, Method::GET, path)
    }

    /// POST without body.
    pub fn command(who: &'a Person, path: impl Into<String>) -> Request<'a> {
        Request::new(who, Method::POST, path)
    }

    /// POST with a body.
    pub fn post(who: &'a Person, path: impl Into<String>, body: Value) -> Request<'a> {
        Request { body: Some(body), ..Request::new(who, Method::POST, path) }
    }

    /// POST with a file of JSON lines.
    pub fn lines(who: &'a Person, path: impl Into<String>, lines: String) -> Request<'a> {
        Request { lines: Some(lines), ..Request::new(who, Method::POST, path) }
    }

    /// PUT.
    pub fn put(who: &'a Person, path: impl Into<String>, body: Value) -> Request<'a> {
        Request { body: Some(body), ..Request::new(who, Method::PUT, path) }
    }

    /// PATCH with a merge patch.
    pub fn patch(who: &'a Person, path: impl Into<String>, body: Value) -> Request<'a> {
        Request { body: Some(body), ..Request::new(who, Method::PATCH, path) }
    }

    /// DELETE.
    pub fn delete(who: &'a Person, path: impl Into<String>) -> Request<'a> {
        Request::new(who, Method::DELETE, path)
    }

    /// On this version (`If-Match`).
    pub fn on(mut self, version: i64) -> Request<'a> {
        self.version = Some(version);
        self
    }

    /// With this `Idempotency-Key` instead of a new one.
    pub fn keyed(mut self, key: &str) -> Request<'a> {
        self.key = Some(key.to_owned());
        self
    }

    /// Answered in this language.
    pub fn in_language(mut self, language: &'static str) -> Request<'a> {
        self.language = language;
        self
    }

    /// What the body says, in a few words for the reader.
    pub fn saying(mut self, words: impl Into<String>) -> Request<'a> {
        self.words = Some(words.into());
        self
    }

    /// The same, in the words of the body itself.
    pub fn shown(mut self) -> Request<'a> {
        self.words = self.body.as_ref().map(Value::to_string);
        self
    }

    /// The headers that matter to the reader.
    pub fn conditions(&self) -> String {
        let version = self.version.map(|version| format!("  If-Match: \"{version}\""));
        let language = (self.language != "en").then(|| format!("  Accept-Language: {}", self.language));
        let key = self.key.as_ref().map(|key| format!("  Idempotency-Key: \"{key}\""));
        [version, key, language].into_iter().flatten().collect()
    }
}

/// An answer.
pub struct Reply {
    /// The HTTP status.
    pub status: StatusCode,
    /// Where a new or found resource is, below the base path.
    pub location: Option<String>,
    /// The number in the ETag, when it is one.
    pub tag: Option<i64>,
    /// The body; null when there is none.
    pub body: Value,
    request: String,
}

impl Service {
    /// The service at an address.
    pub fn at(base: String) -> Result<Service, DemoError> {
        let http = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .timeout(Duration::from_secs(20))
            .no_proxy()
            .build()?;
        Ok(Service { http, base, keys: 0 })
    }

    /// Whether Insula is there and well.
    pub async fn check(&self) -> Result<(), DemoError> {
        let answer = self.http.get(format!("{}/health", self.base)).send().await;
        let answer = answer.map_err(|_| DemoError::NotThere(self.base.clone()))?;
        let status = answer.status().as_u16();
        let body: Value = answer.json().await.unwrap_or_default();
        if body["status"] == "UP" { Ok(()) } else { Err(DemoError::NotWell { url: self.base.clone(), status }) }
    }

    /// A key that no request of this person used yet.
    pub fn new_key(&mut self, who: &Person) -> String {
        self.keys += 1;
        format!("demo-{}-{}", who.run, self.keys)
    }

    /// Sends a request.
    pub async fn send(&mut self, request: Request<'_>) -> Result<Reply, DemoError> {
        let url = format!("{}{}", self.base, request.path);
        let mut sent = self.http.request(request.method.clone(), url).bearer_auth(&request.who.token);
        sent = sent.header(header::ACCEPT_LANGUAGE, request.language);
        if request.method == Method::POST {
            let key = match &request.key {
                Some(key) => key.clone(),
                None => self.new_key(request.who),
            };
            sent = sent.header("Idempotency-Key", format!("\"{key}\""));
        }
        if let Some(version) = request.version {
            sent = sent.header(header::IF_MATCH, format!("\"{version}\""));
        }
        if let Some(body) = &request.body {
            let patch = request.method == Method::PATCH;
            let kind = if patch { "application/merge-patch+json" } else { "application/json" };
            sent = sent.header(header::CONTENT_TYPE, kind).body(body.to_string());
        }
        if let Some(lines) = request.lines {
            sent = sent.header(header::CONTENT_TYPE, "application/x-ndjson").body(lines);
        }
        let answer = sent.send().await?;
        let status = answer.status();
        if status == StatusCode::UNAUTHORIZED {
            return Err(DemoError::OtherKeys);
        }
        let location = answer.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
        let location = location.map(|address| below(&self.base, address).to_owned());
        let tag =
            answer.headers().get(header::ETAG).and_then(|value| value.to_str().ok()?.trim_matches('"').parse().ok());
        let text = answer.text().await?;
        Ok(Reply {
            status,
            location,
            tag,
            body: serde_json::from_str(&text).unwrap_or_default(),
            request: format!("{} {}", request.method, request.path),
        })
    }

    /// A path below the base path, of an address in an answer.
    pub fn path<'a>(&self, address: &'a str) -> &'a str {
        below(&self.base, address)
    }
}

fn below<'a>(base: &str, address: &'a str) -> &'a str {
    // The service may know itself by another address than the demo does.
    let path = base.find("/insula/").and_then(|at| base.get(at..)).unwrap_or(base);
    address.split_once(path).map_or(address, |(_, rest)| rest)
}

impl Reply {
    /// The same reply if it has this status; otherwise the demo stops.
    pub fn expect(self, status: u16) -> Result<Reply, DemoError> {
        if self.status.as_u16() == status {
            return Ok(self);
        }
        let mut detail = self.text("detail").to_owned();
        for issue in self.body["issues"].as_array().into_iter().flatten() {
            let name = issue["name"].as_str().unwrap_or_default();
            detail.push_str(&format!(" {name}: {}", issue["detail"].as_str().unwrap_or_default()));
        }
        Err(DemoError::OtherAnswer { request: self.request, found: self.status.as_u16(), expected: status, detail })
    }

    /// A text in the body; empty when it is absent.
    pub fn text(&self, name: &str) -> &str {
        self.body[name].as_str().unwrap_or_default()
    }

    /// The identifier in the body.
    pub fn id(&self) -> Result<String, DemoError> {
        self.body["id"].as_str().map(str::to_owned).ok_or(DemoError::Missing("id"))
    }

    /// The version in the body.
    pub fn version(&self) -> Result<i64, DemoError> {
        self.body["version"].as_i64().ok_or(DemoError::Missing("version"))
    }

    /// The entries of a list in the body.
    pub fn list(&self, name: &str) -> &[Value] {
        self.body[name].as_array().map_or(&[], Vec::as_slice)
    }
}
