//! Postgres's programs as processes of the user they belong to.

use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use super::error::ClusterError;
use super::find::{Programs, parse_version};
use super::place::{Owner, Place};

/// All the server's environment: neither `PG…` variables nor Insula's own settings are its business.
const ENVIRONMENT: [&str; 5] = ["PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LOCPATH", "LOCALE_ARCHIVE"];

/// Runs Postgres's programs as the user they belong to.
#[derive(Debug)]
pub(super) struct Runner {
    bin: PathBuf,
    owner: Owner,
    setpriv: bool,
    cwd: PathBuf,
}

impl Runner {
    pub(super) fn new(programs: &Programs, place: &Place, data_dir: &Path) -> Result<Self, ClusterError> {
        let mut runner = Self { bin: programs.bin.clone(), owner: place.owner, setpriv: true, cwd: place.home.clone() };
        // Busybox has a lesser `setpriv`, containers forbid parts of it: what counts is whether it works here.
        let probe = runner.build("/bin/sh").args(["-c", ":"]).stderr(Stdio::null()).status();
        runner.setpriv = probe.is_ok_and(|status| status.success());
        if runner.works() {
            return Ok(runner);
        }
        if runner.bin.starts_with(data_dir) {
            runner.copy_programs(&programs.version)?;
        }
        if runner.works() {
            Ok(runner)
        } else {
            Err(ClusterError::Unreachable { path: runner.bin, uid: runner.owner.uid })
        }
    }

    fn works(&self) -> bool {
        let version = self.command("postgres").arg("--version").stderr(Stdio::null()).output();
        version.is_ok_and(|output| parse_version(&String::from_utf8_lossy(&output.stdout)).is_some())
    }

    /// Programs fetched into a folder closed to the other user are copied to where the cluster lies.
    fn copy_programs(&mut self, version: &str) -> Result<(), ClusterError> {
        let Some(tree) = self.bin.parent() else {
            return Ok(());
        };
        let copy = self.cwd.join(format!("programs-{version}"));
        if !copy.exists() {
            let new = self.cwd.join("programs.new");
            let user = format!("{}:{}", self.owner.uid, self.owner.gid);
            let run = |program: &str, args: &[&std::ffi::OsStr]| {
                let status = Command::new(program).args(args).status();
                status.and_then(
                    |status| {
                        if status.success() { Ok(()) } else { Err(io::Error::other(program.to_owned())) }
                    },
                )
            };
            run("rm", &["-rf".as_ref(), new.as_os_str()])
                .and_then(|()| run("cp", &["-Rp".as_ref(), tree.as_os_str(), new.as_os_str()]))
                .and_then(|()| run("chown", &["-R".as_ref(), user.as_ref(), new.as_os_str()]))
                .and_then(|()| fs::rename(&new, &copy))
                .map_err(|source| ClusterError::io("copy the programs to", &copy, source))?;
        }
        self.bin = copy.join("bin");
        Ok(())
    }

    pub(super) fn command(&self, program: &str) -> Command {
        self.build(self.bin.join(program))
    }

    fn build(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let Owner { uid, gid, switch } = self.owner;
        let mut command;
        if self.setpriv {
            // The kernel then ends the child, by a fast shutdown, when Insula is killed without a chance to do it.
            command = Command::new("setpriv");
            command.args(["--pdeathsig", "INT"]);
            if switch {
                command.args([format!("--reuid={uid}"), format!("--regid={gid}"), "--clear-groups".to_owned()]);
            }
            command.arg("--").arg(program);
        } else {
            command = Command::new(program);
            if switch {
                command.uid(uid).gid(gid); // as root this clears the supplementary groups as well
            }
        }
        command.env_clear().envs(ENVIRONMENT.iter().filter_map(|name| Some((name, env::var_os(name)?))));
        command.env("LC_ALL", "C").env("TZ", "UTC").current_dir(&self.cwd).stdin(Stdio::null());
        command
    }

    /// Runs to the end, feeding `input`.
    pub(super) fn run(mut command: Command, name: &str, input: &str) -> Result<(), ClusterError> {
        let failed = |said: String| ClusterError::Program { program: name.to_owned(), said };
        let output = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().and_then(
            |mut child| {
                if let Some(mut stdin) = child.stdin.take() {
                    // A program that ended early says why itself: a broken pipe is not the news.
                    let _broken_pipe = stdin.write_all(input.as_bytes());
                }
                child.wait_with_output()
            },
        );
        let output = output.map_err(|error| failed(error.to_string()))?;
        if output.status.success() { Ok(()) } else { Err(failed(last_line(&output.stderr))) }
    }
}

/// By the shell, as the standard library can only kill.
pub(super) fn signal(pid: u32, name: &str) {
    let kill = format!("kill -{name} {pid}");
    let _already_gone = Command::new("/bin/sh").args(["-c", &kill]).stderr(Stdio::null()).status();
}

/// What it complained of last.
pub(super) fn last_line(output: &[u8]) -> String {
    let text = String::from_utf8_lossy(output);
    text.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or("nothing").to_owned()
}
