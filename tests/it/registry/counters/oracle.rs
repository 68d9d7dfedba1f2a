//! The second oracle: SQL that derives anew who must hold a place, only from the versions of registrations and the
//! times of the nights, and compares. It uses no places, decisions or counters from the tables it checks.

use chrono::NaiveDate;
use diesel::{PgConnection, connection::SimpleConnection};
use insula_domain::nomenclature::PAIR_A;
use insula_tests::TestApp;

use super::next_day;

/// What follows from `registration_versions` and `counter_runs`:
///
/// - `validations`: each submit with the counter it feeds, its rank in the order of validation, the night that decided
///   about it if one did, and whether that night refused it;
/// - `holds`: each time a registration holds a place: in which counter, since which night, until which instant;
/// - `figures`: the figure of each counter after each night.
const FOUND_ANEW: &str = "
    WITH versions AS (
        SELECT v.registration_id, v.version, v.command, v.content, coalesce(public.in_truth.at, v.changed_at) AS changed_at
        FROM insula.registration_versions v LEFT JOIN public.in_truth USING (registration_id, version)),
    blocks AS (
        SELECT v.*, r.type, r.validation_number, count(v.content) OVER w AS block,
            lead(v.command) OVER w AS next, lead(v.changed_at) OVER w AS next_at,
            lead(v.command, 2) OVER w AS after_next, lead(v.changed_at, 2) OVER w AS after_next_at
        FROM versions v JOIN insula.registrations r ON r.id = v.registration_id
        WINDOW w AS (PARTITION BY v.registration_id ORDER BY v.version)),
    full_versions AS (
        SELECT *, first_value(content) OVER (PARTITION BY registration_id, block ORDER BY version) AS stands,
            max(changed_at) FILTER (WHERE command = 'delete') OVER (PARTITION BY registration_id) AS deleted_at
        FROM blocks),
    counted AS (
        SELECT *, CASE WHEN type = 'firstImplantation' AND stands -> 'devices' @> '[{\"kind\": \"sensor\"}]' THEN
                CASE stands ->> 'nomenclaturePair' WHEN '174370-174381' THEN 'A'
                    WHEN '174495-174506' THEN 'B-' || left(stands ->> 'eventDate', 4) END END AS feeds
        FROM full_versions WHERE command = 'submit'),
    ranked AS (
        SELECT *, row_number() OVER (ORDER BY changed_at, validation_number) AS rank,
            feeds IS DISTINCT FROM lag(feeds) OVER (PARTITION BY registration_id ORDER BY version) AS other_counter
        FROM counted),
    validations AS (
        SELECT registration_id, version, feeds, rank, changed_at, deleted_at, night, after_next = 'exceed' AS refused,
            count(*) FILTER (WHERE other_counter) OVER (PARTITION BY registration_id ORDER BY version) AS island
        FROM ranked LEFT JOIN LATERAL (
            -- The first night after it was acknowledged, if it then still stood.
            SELECT min(day) AS night FROM insula.counter_runs
            WHERE feeds IS NOT NULL AND next = 'acknowledge' AND next_at < arrivals_before
              AND (after_next IS DISTINCT FROM 'reopen' OR after_next_at > run_at)) AS decided ON true),
    holds AS (
        SELECT registration_id, feeds, min(night) FILTER (WHERE NOT coalesce(refused, false)) AS since,
            coalesce(lead(min(changed_at)) OVER (PARTITION BY registration_id ORDER BY island), max(deleted_at)) AS until
        FROM validations GROUP BY registration_id, island, feeds),
    limits AS (SELECT DISTINCT feeds AS counter, CASE feeds WHEN 'A' THEN 400 ELSE 60 END AS most FROM holds WHERE feeds IS NOT NULL),
    figures AS (
        SELECT day, run_at, counter, most, count(registration_id) AS figure
        FROM insula.counter_runs CROSS JOIN limits
            LEFT JOIN holds ON feeds = counter AND since <= day AND (until IS NULL OR until > run_at)
        GROUP BY day, run_at, counter, most),
    decisions AS (
        SELECT v.registration_id, v.version, v.night, v.feeds, v.rank,
            CASE WHEN v.refused THEN 'exceeded' WHEN v.night = h.since THEN 'takes' ELSE 'keeps' END AS verdict
        FROM validations v LEFT JOIN LATERAL (
            SELECT since FROM holds WHERE holds.registration_id = v.registration_id AND holds.feeds = v.feeds
              AND since <= v.night AND (until IS NULL OR until > v.changed_at)) AS h ON true
        WHERE v.night IS NOT NULL)";

