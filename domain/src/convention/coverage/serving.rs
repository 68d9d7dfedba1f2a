//! Under which convention number an establishment applies, and until when (CON-01, CON-03, CON-04).

use chrono::NaiveDate;

use crate::{
    clock::eve,
    convention::{
        merger::MergerPlan,
        number::PumpConventionNumber,
        term::{ConventionEnd, Term},
    },
    rule::RuleId,
    span::Span,
};

/// A number under which a hospital holds a pump convention (CON-01).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServingNumber {
    /// The number.
    pub number: PumpConventionNumber,
    /// The days on which the convention is in force, possibly first at another hospital (CON-03, CON-04).
    pub in_force: Span,
    /// Why it ends, if it does.
    pub ends_because: Option<ConventionEnd>,
    /// The rule that says when it begins: CON-04 for one concluded after a demerger, else CON-01.
    pub begins_by: RuleId,
    /// CON-03: the last day on which applications may come under it, and the number that is kept.
    pub until: Option<(NaiveDate, PumpConventionNumber)>,
}

impl ServingNumber {
    /// CON-03, CON-04: the numbers of a hospital, those that serve without end first. `terms` are those of the
    /// hospital, of both kinds; `mergers` the mergers that left it with two numbers; `demerged` the days on which a
    /// demerger left it without convention.
    #[must_use]
    pub fn all(terms: &[Term], mergers: &[MergerPlan], demerged: &[NaiveDate]) -> Vec<ServingNumber> {
        let serving = terms.iter().map(|term| term.with_expiry(terms)).filter_map(|term| {
            let number = term.number.pump()?;
            let in_force = Span { from: term.from, to: term.span().to };
            let ending = mergers.iter().find_map(|plan| {
                let ending = plan.ending.as_ref().filter(|ending| ending.number == number)?;
                Some((eve(ending.kept_only_from), plan.kept))
            });
            let after_demerger = demerged.iter().any(|day| *day <= term.from);
            (!term.span().is_empty()).then_some(ServingNumber {
                number,
                in_force,
                ends_because: term.end.map(|end| end.why),
                begins_by: if after_demerger { RuleId::Con04 } else { RuleId::Con01 },
                until: ending,
            })
        });
        let mut serving: Vec<_> = serving.collect();
        serving.sort_by_key(|one| (one.until.is_some(), one.number));
        serving
    }

