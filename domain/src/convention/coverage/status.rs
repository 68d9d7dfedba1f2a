//! The states of an application (COV-01, COV-03, COV-12).

pub use crate::names::{ApplicationCommand, ApplicationStatus};
use crate::refusal::Refusal;

/// COV-01, COV-03, COV-12: the status after a command; a draft that is deleted has none, and stays a draft until it is
/// gone.
///
/// # Errors
/// The command is not possible in this status.
pub const fn after(from: ApplicationStatus, command: ApplicationCommand) -> Result<ApplicationStatus, Refusal> {
    use ApplicationCommand::{Answer, Ask, Close, Decide, Delete, Save, Submit, Withdraw};
    use ApplicationStatus::{Closed, Decided, Draft, InformationAsked, Submitted, Withdrawn};
    match (from, command) {
        (Draft, Save | Delete) => Ok(Draft),
        (Draft, Submit) | (InformationAsked, Answer) => Ok(Submitted),
        (Submitted | InformationAsked, Withdraw) => Ok(Withdrawn),
        (Submitted | InformationAsked, Ask) => Ok(InformationAsked),
        (Submitted | InformationAsked | Decided, Decide) => Ok(Decided),
        (Submitted | InformationAsked, Close) => Ok(Closed),
        _ => Err(Refusal::ApplicationTransition { from, attempted: command }),
    }
}

impl ApplicationStatus {
    /// COV-01: whether it waits for a decision.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, ApplicationStatus::Submitted | ApplicationStatus::InformationAsked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// COV-01, COV-03, COV-12: only the listed transitions exist; anything else is refused.
    #[test]
    fn only_the_listed_transitions_exist() {
        let table = "draft save draft, draft delete draft, draft submit submitted, \
            submitted withdraw withdrawn, submitted ask informationAsked, submitted decide decided, submitted close closed, \
            informationAsked withdraw withdrawn, informationAsked ask informationAsked, informationAsked answer submitted, \
            informationAsked decide decided, informationAsked close closed, decided decide decided";
        let mut found = Vec::new();
        for from in ApplicationStatus::ALL {
            for command in ApplicationCommand::ALL {
                match after(*from, *command) {
                    Ok(to) => found.push(format!("{from} {command} {to}")),
                    Err(refusal) => {
                        assert_eq!(refusal, Refusal::ApplicationTransition { from: *from, attempted: *command });
                    }
                }
            }
            assert_eq!(from.is_open(), after(*from, ApplicationCommand::Withdraw).is_ok());
        }
        assert_eq!(found.join(", "), table);
    }
}
