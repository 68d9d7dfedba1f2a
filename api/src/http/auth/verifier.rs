//! From an `Authorization` header to verified claims.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::algorithm::SigningAlgorithm;
use super::claims::{Claims, Payload};
use super::compact::{Compact, bearer};
use super::dev_issuer::{DEVELOPMENT_ISSUER, DevIssuer};
use super::jwks::{FETCH_TIMEOUT, JwksHost, KeyAddress, KeySet, trusted_address};
use super::refusal::TokenRefusal;
use super::remote_keys::{Monotonic, RemoteKeys};
use super::token_cache::{Fingerprint, TokenCache};

/// An external OIDC issuer.
#[derive(Debug, Clone)]
pub struct OidcIssuer {
    /// The exact `iss` of its tokens; also the base of `/.well-known/openid-configuration`.
    pub issuer: String,
    /// The algorithm it signs with. Others are refused, whatever its documents say.
    pub algorithm: SigningAlgorithm,
    /// The address of its keys, when discovery is not used. Must be https, or http on this machine.
    pub jwks_uri: Option<String>,
}

/// The issuer whose tokens are accepted.
#[derive(Debug, Clone)]
pub enum TokenSource {
    /// Insula's own issuer (ES256, [`DEVELOPMENT_ISSUER`]); never in production.
    Development(DevIssuer),
    /// An external issuer.
    Oidc(OidcIssuer),
}

/// The configuration of a [`Verifier`].
#[derive(Debug, Clone)]
pub struct VerifierConfig {
    /// The value that `aud` must contain.
    pub audience: String,
    /// The issuer whose tokens are accepted.
    pub source: TokenSource,
}

/// Why a configuration is refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The issuer or the audience is empty.
    #[error("the token issuer and the audience must not be empty")]
    Empty,
    /// The address of the keys is neither an https URL nor http on this machine, or contains a password (which is why
    /// the address is not repeated here).
    #[error("the token issuer's address must be https and hold no password")]
    InsecureAddress,
    /// The HTTP client cannot be built, usually because root certificates are missing.
    #[error("no HTTP client for the token issuer; are root certificates (ca-certificates) installed? ({0})")]
    Client(#[from] reqwest::Error),
}

/// Verifies bearer tokens. One per process, shared by all threads.
pub struct Verifier {
    issuer: String,
    audience: String,
    algorithm: SigningAlgorithm,
    keys: Keys,
    cache: TokenCache,
}

enum Keys {
    Fixed(Arc<KeySet>),
    Remote(Arc<RemoteKeys>),
}

impl Verifier {
    /// Does not fetch keys yet: the issuer may start later than Insula.
    ///
    /// # Errors
    /// See [`ConfigError`].
    pub fn new(config: VerifierConfig) -> Result<Self, ConfigError> {
        Self::with(config, Box::new(Instant::now), FETCH_TIMEOUT)
    }

    pub(super) fn with(
        config: VerifierConfig,
        monotonic: Monotonic,
        fetch_within: Duration,
    ) -> Result<Self, ConfigError> {
        let unnamed = matches!(&config.source, TokenSource::Oidc(oidc) if oidc.issuer.is_empty());
        if unnamed || config.audience.is_empty() {
            return Err(ConfigError::Empty);
        }
        let (issuer, algorithm, keys) = match config.source {
            TokenSource::Development(issuer) => {
                (DEVELOPMENT_ISSUER.to_owned(), SigningAlgorithm::Es256, Keys::Fixed(Arc::new(issuer.key_set())))
            }
            TokenSource::Oidc(OidcIssuer { issuer, algorithm, jwks_uri }) => {
                let host = JwksHost::new(key_address(&issuer, jwks_uri)?, algorithm, fetch_within)?;
                (issuer, algorithm, Keys::Remote(Arc::new(RemoteKeys::new(host, algorithm, monotonic))))
            }
        };
        Ok(Self { issuer, audience: config.audience, algorithm, keys, cache: TokenCache::new() })
    }

