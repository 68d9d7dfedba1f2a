//! Amounts of money in EUR, to the cent (BIL-02, BIL-03).

use std::{
    fmt,
    iter::Sum,
    ops::{Add, Neg, Sub},
    str::FromStr,
};

use serde::{Deserialize, Serialize};

use crate::{
    described::{self, described},
    exact::Exact,
};

/// An amount in EUR, never negative, always written with two decimals.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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

    /// BIL-05: the amount in cents, as an invoice file holds it.
    #[must_use]
    pub fn cents(&self) -> u64 {
        self.to_string().replace('.', "").parse().unwrap_or(u64::MAX)
    }

    /// The sum of both.
    #[must_use]
    pub fn plus(&self, other: &Amount) -> Amount {
        Amount(&self.0 + &other.0)
    }

    /// The amount so many times; 0 when the number is negative.
    #[must_use]
    pub fn times(&self, number: i64) -> Amount {
        Amount((&self.0 * &Exact::from(number)).or_zero())
    }
}

impl Sum for Amount {
    fn sum<I: Iterator<Item = Amount>>(amounts: I) -> Amount {
        Amount(amounts.map(|amount| amount.0).sum())
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

/// A sum in EUR of what is asked and what is given back, negative when more is given back; written with two decimals.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Balance(Exact);

described! {
    Balance = described::text("A sum in EUR, with two decimals, possibly negative.", "^-?[0-9]{1,17}\\.[0-9]{2}$");
}

impl Balance {
    /// BIL-05: so many cents.
    #[must_use]
    pub fn cents(cents: i64) -> Balance {
        Balance(Exact::ratio(cents, 100))
    }

    /// Whether it is below 0.
    #[must_use]
    pub fn is_negative(&self) -> bool {
        self.0.is_negative()
    }
}

impl From<Amount> for Balance {
    fn from(amount: Amount) -> Balance {
        Balance(amount.0)
    }
}

impl From<Balance> for String {
    fn from(balance: Balance) -> String {
        balance.to_string()
    }
}

impl TryFrom<String> for Balance {
    type Error = NotAnAmount;

    fn try_from(text: String) -> Result<Balance, NotAnAmount> {
        match text.strip_prefix('-') {
            Some(owed) => owed.parse::<Amount>().map(|amount| -Balance::from(amount)),
            None => text.parse::<Amount>().map(Balance::from),
        }
    }
}

impl Add for Balance {
    type Output = Balance;

    fn add(self, other: Balance) -> Balance {
        Balance(self.0 + other.0)
    }
}

impl Sub for Balance {
    type Output = Balance;

    fn sub(self, other: Balance) -> Balance {
        Balance(self.0 - other.0)
    }
}

impl Neg for Balance {
    type Output = Balance;

    fn neg(self) -> Balance {
        Balance::default() - self
    }
}

impl Sum for Balance {
    fn sum<I: Iterator<Item = Balance>>(balances: I) -> Balance {
        Balance(balances.map(|balance| balance.0).sum())
    }
}

impl fmt::Display for Balance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.shown(2))
    }
}

impl fmt::Debug for Balance {
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

    /// BIL-02: so many days cost so many times the price.
    #[rstest]
    #[case("10.30", 30, "309.00")]
    #[case("10.33", 0, "0.00")]
    #[case("10.33", -1, "0.00")]
    fn days_cost_their_number_times_the_price(#[case] price: &str, #[case] days: i64, #[case] sum: &str) {
        assert_eq!(price.parse::<Amount>().unwrap().times(days).to_string(), sum);
    }

    /// BIL-05: what is given back is taken off, to the cent, below zero too.
    #[test]
    fn a_balance_goes_below_zero() {
        let of = |text: &str| Balance::from(text.parse::<Amount>().unwrap());
        assert_eq!((of("103.00") - of("319.30")).to_string(), "-216.30");
        assert_eq!((-of("0.05")).to_string(), "-0.05");
        assert_eq!([of("319.30"), -of("319.30"), of("0.93")].into_iter().sum::<Balance>().to_string(), "0.93");
        assert!((-of("0.01")).is_negative() && !(-of("0.00")).is_negative());
    }
}
