//! The rows that a role sees.

use diesel::{PgConnection, connection::SimpleConnection};
use insula_persistence::Login;
use insula_tests::{
    TestApp,
    app::{HOSPITAL_A, HOSPITAL_B},
};

use super::{busy, count, login, refusal, texts};

/// The tables of a hospital, with the column of the row's owner.
const OF_HOSPITALS: [(&str, &str); 36] = [
    ("insula.hospitals", "number"),
    ("insula.convention_holders", "hospital"),
    ("insula.mergers", "hospitals[1]"),
    ("insula.annual_reports", "hospital"),
    ("insula.obligation_feeds", "hospital"),
    ("insula.records", "hospital"),
    ("insula.team_assignments", "hospital"),
    ("insula.coverage_applications", "hospital"),
    ("insula.coverage_decisions", "hospital"),
    ("insula.granted_periods", "hospital"),
    ("insula.granted_period_ends", "hospital"),
    ("insula.invoice_files", "hospital"),
    ("insula.invoice_lines", "hospital"),
    ("insula.summaries", "hospital"),
    ("insula.invoices", "hospital"),
    ("vault.invoice_records", "hospital"),
    ("insula.met_conditions", "hospital"),
    ("vault.coverage_attachments", "hospital"),
    ("vault.coverage_questions", "hospital"),
    ("vault.coverage_answers", "hospital"),
    ("insula.coverage_events", "hospital"),
    ("insula.coverage_warnings", "hospital"),
    ("vault.coverage_contents", "hospital"),
    ("insula.registration_imports", "hospital"),
    ("insula.registration_import_rows", "hospital"),
    ("insula.imported_registrations", "hospital"),
    ("insula.mail_recipients", "hospital"),
    ("insula.mails", "hospital"),
    ("insula.registry_grants", "hospital"),
    ("insula.registrations", "hospital"),
    ("insula.registration_versions", "hospital"),
    ("insula.webhook_subscriptions", "hospital"),
    ("insula.webhook_deliveries", "hospital"),
    ("vault.affiliations", "hospital"),
    ("vault.beneficiaries", "hospital"),
    ("vault.beneficiary_versions", "hospital"),
];

/// What each role sees without a scope: reference data, and what belongs to no hospital or insurer.
const UNFENCED: [(Login, &[&str]); 4] = [
    (
        Login::Hospital,
        &[
            "insula.billing_settings",
            "insula.closed_counters",
            "insula.counter_figures",
            "insula.coverage_forms",
            "insula.insurers",
            "insula.nomenclature_pairs",
            "insula.report_models",
            "insula.tariffs",
            "insula.thresholds_reached",
        ],
    ),
    (
        Login::Insurer,
        &[
            "insula.billing_settings",
            "insula.coverage_forms",
            "insula.insurers",
            "insula.nomenclature_pairs",
            "insula.report_models",
            "insula.tariffs",
        ],
    ),
    (
        Login::Authority,
        &[
            "insula.annual_reports",
            "insula.billing_settings",
            "insula.closed_counters",
            "insula.convention_holders",
            "insula.conventions",
            "insula.counter_figures",
            "insula.counter_runs",
            "insula.coverage_forms",
            "insula.hospitals",
            "insula.insurers",
            "insula.mail_recipients",
            "insula.mails",
            "insula.mergers",
            "insula.night_decisions",
            "insula.nomenclature_pairs",
            "insula.outbox",
            "insula.prescriber_changes",
            "insula.records",
            "insula.report_models",
            "insula.tariffs",
            "insula.team_assignments",
            "insula.thresholds_reached",
            "trail.events",
            "trail.seals",
        ],
    ),
    (
        Login::Worker,
        &[
            "coded.acknowledgements",
            "coded.deliveries",
            "coded.registrations",
            "insula.billing_settings",
            "insula.breakers",
            "insula.clock",
            "insula.closed_counters",
            "insula.convention_holders",
            "insula.conventions",
            "insula.counter_figures",
            "insula.counter_runs",
            "insula.hospitals",
            "insula.idempotency_keys",
            "insula.insurers",
            "insula.mail_recipients",
            "insula.mails",
            "insula.mergers",
            "insula.night_decisions",
            "insula.nomenclature_pairs",
            "insula.outbox",
            "insula.records",
            "insula.registration_imports",
            "insula.registration_versions",
            "insula.registrations",
            "insula.thresholds_reached",
            "insula.webhook_deliveries",
            "insula.webhook_subscriptions",
            "trail.events",
            "trail.seals",
            "vault.persons",
        ],
    ),
];

