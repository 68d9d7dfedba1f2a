//! Nights run by the program itself: by several processes at once, and by processes that are frozen or killed during a
//! night. Each leaves the same data, to the byte, as an undisturbed night on a copy (CNT-07, INV-C5; R4, R5).

use std::process::Output;

use chrono::{DateTime, Utc};
use diesel::{
    Connection, PgConnection, RunQueryDsl,
    connection::SimpleConnection,
    sql_types::{BigInt, Jsonb, Text, Timestamptz},
};
use insula_api::database::cluster::{ClusterOptions, PrivateCluster};
use insula_domain::nomenclature::{PAIR_A, PAIR_B};
use insula_tests::{
    app::HOSPITAL_A,
    arrivals::{ARRIVE, counted},
    eventually,
};

use super::faults::outcome;
use crate::command::process::{Folder, Insula, runs, signal};

/// The number of arrivals, so many that the night takes a while.
const ARRIVALS: i64 = 20_000;
/// The day of the night: the beginning of summer time in 2030, at an hour that exists in both time zones.
const DAY: &str = "2030-03-31";
const ARRIVED: &str = "2030-03-31T11:00:00Z";
const NEXT_NOON: &str = "2030-04-01T12:00";

/// A database with arrivals, of which copies are made, and its PostgreSQL.
struct Stage {
    name: &'static str,
    keys: Folder,
    cluster: PrivateCluster,
    // Removed after the cluster was stopped.
    _data: Folder,
}

/// One database of it, and the processes on it.
struct Scene {
    url: String,
    folder: Folder,
    keys: String,
}

impl Stage {
    fn begin(name: &'static str) -> Stage {
        let (data, keys) = (Folder::new(&format!("{name}-database")), Folder::new(&format!("{name}-keys")));
        let options = ClusterOptions { data_dir: data.0.clone(), durable: true, max_connections: 100 };
        let cluster = PrivateCluster::start(&options).unwrap();
        let stage = Stage { name, keys, cluster, _data: data };
        let first = stage.on("insula");
        first.says(&["clock", "set", "2030-03-31T10:00"]);
        // A worker enters the invented hospitals before it starts.
        let worker = first.worker();
        worker.terminate();
        assert!(worker.ended().success());
        let mut owner = first.owner();
        for (count, pair) in [(390, PAIR_A), (70, PAIR_B), (ARRIVALS / 2, PAIR_A), (ARRIVALS / 2 - 460, PAIR_B)] {
            let content = counted(pair, "2029-06-01");
            let inserted = diesel::sql_query(ARRIVE)
                .bind::<BigInt, _>(count)
                .bind::<Jsonb, _>(content)
                .bind::<Text, _>(pair)
                .bind::<Timestamptz, _>(ARRIVED.parse::<DateTime<Utc>>().unwrap())
                .bind::<Text, _>(HOSPITAL_A)
                .execute(&mut owner)
                .unwrap();
            assert!(inserted > 0);
        }
        owner.batch_execute("ANALYZE").unwrap();
        stage
    }

    fn on(&self, database: &str) -> Scene {
        let url = self.cluster.superuser_url().replace("@/insula?", &format!("@/{database}?"));
        let folder = Folder::new(&format!("{}-{database}", self.name));
        Scene { url, folder, keys: self.keys.0.join("keys").display().to_string() }
    }

    /// A copy of the data before any night.
    fn copy(&self, database: &str) -> Scene {
        let copy = self.on(database);
        let mut other = PgConnection::establish(&self.on("postgres").url).unwrap();
        // A process that has just ended may still have sessions.
        eventually("the data can be copied", || {
            other.batch_execute(&format!("CREATE DATABASE {database} TEMPLATE insula")).is_ok()
        });
        copy
    }

    /// The result of an undisturbed night.
    fn undisturbed(&self) -> Vec<String> {
        let calm = self.copy("calm");
        let said = calm.says(&["clock", "set", NEXT_NOON]);
        assert!(
            said.contains("Night of 2030-03-31: 460 took a place, 0 kept theirs, 19540 need correction."),
            "{said}"
        );
        calm.outcome()
    }
}

