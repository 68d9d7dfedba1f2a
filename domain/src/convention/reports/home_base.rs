//! Beneficiaries in the hospital of the team: they are followed during the stay (REG-15, C 5 §10).

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    convention::{contact::Contact, hospital_stay::HospitalStay},
    identifier::HospitalNumber,
    ids::BeneficiaryId,
    names::names,
    span::Span,
};

names! {
    /// Whether a beneficiary in the hospital of the team is followed (REG-15).
    Following as "InHospitalFollowing" {
        /// A contact of the team during the stay is recorded.
        Followed = "followed",
        /// None is recorded yet, and the stay is not over.
        Awaited = "awaited",
        /// None is recorded, and the stay is over.
        Missing = "missing",
    }
}

/// A stay of a beneficiary in the hospital of the team (REG-15).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FollowedStay {
    /// The stay.
    #[serde(rename = "hospitalStayId")]
    pub stay: Uuid,
    /// Who stayed.
    #[serde(rename = "beneficiaryId")]
    #[schema(value_type = Uuid)]
    pub beneficiary: BeneficiaryId,
    /// Its days.
    pub days: Span,
    /// Whether they were followed.
    pub following: Following,
    /// The first contact of the team during the stay.
    #[serde(rename = "contactId", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub contact: Option<Uuid>,
    /// When that was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub followed_on: Option<NaiveDate>,
}

/// REG-15, R-16: the stays in the hospital `own` of those who were its beneficiaries then, by their first day, each
/// with the contact by which the team followed them. Stays in other hospitals ask for nothing here. Any member of the
/// team will do, and any kind of contact; a stay asks for one whether or not the pump goes on, since the team also
/// decides that. `granted` are the days of granted periods.
#[must_use]
pub fn followed_stays(
    own: HospitalNumber,
    stays: &[(Uuid, HospitalStay)],
    contacts: &[(Uuid, Contact)],
    granted: &[(BeneficiaryId, Span)],
    today: NaiveDate,
) -> Vec<FollowedStay> {
    let here = stays.iter().filter(|(_, stay)| stay.hospital_number == own);
    let asked = here.filter_map(|(id, stay)| {
        let days = Span { from: stay.from, to: stay.to };
        let own = granted.iter().filter(|(beneficiary, _)| *beneficiary == stay.beneficiary_id);
        let in_programme: Vec<Span> = own.filter_map(|(_, granted)| granted.clip(days)).collect();
        if in_programme.is_empty() {
            return None;
        }
        let during = |contact: &Contact| in_programme.iter().any(|days| days.holds(contact.day));
        let with_team =
            contacts.iter().filter(|(_, contact)| contact.beneficiary_id == stay.beneficiary_id && during(contact));
        let first = with_team.map(|(id, contact)| (contact.day, *id)).min();
        let (contact, followed_on) = (first.map(|(_, id)| id), first.map(|(day, _)| day));
        let following = match contact {
            Some(_) => Following::Followed,
            None if stay.to.is_some_and(|to| to < today) => Following::Missing,
            None => Following::Awaited,
        };
        Some(FollowedStay { stay: *id, beneficiary: stay.beneficiary_id, days, following, contact, followed_on })
    });
    let mut asked: Vec<FollowedStay> = asked.collect();
    asked.sort_by_key(|one| (one.days.from, one.stay));
    asked
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{
        convention::contact::ContactKind,
        span::tests::{day, span},
    };

    const H1: &str = "71000436";

    fn p1() -> BeneficiaryId {
        BeneficiaryId(Uuid::from_u128(1))
    }

    fn stay(days: &str, hospital: &str) -> (Uuid, HospitalStay) {
        let Span { from, to } = span(days);
        let hospital_number = hospital.parse().unwrap();
        let stay = HospitalStay {
            beneficiary_id: p1(),
            from,
            to,
            hospital_number,
            pump_continued: true,
            linked_to_diabetes: false,
        };
        (Uuid::from_u128(50), stay)
    }

    fn contact(id: u128, beneficiary_id: BeneficiaryId, on: &str) -> (Uuid, Contact) {
        let (members, kind) = (vec![Uuid::from_u128(9)], ContactKind::Accompaniment);
        let contact = Contact { beneficiary_id, day: day(on), members, kind, minutes: None, way: None, note: None };
        (Uuid::from_u128(id), contact)
    }

    /// REG-15: P1 in H1 from 1 to 5 June: without contact it is shown, the first contact on these days fulfils it; a
    /// stay elsewhere, or outside the programme, asks for nothing.
    #[rstest]
    #[case::no_contact("2026-06-01/2026-06-05", H1, &[], "2026-06-06", &["missing"])]
    #[case::not_over_yet("2026-06-01/2026-06-05", H1, &[], "2026-06-05", &["awaited"])]
    #[case::no_end_known("2026-06-01/", H1, &[], "2026-07-05", &["awaited"])]
    #[case::followed("2026-06-01/2026-06-05", H1, &["2026-06-02"], "2026-06-06", &["followed 0"])]
    #[case::last_day_counts("2026-06-01/2026-06-05", H1, &["2026-06-05", "2026-06-01"], "2026-06-06", &["followed 1"])]
    #[case::before_and_after("2026-06-01/2026-06-05", H1, &["2026-05-31", "2026-06-06"], "2026-06-07", &["missing"])]
    #[case::elsewhere("2026-06-01/2026-06-05", "71032209", &[], "2026-06-06", &[])]
    #[case::outside_the_programme("2026-03-01/2026-03-31", H1, &[], "2026-06-06", &[])]
    #[case::begun_during_the_stay("2026-03-20/2026-04-02", H1, &["2026-03-31"], "2026-06-06", &["missing"])]
    fn r_16_in_hospital_at_home_base(
        #[case] days: &str,
        #[case] hospital: &str,
        #[case] contacts: &[&str],
        #[case] today: &str,
        #[case] expected: &[&str],
    ) {
        let contacts = contacts.iter().enumerate().map(|(id, on)| contact(id as u128, p1(), on));
        let of_another = contact(7, BeneficiaryId(Uuid::from_u128(2)), "2026-06-03");
        let contacts: Vec<_> = contacts.chain([of_another]).collect();
        let granted = [(p1(), span("2026-04-01/2027-03-31")), (BeneficiaryId(Uuid::from_u128(2)), span("2020-01-01/"))];
        let found = followed_stays(H1.parse().unwrap(), &[stay(days, hospital)], &contacts, &granted, day(today));
        let told: Vec<String> = found
            .iter()
            .map(|one| match one.contact {
                Some(contact) => format!("{} {}", one.following, contact.as_u128()),
                None => one.following.to_string(),
            })
            .collect();
        assert_eq!(told, expected);
    }
}
