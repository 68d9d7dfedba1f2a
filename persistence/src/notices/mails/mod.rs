//! E-mails about thresholds, written in the night's transaction (NOT-01 to NOT-05), and about changes in lists of
//! prescribers, written in the list's transaction (CON-08). They are sent outside any transaction, and settled in
//! another one.

mod announce;
mod delivery;
mod list;
mod recipients;

pub use announce::{announce, report};
pub use delivery::{ClaimedMail, WrittenMail, backlog, claim, settle};
pub use list::{Notification, NotificationFilter, get, list, send_again};
pub use recipients::{CurrentRecipients, put_recipients, recipients};

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    QueryableByName,
    sql_types::{Array, Date, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::{convention::prescriber::ReportedChange, names::Language, registry::counter::CounterId};
use uuid::Uuid;

use crate::{error::DbError, registry::counters::counter_of};

/// The content of a mail (NOT-02, CON-08). Nothing about a beneficiary (NOT-05).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailFacts {
    /// Its subject matter.
    pub about: About,
    /// The day of the night, or the day on which the list was stated.
    pub day: NaiveDate,
    /// The INAMI number of the hospital that it is for, or whose list has changed.
    pub hospital: String,
    /// The hospital's name.
    pub hospital_name: String,
    /// The hospital's language, in which it is written.
    pub language: Language,
    /// When it was written; also the date in its header.
    pub written_at: DateTime<Utc>,
}

/// The subject matter of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// To a hospital: a counter has reached a threshold (NOT-02).
    Threshold {
        /// The counter.
        counter: CounterId,
        /// The threshold.
        threshold: u32,
        /// The figure after the night.
        figure: u32,
    },
    /// To INAMI: a list of prescribers has changed (CON-08).
    Prescribers {
        /// The version of the list.
        version: i32,
        /// The changes.
        changes: Vec<ReportedChange>,
    },
}

/// The columns of a mail, selected by [`mail_columns`].
#[derive(QueryableByName)]
struct MailColumns {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(embed)]
    about: FactColumns,
    #[diesel(sql_type = Array<Text>)]
    recipients: Vec<String>,
    #[diesel(sql_type = Array<Text>)]
    accepted: Vec<String>,
    #[diesel(sql_type = Array<Text>)]
    refused: Vec<String>,
    #[diesel(sql_type = Integer)]
    attempts: i32,
    #[diesel(sql_type = Nullable<Text>)]
    message_id: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    subject: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    body: Option<String>,
}

macro_rules! mail_columns {
    () => {
        "m.id, m.counter, m.year, m.threshold, m.figure, m.list_version, m.changes, m.day, m.hospital,
         h.name AS hospital_name, m.language, m.written_at, m.recipients, m.accepted, m.refused, m.attempts,
         m.message_id, m.subject, m.body"
    };
}
use mail_columns;

/// The columns with the content of a mail.
#[derive(QueryableByName)]
struct FactColumns {
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

impl FactColumns {
    fn facts(self, id: Uuid) -> Result<MailFacts, DbError> {
        let number =
            |of: Option<i32>, column| of.and_then(|of| u32::try_from(of).ok()).ok_or_else(|| inconsistent(column, id));
        let about = match (self.list_version, self.changes) {
            (Some(version), Some(changes)) => About::Prescribers {
                version,
                changes: serde_json::from_value(changes).map_err(|_| inconsistent("changes", id))?,
            },
            _ => About::Threshold {
                counter: counter_of(self.counter.as_deref(), self.year).ok_or_else(|| inconsistent("counter", id))?,
                threshold: number(self.threshold, "threshold")?,
                figure: number(self.figure, "figure")?,
            },
        };
        Ok(MailFacts {
            about,
            day: self.day,
            hospital: self.hospital,
            hospital_name: self.hospital_name,
            language: Language::from_name(&self.language).ok_or_else(|| inconsistent("language", id))?,
            written_at: self.written_at,
        })
    }
}

fn inconsistent(column: &'static str, id: Uuid) -> DbError {
    DbError::inconsistent("mails", column, id)
}
