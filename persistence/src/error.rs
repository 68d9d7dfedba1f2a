//! What can go wrong on the way to the database and back.

use diesel::result::{DatabaseErrorKind, Error};
use insula_domain::refusal::{Fault, Refusal, Rejection};

use crate::answer::Answer;

/// The database failed us, or holds what it must not hold.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// No connection within half a second, or the database is not there: to be tried again later.
    #[error("the database is busy or away")]
    Busy,
    /// Another transaction was in the way; running the closure again helps.
    #[error("another transaction was in the way")]
    Retry,
    /// A named constraint refused the change.
    #[error("constraint {0}")]
    Constraint(String),
    /// A row that the domain cannot read.
    #[error("{table} {row}: {column} is inconsistent")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// Which row; never an identity.
        row: String,
    },
    /// A ciphertext that the keys at hand do not open.
    #[error("a ciphertext does not open")]
    Sealed,
    /// Anything else. The text holds no row contents: PostgreSQL is told to be terse, and details are left out.
    #[error("database: {0}")]
    Other(String),
}

impl From<Error> for DbError {
    fn from(error: Error) -> Self {
        match error {
            Error::DatabaseError(kind, about) => {
                if let Some(name) = about.constraint_name() {
                    return DbError::Constraint(name.to_owned());
                }
                let text = about.message();
                match kind {
                    DatabaseErrorKind::SerializationFailure => DbError::Retry,
                    DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => DbError::Busy,
                    _ if text == "deadlock detected" => DbError::Retry,
                    _ if gone(text) => DbError::Busy,
                    // What PostgreSQL quotes, or says after a colon, can be a value.
                    _ => DbError::Other(text.split(['"', ':', '\n']).next().unwrap_or_default().trim().to_owned()),
                }
            }
            Error::BrokenTransactionManager => DbError::Busy,
            other => DbError::Other(other.to_string()),
        }
    }
}

/// libpq and PostgreSQL say only in words that the connection is gone or cut, that a statement ran out of time, or that
/// nobody is let in now. `lc_messages` is C on every connection, so the words are these.
fn gone(text: &str) -> bool {
    [
        "server closed the connection",
        "terminating connection",
        "no connection to the server",
        "connection not open",
        "the database system is",
        "could not receive data from server",
        "could not send data to server",
        "canceling statement due to",
    ]
    .iter()
    .any(|words| text.contains(words))
}

/// Why a transaction did not happen.
#[derive(Debug)]
pub enum Stop {
    /// The domain says no.
    Rejected(Rejection),
    /// There is nothing of that name for this caller (SYS-02).
    NotFound,
    /// The caller's `If-Match` names another version than the present one.
    Stale,
    /// The same person exists here already (BEN-03).
    Exists(uuid::Uuid),
    /// The request was answered before; this is that answer.
    Answered(Answer),
    /// The idempotency key was used for another request.
    KeyReused,
    /// The database.
    Db(DbError),
}

impl From<DbError> for Stop {
    fn from(error: DbError) -> Self {
        Stop::Db(error)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Stop::Db(error.into())
    }
}

impl From<Rejection> for Stop {
    fn from(rejection: Rejection) -> Self {
        Stop::Rejected(rejection)
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Stop::Rejected(refusal.into())
    }
}

impl From<Vec<Fault>> for Stop {
    fn from(faults: Vec<Fault>) -> Self {
        Stop::Rejected(Rejection::Faulty(faults))
    }
}
