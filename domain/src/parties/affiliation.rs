//! With which insurer a beneficiary is affiliated, and from when to when (BEN-05).

use chrono::NaiveDate;

use super::beneficiary::Life;
use crate::{
    identifier::{IdentifierError, InsurerNumber, ascii_digits, text_type},
    refusal::{Fault, Reason},
    rule::RuleId,
};

/// One of the two codes by which an insurer says what a beneficiary is entitled to, CT1 or CT2: three digits, as in
/// zone 27 of record 20 of an invoice (BEN-05, BIL-05).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntitlementCode([u8; 3]);

impl EntitlementCode {
    /// BIL-05: what stands in a zone whose code is not stated.
    pub const NONE: EntitlementCode = EntitlementCode(*b"000");

    /// BEN-05: reads three digits. What they mean is the insurer's.
    ///
    /// # Errors
    /// The wrong form.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        ascii_digits::<3>(text).map(Self).ok_or(IdentifierError::Format)
    }
}

text_type!(EntitlementCode, IdentifierError, "^[0-9]{3}$", "An entitlement code of an insurer, CT1 or CT2: 3 digits.");

/// The most characters of an insurer's own number for a beneficiary: the width of zone 8 of record 20, which holds it
/// in place of a national number.
pub const MAX_OWN_NUMBER: usize = 13;

/// The days on which a beneficiary is affiliated with an insurer (BEN-05).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Affiliation {
    /// The insurer.
    pub insurer: InsurerNumber,
    /// The first day; `None` from the beginning.
    pub from: Option<NaiveDate>,
    /// The last day; `None` without end.
    pub to: Option<NaiveDate>,
    /// The first entitlement code.
    pub ct1: Option<EntitlementCode>,
    /// The second entitlement code.
    pub ct2: Option<EntitlementCode>,
    /// The insurer's own number for somebody without national number.
    pub own_number: Option<String>,
}

impl Affiliation {
    /// BEN-05: from the beginning and without end, with nothing else stated.
    #[must_use]
    pub const fn always(insurer: InsurerNumber) -> Affiliation {
        Affiliation { insurer, from: None, to: None, ct1: None, ct2: None, own_number: None }
    }

    /// Whether it holds on a day.
    #[must_use]
    pub fn holds(&self, on: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= on) && self.to.is_none_or(|to| on <= to)
    }

    fn is_dated(&self) -> bool {
        self.from.is_some() || self.to.is_some()
    }

    /// Whether it ends before it begins.
    fn is_empty(&self) -> bool {
        self.from.zip(self.to).is_some_and(|(from, to)| to < from)
    }

    fn overlaps(&self, other: &Affiliation) -> bool {
        let begins_in_time =
            |one: &Affiliation, other: &Affiliation| one.from.zip(other.to).is_none_or(|(from, to)| from <= to);
        !self.is_empty() && !other.is_empty() && begins_in_time(self, other) && begins_in_time(other, self)
    }
}

/// BEN-05, BIL-12: the insurer of a day; `None` on a day without affiliation.
#[must_use]
pub fn insurer_on(affiliations: &[Affiliation], day: NaiveDate) -> Option<InsurerNumber> {
    affiliations.iter().find(|one| one.holds(day)).map(|one| one.insurer)
}

/// BEN-05: every fault of a beneficiary's affiliations. None begins after death, ends before birth, or overlaps
/// another; with a national number there is no number of the insurer's own.
#[must_use]
pub fn faults(
    affiliations: &[Affiliation],
    life: Life,
    has_niss: bool,
    is_insurer: impl Fn(InsurerNumber) -> bool,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (index, one) in affiliations.iter().enumerate() {
        let under = format!("affiliations[{index}]");
        let mut fault = |field: &str, reason| {
            faults.push(Fault::new(field, reason, RuleId::Ben05).under(&under));
        };
        if !is_insurer(one.insurer) {
            fault("insurerNumber", Reason::InsurerUnknown);
        }
        if one.from.is_some_and(|from| life.death.is_some_and(|death| from > death)) {
            fault("from", Reason::AfterDeath);
        }
        if one.to.is_some_and(|to| life.birth.is_some_and(|birth| to < birth)) {
            fault("to", Reason::BeforeBirth);
        }
        if has_niss && one.own_number.is_some() {
            fault("insurersOwnNumber", Reason::NissAndOwnNumber);
        }
        if one.is_empty() {
            fault("to", Reason::EndsBeforeItBegins);
        }
        if affiliations[..index].iter().any(|other| other.overlaps(one)) {
            faults.push(Fault::new(under, Reason::OverlapsAnother, RuleId::Ben05));
        }
    }
    faults
}

