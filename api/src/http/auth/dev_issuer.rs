//! Insula's own issuer: a key in a file, and tokens signed with it. For development; production refuses its tokens.

use std::fmt;
use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use insula_persistence::private;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use serde_json::json;

use super::algorithm::SigningAlgorithm;
use super::claims::{OrganisationClaim, Payload};
use super::compact::MAX_TOKEN_BYTES;
use super::jwks::KeySet;

/// The `iss` of development tokens. Not a URL, so no external issuer can use it.
pub const DEVELOPMENT_ISSUER: &str = "urn:insula:development";

const KEY_FILE: &str = "dev-issuer.pem";

/// A development issuer: an ES256 key and the tokens signed with it. Cheap to clone.
#[derive(Clone)]
pub struct DevIssuer {
    signing: EncodingKey,
    /// The public key: 0x04, x, y.
    public: Vec<u8>,
    kid: String,
}

/// The claims of a development token to be made.
#[derive(Debug, Clone)]
pub struct MintRequest {
    /// The verifier's audience.
    pub audience: String,
    /// The person; the same characters as [`super::Claims::subject`], and no national number.
    pub subject: String,
    /// The organisation the person acts for.
    pub organisation: OrganisationClaim,
    /// The person's roles.
    pub roles: Vec<String>,
    /// The scopes granted.
    pub scopes: Vec<String>,
}

/// Why no token was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MintError {
    /// The verifier would refuse a token with these claims: a subject with other characters or a national number, a
    /// scope with a space, a lifetime of zero or less, more than 8 KiB.
    #[error("a token with these claims would be refused")]
    Refused,
    /// The cryptographic library failed.
    #[error("the token could not be signed")]
    Signing,
}

impl DevIssuer {
    /// The issuer whose key is `dir/dev-issuer.pem` (PKCS#8, mode 0600). Creates key and folder when absent; two
    /// processes that start together end up with the same key.
    ///
    /// # Errors
    /// Those of the file system; `InvalidData` when the file is not a P-256 private key.
    pub fn load_or_create(dir: &Path) -> io::Result<Self> {
        let path = dir.join(KEY_FILE);
        if !path.try_exists()? {
            create_key(dir, &path)?;
        }
        let mode = fs::metadata(&path)?.permissions().mode();
        if mode & 0o077 != 0 {
            tracing::warn!(path = %path.display(), "the development key was readable by others; its mode is now 0600");
            fs::set_permissions(&path, Permissions::from_mode(0o600))?;
        }
        Self::from_pem(&fs::read(&path)?).ok_or_else(|| {
            let what = format!("{} is not a P-256 private key: delete it to get a new one", path.display());
            io::Error::new(io::ErrorKind::InvalidData, what)
        })
    }

    fn from_pem(pem: &[u8]) -> Option<Self> {
        let signing = EncodingKey::from_ec_pem(pem).ok()?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, signing.as_bytes()).ok()?;
        let public = pair.public_key().as_ref().to_vec();
        let kid = thumbprint(&public)?;
        Some(Self { signing, public, kid })
    }

    /// A signed token, valid from `now` for `lifetime` (unix seconds, seconds). An earlier `now` gives an expired
    /// one.
    ///
    /// # Errors
    /// [`MintError::Refused`] when the verifier would refuse the token at `now`.
    pub fn mint(&self, request: &MintRequest, now: i64, lifetime: i64) -> Result<String, MintError> {
        let mut organisation = json!({ "type": request.organisation.kind });
        if let Some(number) = &request.organisation.number {
            organisation["number"] = json!(number);
        }
        let claims = json!({
            "iss": DEVELOPMENT_ISSUER,
            "aud": request.audience,
            "sub": request.subject,
            "iat": now,
            "nbf": now,
            "exp": now.saturating_add(lifetime),
            "scope": request.scopes.join(" "),
            "organisation": organisation,
            "roles": request.roles,
        });
        // Checked with the verifier's own reading, so that every printed token works.
        let payload = Payload::parse(claims.to_string().as_bytes()).map_err(|_| MintError::Refused)?;
        payload.admissible(DEVELOPMENT_ISSUER, &request.audience, now).map_err(|_| MintError::Refused)?;
        if payload.claims.scopes != request.scopes {
            return Err(MintError::Refused);
        }
        let header = Header { kid: Some(self.kid.clone()), ..Header::new(Algorithm::ES256) };
        let token = jsonwebtoken::encode(&header, &claims, &self.signing).map_err(|_| MintError::Signing)?;
        if token.len() > MAX_TOKEN_BYTES { Err(MintError::Refused) } else { Ok(token) }
    }

    /// The id of the key: its RFC 7638 thumbprint.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.kid
    }

    pub(super) fn key_set(&self) -> KeySet {
        let key = DecodingKey::from_ec_der(&self.public);
        KeySet::of_one(SigningAlgorithm::Es256, &self.kid, key)
    }
}

impl fmt::Debug for DevIssuer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("DevIssuer").field("kid", &self.kid).finish_non_exhaustive()
    }
}

/// Writes a new key beside `path` and hard-links it to `path`: the name never shows a partial key, and a link never
/// replaces a key that another process has just created.
fn create_key(dir: &Path, path: &Path) -> io::Result<()> {
    let failed = || io::Error::other("no key could be generated");
    let pkcs8 =
        EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).map_err(|_| failed())?;
    private::folder(dir)?;
    // The key is random, so its hash gives a file name that no other process uses, not even a crashed one.
    let name = hex::encode(&digest(&SHA256, pkcs8.as_ref()).as_ref()[..8]);
    let draft = dir.join(format!("{KEY_FILE}.{name}"));
    let written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft).and_then(|mut file| {
        file.write_all(pem(pkcs8.as_ref()).as_bytes())?;
        file.sync_all()?;
        match fs::hard_link(&draft, path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            linked => linked,
        }
    });
    let removed = fs::remove_file(&draft);
    written.and(removed)
}

/// RFC 7468: lines of 64 characters.
fn pem(der: &[u8]) -> String {
    let mut text = String::from("-----BEGIN PRIVATE KEY-----\n");
    for (index, character) in STANDARD.encode(der).chars().enumerate() {
        if index > 0 && index % 64 == 0 {
            text.push('\n');
        }
        text.push(character);
    }
    text.push_str("\n-----END PRIVATE KEY-----\n");
    text
}

fn thumbprint(public: &[u8]) -> Option<String> {
    let (x, y) = public.get(1..65)?.split_at(32);
    let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
    // RFC 7638 §3: these members, in this order, without spaces.
    let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
    Some(URL_SAFE_NO_PAD.encode(digest(&SHA256, canonical.as_bytes())))
}
