//! Consultants whom a beneficiary has to see, at the next agreed consultation (REG-14, C 5 §5).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{contact::Contact, entry::Entry, staffing::Member};
pub use crate::names::FollowUpState;
use crate::{
    ids::BeneficiaryId,
    names::{Function, Qualification},
    refusal::{Fault, Reason},
    rule::RuleId,
    span::Span,
};

/// A consultant who is indicated and was not at hand: the beneficiary sees them at the next agreed consultation
/// (REG-14).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ConsultantFollowUpEntry, example = json!({"beneficiaryId": "0198c1de-7b20-7d05-8f00-5b1f7a9e2c44",
    "day": "2026-05-06", "consultant": "podologist", "dueOn": "2026-07-08"}))]
pub struct ConsultantFollowUp {
    /// Who sees the consultant: a beneficiary of the hospital.
    #[schema(value_type = Uuid)]
    pub beneficiary_id: BeneficiaryId,
    /// When it was noted: today or earlier.
    pub day: NaiveDate,
    /// Whom they have to see: a dietician, social worker, social nurse, psychologist or podologist.
    pub consultant: Qualification,
    /// The next agreed consultation, on the day of the note or later.
    pub due_on: NaiveDate,
    /// What is worth keeping of it; never a national number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 2000)]
    pub note: Option<String>,
}

impl Entry for ConsultantFollowUp {
    const RULE: RuleId = RuleId::Reg14;
    const BENEFICIARY: Option<fn(&Self) -> BeneficiaryId> = Some(|entry| entry.beneficiary_id);

    fn days(&self) -> Vec<(&'static str, NaiveDate)> {
        vec![("day", self.day), ("dueOn", self.due_on)]
    }
}

/// REG-14, STF-18: only consultants are followed up.
#[must_use]
pub fn consultant_fault(consultant: Qualification) -> Option<Fault> {
    let is_consultant = consultant.may_be(Function::Consultation);
    (!is_consultant).then(|| Fault::new("consultant", Reason::QualificationDoesNotFit, RuleId::Reg14))
}

/// REG-14: the next consultation does not come before the note.
#[must_use]
pub fn due_fault(due_on: NaiveDate, day: NaiveDate) -> Option<Fault> {
    Span::between(day, due_on).end_fault("dueOn", RuleId::Reg14)
}

/// STF-18: a social worker stands for a social nurse, and the reverse.
fn serves(is: Qualification, asked: Qualification) -> bool {
    let social = |one| matches!(one, Qualification::SocialWorker | Qualification::SocialNurse);
    is == asked || social(is) && social(asked)
}

impl ConsultantFollowUp {
    /// REG-14: when the beneficiary saw the consultant: the first contact with one, from the note on, up to `on`.
    #[must_use]
    pub fn met_on(&self, contacts: &[Contact], team: &[Member], on: NaiveDate) -> Option<NaiveDate> {
        let is_one = |member: &Member| serves(member.qualification, self.consultant);
        let with_one =
            |contact: &&Contact| team.iter().any(|member| is_one(member) && contact.members.contains(&member.id));
        let own = contacts.iter().filter(|contact| contact.beneficiary_id == self.beneficiary_id);
        own.filter(with_one).map(|contact| contact.day).filter(|day| self.day <= *day && *day <= on).min()
    }

    /// REG-14: where it stands on a day: the agreed consultation itself is in time.
    #[must_use]
    pub fn state(&self, met_on: Option<NaiveDate>, on: NaiveDate) -> FollowUpState {
        match met_on {
            Some(day) if day <= self.due_on => FollowUpState::Met,
            Some(_) => FollowUpState::Missed,
            None if on <= self.due_on => FollowUpState::Open,
            None => FollowUpState::Missed,
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use uuid::Uuid;

    use super::*;
    use crate::{
        convention::{contact::ContactKind, staffing::team::tests::member},
        refusal::tests::described,
        span::tests::day,
    };

    fn follow_up(consultant: Qualification) -> ConsultantFollowUp {
        ConsultantFollowUp {
            beneficiary_id: BeneficiaryId(Uuid::nil()),
            day: day("2026-06-10"),
            consultant,
            due_on: day("2026-07-08"),
            note: None,
        }
    }

    fn contact(of: u128, on: &str, with: u128) -> Contact {
        Contact {
            beneficiary_id: BeneficiaryId(Uuid::from_u128(of)),
            day: day(on),
            members: vec![Uuid::from_u128(with)],
            kind: ContactKind::Accompaniment,
            way: None,
            minutes: None,
            note: None,
        }
    }

    /// REG-14: met by a contact with such a consultant from the note to the agreed day; missed once that day is over.
    #[rstest]
    #[case("2026-07-08", None, FollowUpState::Open)]
    #[case("2026-07-09", None, FollowUpState::Missed)]
    #[case("2026-07-09", Some((0, "2026-07-08", 1)), FollowUpState::Met)]
    #[case("2026-07-09", Some((0, "2026-06-10", 1)), FollowUpState::Met)]
    #[case("2026-07-09", Some((0, "2026-06-09", 1)), FollowUpState::Missed)]
    #[case("2026-07-09", Some((0, "2026-07-08", 2)), FollowUpState::Missed)]
    #[case("2026-07-09", Some((7, "2026-07-08", 1)), FollowUpState::Missed)]
    #[case("2026-07-09", Some((0, "2026-07-09", 1)), FollowUpState::Missed)]
    #[case("2026-07-08", Some((0, "2026-07-09", 1)), FollowUpState::Open)]
    fn the_agreed_consultation_is_kept(
        #[case] on: &str,
        #[case] met: Option<(u128, &str, u128)>,
        #[case] expected: FollowUpState,
    ) {
        let one = follow_up(Qualification::Podologist);
        let team =
            [member(1, Qualification::Podologist, Vec::new()), member(2, Qualification::Psychologist, Vec::new())];
        let contacts: Vec<_> = met.into_iter().map(|(of, on, with)| contact(of, on, with)).collect();
        let met_on = one.met_on(&contacts, &team, day(on));
        assert_eq!(one.state(met_on, day(on)), expected);
    }

    /// REG-14, STF-18: social worker and social nurse stand for each other, others do not.
    #[test]
    fn a_social_nurse_stands_for_a_social_worker() {
        let consultants = Qualification::ALL.iter().copied().filter(|one| one.may_be(Function::Consultation));
        for asked in consultants.clone() {
            for (is, number) in consultants.clone().zip(1..) {
                let team = [member(number, is, Vec::new())];
                let met = follow_up(asked).met_on(&[contact(0, "2026-07-01", number)], &team, day("2026-07-08"));
                let social = [asked, is].iter().all(|one| one.name().starts_with("social"));
                assert_eq!(met.is_some(), asked == is || social, "{asked} {is}");
            }
        }
    }

    /// REG-14: consultants only, at a consultation that does not come before the note.
    #[test]
    fn who_and_when() {
        let refused: Vec<_> = Qualification::ALL.iter().filter(|one| consultant_fault(**one).is_some()).collect();
        assert_eq!(refused.len(), 5, "{refused:?}");
        assert_eq!(due_fault(day("2026-06-10"), day("2026-06-10")), None);
        let fault = due_fault(day("2026-06-09"), day("2026-06-10")).map(|fault| described(&fault));
        assert_eq!(fault.as_deref(), Some("REG-14 dueOn outOfRange min=2026-06-10 max=9999-12-31"));
    }
}
