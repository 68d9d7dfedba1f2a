//! The schema, and the roles that use it.

use std::time::Duration;

use diesel::{
    QueryableByName, RunQueryDsl,
    connection::SimpleConnection,
    migration::{Migration, MigrationSource},
    pg::Pg,
    sql_types::Text,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::{db::Login, error::DbError, keys::Keys, mode::Mode, origin, owner::connect, scram};

pub use crate::owner::MigrateError;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../migrations");

/// Brings the schema to this program's version, as the owner of the database, and sets the passwords of Insula's own
/// roles, which are derived from the keys. A database that was never migrated is `mode`'s from then on. Concurrent calls
/// wait for each other.
pub fn migrate(owner_url: &str, keys: &Keys, mode: Mode, patience: Duration) -> Result<(), MigrateError> {
    let mut conn = connect(owner_url, patience)?;
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| MigrateError::Failed(error.to_string());
    conn.batch_execute(
        "SET client_min_messages = warning; SELECT pg_advisory_lock(hashtextextended('insula migrate', 0))",
    )
    .map_err(DbError::from)?;
    origin::claim(&mut conn, mode)?;
    conn.run_pending_migrations(MIGRATIONS).map_err(failed)?;
    for login in Login::ALL {
        // PostgreSQL may log the statement, so the password itself is not in it.
        let verifier = scram::verifier(&keys.role_password(login.role())).map_err(MigrateError::Db)?;
        // Role names, Base64 and its separators only: nothing here comes from outside.
        let statement = format!("ALTER ROLE {} LOGIN PASSWORD '{verifier}'", login.role());
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

/// Refuses a database of another schema version, or one without its mode.
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
    if found != needed {
        return Err(MigrateError::OtherVersion { found, needed });
    }
    origin::marked(&mut conn)?.map(drop).ok_or(MigrateError::NoMode)
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
