//! The schema, and the roles that use it.

use std::time::Duration;

use diesel::{
    Connection, PgConnection, QueryableByName, RunQueryDsl,
    connection::SimpleConnection,
    migration::{Migration, MigrationSource},
    pg::Pg,
    sql_types::Text,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::{db::Login, error::DbError, keys::Keys};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../migrations");

/// Why the schema cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// No connection.
    #[error("the database cannot be reached ({0}); is the address right, and does it accept connections?")]
    Unreachable(String),
    /// A migration failed.
    #[error("migration failed: {0}")]
    Failed(String),
    /// The schema is of another version than this program.
    #[error("the database is at schema version {found}, this program needs {needed}: run `insula migrate`")]
    OtherVersion {
        /// What the database has.
        found: String,
        /// What the program has.
        needed: String,
    },
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

fn connect(url: &str, patience: Duration) -> Result<PgConnection, MigrateError> {
    let mut left = patience.as_millis() / 200;
    loop {
        match PgConnection::establish(url) {
            Ok(conn) => return Ok(conn),
            Err(_) if left > 0 => {
                left -= 1;
                std::thread::sleep(Duration::from_millis(200));
            }
            // libpq names host and user, never the password. It also reports here if it was built without TLS.
            Err(error) => {
                let text = error.to_string();
                return Err(MigrateError::Unreachable(text.lines().next().unwrap_or_default().to_owned()));
            }
        }
    }
}

/// Brings the schema to this program's version, as the owner of the database, and sets the passwords of Insula's own
/// roles, which are derived from the keys. Concurrent calls wait for each other.
pub fn migrate(owner_url: &str, keys: &Keys, patience: Duration) -> Result<(), MigrateError> {
    let mut conn = connect(owner_url, patience)?;
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| MigrateError::Failed(error.to_string());
    conn.batch_execute(
        "SET client_min_messages = warning; SELECT pg_advisory_lock(hashtextextended('insula migrate', 0))",
    )
    .map_err(DbError::from)?;
    conn.run_pending_migrations(MIGRATIONS).map_err(failed)?;
    for login in Login::ALL {
        // Only role names and hexadecimal digits: no input from outside.
        let statement = format!("ALTER ROLE {} LOGIN PASSWORD '{}'", login.role(), keys.role_password(login.role()));
        conn.batch_execute(&statement).map_err(DbError::from)?;
    }
    Ok(())
}

/// Reverts every migration, newest first.
pub fn revert_all(owner_url: &str) -> Result<(), MigrateError> {
    let mut conn = connect(owner_url, Duration::ZERO)?;
    conn.batch_execute("SET client_min_messages = warning").map_err(DbError::from)?;
    conn.revert_all_migrations(MIGRATIONS).map_err(|error| MigrateError::Failed(error.to_string()))?;
    Ok(())
}

fn needed() -> String {
    let migrations: Vec<Box<dyn Migration<Pg>>> = MIGRATIONS.migrations().unwrap_or_default();
    migrations.iter().map(|migration| migration.name().version().to_string()).max().unwrap_or_default()
}

/// Refuses a database with another schema version.
pub fn check(owner_url: &str, patience: Duration) -> Result<(), MigrateError> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = Text)]
        version: String,
    }
    let mut conn = connect(owner_url, patience)?;
    let query = diesel::sql_query("SELECT coalesce(max(version), 'none') AS version FROM __diesel_schema_migrations");
    let found = query.get_result::<Found>(&mut conn).map_or_else(|_| "none".to_owned(), |found| found.version);
    let needed = needed();
    if found == needed { Ok(()) } else { Err(MigrateError::OtherVersion { found, needed }) }
}

/// The settings that protect acknowledged changes from loss (SYS-03); checked at the start and by `insula doctor`.
pub fn durability(owner_url: &str) -> Result<Vec<(String, String)>, MigrateError> {
    #[derive(QueryableByName)]
    struct Setting {
        #[diesel(sql_type = Text)]
        name: String,
        #[diesel(sql_type = Text)]
        setting: String,
    }
    let mut conn = connect(owner_url, Duration::ZERO)?;
    let query = diesel::sql_query(
        "SELECT name, setting FROM pg_settings
         WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes') ORDER BY name",
    );
    let settings: Vec<Setting> = query.load(&mut conn).map_err(DbError::from)?;
    Ok(settings.into_iter().map(|setting| (setting.name, setting.setting)).collect())
}
