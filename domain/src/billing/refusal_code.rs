//! The codes with which insurers refuse (BIL-05).

use crate::identifier::{IdentifierError, text_type};

/// A code with which insurers refuse: type of record (2 digits), zone (2), kind (2, of which the first may be a
/// letter).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RefusalCode([u8; 6]);

impl RefusalCode {
    /// BIL-05: reads six characters: digits, the fifth possibly a capital letter.
    ///
    /// # Errors
    /// The wrong form.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let code: [u8; 6] = text.as_bytes().try_into().map_err(|_| IdentifierError::Format)?;
        let fits = |(at, byte): (usize, &u8)| byte.is_ascii_digit() || at == 4 && byte.is_ascii_uppercase();
        if code.iter().enumerate().all(fits) { Ok(RefusalCode(code)) } else { Err(IdentifierError::Format) }
    }

    /// The zone of the record that it is about.
    #[must_use]
    pub fn zone(&self) -> &str {
        &self.as_str()[2..4]
    }
}

text_type!(
    RefusalCode,
    IdentifierError,
    "^[0-9]{4}[0-9A-Z][0-9]$",
    "A code with which insurers refuse: type of record (2 digits), zone (2), kind (2 characters)."
);

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// BIL-05: a code is six digits, the fifth possibly a letter; it names its zone.
    #[rstest]
    #[case("300645", Some("06"))]
    #[case("3004B0", Some("04"))]
    #[case("3004b0", None)]
    #[case("30064", None)]
    #[case("3006455", None)]
    #[case("30A645", None)]
    #[case("30064é", None)]
    fn a_code_names_its_zone(#[case] text: &str, #[case] zone: Option<&str>) {
        let code = text.parse::<RefusalCode>().ok();
        assert_eq!(code.as_ref().map(RefusalCode::zone), zone);
        assert_eq!(code.map(|code| code.to_string()).unwrap_or(text.to_owned()), text);
    }
}
