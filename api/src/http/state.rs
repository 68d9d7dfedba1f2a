//! What every request shares.

use std::sync::Arc;

use insula_domain::clock::Clock;
use insula_persistence::Db;
use tokio::sync::Semaphore;

use crate::{
    addresses::Addresses,
    http::{auth::Verifier, health::Health, intake::Intake, metrics::Metrics},
    nudge::Nudge,
};

/// The service's parts; cloning is cheap.
#[derive(Clone)]
pub struct AppState {
    /// The database.
    pub db: Db,
    /// Who verifies tokens.
    pub verifier: Arc<Verifier>,
    /// The clock that tokens go by: the real one, also in a rehearsal.
    pub token_clock: Arc<dyn Clock>,
    /// Where links begin.
    pub public_url: Arc<str>,
    /// One permit for each request in hand; none left means 503 at once.
    pub admission: Arc<Semaphore>,
    /// Room for the largest bodies.
    pub intake: Arc<Intake>,
    /// Whether the database answers.
    pub health: Health,
    /// Wakes the worker after a change that has to leave.
    pub nudge: Nudge,
    /// Where webhooks may be sent.
    pub webhook_addresses: Arc<Addresses>,
    /// Where INAMI is told of changes in lists of prescribers (CON-08).
    pub inami_mail: Arc<[String]>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
}
