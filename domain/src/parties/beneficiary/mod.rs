//! Beneficiaries: national numbers, people without one, identities (BEN-01 to BEN-04).

pub mod foreign;
pub mod identity;
pub mod name;
pub mod national_number;
pub mod number_in_text;

pub use foreign::{IdentificationCode, IdentificationCodeError, former_search_key_text, search_key_text};
pub use identity::Identity;
pub use national_number::{BirthParts, NationalNumber, NationalNumberError};
pub use number_in_text::{holds_national_number, without_national_numbers};

/// A beneficiary's sex (BEN-01, BEN-02).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Sex {
    /// Female: an even serial in the national number (BEN-01).
    Female,
    /// Male: an odd serial in the national number (BEN-01).
    Male,
}
