//! The form of names and identifiers.

use insula_domain::identifier::HospitalNumber;
use uuid::Uuid;

use crate::http::problem::ApiError;

/// An unknown name as it is shown to its sender: shortened, and without digits that could be a national number
/// (BEN-04).
pub fn shortened(name: &str) -> String {
    let digits = name.chars().filter(|c| c.is_numeric()).count();
    if digits >= 9 { "…".to_owned() } else { name.chars().take(60).collect() }
}

/// A UUID in the 36-character form, in either case. Other spellings are refused.
pub fn identifier(text: &str) -> Option<Uuid> {
    Uuid::parse_str(text).ok().filter(|_| text.len() == 36)
}

/// A UUID in the path. A malformed one answers 404, like an unknown one.
pub fn path_uuid(text: &str) -> Result<Uuid, ApiError> {
    identifier(text).ok_or(ApiError::NotFound)
}

/// A hospital's number in the path. A malformed one answers 404 too.
pub fn path_hospital(text: &str) -> Result<HospitalNumber, ApiError> {
    text.parse().map_err(|_| ApiError::NotFound)
}
