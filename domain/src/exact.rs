//! Exact numbers: full-time equivalents, means of patients, hours, percentages (STF-03). They are fractions, not
//! floats, so sums are exact; only displayed values are rounded.

use std::{
    fmt,
    iter::Sum,
    ops::{Add, Div, Mul, Sub},
    str::FromStr,
};

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive, Zero};
use serde::{Deserialize, Serialize};

use crate::described::{self, described};

/// A number held as a fraction in lowest terms. Written as a decimal if that is exact, else as `n/d`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Exact(BigRational);

described! {
    Exact as "ExactNumber" = described::text(
        "An exact number: a decimal number, or a fraction `n/d` when the decimals do not end.",
        r"^-?[0-9]+(\.[0-9]+|/[0-9]+)?$",
    );
}

/// In the contract, a number that is stated or stored with its decimals: FTE, patients, percentages, money. It is text,
/// because a JSON number may lose digits on its way through a client (SYS-04).
pub struct Decimal;

described! {
    Decimal = described::decimal("A decimal number.", 4);
}

/// The text is not a decimal number or fraction, or is too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a decimal number is expected")]
pub struct NotExact;

/// Longer than any number a person would state.
const LONGEST: usize = 40;

impl Exact {
    /// Serializes it for display, rounded half up to four decimals.
    pub(crate) fn serialize_shown<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.shown(4))
    }

    /// 0.
    pub fn zero() -> Exact {
        Exact(BigRational::zero())
    }

    /// `numerator` ÷ `denominator`; 0 when the denominator is 0.
    pub fn ratio(numerator: i64, denominator: i64) -> Exact {
        if denominator == 0 {
            return Exact::zero();
        }
        Exact(BigRational::new(BigInt::from(numerator), BigInt::from(denominator)))
    }

    /// A number of ten-thousandths, the unit in which FTE are stated.
    pub fn ten_thousandths(number: i64) -> Exact {
        Exact::ratio(number, 10_000)
    }

    /// Whether it is 0.
    pub fn is_zero(&self) -> bool {
        self.0.is_zero()
    }

    /// Whether it is below 0.
    pub fn is_negative(&self) -> bool {
        self.0.is_negative()
    }

    /// The number, or 0 if it is negative.
    #[must_use]
    pub fn or_zero(self) -> Exact {
        self.max(Exact::zero())
    }

    /// The number of decimals that write it exactly; `None` if it needs more than twelve.
    pub fn decimals(&self) -> Option<u32> {
        let ten = BigRational::from_integer(BigInt::from(10));
        let mut scaled = self.0.clone();
        for decimals in 0..=12 {
            if scaled.is_integer() {
                return Some(decimals);
            }
            scaled *= &ten;
        }
        None
    }

    /// The number rounded to this many decimals, half away from zero.
    #[must_use]
    pub fn rounded(&self, decimals: u32) -> Exact {
        let scale = BigRational::from_integer(BigInt::from(10).pow(decimals));
        Exact((&self.0 * &scale).round() / scale)
    }

    /// STF-03: the displayed form: rounded to this many decimals, half away from zero, with trailing zeros.
    pub fn shown(&self, decimals: u32) -> String {
        let scale = BigRational::from_integer(BigInt::from(10).pow(decimals));
        let scaled = (&self.0 * scale).round().to_integer();
        let digits = scaled.abs().to_string();
        let width = decimals as usize;
        let padded = format!("{digits:0>width$}", width = width + 1);
        let (whole, part) = padded.split_at(padded.len() - width);
        let sign = if scaled.is_negative() { "-" } else { "" };
        if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") }
    }

    /// For plots only, where a pixel is coarser than any rounding error.
    pub fn approximately(&self) -> f64 {
        self.0.to_f64().unwrap_or_default()
    }
}

impl From<i64> for Exact {
    fn from(number: i64) -> Exact {
        Exact::ratio(number, 1)
    }
}

impl FromStr for Exact {
    type Err = NotExact;

