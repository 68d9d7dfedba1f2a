//! The requests and answers of the stand-in.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, TcpStream},
};

use insula_api::system::SystemClock;
use insula_domain::clock::Clock;
use jsonwebtoken::Validation;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Behaviour, CLIENT_ID, ELSEWHERE, SCOPE, Shared};
use crate::client::new_key;

/// A complete request.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The method; empty if the connection was closed at once.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Request {
    /// The value of a header, or an empty text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// The complete request as one text.
    pub fn text(&self) -> String {
        let headers: Vec<_> = self.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        format!("{} {}\n{}\n\n{}", self.method, self.target, headers.join("\n"), self.body)
    }

    fn read(from: &mut BufReader<&TcpStream>) -> Option<Request> {
        let mut line = || {
            let mut line = String::new();
            (from.read_line(&mut line).ok()? > 0).then(|| line.trim_end().to_owned())
        };
        let first = line()?;
        let mut words = first.split(' ').map(str::to_owned);
        let (method, target) = (words.next()?, words.next()?);
        let mut headers = Vec::new();
        while let Some((name, value)) = line()?.split_once(':') {
            headers.push((name.to_lowercase(), value.trim().to_owned()));
        }
        let mut request = Request { method, target, headers, body: String::new() };
        let length: u64 = request.header("content-length").parse().unwrap_or(0);
        from.take(length).read_to_string(&mut request.body).ok()?;
        Some(request)
    }
}

fn answer(status: u16, content_type: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status} So\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n{body}")
}

fn json_answer(status: u16, body: &Value) -> String {
    answer(status, "application/json", &body.to_string())
}

impl Shared {
    /// Answers the requests of a connection until one side closes it.
    pub(super) fn serve(&self, stream: &TcpStream) {
        let mut from = BufReader::new(stream);
        loop {
            if self.state().down {
                self.state().requests.push(Request::default());
                break;
            }
            let Some(request) = Request::read(&mut from) else { break };
            self.state().requests.push(request.clone());
            if self.state().down {
                break;
            }
            let (text, goes_on) = match (request.method.as_str(), request.target.as_str()) {
                ("POST", "/token") => (self.token(&request), true),
                ("GET", "/.well-known/openid-configuration") => (self.discovery(), true),
                ("PUT", target) if target.starts_with("/api/v1/registrations/") => self.delivery(&request),
                ("GET", target) if target.starts_with("/api/v1") && !self.knows(&request) => {
                    (answer(401, "text/plain", "who?"), true)
                }
                _ => (answer(404, "text/html", "<h1>Not found</h1>"), true),
            };
            let mut to = stream;
            if to.write_all(text.as_bytes()).is_err() || !goes_on {
                break;
            }
        }
        let _ = stream.shutdown(Shutdown::Both);
    }

    fn discovery(&self) -> String {
        let issuer = format!("http://{}", self.address);
        json_answer(200, &json!({"issuer": issuer, "token_endpoint": format!("{issuer}/token")}))
    }

    fn token(&self, request: &Request) -> String {
        if let Some(status) = self.state().token_status {
            return json_answer(status, &json!({"error": "invalid_client"}));
        }
        if let Err(fault) = self.verify(request) {
            self.state().faults.push(fault);
            return json_answer(401, &json!({"error": "invalid_client"}));
        }
        let mut state = self.state();
        let token = format!("token-{}", new_key());
        state.tokens.insert(token.clone());
        let expires_in = state.expires_in.clone().unwrap_or(json!(300));
        json_answer(200, &json!({"access_token": token, "token_type": "Bearer", "expires_in": expires_in}))
    }

    /// All checks of RFC 7523 §3 and RFC 6749 §4.4.
    fn verify(&self, request: &Request) -> Result<(), String> {
        let form = reqwest::Url::parse(&format!("http://form/?{}", request.body)).map_err(|error| error.to_string())?;
        let fields: Vec<(String, String)> = form.query_pairs().into_owned().collect();
        let field = |name: &str| {
            let mut found = fields.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
            match (found.next(), found.next()) {
                (Some(value), None) => Ok(value),
                _ => Err(format!("{name} is not there once")),
            }
        };
        let same = |what: &str, value: &str, expected: &str| {
            if value == expected { Ok(()) } else { Err(format!("{what} is {value}")) }
        };
        same("content type", request.header("content-type"), "application/x-www-form-urlencoded")?;
        same("grant type", field("grant_type")?, "client_credentials")?;
        same("scope", field("scope")?, SCOPE)?;
        same("client", field("client_id")?, CLIENT_ID)?;
        let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        same("assertion type", field("client_assertion_type")?, kind)?;

        let mut validation = Validation::new(self.key.algorithm);
        // All times are checked below.
        validation.validate_exp = false;
        validation.set_issuer(&[CLIENT_ID]);
        validation.set_audience(&[format!("http://{}/token", self.address), format!("http://{}", self.address)]);
        validation.set_required_spec_claims(&["iss", "sub", "aud", "exp"]);
        let assertion = jsonwebtoken::decode::<Value>(field("client_assertion")?, &self.key.public, &validation)
            .map_err(|error| format!("assertion: {error}"))?;
        let claims = assertion.claims;
        same("subject", claims["sub"].as_str().unwrap_or_default(), CLIENT_ID)?;
        let now = SystemClock.now().timestamp();
        let (issued, expires) = (claims["iat"].as_i64().unwrap_or(0), claims["exp"].as_i64().unwrap_or(0));
        if issued > now || expires <= now || expires > issued + 60 {
            return Err(format!("issued at {issued}, expires at {expires}, now {now}"));
        }
        match claims["jti"].as_str() {
            Some(jti) if self.state().assertions.insert(jti.to_owned()) => Ok(()),
            other => Err(format!("the assertion {other:?} was used before or has no name")),
        }
    }

