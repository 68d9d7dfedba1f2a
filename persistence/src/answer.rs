//! A request with an `Idempotency-Key`, and its answer (SYS-03).

use serde::{Deserialize, Serialize};

/// The key sent by the caller, and the hash of the request.
#[derive(Debug, Clone)]
pub struct RequestKey {
    /// As sent, without the quotes.
    pub key: String,
    /// SHA-256 over path, `If-Match` and body.
    pub hash: [u8; 32],
}

/// The answer to a request, and to its repetitions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The version for the ETag.
    pub version: Option<i32>,
    /// Path of the created resource, below the base path.
    pub location: Option<String>,
    /// The body, as JSON text.
    pub body: Option<String>,
}
