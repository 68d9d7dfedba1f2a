//! The privileges of each role on each table.

use insula_persistence::Login;
use insula_tests::TestApp;

use super::{login, refusal, texts};

/// Every privilege of every role, with columns if it is not on the whole table. Additions to the schema appear here.
const RIGHTS: &str = include_str!("rights.txt");

/// SYS-02, BEN-04: the privileges of the roles are exactly these: insurers read neither content nor the vault, and only
/// the hospitals' role reads encrypted identities.
#[actix_web::test]
async fn the_roles_have_exactly_their_rights() {
    let app = TestApp::start().await;
    let found = texts(
        &mut app.owner(),
        "WITH roles AS (SELECT rolname FROM pg_roles WHERE rolname LIKE 'insula\\_%'),
         tables AS (SELECT c.oid, n.nspname || '.' || c.relname AS name FROM pg_class c
             JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname IN ('insula', 'vault', 'coded', 'trail', 'public') AND c.relkind IN ('r', 'v', 'm', 'p')),
         rights AS (SELECT unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS
             r),
         whole AS (SELECT rolname, name, r FROM roles, tables,
             rights WHERE has_table_privilege(rolname, tables.oid, r)),
         parts AS (SELECT rolname, name, r, string_agg(attname, ',' ORDER BY attnum) AS columns
             FROM roles, tables, rights, pg_attribute
             WHERE attrelid = tables.oid AND attnum > 0 AND NOT attisdropped AND r IN ('SELECT', 'INSERT', 'UPDATE')
               AND NOT has_table_privilege(rolname, tables.oid, r)
               AND has_column_privilege(rolname, tables.oid, attname, r) GROUP BY 1, 2, 3),
         functions AS (SELECT rolname, n.nspname || '.' || p.proname AS name FROM roles, pg_proc p
             JOIN pg_namespace n ON n.oid = p.pronamespace
             WHERE p.prosecdef AND has_function_privilege(rolname, p.oid, 'EXECUTE')
               AND n.nspname NOT IN ('pg_catalog', 'information_schema'))
         SELECT t FROM (
             SELECT rolname || ' ' || name || ' ' || string_agg(r, ' ' ORDER BY r) AS t FROM (
                 SELECT rolname, name, r FROM whole UNION ALL
                 SELECT rolname, name, r || '(' || columns || ')' FROM parts) AS every GROUP BY rolname, name
             UNION ALL SELECT rolname || ' ' || name || ' EXECUTE' FROM functions) AS lines
         ORDER BY t COLLATE \"C\"",
    );
    let expected: Vec<_> = RIGHTS.lines().collect();
    assert_eq!(found, expected, "\n{}\n", found.join("\n"));
}

/// SYS-01, SYS-03: no role can change, remove or truncate permanent records; no role can truncate anything.
#[actix_web::test]
async fn no_role_can_change_permanent_records() {
    let app = super::busy().await;
    app.when_older_transactions_ended();
    while insula_persistence::trail::seal(&app.db).unwrap().is_some() {}
    let for_ever = [
        "trail.events",
        "trail.seals",
        "insula.registration_versions",
        "vault.beneficiary_versions",
        "coded.deliveries",
        "insula.code_changes",
        "insula.thresholds_reached",
    ];
    let before = app.dump();
    let scope = "SELECT set_config('insula.organisation', '71000436', true), set_config('insula.authors', '*', true);";
    for role in Login::ALL {
        let mut conn = login(&app, role);
        for table in for_ever {
            assert!(app.count(&format!("SELECT count(*) AS n FROM {table}")) > 0, "{table} is empty");
            let columns = texts(
                &mut app.owner(),
                &format!(
                    "SELECT attname::text AS t FROM pg_attribute
                     WHERE attrelid = '{table}'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
                       AND attidentity = ''"
                ),
            );
            let mut statements: Vec<_> =
                columns.iter().map(|column| format!("UPDATE {table} SET {column} = {column}")).collect();
            statements.extend([format!("DELETE FROM {table}"), format!("TRUNCATE {table}")]);
            for sql in statements {
                let said = refusal(&mut conn, scope, &sql).unwrap_or_default();
                assert!(said.contains("permission denied"), "{role:?}: {sql}: {said}");
            }
        }
        for table in [
            "insula.registrations",
            "vault.affiliations",
            "vault.beneficiaries",
            "insula.outbox",
            "insula.registry_grants",
            "insula.mails",
            "insula.mail_recipients",
        ] {
            for sql in [format!("DELETE FROM {table}"), format!("TRUNCATE {table} CASCADE")] {
                let said = refusal(&mut conn, scope, &sql).unwrap_or_default();
                assert!(said.contains("permission denied"), "{role:?}: {sql}: {said}");
            }
        }
    }
    assert_eq!(app.dump(), before);
}

