//! Beneficiaries: national numbers, people without one, identities (BEN-01 to BEN-04).

pub mod foreign;
pub mod identity;
pub mod life;
pub mod name;
pub mod national_number;
pub mod number_in_text;

pub use crate::names::Sex;
pub use foreign::{IdentificationCode, IdentificationCodeError, former_search_key_text, search_key_text};
pub use identity::Identity;
pub use life::Life;
pub use national_number::{BirthParts, NationalNumber, NationalNumberError};
pub use number_in_text::{holds_national_number, without_national_numbers};