/// Every table and view with a column that the role may read.
fn readable(conn: &mut PgConnection) -> Vec<String> {
    texts(
        conn,
        "SELECT n.nspname || '.' || c.relname AS t FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname IN ('insula', 'vault', 'coded', 'trail') AND c.relkind IN ('r', 'v', 'm', 'p')
           AND has_schema_privilege(n.oid, 'USAGE') AND has_any_column_privilege(c.oid, 'SELECT') ORDER BY 1",
    )
}

/// SYS-02: without a scope no role sees a row of a hospital, insurer or person, in future tables either.
#[actix_web::test]
async fn without_a_scope_only_reference_data_is_seen() {
    let app = busy().await;
    for (role, unfenced) in UNFENCED {
        let mut conn = login(&app, role);
        for empty in ["", "SELECT insula.enter('', '', '');", "SELECT set_config('insula.authors', '*', true);"] {
            for table in readable(&mut conn) {
                let fenced = !unfenced.contains(&table.as_str());
                conn.batch_execute(&format!("BEGIN; {empty}")).unwrap();
                let rows = count(&mut conn, &format!("SELECT count(*) AS n FROM {table}"));
                conn.batch_execute("ROLLBACK").unwrap();
                assert!(!fenced || rows == 0, "{role:?} sees {rows} rows of {table} after {empty:?}");
            }
        }
        let known = readable(&mut conn);
        assert!(unfenced.iter().all(|table| known.contains(&(*table).to_owned())), "{role:?}: {known:?}");
    }
}

/// REG-10, PMP-05, COV-01, SYS-02: of the records of establishments INAMI reads all but those of beneficiaries, Insula
/// itself only the pumps, and the sites, which stand on forms.
#[actix_web::test]
async fn insula_itself_reads_only_pumps_and_sites() {
    let app = busy().await;
    let kinds = "SELECT DISTINCT kind AS t FROM insula.records ORDER BY 1";
    assert_eq!(texts(&mut login(&app, Login::Worker), kinds), ["pumps", "sites"]);
    let of_none = "SELECT DISTINCT kind AS t FROM insula.records WHERE beneficiary IS NULL ORDER BY 1";
    assert_eq!(texts(&mut login(&app, Login::Authority), kinds), texts(&mut app.owner(), of_none));
    for role in [Login::Worker, Login::Authority, Login::Insurer] {
        for sql in ["UPDATE insula.records SET replaced_at = now()", "DELETE FROM insula.records"] {
            let said = refusal(&mut login(&app, role), "", sql).unwrap_or_default();
            assert!(said.contains("permission denied"), "{role:?}: {sql}: {said}");
        }
    }
}

fn enter(organisation: &str, person: &str, registry: &str) -> String {
    format!("SELECT insula.enter('{organisation}', '{person}', '{registry}');")
}

