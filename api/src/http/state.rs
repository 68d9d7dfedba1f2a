//! What all requests share.

use std::sync::Arc;

use insula_domain::clock::Clock;
use insula_persistence::Db;
use tokio::sync::Semaphore;

use crate::{
    addresses::Addresses,
    http::{auth::Verifier, health::Health, intake::Intake, metrics::Metrics, share::RequestShares},
    nudge::Nudge,
};

/// The service's parts; cloning is cheap.
#[derive(Clone)]
pub struct AppState {
    /// The database.
    pub db: Db,
    /// Verifies tokens.
    pub verifier: Arc<Verifier>,
    /// The clock for tokens: the real one, even when the service clock is moved.
    pub token_clock: Arc<dyn Clock>,
    /// The base of links.
    pub public_url: Arc<str>,
    /// One permit per running request whose body has arrived; without one, 503 at once.
    pub admission: Arc<Semaphore>,
    /// What each organisation may hold of it, and of the connections.
    pub shares: Arc<RequestShares>,
    /// Room for the files of imports.
    pub intake: Arc<Intake>,
    /// Room for the invoice files that are checked, apart from those: a check takes longer.
    pub checks: Arc<Intake>,
    /// Whether the database answers.
    pub health: Health,
    /// Wakes the worker after a change that has to leave.
    pub nudge: Nudge,
    /// The addresses that webhooks may be sent to.
    pub webhook_addresses: Arc<Addresses>,
    /// The origins whose pages may call the API.
    pub cors_origins: Arc<[String]>,
    /// INAMI's recipients of e-mails about changed lists of prescribers (CON-08).
    pub inami_mail: Arc<[String]>,
    /// The metrics.
    pub metrics: Arc<Metrics>,
}