/// Each query, after [`FOUND_ANEW`], counts contradictions.
const NONE: [(&str, &str); 10] = [
    (
        "INV-C1, CNT-04: who holds a place is who has to",
        "SELECT count(*) AS n FROM
             (SELECT registration_id, feeds FROM holds WHERE since IS NOT NULL AND until IS NULL) AS has_to
             FULL JOIN (SELECT id AS registration_id, counter || CASE counter WHEN 'A' THEN '' ELSE '-' || counter_year END AS feeds
                 FROM insula.registrations WHERE place IS NOT NULL) AS does USING (registration_id, feeds)
         WHERE has_to IS NULL OR does IS NULL",
    ),
    (
        "CNT-02, CNT-03, CNT-04: each night decided about whom it had to, as it had to",
        "SELECT count(*) AS n FROM decisions d
             FULL JOIN (SELECT registration_id, day AS night, verdict, version - 2 AS version, place,
                     counter || CASE counter WHEN 'A' THEN '' ELSE '-' || year END AS feeds
                 FROM insula.night_decisions) AS said USING (registration_id, night, verdict, feeds)
         WHERE d IS NULL OR said IS NULL",
    ),
    ("INV-C1: never more than the limit", "SELECT count(*) AS n FROM figures WHERE figure > most"),
    (
        "CNT-03: nobody is refused by a counter that is not full after the night",
        "SELECT count(*) AS n FROM decisions d JOIN figures f ON f.day = d.night AND f.counter = d.feeds
         WHERE verdict = 'exceeded' AND figure < most",
    ),
    (
        "INV-C2: in one night nobody is refused who was validated before one who takes a place",
        "SELECT count(*) AS n FROM (SELECT max(rank) FILTER (WHERE verdict = 'takes') AS last_in,
                 min(rank) FILTER (WHERE verdict = 'exceeded') AS first_out FROM decisions GROUP BY night, feeds) AS nights
         WHERE last_in > first_out",
    ),
    (
        "CNT-08, rules.md §13: who takes a place takes the lowest free one",
        "SELECT count(*) AS n FROM
             (SELECT d.night, d.feeds, d.registration_id, row_number() OVER (PARTITION BY d.night, d.feeds ORDER BY d.rank) AS nth
              FROM decisions d WHERE verdict = 'takes') AS takers
             JOIN (SELECT c.day AS night, l.counter AS feeds, place,
                     row_number() OVER (PARTITION BY c.day, l.counter ORDER BY place) AS nth
                 FROM insula.counter_runs c CROSS JOIN limits l CROSS JOIN LATERAL generate_series(1, l.most) AS place
                 WHERE EXISTS (SELECT FROM decisions WHERE night = c.day AND feeds = l.counter AND verdict = 'takes')
                   AND NOT EXISTS (SELECT FROM holds h JOIN insula.night_decisions given
                         ON given.registration_id = h.registration_id AND given.day = h.since AND given.verdict = 'takes'
                     WHERE h.feeds = l.counter AND h.since < c.day AND (h.until IS NULL OR h.until > c.run_at)
                       AND given.place = place)) AS free USING (night, feeds, nth)
             JOIN insula.night_decisions said ON said.day = night AND said.registration_id = takers.registration_id
         WHERE said.place <> free.place",
    ),
    (
        "CNT-04: who holds a place holds the one it was given",
        "SELECT count(*) AS n FROM holds h JOIN insula.registrations r ON r.id = h.registration_id
             JOIN insula.night_decisions given ON given.registration_id = r.id AND given.day = h.since AND given.verdict = 'takes'
         WHERE h.until IS NULL AND r.place IS DISTINCT FROM given.place",
    ),
    (
        "CNT-08: the figure of every counter after every night is what was noted",
        "SELECT count(*) AS n FROM figures f WHERE figure <> coalesce((SELECT noted.figure FROM insula.counter_figures noted
             WHERE noted.counter || CASE noted.counter WHEN 'A' THEN '' ELSE '-' || noted.year END = f.counter
               AND noted.day <= f.day ORDER BY noted.day DESC LIMIT 1), 0)",
    ),
    (
        "NOT-01, INV-E1: each threshold was reached in the first night whose figure was there, and never again",
        "SELECT count(*) AS n FROM
             (SELECT DISTINCT ON (counter, threshold) counter, threshold, day, figure FROM figures
                  CROSS JOIN LATERAL (SELECT generate_series(350, 400, 10) AS threshold WHERE counter = 'A'
                      UNION ALL SELECT generate_series(40, 60, 5) WHERE counter <> 'A') AS thresholds
              WHERE figure >= threshold ORDER BY counter, threshold, day) AS has_to
             FULL JOIN (SELECT counter || CASE counter WHEN 'A' THEN '' ELSE '-' || year END AS counter, threshold, day, figure
                 FROM insula.thresholds_reached) AS reached USING (counter, threshold, day, figure)
         WHERE has_to IS NULL OR reached IS NULL",
    ),
    (
        "CNT-06: closed is what the last night found full",
        "SELECT count(*) AS n FROM
             (SELECT counter FROM figures WHERE day = (SELECT max(day) FROM insula.counter_runs) AND figure = most) AS has_to
             FULL JOIN (SELECT counter || CASE counter WHEN 'A' THEN '' ELSE '-' || year END AS counter
                 FROM insula.closed_counters) AS closed USING (counter)
         WHERE has_to IS NULL OR closed IS NULL",
    ),
];

