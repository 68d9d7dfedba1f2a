//! The server that is watched.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::orphan;
use super::place::PORT;
use super::process::{Runner, last_line, signal};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
const LOG_MAX: u64 = 10 << 20;

/// What the supervisor and everybody else tell each other.
#[derive(Debug, Default)]
pub(super) struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
pub(super) struct State {
    /// The child, until it has been waited for: only then may its number be signalled.
    pid: Option<u32>,
    pub latest_pid: u32,
    pub ready: bool,
    /// Exits since it was last ready.
    pub failed_starts: u32,
    stopping: bool,
    ended: bool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn look<T>(&self, read: impl Fn(&State) -> T) -> T {
        read(&self.state())
    }

    fn change(&self, write: impl FnOnce(&mut State)) {
        write(&mut self.state());
        self.changed.notify_all();
    }

    /// Waits until `found` gives something, at most for `time`; then its default.
    pub(super) fn wait<T: Default>(&self, time: Duration, found: impl Fn(&State) -> Option<T>) -> T {
        let waited = self.changed.wait_timeout_while(self.state(), time, |state| found(state).is_none());
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        found(&state).unwrap_or_default()
    }

    /// Fast shutdown; a server that is busy longer than it may be is cut off, which its next start repairs.
    pub(super) fn stop(&self) {
        self.change(|state| state.stopping = true);
        for (name, seconds) in [("INT", 30), ("QUIT", 5), ("KILL", 5)] {
            if let Some(pid) = self.look(|state| state.pid) {
                signal(pid, name);
            }
            if self.wait(Duration::from_secs(seconds), |state| state.ended.then_some(true)) {
                return;
            }
        }
    }
}

/// The server and how to run it.
#[derive(Debug)]
pub(super) struct Server {
    pub runner: Runner,
    pub data: PathBuf,
    pub sockets: PathBuf,
    pub log: PathBuf,
    pub name: String,
}

impl Server {
    /// Keeps a server running until told to stop. Being its parent and waiting for it matters: the number of a dead
    /// child nobody waited for stays taken, and the next server would take it for a living rival.
    pub(super) fn supervise(&self, shared: &Shared) {
        let mut pause = FIRST_PAUSE;
        while !shared.look(|state| state.stopping) {
            let ended = self.spawn().and_then(|mut child| {
                let pid = child.id();
                shared.change(|state| (state.pid, state.latest_pid) = (Some(pid), pid));
                if shared.look(|state| state.stopping) {
                    signal(pid, "INT"); // stop() may have looked before there was a number to signal
                }
                self.await_ready(&mut child, shared);
                child.wait()
            });
            if shared.look(|state| state.ready) {
                pause = FIRST_PAUSE; // it can start: whoever waits for it should not wait longer each time
            }
            shared.change(|state| {
                state.failed_starts = if state.ready { 0 } else { state.failed_starts + 1 };
                (state.pid, state.ready) = (None, false);
            });
            if shared.look(|state| state.stopping) {
                break;
            }
            match ended {
                Ok(status) => {
                    tracing::error!(%status, log = %self.log.display(), "PostgreSQL ended, starting it again");
                }
                Err(error) => tracing::error!(%error, "PostgreSQL could not be run, trying again"),
            }
            shared.wait(pause, |state| state.stopping.then_some(()));
            pause = LONGEST_PAUSE.min(pause * 2);
            if let Err(error) = orphan::clear(&self.runner, &self.data, &self.sockets, &self.name) {
                tracing::error!(%error, "what the last PostgreSQL left behind is in the way");
            }
        }
        shared.change(|state| state.ended = true);
    }

    fn spawn(&self) -> io::Result<Child> {
        if fs::metadata(&self.log).is_ok_and(|meta| meta.len() > LOG_MAX) {
            fs::rename(&self.log, self.log.with_added_extension("old"))?;
        }
        let log = OpenOptions::new().append(true).create(true).mode(0o600).open(&self.log)?;
        let mut postgres = self.runner.command("postgres");
        postgres.arg("-D").arg(&self.data).stdout(log.try_clone()?).stderr(log);
        // A group of its own: Ctrl-C must reach Insula only, which first finishes what it has accepted.
        postgres.process_group(0).spawn()
    }

    fn await_ready(&self, child: &mut Child, shared: &Shared) {
        while matches!(child.try_wait(), Ok(None)) {
            if is_ready(&self.data, child.id()) && accepts(&self.sockets).unwrap_or(false) {
                shared.change(|state| (state.ready, state.failed_starts) = (true, 0));
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
    }
}

/// As `pg_ctl` does it: the server writes its state into its pid file.
fn is_ready(data: &Path, pid: u32) -> bool {
    let text = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
    let mut lines = text.lines().map(str::trim);
    lines.next().and_then(|line| line.parse().ok()) == Some(pid) && lines.nth(6) == Some("ready")
}

/// Begins a session as `pg_isready` does; a request for the password means that one would be let in. The pid file alone
/// could be a stale one, when numbers of processes repeat as they do in containers.
pub(super) fn accepts(sockets: &Path) -> io::Result<bool> {
    let mut stream = UnixStream::connect(sockets.join(format!(".s.PGSQL.{PORT}")))?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    let message = *b"\0\0\0\x27\0\x03\0\0user\0postgres\0database\0insula\0\0";
    stream.write_all(&message)?;
    // The whole answer is read, as the server would complain in its log of a reset connection otherwise.
    let mut head = [0; 5];
    stream.read_exact(&mut head)?;
    let [kind, length @ ..] = head;
    let rest = u64::from(u32::from_be_bytes(length)).saturating_sub(4);
    io::copy(&mut stream.take(rest), &mut io::sink())?;
    Ok(kind == b'R')
}

/// The last complaint in the log, else its last line.
pub(super) fn last_words(log: &Path) -> String {
    let mut tail = Vec::new();
    let _as_far_as_readable = File::open(log).and_then(|mut file| {
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(4096)))?;
        file.read_to_end(&mut tail)
    });
    let text = String::from_utf8_lossy(&tail);
    let complaint = text.lines().rev().find(|line| line.contains("FATAL") || line.contains("PANIC"));
    complaint.map_or_else(|| last_line(&tail), str::to_owned)
}
