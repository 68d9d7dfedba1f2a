//! Production and development keep apart: whatever is forgotten or mistaken, no command of the one touches a database, keys or a
//! folder of the other (SYS-02, SYS-03).

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use diesel::{Connection, PgConnection, connection::SimpleConnection};
use insula_api::database::cluster::{ClusterOptions, PrivateCluster};
use insula_persistence::{Login, Mode, keys::Keys, origin};
use insula_tests::{
    TEST_TIMEOUT,
    app::{dump_rows, fresh_database},
};

use crate::{
    command::process::{Folder, Insula},
    database::tenancy::texts,
};

/// Every command that can come near a database or keys, as somebody would give it.
const COMMANDS: [&[&str]; 15] = [
    &["serve"],
    &["worker"],
    &["night"],
    &["night", "--dry-run"],
    &["night", "--day", "2030-01-01", "--verify"],
    &["clock", "show"],
    &["clock", "advance", "40d"],
    &["clock", "set", "2030-01-01T00:00"],
    &["clock", "reset"],
    &["migrate"],
    &["keys"],
    &["token", "--role", "conventionOfficer"],
    &["demo"],
    &["doctor"],
    &["audit", "verify"],
];

/// Those that need neither, and say the same in any mode.
const UNTOUCHING: [&str; 3] = ["openapi", "problems", "help"];

/// A PostgreSQL of the test, with a database that production made.
pub struct Server {
    pub data: Folder,
    pub cluster: Option<PrivateCluster>,
    pub url: String,
    /// Where production's processes keep what they keep.
    pub folder: Folder,
    pub keys: PathBuf,
}

impl Server {
    pub fn start(name: &str) -> Server {
        let data = Folder::new(&format!("{name}-server"));
        let folder = Folder::new(&format!("{name}-production"));
        let cluster = PrivateCluster::start(&options(&data)).unwrap();
        let keys = folder.0.join("etc");
        Server { url: cluster.superuser_url(), data, cluster: Some(cluster), keys, folder }
    }

    pub fn of_production(name: &str) -> Server {
        let server = Server::start(name);
        server.says(&["keys"], 0);
        server.says(&["migrate"], 0);
        server
    }

    pub fn production(&self, arguments: &[&str]) -> Output {
        let mut command = self.folder.command(arguments);
        command.env("INSULA_MODE", "production").env("DATABASE_URL", &self.url).env("INSULA_KEYS", &self.keys);
        output(command.env("INSULA_OIDC_ISSUER", "https://issuer.example"))
    }

    /// What a command of production says when it ends with this code.
    #[track_caller]
    pub fn says(&self, arguments: &[&str], code: i32) -> String {
        said(self.production(arguments), arguments, code)
    }

    pub fn owner(&self) -> PgConnection {
        PgConnection::establish(&self.url).unwrap()
    }

    /// Everything in the database, the passwords of the server's roles, and the files of the keys.
    fn everything(&self) -> String {
        let roles =
            texts(&mut self.owner(), "SELECT concat_ws(' ', rolname, rolcanlogin, rolpassword) AS t FROM pg_authid");
        let trail = "SELECT id || body AS t FROM trail.events ORDER BY xid, seq";
        let trail = texts(&mut self.owner(), trail);
        format!("{}{trail:?}{roles:?}{:?}", dump_rows(&mut self.owner()), files(&self.keys))
    }
}

pub fn options(data: &Folder) -> ClusterOptions {
    ClusterOptions { data_dir: data.0.clone(), durable: true, max_connections: 100 }
}

/// What a command says that ends. One that goes on, because nothing was in its way, is ended.
#[track_caller]
fn output(command: &mut Command) -> Output {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let began = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if began.elapsed() > TEST_TIMEOUT {
            child.kill().unwrap();
            panic!("it goes on: {:?}", child.wait_with_output());
        }
        thread::sleep(Duration::from_millis(10));
    }
    child.wait_with_output().unwrap()
}

#[track_caller]
fn said(output: Output, arguments: &[&str], code: i32) -> String {
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}");
    text
}

/// Names and modes of everything in a folder, at any depth.
fn files(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let entry = entry.unwrap();
        let (path, meta) = (entry.path(), entry.metadata().unwrap());
        found.insert(format!("{:o} {}", meta.permissions().mode() & 0o777, path.display()));
        if meta.is_dir() {
            found.extend(files(&path));
        }
    }
    found
}

