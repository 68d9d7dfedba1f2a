//! The passwords of Insula's roles.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::PathBuf,
    time::Duration,
};

use diesel::{Connection, PgConnection};
use insula_api::database::{
    cluster::{ClusterOptions, PrivateCluster},
    role_url,
};
use insula_persistence::{Login, Mode, keys::Keys, migrate};

use super::tenancy::texts;
use crate::command::process::Folder;

/// BEN-04, SYS-02: a server that logs its statements does not learn the passwords.
#[test]
fn no_password_stands_in_the_log_of_postgresql() {
    let folder = Folder::new("passwords");
    let start = || {
        let data_dir = folder.0.clone();
        PrivateCluster::start(&ClusterOptions { data_dir, durable: true, max_connections: 20 }).unwrap()
    };
    let cluster = start();
    let mut owner = PgConnection::establish(&cluster.superuser_url()).unwrap();
    let data = PathBuf::from(&texts(&mut owner, "SELECT current_setting('data_directory') AS t")[0]);
    drop((owner, cluster));
    OpenOptions::new()
        .append(true)
        .open(data.join("postgresql.conf"))
        .and_then(|mut file| file.write_all(b"log_statement = ddl\n"))
        .unwrap();
    let cluster = start();
    let url = cluster.superuser_url();
    Keys::create_missing(&folder.0.join("keys"), Mode::Development).unwrap();
    let keys = Keys::read(&folder.0.join("keys")).unwrap();
    migrate::migrate(&url, &keys, Mode::Development, Duration::ZERO).unwrap();

    let log = fs::read_to_string(data.with_file_name("log")).unwrap();
    for login in Login::ALL {
        let password = keys.role_password(login.role());
        assert!(log.contains(&format!("ALTER ROLE {} LOGIN PASSWORD 'SCRAM-SHA-256$4096:", login.role())), "it logs");
        assert!(!log.contains(&password), "{}", login.role());
        let mut conn = PgConnection::establish(&role_url(&url, &keys, login)).unwrap();
        assert_eq!(texts(&mut conn, "SELECT current_user::text AS t"), [login.role()]);
    }
    let mut owner = PgConnection::establish(&url).unwrap();
    let kept =
        texts(&mut owner, "SELECT rolpassword AS t FROM pg_authid WHERE rolname LIKE 'insula\\_%' AND rolcanlogin");
    assert!(kept.iter().all(|kept| kept.starts_with("SCRAM-SHA-256$4096:")) && kept.len() == 4, "{kept:?}");
}
