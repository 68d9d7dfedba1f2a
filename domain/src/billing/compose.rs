//! What lines and credits say in an invoice file (BIL-05, BIL-10).

use chrono::{Datelike, NaiveDate};

use super::{
    credit::{Credit, Reference},
    file::{
        digits::Twelve,
        invoice::{Billing, Block, Days, Earlier, Lines, Month, Named},
    },
    forecast::Known,
    line::{Line, Terms},
};
use crate::{
    identifier::HospitalNumber,
    names::Sex,
    nomenclature::NomenclatureCode,
    parties::{
        affiliation::{Affiliation, EntitlementCode},
        beneficiary::{Identity, NationalNumber},
    },
};

/// How the insurer of a day knows a person (BEN-02, BEN-05, BIL-05).
#[derive(Debug, Clone, Default)]
pub struct Insured {
    /// The national number.
    pub national: Option<NationalNumber>,
    /// The insurer's own number, which stands in for it.
    pub own: Option<String>,
    /// The sex, as far as it is known.
    pub sex: Option<Sex>,
}

impl Insured {
    /// BEN-05, BIL-12: as the insurer of that day knows the person.
    #[must_use]
    pub fn of(identity: &Identity, affiliations: &[Affiliation], day: NaiveDate) -> Insured {
        let own = affiliations.iter().find(|one| one.holds(day)).and_then(|one| one.own_number.clone());
        Insured { national: identity.niss.clone(), own, sex: identity.sex }
    }

    /// BIL-05, B-21: whether the number will do. `without` are the entitlement codes with which the insurer's own one
    /// does.
    #[must_use]
    pub fn known(&self, ct1: Option<EntitlementCode>, without: &[EntitlementCode]) -> Known {
        match (&self.national, &self.own) {
            (Some(_), _) => Known::ByNationalNumber,
            (None, Some(own)) if fits_zone_8(own) => {
                Known::ByOwnNumber { codes_do_without: ct1.is_some_and(|ct1| without.contains(&ct1)) }
            }
            (None, _) => Known::Not,
        }
    }

    fn named(&self) -> Named {
        self.national.clone().map_or_else(|| Named::Own(self.own.clone().unwrap_or_default()), Named::National)
    }
}

/// BIL-05: whether an insurer's own number can stand in zone 8: digits only.
fn fits_zone_8(own: &str) -> bool {
    (1..=13).contains(&own.len()) && own.bytes().all(|byte| byte.is_ascii_digit())
}

/// What an invoice says beside its lines (BIL-05).
#[derive(Debug, Clone)]
pub struct Heading {
    /// The hospital that bills.
    pub hospital: HospitalNumber,
    /// The number of the invoice.
    pub number: u64,
    /// The day on which it is made.
    pub dated: NaiveDate,
    /// The pseudo-code of the pump day.
    pub code: NomenclatureCode,
}

/// BIL-05: the month of a day, as files name it.
#[must_use]
pub fn month_of(day: NaiveDate) -> Month {
    Month { year: u16::try_from(day.year()).unwrap_or_default(), month: u8::try_from(day.month()).unwrap_or_default() }
}

/// BIL-05: an earlier invoice, as one that credits or corrects it refers to it.
#[must_use]
pub fn earlier(reference: Reference) -> Earlier {
    Earlier {
        invoice: reference.invoice,
        sending: reference.sending,
        month: month_of(reference.month),
        mutuality: reference.insurer,
    }
}

/// BIL-05, BIL-10: the invoice of these lines, all under the terms. A correction names the invoice that was refused,
/// when the insurer's reference is known (203810); without it, the invoice is a first one.
#[must_use]
pub fn invoice(
    heading: &Heading,
    terms: &Terms,
    lines: &[Line],
    insured: &Insured,
    corrects: Option<(Reference, String)>,
) -> Block {
    let billing = corrects.map_or(Billing::First, |(of, said)| Billing::Correction(earlier(of), said));
    block(heading, terms, lines, insured, billing)
}

/// BIL-05, B-17: the invoice of these credits, all of lines of one invoice under one agreement: every number negative.
#[must_use]
pub fn credit(heading: &Heading, credits: &[Credit], insured: &Insured) -> Option<Block> {
    let first = credits.first()?;
    let lines: Vec<Line> = credits.iter().map(|one| one.line.clone()).collect();
    Some(block(heading, &first.line.terms, &lines, insured, Billing::Credit(earlier(first.reference))))
}