    fn knows(&self, request: &Request) -> bool {
        let token = request.header("authorization").strip_prefix("Bearer ");
        token.is_some_and(|token| self.state().tokens.contains(token))
    }

    /// The answer to a delivery, and whether the connection stays open.
    fn delivery(&self, request: &Request) -> (String, bool) {
        if !self.knows(request) {
            return (json_answer(401, &json!({"title": "Unauthorized"})), true);
        }
        let message: Value = serde_json::from_str(&request.body).unwrap();
        let mut parts = request.target.trim_start_matches("/api/v1/registrations/").split("/versions/");
        let id: Uuid = parts.next().unwrap().parse().unwrap();
        let version: i32 = parts.next().unwrap().parse().unwrap();
        assert_eq!((&json!(id), &json!(version)), (&message["technicalId"], &message["version"]));

        let mut state = self.state();
        state.arrivals.push(message.clone());
        let behaviour = state.next.pop_front().or_else(|| state.always.clone()).unwrap_or(Behaviour::Acknowledge);
        if let Behaviour::Refuse(..) | Behaviour::Status(_) | Behaviour::Redirect | Behaviour::Close = behaviour {
            drop(state);
            return self.not_kept(&behaviour);
        }
        state.given += 1;
        let name = format!("ack-{}", state.given);
        let is_new = !state.kept.contains_key(&(id, version));
        let first = state.kept.entry((id, version)).or_insert_with(|| (name.clone(), message)).0.clone();
        if behaviour == Behaviour::Hold {
            while !state.released {
                state = self.changed.wait(state).unwrap();
            }
        }
        drop(state);
        let mut body = json!({"technicalId": id, "version": version, "acknowledgementId": first,
            "receivedAt": SystemClock.now().to_rfc3339()});
        let status = if is_new { 201 } else { 200 };
        let goes_on = !matches!(behaviour, Behaviour::Half | Behaviour::HalfInChunks | Behaviour::Hold);
        let text = match behaviour {
            Behaviour::AcknowledgeAnew => {
                body["acknowledgementId"] = json!(name);
                json_answer(status, &body)
            }
            Behaviour::AcknowledgeAnother => {
                body["technicalId"] = json!(Uuid::nil());
                json_answer(status, &body)
            }
            Behaviour::AcknowledgeAnotherVersion => {
                body["version"] = json!(version + 1);
                json_answer(status, &body)
            }
            Behaviour::AnswerTwice => json_answer(status, &body).repeat(2),
            Behaviour::Oversized => {
                body["padding"] = json!("x".repeat(70_000));
                json_answer(status, &body)
            }
            Behaviour::WrongContentType => answer(status, "text/html", &body.to_string()),
            Behaviour::Half => {
                let whole = json_answer(status, &body);
                whole[..whole.len() - body.to_string().len() / 2].to_owned()
            }
            Behaviour::HalfInChunks => {
                let body = body.to_string();
                format!(
                    "HTTP/1.1 {status} So\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n",
                    body.len()
                )
            }
            _ => json_answer(status, &body),
        };
        (text, goes_on)
    }

    fn not_kept(&self, behaviour: &Behaviour) -> (String, bool) {
        match behaviour {
            Behaviour::Refuse(status, body) => (answer(*status, "application/problem+json", &body.to_string()), true),
            Behaviour::Status(status) => (answer(*status, "text/html", "<h1>No</h1>"), true),
            Behaviour::Redirect => {
                let place = format!("http://{}{ELSEWHERE}", self.address);
                (format!("HTTP/1.1 307 So\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n"), true)
            }
            _ => (String::new(), false),
        }
    }
}
