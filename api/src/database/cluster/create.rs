//! A new cluster, its settings and its superuser's password.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, fchown};
use std::path::{Path, PathBuf};

use aws_lc_rs::rand;
use insula_persistence::scram;

use super::error::ClusterError;
use super::place::{Owner, PORT, Place};
use super::process::Runner;
use crate::system::say;

const INCLUDE: &str = "include 'insula.conf'";

/// What the private cluster should be like.
#[derive(Debug, Clone)]
pub struct ClusterOptions {
    /// Insula's data folder, as `./.data`; the cluster lies in its subfolder `pg-cluster`.
    pub data_dir: PathBuf,
    /// `false` lets a power cut lose data (`fsync=off`): for clusters that are thrown away, as those of tests.
    pub durable: bool,
    /// Postgres's `max_connections`.
    pub max_connections: u32,
}

/// The superuser's password.
pub(super) struct Password {
    pub text: String,
    /// Drawn just now. To be kept only once the cluster knows it: lost in between, it is simply drawn again.
    pub fresh: bool,
}

fn password_path(data_dir: &Path) -> PathBuf {
    data_dir.join("secrets").join("pg-superuser")
}

/// Reads the password that was kept, or draws one.
pub(super) fn password(data_dir: &Path) -> Result<Password, ClusterError> {
    let path = password_path(data_dir);
    match fs::read_to_string(&path) {
        Ok(text) if !text.trim().is_empty() => {
            return Ok(Password { text: text.trim().to_owned(), fresh: false });
        }
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(source) => return Err(ClusterError::io("read", &path, source)),
    }
    let mut random = [0_u8; 24];
    rand::fill(&mut random)
        .map_err(|_| ClusterError::io("draw a password for", &path, io::Error::other("no random numbers")))?;
    Ok(Password { text: hex::encode(random), fresh: true })
}

/// Keeps the password where only Insula's own user can read it.
pub(super) fn keep_password(data_dir: &Path, text: &str) -> Result<(), ClusterError> {
    let folder = data_dir.join("secrets");
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&folder)
        .map_err(|source| ClusterError::io("create the folder", &folder, source))?;
    put(&password_path(data_dir), &format!("{text}\n"), None)
}

/// A cluster outside the data folder whose password is gone: the data folder was removed, so a new start is meant, but
/// data is not deleted unasked.
pub(super) fn set_aside(place: &Place) -> Result<(), ClusterError> {
    let old = place.home.join("data.old");
    remove(&old)?;
    fs::rename(&place.data, &old).map_err(|source| ClusterError::io("set aside", &place.data, source))?;
    say(format_args!("A database of an earlier data folder was set aside as {}.", old.display()));
    Ok(())
}

/// Makes the cluster beside its place and moves it there when complete: an interrupted attempt leaves no half cluster.
pub(super) fn cluster(
    runner: &Runner,
    place: &Place,
    password: &str,
    conf: &str,
    durable: bool,
) -> Result<(), ClusterError> {
    say(format_args!("Creating a private PostgreSQL in {} …", place.home.display()));
    if place.outside {
        let uid = place.owner.uid;
        say(format_args!("(Not in the data folder: the user PostgreSQL runs as, uid {uid}, cannot enter it.)"));
    }
    let new = place.home.join("data.new");
    let secret = new.join("password");
    let attempt = |locale: &str| {
        remove(&new)?;
        place.owner.make_dir(&new)?;
        // The other user has to read the password from a file, and initdb wants its own folder empty.
        put(&secret, password, Some(&place.owner))?;
        let mut initdb = runner.command("initdb");
        initdb.args(["--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--data-checksums"]);
        initdb.args(["--locale-provider=libc", &format!("--locale={locale}"), "--no-instructions"]);
        initdb.arg("--pwfile").arg(&secret).arg("--pgdata").arg(new.join("made"));
        if !durable {
            initdb.arg("--no-sync");
        }
        Runner::run(initdb, "initdb", "")
    };
    // Both sort by code point; not every system has the first, which also knows the case of letters beyond ASCII.
    attempt("C.UTF-8").or_else(|_| attempt("C"))?;
    let made = new.join("made");
    write_settings(&made, conf, &place.owner)?;
    single(runner, &made, "CREATE DATABASE insula\n")?;
    fs::rename(&made, &place.data)
        .and_then(|()| File::open(&place.home)?.sync_all())
        .map_err(|source| ClusterError::io("move into place", &made, source))?;
    remove(&new)
}