    fn from_str(text: &str) -> Result<Exact, NotExact> {
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if text.len() > LONGEST {
            return Err(NotExact);
        }
        let (sign, text) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let number = |text: &str| text.parse::<BigInt>().map(|n| n * sign).map_err(|_| NotExact);
        if let Some((numerator, denominator)) = text.split_once('/') {
            let below = denominator.parse::<BigInt>().map_err(|_| NotExact)?;
            if !digits(numerator) || !digits(denominator) || below.is_zero() {
                return Err(NotExact);
            }
            return Ok(Exact(BigRational::new(number(numerator)?, below)));
        }
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        if !digits(whole) || !digits(part) {
            return Err(NotExact);
        }
        let scale = BigInt::from(10).pow(u32::try_from(part.len()).map_err(|_| NotExact)?);
        Ok(Exact(BigRational::new(number(&format!("{whole}{part}"))?, scale)))
    }
}

impl TryFrom<String> for Exact {
    type Error = NotExact;

    fn try_from(text: String) -> Result<Exact, NotExact> {
        text.parse()
    }
}

impl From<Exact> for String {
    fn from(exact: Exact) -> String {
        exact.to_string()
    }
}

impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.decimals() {
            Some(decimals) => f.write_str(&self.shown(decimals)),
            None => write!(f, "{}/{}", self.0.numer(), self.0.denom()),
        }
    }
}

impl fmt::Debug for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Default for Exact {
    fn default() -> Exact {
        Exact::zero()
    }
}

macro_rules! operator {
    ($($trait:ident $function:ident $sign:tt),*) => {$(
        impl $trait<&Exact> for &Exact {
            type Output = Exact;
            fn $function(self, other: &Exact) -> Exact {
                Exact(&self.0 $sign &other.0)
            }
        }
        impl $trait for Exact {
            type Output = Exact;
            fn $function(self, other: Exact) -> Exact {
                Exact(self.0 $sign other.0)
            }
        }
    )*};
}
operator!(Add add +, Sub sub -, Mul mul *);

/// Division by 0 gives 0: a share of an empty whole.
impl Div<&Exact> for &Exact {
    type Output = Exact;
    fn div(self, other: &Exact) -> Exact {
        if other.is_zero() { Exact::zero() } else { Exact(&self.0 / &other.0) }
    }
}

impl Sum for Exact {
    fn sum<I: Iterator<Item = Exact>>(numbers: I) -> Exact {
        numbers.fold(Exact::zero(), |sum, number| sum + number)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn exact(text: &str) -> Exact {
        text.parse().unwrap()
    }

    /// STF-03: only the displayed form is rounded.
    #[test]
    fn only_what_is_shown_is_rounded() {
        for (text, decimals, shown) in [
            ("0.00335", 4, "0.0034"),
            ("0.00334", 4, "0.0033"),
            ("0.083375", 4, "0.0834"),
            ("0.5", 0, "1"),
            ("-0.5", 0, "-1"),
            ("-0.04", 1, "0.0"),
            ("12", 2, "12.00"),
            ("1/3", 4, "0.3333"),
            ("2/3", 4, "0.6667"),
        ] {
            assert_eq!(exact(text).shown(decimals), shown, "{text}");
        }
        assert_eq!((exact("1/3") + exact("1/3") + exact("1/3")).to_string(), "1");
        assert_eq!(exact("1/3").to_string(), "1/3");
        assert_eq!(exact("0.3060").to_string(), "0.306");
        assert_eq!(exact("-0.1").to_string(), "-0.1");
    }

    /// SYS-04: only decimal numbers and fractions are read.
    #[test]
    fn other_texts_are_no_numbers() {
        for text in ["", ".", "1.", ".5", "1e3", "+1", "1,5", "1/0", "1/-2", "--1", "١", "NaN", " 1", &"9".repeat(41)]
        {
            assert_eq!(text.parse::<Exact>(), Err(NotExact), "{text}");
        }
    }

    proptest! {
        /// STF-03: a written number reads back unchanged, and arithmetic is exact.
        #[test]
        fn written_numbers_read_back(n in -1_000_000_i64..1_000_000, d in 1_i64..10_000, m in -1_000_i64..1_000) {
            let (a, b) = (Exact::ratio(n, d), Exact::ratio(m, d));
            prop_assert_eq!(&exact(&a.to_string()), &a);
            prop_assert_eq!(&(&(&a + &b) - &b), &a);
            prop_assert_eq!(a.rounded(4).to_string(), exact(&a.shown(4)).to_string());
            prop_assert_eq!(&(&a * &b) / &b, if b.is_zero() { Exact::zero() } else { a });
        }
    }
}
