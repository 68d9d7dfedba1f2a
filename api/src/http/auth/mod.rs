//! Authentication: verifies bearer tokens and returns their claims (design §3).
//!
//! Nothing here knows the web framework or reads the wall clock: the caller passes the `Authorization` header and the
//! time. One request passes through the files in this order:
//!
//! 1. `compact`: the header becomes a token of three parts with an acceptable JOSE header;
//! 2. `token_cache`: a token verified before skips the rest until it expires;
//! 3. `claims` (on `strict_json`): the payload, each member with its JSON type;
//! 4. `jwks` and `remote_keys`: the issuer's public keys, and when they are fetched;
//! 5. `verifier`: puts these steps in order, the one public entry.
//!
//! `algorithm` and `refusal` hold the shared types. `dev_issuer` is Insula's own issuer, for development only.

mod algorithm;
mod claims;
mod compact;
mod dev_issuer;
mod jwks;
mod refusal;
mod remote_keys;
pub(crate) mod strict_json;
mod token_cache;
mod verifier;

#[cfg(test)]
mod tests;

pub use algorithm::{SigningAlgorithm, UnknownAlgorithm};
pub(crate) use claims::is_person;
pub use claims::{Claims, OrganisationClaim};
pub use compact::MAX_TOKEN_BYTES;
pub use dev_issuer::{DEVELOPMENT_ISSUER, DevIssuer, MintError, MintRequest};
pub(crate) use jwks::trusted_address;
pub use refusal::TokenRefusal;
pub use verifier::{ConfigError, OidcIssuer, TokenSource, Verifier, VerifierConfig};