/// SYS-02: no command is forgotten here: each that the program knows stands in one of the two lists.
#[test]
fn every_command_is_walked() {
    let folder = Folder::new("modes-help");
    let help = said(folder.command(&["--help"]).output().unwrap(), &["--help"], 0);
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let known: BTreeSet<_> = commands
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|name| !name.is_empty())
        .collect();
    assert!(known.len() > 10, "{help}");
    let walked: BTreeSet<_> = COMMANDS.iter().map(|command| command[0]).chain(UNTOUCHING).collect();
    assert_eq!(walked, known);
    for name in ["openapi", "problems"] {
        // Neither asks for a mode, whatever is set.
        let mut command = folder.command(&[name]);
        let output = command.env("DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing").output().unwrap();
        assert!(output.status.success(), "{name}");
    }
}

/// SYS-02: with production's database or keys and a mode that was forgotten or is wrong, every command refuses, says what is missing, and
/// leaves nothing behind.
#[test]
fn development_touches_nothing_of_production() {
    let server = Server::of_production("modes");
    let keys = server.keys.display().to_string();
    let before = server.everything();
    let developer = Folder::new("modes-developer");
    let url = ("DATABASE_URL", server.url.as_str());
    let (keys, mode) = (("INSULA_KEYS", keys.as_str()), ("INSULA_MODE", "development"));
    let ways: [(&[(&str, &str)], &str); 6] = [
        (&[url], "there is no default mode: set INSULA_MODE=production or INSULA_MODE=development"),
        (&[keys], "there is no default mode"),
        (&[url, keys], "there is no default mode"),
        (&[url, mode], "this database is of production: development does not touch it"),
        (&[keys, mode], "are of production: development does not touch them"),
        (&[url, keys, mode], "are of production: development does not touch them"),
    ];
    for command in COMMANDS {
        for (settings, expected) in ways {
            let text = said(output(developer.command(command).envs(settings.iter().copied())), command, 1);
            assert!(text.contains(expected), "{command:?} with {settings:?}: {text}");
        }
    }
    assert_eq!(server.everything(), before);
    let left = files(&developer.0);
    assert!(left.is_empty(), "{left:?}");
}

/// SYS-02: production in its turn refuses what development made: its database, its keys; and development stays out of production's data
/// folder.
#[test]
fn production_takes_nothing_of_development() {
    let server = Server::start("modes-of-development");
    let developer = Folder::new("modes-developer-2");
    let url = server.url.as_str();
    let own = |arguments: &[&str]| {
        let mut command = developer.command(arguments);
        command.env("DATABASE_URL", url).env("INSULA_MODE", "development");
        command
    };
    // An empty database is development's, and its own afterwards.
    for _ in 0..2 {
        let worker = Insula::spawn(&developer, own(&["worker"]), "Working.");
        worker.terminate();
        assert!(worker.ended().success());
    }
    said(own(&["token", "--role", "auditor"]).output().unwrap(), &["token"], 0);
    server.says(&["keys"], 0);
    let before = server.everything();
    for command in COMMANDS {
        let text = match command[0] {
            // It opens no database.
            "keys" => continue,
            _ => server.says(command, 1),
        };
        let expected = match command {
            ["token" | "demo", ..] => "in development mode only",
            ["clock", "advance" | "set", ..] => "time is moved in development mode only",
            _ => "this database was made by development",
        };
        assert!(text.contains(expected), "{command:?}: {text}");
    }
    assert_eq!(server.everything(), before);

    let refused = |command: &mut Command| said(output(command), &[], 1);
    let keys = developer.0.join("keys");
    let text = refused(server.folder.command(&["keys"]).env("INSULA_KEYS", &keys).env("INSULA_MODE", "production"));
    assert!(text.contains("were made by development"), "{text}");
    fs::write(developer.0.join("mode"), "production\n").unwrap();
    let text = refused(&mut own(&["serve"]));
    assert!(text.contains("is the data folder of a production service"), "{text}");
    fs::write(developer.0.join("mode"), "?").unwrap();
    assert!(refused(&mut own(&["serve"])).contains("the mode is `development` or `production`"));
}

/// SYS-02: roles belong to the server: an empty database beside that of production is no reason to change production's passwords.
#[test]
fn development_does_not_take_the_roles_of_production() {
    let server = Server::of_production("modes-roles");
    for name in ["scratch", "others"] {
        server.owner().batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
    }
    let on = |name: &str| server.url.replace("@/insula?", &format!("@/{name}?"));
    PgConnection::establish(&on("others")).unwrap().batch_execute("CREATE TABLE theirs (x int)").unwrap();
    let before = server.everything();
    let developer = Folder::new("modes-roles-developer");
    for command in COMMANDS {
        let refused = |database: &str| {
            let mut command = developer.command(command);
            output(command.env("DATABASE_URL", on(database)).env("INSULA_MODE", "development"))
        };
        let text = said(refused("scratch"), command, 1);
        assert!(text.contains("`insula_hospital` has a password that these keys do not give"), "{command:?}: {text}");
        let text = said(refused("others"), command, 1);
        assert!(text.contains("this database holds tables of somebody else"), "{command:?}: {text}");
    }
    assert_eq!(server.everything(), before);
    assert_eq!(
        texts(
            &mut PgConnection::establish(&on("scratch")).unwrap(),
            "SELECT nspname::text AS t FROM pg_namespace WHERE nspname = 'insula'"
        ),
        [""; 0]
    );
}

