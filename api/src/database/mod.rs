//! The database Insula works on: the one it was given, or a private cluster of its own.

pub mod cluster;
pub mod development;
pub mod rehearsal;

use std::sync::Arc;

use chrono::TimeDelta;
use insula_domain::{clock::Clock, ids::Ids};
use insula_persistence::{
    Db, DbError, Login, PoolSizes, Timeouts, clock,
    keys::{KeyError, Keys},
    migrate::{self, MigrateError},
    trail,
};
use std::time::Duration;

use crate::{
    config::{Config, Mode},
    database::{
        cluster::{ClusterError, ClusterOptions, PrivateCluster},
        rehearsal::RehearsalClock,
    },
    system::{RandomIds, SystemClock},
};

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The private cluster.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// The schema.
    #[error(transparent)]
    Schema(#[from] MigrateError),
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// A setting that production needs.
    #[error("production mode needs {0}")]
    Missing(&'static str),
    /// The database does not promise that what it acknowledged is durable.
    #[error("{0} is off in the database: what it acknowledged could be lost; turn it on")]
    NotDurable(String),
    /// It was dumped and reloaded, which loses the order of feed and trail.
    #[error(
        "the trail knows transactions that this PostgreSQL has not come to: it was dumped and reloaded. Restore a physical backup"
    )]
    Reloaded,
    /// Its clock was moved for a rehearsal.
    #[error("the clock of this database was moved for a rehearsal: production needs a database of its own")]
    Rehearsed,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The database as its owner reaches it, and what keeps it running.
pub struct Database {
    /// The private cluster, when there is one; dropping it stops it.
    pub cluster: Option<PrivateCluster>,
    /// Its address, as the owner.
    pub owner_url: String,
    /// The keys.
    pub keys: Arc<Keys>,
}

impl Database {
    /// Finds the keys and the database; starts the private cluster when none was given.
    pub fn locate(config: &Config) -> Result<Database, OpenError> {
        let folder = config.keys_folder();
        if config.mode == Mode::Production {
            if config.database_url.is_none() {
                return Err(OpenError::Missing("DATABASE_URL"));
            }
            if config.keys.is_none() {
                return Err(OpenError::Missing("--keys (INSULA_KEYS)"));
            }
        } else {
            Keys::create_missing(&folder)?;
        }
        let keys = Arc::new(Keys::read(&folder)?);
        let cluster = match &config.database_url {
            Some(_) => None,
            None => Some(PrivateCluster::start(&ClusterOptions {
                data_dir: config.data.clone(),
                durable: true,
                max_connections: config.connections * 2 + 20,
            })?),
        };
        let owner_url = cluster
            .as_ref()
            .map(PrivateCluster::superuser_url)
            .or_else(|| config.database_url.clone())
            .unwrap_or_default();
        Ok(Database { cluster, owner_url, keys })
    }

    /// The same for a command that runs beside a service: when that service has the private cluster, it is used and left
    /// running.
    pub fn attach(config: &Config) -> Result<Database, OpenError> {
        match Database::locate(config) {
            Err(OpenError::Cluster(ClusterError::InUse { .. })) => Ok(Database {
                cluster: None,
                owner_url: PrivateCluster::running_url(&config.data)?,
                keys: Arc::new(Keys::read(&config.keys_folder())?),
            }),
            outcome => outcome,
        }
    }

    /// Brings the schema to this program's version.
    pub fn migrate(&self) -> Result<(), OpenError> {
        Ok(migrate::migrate(&self.owner_url, &self.keys, PATIENCE)?)
    }

    /// Refuses a schema of another version, and a database that could lose what it acknowledged (SYS-03).
    pub fn check(&self) -> Result<(), OpenError> {
        migrate::check(&self.owner_url, PATIENCE)?;
        for (name, setting) in migrate::durability(&self.owner_url)? {
            if setting == "off" || setting == "local" && name != "synchronous_commit" {
                return Err(OpenError::NotDurable(name));
            }
        }
        Ok(())
    }

    /// The pools of Insula's own roles, and in development mode the clock that can be moved, as it stands now.
    pub fn open_in_time(
        &self,
        config: &Config,
        connections: u32,
    ) -> Result<(Db, Option<Arc<RehearsalClock>>), OpenError> {
        let rehearsed = config.is_development().then(|| Arc::new(RehearsalClock::default()));
        let clock: Arc<dyn Clock> = match &rehearsed {
            Some(clock) => Arc::clone(clock) as Arc<dyn Clock>,
            None => Arc::new(SystemClock),
        };
        let connection = Duration::from_millis(config.connection_timeout);
        let timeouts = Timeouts { connection, ..Timeouts::default() };
        let db = self.open(connections, timeouts, clock, Arc::new(RandomIds));
        if !trail::is_of_this_server(&db)? {
            return Err(OpenError::Reloaded);
        }
        match &rehearsed {
            Some(clock) => clock.follow(&db)?,
            None if clock::ahead_by(&db)? != TimeDelta::zero() => return Err(OpenError::Rehearsed),
            None => {}
        }
        Ok((db, rehearsed))
    }

    /// The same for a command that ends soon.
    pub fn open_for_command(&self, config: &Config) -> Result<Db, OpenError> {
        Ok(self.open_in_time(config, 1)?.0)
    }

    /// The pools of Insula's own roles.
    pub fn open(&self, connections: u32, timeouts: Timeouts, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Db {
        let sizes = PoolSizes { hospital: connections, insurer: (connections / 2).max(1), authority: 3, worker: 8 };
        let url_of = |login| role_url(&self.owner_url, &self.keys, login);
        Db::open(url_of, sizes, timeouts, Arc::clone(&self.keys), clock, ids)
    }
}

/// How long a database that is just starting is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// The address for one of Insula's own roles: a later user and password override those of the owner, in a URL as in the
/// other form libpq takes.
pub fn role_url(owner_url: &str, keys: &Keys, login: Login) -> String {
    let (role, password) = (login.role(), keys.role_password(login.role()));
    if owner_url.contains("://") {
        let join = if owner_url.contains('?') { '&' } else { '?' };
        format!("{owner_url}{join}user={role}&password={password}")
    } else {
        format!("{owner_url} user={role} password={password}")
    }
}
