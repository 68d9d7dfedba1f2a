//! Real servers in temporary folders: these tests need Postgres's programs, as the service does.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use super::*;

/// How long what must come about may take: only a bound against hanging.
const PATIENCE: Duration = Duration::from_secs(300);

/// A data folder that goes away with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        Self::named("insula-cluster")
    }

    fn named(name: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("{name}-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(std::fs::canonicalize(path).unwrap())
    }

    fn options(&self) -> ClusterOptions {
        ClusterOptions { data_dir: self.0.clone(), durable: false, max_connections: 20 }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _best_effort = std::fs::remove_dir_all(&self.0);
    }
}

fn alive(pid: u32) -> bool {
    Path::new("/proc").join(pid.to_string()).exists()
}

fn eventually(what: &str, done: impl Fn() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < PATIENCE, "{what} did not come true");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn starts_refuses_a_second_and_stops() {
    let folder = Folder::new();
    let cluster = PrivateCluster::start(&folder.options()).unwrap();
    let pid = cluster.pid();
    assert!(server::accepts(&cluster.sockets).unwrap());
    assert!(alive(pid) && cluster.is_ready());

    let refused = PrivateCluster::start(&folder.options()).unwrap_err().to_string();
    assert!(refused.starts_with(&format!("Another Insula (process {}) already uses", std::process::id())), "{refused}");
    assert_eq!(cluster.pid(), pid);

    let mode = |path: &str| std::fs::metadata(folder.0.join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("secrets"), mode("secrets/pg-superuser")), (0o700, 0o600));

    let url = cluster.superuser_url();
    cluster.stop();
    assert!(!alive(pid));

    let again = PrivateCluster::start(&folder.options()).unwrap();
    assert_eq!(again.superuser_url(), url);
}

#[test]
fn heals_when_the_server_is_killed() {
    let folder = Folder::new();
    let cluster = PrivateCluster::start(&folder.options()).unwrap();
    for _ in 0..3 {
        let pid = cluster.pid();
        process::signal(pid, "KILL");
        eventually("a new server", || cluster.pid() != pid && cluster.is_ready());
        assert!(server::accepts(&cluster.sockets).unwrap());
        assert!(!alive(pid));
    }
    let pid = cluster.pid();
    drop(cluster);
    assert!(!alive(pid));
}

#[test]
fn a_long_path_gets_its_socket_elsewhere() {
    let folder = Folder::named(&format!("insula's, {}", "long".repeat(30)));
    let cluster = PrivateCluster::start(&folder.options()).unwrap();
    let sockets = cluster.sockets.clone();
    assert!(sockets.starts_with("/tmp") && sockets.exists());
    assert!(server::accepts(&sockets).unwrap());
    cluster.stop();
    assert!(!sockets.exists());
}

/// Numbers of processes repeat, in containers above all: the files then name one that is none of ours. Postgres refuses
/// to start when it is its own user's.
#[test]
fn stale_pid_files_do_not_bar_the_way() {
    let folder = Folder::new();
    let cluster = PrivateCluster::start(&folder.options()).unwrap();
    let (data, sockets) = (folder.0.join("pg-cluster/data"), cluster.sockets.clone());
    cluster.stop();
    let owner = std::fs::metadata(&data).unwrap();
    let mut sleep = Command::new("sleep");
    sleep.arg("3600").current_dir("/").uid(owner.uid()).gid(owner.gid());
    let mut stranger = sleep.spawn().unwrap();
    for path in [data.join("postmaster.pid"), sockets.join(".s.PGSQL.5432.lock")] {
        std::fs::write(path, format!("{}\n{}\n", stranger.id(), data.display())).unwrap();
    }
    let started = PrivateCluster::start(&folder.options());
    assert!(stranger.try_wait().unwrap().is_none(), "a stranger was killed");
    stranger.kill().unwrap();
    stranger.wait().unwrap();
    started.unwrap().stop();
}

#[test]
fn a_lost_password_is_replaced() {
    let folder = Folder::new();
    let cluster = PrivateCluster::start(&folder.options()).unwrap();
    let (url, home) = (cluster.superuser_url(), folder.0.join("pg-cluster/data"));
    cluster.stop();
    std::fs::remove_dir_all(folder.0.join("secrets")).unwrap();
    let inode = |path: &Path| std::os::unix::fs::MetadataExt::ino(&std::fs::metadata(path).unwrap());
    let before = inode(&home);
    let cluster = PrivateCluster::start(&folder.options()).unwrap();
    assert_ne!(cluster.superuser_url(), url);
    assert_eq!(inode(&home), before);
}

#[test]
fn reads_the_versions_postgres_gives() {
    let version = |text| find::parse_version(text);
    assert_eq!(version("postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)\n"), Some((15, "15.13".to_owned())));
    assert_eq!(version("postgres (PostgreSQL) 18beta1\n"), Some((18, "18beta1".to_owned())));
    assert_eq!(version("command not found"), None);
}

#[test]
fn settings_keep_rows_out_of_the_log_and_commits_on_disk() {
    let options = ClusterOptions { data_dir: PathBuf::new(), durable: true, max_connections: 50 };
    let conf = create::settings(&options, Path::new("/somewhere/socket"), "insula-x");
    for line in [
        "log_error_verbosity = terse",
        "log_parameter_max_length = 0",
        "log_parameter_max_length_on_error = 0",
        "log_statement = none",
        "log_min_error_statement = panic",
        "data_sync_retry = off",
        "fsync = on",
        "synchronous_commit = on",
        "full_page_writes = on",
        "listen_addresses = ''",
        "max_connections = 50",
    ] {
        assert!(conf.lines().any(|set| set == line), "{line}");
    }
}

#[test]
fn the_address_is_percent_encoded() {
    assert_eq!(
        url("abc", Path::new("/some where/é")),
        "postgres://postgres:abc@/insula?host=%2Fsome%20where%2F%C3%A9&port=5432"
    );
}