/// Without a password no session is possible, so this too goes by the single-user mode.
pub(super) fn change_password(runner: &Runner, data: &Path, password: &str) -> Result<(), ClusterError> {
    let verifier = scram::verifier(password)
        .map_err(|_| ClusterError::io("hash a password for", data, io::Error::other("no random numbers")))?;
    single(runner, data, &format!("ALTER ROLE postgres PASSWORD '{verifier}'\n"))
}

/// SQL without a server: the programs fetched by npm come without a client.
fn single(runner: &Runner, data: &Path, sql: &str) -> Result<(), ClusterError> {
    let mut postgres = runner.command("postgres");
    postgres.args(["--single", "-c", "exit_on_error=on", "-D"]).arg(data).arg("postgres");
    Runner::run(postgres, "postgres --single", sql)
}

/// What a cluster that is thrown away does without: it holds hundreds of databases for a few minutes, each used for a second.
const THROW_AWAY: &str = "\
wal_level = minimal
max_wal_senders = 0
max_wal_size = 4GB
autovacuum = off
";

/// Everything Insula sets. What Postgres logs must not hold contents of rows (BEN-04), hence the `log_` lines.
pub(super) fn settings(options: &ClusterOptions, sockets: &Path, name: &str) -> String {
    let (safe, more) = if options.durable { ("on", "") } else { ("off", THROW_AWAY) };
    format!(
        "# Written by Insula at each start. Your own settings: in postgresql.conf, below the line that includes this.\n\
         listen_addresses = ''\n\
         port = {PORT}\n\
         unix_socket_directories = '{sockets}'\n\
         cluster_name = '{name}'\n\
         max_connections = {connections}\n\
         shared_buffers = 128MB\n\
         fsync = {safe}\n\
         synchronous_commit = {safe}\n\
         full_page_writes = {safe}\n\
         data_sync_retry = off\n\
         timezone = 'UTC'\n\
         log_timezone = 'UTC'\n\
         lc_messages = 'C'\n\
         log_destination = 'stderr'\n\
         logging_collector = off\n\
         log_error_verbosity = terse\n\
         log_parameter_max_length = 0\n\
         log_parameter_max_length_on_error = 0\n\
         log_statement = none\n\
         log_min_error_statement = panic\n{more}",
        sockets = sockets.display(),
        connections = options.max_connections,
    )
}

pub(super) fn write_settings(data: &Path, conf: &str, owner: &Owner) -> Result<(), ClusterError> {
    put(&data.join("insula.conf"), conf, Some(owner))?;
    let main = data.join("postgresql.conf");
    let text = fs::read_to_string(&main).map_err(|source| ClusterError::io("read", &main, source))?;
    if text.lines().any(|line| line.trim() == INCLUDE) {
        return Ok(());
    }
    put(&main, &format!("{text}\n{INCLUDE}\n"), Some(owner))
}

/// Writes beside and renames, so that a crash leaves the old or the new file and a planted link is not followed.
fn put(path: &Path, contents: &str, owner: Option<&Owner>) -> Result<(), ClusterError> {
    let beside = path.with_added_extension("new");
    let write = || {
        match fs::remove_file(&beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
        if let Some(owner) = owner.filter(|owner| owner.switch) {
            fchown(&file, Some(owner.uid), Some(owner.gid))?;
        }
        file.write_all(contents.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, path)
    };
    write().map_err(|source| ClusterError::io("write", path, source))
}

fn remove(dir: &Path) -> Result<(), ClusterError> {
    match fs::remove_dir_all(dir) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(ClusterError::io("remove", dir, source)),
        _ => Ok(()),
    }
}
