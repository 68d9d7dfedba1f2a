//! An issuer's public keys (RFC 7517) and their fetching.

use std::net::IpAddr;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use reqwest::{Client, StatusCode, Url, redirect};
use serde::Deserialize;
use serde_json::Value;

use super::algorithm::SigningAlgorithm;
use super::compact::is_key_id;

/// The maximum size of a discovery document or key set, in bytes.
const MAX_DOCUMENT_BYTES: usize = 64 * 1024;

/// Timeout of a whole fetch, discovery included.
pub(super) const FETCH_TIMEOUT: Duration = Duration::from_secs(3);

/// The keys an issuer signs with at one time, all for one algorithm.
pub(super) struct KeySet {
    /// Changes if and only if the keys change.
    pub(super) generation: u64,
    algorithm: SigningAlgorithm,
    keys: Vec<Key>,
}

struct Key {
    kid: String,
    /// The public numbers in base64url, to compare keys.
    numbers: String,
    public: DecodingKey,
}

/// A member of `keys`; its mandatory members depend on `kty`.
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: String,
    #[serde(rename = "use")]
    usage: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

impl KeySet {
    pub(super) const fn empty(algorithm: SigningAlgorithm) -> Self {
        Self { generation: 0, algorithm, keys: Vec::new() }
    }

    pub(super) fn of_one(algorithm: SigningAlgorithm, kid: &str, key: DecodingKey) -> Self {
        Self { generation: 0, algorithm, keys: vec![Key { kid: kid.to_owned(), numbers: String::new(), public: key }] }
    }

