//! Under which terms and at what price a day is billed (BIL-03, BIL-10, BIL-12).

use std::collections::BTreeMap;

use chrono::NaiveDate;
use uuid::Uuid;

use crate::{
    amount::Amount,
    convention::{
        number::PumpConventionNumber,
        tariff::{self, Tariff},
    },
    identifier::InsurerNumber,
    ids::BeneficiaryId,
    parties::affiliation::{Affiliation, EntitlementCode},
    refusal::{Fault, Reason},
    rule::RuleId,
};

/// What the header of an invoice says, and what therefore holds for every line of a block (BIL-10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Terms {
    /// Where the invoice goes: the insurer, or its union. The order of blocks begins with it.
    pub destination: InsurerNumber,
    /// Whose days they are.
    pub beneficiary: BeneficiaryId,
    /// The date of the agreement.
    pub agreed_on: NaiveDate,
    /// The granted period.
    pub period: Uuid,
    /// The insurer of affiliation.
    pub insurer: InsurerNumber,
    /// The number of the convention under which the period was granted.
    pub convention: PumpConventionNumber,
    /// The first entitlement code.
    pub ct1: Option<EntitlementCode>,
    /// The second entitlement code.
    pub ct2: Option<EntitlementCode>,
}

/// A day with all that decides about its line (BIL-10).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BilledDay {
    /// Its terms.
    pub terms: Terms,
    /// The day.
    pub day: NaiveDate,
    /// Its price.
    pub price: Amount,
}

/// What an invoice says of a granted period (BIL-10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreement {
    /// The period.
    pub period: Uuid,
    /// The date of the agreement.
    pub agreed_on: NaiveDate,
    /// The number of the convention under which it was granted.
    pub convention: PumpConventionNumber,
}

/// What decides about terms and price of a beneficiary's days (BIL-03, BIL-10, BIL-12).
#[derive(Debug, Clone)]
pub struct Basis {
    /// The beneficiary.
    pub beneficiary: BeneficiaryId,
    /// The agreements of the beneficiary's periods.
    pub agreements: Vec<Agreement>,
    /// The beneficiary's affiliations.
    pub affiliations: Vec<Affiliation>,
    /// Where the invoices of each insurer go.
    pub destinations: BTreeMap<InsurerNumber, InsurerNumber>,
    /// The prices of a day.
    pub tariffs: Vec<Tariff>,
}

impl Basis {
    /// BIL-03, BIL-12: a day of a period as it is billed: to the insurer of affiliation on that day, at that day's
    /// price.
    ///
    /// # Errors
    /// Why it cannot be billed: no insurer or no price that day, or an insurer or period that is not known.
    pub fn billed(&self, day: NaiveDate, period: Uuid) -> Result<BilledDay, Fault> {
        let fault = |reason, rule| Fault::new("day", reason, rule);
        let agreement = self.agreements.iter().find(|one| one.period == period);
        let agreement = agreement.ok_or_else(|| fault(Reason::NoGrantedPeriod, RuleId::Bil01))?;
        let affiliation = self.affiliations.iter().find(|one| one.holds(day));
        let affiliation = affiliation.ok_or_else(|| fault(Reason::InsurerMissing, RuleId::Bil12))?;
        let destination = self.destinations.get(&affiliation.insurer);
        let destination = destination.ok_or_else(|| fault(Reason::InsurerUnknown, RuleId::Bil12))?;
        let row = tariff::on(&self.tariffs, day).ok_or_else(|| fault(Reason::NoPrice, RuleId::Bil03))?;
        let terms = Terms {
            destination: *destination,
            beneficiary: self.beneficiary,
            agreed_on: agreement.agreed_on,
            period,
            insurer: affiliation.insurer,
            convention: agreement.convention,
            ct1: affiliation.ct1,
            ct2: affiliation.ct2,
        };
        Ok(BilledDay { terms, day, price: row.price() })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use rstest::rstest;

    use super::{super::pump_day::tests::tariffs, *};
    use crate::{refusal::tests::described, span::tests::day};

    /// An affiliation, such as `319 /2026-06-30`.
    pub(crate) fn affiliation(text: &str) -> Affiliation {
        let (insurer, days) = text.split_once(' ').unwrap();
        let (from, to) = days.split_once('/').unwrap();
        let end = |text: &str| (!text.is_empty()).then(|| day(text));
        let code = "110".parse().ok();
        let always = Affiliation::always(insurer.parse().unwrap());
        Affiliation { from: end(from), to: end(to), ct1: code, ct2: code, ..always }
    }

    /// A beneficiary of H1 with periods 1, 2 … agreed on these days.
    pub(crate) fn basis(affiliations: &[&str], agreed: &[&str]) -> Basis {
        let agreements = (1..).zip(agreed).map(|(period, agreed_on)| Agreement {
            period: Uuid::from_u128(period),
            agreed_on: day(agreed_on),
            convention: "7.86.501.72".parse().unwrap(),
        });
        let destinations = [("319", "300"), ("100", "100")];
        Basis {
            beneficiary: BeneficiaryId(Uuid::from_u128(71)),
            agreements: agreements.collect(),
            affiliations: affiliations.iter().map(|text| affiliation(text)).collect(),
            destinations: destinations.map(|(of, to)| (of.parse().unwrap(), to.parse().unwrap())).into(),
            tariffs: tariffs(),
        }
    }

    /// BIL-12, BIL-03, R2, B-05: a day goes to the insurer of affiliation on that day, at its price.
    #[rstest]
    #[case("2026-06-15", "319", "300", "10.30")]
    #[case("2026-06-30", "319", "300", "10.33")]
    #[case("2026-07-01", "100", "100", "10.33")]
    fn b_05_a_day_goes_to_its_insurer(#[case] on: &str, #[case] insurer: &str, #[case] to: &str, #[case] price: &str) {
        let basis = basis(&["319 /2026-06-30", "100 2026-07-01/"], &["2026-04-20"]);
        let found = basis.billed(day(on), Uuid::from_u128(1)).unwrap();
        let said = [found.terms.insurer.to_string(), found.terms.destination.to_string(), found.price.to_string()];
        assert_eq!(said, [insurer, to, price]);
    }

    /// BIL-01, BIL-03, BIL-12: a day without agreement, insurer, destination or price cannot be billed.
    #[rstest]
    #[case("2026-05-01", 2, "319 /", "BIL-01 day noGrantedPeriod")]
    #[case("2026-07-01", 1, "319 /2026-06-30", "BIL-12 day insurerMissing")]
    #[case("2026-05-01", 1, "509 /", "BIL-12 day insurerUnknown")]
    #[case("2020-12-31", 1, "319 /", "BIL-03 day noPrice")]
    fn a_day_without_terms_is_not_billed(
        #[case] on: &str,
        #[case] period: u128,
        #[case] insured: &str,
        #[case] expected: &str,
    ) {
        let found = basis(&[insured], &["2026-04-20"]).billed(day(on), Uuid::from_u128(period));
        assert_eq!(found.map_err(|fault| described(&fault)), Err(expected.to_owned()));
    }
}
