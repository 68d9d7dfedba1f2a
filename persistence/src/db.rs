//! The one way to a connection: a closure that runs in a transaction of the caller's scope (SYS-02).

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, SubsecRound, Utc};
use diesel::{
    connection::SimpleConnection,
    pg::PgConnection,
    r2d2::{ConnectionManager, CustomizeConnection, Pool, PooledConnection},
};
use insula_domain::{
    actor::{Actor, OrganisationKind, Role},
    clock::Clock,
    ids::Ids,
    refusal::{Fault, Reason, Refusal},
    rule::RuleId,
};
use uuid::Uuid;

use crate::{
    convention::{conventions, team},
    error::{DbError, Stop},
    idempotency::{self, RequestKey},
    keys::Keys,
};

/// The roles that log in. None owns a table, none bypasses row security.
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

/// What a request brings to its transaction.
#[derive(Debug, Clone)]
pub struct Call {
    /// Who calls.
    pub actor: Actor,
    /// Whether the operation is one of the registry, open only to those the access manager let in (CGM-02).
    pub registry: bool,
    /// The name of the operation, as in the contract.
    pub operation: &'static str,
    /// The identifier of the request, in answers, logs and trail.
    pub trace_id: Uuid,
    /// The idempotency key, on creating and moving requests.
    pub request: Option<RequestKey>,
}

impl Call {
    /// A call of Insula itself.
    pub fn insula(operation: &'static str, trace_id: Uuid) -> Call {
        Call { actor: Actor::insula("worker"), registry: false, operation, trace_id, request: None }
    }

    /// The name of the organisation in the database's scope.
    fn organisation(&self) -> &str {
        if self.actor.kind.has_number() { &self.actor.number } else { self.actor.kind.name() }
    }

    /// Which authors' registrations the caller sees, or that they visit establishments (REG-10), in the words of `insula.enter`.
    fn authors(&self) -> &'static str {
        let holds = |role| self.actor.holds(role);
        match () {
            () if holds(Role::InsurerDelegate) => "visit",
            () if !self.registry => "",
            () if self.actor.sees_all_authors() => "all",
            () if holds(Role::StudyAssociate) && holds(Role::StudySupport) => "ownAndSupported",
            () if holds(Role::StudyAssociate) => "own",
            () => "supported",
        }
    }
}

/// A transaction that has begun, in the caller's scope.
pub struct Tx<'a> {
    pub(crate) conn: &'a mut PgConnection,
    /// What the request brought.
    pub call: &'a Call,
    /// The keys.
    pub keys: &'a Keys,
    /// The source of identifiers.
    pub ids: &'a dyn Ids,
    /// The instant of the transaction, read once.
    pub now: DateTime<Utc>,
}

impl Tx<'_> {
    /// Runs `f` as a part of the transaction: what it wrote goes when it stops, or when it says that it shall not be kept,
    /// and the transaction goes on.
    pub fn part<T>(&mut self, f: impl FnOnce(&mut Tx) -> Result<(Keep, T), Stop>) -> Result<T, Stop> {
        self.conn.batch_execute("SAVEPOINT part").map_err(DbError::from)?;
        let outcome = f(self);
        let ends = match &outcome {
            Ok((Keep::Yes, _)) => "RELEASE part",
            Ok((Keep::No, _)) | Err(_) => "ROLLBACK TO part; RELEASE part",
        };
        let ended = self.conn.batch_execute(ends).map_err(DbError::from);
        match outcome {
            Ok((_, value)) => ended.map(|()| value).map_err(Stop::from),
            // Why it stopped says more than that it could not be rolled back.
            Err(stop) => Err(named(stop)),
        }
    }
}

/// Whether what a part of a transaction wrote stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// It does.
    Yes,
    /// It was only tried.
    No,
}

/// How long Insula waits before it gives up. The default holds in production; tests wait longer, so that a slow machine fails
/// none of them.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For a connection of the pool.
    pub connection: Duration,
    /// For a lock.
    pub lock: Duration,
    /// For a statement.
    pub statement: Duration,
    /// For the next statement of a transaction.
    pub idle: Duration,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience {
            connection: Duration::from_millis(500),
            lock: Duration::from_secs(2),
            statement: Duration::from_secs(5),
            idle: Duration::from_secs(10),
        }
    }
}