    /// The usable keys of a JWKS document. Others (for encryption, for another algorithm, without `kid`, of an
    /// unknown type) are skipped: issuers publish them side by side.
    fn parse(algorithm: SigningAlgorithm, document: &[u8]) -> Result<Self, FetchError> {
        #[derive(Deserialize)]
        struct Jwks {
            keys: Vec<Value>,
        }
        let jwks: Jwks = serde_json::from_slice(document).map_err(|_| FetchError::NotJson)?;
        let read = |value| serde_json::from_value::<Jwk>(value).ok()?.usable(algorithm);
        let mut keys: Vec<Key> = jwks.keys.into_iter().filter_map(read).collect();
        if keys.is_empty() {
            return Err(FetchError::NoUsableKey(algorithm.name()));
        }
        keys.sort_by(|one, other| (&one.kid, &one.numbers).cmp(&(&other.kid, &other.numbers)));
        Ok(Self { generation: 0, algorithm, keys })
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    pub(super) fn has(&self, kid: &str) -> bool {
        self.keys.iter().any(|key| key.kid == kid)
    }

    /// The same keys under another generation.
    pub(super) fn numbered(self, generation: u64) -> Self {
        Self { generation, ..self }
    }

    pub(super) fn has_same_keys(&self, other: &Self) -> bool {
        let names = |set: &Self| set.keys.iter().map(|key| (key.kid.clone(), key.numbers.clone())).collect::<Vec<_>>();
        names(self) == names(other)
    }

    /// Whether the key with this id made `signature` (base64url) over `signed`.
    pub(super) fn verifies(&self, kid: &str, signed: &str, signature: &str) -> bool {
        let by = |key: &Key| {
            jsonwebtoken::crypto::verify(signature, signed.as_bytes(), &key.public, self.algorithm.of_library())
        };
        self.keys.iter().filter(|key| key.kid == kid).any(|key| by(key).unwrap_or(false))
    }
}

impl Jwk {
    fn usable(self, algorithm: SigningAlgorithm) -> Option<Key> {
        let for_signatures = self.usage.is_none_or(|usage| usage == "sig")
            && self.key_ops.is_none_or(|operations| operations.iter().any(|operation| operation == "verify"))
            && self.alg.is_none_or(|alg| alg == algorithm.name());
        if !for_signatures || !is_key_id(&self.kid) {
            return None;
        }
        // The library accepts numbers of any size and curve; a P-384 point must not pass for a P-256 one.
        let sized = |number: &str, sizes: std::ops::RangeInclusive<usize>| {
            URL_SAFE_NO_PAD.decode(number).is_ok_and(|bytes| sizes.contains(&bytes.len()))
        };
        let (numbers, key) = match (algorithm, self.kty.as_str(), self.crv.as_deref()) {
            (SigningAlgorithm::Es256, "EC", Some("P-256")) => {
                let (x, y) = (self.x?, self.y?);
                let key = DecodingKey::from_ec_components(&x, &y).ok()?;
                (sized(&x, 32..=32) && sized(&y, 32..=32)).then(|| (format!("{x}.{y}"), key))?
            }
            (SigningAlgorithm::EdDsa, "OKP", Some("Ed25519")) => {
                let x = self.x?;
                let key = DecodingKey::from_ed_components(&x).ok()?;
                sized(&x, 32..=32).then_some((x, key))?
            }
            (SigningAlgorithm::Rs256, "RSA", _) => {
                let (n, e) = (self.n?, self.e?);
                let key = DecodingKey::from_rsa_components(&n, &e).ok()?;
                (sized(&n, 256..=1025) && sized(&e, 1..=8)).then(|| (format!("{n}.{e}"), key))?
            }
            _ => return None,
        };
        Some(Key { kid: self.kid, numbers, public: key })
    }
}

/// Why keys could not be fetched; for the log. No text contains anything sent by a caller.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    #[error("no answer: {0}")]
    Unreachable(#[from] reqwest::Error),
    #[error("no answer within {0:?}")]
    TimedOut(Duration),
    #[error("answer with status {0}")]
    Status(StatusCode),
    #[error("answer of more than {MAX_DOCUMENT_BYTES} bytes")]
    TooLarge,
    #[error("answer is not the JSON expected")]
    NotJson,
    #[error("the discovery document is of another issuer")]
    OtherIssuer,
    #[error("the discovery document names a key address that is not https")]
    InsecureAddress,
    #[error("no key for {0} among the issuer's keys")]
    NoUsableKey(&'static str),
}

/// Where an issuer's keys are found.
pub(super) enum KeyAddress {
    /// The address of the key set.
    Jwks(Url),
    /// The discovery document that names it, and the issuer it must be for.
    Discovery { document: Url, issuer: String },
}

/// The issuer's web server.
pub(super) struct JwksHost {
    client: Client,
    address: KeyAddress,
    algorithm: SigningAlgorithm,
    within: Duration,
}

impl JwksHost {
    /// `within` bounds a whole fetch, discovery included.
    pub(super) fn new(
        address: KeyAddress,
        algorithm: SigningAlgorithm,
        within: Duration,
    ) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            // A redirect would let the response choose the next address.
            .redirect(redirect::Policy::none())
            // The environment is not read here; a proxy is a matter of configuration.
            .no_proxy()
            // Fetches are minutes apart, and each may run on another thread's runtime.
            .pool_max_idle_per_host(0)
            .build()?;
        Ok(Self { client, address, algorithm, within })
    }

    /// The current keys. Runs discovery each time, so that a moved key address is followed.
    pub(super) async fn fetch(&self) -> Result<KeySet, FetchError> {
        tokio::time::timeout(self.within, async {
            let address = match &self.address {
                KeyAddress::Jwks(address) => address.clone(),
                KeyAddress::Discovery { document, issuer } => self.discover(document, issuer).await?,
            };
            KeySet::parse(self.algorithm, &self.get(address).await?)
        })
        .await
        .unwrap_or(Err(FetchError::TimedOut(self.within)))
    }

    async fn discover(&self, document: &Url, issuer: &str) -> Result<Url, FetchError> {
        #[derive(Deserialize)]
        struct Discovery {
            issuer: String,
            jwks_uri: String,
        }
        let answer = self.get(document.clone()).await?;
        let found: Discovery = serde_json::from_slice(&answer).map_err(|_| FetchError::NotJson)?;
        if found.issuer != issuer {
            return Err(FetchError::OtherIssuer);
        }
        trusted_address(&found.jwks_uri).ok_or(FetchError::InsecureAddress)
    }

    async fn get(&self, address: Url) -> Result<Vec<u8>, FetchError> {
        let mut response = self.client.get(address).header("accept", "application/json").send().await?;
        if response.status() != StatusCode::OK {
            return Err(FetchError::Status(response.status()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > MAX_DOCUMENT_BYTES {
                return Err(FetchError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

/// An address that keys may come from: https, or http on this machine; without a password, because it is logged.
pub(crate) fn trusted_address(address: &str) -> Option<Url> {
    let url = Url::parse(address).ok()?;
    let host = url.host_str()?;
    let here = host == "localhost" || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    let encrypted = url.scheme() == "https" || (url.scheme() == "http" && here);
    (encrypted && url.username().is_empty() && url.password().is_none()).then_some(url)
}
