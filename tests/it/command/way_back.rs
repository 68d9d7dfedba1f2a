//! The way back for the operator whose database of production was taken for one of development before databases had a mode:
//! `docs/operations.md`, step by step, on a PostgreSQL of its own (CNT-07, SYS-03).

use std::{
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use chrono::{DateTime, TimeDelta};
use diesel::{
    RunQueryDsl,
    connection::SimpleConnection,
    sql_types::{BigInt, Jsonb, Text, Timestamptz},
};
use insula_api::{
    database::{cluster::PrivateCluster, development, rehearsal::RehearsalClock, role_url},
    system::{RandomIds, SystemClock},
    worker,
};
use insula_domain::{clock::Clock, ids::Ids, nomenclature::PAIR_B};
use insula_persistence::{Call, Db, PoolSizes, Timeouts, clock, keys::Keys};
use insula_tests::{
    app::HOSPITAL_A,
    arrivals::{ARRIVE, counted},
    eventually,
};

use super::modes::{Server, options};
use crate::{command::process::Insula, database::tenancy::texts};

/// What `insula clock advance` did before it looked at whose the database is, with or without the nights that are due then.
fn advanced(server: &Server, by: TimeDelta, nights: bool) {
    let keys = Arc::new(Keys::read(&server.keys).unwrap());
    let clock = Arc::new(RehearsalClock::default());
    let sizes = PoolSizes { hospital: 1, insurer: 1, authority: 1, worker: 2 };
    let url_of = |login| role_url(&server.url, &keys, login);
    let ids = Arc::new(RandomIds);
    let db =
        Db::open(url_of, sizes, Timeouts::default(), Arc::clone(&keys), Arc::clone(&clock) as _, Arc::clone(&ids) as _);
    let call = Call::insula("clock", ids.opaque_uuid());
    let moved = db.run(&call, |tx| clock::move_to(tx, SystemClock.now(), by)).unwrap();
    assert_eq!(moved, clock::Move::Done);
    clock.follow(&db).unwrap();
    if nights {
        while worker::night::run_next(&db).unwrap().is_some() {}
        // `insula serve` entered them.
        development::seed(&db).unwrap();
    }
}

/// Three registrations that wait for the night, at a hospital that INAMI entered.
fn arrived(server: &Server) {
    let mut owner = server.owner();
    owner
        .batch_execute(
            "INSERT INTO insula.hospitals (number, name, language, version, updated_at)
             VALUES ('71000436', 'Invented', 'fr', 1, '2026-01-01T00:00:00Z')",
        )
        .unwrap();
    diesel::sql_query(ARRIVE)
        .bind::<BigInt, _>(3)
        .bind::<Jsonb, _>(counted(PAIR_B, "2026-06-01"))
        .bind::<Text, _>(PAIR_B)
        .bind::<Timestamptz, _>(SystemClock.now() - TimeDelta::seconds(1))
        .bind::<Text, _>(HOSPITAL_A)
        .execute(&mut owner)
        .unwrap();
}

/// CNT-07: production never moves time. A clock that was moved and nothing else is put back by one command.
#[test]
fn a_clock_that_was_only_moved_goes_back() {
    let server = Server::of_production("way-back-clock");
    assert_eq!(server.says(&["night"], 0), "No night is due.\n");
    for how in [&["clock", "advance", "1d"][..], &["clock", "set", "2030-01-01T00:00"]] {
        assert_eq!(server.says(how, 1), "insula: time is moved in development mode only\n");
    }
    let real = |said: &str| said.lines().count() == 1 && said.starts_with("It is ");
    assert!(real(&server.says(&["clock", "show"], 0)));

    advanced(&server, TimeDelta::days(40), false);
    for what in [&["night"][..], &["worker"], &["serve"], &["audit", "verify"]] {
        let refused = server.says(what, 1);
        assert!(refused.contains("the clock of this database was moved for a rehearsal"), "{what:?}: {refused}");
        assert!(refused.contains("`insula clock show`"), "{what:?}: {refused}");
    }
    let said = server.says(&["clock", "show"], 0);
    assert!(said.contains("it stands 40 d 0 h 0 min from the real one") || said.contains("39 d 23 h 59 min"), "{said}");
    assert!(said.contains("`insula clock reset` puts it back"), "{said}");
    let said = server.says(&["clock", "reset"], 0);
    assert!(said.contains("back at the real time"), "{said}");
    assert!(real(&server.says(&["clock", "show"], 0)));
    server.says(&["clock", "reset"], 0);
    assert_eq!(server.says(&["night"], 0), "No night is due.\n");
    let start = |arguments: &[&str], greeting| {
        let mut command = server.folder.command(arguments);
        command.env("INSULA_MODE", "production").env("DATABASE_URL", &server.url).env("INSULA_KEYS", &server.keys);
        command.env("INSULA_OIDC_ISSUER", "https://issuer.example");
        Insula::spawn(&server.folder, command, greeting)
    };
    let service = start(&["serve"], "Documentation: ");
    assert_eq!(fs::read_to_string(server.folder.0.join("mode")).unwrap(), "production", "its data folder is marked");
    // Passwords of Insula's roles that a mistaken `migrate` changed come back with the keys of production.
    server.owner().batch_execute("ALTER ROLE insula_worker PASSWORD 'other'").unwrap();
    server.says(&["night"], 1);
    server.says(&["migrate"], 0);
    assert_eq!(server.says(&["night"], 0), "No night is due.\n");
    let head = server.folder.0.join("trail-head");
    eventually("the head is noted", || head.exists());
    assert_eq!(fs::metadata(&head).unwrap().permissions().mode() & 0o777, 0o600);
    service.terminate();
    assert!(service.ended().success());
}

fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap();
    assert!(status.success());
}

