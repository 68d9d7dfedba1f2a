//! E-mails about thresholds, written in the night's transaction (NOT-01 to NOT-05), and about changes in lists of prescribers, written
//! with the list (CON-08). They are sent outside any transaction, and settled in another one.

mod announce;
mod delivery;
mod list;
mod recipients;

pub use announce::{announce, report};
pub use delivery::{Backlog, Claimed, Written, backlog, claim, settle};
pub use list::{Filter, Notification, get, list, send_again};
pub use recipients::{Entered, put_recipients, recipients};

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    QueryableByName,
    sql_types::{Date, Integer, Jsonb, Nullable, Text, Timestamptz},
};
use insula_domain::{convention::prescriber::ReportedChange, names::Language, registry::counter::CounterId};
use uuid::Uuid;

use crate::{error::DbError, registry::counters::named};

/// All that the text of a letter is made of (NOT-02, CON-08). Nothing of any beneficiary (NOT-05).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// What it is about.
    pub about: About,
    /// The day of the night, or that on which the list was stated.
    pub day: NaiveDate,
    /// To which hospital, or about whose list, by its INAMI number.
    pub hospital: String,
    /// The hospital's name.
    pub hospital_name: String,
    /// The language it is written in: the hospital's.
    pub language: Language,
    /// When it was written; also its date.
    pub written_at: DateTime<Utc>,
}

/// What a letter is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// A counter reached a threshold (NOT-02); to a hospital.
    Threshold {
        /// The counter.
        counter: CounterId,
        /// The threshold that was reached.
        threshold: u32,
        /// The figure after the night.
        figure: u32,
    },
    /// A list of prescribers changed (CON-08); to INAMI.
    Prescribers {
        /// The version of the list.
        version: i32,
        /// What changed.
        changes: Vec<ReportedChange>,
    },
}

/// What a letter is about, as a row has it.
#[derive(QueryableByName)]
struct Columns {
    #[diesel(sql_type = Nullable<Text>)]
    counter: Option<String>,
    #[diesel(sql_type = Nullable<Integer>)]
    year: Option<i32>,
    #[diesel(sql_type = Nullable<Integer>)]
    threshold: Option<i32>,
    #[diesel(sql_type = Nullable<Integer>)]
    figure: Option<i32>,
    #[diesel(sql_type = Nullable<Integer>)]
    list_version: Option<i32>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    changes: Option<serde_json::Value>,
    #[diesel(sql_type = Date)]
    day: NaiveDate,
    #[diesel(sql_type = Text)]
    hospital: String,
    #[diesel(sql_type = Text)]
    hospital_name: String,
    #[diesel(sql_type = Text)]
    language: String,
    #[diesel(sql_type = Timestamptz)]
    written_at: DateTime<Utc>,
}

impl Columns {
    fn facts(self, id: Uuid) -> Result<Facts, DbError> {
        let number = |of: Option<i32>, column| of.and_then(|of| u32::try_from(of).ok()).ok_or_else(|| odd(column, id));
        let about = match (self.list_version, self.changes) {
            (Some(version), Some(changes)) => About::Prescribers {
                version,
                changes: serde_json::from_value(changes).map_err(|_| odd("changes", id))?,
            },
            _ => About::Threshold {
                counter: named(self.counter.as_deref(), self.year).ok_or_else(|| odd("counter", id))?,
                threshold: number(self.threshold, "threshold")?,
                figure: number(self.figure, "figure")?,
            },
        };
        Ok(Facts {
            about,
            day: self.day,
            hospital: self.hospital,
            hospital_name: self.hospital_name,
            language: Language::from_name(&self.language).ok_or_else(|| odd("language", id))?,
            written_at: self.written_at,
        })
    }
}

fn odd(column: &'static str, id: Uuid) -> DbError {
    DbError::Inconsistent { table: "mails", column, row: id.to_string() }
}
