//! The form of names and identifiers.

use uuid::Uuid;

use crate::http::problem::ApiError;

/// An unknown name is shown to whoever sent it, but not at any length, and digits that could be a number of a person
/// are not (BEN-04).
pub fn shortened(name: &str) -> String {
    let digits = name.chars().filter(|c| c.is_numeric()).count();
    if digits >= 9 { "…".to_owned() } else { name.chars().take(60).collect() }
}

/// An identifier as Insula writes it, 36 characters, in either case. Other spellings of a UUID are none.
pub fn identifier(text: &str) -> Option<Uuid> {
    Uuid::parse_str(text).ok().filter(|_| text.len() == 36)
}

/// An identifier in the path. One of another form leads nowhere, like one that is not there.
pub fn path_uuid(text: &str) -> Result<Uuid, ApiError> {
    identifier(text).ok_or(ApiError::NotFound)
}
