//! Whose a database is: production's or development's. It is marked before its first migration and never changes hands, so that a
//! forgotten setting cannot turn the one into the other (`docs/decisions/0029-a-database-has-a-mode.md`).

use std::time::Duration;

use diesel::{
    Connection, OptionalExtension, PgConnection, QueryableByName, RunQueryDsl,
    connection::SimpleConnection,
    sql_types::{Bool, Text},
};

use crate::{
    db::Login,
    error::DbError,
    mode::{Mode, NoMode},
    owner::{MigrateError, connect},
};

/// What a database is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// Nothing is in it.
    Empty,
    /// It is marked.
    Marked(Mode),
    /// Insula's, of before there were marks: production's, unless the oldest event of its trail is one that only development writes.
    Unmarked(Mode),
    /// Somebody else's tables and none of Insula's.
    Foreign,
}

/// The mark lies outside Insula's schemas: it is there before the first migration, like the list of migrations itself. The
/// owner alone sees it; that not even the owner changes it by mistake, the trigger sees to.
const MARK: &str = "
    CREATE TABLE public.insula_mode (
        only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
        mode text NOT NULL CHECK (mode IN ('development', 'production'))
    );
    REVOKE ALL ON public.insula_mode FROM PUBLIC;
    CREATE FUNCTION public.insula_mode_stays() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'the mode of a database never changes'; END $$;
    REVOKE ALL ON FUNCTION public.insula_mode_stays() FROM PUBLIC;
    CREATE TRIGGER stays BEFORE UPDATE OR DELETE OR TRUNCATE ON public.insula_mode
        FOR EACH STATEMENT EXECUTE FUNCTION public.insula_mode_stays();";

/// Looks at a database and changes nothing.
pub fn found(owner_url: &str, patience: Duration) -> Result<Found, MigrateError> {
    let mut conn = connect(owner_url, patience)?;
    // One snapshot: another process may be migrating it for the first time.
    conn.build_transaction().repeatable_read().read_only().run(look)
}

fn look(conn: &mut PgConnection) -> Result<Found, MigrateError> {
    if let Some(mode) = marked(conn)? {
        return Ok(Found::Marked(mode));
    }
    if !is(conn, MIGRATED)? {
        return Ok(if is(conn, EMPTY)? { Found::Empty } else { Found::Foreign });
    }
    let by_development =
        is(conn, "SELECT to_regclass('trail.events') IS NOT NULL AS holds")? && is(conn, FIRST_IS_OF_DEVELOPMENT)?;
    Ok(Found::Unmarked(if by_development { Mode::Development } else { Mode::Production }))
}

const MIGRATED: &str =
    "SELECT to_regnamespace('insula') IS NOT NULL OR to_regclass('__diesel_schema_migrations') IS NOT NULL AS holds";

/// Extensions may have been put into a database that is otherwise empty.
const EMPTY: &str = "SELECT NOT EXISTS (
    SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')) AS holds";

/// Development moves the clock or enters its hospitals before anything else can happen. Neither tells anything when it comes
/// later: that may have been done to a database of production.
const FIRST_IS_OF_DEVELOPMENT: &str = "SELECT coalesce((
    SELECT action = 'moveClock'
        OR body::jsonb ->> 'operation' = 'putHospital' AND body::jsonb ->> 'person' = 'dev.conventionOfficer'
    FROM trail.events ORDER BY xid, seq LIMIT 1), false) AS holds";

/// The answer `holds` of a query of this file.
fn is(conn: &mut PgConnection, query: &'static str) -> Result<bool, MigrateError> {
    #[derive(QueryableByName)]
    struct Holds {
        #[diesel(sql_type = Bool)]
        holds: bool,
    }
    Ok(diesel::sql_query(query).get_result::<Holds>(conn).map_err(DbError::from)?.holds)
}

/// The mark.
pub(crate) fn marked(conn: &mut PgConnection) -> Result<Option<Mode>, MigrateError> {
    #[derive(QueryableByName)]
    struct Marked {
        #[diesel(sql_type = Text)]
        mode: String,
    }
    if !is(conn, "SELECT to_regclass('public.insula_mode') IS NOT NULL AS holds")? {
        return Ok(None);
    }
    let query = diesel::sql_query("SELECT mode FROM public.insula_mode");
    let marked = query.get_result::<Marked>(conn).optional().map_err(DbError::from)?;
    // A mark that was tampered with is nobody's.
    let mode = marked.map(|marked| marked.mode.parse()).transpose();
    mode.map_err(|error: NoMode| MigrateError::Failed(error.to_string()))
}

/// Marks a database that is not marked, and refuses one that is the other mode's.
pub(crate) fn claim(conn: &mut PgConnection, mode: Mode) -> Result<(), MigrateError> {
    conn.build_transaction().run(|conn| match marked(conn)? {
        Some(of) if of == mode => Ok(()),
        Some(of) => Err(MigrateError::OtherMode(of)),
        None => {
            let insert = format!("{MARK} INSERT INTO public.insula_mode (mode) VALUES ('{mode}')");
            Ok(conn.batch_execute(&insert).map_err(DbError::from)?)
        }
    })
}

/// Which of Insula's roles can log in on the server of a database. They belong to the server, so that another Insula may have
/// made them, for a database of its own.
pub fn roles_with_login(owner_url: &str) -> Result<Vec<Login>, MigrateError> {
    #[derive(QueryableByName)]
    struct Role {
        #[diesel(sql_type = Text)]
        rolname: String,
    }
    let mut conn = connect(owner_url, Duration::ZERO)?;
    let query = diesel::sql_query("SELECT rolname::text FROM pg_roles WHERE rolcanlogin");
    let roles: Vec<Role> = query.load(&mut conn).map_err(DbError::from)?;
    let can_login = |login: &Login| roles.iter().any(|role| role.rolname == login.role());
    Ok(Login::ALL.into_iter().filter(can_login).collect())
}

/// Whether somebody who has this address is let in.
pub fn lets_in(url: &str) -> bool {
    PgConnection::establish(url).is_ok()
}
