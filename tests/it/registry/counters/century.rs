//! The cost of a night does not depend on the number of earlier nights.

use diesel::{QueryableByName, RunQueryDsl, connection::SimpleConnection, sql_types::BigInt};
use insula_domain::nomenclature::{PAIR_A, PAIR_B};
use insula_tests::{TestApp, eventually};

use super::next_day;

/// What was touched in all tables: rows read, and blocks of tables and indexes.
#[derive(Debug, QueryableByName)]
struct Touched {
    #[diesel(sql_type = BigInt)]
    rows: i64,
    #[diesel(sql_type = BigInt)]
    blocks: i64,
    #[diesel(sql_type = BigInt)]
    nights: i64,
}

const TOUCHED: &str = "
    SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::bigint AS rows,
        sum(coalesce(heap_blks_hit, 0) + coalesce(heap_blks_read, 0) + coalesce(idx_blks_hit, 0) + coalesce(idx_blks_read, 0))::bigint
            AS blocks,
        sum(n_tup_ins) FILTER (WHERE relname = 'counter_runs')::bigint AS nights
    FROM pg_stat_user_tables JOIN pg_statio_user_tables USING (relid, schemaname, relname)";

fn touched(app: &TestApp) -> Touched {
    // Sessions report their statistics at their end at the latest.
    let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
    app.owner().batch_execute(others).unwrap();
    eventually("they have ended", || {
        app.count(
            "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database()
            AND pid <> pg_backend_pid() AND backend_type = 'client backend'",
        ) == 0
    });
    diesel::sql_query(TOUCHED).get_result(&mut app.owner()).unwrap()
}

/// What a night with ten arrivals touches.
async fn a_night_of_ten(app: &TestApp) -> Touched {
    app.arrive(5, PAIR_A, "2026-06-01");
    app.arrive_for_b(5);
    app.tamper("ANALYZE");
    let before = touched(app);
    let report = next_day(app).pop().unwrap();
    assert_eq!(report.taken + report.exceeded, 10);
    let after = touched(app);
    assert_eq!(after.nights - before.nights, 1);
    Touched { rows: after.rows - before.rows, blocks: after.blocks - before.blocks, nights: 1 }
}

/// CNT-07, issue 3: after a hundred years, with 36 500 nights and 100 000 decided registrations, a night of ten reads
/// as many rows and blocks as in the first year, plus a few for each of the hundred counters.
#[actix_web::test]
async fn a_hundred_years_do_not_slow_a_night_of_ten() {
    let young = TestApp::start().await;
    young.arrive_for_b(1);
    next_day(&young);
    let first = a_night_of_ten(&young).await;

    let old = TestApp::start().await;
    old.arrive_for_b(1);
    next_day(&old);
    for year in 0..100 {
        old.arrive(1000, PAIR_B, &format!("{}-06-01", 1926 + year));
    }
    // Decided long ago: sixty of each year hold a place, the others were refused.
    old.owner()
        .batch_execute(
            "WITH ranked AS (SELECT id, row_number() OVER (PARTITION BY counter_year ORDER BY validation_number) AS nth
                 FROM insula.registrations WHERE decided_on IS NULL)
             UPDATE insula.registrations r SET decided_on = '2026-06-14', place = CASE WHEN nth <= 60 THEN nth END,
                 status = CASE WHEN nth <= 60 THEN 'submitted' ELSE 'correctionsNeeded' END::insula.registration_status,
                 corrections = CASE WHEN nth > 60 THEN '{}'::jsonb END
             FROM ranked WHERE ranked.id = r.id;
             INSERT INTO insula.counter_runs (day, arrivals_before, run_at, trace_id, snapshot, kept, taken, exceeded)
             SELECT '2026-06-14'::date - n, '2026-06-14'::date - n, '2026-06-14'::date - n, gen_random_uuid(),
                 pg_current_snapshot(), 0, 0, 0 FROM generate_series(1, 36500) AS n;
             INSERT INTO insula.counter_figures (counter, year, day, figure)
             SELECT 'B', extract(year FROM day), day, 1 FROM insula.counter_runs WHERE day < '2026-06-14';
             INSERT INTO insula.night_decisions
             SELECT decided_on, validation_number, id, hospital, 3, counter, counter_year,
                 CASE WHEN place IS NULL THEN 'exceeded' ELSE 'takes' END, place
             FROM insula.registrations WHERE decided_on = '2026-06-14'",
        )
        .unwrap();
    old.tamper("VACUUM ANALYZE");
    // The first night afterwards records what was not yet recorded.
    next_day(&old);
    let after_a_century = a_night_of_ten(&old).await;
    println!("a night of ten touches {first:?}; after a hundred years {after_a_century:?}");
    // A hundred years have a hundred counters, each with its last figure.
    let counters = 101;
    assert!(after_a_century.rows < first.rows * 2 + counters * 10, "{after_a_century:?} against {first:?}");
    assert!(after_a_century.blocks < first.blocks * 2 + counters * 20, "{after_a_century:?} against {first:?}");
}