impl CustomizeConnection<PgConnection, diesel::r2d2::Error> for Patience {
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

/// Constraints that do not stand in the way a second time: another code is drawn, the other's grant is seen.
const PASSING: [&str; 2] = ["code_unique", "one_grant_per_person"];

impl DbError {
    /// Whether it says nothing of what was asked: the same may succeed when it is run again.
    pub fn passes(&self) -> bool {
        match self {
            DbError::Busy | DbError::Retry => true,
            DbError::Constraint(name) => PASSING.contains(&name.as_str()),
            DbError::Inconsistent { .. } | DbError::Sealed | DbError::Other(_) => false,
        }
    }
}

/// How often a closure is run again when another transaction was in the way, or a connection turned out to be dead.
const TRIES: usize = 3;

impl Db {
    /// Opens the pools; connections are made when they are first needed. `url_of` gives the address for a login.
    pub fn open(
        url_of: impl Fn(Login) -> String,
        sizes: PoolSizes,
        patience: Patience,
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
                // A check at each checkout is a round trip; a dead connection is found by its first statement instead.
                .test_on_check_out(false)
                .connection_timeout(patience.connection)
                .error_handler(Box::new(Quiet))
                .connection_customizer(Box::new(patience))
                .build_unchecked(ConnectionManager::new(url_of(login)))
        });
        Db { pools, keys, clock, ids }
    }

    fn connection(&self, login: Login) -> Result<PooledConnection<ConnectionManager<PgConnection>>, DbError> {
        self.pools[login as usize].get().map_err(|_| DbError::Busy)
    }

    /// How many connections of a login are open, and how many of them idle.
    pub fn connections(&self, login: Login) -> (u32, u32) {
        let state = self.pools[login as usize].state();
        (state.connections, state.idle_connections)
    }

    /// A connection of the worker, without transaction.
    pub(crate) fn worker(&self) -> Result<WorkerConnection, DbError> {
        self.connection(Login::Worker)
    }

    /// Runs `f` in one transaction of the caller's scope, and commits. A closure may run up to three times, when another
    /// transaction was in the way, so it must do nothing but talk to the database.
    ///
    /// When it does not come about and the request carries an idempotency key, the answer given before is looked up: so a
    /// repeated request costs nothing on the way that succeeds.
    pub fn run<T>(&self, call: &Call, f: impl Fn(&mut Tx) -> Result<T, Stop>) -> Result<T, Stop> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.attempt(call, &f) {
                Err(Stop::Db(DbError::Retry)) if tries < TRIES => {}
                Err(Stop::Db(DbError::Constraint(name))) if PASSING.contains(&name.as_str()) && tries < TRIES => {}
                Err(stop) if call.request.is_some() => return Err(self.answered_before(call, stop)),
                outcome => return outcome,
            }
        }
    }

    fn answered_before(&self, call: &Call, stop: Stop) -> Stop {
        match self.attempt(call, idempotency::find) {
            Ok(Some(answer)) => Stop::Answered(answer),
            Err(Stop::KeyReused) => Stop::KeyReused,
            // The first attempt's reason stands, also when the look-up itself fails.
            Ok(None) | Err(_) => stop,
        }
    }

    fn attempt<T>(&self, call: &Call, f: impl Fn(&mut Tx) -> Result<T, Stop>) -> Result<T, Stop> {
        let mut conn = self.begin(call)?;
        let outcome = f(&mut Tx {
            conn: &mut conn,
            call,
            keys: &self.keys,
            ids: &*self.ids,
            // PostgreSQL keeps microseconds; an answer shows what a later read will show.
            now: self.clock.now().trunc_subsecs(6),
        });
        match outcome {
            Ok(value) => {
                conn.batch_execute("COMMIT").map_err(DbError::from)?;
                Ok(value)
            }
            Err(stop) => {
                // A connection that cannot even roll back is broken; the pool drops it when it comes back.
                let _ = conn.batch_execute("ROLLBACK");
                Err(named(stop))
            }
        }
    }

    /// Begins the transaction and opens the scope, in one round trip.
    fn begin(&self, call: &Call) -> Result<PooledConnection<ConnectionManager<PgConnection>>, Stop> {
        let enter = format!(
            "BEGIN; SELECT insula.enter({}, {}, '{}')",
            literal(call.organisation()),
            literal(&call.actor.person),
            call.authors()
        );
        // After a restart of the database every idle connection is dead; each is dropped when it fails.
        let pool = &self.pools[Login::of(call.actor.kind) as usize];
        for _ in 0..=pool.max_size() {
            let mut conn = self.connection(Login::of(call.actor.kind))?;
            match conn.batch_execute(&enter).map_err(DbError::from) {
                Ok(()) => return Ok(conn),
                Err(DbError::Busy) => {}
                Err(error) => {
                    let _ = conn.batch_execute("ROLLBACK");
                    return Err(named(error.into()));
                }
            }
        }
        Err(DbError::Busy.into())
    }
}

/// Constraints that say what a rule says.
fn named(stop: Stop) -> Stop {
    match stop {
        Stop::Db(DbError::Constraint(name)) => match name.as_str() {
            "one_first_implantation" => Refusal::SecondFirstImplantation { existing: None }.into(),
            "beneficiary_known" => vec![Fault::new("beneficiaryId", Reason::BeneficiaryNotFound, RuleId::Sys02)].into(),
            "explanted_once" => {
                let field = "content.earlierRegistrationId";
                vec![Fault::new(field, Reason::EarlierExplanted, RuleId::Cgm13)].into()
            }
            "adhered_today" => Refusal::NotAdheredToday.into(),
            "registry_granted" => Refusal::RegistryNotGranted { contact: None }.into(),
            constraint => match team::named(constraint).or_else(|| conventions::named(constraint)) {
                Some(fault) => vec![fault].into(),
                None => Stop::Db(DbError::Constraint(name)),
            },
        },
        other => other,
    }
}

/// A text as an SQL literal; `standard_conforming_strings` is on, so only the quote needs doubling. The simple protocol,
/// which lets `BEGIN` and the scope share a round trip, has no parameters.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''").replace('\0', ""))
}

/// r2d2 would log connection errors with the address in them.
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
