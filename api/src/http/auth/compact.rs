//! The compact form of a token (RFC 7515 §7.1) and its JOSE header: everything that is checked before the claims.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::algorithm::SigningAlgorithm;
use super::refusal::TokenRefusal;
use super::strict_json;

/// The maximum length of a token, in bytes.
pub const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// Header members that name or carry a key, or change what is signed. None is followed; their presence refuses the
/// token, so that no caller chooses a key or makes Insula call an address.
const REFUSED_HEADERS: [&str; 8] = ["jku", "jwk", "x5u", "x5c", "crit", "b64", "enc", "zip"];

/// The media types of access tokens. Others (`logout+jwt`, `dpop+jwt` …) are signed by the same issuer with the same
/// key but have another meaning (RFC 8725 §3.11).
const TOKEN_TYPES: [&str; 3] = ["JWT", "at+jwt", "application/at+jwt"];

/// The token in an `Authorization` header: the scheme in any case, then spaces (RFC 9110 §11.4).
///
/// # Errors
/// `Missing` without a header or with another scheme, `Malformed` when the token is absent or too long.
pub(super) fn bearer(header: Option<&str>) -> Result<&str, TokenRefusal> {
    let header = header.ok_or(TokenRefusal::Missing)?;
    let (scheme, rest) = header.split_once(' ').unwrap_or((header, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(TokenRefusal::Missing);
    }
    let token = rest.trim_start_matches(' ');
    if token.is_empty() || token.len() > MAX_TOKEN_BYTES {
        return Err(TokenRefusal::Malformed);
    }
    Ok(token)
}

/// A token split into its three parts, not yet verified.
pub(super) struct Compact<'a> {
    header: Map<String, Value>,
    /// The payload's bytes.
    pub(super) payload: Vec<u8>,
    /// The signed text: the first two parts as received.
    pub(super) signed: &'a str,
    /// The signature, still in base64url.
    pub(super) signature: &'a str,
}

impl<'a> Compact<'a> {
    /// # Errors
    /// `Malformed` unless there are three non-empty base64url parts, the first a JSON object without repeated members.
    pub(super) fn parse(token: &'a str) -> Result<Self, TokenRefusal> {
        Self::read(token).ok_or(TokenRefusal::Malformed)
    }

    fn read(token: &'a str) -> Option<Self> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        // The alphabet has no point, so a token with more than three parts (a JWE has five) fails here.
        let decode = |part: &str| (!part.is_empty()).then(|| URL_SAFE_NO_PAD.decode(part).ok()).flatten();
        decode(signature)?;
        Some(Self { header: strict_json::object(&decode(header)?)?, payload: decode(payload)?, signed, signature })
    }

    /// The id of the key that the token claims to be signed with.
    ///
    /// # Errors
    /// `Invalid` when the algorithm is not exactly `algorithm`, when a header member carries or names a key in
    /// another way, when the token has another type, or when `kid` is absent or not a key id.
    pub(super) fn key_id(&self, algorithm: SigningAlgorithm) -> Result<&str, TokenRefusal> {
        let text = |name| self.header.get(name).and_then(Value::as_str);
        let typed = !self.header.contains_key("typ")
            || text("typ").is_some_and(|typ| TOKEN_TYPES.iter().any(|known| known.eq_ignore_ascii_case(typ)));
        let refused = REFUSED_HEADERS.iter().any(|name| self.header.contains_key(*name));
        if text("alg") != Some(algorithm.name()) || refused || !typed {
            return Err(TokenRefusal::Invalid);
        }
        text("kid").filter(|kid| is_key_id(kid)).ok_or(TokenRefusal::Invalid)
    }
}

/// Key ids as issuers write them: base64 of both alphabets, hex, URIs, dates; at most 128 characters. A kid is only
/// compared with the issuer's keys, never used as a path or in a statement. Refusing suspicious ones saves requests
/// to the issuer.
pub(super) fn is_key_id(kid: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~:/#@+=".contains(&byte);
    matches!(kid.len(), 1..=128) && kid.bytes().all(allowed) && !kid.contains("..")
}
