//! What each site has for education and for the data of pumps (REG-12, C 5 §8).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{entry::Entry, site::IdentifiedSite};
use crate::{
    ids::BeneficiaryId,
    refusal::{Fault, Reason},
    rule::RuleId,
};

/// The infrastructure of a site, as declared from a day on (REG-12).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = InfrastructureDeclarationEntry, example = json!({"siteId": "0198c1de-8c00-7d11-9a00-6d2f8b7c5e10",
    "day": "2026-05-06", "rooms": "Two consulting rooms for educators.",
    "demonstrationMaterial": "A pump of each type, phantoms, sets.", "itSupport": "Reading stations, help desk."}))]
pub struct InfrastructureDeclaration {
    /// The site.
    pub site_id: Uuid,
    /// Since when it is so: today or earlier.
    pub day: NaiveDate,
    /// The consulting rooms for educators; those of self-management may serve.
    #[schema(max_length = 2000)]
    pub rooms: String,
    /// The material for demonstration and instruction.
    #[schema(max_length = 2000)]
    pub demonstration_material: String,
    /// Computers and their support, for the establishment and its data manager.
    #[schema(max_length = 2000)]
    pub it_support: String,
}

impl Entry for InfrastructureDeclaration {
    const RULE: RuleId = RuleId::Reg12;
    const BENEFICIARY: Option<fn(&Self) -> BeneficiaryId> = None;

    fn days(&self) -> Vec<(&'static str, NaiveDate)> {
        vec![("day", self.day)]
    }
}

/// REG-12: the sites of a day whose infrastructure is not declared by then.
#[must_use]
pub fn not_declared(sites: &[IdentifiedSite], declared: &[InfrastructureDeclaration], on: NaiveDate) -> Vec<Fault> {
    let known = |site: Uuid| declared.iter().any(|one| one.site_id == site && one.day <= on);
    let wrong = sites.iter().enumerate().filter(|(_, one)| one.site.span.holds(on) && !known(one.id));
    wrong
        .map(|(index, _)| Fault::new(format!("sites[{index}]"), Reason::InfrastructureNotDeclared, RuleId::Reg12))
        .collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{
        convention::site::Site,
        refusal::tests::described,
        span::tests::{day, span},
    };

    /// REG-12: each site on which the programme is offered has declared its infrastructure by that day.
    #[rstest]
    #[case("2026-06-01", None, true)]
    #[case("2026-06-01", Some((1, "2026-06-01")), false)]
    #[case("2026-06-01", Some((1, "2026-06-02")), true)]
    #[case("2026-06-01", Some((2, "2026-06-01")), true)]
    #[case("2020-12-31", None, false)]
    fn every_site_declares_its_infrastructure(
        #[case] on: &str,
        #[case] declared: Option<(u128, &str)>,
        #[case] is_missing: bool,
    ) {
        let site = Site {
            name: "South".to_owned(),
            address: "Rue Inventée 1".to_owned(),
            span: span("2021-01-01/"),
            self_management: Vec::new(),
            half_days: Vec::new(),
        };
        let declared: Vec<_> = declared
            .into_iter()
            .map(|(site, since)| InfrastructureDeclaration {
                site_id: Uuid::from_u128(site),
                day: day(since),
                rooms: "two".to_owned(),
                demonstration_material: "a pump".to_owned(),
                it_support: "a desk".to_owned(),
            })
            .collect();
        let found = not_declared(&[IdentifiedSite { id: Uuid::from_u128(1), site }], &declared, day(on));
        let expected: &[&str] = if is_missing { &["REG-12 sites[0] infrastructureNotDeclared"] } else { &[] };
        assert_eq!(found.iter().map(described).collect::<Vec<_>>(), expected);
    }
}
