//! The sites on which a hospital offers the programme, and their multidisciplinary half-days (CON-02, REG-07).

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use crate::names::{PartOfDay, Qualification};
use crate::{
    convention::{staffing::team::missing_consultants, term::Term},
    names::{ConventionKind, Function},
    refusal::{Fault, Reason},
    rule::RuleId,
    span::Span,
};

/// A site, as the establishment states it (CON-02).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Site {
    /// Its name.
    pub name: String,
    /// Its address.
    pub address: String,
    /// The days on which the programme is offered there.
    pub span: Span,
    /// The days on which the self-management convention applies there.
    pub self_management: Vec<Span>,
    /// Its multidisciplinary consultations.
    pub half_days: Vec<HalfDay>,
}

/// A weekly multidisciplinary consultation (CON-02).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HalfDay {
    /// The day of the week, 1 for Monday to 7.
    pub weekday: u8,
    /// Morning or afternoon.
    pub part: PartOfDay,
    /// The period during which it is held.
    pub span: Span,
    /// Who is present.
    pub present: Vec<Present>,
    /// The consultants who can be called (STF-18).
    pub consultants: Vec<Qualification>,
}

/// A team member who is present (CON-02).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Present {
    /// The member.
    pub member: Uuid,
    /// Their qualification.
    pub qualification: Qualification,
}

/// A site under its identifier, by which the team register names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentifiedSite {
    /// Its identifier.
    pub id: Uuid,
    /// The site.
    pub site: Site,
}

/// A site as the establishment states it, before the team register says what those present are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatedSite {
    /// Its identifier.
    pub id: Uuid,
    /// The site; nobody is present yet.
    pub site: Site,
    /// Who is present at each of its half-days, in the same order.
    pub present: Vec<Vec<Uuid>>,
}

/// CON-02: the stated sites with the qualifications of those present. It is a fault when the hospital has no self-management
/// convention on some day of a site, or when someone present is not in its team.
pub fn with_those_present(
    stated: &[StatedSite],
    terms: &[Term],
    team: &BTreeMap<Uuid, Qualification>,
) -> Result<Vec<IdentifiedSite>, Vec<Fault>> {
    let of_self_management = terms.iter().filter(|term| term.kind() == ConventionKind::SelfManagement);
    let in_force: Vec<Span> = of_self_management.map(Term::span).collect();
    let (mut sites, mut faults) = (Vec::new(), Vec::new());
    for (index, stated) in stated.iter().enumerate() {
        let under = format!("sites[{index}]");
        let mut site = stated.site.clone();
        faults.extend(site.without(&in_force).map(|fault| fault.under(&under)));
        for (half, (half_day, present)) in site.half_days.iter_mut().zip(&stated.present).enumerate() {
            for (place, member) in present.iter().enumerate() {
                if let Some(qualification) = team.get(member) {
                    half_day.present.push(Present { member: *member, qualification: *qualification });
                } else {
                    let field = format!("{under}.halfDays[{half}].present[{place}]");
                    faults.push(Fault::new(field, Reason::MemberNotFound, RuleId::Con02));
                }
            }
        }
        sites.push(IdentifiedSite { id: stated.id, site });
    }
    if faults.is_empty() { Ok(sites) } else { Err(faults) }
}

impl Site {
    /// CON-02: every fault of the site as stated.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (field, text) in [("name", &self.name), ("address", &self.address)] {
            if text.trim().is_empty() {
                faults.push(Fault::new(field, Reason::Required, RuleId::Reg07));
            }
        }
        faults.extend(self.span.end_fault("to", RuleId::Con02));
        // Self-management may still end early, and the site with it; only the stated days count here.
        faults.extend(self.without(&self.self_management));
        for (index, half_day) in self.half_days.iter().enumerate() {
            let under = format!("halfDays[{index}]");
            faults.extend(half_day.faults(self.span).into_iter().map(|fault| fault.under(&under)));
            if self.half_days[..index].iter().any(|earlier| earlier.overlaps(half_day)) {
                faults.push(Fault::new(under, Reason::OverlapsAnother, RuleId::Con02));
            }
        }
        faults
    }

    /// CON-02: the fault when some day of the site has no self-management.
    #[must_use]
    pub fn without(&self, self_management: &[Span]) -> Option<Fault> {
        let day = self.span.first_day_without(self_management)?;
        let field = if day == self.span.from { "from" } else { "to" };
        Some(Fault::new(field, Reason::SelfManagementNotInForce, RuleId::Con02).with("day", day))
    }

    /// CON-02, STF-18: what is missing on a day: any half-day, a physician or nurse at one, a consultant to call.
    /// Outside the site's span nothing is missing.
    #[must_use]
    pub fn findings(&self, on: NaiveDate) -> Vec<Fault> {
        if !self.span.holds(on) {
            return Vec::new();
        }
        let held = self.half_days.iter().enumerate().filter(|(_, half_day)| half_day.span.holds(on));
        let mut held = held.peekable();
        if held.peek().is_none() {
            return vec![Fault::new("halfDays", Reason::Required, RuleId::Con02)];
        }
        held.flat_map(|(index, half_day)| half_day.findings(&format!("halfDays[{index}]"))).collect()
    }
}

