//! `make bench-night`: a night over many arrivals against one hand-written SQL statement that makes the same decisions and
//! writes the same rows, each on a copy of the same database, in one run.
//!
//! The ratio is what counts; neither time alone says anything. The statement has no keys: where the night signs an event, it
//! hashes the text.

use std::{error::Error, fs, sync::Arc, time::Instant};

use diesel::{Connection, PgConnection, RunQueryDsl, connection::SimpleConnection, sql_types::BigInt};
use insula_api::{
    database::{
        cluster::{ClusterOptions, PrivateCluster},
        role_url,
    },
    system::{RandomIds, SystemClock},
};
use insula_persistence::{
    Call, Db, Mode, PoolSizes, Timeouts,
    keys::Keys,
    migrate,
    registry::night::{self, Night},
};
use std::time::Duration;

const SIZES: [i64; 3] = [10_000, 100_000, 1_000_000];
const DAY: &str = "2026-06-15";

/// Registrations as Healthdata acknowledged them on 15 June 2026; every fourth under pair A, the others under B of two years.
const ARRIVALS: &str = "
    INSERT INTO insula.registrations (id, hospital, type, status, version, author, dictionary_version, content, technical_id, code,
        person_id, insurer, insurer_union, pair, nomenclature_code, event_date, has_sensor, validated_at, validation_number,
        acknowledged_at, created_at, updated_at)
    SELECT gen_random_uuid(), '71000436', 'firstImplantation', 'submitted', 3, 'dr.peeters', 1,
        '{\"setting\": \"ambulatory\", \"responsiblePhysician\": \"10000106690\", \"diabetesType\": \"type1\", \"therapy\": \"pump\"}',
        gen_random_uuid(), (20000000000000 + n)::text, gen_random_uuid(), '319', '300',
        CASE n % 4 WHEN 0 THEN '174370-174381' ELSE '174495-174506' END, CASE n % 4 WHEN 0 THEN '174370' ELSE '174495' END,
        CASE n % 2 WHEN 0 THEN date '2026-06-01' ELSE date '2025-06-01' END, true, '2026-06-15T08:00:00Z', n,
        '2026-06-15T09:00:00Z', '2026-06-15T07:00:00Z', '2026-06-15T09:00:00Z'
    FROM generate_series(1, $1) AS n";

const ONE_STATEMENT: &str = "
    WITH ranked AS MATERIALIZED (
        SELECT id, version, validation_number, hospital, counter, counter_year,
            row_number() OVER (PARTITION BY counter, counter_year ORDER BY validation_number) AS rank
        FROM insula.registrations
        WHERE status = 'submitted' AND counter IS NOT NULL AND decided_on IS NULL AND place IS NULL
          AND acknowledged_at < '2026-06-15T22:00:00Z'),
    free AS (
        SELECT counter, counter_year, place, row_number() OVER (PARTITION BY counter, counter_year ORDER BY place) AS rank
        FROM (SELECT DISTINCT counter, counter_year FROM ranked) AS counters
        CROSS JOIN LATERAL generate_series(1, CASE counter WHEN 'A' THEN 400 ELSE 60 END) AS place
        WHERE NOT EXISTS (SELECT FROM insula.registrations held WHERE held.counter = counters.counter
            AND held.counter_year = counters.counter_year AND held.place = place.place)),
    d AS MATERIALIZED (
        SELECT r.*, f.place, CASE WHEN f.place IS NULL THEN 'exceeded' ELSE 'takes' END AS verdict, jsonb_build_object(
                'at', '2026-06-15T22:30:00.000000Z', 'organisation', 'insula:', 'person', 'night', 'operation', 'night',
                'action', CASE WHEN f.place IS NULL THEN 'exceed' ELSE 'takePlace' END, 'subject', 'registration:' || r.id,
                'traceId', '00000000-0000-0000-0000-000000000000', 'details', jsonb_build_object('version', r.version,
                    'night', '2026-06-15', 'counter', r.counter || r.counter_year, 'place', f.place))::text AS body
        FROM ranked r LEFT JOIN free f USING (counter, counter_year, rank)),
    changed AS (
        UPDATE insula.registrations r SET decided_on = '2026-06-15', place = d.place,
            status = CASE WHEN d.place IS NULL THEN 'correctionsNeeded' ELSE r.status END,
            version = r.version + CASE WHEN d.place IS NULL THEN 1 ELSE 0 END,
            corrections = CASE WHEN d.place IS NULL THEN jsonb_build_object('because', 'counterExceeded', 'counter', d.counter,
                'limit', CASE d.counter WHEN 'A' THEN 400 ELSE 60 END) END,
            updated_at = CASE WHEN d.place IS NULL THEN '2026-06-15T22:30:00Z' ELSE r.updated_at END
        FROM d WHERE r.id = d.id RETURNING r.*, d.verdict),
    kept AS (
        INSERT INTO insula.registration_versions (registration_id, version, hospital, author, command, status, beneficiary_id,
            corrections, changed_by, changed_at, trace_id)
        SELECT id, version, hospital, author, 'exceed', status, beneficiary_id, corrections, 'night', updated_at,
            '00000000-0000-0000-0000-000000000000' FROM changed WHERE verdict = 'exceeded'),
    told AS (
        INSERT INTO insula.code_changes (insurer, insurer_union, code, status, version, changed_at)
        SELECT insurer, insurer_union, code, status, version, updated_at FROM changed WHERE verdict = 'exceeded'),
    traced AS (INSERT INTO trail.events (id, body, mac) SELECT gen_random_uuid(), body, sha256(body::bytea) FROM d),
    reported AS (
        INSERT INTO insula.night_decisions (day, validation_number, registration_id, hospital, version, counter, year, verdict, place)
        SELECT '2026-06-15', validation_number, id, hospital, version, counter, counter_year, verdict, place FROM d)
    SELECT count(*) FROM changed";

