//! The settings of an external Healthdata, read and checked at the start; every fault is reported at once.

use std::{fs, time::Duration};

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::Url;
use serde_json::json;

use crate::{config::HealthdataConfig, http::auth::trusted_address};

/// The settings cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Healthdata: {}", .0.join("; "))]
pub struct SettingsError(pub Vec<String>);

/// How long anything may take.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Connecting.
    pub connect: Duration,
    /// One request, from connecting to the last byte of the answer.
    pub request: Duration,
    /// One delivery, including a new token.
    pub delivery: Duration,
    /// How long a round starts new deliveries. Together with the longest delivery and the recording of outcomes this is
    /// shorter than a claim lasts, so that no answer arrives after the claim has expired.
    pub begin: Duration,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience {
            connect: Duration::from_secs(3),
            request: Duration::from_secs(10),
            delivery: Duration::from_secs(15),
            begin: Duration::from_secs(25),
        }
    }
}

/// Where tokens come from.
#[derive(Debug, Clone)]
pub enum TokenAddress {
    /// The endpoint itself.
    Endpoint(Url),
    /// The issuer whose discovery document names it.
    Issuer(String),
}

/// The key with which Insula signs its assertions.
#[derive(Clone)]
pub struct SigningKey {
    pub(super) header: Header,
    pub(super) key: EncodingKey,
}

impl SigningKey {
    /// A private key in PEM (PKCS#8): P-256 signs ES256, RSA RS256.
    pub fn from_pem(pem: &[u8], key_id: Option<String>) -> Option<SigningKey> {
        let (algorithm, key) = match EncodingKey::from_ec_pem(pem) {
            Ok(key) => (Algorithm::ES256, key),
            Err(_) => (Algorithm::RS256, EncodingKey::from_rsa_pem(pem).ok()?),
        };
        let header = Header { kid: key_id, ..Header::new(algorithm) };
        // The library checks curve and size only when it signs; sign once now rather than fail at the first delivery.
        jsonwebtoken::encode(&header, &json!({}), &key).ok()?;
        Some(SigningKey { header, key })
    }
}

/// An external Healthdata, and Insula's identity there.
#[derive(Clone)]
pub struct Settings {
    pub(super) base: Url,
    pub(super) token_address: TokenAddress,
    pub(super) client_id: String,
    pub(super) key: SigningKey,
    pub(super) scope: Option<String>,
    pub(super) audience: Option<String>,
    pub(super) plain_http: bool,
    /// How long anything may take.
    pub patience: Patience,
}

impl Settings {
    /// The settings, when Healthdata is an external service.
    pub fn read(config: &HealthdataConfig) -> Result<Option<Settings>, SettingsError> {
        let Some(url) = &config.healthdata_url else { return Ok(None) };
        let mut faults = Vec::new();
        let plain_http = config.healthdata_plain_http;
        let mut fault = |text: &str| faults.push(text.to_owned());
        let base = address(url, plain_http).filter(|url| url.query().is_none() && url.fragment().is_none());
        if base.is_none() {
            fault(
                "--healthdata-url must be https (http only on this machine), without name, password, query and fragment",
            );
        }
        let token_address = match (&config.healthdata_token_url, &config.healthdata_issuer) {
            (Some(url), _) => address(url, plain_http).map(TokenAddress::Endpoint),
            (None, Some(issuer)) => address(issuer, plain_http).map(|_| TokenAddress::Issuer(issuer.clone())),
            (None, None) => None,
        };
        if token_address.is_none() {
            fault("--healthdata-token-url or --healthdata-issuer must be given, as https (http only on this machine)");
        }
        let client_id = config.healthdata_client_id.clone().filter(|id| !id.is_empty());
        if client_id.is_none() {
            fault("--healthdata-client-id must be given");
        }
        let key = match &config.healthdata_key {
            None => Err("--healthdata-key must be given".to_owned()),
            Some(path) => {
                fs::read(path).map_err(|error| format!("--healthdata-key cannot be read: {error}")).and_then(|pem| {
                    SigningKey::from_pem(&pem, config.healthdata_key_id.clone())
                        .ok_or("--healthdata-key holds no private key in PEM (PKCS#8), P-256 or RSA".to_owned())
                })
            }
        };
        if let Err(text) = &key {
            fault(text);
        }
        match (base, token_address, client_id, key) {
            (Some(base), Some(token_address), Some(client_id), Ok(key)) => Ok(Some(Settings {
                base,
                token_address,
                client_id,
                key,
                scope: config.healthdata_scope.clone(),
                audience: config.healthdata_audience.clone(),
                plain_http,
                patience: Patience::default(),
            })),
            _ => Err(SettingsError(faults)),
        }
    }
}

/// An address that may be called: https, http on this machine, or any http if allowed; never one with a password.
pub(super) fn address(text: &str, plain_http: bool) -> Option<Url> {
    trusted_address(text).or_else(|| {
        let url = Url::parse(text).ok().filter(|url| plain_http && url.scheme() == "http" && url.has_host())?;
        (url.username().is_empty() && url.password().is_none()).then_some(url)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SYS-02: tokens and coded data travel encrypted, unless they stay on this machine or it is allowed explicitly.
    #[test]
    fn plain_http_leaves_the_machine_only_when_it_is_allowed() {
        for (text, plain_http, allowed) in [
            ("https://healthdata.example/api", false, true),
            ("http://127.0.0.1:8000", false, true),
            ("http://[::1]:8000", false, true),
            ("http://localhost", false, true),
            ("http://healthdata.example", false, false),
            ("http://healthdata.example", true, true),
            ("http://127.0.0.1.healthdata.example", false, false),
            ("https://name:secret@healthdata.example", true, false),
            ("http://name@healthdata.example", true, false),
            ("ftp://healthdata.example", true, false),
            ("file:///etc/passwd", true, false),
            ("healthdata.example", true, false),
            ("", true, false),
        ] {
            assert_eq!(address(text, plain_http).is_some(), allowed, "{text}");
        }
    }

    /// SYS-04: all that is missing is said at once; without an address nothing is asked for.
    #[test]
    fn every_missing_setting_is_named_at_once() {
        assert!(Settings::read(&HealthdataConfig::default()).unwrap().is_none());
        let config = HealthdataConfig {
            healthdata_url: Some("http://healthdata.example".to_owned()),
            healthdata_key: Some("/nowhere".into()),
            ..HealthdataConfig::default()
        };
        let faults = Settings::read(&config).err().unwrap().0;
        assert_eq!(faults.len(), 4, "{faults:?}");
        assert!(faults[3].starts_with("--healthdata-key cannot be read"), "{faults:?}");
    }

    #[test]
    fn a_key_of_another_kind_is_refused() {
        assert!(SigningKey::from_pem(b"", None).is_none());
        assert!(
            SigningKey::from_pem(b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", None).is_none()
        );
    }
}