impl HalfDay {
    /// Whether both are held at the same time.
    fn overlaps(&self, other: &HalfDay) -> bool {
        (self.weekday, self.part) == (other.weekday, other.part) && self.span.overlaps(other.span)
    }

    fn faults(&self, site: Span) -> Vec<Fault> {
        let mut faults = Vec::new();
        if !(1..=7).contains(&self.weekday) {
            let fault = Fault::new("weekday", Reason::OutOfRange, RuleId::Con02);
            faults.push(fault.with("min", 1).with("max", 7));
        }
        match self.span.end_fault("to", RuleId::Con02) {
            Some(fault) => faults.push(fault),
            None if !site.is_empty() && !self.span.is_within(site) => {
                let field = if site.holds(self.span.from) { "to" } else { "from" };
                faults.push(site.outside(field, RuleId::Con02));
            }
            None => {}
        }
        for (index, consultant) in self.consultants.iter().enumerate() {
            if !consultant.may_be(Function::Consultation) {
                let field = format!("consultants[{index}]");
                faults.push(Fault::new(field, Reason::QualificationDoesNotFit, RuleId::Stf18));
            }
        }
        faults
    }

    fn is_present(&self, of: impl Fn(Qualification) -> bool) -> bool {
        self.present.iter().any(|present| of(present.qualification))
    }

