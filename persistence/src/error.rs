//! What can go wrong in a transaction.

use std::fmt::Display;

use diesel::result::{DatabaseErrorKind, Error};
use insula_domain::refusal::{Fault, Refusal, Rejection};

use crate::answer::Answer;

/// The database failed, or holds invalid data.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// No connection in time, or the database is unreachable: a later attempt may succeed.
    #[error("the database is busy or away")]
    Busy,
    /// A conflict with another transaction; running the closure again helps.
    #[error("a conflict with another transaction")]
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
    /// A ciphertext that the available keys cannot decrypt.
    #[error("a ciphertext does not open")]
    Sealed,
    /// Anything else. The text contains no row contents: PostgreSQL is set to terse messages, and details are dropped.
    #[error("database: {0}")]
    Other(String),
}

impl DbError {
    pub(crate) fn inconsistent(table: &'static str, column: &'static str, row: impl Display) -> DbError {
        DbError::Inconsistent { table, column, row: row.to_string() }
    }
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
                    // What PostgreSQL quotes, or writes after a colon, may be a value.
                    _ => DbError::Other(text.split(['"', ':', '\n']).next().unwrap_or_default().trim().to_owned()),
                }
            }
            Error::BrokenTransactionManager => DbError::Busy,
            other => DbError::Other(other.to_string()),
        }
    }
}

/// libpq and PostgreSQL report a lost connection, a timeout or a refused login only in words. `lc_messages` is C on
/// every connection, so the words are these.
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
    /// Refused by the domain.
    Rejected(Rejection),
    /// Not there, or not visible to this caller (SYS-02).
    NotFound,
    /// The caller's `If-Match` is not the current version.
    Stale,
    /// The same person exists here already (BEN-03).
    Exists(uuid::Uuid),
    /// A repeated request, with the answer it got before.
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
