//! Why a token is refused.

/// Why a token is refused. The caller and the log learn no more than this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefusal {
    /// No `Authorization` header, or one of another scheme than Bearer.
    #[error("no bearer token was sent")]
    Missing,
    /// Not three base64url parts holding JSON, or longer than [`super::MAX_TOKEN_BYTES`].
    #[error("the bearer token is not a signed JWT")]
    Malformed,
    /// One of our tokens that has expired: the caller needs a new one.
    #[error("the bearer token has expired")]
    Expired,
    /// Everything else: signature, key, algorithm, issuer, audience, not yet valid, a claim absent or malformed.
    #[error("the bearer token is not valid")]
    Invalid,
    /// The token may be valid, but its key is unknown and the issuer does not answer. Not the caller's fault: 503.
    #[error("the token issuer cannot be reached")]
    IssuerUnavailable,
}