fn append(file: &Path, text: &str) {
    OpenOptions::new().append(true).open(file).unwrap().write_all(text.as_bytes()).unwrap();
}

/// CNT-07, SYS-03: nights that were run before their day was over cannot be taken back. The command says so and names the instant to
/// which the database is restored; restored, it holds what was acknowledged before and works on.
#[test]
fn nights_of_the_future_are_undone_by_a_restore() {
    let mut server = Server::of_production("way-back-restore");
    let place = PathBuf::from(&texts(&mut server.owner(), "SELECT current_setting('data_directory') AS t")[0]);
    arrived(&server);
    // An operator archives the WAL, and makes a base backup: here a copy of the stopped server.
    drop(server.cluster.take());
    let archive = "archive_mode = on\narchive_command = 'mkdir -p archive && cp %p archive/%f'\n";
    append(&place.join("postgresql.conf"), archive);
    let (backup, moved) = (place.with_extension("backup"), place.with_extension("moved"));
    copy(&place, &backup);
    server.cluster = Some(PrivateCluster::start(&options(&server.data)).unwrap());

    // Acknowledged after the backup and before the mistake.
    server.owner().batch_execute("UPDATE insula.hospitals SET name = 'Renamed', version = 2").unwrap();
    let before = texts(&mut server.owner(), "SELECT t::text AS t FROM insula.registrations t ORDER BY 1");
    let mistaken = SystemClock.now();
    advanced(&server, TimeDelta::days(40), true);
    assert!(texts(&mut server.owner(), "SELECT day::text AS t FROM insula.counter_runs").len() >= 39);
    let refused = server.says(&["clock", "reset"], 1);
    assert!(refused.contains("It cannot be put back: something is recorded at "), "{refused}");
    assert!(refused.contains(" nights of days that are not over were run, with 3 decisions."), "{refused}");
    assert!(refused.contains("docs/operations.md"), "{refused}");
    let target = refused.split("Restore the database as it was before ").nth(1).unwrap().split(" (").next().unwrap();
    let instant = DateTime::parse_from_str(target, "%Y-%m-%d %H:%M:%S%.f%:z").unwrap();
    assert!(instant >= mistaken - TimeDelta::seconds(1) && instant <= SystemClock.now(), "{target}");
    assert!(server.says(&["clock", "show"], 0).contains(target));
    assert!(server.says(&["serve"], 1).contains("was moved for a rehearsal"));

    // The end of the WAL is archived when the server stops.
    drop(server.cluster.take());
    fs::rename(&place, &moved).unwrap();
    copy(&backup, &place);
    copy(&moved.join("archive"), &place.join("archive"));
    append(
        &place.join("postgresql.conf"),
        &format!(
            "restore_command = 'cp archive/%f %p'\nrecovery_target_time = '{target}'\nrecovery_target_inclusive = off\n\
             recovery_target_action = promote\narchive_mode = off\n"
        ),
    );
    fs::write(place.join("recovery.signal"), "").unwrap();
    server.cluster = Some(PrivateCluster::start(&options(&server.data)).unwrap());
    eventually("it is recovered", || texts(&mut server.owner(), "SELECT pg_is_in_recovery()::text AS t") == ["false"]);

    let mut owner = server.owner();
    assert_eq!(texts(&mut owner, "SELECT t::text AS t FROM insula.registrations t ORDER BY 1"), before);
    assert_eq!(texts(&mut owner, "SELECT number || name AS t FROM insula.hospitals"), ["71000436Renamed"]);
    assert_eq!(texts(&mut owner, "SELECT day::text AS t FROM insula.counter_runs"), [""; 0]);
    assert_eq!(server.says(&["clock", "show"], 0).lines().count(), 1);
    assert_eq!(server.says(&["night"], 0), "No night is due.\n");
}
