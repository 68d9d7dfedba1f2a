//! A connection as the owner of the database.

use std::time::Duration;

use diesel::{Connection, PgConnection};

use crate::{error::DbError, mode::Mode};

/// Why the schema is not as it must be.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// No connection.
    #[error("the database cannot be reached ({0}); is the address right, and does it accept connections?")]
    Unreachable(String),
    /// A migration failed.
    #[error("migration failed: {0}")]
    Failed(String),
    /// The schema is of another version than this program.
    #[error("the database is at schema version {found}, this program needs {needed}: run `insula migrate`")]
    OtherVersion {
        /// What the database has.
        found: String,
        /// What the program has.
        needed: String,
    },
    /// It was migrated before databases carried their mode.
    #[error("the database does not say yet which mode it is of: run `insula migrate`")]
    NoMode,
    /// It is the other mode's.
    #[error("this database is of {0} mode")]
    OtherMode(Mode),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<diesel::result::Error> for MigrateError {
    fn from(error: diesel::result::Error) -> MigrateError {
        MigrateError::Db(error.into())
    }
}

pub(crate) fn connect(url: &str, patience: Duration) -> Result<PgConnection, MigrateError> {
    let mut left = patience.as_millis() / 200;
    loop {
        match PgConnection::establish(url) {
            Ok(conn) => return Ok(conn),
            Err(_) if left > 0 => {
                left -= 1;
                std::thread::sleep(Duration::from_millis(200));
            }
            // libpq names host and user, never the password; that it was built without TLS is said here too.
            Err(error) => {
                let text = error.to_string();
                return Err(MigrateError::Unreachable(text.lines().next().unwrap_or_default().to_owned()));
            }
        }
    }
}