    fn findings(&self, field: &str) -> Vec<Fault> {
        let mut findings = Vec::new();
        let present = format!("{field}.present");
        if !self.is_present(Qualification::is_physician) {
            findings.push(Fault::new(&present, Reason::PhysicianMissing, RuleId::Con02));
        }
        if !self.is_present(|one| one == Qualification::DiabetesNurse) {
            findings.push(Fault::new(&present, Reason::DiabetesNurseMissing, RuleId::Con02));
        }
        findings.extend(missing_consultants(&self.consultants).map(|one| {
            let at = format!("{field}.consultants");
            Fault::new(at, Reason::ConsultantMissing, RuleId::Stf18).with("consultant", one)
        }));
        findings
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{
        convention::{number::ConventionNumber, term::End},
        names::{ConventionEnd, Qualification::*},
        refusal::tests::described,
        span::tests::{day, span},
    };

    fn half_day(weekday: u8, part: PartOfDay, days: &str, present: &[Qualification]) -> HalfDay {
        let present =
            present.iter().map(|qualification| Present { member: Uuid::nil(), qualification: *qualification });
        let consultants = vec![Dietician, SocialNurse, Psychologist, Podologist];
        HalfDay { weekday, part, span: span(days), present: present.collect(), consultants }
    }

    fn monday(days: &str) -> HalfDay {
        half_day(1, PartOfDay::Morning, days, &[Endocrinologist, DiabetesNurse])
    }

    fn site(days: &str, self_management: &[&str], half_days: Vec<HalfDay>) -> Site {
        let self_management = self_management.iter().map(|days| span(days)).collect();
        Site { name: "Nord".into(), address: "Rue 1".into(), span: span(days), self_management, half_days }
    }

    fn all(faults: &[Fault]) -> Vec<String> {
        faults.iter().map(described).collect()
    }

    /// CON-02: a half-day needs a physician and a nurse at the same time.
    #[rstest]
    #[case(&[Endocrinologist, DiabetesNurse, Dietician], &[])]
    #[case(&[AssimilatedPhysician, DiabetesNurse], &[])]
    #[case(&[DiabetesNurse, Dietician], &["physicianMissing"])]
    #[case(&[Endocrinologist, Dietician, SocialNurse], &["diabetesNurseMissing"])]
    #[case(&[], &["physicianMissing", "diabetesNurseMissing"])]
    fn a_half_day_has_a_physician_and_a_nurse(#[case] present: &[Qualification], #[case] missing: &[&str]) {
        // Presence at another half-day does not help this one.
        let other = half_day(1, PartOfDay::Afternoon, "2021-01-01/", &[Endocrinologist, DiabetesNurse]);
        let one = half_day(1, PartOfDay::Morning, "2021-01-01/", present);
        let site = site("2021-01-01/", &["2021-01-01/"], vec![other, one]);
        assert_eq!(site.faults(), []);
        let expected: Vec<_> = missing.iter().map(|code| format!("CON-02 halfDays[1].present {code}")).collect();
        assert_eq!(all(&site.findings(day("2026-01-01"))), expected);
    }

    /// CON-02: each day of the site's span needs a half-day; outside the span nothing is missing.
    #[rstest]
    #[case("2020-12-31", false)]
    #[case("2021-01-01", true)]
    #[case("2021-05-31", true)]
    #[case("2021-06-01", false)]
    #[case("2021-08-31", false)]
    #[case("2021-09-01", true)]
    #[case("2021-12-31", true)]
    #[case("2022-01-01", false)]
    fn a_site_has_a_half_day(#[case] on: &str, #[case] missing: bool) {
        let site = site("2021-01-01/2021-12-31", &["2021-01-01/"], vec![monday("2021-06-01/2021-08-31")]);
        let expected = if missing { vec!["CON-02 halfDays required".to_owned()] } else { vec![] };
        assert_eq!(all(&site.findings(day(on))), expected);
    }

    /// STF-18, CON-02: every kind of consultant can be called; a social worker and a social nurse are alternatives.
    #[rstest]
    #[case(&[Dietician, SocialWorker, Psychologist, Podologist], &[])]
    #[case(&[Dietician, SocialNurse], &["psychologist", "podologist"])]
    #[case(&[Psychologist, Podologist], &["dietician", "socialWorker"])]
    fn consultants_can_be_called(#[case] consultants: &[Qualification], #[case] missing: &[&str]) {
        let one = HalfDay { consultants: consultants.to_vec(), ..monday("2021-01-01/") };
        let site = site("2021-01-01/", &["2021-01-01/"], vec![one]);
        let expected = missing.iter();
        let expected: Vec<_> =
            expected.map(|one| format!("STF-18 halfDays[0].consultants consultantMissing consultant={one}")).collect();
        assert_eq!(all(&site.findings(day("2026-01-01"))), expected);
    }

    /// CON-02: the self-management convention applies on every day of the site.
    #[rstest]
    #[case("2021-01-01/", &["2020-01-01/"], None)]
    #[case("2021-01-01/2021-12-31", &["2021-07-01/2021-12-31", "2021-01-01/2021-06-30"], None)]
    #[case("2021-01-01/2021-12-31", &["2021-07-02/2021-12-31", "2021-01-01/2021-06-30"], Some("to selfManagementNotInForce day=2021-07-01"))]
    #[case("2021-01-01/", &["2021-01-01/2025-12-31"], Some("to selfManagementNotInForce day=2026-01-01"))]
    #[case("2021-01-01/", &["2021-01-02/"], Some("from selfManagementNotInForce day=2021-01-01"))]
    #[case("2021-01-01/", &[], Some("from selfManagementNotInForce day=2021-01-01"))]
    #[case("2021-01-01/2020-12-31", &[], Some("to outOfRange min=2021-01-01 max=9999-12-31"))]
    fn self_management_applies_on_the_site(#[case] days: &str, #[case] applies: &[&str], #[case] fault: Option<&str>) {
        let expected: Vec<_> = fault.iter().map(|fault| format!("CON-02 {fault}")).collect();
        assert_eq!(all(&site(days, applies, vec![]).faults()), expected);
    }

    /// CON-02: a half-day is within the site's span, on a valid weekday, and never overlaps another.
    #[test]
    fn half_days_fit_their_site_and_each_other() {
        let of = |half_days| all(&site("2021-01-01/2021-12-31", &["2021-01-01/"], half_days).faults());
        let afternoon = HalfDay { part: PartOfDay::Afternoon, ..monday("2021-01-01/2021-12-31") };
        let tuesday = HalfDay { weekday: 2, ..monday("2021-01-01/2021-12-31") };
        let fitting = vec![monday("2021-01-01/2021-05-31"), monday("2021-06-01/2021-12-31"), afternoon, tuesday];
        assert_eq!(of(fitting), Vec::<String>::new());
        let bounds = "outOfRange min=2021-01-01 max=2021-12-31";
        assert_eq!(of(vec![monday("2020-12-31/2021-01-31")]), [format!("CON-02 halfDays[0].from {bounds}")]);
        assert_eq!(of(vec![monday("2022-01-01/2022-01-31")]), [format!("CON-02 halfDays[0].from {bounds}")]);
        assert_eq!(of(vec![monday("2021-01-01/2022-01-01")]), [format!("CON-02 halfDays[0].to {bounds}")]);
        assert_eq!(of(vec![monday("2021-01-01/")]), [format!("CON-02 halfDays[0].to {bounds}")]);
        assert_eq!(
            of(vec![monday("2021-01-01/2021-06-01"), monday("2021-06-01/2021-12-31")]),
            ["CON-02 halfDays[1] overlapsAnother"]
        );
        let nonsense = HalfDay { weekday: 8, ..monday("2021-06-01/2021-05-31") };
        let nonsense = HalfDay { consultants: vec![Podologist, Endocrinologist], ..nonsense };
        assert_eq!(
            of(vec![nonsense]),
            [
                "CON-02 halfDays[0].weekday outOfRange min=1 max=7",
                "CON-02 halfDays[0].to outOfRange min=2021-06-01 max=9999-12-31",
                "STF-18 halfDays[0].consultants[1] qualificationDoesNotFit",
            ]
        );
    }

    /// CON-02: a site needs the hospital's own self-management convention, and everyone present is in its team.
    #[test]
    fn those_present_are_in_the_team() {
        let term = |number: &str, days: &str| {
            let Span { from, to } = span(days);
            let end = to.map(|last_day| End { last_day, why: ConventionEnd::Other });
            let number = ConventionNumber::of_any_kind(number).unwrap();
            let hospital = "71000436".parse().unwrap();
            Term { number, hospital, from, taken_over: None, end, new_establishment: false }
        };
        let (physician, nurse, stranger) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
        let team = BTreeMap::from([(physician, Endocrinologist), (nurse, DiabetesNurse)]);
        let half_day = half_day(1, PartOfDay::Morning, "2021-01-01/", &[]);
        let site = site("2021-01-01/", &["2021-01-01/"], vec![half_day]);
        let stated = |present: Vec<Uuid>| StatedSite { id: Uuid::nil(), site: site.clone(), present: vec![present] };
        let own = [term("7.41.123.45", "2015-01-01/")];

        let placed = with_those_present(&[stated(vec![nurse, physician])], &own, &team).unwrap();
        let present: Vec<_> = placed[0].site.half_days[0].present.iter().map(|one| one.qualification).collect();
        assert_eq!((placed[0].id, present), (Uuid::nil(), vec![DiabetesNurse, Endocrinologist]));

        let faults = |present, terms: &[Term]| {
            all(&with_those_present(&[stated(vec![]), stated(present)], terms, &team).unwrap_err())
        };
        assert_eq!(faults(vec![nurse, stranger], &own), ["CON-02 sites[1].halfDays[0].present[1] memberNotFound"]);
        // A pump convention is no self-management convention, and one that ended does not count on later days.
        for terms in
            [vec![], vec![term("7.86.512.34", "2015-01-01/")], vec![term("7.41.123.45", "2015-01-01/2020-12-31")]]
        {
            let missing = "from selfManagementNotInForce day=2021-01-01";
            assert_eq!(faults(vec![], &terms), [0, 1].map(|site| format!("CON-02 sites[{site}].{missing}")));
        }
    }

    /// REG-07: name and address are required; all faults are reported at once, and half-days are not checked against an
    /// empty span.
    #[test]
    fn a_site_has_a_name_and_an_address() {
        let mut nameless = site("2021-01-01/2020-01-01", &[], vec![monday("2021-01-01/")]);
        (nameless.name, nameless.address) = (" ".into(), String::new());
        let expected =
            ["REG-07 name required", "REG-07 address required", "CON-02 to outOfRange min=2021-01-01 max=9999-12-31"];
        assert_eq!(all(&nameless.faults()), expected);
    }
}