/// SYS-02: in A's scope every table shows only A's rows, even to queries without WHERE.
#[actix_web::test]
async fn in_a_hospitals_scope_every_table_holds_its_rows_only() {
    let app = busy().await;
    let mut conn = login(&app, Login::Hospital);
    for hospital in [HOSPITAL_A, HOSPITAL_B] {
        conn.batch_execute(&format!("BEGIN; {}", enter(hospital, "dev.studyLead", "all"))).unwrap();
        for (table, column) in OF_HOSPITALS {
            let seen =
                texts(&mut conn, &format!("SELECT DISTINCT (x.t).{column} AS t FROM (SELECT t FROM {table} t) x"));
            assert_eq!(seen, [hospital], "{table}");
            let seen = count(&mut conn, &format!("SELECT count(*) AS n FROM {table}"));
            let there = app.count(&format!("SELECT count(*) AS n FROM {table} WHERE {column} = '{hospital}'"));
            assert_eq!(seen, there, "{table}");
        }
        let [conventions, held] = ["conventions", "convention_holders"]
            .map(|table| texts(&mut conn, &format!("SELECT DISTINCT number AS t FROM insula.{table} ORDER BY 1")));
        assert_eq!(conventions, held, "a hospital sees the conventions that it has");
        let keys = "SELECT count(*) AS n FROM insula.idempotency_keys";
        let own = format!("{keys} WHERE organisation = '{hospital}' AND person = 'dev.studyLead'");
        assert_eq!(count(&mut conn, keys), app.count(&own));
        conn.batch_execute("COMMIT").unwrap();
    }
}

/// CGM-02, SYS-02: the scope of an associate contains their own registrations, that of support those of the supported
/// authors.
#[actix_web::test]
async fn a_scope_of_some_authors_holds_their_registrations_only() {
    let app = busy().await;
    let mut conn = login(&app, Login::Hospital);
    let mut authors = |person: &str, registry: &str| {
        conn.batch_execute(&format!("BEGIN; {}", enter(HOSPITAL_A, person, registry))).unwrap();
        let seen = ["insula.registrations", "insula.registration_versions"]
            .map(|table| texts(&mut conn, &format!("SELECT DISTINCT author AS t FROM {table} ORDER BY 1")));
        conn.batch_execute("COMMIT").unwrap();
        assert_eq!(seen[0], seen[1]);
        seen[0].clone()
    };
    assert_eq!(authors("dev.studyLead", "all"), ["dev.studyAssociate", "dev.studyLead"]);
    assert_eq!(authors("dev.studyAssociate", "own"), ["dev.studyAssociate"]);
    assert_eq!(authors("dev.studySupport", "supported"), ["dev.studyAssociate"]);
    assert_eq!(authors("dev.studySupport", "ownAndSupported"), ["dev.studyAssociate"]);
    assert_eq!(authors("dev.studyLead", "supported"), [""; 0]);
    assert_eq!(authors("dev.studyLead", ""), [""; 0], "outside the registry nothing is seen");
}

/// CGM-02: without a grant at this hospital no scope opens.
#[actix_web::test]
async fn without_a_grant_no_scope_opens() {
    let app = busy().await;
    let mut conn = login(&app, Login::Hospital);
    for (hospital, person) in [(HOSPITAL_A, "stranger"), ("71099911", "dev.studyLead"), (HOSPITAL_A, ""), ("", "")] {
        for registry in ["all", "own", "supported", "ownAndSupported", "anything"] {
            let said = refusal(&mut conn, "", &enter(hospital, person, registry)).unwrap_or_default();
            assert!(said.contains("registry not granted"), "{hospital} {person} {registry}: {said}");
        }
    }
}

