//! The device identifier of a UDI (CGM-05), as the four issuing entities of regulation (EU) 2017/745 form it: GS1, HIBCC,
//! ICCBBA and IFA, each with its own check. `reference/billing-and-identifiers.md` §2.7 has published examples.

use crate::identifier::digits_value;

/// CGM-05: whether a text is a UDI device identifier: a GTIN of 8, 12, 13 or 14 digits (GS1), an HIBC primary code, an
/// ISBT 128 processor product identification code (ICCBBA) or a Pharmacy Product Number (IFA).
#[must_use]
pub fn is_valid(text: &str) -> bool {
    gtin_is_valid(text) || hibc_is_valid(text) || isbt_is_valid(text) || ppn_is_valid(text)
}

/// CGM-05: whether a text is a whole barcode, or an identifier still with the prefix it has in one, instead of the
/// device identifier alone: lot, serial number and expiry date have fields of their own.
#[must_use]
pub fn is_barcode(text: &str) -> bool {
    // Scanners may put the symbology before: ]d2 for Data Matrix, ]C1 for Code 128, ]Q3 for QR.
    let text = text.trim();
    let text = if text.starts_with(']') { text.get(3..).unwrap_or_default() } else { text };
    let bare_gs1 = || {
        let digits = text.strip_prefix("01").and_then(|rest| rest.get(..14));
        digits.is_some_and(gtin_is_valid)
    };
    text.contains("(01)")
        || bare_gs1()
        || text.strip_prefix("[)>").is_some()
        || text.strip_prefix("9N").is_some_and(|rest| rest.get(..12).is_some())
        || text.strip_prefix('+').is_some_and(|rest| rest.contains('/'))
        || text.strip_prefix("=/").is_some_and(|rest| rest.len() > 16 && rest.get(..16).is_some_and(is_isbt_data))
}

/// Weights 1 and 3 alternate from the right, the check digit weighing 1, so zeros on the left change nothing.
fn gtin_is_valid(text: &str) -> bool {
    let all_digits = text.bytes().all(|c| c.is_ascii_digit());
    if !all_digits || !matches!(text.len(), 8 | 12 | 13 | 14) {
        return false;
    }
    let weighted = text.bytes().rev().zip([1, 3].into_iter().cycle());
    let sum: u32 = weighted.map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    // All zeros pass the checksum but are never issued.
    sum > 0 && sum.is_multiple_of(10)
}

/// `+`, labeler (four characters, the first a letter), product (one to eighteen), unit of measure, check character
/// modulo 43.
fn hibc_is_valid(text: &str) -> bool {
    const VALUES: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%";
    let [b'+', body @ .., check] = text.as_bytes() else {
        return false;
    };
    let [labeler, .., unit] = body else { return false };
    let form = (6..=23).contains(&body.len())
        && labeler.is_ascii_uppercase()
        && unit.is_ascii_digit()
        && body.iter().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    let value = |c: &u8| VALUES.iter().position(|other| other == c).unwrap_or_default();
    form && VALUES[(value(&b'+') + body.iter().map(value).sum::<usize>()) % 43] == *check
}

/// ICCBBA: `=/`, the facility (a letter or digit, another, three digits), its own product code (six) and the product
/// description code (a letter and four). It has no check character.
fn isbt_is_valid(text: &str) -> bool {
    text.strip_prefix("=/").is_some_and(is_isbt_data)
}

fn is_isbt_data(data: &str) -> bool {
    let is_coded = |c: &u8| c.is_ascii_uppercase() || c.is_ascii_digit();
    match data.as_bytes() {
        // A letter O would be read as a zero, so facilities have none.
        [first @ (b'1'..=b'9' | b'A'..=b'Z'), second, number @ ..] if number.len() == 14 => {
            let (digits, codes) = number.split_at(3);
            ![first, second].contains(&&b'O')
                && is_coded(second)
                && digits.iter().all(u8::is_ascii_digit)
                && codes.iter().all(is_coded)
                && codes[6].is_ascii_uppercase()
        }
        _ => false,
    }
}

