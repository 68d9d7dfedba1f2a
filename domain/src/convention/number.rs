//! The identification numbers of conventions (CON-01).

use crate::{
    described::{self, described},
    identifier::{IdentifierError, ascii_digits, text_type},
    names::ConventionKind,
    refusal::{Fault, Reason},
    rule::RuleId,
};

/// After how many of the eight digits the dots of `d.dd.ddd.dd` come.
const DOTS_AFTER: [usize; 3] = [1, 3, 6];

/// The written form of eight digits starting with 7, given with all three dots or none.
fn written(text: &str) -> Option<[u8; 11]> {
    let digits: [u8; 8] = match text.len() {
        8 => ascii_digits(text)?,
        11 => ascii_digits(&text.split('.').collect::<String>())?,
        _ => return None,
    };
    let mut form = Vec::with_capacity(11);
    for (index, digit) in digits.into_iter().enumerate() {
        if DOTS_AFTER.contains(&index) {
            form.push(b'.');
        }
        form.push(digit);
    }
    // Eleven characters with eight digits have three dots, but not always in the right places.
    let in_place = text.len() == 8 || text.as_bytes() == form;
    form.try_into().ok().filter(|form: &[u8; 11]| in_place && form[0] == b'7')
}

/// The number of a pump convention, written 7.86.5xx.xx (CON-01). The last two digits look like check digits, but no
/// text says so and no published number allows testing a rule. They are not checked: refusing a right number is worse
/// here than keeping a wrong one until INAMI's list corrects it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PumpConventionNumber([u8; 11]);

impl PumpConventionNumber {
    /// CON-01: reads `7.86.5xx.xx` or `7865xxxx`.
    ///
    /// # Errors
    /// The wrong form.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        written(text).filter(|form| form.starts_with(b"7.86.5")).map(Self).ok_or(IdentifierError::Format)
    }
}

text_type!(
    PumpConventionNumber,
    IdentifierError,
    r"^(7865[0-9]{4}|7\.86\.5[0-9]{2}\.[0-9]{2})$",
    "The number of a pump convention: `7.86.5xx.xx`; its dots can be left out on entry."
);

/// The number of a self-management convention (CON-01). The texts do not give its form. We accept eight digits starting
/// with 7, written like a pump convention's number, that are not one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SelfManagementNumber([u8; 11]);

impl SelfManagementNumber {
    /// CON-01: reads `7.dd.ddd.dd` or `7ddddddd`, unless it is a pump convention's number.
    ///
    /// # Errors
    /// The wrong form.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        written(text).filter(|form| !form.starts_with(b"7.86.5")).map(Self).ok_or(IdentifierError::Format)
    }
}

text_type!(
    SelfManagementNumber,
    IdentifierError,
    r"^7([0-9]{7}|\.[0-9]{2}\.[0-9]{3}\.[0-9]{2})$",
    "The number of a self-management convention; its dots can be left out on entry."
);

/// A convention's number, which tells the convention's kind (CON-01).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConventionNumber {
    /// Of a pump convention.
    Pump(PumpConventionNumber),
    /// Of a self-management convention.
    SelfManagement(SelfManagementNumber),
}

impl ConventionNumber {
    /// CON-01: reads the number of a convention of that kind.
    ///
    /// # Errors
    /// The wrong form.
    pub fn parse(kind: ConventionKind, text: &str) -> Result<Self, IdentifierError> {
        match kind {
            ConventionKind::Pump => PumpConventionNumber::parse(text).map(ConventionNumber::Pump),
            ConventionKind::SelfManagement => SelfManagementNumber::parse(text).map(ConventionNumber::SelfManagement),
        }
    }

    /// CON-01: reads the number of a convention of either kind; no text fits both.
    ///
    /// # Errors
    /// The wrong form.
    pub fn of_any_kind(text: &str) -> Result<Self, IdentifierError> {
        ConventionNumber::parse(ConventionKind::Pump, text)
            .or_else(|_| ConventionNumber::parse(ConventionKind::SelfManagement, text))
    }

    /// The convention's kind (CON-01).
    #[must_use]
    pub const fn kind(self) -> ConventionKind {
        match self {
            ConventionNumber::Pump(_) => ConventionKind::Pump,
            ConventionNumber::SelfManagement(_) => ConventionKind::SelfManagement,
        }
    }

    /// CON-01: the fault when the stated kind is not that of the number.
    #[must_use]
    pub fn kind_fault(self, stated: ConventionKind) -> Option<Fault> {
        let fault = || Fault::new("kind", Reason::NotInList, RuleId::Con01).with("allowed", self.kind());
        (stated != self.kind()).then(fault)
    }

