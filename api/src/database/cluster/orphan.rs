//! What an earlier server left behind: it may still run, or its pid file may bar the way of the next.
//!
//! Called only while this process holds the lock on the data folder: whoever still uses the cluster is an orphan.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use super::error::ClusterError;
use super::place::PORT;
use super::process::{Runner, signal};
use crate::system::say;

/// Frees the cluster in `data`, whose processes are titled `name`, and its folder of the socket.
pub(super) fn clear(runner: &Runner, data: &Path, sockets: &Path, name: &str) -> Result<(), ClusterError> {
    let pid_file = data.join("postmaster.pid");
    // Nobody else has a socket in this folder. Postgres believes this file as it does the other one, see below.
    let socket_lock = sockets.join(format!(".s.PGSQL.{PORT}.lock"));
    let Some((pid, recorded)) = read(&pid_file) else {
        end_sessions(name);
        return remove(&socket_lock);
    };
    let mut whose = holder(pid, data);
    if whose == Holder::Orphan {
        say(format_args!("Stopping a PostgreSQL (process {pid}) that an earlier Insula left behind …"));
        let stop = |mode: &str| {
            let mut pg_ctl = runner.command("pg_ctl");
            pg_ctl.args(["stop", "--mode", mode, "--timeout", "10", "--silent", "--pgdata"]).arg(data);
            Runner::run(pg_ctl, "pg_ctl", "")
        };
        let stopped = stop("fast").or_else(|_| stop("immediate"));
        whose = holder(pid, data);
        if stopped.is_err() && whose == Holder::Orphan {
            return Err(ClusterError::StillRunning { pid, data: data.to_owned() });
        }
    }
    end_sessions(name);
    // Postgres copes with a number no process has. One that has gone to a stranger, or belongs to a dead process nobody
    // waited for, it would take for a living rival. Sessions that still hold the memory it finds by itself.
    let barred = whose == Holder::Stranger || (whose == Holder::Postgres && recorded != data.as_os_str().as_bytes());
    if barred {
        remove(&pid_file)?;
    }
    remove(&socket_lock)
}

fn remove(stale: &Path) -> Result<(), ClusterError> {
    match fs::remove_file(stale) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(ClusterError::io("remove the stale", stale, source))
        }
        _ => Ok(()),
    }
}

/// Process number and data folder of the server that wrote the file.
fn read(pid_file: &Path) -> Option<(u32, Vec<u8>)> {
    let bytes = fs::read(pid_file).ok()?;
    let mut lines = bytes.split(|byte| *byte == b'\n');
    let pid = str::from_utf8(lines.next()?).ok()?.trim().parse().ok()?;
    Some((pid, lines.next().unwrap_or_default().to_vec()))
}

#[derive(Debug, PartialEq, Eq, Clone, Copy)]
enum Holder {
    /// A server on these very data.
    Orphan,
    /// A Postgres, but on other data as far as can be seen.
    Postgres,
    /// Another program, or dead and not waited for.
    Stranger,
    Nobody,
}

fn holder(pid: u32, data: &Path) -> Holder {
    let Some(arguments) = arguments(pid) else {
        return Holder::Nobody;
    };
    let program = arguments.first().and_then(|first| Path::new(OsStr::from_bytes(first)).file_name());
    if program.is_none_or(|program| !program.as_bytes().starts_with(b"postgres")) {
        return Holder::Stranger;
    }
    let named = arguments.iter().any(|argument| argument == data.as_os_str().as_bytes());
    // Where it works tells also after the folder was renamed, but not everybody may look.
    if named || fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd == data) {
        Holder::Orphan
    } else {
        Holder::Postgres
    }
}

/// Of a living process its command line, of a dead one that was not waited for an empty list.
fn arguments(pid: u32) -> Option<Vec<Vec<u8>>> {
    if Path::new("/proc/self").exists() {
        let line = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        return Some(line.split(|byte| *byte == 0).filter(|part| !part.is_empty()).map(<[u8]>::to_vec).collect());
    }
    let output = Command::new("ps").args(["-o", "command=", "-p", &pid.to_string()]).output().ok()?;
    let mut line = output.stdout;
    line.truncate(line.trim_ascii_end().len());
    if line.is_empty() {
        return None;
    }
    // Without the kernel's own separators: the server's whole line is "<program> -D <data>".
    let program = line.split(|byte| *byte == b' ').next().unwrap_or_default().to_vec();
    let data = line.windows(4).position(|four| four == b" -D ").and_then(|at| line.get(at + 4..)).unwrap_or_default();
    Some(vec![program, data.to_vec()])
}

/// Sessions outlive a server that was killed until they notice, and bar the next one as long. A busy one may take its
/// time over that: it is ended, as the server would have done.
fn end_sessions(name: &str) {
    let title = format!("postgres: {name}: ");
    for (kind, rounds) in [(None, 10), (Some("QUIT"), 30), (Some("KILL"), 30)] {
        let left = sessions(&title);
        if let Some(kind) = kind {
            for pid in left {
                signal(pid, kind);
            }
        }
        for _ in 0..rounds {
            if sessions(&title).is_empty() {
                return;
            }
            thread::sleep(Duration::from_millis(100));
        }
    }
}

fn sessions(title: &str) -> Vec<u32> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    numbers
        .filter(|pid| fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| line.starts_with(title.as_bytes())))
        .collect()
}
