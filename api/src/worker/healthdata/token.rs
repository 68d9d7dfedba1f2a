//! Access tokens for Healthdata: OAuth 2 client credentials, with a signed assertion as proof of the client (RFC 7523).
//! A token is kept until shortly before it expires; all who need a new one wait for the same request.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use insula_domain::{clock::Clock, ids::Ids};
use reqwest::{Client, Url, header};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Mutex;

use super::{
    http::{self, Reply},
    settings::{Settings, TokenAddress, address},
};

/// The lifetime of an assertion, in seconds.
const ASSERTION_SECONDS: i64 = 60;
/// A token is not used in its last seconds.
const SPARE: Duration = Duration::from_secs(30);
/// The lifetime of a token whose issuer does not state one.
const UNSAID_SECONDS: u64 = 60;
/// The maximum time a token is kept, whatever its issuer states.
const MOST_SECONDS: u64 = 24 * 3600;
/// The maximum size of a token, in bytes.
const MAX_TOKEN: usize = 8 * 1024;

/// A token, numbered.
#[derive(Clone)]
pub(super) struct Token {
    pub text: String,
    number: u64,
}

struct Held {
    token: Option<(Token, Instant)>,
    fetched: u64,
}

pub(super) struct Tokens {
    client: Client,
    settings: Settings,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    /// Held while a token is fetched.
    held: Mutex<Held>,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
    token_type: String,
    expires_in: Option<u64>,
}

impl Tokens {
    pub(super) fn new(client: Client, settings: Settings, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Tokens {
        Tokens { client, settings, clock, ids, held: Mutex::new(Held { token: None, fetched: 0 }) }
    }

    /// A token that is valid for a while.
    pub(super) async fn get(&self) -> Result<Token, String> {
        self.other_than(None).await
    }

    /// Replaces a refused token; all who had the same one refused get the same new one.
    pub(super) async fn instead_of(&self, refused: &Token) -> Result<Token, String> {
        self.other_than(Some(refused.number)).await
    }

    async fn other_than(&self, refused: Option<u64>) -> Result<Token, String> {
        let mut held = self.held.lock().await;
        if let Some((token, until)) = &held.token
            && Some(token.number) != refused
            && Instant::now() < *until
        {
            return Ok(token.clone());
        }
        held.token = None;
        let began = Instant::now();
        let (text, life) = self.fetch().await.map_err(|error| format!("no token: {error}"))?;
        held.fetched += 1;
        let token = Token { text, number: held.fetched };
        // A short-lived one is used for half its lifetime.
        let until = began + life.saturating_sub(SPARE).max(life / 2);
        held.token = Some((token.clone(), until));
        Ok(token)
    }

    async fn fetch(&self) -> Result<(String, Duration), String> {
        let endpoint = match &self.settings.token_address {
            TokenAddress::Endpoint(url) => url.clone(),
            TokenAddress::Issuer(issuer) => self.discover(issuer).await?,
        };
        let mut form = vec![
            ("grant_type", "client_credentials".to_owned()),
            ("client_id", self.settings.client_id.clone()),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_owned()),
            ("client_assertion", self.assertion(&endpoint)?),
        ];
        form.extend(self.settings.scope.clone().map(|scope| ("scope", scope)));
        let body = serde_html_form::to_string(&form).map_err(|_| "the request cannot be written".to_owned())?;
        let request = self
            .client
            .post(endpoint)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "application/json")
            .body(body);
        read_token(&http::send(request, &[200, 400, 401]).await?)
    }

    /// RFC 7523 §3: Insula's assertion of its own identity, for this audience, for one use within a minute.
    fn assertion(&self, endpoint: &Url) -> Result<String, String> {
        let Settings { client_id, audience, token_address, key, .. } = &self.settings;
        let audience = match (audience, token_address) {
            (Some(audience), _) => audience.as_str(),
            (None, TokenAddress::Issuer(issuer)) => issuer,
            (None, TokenAddress::Endpoint(_)) => endpoint.as_str(),
        };
        let now = self.clock.now().timestamp();
        let claims = json!({
            "iss": client_id, "sub": client_id, "aud": audience, "jti": self.ids.opaque_uuid(),
            "iat": now, "exp": now + ASSERTION_SECONDS,
        });
        jsonwebtoken::encode(&key.header, &claims, &key.key).map_err(|_| "the assertion cannot be signed".to_owned())
    }

    async fn discover(&self, issuer: &str) -> Result<Url, String> {
        #[derive(Deserialize)]
        struct Discovery {
            issuer: String,
            token_endpoint: String,
        }
        let document = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let reply = http::send(self.client.get(document).header(header::ACCEPT, "application/json"), &[200]).await?;
        if reply.status != 200 {
            return Err(format!("discovery answered with status {}", reply.status));
        }
        let found: Discovery =
            serde_json::from_slice(&reply.body).map_err(|_| "the discovery document is not readable".to_owned())?;
        if found.issuer != issuer {
            return Err("the discovery document is of another issuer".to_owned());
        }
        address(&found.token_endpoint, self.settings.plain_http)
            .ok_or_else(|| "the discovery document names a token endpoint that is not https".to_owned())
    }
}

