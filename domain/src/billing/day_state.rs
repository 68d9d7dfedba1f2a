//! What becomes of a recorded pump day (BIL-01, BIL-05, BIL-07, BIL-11).

pub use crate::names::{DayCommand, DayState};
use crate::refusal::Refusal;

/// BIL-05, BIL-07, BIL-11: the state after a command.
///
/// A refused day was never paid, so nothing is credited: it is recorded anew once corrected. An answer does not make a
/// day due again that is no longer: an undue day stays undue when its line is accepted, and a refusal leaves nothing to
/// credit. An undue day that was on no line yet stays so, with nothing to credit (C-14). The credit of a line credits
/// its days whatever was answered.
///
/// # Errors
/// The command is not possible in this state.
pub const fn after(from: DayState, command: DayCommand) -> Result<DayState, Refusal> {
    use DayCommand::{Accept, Claim, Contest, Credit, FindUndue, Refuse, Withdraw};
    use DayState::{Accepted, Claimed, Contested, Credited, Recorded, Refused, Undue, Withdrawn};
    match (from, command) {
        (Recorded, Withdraw) => Ok(Withdrawn),
        (Recorded, Claim) => Ok(Claimed),
        (Claimed | Contested, Accept) => Ok(Accepted),
        // The hospital's contest of a day that is not due is dropped with it.
        (Claimed | Contested | Undue, Refuse) | (Contested, FindUndue) => Ok(Refused),
        (Claimed | Refused, Contest) => Ok(Contested),
        (Recorded | Claimed | Accepted, FindUndue) | (Undue, Accept) => Ok(Undue),
        (Claimed | Accepted | Undue, Credit) | (Credited, Accept | Refuse) => Ok(Credited),
        _ => Err(Refusal::DayTransition { from, attempted: command }),
    }
}

impl DayState {
    /// BIL-01, BIL-07, BIL-09: whether the day takes the person's one unit of that day. A day that does not is free at
    /// once for the establishment that is entitled to it.
    #[must_use]
    pub const fn is_due(self) -> bool {
        matches!(self, DayState::Recorded | DayState::Claimed | DayState::Accepted | DayState::Contested)
    }

    /// BIL-05, BIL-09: whether its own establishment cannot record the day once more: while it is due, and while it is
    /// undue on a line that is not credited yet, so that no day is on two lines that stand.
    #[must_use]
    pub const fn bars_its_establishment(self, on_line: bool) -> bool {
        self.is_due() || matches!(self, DayState::Undue) && on_line
    }

    /// BIL-07: the state of an undue day that is due again, because what made it undue was entered in error and its
    /// line still stands: the one it would have had. `line_accepted` is `None` when it is on no line.
    #[must_use]
    pub const fn due_again(line_accepted: Option<bool>) -> DayState {
        match line_accepted {
            None => DayState::Recorded,
            Some(false) => DayState::Claimed,
            Some(true) => DayState::Accepted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// BIL-05, BIL-07, BIL-11: only the listed transitions exist; anything else is refused and changes nothing.
    #[test]
    fn only_the_listed_transitions_exist() {
        let table = "recorded withdraw withdrawn, recorded claim claimed, recorded findUndue undue, \
            claimed accept accepted, claimed refuse refused, claimed contest contested, claimed findUndue undue, \
            claimed credit credited, \
            accepted findUndue undue, accepted credit credited, \
            refused contest contested, \
            contested accept accepted, contested refuse refused, contested findUndue refused, \
            undue accept undue, undue refuse refused, undue credit credited, \
            credited accept credited, credited refuse credited";
        let mut found = Vec::new();
        for from in DayState::ALL {
            for command in DayCommand::ALL {
                match after(*from, *command) {
                    Ok(to) => found.push(format!("{from} {command} {to}")),
                    Err(refusal) => assert_eq!(refusal, Refusal::DayTransition { from: *from, attempted: *command }),
                }
            }
        }
        assert_eq!(found.join(", "), table);
    }

    /// BIL-01, BIL-07, R3: a day that is refused, undue, credited or withdrawn is free, also for another establishment.
    #[test]
    fn a_day_that_is_not_due_is_free() {
        let due: Vec<_> = DayState::ALL.iter().filter(|state| state.is_due()).map(|state| state.name()).collect();
        assert_eq!(due, ["recorded", "claimed", "accepted", "contested"]);
    }

    /// BIL-05, BIL-09: its establishment waits with an undue day for the credit of its line; others do not.
    #[test]
    fn an_undue_day_waits_for_its_credit_here() {
        let bars = |on_line| DayState::ALL.iter().filter(move |state| state.bars_its_establishment(on_line)).count();
        assert_eq!((bars(false), bars(true)), (4, 5));
        assert!(DayState::Undue.bars_its_establishment(true) && !DayState::Undue.is_due());
    }

    /// BIL-01: a free day becomes due again only by a contest; else it is recorded anew.
    #[test]
    fn only_a_contest_takes_a_free_day_back() {
        for from in DayState::ALL.iter().filter(|state| !state.is_due()) {
            for command in DayCommand::ALL {
                let due_again = after(*from, *command).is_ok_and(DayState::is_due);
                assert_eq!(due_again, (*from, *command) == (DayState::Refused, DayCommand::Contest));
            }
        }
    }
}
