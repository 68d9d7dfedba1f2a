//! Threshold e-mails: written in the night's transaction, sent outside any, settled in another one (NOT-01 to NOT-05).

mod announce;
mod delivery;
mod list;
mod recipients;

pub use announce::announce;
pub use delivery::{Backlog, Claimed, Written, backlog, claim, settle};
pub use list::{Filter, Notification, get, list, send_again};
pub use recipients::{Entered, put_recipients, recipients};

use chrono::{DateTime, NaiveDate, Utc};
use insula_domain::counter::CounterId;
use uuid::Uuid;

use crate::error::DbError;

/// What a letter is about: all that its text is made of (NOT-02). Nothing of any beneficiary (NOT-05).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The counter.
    pub counter: CounterId,
    /// The threshold that was reached.
    pub threshold: u32,
    /// The figure after the night.
    pub figure: u32,
    /// The night's day.
    pub day: NaiveDate,
    /// To which hospital, by its INAMI number.
    pub hospital: String,
    /// The hospital's name.
    pub hospital_name: String,
    /// The language it is written to in.
    pub language: String,
    /// When the night wrote it; also its date.
    pub written_at: DateTime<Utc>,
}

fn odd(column: &'static str, id: Uuid) -> DbError {
    DbError::Inconsistent { table: "mails", column, row: id.to_string() }
}
