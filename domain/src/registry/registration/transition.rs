//! The state machine: one function per command, each consuming the registration. A command that is not allowed in the
//! current status is refused and changes nothing (CGM-12).

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::{Command, Corrections, Registration, State, Validation, code::RegistrationCode};
use crate::{
    actor::{Actor, Role},
    ids::BeneficiaryId,
    refusal::Refusal,
};

impl Registration {
    fn refused(&self, attempted: Command) -> Refusal {
        Refusal::Transition { from: self.state.status(), attempted }
    }

    fn moved_to(mut self, state: State, at: DateTime<Utc>) -> Registration {
        self.state = state;
        self.version += 1;
        self.updated_at = at;
        self
    }

    /// CGM-04: saves a draft, however incomplete. Only an open registration can be saved.
    pub fn save(
        mut self,
        beneficiary: Option<BeneficiaryId>,
        content: Map<String, Value>,
        at: DateTime<Utc>,
    ) -> Result<Registration, Refusal> {
        match self.state.clone() {
            state @ State::Open { .. } => {
                self.beneficiary = beneficiary;
                self.content = content;
                Ok(self.moved_to(state, at))
            }
            _ => Err(self.refused(Command::Save)),
        }
    }

    /// CGM-06, CGM-07, CGM-09: starts sending. The first validation sets the code, a later one keeps it.
    /// [`super::submit`] decides first whether it may be validated.
    pub(super) fn validated(
        mut self,
        number: i64,
        new_code: RegistrationCode,
        at: DateTime<Utc>,
    ) -> Result<Registration, Refusal> {
        match self.state {
            State::Open { .. } => {
                self.code = Some(self.code.unwrap_or(new_code));
                let validation = Validation { at, number };
                Ok(self.moved_to(State::Sending { validation }, at))
            }
            _ => Err(self.refused(Command::Submit)),
        }
    }

    /// CGM-07: records Healthdata's acknowledgement.
    pub fn acknowledge(self, at: DateTime<Utc>) -> Result<Registration, Refusal> {
        match self.state {
            State::Sending { validation } => {
                Ok(self.moved_to(State::Submitted { validation, acknowledged_at: at }, at))
            }
            _ => Err(self.refused(Command::Acknowledge)),
        }
    }

    /// CGM-07: records Healthdata's refusal, with its reasons.
    pub fn refuse(self, reasons: Vec<String>, at: DateTime<Utc>) -> Result<Registration, Refusal> {
        match self.state {
            State::Sending { validation } => Ok(self.moved_to(
                State::CorrectionsNeeded {
                    validation,
                    acknowledged_at: None,
                    corrections: Corrections::RefusedByHealthdata { reasons },
                },
                at,
            )),
            _ => Err(self.refused(Command::Refuse)),
        }
    }

    /// CGM-08: records that the nightly run found its counter exceeded.
    pub fn exceed(self, corrections: Corrections, at: DateTime<Utc>) -> Result<Registration, Refusal> {
        match self.state {
            State::Submitted { validation, acknowledged_at } => Ok(self.moved_to(
                State::CorrectionsNeeded { validation, acknowledged_at: Some(acknowledged_at), corrections },
                at,
            )),
            _ => Err(self.refused(Command::Exceed)),
        }
    }

    /// CGM-09: reopens it for correction; the code stays.
    pub fn reopen(self, at: DateTime<Utc>) -> Result<Registration, Refusal> {
        let (validation, corrections) = match &self.state {
            State::Submitted { validation, .. } => (*validation, None),
            State::CorrectionsNeeded { validation, corrections, .. } => (*validation, Some(corrections.clone())),
            _ => return Err(self.refused(Command::Reopen)),
        };
        Ok(self.moved_to(State::Open { validation: Some(validation), corrections }, at))
    }