/// What the two must agree on.
const PLACES: &str =
    "SELECT md5(string_agg(concat_ws(' ', validation_number, status, place), ';' ORDER BY validation_number))
    AS t FROM insula.registrations";

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::current_dir()?.join(".data/bench-night");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Keys::create_missing(&folder.join("keys"), Mode::Development)?;
    let keys = Arc::new(Keys::read(&folder.join("keys"))?);
    let cluster =
        PrivateCluster::start(&ClusterOptions { data_dir: folder.clone(), durable: true, max_connections: 40 })?;
    let superuser = cluster.superuser_url();
    let on = |database: &str| superuser.replace("@/insula?", &format!("@/{database}?"));
    let mut owner = PgConnection::establish(&superuser)?;
    println!("{:>9}  {:>12}  {:>9}  {:>6}  {:>11}", "arrivals", "statement s", "night s", "ratio", "night's MiB");
    for size in SIZES {
        owner.batch_execute("DROP DATABASE IF EXISTS base")?;
        owner.batch_execute("CREATE DATABASE base")?;
        migrate::migrate(&on("base"), &keys, Mode::Development, Duration::from_secs(10))?;
        {
            let mut base = PgConnection::establish(&on("base"))?;
            base.batch_execute(
                "INSERT INTO insula.hospitals (number, name, language, version, updated_at)
                 VALUES ('71000436', 'Invented', 'fr', 1, '2026-01-01T00:00:00Z')",
            )?;
            diesel::sql_query(ARRIVALS).bind::<BigInt, _>(size).execute(&mut base)?;
            base.batch_execute("VACUUM ANALYZE insula.registrations")?;
        }
        for copy in ["statement", "night"] {
            owner.batch_execute(&format!("DROP DATABASE IF EXISTS {copy}"))?;
            owner.batch_execute(&format!("CREATE DATABASE {copy} TEMPLATE base"))?;
        }
        owner.batch_execute("CHECKPOINT")?;
        let mut copy = PgConnection::establish(&on("statement"))?;
        let began = Instant::now();
        diesel::sql_query(ONE_STATEMENT).execute(&mut copy)?;
        let statement = began.elapsed();

        owner.batch_execute("CHECKPOINT")?;
        let before = resident_mib();
        let began = Instant::now();
        run_night(&on("night"), &keys)?;
        let took = began.elapsed();
        let ratio = took.as_secs_f64() / statement.as_secs_f64();
        let (statement, took) = (statement.as_secs_f64(), took.as_secs_f64());
        println!("{size:>9}  {statement:>12.2}  {took:>9.2}  {ratio:>6.2}  {:>11}", resident_mib() - before);
        let mut other = PgConnection::establish(&on("night"))?;
        if text(&mut copy)? != text(&mut other)? {
            return Err("the two do not decide alike".into());
        }
    }
    Ok(())
}

fn run_night(url: &str, keys: &Arc<Keys>) -> Result<(), Box<dyn Error>> {
    let sizes = PoolSizes { hospital: 1, insurer: 1, authority: 1, worker: 1 };
    let roles = Arc::clone(keys);
    let db = Db::open(
        |login| role_url(url, &roles, login),
        sizes,
        Timeouts::default(),
        Arc::clone(keys),
        Arc::new(SystemClock),
        Arc::new(RandomIds),
    );
    let call = Call::insula("night", uuid::Uuid::nil());
    let day = DAY.parse()?;
    match db.run(&call, |tx| night::run(tx, day)).map_err(|stop| format!("{stop:?}"))? {
        Night::Ran(_) => Ok(()),
        other => Err(format!("the night was not run: {other:?}").into()),
    }
}

fn text(conn: &mut PgConnection) -> Result<String, Box<dyn Error>> {
    #[derive(diesel::QueryableByName)]
    struct Text {
        #[diesel(sql_type = diesel::sql_types::Text)]
        t: String,
    }
    Ok(diesel::sql_query(PLACES).get_result::<Text>(conn)?.t)
}

/// The most this process ever held in memory.
fn resident_mib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or_default() / 1024
}
