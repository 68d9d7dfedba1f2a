//! The program itself: processes of `insula`, on a private database of their own.

use std::{
    fs::{self, File, OpenOptions},
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    sync::mpsc,
};

use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, sql_types::BigInt};
use insula_api::{
    database::{cluster::PrivateCluster, development},
    http::auth::{DevIssuer, MintRequest, OrganisationClaim},
    system::SystemClock,
};
use insula_domain::{actor::Role, clock::Clock};
use insula_tests::{Client, PATIENCE, eventually};

const PROGRAM: &str = env!("CARGO_BIN_EXE_insula-under-test");

/// A data folder, empty at first and removed at the end. Its name is fixed, so that nothing piles up.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Folder {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.data").join(format!("test-{name}"));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Folder(fs::canonicalize(path).unwrap())
    }

    /// A command on this folder, with none of the settings of whoever runs the tests.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        let settings = std::env::vars_os().map(|(name, _)| name);
        let ours =
            |name: &str| name == "DATABASE_URL" || name.starts_with("INSULA_") || name.starts_with("HEALTHDATA_");
        for name in settings.filter(|name| ours(&name.to_string_lossy())) {
            command.env_remove(name);
        }
        command.args(arguments).arg("--data").arg(&self.0).args(["--listen", "127.0.0.1:0"]);
        command
    }

    /// The private database as its owner, while a process has it running.
    pub fn owner(&self) -> PgConnection {
        PgConnection::establish(&PrivateCluster::running_url(&self.0).unwrap()).unwrap()
    }

    /// A number that an SQL query gives in a column `n`.
    pub fn count(&self, sql: &str) -> i64 {
        #[derive(QueryableByName)]
        struct Count {
            #[diesel(sql_type = BigInt)]
            n: i64,
        }
        diesel::sql_query(sql).get_result::<Count>(&mut self.owner()).unwrap().n
    }

    /// Everything its processes wrote to their standard output or error.
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

/// A running process. It ends with this value, if it has not ended before.
pub struct Insula {
    child: Child,
    /// Where the resources are.
    pub base: String,
    /// Where the metrics are, when they were asked for.
    pub metrics: Option<String>,
    keys: PathBuf,
}

impl Insula {
    /// `insula serve` with these arguments more; returns when it has greeted.
    pub fn serve(folder: &Folder, arguments: &[&str]) -> Insula {
        Insula::start(folder, &[&["serve"], arguments].concat(), "Documentation: ")
    }

    /// A command that goes on until it is ended; returns when it has said this.
    pub fn start(folder: &Folder, arguments: &[&str], greeting: &'static str) -> Insula {
        Insula::spawn(folder, folder.command(arguments), greeting)
    }

    /// The same for a command made ready by the test.
    pub fn spawn(folder: &Folder, mut command: Command, greeting: &'static str) -> Insula {
        let mut child = command.stdout(Stdio::piped()).stderr(folder.stream("stderr")).spawn().unwrap();
        let (said, heard) = mpsc::channel();
        let (stdout, file) = (child.stdout.take().unwrap(), folder.stream("stdout"));
        std::thread::spawn(move || keep(stdout, file, &said));
        let mut insula = Insula { child, base: String::new(), metrics: None, keys: folder.0.join("keys") };
        loop {
            let line = heard.recv_timeout(PATIENCE).expect("it comes up and greets");
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

    /// The PostgreSQL that it runs, if it has one just now.
    pub fn postgres(&self) -> Option<u32> {
        children(self.pid()).find(|pid| name(*pid).is_some_and(|name| name.starts_with("postgres")))
    }

    /// SIGKILL: nothing of it goes on.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM: please end.
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
        let http = reqwest::Client::builder().timeout(PATIENCE).build().unwrap();
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
        // Nobody listens any more once the greeting was heard.
        let _ = said.send(line);
    }
}

/// The process of this number, and no other: it must be one the test started, or a child of one.
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

/// State, parent and what follows, of `/proc/<pid>/stat`.
fn stat(pid: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    Some(text.rsplit_once(") ")?.1.split(' ').map(str::to_owned).collect())
}
