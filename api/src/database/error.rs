//! Why a database cannot be used.

use insula_persistence::{DbError, Mode, keys::KeyError, migrate::MigrateError};

use super::cluster::ClusterError;

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The private cluster.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// It is not for this mode.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The schema.
    #[error(transparent)]
    Schema(MigrateError),
    /// A mark cannot be read or written.
    #[error("the mark of a folder: {0}")]
    Mark(#[from] std::io::Error),
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// A setting that production needs.
    #[error("production mode needs {0}")]
    Missing(&'static str),
    /// The database does not promise that what it acknowledged is durable.
    #[error("{0} is off in the database: what it acknowledged could be lost; turn it on")]
    NotDurable(String),
    /// It was dumped and reloaded, which loses the order of feed and trail.
    #[error(
        "the trail knows transactions that this PostgreSQL has not come to: it was dumped and reloaded. Restore a physical backup"
    )]
    Reloaded,
    /// Its clock was moved for a rehearsal.
    #[error(
        "the clock of this database was moved for a rehearsal. `insula clock show` says how far and what was recorded since; the \
         way back is in docs/operations.md"
    )]
    Rehearsed,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Why a process may not use what it was given.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// No mode, where none goes without saying.
    #[error(
        "with DATABASE_URL or --keys (INSULA_KEYS) there is no default mode: set INSULA_MODE=production or \
         INSULA_MODE=development (--mode)"
    )]
    ModeUnknown,
    /// Development, on a database of production.
    #[error(
        "this database is of production: development does not touch it. Set INSULA_MODE=production, or give another database"
    )]
    DatabaseOfProduction,
    /// Development, on a database with tables of somebody else.
    #[error(
        "this database holds tables of somebody else: development works on an empty one, or on one that it made itself"
    )]
    DatabaseOfOthers,
    /// Development, on a server with the roles of another Insula.
    #[error(
        "on this PostgreSQL server `{0}` has a password that these keys do not give: another Insula works there, and development \
         does not take its roles away. Give another server, or the keys of that Insula"
    )]
    RolesOfOthers(&'static str),
    /// Production, on a database of development.
    #[error(
        "this database was made by development, with invented hospitals and keys that nobody guards: production needs a \
         database of its own"
    )]
    DatabaseOfDevelopment,
    /// Development, with keys of production.
    #[error(
        "the keys in {0} are of production: development does not touch them. Set INSULA_MODE=production, or give another folder"
    )]
    KeysOfProduction(String),
    /// Production, with keys of development.
    #[error("the keys in {0} were made by development: production needs keys of its own (`insula keys`)")]
    KeysOfDevelopment(String),
    /// Development, in the data folder of production.
    #[error("{0} is the data folder of a production service: development needs another one (--data, INSULA_DATA)")]
    FolderOfProduction(String),
}

/// The same refusal from the migration, which looks again when it has the database for itself.
impl From<Mode> for Refused {
    fn from(of: Mode) -> Refused {
        match of {
            Mode::Production => Refused::DatabaseOfProduction,
            Mode::Development => Refused::DatabaseOfDevelopment,
        }
    }
}

impl From<MigrateError> for OpenError {
    fn from(error: MigrateError) -> OpenError {
        match error {
            MigrateError::OtherMode(of) => OpenError::Refused(of.into()),
            other => OpenError::Schema(other),
        }
    }
}
