//! Access to the database: a closure runs in a transaction with the caller's scope (SYS-02).

use std::{sync::Arc, time::Duration};

use chrono::{NaiveDate, SubsecRound};
use diesel::{
    connection::SimpleConnection,
    pg::PgConnection,
    r2d2::{ConnectionManager, CustomizeConnection, Pool, PooledConnection},
};
use insula_domain::{
    actor::OrganisationKind,
    clock::{Clock, brussels_day},
    ids::Ids,
};

use crate::{
    constraints,
    error::{DbError, Stop},
    idempotency,
    keys::Keys,
    tx::{Call, Tx},
};

/// The database roles that log in. None owns a table or bypasses row security.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Login {
    /// Hospitals: registrations, and the vault's own rows.
    Hospital,
    /// Insurers: codes of their own members, nothing of the vault.
    Insurer,
    /// INAMI, Healthdata's operator, auditors: reference data, coded data, the trail.
    Authority,
    /// Deliveries and seals.
    Worker,
}

impl Login {
    /// Every login once.
    pub const ALL: [Login; 4] = [Login::Hospital, Login::Insurer, Login::Authority, Login::Worker];

    /// The name of the database role.
    pub const fn role(self) -> &'static str {
        match self {
            Login::Hospital => "insula_hospital",
            Login::Insurer => "insula_insurer",
            Login::Authority => "insula_authority",
            Login::Worker => "insula_worker",
        }
    }

    const fn of(kind: OrganisationKind) -> Login {
        match kind {
            OrganisationKind::Hospital => Login::Hospital,
            OrganisationKind::Insurer => Login::Insurer,
            OrganisationKind::Inami | OrganisationKind::Healthdata | OrganisationKind::Audit => Login::Authority,
            OrganisationKind::Insula => Login::Worker,
        }
    }
}

/// How long Insula waits for the database. The default is for production; tests wait longer, so that they also pass on
/// a slow machine.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// For a connection of the pool.
    pub connection: Duration,
    /// For a lock.
    pub lock: Duration,
    /// For a statement.
    pub statement: Duration,
    /// For the next statement of a transaction.
    pub idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Timeouts {
        Timeouts {
            connection: Duration::from_millis(500),
            lock: Duration::from_secs(2),
            statement: Duration::from_secs(5),
            idle: Duration::from_secs(10),
        }
    }
}

impl CustomizeConnection<PgConnection, diesel::r2d2::Error> for Timeouts {
    fn on_acquire(&self, conn: &mut PgConnection) -> Result<(), diesel::r2d2::Error> {
        conn.batch_execute(&format!(
            "SET statement_timeout = {}; SET lock_timeout = {}; SET idle_in_transaction_session_timeout = {};
             SET TimeZone = 'UTC'",
            self.statement.as_millis(),
            self.lock.as_millis(),
            self.idle.as_millis(),
        ))
        .map_err(diesel::r2d2::Error::QueryError)
    }
}

/// How many connections each login may hold.
#[derive(Debug, Clone, Copy)]
pub struct PoolSizes {
    /// Hospitals.
    pub hospital: u32,
    /// Insurers.
    pub insurer: u32,
    /// Authorities.
    pub authority: u32,
    /// The worker.
    pub worker: u32,
}

/// A pooled connection of the worker.
pub(crate) type WorkerConnection = PooledConnection<ConnectionManager<PgConnection>>;

/// The database, as Insula's own roles see it.
#[derive(Clone)]
pub struct Db {
    pools: [Pool<ConnectionManager<PgConnection>>; 4],
    /// The keys.
    pub keys: Arc<Keys>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The source of identifiers.
    pub ids: Arc<dyn Ids>,
}

/// How often a closure runs at most, when it conflicts with other transactions.
const TRIES: usize = 3;