/// Prepares the database for the queries. A change has the time at which its transaction began, so next to a night it
/// may really have happened on the other side of it. A test that finds out records it here.
pub fn begin(app: &TestApp) {
    app.tamper("CREATE TABLE public.in_truth (registration_id uuid, version integer, at timestamptz)");
    // Compiling these queries takes longer than running them.
    app.tamper("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET jit = off', current_database()); END $$");
}

/// Records that a change happened after the night of one day, if any, and before that of another, if any.
pub fn came_about(app: &TestApp, id: &str, version: i64, after: Option<NaiveDate>, before: Option<NaiveDate>) {
    let run_at = |day: Option<NaiveDate>, sign: char| match day {
        Some(day) => {
            format!("(SELECT run_at {sign} interval '1 microsecond' FROM insula.counter_runs WHERE day = '{day}')")
        }
        None => "NULL".to_owned(),
    };
    app.tamper(&format!(
        "INSERT INTO public.in_truth SELECT registration_id, version, least({}, greatest({}, changed_at))
         FROM insula.registration_versions WHERE registration_id = '{id}' AND version = {version}",
        run_at(before, '-'),
        run_at(after, '+')
    ));
}

/// The violated invariants.
fn contradicted(conn: &mut PgConnection) -> Vec<&'static str> {
    let contradicts = |(name, query): &(&'static str, &str)| {
        let sql = format!("SELECT n::text AS t FROM ({FOUND_ANEW} {query}) AS contradictions WHERE n <> 0");
        (!crate::database::tenancy::texts(conn, &sql).is_empty()).then_some(*name)
    };
    NONE.iter().filter_map(contradicts).collect()
}

/// Fails if the tables differ from what follows from versions and nights.
#[track_caller]
pub fn agree(app: &TestApp) {
    assert_eq!(contradicted(&mut app.owner()), [""; 0]);
}

/// CNT-07: each query of the oracle detects a manipulation.
#[actix_web::test]
async fn the_oracle_detects_manipulations() {
    let app = TestApp::start().await;
    begin(&app);
    app.arrive(3, PAIR_A, "2026-06-01");
    app.arrive_for_b(62);
    next_day(&app);
    agree(&app);
    let exceeded = "SELECT registration_id FROM insula.night_decisions WHERE verdict = 'exceeded'";
    let refused =
        "INSERT INTO insula.registration_versions (registration_id, version, hospital, author, command, status,
            changed_by, changed_at, trace_id)
        SELECT id, 4, hospital, author, 'exceed', 'correctionsNeeded', 'night', updated_at, gen_random_uuid()
        FROM insula.registrations WHERE counter = 'A'";
    let earlier = format!(
        "UPDATE insula.registration_versions SET changed_at = changed_at - interval '1 hour'
         WHERE command = 'submit' AND registration_id IN ({exceeded})"
    );
    let one_more = format!(
        "DELETE FROM insula.registration_versions WHERE command = 'exceed' AND registration_id IN ({exceeded})"
    );
    for (tampering, finds) in [
        ("UPDATE insula.registrations SET place = NULL WHERE counter = 'B' AND place = 7", "INV-C1, CNT-04"),
        ("UPDATE insula.registrations SET place = place + 5 WHERE counter = 'A'", "CNT-04"),
        ("DELETE FROM insula.night_decisions WHERE counter = 'A'", "CNT-02"),
        ("UPDATE insula.night_decisions SET place = place + 5 WHERE counter = 'A'", "CNT-08, rules.md"),
        ("UPDATE insula.counter_figures SET figure = figure - 1", "CNT-08: the figure"),
        ("DELETE FROM insula.mails; DELETE FROM insula.thresholds_reached WHERE threshold = 45", "NOT-01"),
        ("DELETE FROM insula.closed_counters", "CNT-06"),
        (refused, "CNT-03: nobody"),
        (earlier.as_str(), "INV-C2"),
        (one_more.as_str(), "INV-C1: never"),
    ] {
        let mut conn = app.owner();
        conn.batch_execute(&format!("BEGIN; {tampering}")).unwrap();
        let found = contradicted(&mut conn);
        assert!(found.iter().any(|name| name.starts_with(finds)), "{tampering}: {found:?}");
    }
}
