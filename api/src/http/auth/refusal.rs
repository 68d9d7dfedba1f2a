//! Why a token is not taken.

/// Why a token opens nothing. The caller learns no more than this, and the log neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefusal {
    /// No `Authorization` header, or one of another scheme than Bearer.
    #[error("no bearer token was sent")]
    Missing,
    /// Not three base64url parts holding JSON, or longer than [`super::MAX_TOKEN_BYTES`].
    #[error("the bearer token is not a signed JWT")]
    Malformed,
    /// A token of ours whose time is over: a new one will do.
    #[error("the bearer token has expired")]
    Expired,
    /// Everything else: signature, key, algorithm, issuer, audience, a claim absent or of another form, not yet valid.
    #[error("the bearer token is not valid")]
    Invalid,
    /// The token may be good, but its key is not known and the issuer does not answer. Not the caller's fault: 503.
    #[error("the token issuer cannot be reached")]
    IssuerUnavailable,
}
