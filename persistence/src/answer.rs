//! What a request with an `Idempotency-Key` is known by, and what it was answered (SYS-03).

use serde::{Deserialize, Serialize};

/// The key a caller gave, and the hash of what it was given for.
#[derive(Debug, Clone)]
pub struct RequestKey {
    /// As sent, without the quotes.
    pub key: String,
    /// SHA-256 over path, `If-Match` and body.
    pub hash: [u8; 32],
}

/// An answer as it is given, and given again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The version for the ETag.
    pub version: Option<i32>,
    /// Path of what was made, below the base path.
    pub location: Option<String>,
    /// The body, as JSON text.
    pub body: Option<String>,
}
