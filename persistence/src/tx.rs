//! A transaction that has begun, and what the request brought to it.

use chrono::{DateTime, Utc};
use diesel::{connection::SimpleConnection, pg::PgConnection};
use insula_domain::{
    actor::{Actor, Role},
    ids::Ids,
};
use uuid::Uuid;

use crate::{
    answer::RequestKey,
    constraints,
    error::{DbError, Stop},
    keys::Keys,
};

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
    pub(crate) fn organisation(&self) -> &str {
        if self.actor.kind.has_number() { &self.actor.number } else { self.actor.kind.name() }
    }

    /// Which authors' registrations the caller sees, or that they visit establishments (REG-10), in the words of `insula.enter`.
    pub(crate) fn authors(&self) -> &'static str {
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
            Err(stop) => Err(constraints::named(stop)),
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
