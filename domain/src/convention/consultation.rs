//! How consultations are made known to patients (REG-13, C 5 §5, C 6 §2).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{entry::Entry, site::IdentifiedSite};
pub use crate::names::ConsultationWay;
use crate::{
    ids::BeneficiaryId,
    refusal::{Fault, Reason},
    rule::RuleId,
};

/// The multidisciplinary consultations of a site, made known to patients (REG-13).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ConsultationNoticeEntry, example = json!({"siteId": "0198c1de-8c00-7d11-9a00-6d2f8b7c5e10",
    "day": "2026-05-06", "way": "leaflet", "note": "Handed out at the desk."}))]
pub struct ConsultationNotice {
    /// The site whose consultations are made known.
    pub site_id: Uuid,
    /// Since when they are known: today or earlier.
    pub day: NaiveDate,
    /// How.
    pub way: ConsultationWay,
    /// What is worth keeping of it; never a national number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 2000)]
    pub note: Option<String>,
}

impl Entry for ConsultationNotice {
    const RULE: RuleId = RuleId::Reg13;
    const BENEFICIARY: Option<fn(&Self) -> BeneficiaryId> = None;

    fn days(&self) -> Vec<(&'static str, NaiveDate)> {
        vec![("day", self.day)]
    }
}

/// CON-02: the fault of a site that the sheet of sites does not have.
#[must_use]
pub fn unknown_site(site: Uuid, sites: &[IdentifiedSite], rule: RuleId) -> Option<Fault> {
    let is_known = sites.iter().any(|one| one.id == site);
    (!is_known).then(|| Fault::new("siteId", Reason::SiteUnknown, rule))
}

/// REG-13: the sites of a day whose consultations are held and were not made known to patients by then.
#[must_use]
pub fn not_made_known(sites: &[IdentifiedSite], notices: &[ConsultationNotice], on: NaiveDate) -> Vec<Fault> {
    let held =
        |one: &IdentifiedSite| one.site.span.holds(on) && one.site.half_days.iter().any(|half| half.span.holds(on));
    let known = |site: Uuid| notices.iter().any(|notice| notice.site_id == site && notice.day <= on);
    let wrong = sites.iter().enumerate().filter(|(_, one)| held(one) && !known(one.id));
    wrong
        .map(|(index, _)| {
            Fault::new(format!("sites[{index}].halfDays"), Reason::ConsultationsNotMadeKnown, RuleId::Reg13)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{
        convention::site::{HalfDay, PartOfDay, Site},
        refusal::tests::described,
        span::tests::{day, span},
    };

    fn site(id: u128, half_days: &[&str]) -> IdentifiedSite {
        let half_day = |days: &&str| HalfDay {
            weekday: 2,
            part: PartOfDay::Morning,
            span: span(days),
            present: Vec::new(),
            consultants: Vec::new(),
        };
        let site = Site {
            name: "South".to_owned(),
            address: "Rue Inventée 1".to_owned(),
            span: span("2021-01-01/2026-12-31"),
            self_management: Vec::new(),
            half_days: half_days.iter().map(half_day).collect(),
        };
        IdentifiedSite { id: Uuid::from_u128(id), site }
    }

    /// REG-13: each site with a consultation on that day has made it known by then; a site without any, or that is not
    /// offered, owes nothing.
    #[rstest]
    #[case("2026-06-01", &[], &["REG-13 sites[0].halfDays consultationsNotMadeKnown"])]
    #[case("2026-06-01", &[(1, "2026-06-01")], &[])]
    #[case("2026-05-31", &[(1, "2026-06-01")], &["REG-13 sites[0].halfDays consultationsNotMadeKnown"])]
    #[case("2026-06-01", &[(2, "2026-06-01")], &["REG-13 sites[0].halfDays consultationsNotMadeKnown"])]
    #[case("2025-12-31", &[], &[])]
    #[case("2027-01-01", &[], &[])]
    fn consultations_are_made_known(#[case] on: &str, #[case] notices: &[(u128, &str)], #[case] expected: &[&str]) {
        let sites = [site(1, &["2026-01-01/"]), site(2, &[])];
        let notices: Vec<_> = notices
            .iter()
            .map(|(site, since)| ConsultationNotice {
                site_id: Uuid::from_u128(*site),
                day: day(since),
                way: ConsultationWay::Letter,
                note: None,
            })
            .collect();
        let found = not_made_known(&sites, &notices, day(on));
        assert_eq!(found.iter().map(described).collect::<Vec<_>>(), expected);
    }

    /// CON-02, REG-13: a notice is about a site of the sheet.
    #[test]
    fn a_notice_is_about_a_known_site() {
        let fault = |id| unknown_site(Uuid::from_u128(id), &[site(1, &[])], RuleId::Reg13);
        assert_eq!((fault(1), fault(2).map(|one| described(&one))), (None, Some("REG-13 siteId siteUnknown".into())));
    }
}
