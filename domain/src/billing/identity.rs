//! Under which numbers a hospital bills (BEN-05, BIL-05).

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::file::digits::{EnterpriseNumber, Iban, Twelve};
use crate::{
    described::{self, described},
    identifier::IdentifierError,
    refusal::{Fault, Reason},
    rule::RuleId,
};

/// BIL-05: the numbers an individual invoice can have: zones 24-25 of record 20.
pub const INVOICE_NUMBERS: RangeInclusive<i64> = 1..=999_999_999_999;

/// The identifier of a bank (BIC), zones 31-34 of records 10 and 90.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Bic(String);

described! {
    Bic = described::text("The identifier of a bank (BIC): 8 or 11 characters.", "^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$");
}

impl Bic {
    /// BIL-05: reads six letters and two or five letters or digits, in capitals.
    ///
    /// # Errors
    /// The wrong form.
    pub fn parse(text: &str) -> Result<Bic, IdentifierError> {
        let bytes = text.as_bytes();
        let form = matches!(bytes.len(), 8 | 11)
            && bytes[..6].iter().all(u8::is_ascii_uppercase)
            && bytes[6..].iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        if form { Ok(Bic(text.to_owned())) } else { Err(IdentifierError::Format) }
    }

    /// Its characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Bic {
    type Error = IdentifierError;

    fn try_from(text: String) -> Result<Bic, IdentifierError> {
        Bic::parse(&text)
    }
}

impl From<Bic> for String {
    fn from(bic: Bic) -> String {
        bic.0
    }
}

/// Under which numbers a hospital bills the insurers (BEN-05, BIL-05). The third party is the hospital itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = BillingIdentityEntry, example = json!({"enterpriseNumber": "0406798006", "iban": "BE68539007547034",
    "bic": "KREDBEBB", "firstInvoiceNumber": 900_000_000_000_i64, "lastInvoiceNumber": 900_999_999_999_i64,
    "contact": "Invoicing department, 02 477 00 00"}))]
pub struct BillingIdentity {
    /// The hospital's enterprise number.
    pub enterprise_number: EnterpriseNumber,
    /// The account that the insurers pay to.
    pub iban: Iban,
    /// The bank of that account.
    pub bic: Bic,
    /// The number of the hospital's accreditation with the insurers, when it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub accreditation: Option<Twelve>,
    /// The first of the invoice numbers that the hospital leaves to Insula: none of its own invoices has one of them.
    #[schema(minimum = 1, maximum = 999_999_999_999_i64)]
    pub first_invoice_number: i64,
    /// The last of those numbers.
    #[schema(minimum = 1, maximum = 999_999_999_999_i64)]
    pub last_invoice_number: i64,
    /// Whom insurers ask about invoices.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 200)]
    pub contact: Option<String>,
}

impl BillingIdentity {
    /// BIL-05: every fault: the range of invoice numbers ends before it begins.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let (first, last) = (self.first_invoice_number, self.last_invoice_number);
        let fault = Fault::new("lastInvoiceNumber", Reason::OutOfRange, RuleId::Bil05);
        (last < first).then(|| fault.with("min", first).with("max", INVOICE_NUMBERS.end())).into_iter().collect()
    }

    /// BIL-05, 202420: the number after the last one used, within the range; `None` when the range is used up. Each
    /// number is used once.
    #[must_use]
    pub fn next_invoice_number(&self, last_used: Option<i64>) -> Option<i64> {
        let next = last_used.map_or(self.first_invoice_number, |used| self.first_invoice_number.max(used + 1));
        (next <= self.last_invoice_number).then_some(next)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use rstest::rstest;

    use super::*;
    use crate::refusal::tests::described;

    /// The identity of H1.
    pub(crate) fn of_h1() -> BillingIdentity {
        BillingIdentity {
            enterprise_number: "0406798006".parse().unwrap(),
            iban: Iban::parse("BE68539007547034").unwrap(),
            bic: Bic::parse("KREDBEBB").unwrap(),
            accreditation: None,
            first_invoice_number: 100,
            last_invoice_number: 102,
            contact: None,
        }
    }

    /// BIL-05: a bank has eight or eleven characters.
    #[rstest]
    #[case("KREDBEBB", true)]
    #[case("KREDBEBB10X", true)]
    #[case("KREDBEBB1", false)]
    #[case("kredbebb", false)]
    #[case("KRED1EBB", false)]
    #[case("", false)]
    fn a_bank_has_eight_or_eleven_characters(#[case] text: &str, #[case] fits: bool) {
        assert_eq!(Bic::parse(text).is_ok(), fits);
    }

    /// BIL-05, B-22: invoice numbers follow each other within the range, and end with it.
    #[rstest]
    #[case(None, Some(100))]
    #[case(Some(7), Some(100))]
    #[case(Some(100), Some(101))]
    #[case(Some(101), Some(102))]
    #[case(Some(102), None)]
    fn b_22_numbers_follow_each_other(#[case] used: Option<i64>, #[case] next: Option<i64>) {
        assert_eq!(of_h1().next_invoice_number(used), next);
    }

    /// BIL-05: the range does not end before it begins.
    #[rstest]
    #[case(100, &[])]
    #[case(99, &["BIL-05 lastInvoiceNumber outOfRange min=100 max=999999999999"])]
    fn the_range_has_numbers(#[case] last: i64, #[case] expected: &[&str]) {
        let identity = BillingIdentity { last_invoice_number: last, ..of_h1() };
        assert_eq!(identity.faults().iter().map(described).collect::<Vec<_>>(), expected);
    }

    /// BEN-05: it is stored as it is read.
    #[test]
    fn it_is_stored_as_it_is_read() {
        let stored = serde_json::to_value(of_h1()).unwrap();
        assert_eq!(serde_json::from_value::<BillingIdentity>(stored).unwrap(), of_h1());
    }
}
