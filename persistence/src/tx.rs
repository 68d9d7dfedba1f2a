//! An open transaction, and the request it runs for.

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

/// The request of a transaction.
#[derive(Debug, Clone)]
pub struct Call {
    /// Who calls.
    pub actor: Actor,
    /// Whether the operation belongs to the registry, which needs a grant of the access manager (CGM-02).
    pub registry: bool,
    /// The name of the operation, as in the contract.
    pub operation: &'static str,
    /// The identifier of the request, in answers, logs and trail.
    pub trace_id: Uuid,
    /// The idempotency key, if the request has one.
    pub request: Option<RequestKey>,
}

impl Call {
    /// A call by Insula itself.
    pub fn insula(operation: &'static str, trace_id: Uuid) -> Call {
        Call { actor: Actor::insula("worker"), registry: false, operation, trace_id, request: None }
    }

    /// The name of the organisation in the database's scope.
    pub fn organisation(&self) -> &str {
        if self.actor.kind.has_number() { &self.actor.number } else { self.actor.kind.name() }
    }

    /// Which authors' registrations the caller sees, or `visit` for those who visit establishments (REG-10), for
    /// `insula.enter`.
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

/// An open transaction, with the caller's scope.
pub struct Tx<'a> {
    pub(crate) conn: &'a mut PgConnection,
    /// The request.
    pub call: &'a Call,
    /// The keys.
    pub keys: &'a Keys,
    /// The source of identifiers.
    pub ids: &'a dyn Ids,
    /// The instant of the transaction, read once.
    pub now: DateTime<Utc>,
}

impl Tx<'_> {
    /// Runs `f` in a savepoint. Its changes are rolled back if it fails or returns [`Keep::No`]; the transaction goes
    /// on.
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
            // The reason of the failure matters more than a failed rollback.
            Err(stop) => Err(constraints::rejection(stop)),
        }
    }
}

/// Whether the changes of a savepoint are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// They are kept.
    Yes,
    /// They are rolled back.
    No,
}
