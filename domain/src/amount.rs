//! Amounts of money in EUR, to the cent (BIL-02, BIL-03).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{
    described::{self, described},
    exact::Exact,
};

/// An amount in EUR, never negative, always written with two decimals.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Amount(Exact);

described! {
    Amount = described::text("An amount in EUR, with two decimals.", "^[0-9]{1,9}\\.[0-9]{2}$");
}

/// The text is not an amount with two decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an amount with two decimals is expected")]
pub struct NotAnAmount;

impl Amount {
    /// BIL-03: a number rounded half up to the cent; 0 when it is negative.
    #[must_use]
    pub fn rounded(number: Exact) -> Amount {
        Amount(number.or_zero().rounded(2))
    }

    /// The amount as a number.
    #[must_use]
    pub fn exact(&self) -> &Exact {
        &self.0
    }

    /// The sum of both.
    #[must_use]
    pub fn plus(&self, other: &Amount) -> Amount {
        Amount(&self.0 + &other.0)
    }
}

impl FromStr for Amount {
    type Err = NotAnAmount;

    fn from_str(text: &str) -> Result<Amount, NotAnAmount> {
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let (whole, cents) = text.split_once('.').ok_or(NotAnAmount)?;
        if !digits(whole) || whole.len() > 9 || !digits(cents) || cents.len() != 2 {
            return Err(NotAnAmount);
        }
        text.parse().map(Amount).map_err(|_| NotAnAmount)
    }
}

impl TryFrom<String> for Amount {
    type Error = NotAnAmount;

    fn try_from(text: String) -> Result<Amount, NotAnAmount> {
        text.parse()
    }
}

impl From<Amount> for String {
    fn from(amount: Amount) -> String {
        amount.to_string()
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.shown(2))
    }
}

impl fmt::Debug for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// BIL-03, SYS-04: an amount has two decimals, no fewer and no more, and nothing else.
    #[rstest]
    #[case("1.22", true)]
    #[case("10.00", true)]
    #[case("123456789.00", true)]
    #[case("1234567890.00", false)]
    #[case("10", false)]
    #[case("10.3", false)]
    #[case("10.300", false)]
    #[case("-1.00", false)]
    #[case("1,22", false)]
    #[case(".50", false)]
    #[case("1/2", false)]
    #[case("", false)]
    fn an_amount_has_two_decimals(#[case] text: &str, #[case] fine: bool) {
        let amount = text.parse::<Amount>();
        assert_eq!(amount.map(|amount| amount.to_string()), if fine { Ok(text.to_owned()) } else { Err(NotAnAmount) });
    }

    /// BIL-03: half a cent is rounded up.
    #[rstest]
    #[case("1.2444", "1.24")]
    #[case("1.245", "1.25")]
    #[case("1.24499", "1.24")]
    #[case("10", "10.00")]
    #[case("-1", "0.00")]
    fn half_a_cent_is_rounded_up(#[case] number: &str, #[case] rounded: &str) {
        assert_eq!(Amount::rounded(number.parse().unwrap()).to_string(), rounded);
    }
}