/// IFA: registration agency (two characters), product number, two check digits: the remainder by 97 of the characters'
/// ASCII codes, weighted 2, 3, 4 … Under agency 11 the product number is a PZN, which has a check digit of its own. Under
/// another one, some letter is expected: of a hundred mistyped GTINs, one would pass as a number of digits only.
fn ppn_is_valid(text: &str) -> bool {
    let Some((body, check)) = text.len().checked_sub(2).and_then(|at| text.split_at_checked(at)) else { return false };
    let form = (6..=20).contains(&body.len())
        && body.bytes().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
        && check.bytes().all(|c| c.is_ascii_digit());
    let weighted: u64 = body.bytes().zip(2..).map(|(c, weight)| u64::from(c) * weight).sum();
    let product = match body.strip_prefix("11") {
        Some(pzn) => pzn_is_valid(pzn),
        None => body.bytes().any(|c| c.is_ascii_uppercase()),
    };
    form && product && weighted % 97 == digits_value(check.as_bytes())
}

/// Eight digits: the sum of the first seven, weighted 1 to 7, has the last one as its remainder by 11.
fn pzn_is_valid(pzn: &str) -> bool {
    let digits = crate::identifier::ascii_digits::<8>(pzn);
    digits.is_some_and(|digits| {
        let weighted = digits[..7].iter().zip(1..).map(|(digit, weight)| u32::from(digit - b'0') * weight);
        weighted.sum::<u32>() % 11 == u32::from(digits[7] - b'0')
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    /// CGM-05: published identifiers of every issuing entity pass, a GTIN with or without leading zeros.
    #[rstest]
    fn published_identifiers_pass(
        #[values(
            "5412345678908",
            "05412345678908",
            "00817870020003",
            "03274012345672",
            "96385074",
            "+BLUEUNICORN7N",
            "+A123BJC5D6E71G",
            "+A999BJC5D6E71.",
            "+A123CGM180D11",
            "=/A9999XYZ100T0944",
            "111234567842"
        )]
        text: &str,
    ) {
        assert!(is_valid(text));
        assert!(!is_barcode(text));
    }

    /// CGM-05: an altered identifier or one of the wrong length or alphabet is refused.
    #[rstest]
    fn altered_identifiers_are_refused(
        #[values(
            "05412345678909",
            "00000000000000",
            "541234567890",
            "0541234567890 ",
            "",
            "+A123CGM180D12",
            "+1123CGM180D11",
            "++A123CGM180D1",
            "+a123cgm180d11",
            "+A1231",
            "111234567843",
            "111234567942",
            "11123456784",
            "1142",
            "=/A9999XYZ100T094",
            "=/O9999XYZ100T0944",
            "=/A999XXYZ100T0944",
            "=/A9999XYZ10000944",
            "A9999XYZ100T0944"
        )]
        text: &str,
    ) {
        assert!(!is_valid(text));
    }

    /// CGM-05: a whole barcode of any issuing entity is recognised as one, and is no identifier.
    #[rstest]
    fn a_whole_barcode_is_no_identifier(
        #[values(
            "(01)00817870020003",
            "(01)00817870020003(17)270100(10)LOT1(21)S1",
            "0100817870020003",
            "0100817870020003172701001021\u{1d}S1",
            "]d20100817870020003172701001021",
            "+A99912345/$$52001510X3/16D20111231/14D20111212/S77DEFG457",
            "=/A9999XYZ100T0944=,000025=A99971312345600",
            "9N111234567842",
            "[)>\u{1e}06\u{1d}9N111234567842\u{1d}1TABC"
        )]
        text: &str,
    ) {
        assert!(is_barcode(text) && !is_valid(text));
    }

    proptest! {
        /// SYS-04: no text panics, and no identifier is taken for a barcode.
        #[test]
        fn any_text_is_judged(text in "[+=/0-9A-Z]{0,26}|[0-9]{8,14}|=/[A-Z][0-9]{4}[A-Z0-9]{11,12}|.{0,16}") {
            prop_assert!(!(is_valid(&text) && is_barcode(&text)));
        }

        /// CGM-05: a wrong digit in a PPN, or two neighbours exchanged, is noticed.
        #[test]
        fn a_slip_in_a_ppn_is_noticed(at in 0_usize..12, digit in b'0'..=b'9') {
            let right = b"111234567842";
            let mut wrong = *right;
            wrong[at] = digit;
            prop_assert_eq!(ppn_is_valid(std::str::from_utf8(&wrong).unwrap()), wrong == *right);
            let mut swapped = *right;
            swapped.swap(at, (at + 1) % 12);
            prop_assert!(swapped == *right || !ppn_is_valid(std::str::from_utf8(&swapped).unwrap()));
        }
    }
}
