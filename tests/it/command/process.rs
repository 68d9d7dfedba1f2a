//! The program itself: processes of `insula`, on a private database of their own.

use std::{
    fs::{self, File, OpenOptions},
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    sync::mpsc,
    time::Duration,
};

use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, sql_types::BigInt};
use insula_api::{
    database::{cluster::PrivateCluster, development},
    http::auth::{DevIssuer, MintRequest, OrganisationClaim},
    system::SystemClock,
};
use insula_domain::{actor::Role, clock::Clock};
use insula_tests::{Client, TEST_TIMEOUT, eventually};

const PROGRAM: &str = env!("CARGO_BIN_EXE_insula-under-test");

/// The `--connection-timeout` of the processes: on a busy machine a request may wait long for a connection. Not
/// [`TEST_TIMEOUT`], because the pool retries a failed connection after at most half of it, and tests restart
/// PostgreSQL.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(20);

/// A data folder, empty at first and removed at the end. Its name is fixed, so that leftovers do not pile up.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Folder {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.data").join(format!("test-{name}"));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Folder(fs::canonicalize(path).unwrap())
    }

    /// A command on this folder, without the settings of the surrounding environment.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        let settings = std::env::vars_os().map(|(name, _)| name);
        let ours =
            |name: &str| name == "DATABASE_URL" || name.starts_with("INSULA_") || name.starts_with("HEALTHDATA_");
        for name in settings.filter(|name| ours(&name.to_string_lossy())) {
            command.env_remove(name);
        }
        command.env("INSULA_CONNECTION_TIMEOUT", CONNECTION_TIMEOUT.as_millis().to_string());
        command.args(arguments).arg("--data").arg(&self.0).args(["--listen", "127.0.0.1:0"]);
        command
    }

    /// The private database as its owner, while a process has it running.
    pub fn owner(&self) -> PgConnection {
        PgConnection::establish(&PrivateCluster::running_url(&self.0).unwrap()).unwrap()
    }

    /// The number in column `n` of a query.
    pub fn count(&self, sql: &str) -> i64 {
        #[derive(QueryableByName)]
        struct Count {
            #[diesel(sql_type = BigInt)]
            n: i64,
        }
        diesel::sql_query(sql).get_result::<Count>(&mut self.owner()).unwrap().n
    }

    /// What its processes wrote to standard output or error.
    pub fn wrote(&self, stream: &str) -> String {
        fs::read_to_string(self.0.join(stream)).unwrap_or_default()
    }

    fn stream(&self, name: &str) -> File {
        OpenOptions::new().append(true).create(true).open(self.0.join(name)).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{} is kept; the last of its log:", self.0.display());
            let log = self.wrote("stderr");
            log.lines().rev().take(20).for_each(|line| eprintln!("  {line}"));
        } else {
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}

/// A running process, killed when this value is dropped.
pub struct Insula {
    child: Child,
    /// The base address of the resources.
    pub base: String,
    /// The address of the metrics, if requested.
    pub metrics: Option<String>,
    keys: PathBuf,
}

impl Insula {
    /// `insula serve` with further arguments; returns after its greeting.
    pub fn serve(folder: &Folder, arguments: &[&str]) -> Insula {
        Insula::start(folder, &[&["serve"], arguments].concat(), "Documentation: ")
    }

    /// A command that runs until it is ended; returns once it has printed `greeting`.
    pub fn start(folder: &Folder, arguments: &[&str], greeting: &'static str) -> Insula {
        Insula::spawn(folder, folder.command(arguments), greeting)
    }

    /// The same for a prepared command.
    pub fn spawn(folder: &Folder, mut command: Command, greeting: &'static str) -> Insula {
        let mut child = command.stdout(Stdio::piped()).stderr(folder.stream("stderr")).spawn().unwrap();
        let (said, heard) = mpsc::channel();
        let (stdout, file) = (child.stdout.take().unwrap(), folder.stream("stdout"));
        std::thread::spawn(move || keep(stdout, file, &said));
        let mut insula = Insula { child, base: String::new(), metrics: None, keys: folder.0.join("keys") };
        loop {
            let line = heard.recv_timeout(TEST_TIMEOUT).expect("it comes up and greets");
            if let Some(address) = line.strip_prefix("Metrics: ") {
                insula.metrics = Some(address.to_owned());
            }
            if let Some(address) = line.strip_prefix("Insula answers at ") {
                address.clone_into(&mut insula.base);
            }
            if line.starts_with(greeting) {
                return insula;
            }
        }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its running PostgreSQL, if it has one.
    pub fn postgres(&self) -> Option<u32> {
        children(self.pid()).find(|pid| name(*pid).is_some_and(|name| name.starts_with("postgres")))
    }

    /// Sends SIGKILL.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends SIGTERM.
    pub fn terminate(&self) {
        signal(self.pid(), "TERM");
    }

    /// Waits for its end.
    pub fn ended(mut self) -> ExitStatus {
        eventually("it ends", || self.child.try_wait().unwrap().is_some());
        self.child.wait().unwrap()
    }

    /// A caller with this role, at an organisation of the role's kind.
    pub fn role(&self, role: Role, number: &str) -> Client {
        let kind = role.organisation();
        let request = MintRequest {
            audience: "insula".to_owned(),
            subject: development::person(role),
            organisation: OrganisationClaim {
                kind: kind.name().to_owned(),
                number: kind.has_number().then(|| number.to_owned()),
            },
            roles: vec![role.name().to_owned()],
            scopes: vec!["insula".to_owned()],
        };
        let token =
            DevIssuer::load_or_create(&self.keys).unwrap().mint(&request, SystemClock.now().timestamp(), 3600).unwrap();
        let http = reqwest::Client::builder().timeout(TEST_TIMEOUT).build().unwrap();
        Client::new(http, self.base.clone(), Some(token))
    }
}

impl Drop for Insula {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn keep(stdout: ChildStdout, mut file: File, said: &mpsc::Sender<String>) {
    for line in BufReader::new(stdout).lines().map_while(Result::ok) {
        writeln!(file, "{line}").unwrap();
        // After the greeting nobody listens.
        let _ = said.send(line);
    }
}

/// Signals the process with this number, which must be one that the test started, or its child.
pub fn signal(pid: u32, name: &str) {
    Command::new("/bin/sh").args(["-c", &format!("kill -{name} {pid}")]).stderr(Stdio::null()).status().unwrap();
}

/// Whether the process runs.
pub fn runs(pid: u32) -> bool {
    name(pid).is_some()
}

fn children(of: u32) -> impl Iterator<Item = u32> {
    let processes = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    processes.filter(move |pid| {
        stat(*pid).is_some_and(|fields| fields.get(1).is_some_and(|parent| *parent == of.to_string()))
    })
}

fn name(pid: u32) -> Option<String> {
    let alive = stat(pid)?.first().is_some_and(|state| state != "Z");
    alive.then(|| fs::read_to_string(format!("/proc/{pid}/comm")).ok())?
}

/// The state, parent and following fields of `/proc/<pid>/stat`.
fn stat(pid: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    Some(text.rsplit_once(") ")?.1.split(' ').map(str::to_owned).collect())
}