impl Scene {
    fn arguments<'a>(&'a self, arguments: &[&'a str]) -> Vec<&'a str> {
        [arguments, &["--mode", "development", "--database-url", &self.url, "--keys", &self.keys]].concat()
    }

    fn worker(&self) -> Insula {
        Insula::start(&self.folder, &self.arguments(&["worker"]), "Working.")
    }

    fn output(&self, arguments: &[&str]) -> Output {
        self.folder.command(&self.arguments(arguments)).output().unwrap()
    }

    #[track_caller]
    fn says(&self, arguments: &[&str]) -> String {
        let output = self.output(arguments);
        let (said, error) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{arguments:?}: {said}{error}");
        said
    }

    fn owner(&self) -> PgConnection {
        PgConnection::establish(&self.url).unwrap()
    }

    fn outcome(&self) -> Vec<String> {
        outcome(&mut self.owner())
    }

    /// Whether a query of one column `t` returns anything; false while the database is down.
    fn is(&self, sql: &str) -> bool {
        PgConnection::establish(&self.url)
            .is_ok_and(|mut owner| !crate::database::tenancy::texts(&mut owner, sql).is_empty())
    }

    fn was_run(&self) -> bool {
        self.is("SELECT day::text AS t FROM insula.counter_runs")
    }

    /// Moves the clock as `insula clock` does, but without running the nights that are due.
    fn midnight_passes(&self) {
        let moved = "UPDATE insula.clock SET ahead_by_us = ahead_by_us + 26 * 3600 * 1000000::bigint";
        self.owner().batch_execute(moved).unwrap();
    }

    /// Blocks the night at its statements about registrations, after some are done. Returns the session that holds the
    /// lock.
    fn in_the_middle(&self) -> PgConnection {
        let mut owner = self.owner();
        let last = "BEGIN; SELECT FROM insula.registrations WHERE validation_number =
            (SELECT max(validation_number) FROM insula.registrations) FOR UPDATE";
        owner.batch_execute(last).unwrap();
        self.midnight_passes();
        eventually("the night is in the middle", || {
            self.is("SELECT '' AS t FROM pg_stat_activity
                WHERE datname = current_database() AND usename = 'insula_worker' AND wait_event_type = 'Lock'")
        });
        owner
    }
}

/// CNT-07, R5: two workers, two `insula night` and an `insula clock` at once run one night.
#[test]
fn many_processes_at_once_run_one_night() {
    let stage = Stage::begin("night-replicas");
    let expected = stage.undisturbed();
    let copy = stage.copy("together");
    let workers = [copy.worker(), copy.worker()];
    let outputs = std::thread::scope(|threads| {
        let clock = threads.spawn(|| copy.output(&["clock", "set", NEXT_NOON]));
        eventually("the clock is moved", || {
            copy.is("SELECT '' AS t FROM insula.clock WHERE ahead_by_us <> 0
                AND EXISTS (SELECT FROM trail.events WHERE action = 'moveClock' OFFSET 1)")
        });
        let nights = [(); 2].map(|()| threads.spawn(|| copy.output(&["night", "--day", DAY])));
        let nights = nights.map(|night| night.join().unwrap());
        [clock.join().unwrap()].into_iter().chain(nights).collect::<Vec<_>>()
    });
    eventually("the night was run", || copy.was_run());
    for output in &outputs {
        // A command that finds another one running the night says so, and that it did nothing.
        let (said, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let well =
            output.status.success() || said.contains("Another process is running a night now; nothing happened.");
        assert!(well, "{said}{error}");
    }
    workers.iter().for_each(Insula::terminate);
    workers.into_iter().for_each(|worker| assert!(worker.ended().success()));
    assert_eq!(copy.outcome(), expected);
    let verified = copy.says(&["night", "--day", DAY, "--verify"]);
    assert!(verified.contains("20000 decisions") && verified.contains("they agree"), "{verified}");
}

/// CNT-07, R5: a worker frozen during the night loses it: PostgreSQL ends its session, another worker runs the night,
/// and the frozen one changes nothing when it continues later.
#[test]
fn a_frozen_night_is_run_by_another_and_changes_nothing_later() {
    let stage = Stage::begin("night-frozen");
    let expected = stage.undisturbed();
    let copy = stage.copy("frozen");
    let before = copy.outcome();
    let frozen = copy.worker();
    let mut lock = copy.in_the_middle();
    signal(frozen.pid(), "STOP");
    lock.batch_execute("ROLLBACK").unwrap();
    eventually("its transaction stands still, with what it wrote so far", || {
        copy.is("SELECT '' AS t FROM pg_stat_activity JOIN pg_locks USING (pid)
            WHERE datname = current_database() AND state = 'idle in transaction'
              AND relation = 'insula.counter_runs'::regclass AND mode = 'RowExclusiveLock'")
    });
    assert_eq!(copy.outcome(), before, "nothing of it shows");
    let other = copy.worker();
    eventually("the other one has run the night", || copy.was_run());
    assert_eq!(copy.outcome(), expected);
    signal(frozen.pid(), "CONT");
    for worker in [frozen, other] {
        worker.terminate();
        assert!(worker.ended().success());
    }
    assert_eq!(copy.outcome(), expected);
}

/// CNT-07, R4: after `kill -9` of the worker during the night, and of PostgreSQL under its successor, the night is run
/// once.
#[test]
fn a_killed_night_is_run_anew() {
    let stage = Stage::begin("night-killed");
    let expected = stage.undisturbed();
    let copy = stage.copy("worker_killed");
    let worker = copy.worker();
    let lock = copy.in_the_middle();
    worker.kill();
    drop(lock);
    let successor = copy.worker();
    eventually("the night was run", || copy.was_run());
    assert_eq!(copy.outcome(), expected);
    drop(successor);

    let copy = stage.copy("postgres_killed");
    let worker = copy.worker();
    let _lock = copy.in_the_middle();
    let postgres = stage.cluster.pid();
    signal(postgres, "KILL");
    eventually("it is gone", || !runs(postgres));
    eventually("the night was run by the same worker on the next PostgreSQL", || copy.was_run());
    worker.terminate();
    assert!(worker.ended().success());
    assert_eq!(copy.outcome(), expected);
}