/// The token in an answer, and its lifetime.
fn read_token(reply: &Reply) -> Result<(String, Duration), String> {
    #[derive(Deserialize)]
    struct Refused {
        error: String,
    }
    if reply.status != 200 {
        let error = serde_json::from_slice::<Refused>(&reply.body).map(|refused| refused.error).unwrap_or_default();
        // RFC 6749 §5.2 defines a handful of error codes, all of this form.
        let is_word = (1..=40).contains(&error.len()) && error.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        let error = if is_word { format!(" {error}") } else { String::new() };
        return Err(format!("status {}{error}", reply.status));
    }
    let answer: TokenAnswer = (reply.is_json.then_some(()))
        .and_then(|()| serde_json::from_slice(&reply.body).ok())
        .ok_or_else(|| "the answer is no token".to_owned())?;
    let text = answer.access_token;
    let is_token = (1..=MAX_TOKEN).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_token || !answer.token_type.eq_ignore_ascii_case("bearer") {
        return Err("the answer is no bearer token".to_owned());
    }
    Ok((text, Duration::from_secs(answer.expires_in.unwrap_or(UNSAID_SECONDS).min(MOST_SECONDS))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, body: &str) -> Result<(String, u64), String> {
        let reply = Reply { status, is_json: true, body: body.as_bytes().to_vec() };
        read_token(&reply).map(|(text, life)| (text, life.as_secs()))
    }

    /// SYS-02: an answer is a token or it is not; nothing of one that is not gets into a log.
    #[test]
    fn only_a_bearer_token_is_one() {
        let token = |life| Ok(("a.b".to_owned(), life));
        assert_eq!(read(200, r#"{"access_token":"a.b","token_type":"Bearer","expires_in":300}"#), token(300));
        assert_eq!(read(200, r#"{"access_token":"a.b","token_type":"bearer"}"#), token(60));
        assert_eq!(
            read(200, r#"{"access_token":"a.b","token_type":"bearer","expires_in":99999999999}"#),
            token(86_400)
        );
        for refused in [
            r#"{"access_token":"a b","token_type":"Bearer"}"#,
            r#"{"access_token":"a\nX-Header: b","token_type":"Bearer"}"#,
            r#"{"access_token":"","token_type":"Bearer"}"#,
            r#"{"access_token":"a.b","token_type":"mac"}"#,
            r#"{"access_token":"a.b","token_type":"Bearer","expires_in":-1}"#,
            r#"{"access_token":["a"],"token_type":"Bearer"}"#,
            "[]",
            "",
        ] {
            assert!(read(200, refused).is_err(), "{refused}");
        }
        assert_eq!(read(401, r#"{"error":"invalid_client"}"#), Err("status 401 invalid_client".to_owned()));
        assert_eq!(read(400, r#"{"error":"<b>85073003328</b>"}"#), Err("status 400".to_owned()));
        assert_eq!(read(302, "x"), Err("status 302".to_owned()));
    }
}