/// SYS-02: no role can bypass row level security: not by becoming another role, altering tables or creating functions.
#[actix_web::test]
async fn no_role_can_bypass_row_level_security() {
    let app = TestApp::start().await;
    for role in Login::ALL {
        let mut conn = login(&app, role);
        for sql in [
            "SET ROLE insula_definer",
            "SET ROLE postgres",
            "SET SESSION AUTHORIZATION postgres",
            "SET session_replication_role = replica",
            "SET row_security = off; SELECT count(id) FROM insula.registrations",
            "ALTER TABLE insula.registrations DISABLE ROW LEVEL SECURITY",
            "ALTER TABLE insula.registrations NO FORCE ROW LEVEL SECURITY",
            "DROP POLICY own_registrations ON insula.registrations",
            "DROP TABLE trail.events",
            "ALTER TABLE trail.events DISABLE TRIGGER ALL",
            "GRANT SELECT ON vault.persons TO PUBLIC; SELECT niss_index FROM vault.persons",
            "CREATE FUNCTION insula.organisation() RETURNS text LANGUAGE sql AS $$ SELECT 'x' $$",
            "CREATE OR REPLACE FUNCTION insula.sees_author(author text) RETURNS boolean LANGUAGE sql AS $$
                SELECT true $$",
            "CREATE TABLE public.leak (t text)",
            "CREATE SCHEMA leak",
            "CREATE ROLE leak",
            "ALTER ROLE insula_insurer BYPASSRLS",
            "COPY insula.insurers TO '/tmp/leak'",
            "COPY insula.insurers TO PROGRAM 'cat'",
            "SELECT pg_read_file('/etc/passwd')",
            "SELECT lo_import('/etc/passwd')",
        ] {
            assert!(refusal(&mut conn, "", sql).is_some(), "{role:?}: {sql}");
        }
    }
}

/// SYS-02: the roles have no special rights and own nothing, and row level security also applies to the owners of
/// tables.
#[actix_web::test]
async fn roles_tables_and_functions_are_built_as_designed() {
    let app = TestApp::start().await;
    let nothing = |what: &str, sql: &str| {
        assert_eq!(texts(&mut app.owner(), sql), [""; 0], "{what}");
    };
    nothing(
        "special roles",
        "SELECT rolname::text AS t FROM pg_roles WHERE rolname LIKE 'insula\\_%' AND (rolsuper OR rolbypassrls
             OR rolcreaterole OR rolcreatedb OR rolreplication OR (rolname = 'insula_definer') = rolcanlogin)",
    );
    nothing(
        "roles that are members of others",
        "SELECT m.rolname::text AS t FROM pg_auth_members JOIN pg_roles m ON m.oid = member
         WHERE m.rolname LIKE 'insula\\_%'",
    );
    nothing(
        "tables that belong to a role that logs in",
        "SELECT relname::text AS t FROM pg_class JOIN pg_roles r ON r.oid = relowner WHERE r.rolname LIKE 'insula\\_%'",
    );
    nothing(
        "fences with a gap for the owner",
        "SELECT relname::text AS t FROM pg_class WHERE relrowsecurity AND NOT relforcerowsecurity",
    );
    nothing(
        "tables with a hospital or an insurer that are not fenced",
        "SELECT c.oid::regclass::text AS t FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         JOIN pg_attribute a ON a.attrelid = c.oid
         WHERE c.relkind = 'r' AND n.nspname IN ('insula', 'vault') AND a.attname IN
             ('hospital', 'insurer', 'organisation')
           AND NOT c.relrowsecurity",
    );
    nothing(
        "functions with the rights of their owner that are not the definer's, or take their names from the caller",
        "SELECT p.oid::regprocedure::text AS t FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
         JOIN pg_roles r ON r.oid = p.proowner
         WHERE n.nspname IN ('insula', 'vault', 'coded', 'trail') AND p.prosecdef
           AND (r.rolname <> 'insula_definer' OR NOT coalesce(p.proconfig, '{}') @> ARRAY['search_path=pg_catalog'])",
    );
    nothing(
        "views with the rights of their owner",
        "SELECT c.oid::regclass::text AS t FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind = 'v' AND n.nspname IN ('insula', 'vault', 'coded', 'trail')
           AND NOT coalesce(c.reloptions, '{}') @> ARRAY['security_invoker=true']",
    );
}
