//! Callers of the service.

use std::sync::atomic::{AtomicU64, Ordering};

use reqwest::{Method, header::HeaderMap};
use serde_json::Value;

use crate::described::is_described;

/// A caller with a token.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    /// The token it sends.
    pub token: Option<String>,
}

static KEY: AtomicU64 = AtomicU64::new(0);

/// The answer to a request.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as JSON; null if it is not JSON.
    pub body: Value,
    /// The body as text.
    pub text: String,
}

impl Client {
    /// A caller of the service at this base address.
    pub fn new(http: reqwest::Client, base: String, token: Option<String>) -> Client {
        Client { http, base, token }
    }

    /// The same caller with its own connections, because those of one thread cannot serve another.
    pub fn on(&self, http: &reqwest::Client) -> Client {
        Client { http: http.clone(), ..self.clone() }
    }

    /// A request with the token, to be completed; the path is below the base path.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) };
        let request = self.http.request(method, url);
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends a request.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Reply {
        Client::try_send(request).await.expect("an answer")
    }

    /// Sends a request that may get no answer.
    pub async fn try_send(request: reqwest::RequestBuilder) -> reqwest::Result<Reply> {
        let (http, request) = request.build_split();
        let request = request?;
        let (method, url) = (request.method().clone(), request.url().clone());
        let response = http.execute(request).await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await?;
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        is_described(&method, &url, status, &headers, &body);
        Ok(Reply { status, headers, body, text })
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Reply {
        self.send(self.request(Method::GET, path)).await
    }

    /// POST with a body and a new idempotency key.
    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        self.post_keyed(path, body, &new_key()).await
    }

    /// Attaches a document to an application for coverage.
    pub async fn attach(&self, application: &str, name: &str, media_type: &str, bytes: Vec<u8>) -> Reply {
        let request = self.request(Method::POST, &format!("/coverageApplications/{application}/attachments"));
        let request = request.header("Content-Disposition", format!("attachment; filename=\"{name}\""));
        let request = request.header("Content-Type", media_type).body(bytes);
        self.send(request.header("Idempotency-Key", format!("\"{}\"", new_key()))).await
    }

    /// POST with a body and this idempotency key.
    pub async fn post_keyed(&self, path: &str, body: &Value, key: &str) -> Reply {
        let request = self.request(Method::POST, path).header("Idempotency-Key", format!("\"{key}\""));
        self.send(request.json(body)).await
    }

    /// PUT with a body and this version.
    pub async fn put(&self, path: &str, body: &Value, version: i64) -> Reply {
        let request = self.request(Method::PUT, path).header("If-Match", format!("\"{version}\""));
        self.send(request.json(body)).await
    }

    /// PATCH with a merge patch and this version.
    pub async fn patch(&self, path: &str, body: &Value, version: i64) -> Reply {
        let request = self.request(Method::PATCH, path).header("If-Match", format!("\"{version}\""));
        let request = request.header("Content-Type", "application/merge-patch+json");
        self.send(request.body(body.to_string())).await
    }

    /// DELETE with this version.
    pub async fn delete(&self, path: &str, version: i64) -> Reply {
        self.send(self.request(Method::DELETE, path).header("If-Match", format!("\"{version}\""))).await
    }

    /// A command without body (`submit`, `reopen`) with this version.
    pub async fn command(&self, path: &str, version: i64) -> Reply {
        self.command_keyed(path, version, &new_key()).await
    }

    /// POST of a body with `If-Match` and a new key.
    pub async fn command_with(&self, path: &str, version: i64, body: &Value) -> Reply {
        let request = self.request(Method::POST, path).header("If-Match", format!("\"{version}\""));
        self.send(request.header("Idempotency-Key", format!("\"{}\"", new_key())).json(body)).await
    }

    /// The same with this idempotency key.
    pub async fn command_keyed(&self, path: &str, version: i64, key: &str) -> Reply {
        let request = self.request(Method::POST, path).header("If-Match", format!("\"{version}\""));
        self.send(request.header("Idempotency-Key", format!("\"{key}\""))).await
    }
}

/// An unused key.
pub fn new_key() -> String {
    format!("key-{}", KEY.fetch_add(1, Ordering::SeqCst))
}

impl Reply {
    /// The reply if it has this status; otherwise the test fails and shows it.
    #[track_caller]
    pub fn expect(self, status: u16) -> Reply {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// The reply if it is a complete problem with this status and code.
    #[track_caller]
    pub fn expect_problem(self, status: u16, code: &str) -> Reply {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.header("content-type"), "application/problem+json");
        let kind = self.body["type"].as_str().unwrap_or_default();
        assert!(kind.ends_with(&format!(":{code}")), "{}", self.text);
        assert_eq!(self.body["status"], status);
        assert_eq!(self.body["instance"], format!("urn:uuid:{}", self.header("belgov-trace-id")));
        assert!(!self.body["detail"].as_str().unwrap_or_default().is_empty(), "{}", self.text);
        self
    }

    /// The text of a header; empty when it is absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The version in the body.
    pub fn version(&self) -> i64 {
        self.body["version"].as_i64().expect("a version")
    }

    /// The number in the ETag.
    pub fn tag(&self) -> i64 {
        self.header("etag").trim_matches('"').parse().expect("an ETag")
    }

    /// The identifier in the body.
    pub fn id(&self) -> String {
        self.body["id"].as_str().expect("an id").to_owned()
    }

    /// The faults of a bad request, as `name:code`, sorted.
    pub fn faults(&self) -> Vec<String> {
        let issues = self.body["issues"].as_array().cloned().unwrap_or_default();
        let mut faults: Vec<_> = issues
            .iter()
            .map(|issue| format!("{}:{}", issue["name"].as_str().unwrap_or("?"), issue["code"].as_str().unwrap_or("?")))
            .collect();
        faults.sort();
        faults
    }
}