    /// CON-03 to CON-06: the rule by which its convention ends.
    #[must_use]
    pub const fn ends_by(&self) -> RuleId {
        match self.ends_because {
            Some(ConventionEnd::Merged) => RuleId::Con03,
            Some(ConventionEnd::Demerged) => RuleId::Con04,
            Some(ConventionEnd::SelfManagementEnded) => RuleId::Con06,
            Some(ConventionEnd::Denounced | ConventionEnd::Other) | None => RuleId::Con05,
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{
        convention::{
            demerger::{Demerger, Wish},
            holder::{Convention, tests::convention_of},
            merger::{Letter, Merger},
            term::tests::hospital,
        },
        span::tests::{day, span},
    };

    /// The conventions of H1, H2 and H3 in the scenarios.
    fn conventions() -> Vec<Convention> {
        [("71000436", 1), ("71032209", 2), ("71010037", 3)]
            .into_iter()
            .flat_map(|(number, n)| {
                let pump = ["7.86.501.72", "7.86.502.71", "7.86.503.70"][n - 1];
                [
                    convention_of(number, pump, "2021-01-01/"),
                    convention_of(number, &format!("7.86.000.0{n}"), "2016-07-01/"),
                ]
            })
            .collect()
    }

    /// The terms of H1.
    fn of(conventions: &[Convention]) -> Vec<Term> {
        let terms = conventions.iter().flat_map(Convention::terms);
        terms.filter(|term| term.hospital == hospital("71000436")).collect()
    }

    /// The numbers of H1, in the scenarios.
    pub(crate) fn of_h1() -> Vec<ServingNumber> {
        ServingNumber::all(&of(&conventions()), &[], &[])
    }

    /// The numbers of H1 after its merger with H2 on 1 July 2026, C-17.
    pub(crate) fn merged() -> Vec<ServingNumber> {
        let merger = Merger {
            hospitals: [hospital("71000436"), hospital("71032209")],
            hospital: hospital("71000436"),
            effective: day("2026-07-01"),
            kept: "7.86.501.72".parse().ok(),
            letter: Some(Letter { sent_on: day("2026-06-15"), takes_over_all: true }),
        };
        let plan = merger.plan(&conventions()).unwrap();
        let outcome = plan.outcome(uuid::Uuid::nil(), &conventions());
        let unchanged = conventions().into_iter().filter(|one| !outcome.iter().any(|next| next.number == one.number));
        let all: Vec<_> = outcome.iter().cloned().chain(unchanged).collect();
        ServingNumber::all(&of(&all), &[plan], &[])
    }

    /// The numbers of H1 after it was split on 1 January 2027 and concluded a new convention, C-18.
    pub(crate) fn demerged() -> Vec<ServingNumber> {
        let applied_on = [Some(day("2026-08-01")); 2];
        let demerger = Demerger {
            hospital: hospital("71000436"),
            effective: day("2027-01-01"),
            successors: [hospital("71000436"), hospital("72012365")],
            wish: Wish::Both { applied_on },
        };
        let plan = demerger.plan(&conventions()).unwrap();
        let outcome = plan.outcome(uuid::Uuid::nil(), &conventions());
        let unchanged = conventions().into_iter().filter(|one| !outcome.iter().any(|next| next.number == one.number));
        let new = convention_of("71000436", "7.86.504.69", "2027-01-01/");
        let all: Vec<_> = outcome.iter().cloned().chain(unchanged).chain([new]).collect();
        ServingNumber::all(&of(&all), &[], &[day("2027-01-01")])
    }

    fn found(all: &[ServingNumber], number: &str) -> Option<(Span, Option<NaiveDate>, RuleId, RuleId)> {
        let one = all.iter().find(|one| one.number.as_str() == number)?;
        Some((one.in_force, one.until.map(|(until, _)| until), one.begins_by, one.ends_by()))
    }

    /// CON-01: a hospital without merger applies under its one number.
    #[test]
    fn a_hospital_has_one_number() {
        assert_eq!(of_h1().len(), 1);
        let expected = (span("2021-01-01/"), None, RuleId::Con01, RuleId::Con05);
        assert_eq!(found(&of_h1(), "7.86.501.72"), Some(expected));
    }

    /// CON-03, C-17: after a merger the other number serves a year, and its periods end within two.
    #[rstest]
    #[case("7.86.501.72", "2021-01-01/", None, RuleId::Con05)]
    #[case("7.86.502.71", "2021-01-01/2028-06-30", Some("2027-06-30"), RuleId::Con03)]
    fn a_merger_leaves_two(#[case] number: &str, #[case] days: &str, #[case] until: Option<&str>, #[case] by: RuleId) {
        assert_eq!(merged().len(), 2);
        assert_eq!(found(&merged(), number), Some((span(days), until.map(day), RuleId::Con01, by)));
    }

    /// CON-04, C-18: a demerger ends the number, and a new one begins with it.
    #[rstest]
    #[case("7.86.501.72", "2021-01-01/2026-12-31", RuleId::Con01, RuleId::Con04)]
    #[case("7.86.504.69", "2027-01-01/", RuleId::Con04, RuleId::Con05)]
    fn a_demerger_ends_one(#[case] number: &str, #[case] days: &str, #[case] begins: RuleId, #[case] ends: RuleId) {
        assert_eq!(found(&demerged(), number), Some((span(days), None, begins, ends)));
    }
}
