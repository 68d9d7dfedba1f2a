//! What an event says was done.

use insula_domain::registry::registration::Command;
use serde::Serialize;

/// One verb for what was done to the subject of an event: that of the operation's name where a caller asked for it
/// (`putSites` → `put`), that of the command where a registration changed (`replaceRegistration` → `save`), else what
/// Insula did by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Action {
    /// A question about an application was answered (COV-12).
    Answer,
    /// A question about an application was asked (COV-12).
    Ask,
    /// A document was attached to an application (COV-01).
    Attach,
    /// A draft or a registration was checked.
    Check,
    /// The refusal of a line was contested (BIL-11).
    Contest,
    /// Something was created.
    Create,
    /// An import was cancelled.
    Cancel,
    /// An application for coverage was decided about (COV-03).
    Decide,
    /// Something was deleted.
    Delete,
    /// A convention was denounced (CON-06).
    Denounce,
    /// Something was read.
    Get,
    /// An invoice file was handed over to the insurers (BIL-05).
    HandOver,
    /// A list was read, also a filtered one (`queryRegistrations`), or a part of a feed.
    List,
    /// A condition of a granted period was noted as met (COV-11).
    Meet,
    /// The invoices of a file were put into the hospital's own file (BIL-05).
    Merge,
    /// A night was tried without running it.
    Preview,
    /// Something was stated as a whole, for the first time or anew.
    Put,
    /// A search by what the body of a request names.
    Query,
    /// Days of programme were recorded (BIL-01).
    Record,
    /// Something was replaced as a whole.
    Replace,
    /// An application for coverage was submitted (COV-01).
    Submit,
    /// A stored answer was given again under its Idempotency-Key (SYS-03).
    Repeat,
    /// A delivery was asked for once more.
    Resend,
    /// A secret was exchanged.
    Rotate,
    /// An e-mail was sent, or was asked for once more; a report was sent (REG-06).
    Send,
    /// A test delivery was asked for.
    Test,
    /// A code was verified for an invoice (TRA-02).
    Verify,
    /// Something was withdrawn as entered in error.
    Withdraw,

    /// A threshold was announced to a hospital (NOT-01).
    Announce,
    /// A webhook subscription was switched off after too many failures.
    Deactivate,
    /// An import or a granted period ended.
    End,
    /// The clock of development was moved.
    MoveClock,
    /// A night ran (CNT-02).
    Night,
    /// An e-mail was given up.
    Park,
    /// A registration took a place of a counter (CNT-04).
    TakePlace,

    /// A command changed the state of a registration (CGM-12).
    #[serde(untagged)]
    Command(Command),
}

impl From<Command> for Action {
    fn from(command: Command) -> Action {
        Action::Command(command)
    }
}
