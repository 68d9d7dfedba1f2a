//! Notices sent to others: e-mails and webhooks.

use diesel::{QueryableByName, sql_types::BigInt};

pub mod mails;
pub mod webhooks;

/// The number of notices that are not delivered, for `doctor` and the metrics.
#[derive(Debug, Clone, QueryableByName)]
pub struct Backlog {
    /// Waiting for an attempt.
    #[diesel(sql_type = BigInt)]
    pub waiting: i64,
    /// Given up, until somebody has them sent again.
    #[diesel(sql_type = BigInt)]
    pub parked: i64,
}
