//! What becomes of an invoice file (BIL-05).

pub use crate::names::{FileCommand, FileState};
use crate::refusal::Refusal;

/// BIL-05: whether the command is possible: a file is put into the hospital's own before it is handed over, handed
/// over once, and answered while lines of it wait for an answer.
///
/// # Errors
/// The command is not possible in this state.
pub const fn allows(state: FileState, command: FileCommand) -> Result<(), Refusal> {
    match (state, command) {
        (FileState::Made, FileCommand::Merge | FileCommand::HandOver)
        | (FileState::HandedOver | FileState::Received, FileCommand::Answer) => Ok(()),
        _ => Err(Refusal::FileTransition { from: state, attempted: command }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// BIL-05: a file is handed over once, then answered until every line has its answer.
    #[test]
    fn a_file_is_handed_over_once_and_answered_once() {
        let allowed = |command| FileState::ALL.iter().copied().filter(move |state| allows(*state, command).is_ok());
        assert_eq!(allowed(FileCommand::Merge).collect::<Vec<_>>(), [FileState::Made]);
        assert_eq!(allowed(FileCommand::HandOver).collect::<Vec<_>>(), [FileState::Made]);
        assert_eq!(allowed(FileCommand::Answer).collect::<Vec<_>>(), [FileState::HandedOver, FileState::Received]);
        assert_eq!(
            allows(FileState::Settled, FileCommand::Answer),
            Err(Refusal::FileTransition { from: FileState::Settled, attempted: FileCommand::Answer })
        );
    }
}