impl Db {
    /// Creates the pools; connections are opened when first needed. `url_of` gives the address for a login.
    pub fn open(
        url_of: impl Fn(Login) -> String,
        sizes: PoolSizes,
        timeouts: Timeouts,
        keys: Arc<Keys>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Db {
        let pools = Login::ALL.map(|login| {
            let size = match login {
                Login::Hospital => sizes.hospital,
                Login::Insurer => sizes.insurer,
                Login::Authority => sizes.authority,
                Login::Worker => sizes.worker,
            };
            Pool::builder()
                .max_size(size)
                .min_idle(Some(0))
                // A check at each checkout costs a round trip; the first statement detects a dead connection as well.
                .test_on_check_out(false)
                .connection_timeout(timeouts.connection)
                .error_handler(Box::new(Quiet))
                .connection_customizer(Box::new(timeouts))
                .build_unchecked(ConnectionManager::new(url_of(login)))
        });
        Db { pools, keys, clock, ids }
    }

    fn connection(&self, login: Login) -> Result<PooledConnection<ConnectionManager<PgConnection>>, DbError> {
        self.pools[login as usize].get().map_err(|_| DbError::Busy)
    }

    /// How many connections of a login are open, and how many of these are idle.
    pub fn connections(&self, login: Login) -> (u32, u32) {
        let state = self.pools[login as usize].state();
        (state.connections, state.idle_connections)
    }

    /// A connection of the worker, outside any transaction.
    pub(crate) fn worker(&self) -> Result<WorkerConnection, DbError> {
        self.connection(Login::Worker)
    }

    /// Runs `f` in one transaction with the caller's scope, and commits. After a conflict with another transaction `f`
    /// runs again, at most three times in all, so it must have no effects outside the database.
    ///
    /// The earlier answer of a repeated request is looked up only after a failure: this keeps the successful path free
    /// of an extra query.
    pub fn run<T>(&self, call: &Call, f: impl Fn(&mut Tx) -> Result<T, Stop>) -> Result<T, Stop> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.attempt(call, &f) {
                Err(Stop::Db(DbError::Retry)) if tries < TRIES => {}
                Err(Stop::Db(DbError::Constraint(name))) if constraints::passes(&name) && tries < TRIES => {}
                Err(stop) if call.request.is_some() => return Err(self.answered_before(call, stop)),
                outcome => return outcome,
            }
        }
    }

    fn answered_before(&self, call: &Call, stop: Stop) -> Stop {
        match self.attempt(call, idempotency::find) {
            Ok(Some(answer)) => Stop::Answered(answer),
            Err(Stop::KeyReused) => Stop::KeyReused,
            // The reason of the failure is kept, even if the look-up fails too.
            Ok(None) | Err(_) => stop,
        }
    }

    fn attempt<T>(&self, call: &Call, f: impl Fn(&mut Tx) -> Result<T, Stop>) -> Result<T, Stop> {
        let mut conn = self.begin(call, brussels_day(self.clock.now()))?;
        // Read again once the transaction has begun: a night counts what arrived before it, and sees every transaction
        // whose instant can be earlier (CNT-02). The day above decides only who reads, and may be the eve at midnight.
        // PostgreSQL stores microseconds, and an answer must equal what a later read returns.
        let now = self.clock.now().trunc_subsecs(6);
        let outcome = f(&mut Tx { conn: &mut conn, call, keys: &self.keys, ids: &*self.ids, now });
        match outcome {
            Ok(value) => {
                conn.batch_execute("COMMIT").map_err(DbError::from)?;
                Ok(value)
            }
            Err(stop) => {
                // A connection that cannot roll back is broken; the pool drops it on return.
                let _ = conn.batch_execute("ROLLBACK");
                Err(constraints::rejection(stop))
            }
        }
    }

    /// Begins the transaction and enters the scope, in one round trip.
    fn begin(&self, call: &Call, today: NaiveDate) -> Result<PooledConnection<ConnectionManager<PgConnection>>, Stop> {
        let enter = format!(
            "BEGIN; SELECT insula.enter({}, {}, '{}'), set_config('insula.today', '{today}', true)",
            literal(call.organisation()),
            literal(&call.actor.person),
            call.authors()
        );
        // After a restart of the database every idle connection is dead; each fails here and is dropped.
        let pool = &self.pools[Login::of(call.actor.kind) as usize];
        for _ in 0..=pool.max_size() {
            let mut conn = self.connection(Login::of(call.actor.kind))?;
            match conn.batch_execute(&enter).map_err(DbError::from) {
                Ok(()) => return Ok(conn),
                Err(DbError::Busy) => {}
                Err(error) => {
                    let _ = conn.batch_execute("ROLLBACK");
                    return Err(constraints::rejection(error.into()));
                }
            }
        }
        Err(DbError::Busy.into())
    }
}

/// A text as an SQL literal: with `standard_conforming_strings` on, only quotes are doubled. The simple protocol, which
/// allows `BEGIN` and the scope in one round trip, has no parameters.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''").replace('\0', ""))
}

/// Drops connection errors, which r2d2 would log with the address in them.
#[derive(Debug)]
struct Quiet;

impl diesel::r2d2::HandleError<diesel::r2d2::Error> for Quiet {
    fn handle_error(&self, _error: diesel::r2d2::Error) {
        tracing::warn!("a database connection could not be made");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SYS-02: a scope cannot be left through a quote.
    #[test]
    fn a_quote_stays_inside_its_literal() {
        assert_eq!(literal("a'); DROP TABLE x; --"), "'a''); DROP TABLE x; --'");
    }
}