    /// STF-05: the fault when a self-management convention is stated to be that of a new establishment: only pump
    /// conventions start a team.
    #[must_use]
    pub fn new_establishment_fault(self, stated: bool) -> Option<Fault> {
        let fault = || Fault::new("newEstablishment", Reason::NotInList, RuleId::Stf05).with("allowed", false);
        (stated && self.kind() != ConventionKind::Pump).then(fault)
    }

    /// The number, if it is a pump convention's (CON-01).
    #[must_use]
    pub const fn pump(self) -> Option<PumpConventionNumber> {
        match self {
            ConventionNumber::Pump(number) => Some(number),
            ConventionNumber::SelfManagement(_) => None,
        }
    }

    /// The eight digits without dots, as on an invoice (CON-01, BIL-05).
    #[must_use]
    pub fn digits(self) -> String {
        self.as_str().chars().filter(char::is_ascii_digit).collect()
    }

    /// The one written form, with dots (CON-01).
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            ConventionNumber::Pump(number) => number.as_str(),
            ConventionNumber::SelfManagement(number) => number.as_str(),
        }
    }
}

described! {
    ConventionNumber = described::text(
        "A convention's identification number: `7.dd.ddd.dd`, for a pump convention `7.86.5dd.dd`. Its dots can be left out on \
            entry.",
        r"^7([0-9]{7}|\.[0-9]{2}\.[0-9]{3}\.[0-9]{2})$",
    );
}

impl serde::Serialize for ConventionNumber {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> serde::Deserialize<'de> for ConventionNumber {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        ConventionNumber::of_any_kind(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::refusal::tests::described;

    /// CON-01: read with all dots or none, written in one form. The last two digits are not checked.
    #[rstest]
    #[case("7.86.501.72", Some("7.86.501.72"))]
    #[case("78650172", Some("7.86.501.72"))]
    #[case("78650100", Some("7.86.501.00"))]
    #[case("7865017", None)]
    #[case("786501722", None)]
    #[case("78640172", None)]
    #[case("7.86.50172", None)]
    #[case("78.6.501.72", None)]
    #[case("7.86.501.7.", None)]
    #[case("7-86-501-72", None)]
    #[case(" 7865017", None)]
    #[case("7.86.5é1.72", None)]
    #[case("...78650172", None)]
    fn a_pump_convention_has_a_number_of_its_sector(#[case] text: &str, #[case] form: Option<&str>) {
        assert_eq!(PumpConventionNumber::parse(text).ok().as_ref().map(PumpConventionNumber::as_str), form);
    }

    /// CON-01: a self-management convention's number is any other that starts with 7.
    #[rstest]
    #[case("7.86.012.34", Some("7.86.012.34"))]
    #[case("78601234", Some("7.86.012.34"))]
    #[case("78650172", None)]
    #[case("88601234", None)]
    #[case("7.86.012.3x", None)]
    fn a_self_management_convention_has_another(#[case] text: &str, #[case] form: Option<&str>) {
        assert_eq!(SelfManagementNumber::parse(text).ok().as_ref().map(SelfManagementNumber::as_str), form);
    }

    /// CON-01, STF-05: the stated kind is that of the number, and only a pump convention can be that of a new
    /// establishment.
    #[test]
    fn what_is_stated_fits_the_number() {
        let all = |faults: [Option<Fault>; 4]| faults.map(|fault| fault.map(|fault| described(&fault)));
        let of = |text| {
            let number = ConventionNumber::of_any_kind(text).unwrap();
            let [pump, other] =
                [ConventionKind::Pump, ConventionKind::SelfManagement].map(|kind| number.kind_fault(kind));
            all([pump, other, number.new_establishment_fault(false), number.new_establishment_fault(true)])
        };
        let kind = |allowed| Some(format!("CON-01 kind notInList allowed={allowed}"));
        assert_eq!(of("7.86.501.72"), [None, kind("pump"), None, None]);
        let new = Some("STF-05 newEstablishment notInList allowed=false".to_owned());
        assert_eq!(of("7.86.012.34"), [kind("selfManagement"), None, None, new]);
    }

    proptest! {
        /// CON-01: a number has one kind and reads back as written and as digits; no text panics.
        #[test]
        fn a_number_reads_back(text in "7[0-9]{7}|786[45][0-9]{4}|7[.][0-9]{2}[.][0-9]{3}[.][0-9]{2}|.{0,12}") {
            let kinds = ConventionKind::ALL.iter();
            let read: Vec<_> = kinds.filter_map(|kind| ConventionNumber::parse(*kind, &text).ok()).collect();
            prop_assert!(read.len() <= 1);
            for number in read {
                prop_assert_eq!(ConventionNumber::of_any_kind(number.as_str()), Ok(number));
                prop_assert_eq!(ConventionNumber::parse(number.kind(), &number.digits()), Ok(number));
                prop_assert_eq!(number.pump().is_some(), number.kind() == ConventionKind::Pump);
                prop_assert_eq!(number.digits(), text.replace('.', ""));
            }
        }
    }
}