    /// Verifies the token in `authorization_header` at `now` (unix seconds) and returns its claims.
    ///
    /// Needs a tokio runtime with I/O and time. Waits only for the issuer's keys, at most 3 s: at their first use,
    /// for an unknown key, or after a long idle time.
    ///
    /// # Errors
    /// See [`TokenRefusal`]. A refused token causes a request to the configured issuer only when its claims are
    /// acceptable and its key is unknown, at most once in five seconds; it never causes a request to anyone else.
    pub async fn verify(&self, authorization_header: Option<&str>, now: i64) -> Result<Arc<Claims>, TokenRefusal> {
        let token = bearer(authorization_header)?;
        let fingerprint = Fingerprint::of(token);
        let (claims, generation) = self.verify_with(self.current_keys(), token, fingerprint, now).await?;
        let Keys::Remote(keys) = &self.keys else { return Ok(claims) };
        let believed = keys.kept_fresh().await;
        if believed.generation == generation {
            return Ok(claims);
        }
        // The keys have changed meanwhile; the one that signed this token may be withdrawn.
        let (claims, _) = self.verify_with(believed, token, fingerprint, now).await?;
        Ok(claims)
    }

    /// The claims, and the generation of the keys that verified the token.
    async fn verify_with(
        &self,
        keys: Arc<KeySet>,
        token: &str,
        fingerprint: Fingerprint,
        now: i64,
    ) -> Result<(Arc<Claims>, u64), TokenRefusal> {
        if let Some(known) = self.cache.get(&fingerprint, keys.generation, now) {
            return known.map(|claims| (claims, keys.generation));
        }
        let compact = Compact::parse(token)?;
        let kid = compact.key_id(self.algorithm)?;
        let payload = Payload::parse(&compact.payload)?;
        let admissible = || {
            payload.admissible(&self.issuer, &self.audience, now)?;
            if matches!(self.keys, Keys::Remote(_)) { payload.plausible(now) } else { Ok(()) }
        };
        let keys = match &self.keys {
            Keys::Remote(remote) if !keys.has(kid) => {
                // Checked first: only a plausible token is worth a request to the issuer.
                admissible()?;
                remote.seek(kid).await?
            }
            _ => keys,
        };
        if !keys.verifies(kid, compact.signed, compact.signature) {
            return Err(TokenRefusal::Invalid);
        }
        admissible()?;
        let claims = Arc::new(payload.claims);
        self.cache.put(fingerprint, Arc::clone(&claims), payload.not_before, keys.generation);
        Ok((claims, keys.generation))
    }

    fn current_keys(&self) -> Arc<KeySet> {
        match &self.keys {
            Keys::Fixed(keys) => Arc::clone(keys),
            Keys::Remote(keys) => keys.current(),
        }
    }

    /// Returns when no fetch of keys goes on.
    #[cfg(test)]
    pub(super) async fn settled(&self) {
        if let Keys::Remote(keys) = &self.keys {
            keys.settled().await;
        }
    }

    #[cfg(test)]
    pub(super) fn remembered(&self) -> usize {
        self.cache.len()
    }
}

/// OIDC Discovery 1.0 §4: the issuer without a final slash, then the well-known path.
fn key_address(issuer: &str, jwks_uri: Option<String>) -> Result<KeyAddress, ConfigError> {
    let discovered = jwks_uri.is_none();
    let address = jwks_uri
        .unwrap_or_else(|| format!("{}/.well-known/openid-configuration", issuer.strip_suffix('/').unwrap_or(issuer)));
    let url = trusted_address(&address).ok_or(ConfigError::InsecureAddress)?;
    Ok(if discovered {
        KeyAddress::Discovery { document: url, issuer: issuer.to_owned() }
    } else {
        KeyAddress::Jwks(url)
    })
}