/// SYS-02: the mark of a database: nobody changes it, no role of Insula sees it. Without one, what the trail begins with decides, and what
/// development did later does not.
#[test]
fn a_database_keeps_its_mode() {
    let (url, keys) = fresh_database();
    let found = || origin::found(&url, Duration::ZERO).unwrap();
    let mut owner = PgConnection::establish(&url).unwrap();
    assert_eq!(found(), origin::Found::Marked(Mode::Development));
    for change in [
        "UPDATE public.insula_mode SET mode = 'production'",
        "DELETE FROM public.insula_mode",
        "TRUNCATE public.insula_mode",
    ] {
        let error = owner.batch_execute(change).unwrap_err().to_string();
        assert_eq!(error, "the mode of a database never changes");
    }
    assert!(owner.batch_execute("INSERT INTO public.insula_mode (mode) VALUES ('production')").is_err());
    for login in Login::ALL {
        let mut conn = PgConnection::establish(&insula_api::database::role_url(&url, &keys, login)).unwrap();
        for statement in
            ["SELECT * FROM public.insula_mode", "DELETE FROM public.insula_mode", "DROP TABLE public.insula_mode"]
        {
            let error = conn.batch_execute(statement).unwrap_err().to_string();
            assert!(error.contains("permission denied") || error.contains("must be owner"), "{login:?}: {error}");
        }
    }
    let migrate = |mode| insula_persistence::migrate::migrate(&url, &keys, mode, Duration::ZERO);
    assert!(migrate(Mode::Production).unwrap_err().to_string().contains("of development mode"));

    // Of before there were marks: development entered its hospitals before anything else.
    owner.batch_execute("DROP TABLE public.insula_mode; DROP FUNCTION public.insula_mode_stays").unwrap();
    assert_eq!(found(), origin::Found::Unmarked(Mode::Development));
    let unmarked = insula_persistence::migrate::check(&url, Duration::ZERO).unwrap_err().to_string();
    assert!(unmarked.contains("run `insula migrate`"), "{unmarked}");
    // A database of production in which development entered them later.
    owner
        .batch_execute(
            "INSERT INTO trail.events (id, xid, body, mac) SELECT gen_random_uuid(), '3',
                 replace(body, 'dev.conventionOfficer', 'inami.1'), mac FROM trail.events ORDER BY xid, seq LIMIT 1",
        )
        .unwrap();
    assert_eq!(found(), origin::Found::Unmarked(Mode::Production));
    owner.batch_execute("TRUNCATE trail.events CASCADE").unwrap();
    assert_eq!(found(), origin::Found::Unmarked(Mode::Production), "what says nothing is production's");
}

/// SYS-02: keys of before there were marks are production's when they were given, and marked by the next `insula keys`; nobody else reads
/// them.
#[test]
fn keys_keep_their_mode() {
    let (folder, developer) = (Folder::new("modes-keys"), Folder::new("modes-keys-developer"));
    let keys = folder.0.join("keys");
    Keys::create_missing(&keys, Mode::Production).unwrap();
    fs::remove_file(keys.join("mode")).unwrap();
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(keys.join("vault-1"), fs::Permissions::from_mode(0o644)).unwrap();
    let run = |mode: &str| {
        let mut command = developer.command(&["keys"]);
        command.env("INSULA_KEYS", &keys).env("INSULA_MODE", mode).output().unwrap()
    };
    assert!(said(run("development"), &["keys"], 1).contains("are of production"));
    said(run("production"), &["keys"], 0);
    assert_eq!(fs::read_to_string(keys.join("mode")).unwrap().trim(), "production");
    assert_eq!(fs::metadata(&keys).unwrap().permissions().mode() & 0o777, 0o700);
    let open: Vec<_> = files(&keys).into_iter().filter(|file| !file.starts_with("600 ")).collect();
    assert!(open.is_empty(), "{open:?}");
    assert!(Keys::create_missing(&keys, Mode::Development).is_err());
}