/// BEN-05: the affiliations after the beneficiary's data are stated anew with this insurer, which says "from the
/// beginning and without end". The insurer of today changes nothing. Numbers of insurers' own go once there is a
/// national number.
///
/// # Errors
/// Another insurer than today's, where affiliations are dated: which days would it be for?
pub fn restated(
    affiliations: &[Affiliation],
    insurer: Option<InsurerNumber>,
    has_niss: bool,
    today: NaiveDate,
) -> Result<Vec<Affiliation>, Fault> {
    if insurer == insurer_on(affiliations, today) {
        let kept = affiliations.iter().cloned();
        return Ok(kept.map(|one| Affiliation { own_number: one.own_number.filter(|_| !has_niss), ..one }).collect());
    }
    if affiliations.iter().any(Affiliation::is_dated) {
        return Err(Fault::new("insurerNumber", Reason::AffiliationsDated, RuleId::Ben05));
    }
    Ok(insurer.map(Affiliation::always).into_iter().collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::{
        refusal::tests::described,
        span::tests::{day, days},
    };

    /// Parses `319 2026-01-01/2026-12-31`; either day may be missing.
    fn affiliation(text: &str) -> Affiliation {
        let (insurer, span) = text.split_once(' ').unwrap();
        let (from, to) = span.split_once('/').unwrap();
        let end = |text: &str| (!text.is_empty()).then(|| day(text));
        Affiliation { from: end(from), to: end(to), ..Affiliation::always(insurer.parse().unwrap()) }
    }

    fn affiliations(texts: &[&str]) -> Vec<Affiliation> {
        texts.iter().map(|text| affiliation(text)).collect()
    }

    fn life(birth: &str, death: &str) -> Life {
        Life { birth: Some(day(birth)), death: Some(day(death)) }
    }

    const CHANGED: &[&str] = &["319 /2026-06-30", "100 2026-07-01/"];

    /// BEN-05: CT1 and CT2 are three digits.
    #[rstest]
    #[case("110", true)]
    #[case("000", true)]
    #[case("11", false)]
    #[case("1100", false)]
    #[case("1 0", false)]
    #[case("11a", false)]
    fn an_entitlement_code_has_three_digits(#[case] text: &str, #[case] is_one: bool) {
        assert_eq!(EntitlementCode::parse(text).ok().map(|code| code.to_string()), is_one.then(|| text.to_owned()));
    }

    /// BEN-05: both ends belong to an affiliation; a day without one has no insurer.
    #[rstest]
    #[case(CHANGED, "1990-01-01", Some("319"))]
    #[case(CHANGED, "2026-06-30", Some("319"))]
    #[case(CHANGED, "2026-07-01", Some("100"))]
    #[case(CHANGED, "2090-01-01", Some("100"))]
    #[case(&["319 2026-01-01/2026-06-30"], "2025-12-31", None)]
    #[case(&["319 2026-01-01/2026-06-30"], "2026-01-01", Some("319"))]
    #[case(&["319 2026-01-01/2026-06-30"], "2026-07-01", None)]
    #[case(&["319 /"], "2026-07-01", Some("319"))]
    #[case(&[], "2026-07-01", None)]
    fn a_day_has_the_insurer_of_its_affiliation(#[case] of: &[&str], #[case] on: &str, #[case] insurer: Option<&str>) {
        let found = insurer_on(&affiliations(of), day(on)).map(|number| number.to_string());
        assert_eq!(found.as_deref(), insurer);
    }

    /// BEN-05: affiliations neither overlap nor end before they begin; each is judged, all faults come at once.
    #[rstest]
    #[case(CHANGED, &[])]
    #[case(&["319 /", "100 2026-07-01/"], &["BEN-05 affiliations[1] overlapsAnother"])]
    #[case(&["100 2026-06-30/", "319 /2026-06-30"], &["BEN-05 affiliations[1] overlapsAnother"])]
    #[case(&["100 2026-06-30/", "319 /2026-06-29"], &[])]
    #[case(&["319 /", "319 /"], &["BEN-05 affiliations[1] overlapsAnother"])]
    #[case(&["319 2026-07-01/2026-06-30"], &["BEN-05 affiliations[0].to endsBeforeItBegins"])]
    #[case(&["319 2026-07-01/2026-07-01"], &[])]
    #[case(&["302 /2026-06-30"], &["BEN-05 affiliations[0].insurerNumber insurerUnknown"])]
    #[case(&["319 /2040-03-02", "100 2040-03-03/"], &["BEN-05 affiliations[1].from afterDeath"])]
    #[case(&["319 2040-03-02/2041-01-01"], &[])]
    #[case(&["319 /1985-07-29", "100 1985-07-30/"], &["BEN-05 affiliations[0].to beforeBirth"])]
    #[case(&["319 /1985-07-30"], &[])]
    #[case(
        &["302 2026-07-01/2026-06-30", "319 /", "100 2040-03-03/"],
        &[
            "BEN-05 affiliations[0].insurerNumber insurerUnknown",
            "BEN-05 affiliations[0].to endsBeforeItBegins",
            "BEN-05 affiliations[2].from afterDeath",
            "BEN-05 affiliations[2] overlapsAnother",
        ]
    )]
    fn every_fault_of_affiliations_is_found(#[case] of: &[&str], #[case] expected: &[&str]) {
        let unknown = "302".parse().unwrap();
        let life = life("1985-07-30", "2040-03-02");
        let found = faults(&affiliations(of), life, true, |insurer| insurer != unknown);
        assert_eq!(found.iter().map(described).collect::<Vec<_>>(), expected);
    }

    /// BEN-05: an insurer's own number is for those without national number.
    #[rstest]
    #[case(false, &[])]
    #[case(true, &["BEN-05 affiliations[0].insurersOwnNumber nissAndOwnNumber"])]
    fn an_own_number_stands_for_the_national_number(#[case] has_niss: bool, #[case] expected: &[&str]) {
        let one = Affiliation { own_number: Some("A-77".to_owned()), ..affiliation("319 /") };
        let found = faults(&[one], Life::default(), has_niss, |_| true);
        assert_eq!(found.iter().map(described).collect::<Vec<_>>(), expected);
    }

    /// BEN-05: an insurer without days replaces one without days, never dated ones; today's changes nothing.
    #[rstest]
    #[case(&[], None, &[])]
    #[case(&[], Some("319"), &["319 /"])]
    #[case(&["319 /"], Some("319"), &["319 /"])]
    #[case(&["319 /"], Some("100"), &["100 /"])]
    #[case(&["319 /"], None, &[])]
    #[case(CHANGED, Some("319"), CHANGED)]
    #[case(CHANGED, Some("100"), &["BEN-05 insurerNumber affiliationsDated"])]
    #[case(CHANGED, None, &["BEN-05 insurerNumber affiliationsDated"])]
    #[case(&["319 2026-07-01/"], None, &["319 2026-07-01/"])]
    #[case(&["319 2026-07-01/"], Some("319"), &["BEN-05 insurerNumber affiliationsDated"])]
    fn an_insurer_without_days_leaves_dated_ones(
        #[case] of: &[&str],
        #[case] insurer: Option<&str>,
        #[case] expected: &[&str],
    ) {
        let insurer = insurer.map(|number| number.parse().unwrap());
        match restated(&affiliations(of), insurer, true, day("2026-06-15")) {
            Ok(found) => assert_eq!(found, affiliations(expected)),
            Err(fault) => assert_eq!([described(&fault)], expected),
        }
    }

    /// BEN-05: the insurer's own number goes when the national number is known, and stays as long as it is not.
    #[rstest]
    fn the_own_number_goes_with_a_national_number(#[values(false, true)] has_niss: bool) {
        let code = "110".parse().ok();
        let one = Affiliation { own_number: Some("A-77".to_owned()), ct1: code, ..affiliation("319 /") };
        let found = restated(&[one], "319".parse().ok(), has_niss, day("2026-06-15")).unwrap();
        let own = found[0].own_number.as_deref();
        assert_eq!((own, found[0].ct1), ((!has_niss).then_some("A-77"), code));
    }

    fn any_affiliation() -> impl Strategy<Value = Affiliation> {
        (prop::option::of(days()), prop::option::of(days())).prop_map(|(from, to)| Affiliation {
            from,
            to,
            ..affiliation("319 /")
        })
    }

    proptest! {
        /// BEN-05: two affiliations overlap exactly when they have a day in common.
        #[test]
        fn those_with_a_common_day_overlap(one in any_affiliation(), other in any_affiliation()) {
            let common = day("2018-12-31").iter_days().take(6010).any(|day| one.holds(day) && other.holds(day));
            prop_assert_eq!(one.overlaps(&other), common);
            prop_assert_eq!(other.overlaps(&one), common);
        }
    }
}
