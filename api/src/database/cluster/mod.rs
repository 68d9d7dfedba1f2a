//! Insula's own Postgres, for when no `DATABASE_URL` is given.
//!
//! The server runs as a direct child, listens on a Unix socket only and lives exactly as long as the
//! [`PrivateCluster`] that started it. Where its files lie and which user runs it: `place`; which programs: `find`;
//! how a new one is made: `create`; the programs as processes: `process`; what an earlier Insula left running: `orphan`;
//! the child itself: `server`.

#![allow(
    clippy::disallowed_methods,
    reason = "waiting for a process and drawing its password are no decisions: no test needs to steer this clock or this dice"
)]

mod create;
mod error;
mod find;
mod orphan;
mod place;
mod process;
mod server;
#[cfg(test)]
mod tests;

use std::fmt::{self, Write as _};
use std::fs::File;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

pub use create::ClusterOptions;
pub use error::ClusterError;
pub use find::find_postgres;

use crate::system::say;
use error::READY_WITHIN;
use server::{Server, Shared};

/// A person who waits longer than this, in seconds, is told what for.
const QUIET_FOR: u32 = 2;
/// A server that exits so often before it was ever ready will not come up by trying again.
const FAILED_STARTS: u32 = 3;

/// A running Postgres that belongs to this process. Dropping it stops the server.
pub struct PrivateCluster {
    url: String,
    sockets: PathBuf,
    shared: Arc<Shared>,
    supervisor: Option<JoinHandle<()>>,
    /// Held as long as the server runs: a field, so that it is released after `drop` has stopped the server.
    _lock: File,
}

impl PrivateCluster {
    /// Creates the cluster when there is none, starts it and returns once it accepts connections.
    ///
    /// # Errors
    /// Every [`ClusterError`] says in one sentence what is missing and how to get it.
    pub fn start(options: &ClusterOptions) -> Result<Self, ClusterError> {
        let data_dir = place::prepare_data_dir(&options.data_dir)?;
        let lock = place::lock(&data_dir)?;
        let place = place::Place::choose(&data_dir)?;
        let existing = place.made_by()?.map(|major| (major, place.data.as_path()));
        let programs = find::programs(&data_dir, existing)?;
        let runner = process::Runner::new(&programs, &place, &data_dir)?;
        let password = create::password(&data_dir)?;
        let name = place::name_of(&data_dir, &password.text);
        let conf = create::settings(options, &place.sockets, &name);
        place.prepare_sockets()?;
        if place.data.exists() {
            orphan::clear(&runner, &place.data, &place.sockets, &name)?;
            if place.outside && password.fresh {
                create::set_aside(&place)?;
            }
        }
        if place.data.exists() {
            create::write_settings(&place.data, &conf, &place.owner)?;
            if password.fresh {
                create::change_password(&runner, &place.data, &password.text)?;
            }
        } else {
            create::cluster(&runner, &place, &password.text, &conf, options.durable)?;
        }
        if password.fresh {
            create::keep_password(&data_dir, &password.text)?;
        }

        let shared = Arc::new(Shared::default());
        let server = Server { runner, data: place.data, sockets: place.sockets.clone(), log: place.log.clone(), name };
        let seen = Arc::clone(&shared);
        // The thread that spawns the server must outlive it: the parent-death signal fires when that thread ends.
        let supervisor = thread::Builder::new()
            .name("private-postgres".to_owned())
            .spawn(move || server.supervise(&seen))
            .map_err(|source| ClusterError::io("start a thread for", &place.log, source))?;
        let cluster = Self {
            url: url(&password.text, &place.sockets),
            sockets: place.sockets,
            shared,
            supervisor: Some(supervisor),
            _lock: lock,
        };
        cluster.await_ready(&place.log)?;
        tracing::info!(pid = cluster.pid(), home = %place.home.display(), "private PostgreSQL is ready");
        Ok(cluster)
    }

    /// Connects as the superuser to the database `insula`. Holds a password: do not log it.
    #[must_use]
    pub fn superuser_url(&self) -> String {
        self.url.clone()
    }

    /// The same address for the cluster that another process keeps running in this data folder.
    ///
    /// # Errors
    /// The folder or the password in it cannot be read.
    pub fn running_url(data_dir: &Path) -> Result<String, ClusterError> {
        let data_dir = place::prepare_data_dir(data_dir)?;
        let place = place::Place::choose(&data_dir)?;
        Ok(url(&create::password(&data_dir)?.text, &place.sockets))
    }

    /// Process number of the server; after a crash that of its successor, once there is one.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.shared.look(|state| state.latest_pid)
    }

    /// Whether the server accepts connections; `false` between a crash and the end of the recovery.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.shared.look(|state| state.ready)
    }

    /// Ends the sessions, writes everything to disk, stops the server and waits until it is gone.
    pub fn stop(self) {
        drop(self);
    }

    fn await_ready(&self, log: &Path) -> Result<(), ClusterError> {
        for second in 1..=READY_WITHIN {
            let (ready, failed) = self.shared.wait(Duration::from_secs(1), |state| {
                (state.ready || state.failed_starts >= FAILED_STARTS)
                    .then_some((state.ready, state.failed_starts >= FAILED_STARTS))
            });
            if ready {
                return Ok(());
            }
            if failed {
                return Err(ClusterError::Exited { said: server::last_words(log), log: log.to_owned() });
            }
            if second % QUIET_FOR == 0 {
                say(format_args!("Waiting for PostgreSQL to be ready ({second} of at most {READY_WITHIN} s) …"));
            }
        }
        Err(ClusterError::NotReady { log: log.to_owned() })
    }
}

/// Without the address, which holds the password.
impl fmt::Debug for PrivateCluster {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("PrivateCluster").field("shared", &self.shared).finish_non_exhaustive()
    }
}

impl Drop for PrivateCluster {
    fn drop(&mut self) {
        if let Some(supervisor) = self.supervisor.take() {
            self.shared.stop();
            if supervisor.join().is_err() {
                tracing::error!("the thread that watched PostgreSQL had panicked");
            }
            // Goes only when it is empty and lies in /tmp; the one in the data folder is kept.
            if self.sockets.parent() == Some(Path::new("/tmp")) {
                let _absent_or_in_use = std::fs::remove_dir(&self.sockets);
            }
        }
    }
}

/// The address in the form libpq reads; the port is named because `PGPORT` would be believed otherwise.
fn url(password: &str, sockets: &Path) -> String {
    let mut host = String::new();
    for byte in sockets.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
            host.push(char::from(*byte));
        } else {
            let _infallible = write!(host, "%{byte:02X}");
        }
    }
    format!("postgres://postgres:{password}@/insula?host={host}&port={}", place::PORT)
}