/// SYS-02: in A's scope nothing of B can be changed, taken over, given away or entered.
#[actix_web::test]
async fn in_a_hospitals_scope_nothing_of_another_can_be_written() {
    let app = busy().await;
    let mut conn = login(&app, Login::Hospital);
    let scope = enter(HOSPITAL_A, "dev.studyLead", "all");
    let untouched = |conn: &mut PgConnection, sql: &str| {
        conn.batch_execute(&format!("BEGIN; {scope}")).unwrap();
        let changed = count(conn, &format!("WITH changed AS ({sql} RETURNING 1) SELECT count(*) AS n FROM changed"));
        conn.batch_execute("ROLLBACK").unwrap();
        changed
    };
    for (sql, table) in [
        ("UPDATE insula.registrations SET content = '{}'", "insula.registrations"),
        ("UPDATE vault.beneficiaries SET version = 9", "vault.beneficiaries"),
        ("UPDATE vault.affiliations SET replaced_at = now()", "vault.affiliations"),
        ("UPDATE insula.registry_grants SET withdrawn_by = 'x', withdrawn_at = now()", "insula.registry_grants"),
    ] {
        let own = app.count(&format!("SELECT count(*) AS n FROM {table} WHERE hospital = '{HOSPITAL_A}'"));
        assert_eq!(untouched(&mut conn, sql), own, "{sql}");
        assert_eq!(untouched(&mut conn, &format!("{sql} WHERE hospital = '{HOSPITAL_B}'")), 0, "{sql}");
    }
    let given_away = |table: &str| format!("UPDATE {table} SET hospital = '{HOSPITAL_B}'");
    let entered = |table: &str| {
        let columns = texts(
            &mut login(&app, Login::Hospital),
            &format!(
                "SELECT '(' || string_agg(attname, ', ' ORDER BY attnum) || ') SELECT ' || string_agg(CASE attname
                     WHEN 'hospital' THEN '''{HOSPITAL_B}''' ELSE attname END, ', ' ORDER BY attnum) AS t
                 FROM pg_attribute
                 WHERE attrelid = '{table}'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
                     AND attidentity = ''"
            ),
        );
        format!("INSERT INTO {table} {} FROM {table}", columns[0])
    };
    for (table, column) in OF_HOSPITALS.into_iter().filter(|(_, column)| *column == "hospital") {
        for sql in [given_away(table), entered(table)] {
            let said = refusal(&mut conn, &scope, &sql).unwrap_or_default();
            let fenced = ["row-level security", "permission denied", "fixed for ever"];
            assert!(fenced.iter().any(|words| said.contains(words)), "{column}: {sql}: {said}");
        }
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM insula.registry_grants WHERE withdrawn_at IS NOT NULL"), 0);
    // A hospital can write an e-mail about its own list of prescribers (CON-08), and no other.
    let mail = |hospital: &str, about: &str| {
        format!(
            "INSERT INTO insula.mails (id, list_version, changes, hospital, language, day, written_at, recipients,
                 state, waiting_since, available_at)
             VALUES (gen_random_uuid(), {about}, '{hospital}', 'fr', now(), now(), '{{}}', 'waiting', now(), now())"
        )
    };
    assert_eq!(refusal(&mut conn, &scope, &mail(HOSPITAL_A, "99, '[]'")), None);
    for (hospital, about) in [(HOSPITAL_B, "99, '[]'"), (HOSPITAL_A, "NULL, NULL")] {
        let said = refusal(&mut conn, &scope, &mail(hospital, about)).unwrap_or_default();
        assert!(said.contains("row-level security"), "{hospital} {about}: {said}");
    }
}

/// SYS-02: the scope ends with its transaction, however that ends, and is restored when a savepoint is rolled back.
#[actix_web::test]
async fn a_scope_ends_with_its_transaction() {
    let app: TestApp = busy().await;
    let mut conn = login(&app, Login::Hospital);
    let scope = enter(HOSPITAL_A, "dev.studyLead", "all");
    for ends in
        ["COMMIT", "ROLLBACK", "SAVEPOINT s; SELECT 1; RELEASE s; COMMIT", "COMMIT AND CHAIN", "ROLLBACK AND CHAIN"]
    {
        conn.batch_execute(&format!("BEGIN; {scope} {ends}")).unwrap();
        for (table, _) in OF_HOSPITALS {
            assert_eq!(count(&mut conn, &format!("SELECT count(*) AS n FROM {table}")), 0, "{table} after {ends}");
        }
        conn.batch_execute("ROLLBACK").unwrap();
    }
    conn.batch_execute(&format!("BEGIN; SAVEPOINT s; {scope} ROLLBACK TO s")).unwrap();
    assert_eq!(count(&mut conn, "SELECT count(*) AS n FROM insula.registrations"), 0);
    conn.batch_execute("ROLLBACK").unwrap();
    // With an error in the middle.
    conn.batch_execute(&format!("BEGIN; {scope}")).unwrap();
    assert!(conn.batch_execute("SELECT 1 / 0").is_err());
    conn.batch_execute("ROLLBACK").unwrap();
    assert_eq!(count(&mut conn, "SELECT count(*) AS n FROM insula.registrations"), 0);
}
