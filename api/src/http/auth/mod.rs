//! Who calls: bearer tokens in, verified claims out (design §3).
//!
//! Nothing here knows the web framework, and nothing reads the wall clock: the caller hands in the `Authorization`
//! header and the time. One request goes through the files in this order:
//!
//! 1. `compact`: the header's text becomes a token of three parts whose JOSE header is acceptable;
//! 2. `token_cache`: a token verified before skips what follows until it expires;
//! 3. `claims` (on `strict_json`): the payload, every member of the type it must have;
//! 4. `jwks` and `remote_keys`: the issuer's public keys, and when they are fetched;
//! 5. `verifier`: the order of it all, and the one public entry.
//!
//! `algorithm` and `refusal` are what they all speak of. `dev_issuer` is the issuer Insula carries itself, for development only.

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