    /// CGM-10, CGM-11: deletes it permanently and frees its place (CNT-04). Anyone may delete a draft that was never
    /// validated or whose counter was exceeded since its last validation; only the study lead, with a reason, may
    /// delete any other validated one.
    pub fn delete(self, actor: &Actor, reason: Option<String>, at: DateTime<Utc>) -> Result<Registration, Refusal> {
        let State::Open { validation, corrections } = &self.state else {
            return Err(self.refused(Command::Delete));
        };
        let exceeded = matches!(corrections, Some(Corrections::CounterExceeded { .. }));
        if validation.is_some() && !exceeded {
            if !actor.holds(Role::StudyLead) {
                return Err(Refusal::DeletionNotAllowed);
            }
            if reason.is_none() {
                return Err(Refusal::DeletionReasonMissing);
            }
        }
        let validation = *validation;
        let without_place = Registration { place: None, ..self };
        Ok(without_place.moved_to(State::Deleted { validation, at, reason }, at))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::{
        actor::OrganisationKind,
        ids::RegistrationId,
        nomenclature::Counter,
        registry::registration::{Place, RegistrationType, Status},
    };

    fn at() -> DateTime<Utc> {
        "2026-03-01T10:00:00Z".parse().unwrap()
    }

    fn exceeded() -> Corrections {
        Corrections::CounterExceeded { counter: Counter::B, year: Some(2026), limit: 60, other_pair: None }
    }

    pub(crate) fn actor(role: Role) -> Actor {
        Actor { person: "p".into(), kind: OrganisationKind::Hospital, number: "71000436".into(), roles: vec![role] }
    }

    fn in_status(status: Status) -> Registration {
        let validation = Validation { at: at(), number: 7 };
        let state = match status {
            Status::Open => State::Open { validation: None, corrections: None },
            Status::Sending => State::Sending { validation },
            Status::Submitted => State::Submitted { validation, acknowledged_at: at() },
            Status::CorrectionsNeeded => {
                State::CorrectionsNeeded { validation, acknowledged_at: Some(at()), corrections: exceeded() }
            }
            Status::Deleted => State::Deleted { validation: None, at: at(), reason: None },
        };
        Registration {
            id: RegistrationId(uuid::Uuid::nil()),
            hospital: "71000436".into(),
            registration_type: RegistrationType::FirstImplantation,
            beneficiary: None,
            author: "p".into(),
            version: 3,
            dictionary_version: 1,
            content: Map::new(),
            code: (status != Status::Open).then(|| RegistrationCode::from_digits(202_400_000_042).unwrap()),
            state,
            place: None,
            created_at: at(),
            updated_at: at(),
        }
    }

    fn apply(registration: Registration, command: Command) -> Result<Registration, Refusal> {
        let code = RegistrationCode::from_digits(123_456_789_012).unwrap();
        match command {
            Command::Save => registration.save(None, Map::new(), at()),
            Command::Submit => registration.validated(8, code, at()),
            Command::Acknowledge => registration.acknowledge(at()),
            Command::Refuse => registration.refuse(vec!["x".into()], at()),
            Command::Exceed => registration.exceed(exceeded(), at()),
            Command::Reopen => registration.reopen(at()),
            Command::Delete => registration.delete(&actor(Role::StudyLead), None, at()),
        }
    }

    /// CGM-07, CGM-08, CGM-09, CGM-11, CGM-12: of all states and commands, only the listed transitions are allowed.
    #[test]
    fn only_the_listed_transitions_exist() {
        use Command::*;
        use Status::*;
        let listed = [
            (Open, Save, Open),
            (Open, Submit, Sending),
            (Open, Delete, Deleted),
            (Sending, Acknowledge, Submitted),
            (Sending, Refuse, CorrectionsNeeded),
            (Submitted, Exceed, CorrectionsNeeded),
            (Submitted, Reopen, Open),
            (CorrectionsNeeded, Reopen, Open),
        ];
        for &from in Status::ALL {
            for &command in Command::ALL {
                let before = in_status(from);
                let result = apply(before.clone(), command);
                match listed.iter().find(|(f, c, _)| (*f, *c) == (from, command)) {
                    Some((_, _, to)) => {
                        let after = result.unwrap();
                        assert_eq!(after.state.status(), *to, "{from} {command}");
                        assert_eq!(after.version, before.version + 1, "{from} {command}");
                        if before.code.is_some() {
                            assert_eq!(after.code, before.code, "{from} {command}");
                        }
                    }
                    None => assert_eq!(result, Err(Refusal::Transition { from, attempted: command })),
                }
            }
        }
    }

    /// CNT-04, rules.md §13: a place is kept while a registration is reopened and edited, and freed when it is deleted.
    #[test]
    fn a_place_stays_until_validation_or_deletion() {
        let place = Some(Place { counter: Counter::A, year: None, position: 12 });
        let holder = Registration { place, ..in_status(Status::Submitted) };
        let open = holder.reopen(at()).unwrap().save(None, Map::new(), at()).unwrap();
        assert_eq!(open.place, place);
        let deleted = open.delete(&actor(Role::StudyLead), Some("enteredTwice".into()), at()).unwrap();
        assert_eq!(deleted.place, None);
    }

    /// CGM-06, CGM-09: the first validation sets the code; reopening and validating again keep it.
    #[test]
    fn the_code_stays_through_reopening_and_resubmission() {
        let first = apply(in_status(Status::Open), Command::Submit).unwrap();
        let code = first.code;
        assert!(code.is_some());
        let again = first.acknowledge(at()).unwrap().reopen(at()).unwrap();
        let other = RegistrationCode::from_digits(999_999_999_999).unwrap();
        let again = again.validated(99, other, at()).unwrap();
        assert_eq!(again.code, code);
        assert_eq!(again.state.validation().unwrap().number, 99);
    }

    fn reopened(corrections: Option<Corrections>) -> Registration {
        let mut registration = in_status(Status::Submitted);
        registration.state = State::Open { validation: Some(Validation { at: at(), number: 7 }), corrections };
        registration
    }

    /// CGM-10, CGM-11: who may delete what, and when a reason is required.
    #[test]
    fn a_validated_registration_is_deleted_only_for_cause() {
        let delete =
            |r: Registration, role, reason: Option<&str>| r.delete(&actor(role), reason.map(str::to_owned), at());
        assert!(delete(in_status(Status::Open), Role::StudyAssociate, None).is_ok());
        assert!(delete(reopened(Some(exceeded())), Role::StudyAssociate, None).is_ok());
        assert_eq!(delete(reopened(None), Role::StudyAssociate, Some("typed twice")), Err(Refusal::DeletionNotAllowed));
        assert_eq!(delete(reopened(None), Role::StudyLead, None), Err(Refusal::DeletionReasonMissing));
        assert!(delete(reopened(None), Role::StudyLead, Some("typed twice")).is_ok());
        let refused = Corrections::RefusedByHealthdata { reasons: vec![] };
        assert_eq!(delete(reopened(Some(refused)), Role::StudySupport, None), Err(Refusal::DeletionNotAllowed));
    }
}
