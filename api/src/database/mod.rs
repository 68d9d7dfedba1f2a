//! The database Insula works on: the one it was given, or a private cluster of its own.

pub mod address;
pub mod admission;
pub mod cluster;
pub mod development;
pub mod error;
pub mod rehearsal;

use std::sync::Arc;

use chrono::TimeDelta;
use insula_domain::{clock::Clock, ids::Ids};
use insula_persistence::{Db, Mode, PoolSizes, Timeouts, clock, keys::Keys, migrate, mode, trail};
use std::time::Duration;

use crate::{
    config::Config,
    database::{
        cluster::{ClusterError, ClusterOptions, PrivateCluster},
        rehearsal::RehearsalClock,
    },
    system::{RandomIds, SystemClock},
};

pub use self::{address::role_url, error::OpenError};

/// The database as its owner reaches it, and what keeps it running.
pub struct Database {
    /// The private cluster, when there is one; dropping it stops it.
    pub cluster: Option<PrivateCluster>,
    /// Its address, as the owner.
    pub owner_url: String,
    /// Whose it is, or will be once it is migrated.
    pub mode: Mode,
    /// The keys.
    pub keys: Arc<Keys>,
}

impl Database {
    /// Finds the keys and the database; starts the private cluster when none was given.
    pub fn locate(config: &Config) -> Result<Database, OpenError> {
        Database::find(config, false)
    }

    /// The same for a command that runs beside a service: when that service has the private cluster, it is used and left
    /// running.
    pub fn attach(config: &Config) -> Result<Database, OpenError> {
        Database::find(config, true)
    }

    fn find(config: &Config, beside: bool) -> Result<Database, OpenError> {
        admission::of_folders(config)?;
        if !config.is_development() {
            if config.database_url.is_none() {
                return Err(OpenError::Missing("DATABASE_URL"));
            }
            if config.keys.is_none() {
                return Err(OpenError::Missing("--keys (INSULA_KEYS)"));
            }
        }
        let (cluster, owner_url) = match &config.database_url {
            Some(url) => (None, url.clone()),
            None => private(config, beside)?,
        };
        admission::of_database(config, &owner_url, config.database_url.is_none(), PATIENCE)?;
        let folder = config.keys_folder();
        if config.is_development() {
            Keys::create_missing(&folder, Mode::Development)?;
        }
        Ok(Database { cluster, owner_url, mode: config.mode(), keys: Arc::new(Keys::read(&folder)?) })
    }

    /// Marks the data folder of a production service, which keeps the head of the trail there: development stays out of it.
    pub fn claim_data_folder(&self, config: &Config) -> Result<(), OpenError> {
        match self.mode {
            Mode::Production => Ok(mode::mark_folder(&config.data, Mode::Production)?),
            Mode::Development => Ok(()),
        }
    }

    /// Brings the schema to this program's version.
    pub fn migrate(&self) -> Result<(), OpenError> {
        Ok(migrate::migrate(&self.owner_url, &self.keys, self.mode, PATIENCE)?)
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

/// The private cluster and its address: started, or that of a service which runs in the same folder.
fn private(config: &Config, beside: bool) -> Result<(Option<PrivateCluster>, String), OpenError> {
    let started = PrivateCluster::start(&ClusterOptions {
        data_dir: config.data.clone(),
        durable: true,
        max_connections: config.connections * 2 + 20,
    });
    match started {
        Ok(cluster) => {
            let url = cluster.superuser_url();
            Ok((Some(cluster), url))
        }
        Err(ClusterError::InUse { .. }) if beside => Ok((None, PrivateCluster::running_url(&config.data)?)),
        Err(error) => Err(error.into()),
    }
}

/// How long a database that is just starting is waited for.
pub const PATIENCE: Duration = Duration::from_secs(10);
