//! Why there is no private cluster.

use std::io;
use std::path::{Path, PathBuf};

/// The server is given up when it has not become ready after so many seconds.
pub(super) const READY_WITHIN: u32 = 60;

/// Why the private cluster could not be started; each sentence says what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// No programs at all, or of versions Insula does not know only.
    #[error(
        "No PostgreSQL programs (15 to 18) found{others}: run `make setup`, install Debian's package `postgresql`, or set PGBIN"
    )]
    NoPrograms {
        /// Empty, or the versions that were found but do not do.
        others: String,
    },
    /// `PGBIN` is set to a folder that does not do; nothing else is tried then, as it was said so expressly.
    #[error(
        "PGBIN is {path}, which lacks initdb, pg_ctl or postgres of version 15 to 18: point it to the folder that holds them, or unset it"
    )]
    BadPgbin {
        /// The value of `PGBIN`.
        path: PathBuf,
    },
    /// A cluster can be opened only by the major version that made it.
    #[error(
        "The data in {data} was made by PostgreSQL {made_by}, of which no programs were found: install that version or set PGBIN to it, or move the folder away to begin anew"
    )]
    WrongMajor {
        /// Folder of the cluster.
        data: PathBuf,
        /// Major version that made it.
        made_by: u32,
    },
    /// The lock on the data folder is taken.
    #[error(
        "Another Insula{by} already uses {data_dir}: stop that one first, or give this one a data folder of its own"
    )]
    InUse {
        /// Insula's data folder.
        data_dir: PathBuf,
        /// Empty, or the process that holds the lock.
        by: String,
    },
    /// The cluster belongs to somebody else, and only root could act as them.
    #[error(
        "The database in {data} belongs to another user (uid {uid}): start Insula as that user or as root, or choose another data folder"
    )]
    Foreign {
        /// Folder of the cluster.
        data: PathBuf,
        /// Whose it is.
        uid: u32,
    },
    /// Started as root, and there is no user to run the server as.
    #[error(
        "PostgreSQL refuses to run as root and /etc/passwd names neither `postgres` nor `nobody`: add a user `postgres`, or start Insula as an ordinary user"
    )]
    NoUser,
    /// The user Postgres runs as cannot get at a folder.
    #[error(
        "The user PostgreSQL runs as (uid {uid}) cannot use {path}: let others pass through its parent folders (`chmod o+x`), or move it to a folder they can enter"
    )]
    Unreachable {
        /// What cannot be reached.
        path: PathBuf,
        /// Who cannot.
        uid: u32,
    },
    /// A folder at a name anyone could guess was there before and is not to be trusted.
    #[error(
        "{path} exists but is not a private folder of uid {uid}: remove it (somebody else may have put it there) and start again"
    )]
    NotPrivate {
        /// The folder.
        path: PathBuf,
        /// Whose it should be.
        uid: u32,
    },
    /// One of Postgres's programs failed.
    #[error(
        "PostgreSQL's program {program} failed, saying \u{201c}{said}\u{201d}: put that right and start Insula again"
    )]
    Program {
        /// Name of the program.
        program: String,
        /// Last line it wrote.
        said: String,
    },
    /// The server exited again and again before it was ready.
    #[error(
        "PostgreSQL does not start, saying \u{201c}{said}\u{201d}: put that right (all it wrote is in {log}) and start Insula again"
    )]
    Exited {
        /// Last complaint in its log.
        said: String,
        /// The log.
        log: PathBuf,
    },
    /// The server runs but is not ready.
    #[error(
        "PostgreSQL was not ready after {READY_WITHIN} s: see what it is busy with in {log}, then start Insula again"
    )]
    NotReady {
        /// The log.
        log: PathBuf,
    },
    /// What an earlier Insula left behind cannot be stopped.
    #[error(
        "A PostgreSQL left behind by an earlier Insula (process {pid}) still uses {data} and does not stop: end it with `kill -QUIT {pid}` and start Insula again"
    )]
    StillRunning {
        /// Process number of the server.
        pid: u32,
        /// Folder of the cluster.
        data: PathBuf,
    },
    /// The file system or the kernel refused.
    #[error("Insula could not {doing} {path} ({source}): see that this user may do so and that the disk is not full")]
    Io {
        /// What was tried, as a verb.
        doing: &'static str,
        /// With what.
        path: PathBuf,
        /// The reason given.
        source: io::Error,
    },
}

impl ClusterError {
    pub(super) fn io(doing: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io { doing, path: path.to_owned(), source }
    }
}