fn block(heading: &Heading, terms: &Terms, lines: &[Line], insured: &Insured, billing: Billing) -> Block {
    let code = |code: Option<EntitlementCode>| code.unwrap_or(EntitlementCode::NONE);
    Block {
        destination: terms.destination,
        mutuality: terms.insurer,
        beneficiary: insured.named(),
        sex: insured.sex,
        entitlement: (code(terms.ct1), code(terms.ct2)),
        number: heading.number,
        establishment: Twelve::hospital(heading.hospital),
        dated: heading.dated,
        interrupted: false,
        reference: heading.number.to_string(),
        site: 0,
        billing,
        lines: Lines::Pump {
            agreement: terms.agreed_on,
            convention: Twelve::convention(terms.convention),
            days: lines.iter().map(|line| days(line, heading.code)).collect(),
        },
    }
}

fn days(line: &Line, code: NomenclatureCode) -> Days {
    Days {
        first: line.from,
        last: line.to,
        units: u16::try_from(line.units()).unwrap_or(u16::MAX),
        cents: line.amount().cents(),
        code,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::{
        super::{
            credit::tests::invoiced,
            file::{record::View, settings::Settings, write::write_block},
            line::tests::blocks,
        },
        *,
    };
    use crate::span::tests::day;

    fn heading() -> Heading {
        Heading {
            hospital: "71000436".parse().unwrap(),
            number: 4711,
            dated: day("2026-05-02"),
            code: "774690".parse().unwrap(),
        }
    }

    fn insured() -> Insured {
        Insured { national: NationalNumber::parse("85073003328").ok(), ..Insured::default() }
    }

    /// The zones 19 and 22 of the first line, and zone 19 of the footer.
    fn zones(block: &Block) -> [String; 3] {
        let written = write_block(&Settings::inferred(day("2026-01-01")), block).unwrap();
        let zone =
            |at: usize, zone: u8| String::from_utf8(View(written.records[at].bytes()).zone(zone).to_vec()).unwrap();
        [zone(1, 19), zone(1, 22), zone(written.records.len() - 1, 19)]
    }

    /// BIL-01, BIL-02, BIL-05, B-01: a plain month: 30 units, 309.00.
    #[test]
    fn b_01_a_plain_month_in_zones() {
        let blocks = blocks(&["2026-04-01/2026-04-30"]);
        let written = invoice(&heading(), &blocks[0].terms, &blocks[0].lines, &insured(), None);
        assert_eq!(zones(&written), ["+00000030900", "+0030", "+00000030900"]);
    }

    /// BIL-05, B-17: in a credit every number is negative, and the invoice that it credits is named.
    #[test]
    fn b_17_every_number_of_a_credit_is_negative() {
        let lines = invoiced(&blocks(&["2026-04-01/2026-04-30"]));
        let credits = [Credit::of(&lines[0]).unwrap()];
        let written = credit(&heading(), &credits, &insured()).unwrap();
        assert_eq!(zones(&written), ["-00000030900", "-0030", "-00000030900"]);
        let Billing::Credit(of) = written.billing else { panic!("a credit is expected") };
        assert_eq!((of.invoice, of.sending, of.mutuality.as_str()), (4711, 12, "319"));
        assert!(credit(&heading(), &[], &insured()).is_none());
    }

    /// BIL-05: a correction names the refused invoice when the insurer's reference is known.
    #[test]
    fn a_correction_names_the_refused_invoice() {
        let blocks = blocks(&["2026-04-01/2026-04-30"]);
        let of = invoiced(&blocks)[0].reference;
        let made = |of| invoice(&heading(), &blocks[0].terms, &blocks[0].lines, &insured(), of).billing;
        assert!(
            matches!(made(Some((of, "R7".to_owned()))), Billing::Correction(of, said) if of.invoice == 4711 && said == "R7")
        );
        assert!(matches!(made(None), Billing::First));
    }

    /// BEN-02, BEN-05, B-21: without national number the insurer's own one stands in, with codes that do without.
    #[rstest]
    #[case(Some("12345"), Some("130"), Known::ByOwnNumber { codes_do_without: true })]
    #[case(Some("12345"), Some("110"), Known::ByOwnNumber { codes_do_without: false })]
    #[case(Some("12345"), None, Known::ByOwnNumber { codes_do_without: false })]
    #[case(None, Some("130"), Known::Not)]
    #[case(Some("A-12"), Some("130"), Known::Not)]
    fn b_21_the_insurers_own_number_stands_in(
        #[case] own: Option<&str>,
        #[case] ct1: Option<&str>,
        #[case] expected: Known,
    ) {
        let insured = Insured { own: own.map(str::to_owned), ..Insured::default() };
        let ct1 = ct1.map(|code| code.parse().unwrap());
        assert_eq!(insured.known(ct1, &["130".parse().unwrap()]), expected);
        assert!(matches!(insured.named(), Named::Own(number) if number == own.unwrap_or_default()));
    }
}
