//! How a body names a beneficiary.

use insula_domain::{
    parties::beneficiary::NationalNumber,
    refusal::{Fault, Reason},
    rule::RuleId,
};
use insula_persistence::parties::beneficiaries;

use super::dto::identification_code;
use crate::http::input::{Field, Reader};

/// A beneficiary named by national number or identification code.
pub enum BeneficiaryReference {
    /// By national number.
    Niss(NationalNumber),
    /// By identification code.
    Code(String),
}

impl BeneficiaryReference {
    /// The same for the database.
    pub fn borrowed(&self) -> beneficiaries::SearchBy<'_> {
        match self {
            BeneficiaryReference::Niss(niss) => beneficiaries::SearchBy::Niss(niss),
            BeneficiaryReference::Code(code) => beneficiaries::SearchBy::Code(code),
        }
    }
}

/// Reads `niss` or `identificationCode`: exactly one of them.
pub fn required(reader: &mut Reader) -> Field<BeneficiaryReference> {
    let reference = read(reader, false);
    reader.then(reference, |reference| reference.ok_or_else(|| vec![exactly_one()]))
}

/// Reads either or neither; neither is right when `otherwise` says that the beneficiary is named in another way.
pub fn read(reader: &mut Reader, otherwise: bool) -> Field<Option<BeneficiaryReference>> {
    let niss = reader.parsed("niss", Reason::CheckDigit, |text| NationalNumber::parse(text).ok());
    let code = identification_code(reader, "identificationCode");
    let ways = [niss.is_given(), code.is_given(), otherwise];
    if ways.into_iter().filter(|given| *given).count() != 1 && reader.is_faultless() {
        reader.add(exactly_one());
    }
    reader.build(|done| {
        done.take(niss).map(BeneficiaryReference::Niss).or(done.take(code).map(BeneficiaryReference::Code))
    })
}

fn exactly_one() -> Fault {
    Fault::new("niss", Reason::ExactlyOneOf, RuleId::Ben02).with("fields", "niss, identificationCode")
}
