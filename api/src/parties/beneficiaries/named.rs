//! Naming a beneficiary in a body.

use insula_domain::{
    parties::beneficiary::NationalNumber,
    refusal::{Fault, Reason},
    rule::RuleId,
};
use insula_persistence::parties::beneficiaries;

use super::dto::identification_code;
use crate::http::input::Reader;

/// A beneficiary by national number or identification code.
pub enum Named {
    /// By national number.
    Niss(NationalNumber),
    /// By identification code.
    Code(String),
}

impl Named {
    /// The same, for the database.
    pub fn borrowed(&self) -> beneficiaries::Named<'_> {
        match self {
            Named::Niss(niss) => beneficiaries::Named::Niss(niss),
            Named::Code(code) => beneficiaries::Named::Code(code),
        }
    }
}

/// Reads `niss` or `identificationCode`: exactly one of them, or neither when `otherwise` the beneficiary is named already.
pub fn read(reader: &mut Reader, otherwise: bool) -> Option<Named> {
    let niss = reader.parsed("niss", Reason::CheckDigit, |text| NationalNumber::parse(text).ok());
    let code = identification_code(reader, "identificationCode");
    match (niss, code, otherwise) {
        (Some(niss), None, false) => Some(Named::Niss(niss)),
        (None, Some(code), false) => Some(Named::Code(code)),
        (None, None, true) => None,
        _ => {
            if reader.faults.is_empty() {
                let fault = Fault::new("niss", Reason::ExactlyOneOf, RuleId::Ben02);
                reader.add(fault.with("fields", "niss, identificationCode"));
            }
            None
        }
    }
}
