//! The recipients of a hospital's mails (NOT-03).

use diesel::{
    OptionalExtension, QueryableByName, RunQueryDsl,
    sql_types::{Array, Integer, Nullable, Text, Timestamptz},
};
use insula_domain::{identifier::HospitalNumber, notices::mail::Recipients};
use serde_json::json;

use crate::{
    error::Stop,
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

/// A hospital's current recipients.
#[derive(Debug, Clone)]
pub struct CurrentRecipients {
    /// The recipients.
    pub recipients: Recipients,
    /// Counts the changes; 0 until any are entered.
    pub version: i32,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Nullable<Text>)]
    responsible_specialist: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    administrative_contact_1: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    administrative_contact_2: Option<String>,
    #[diesel(sql_type = Array<Text>)]
    others: Vec<String>,
    #[diesel(sql_type = Integer)]
    version: i32,
}

impl From<Row> for CurrentRecipients {
    fn from(row: Row) -> CurrentRecipients {
        CurrentRecipients {
            recipients: Recipients {
                responsible_specialist: row.responsible_specialist,
                administrative_contact1: row.administrative_contact_1,
                administrative_contact2: row.administrative_contact_2,
                others: row.others,
            },
            version: row.version,
        }
    }
}

macro_rules! select_recipients {
    ($lock:literal) => {
        concat!(
            "SELECT r.responsible_specialist, r.administrative_contact_1, r.administrative_contact_2,
                 coalesce(r.others, '{}') AS others, coalesce(r.version, 0) AS version
             FROM insula.hospitals h LEFT JOIN insula.mail_recipients r ON r.hospital = h.number WHERE h.number = $1",
            $lock
        )
    };
}

/// The recipients of a hospital the caller may see.
pub fn recipients(tx: &mut Tx, hospital: HospitalNumber) -> Result<CurrentRecipients, Stop> {
    let query = diesel::sql_query(select_recipients!("")).bind::<Text, _>(hospital.as_str());
    Ok(Constant(query).found::<Row>(tx.conn)?.into())
}

/// Enters or changes a hospital's recipients, if `if_match` is their current version. The lock on the hospital makes
/// the second of two concurrent requests fail.
pub fn put_recipients(
    tx: &mut Tx,
    hospital: HospitalNumber,
    new: &Recipients,
    if_match: i32,
) -> Result<CurrentRecipients, Stop> {
    let query = diesel::sql_query(select_recipients!(" FOR UPDATE OF h")).bind::<Text, _>(hospital.as_str());
    let present: CurrentRecipients = Constant(query).found::<Row>(tx.conn)?.into();
    if present.version != if_match {
        return Err(Stop::Stale);
    }
    let query = diesel::sql_query(
        "INSERT INTO insula.mail_recipients AS r (hospital, responsible_specialist, administrative_contact_1,
             administrative_contact_2, others, version, updated_at)
         VALUES ($1, $2, $3, $4, $5, 1, $6)
         ON CONFLICT (hospital) DO UPDATE SET responsible_specialist = $2, administrative_contact_1 = $3,
             administrative_contact_2 = $4, others = $5, version = r.version + 1, updated_at = $6 WHERE r.version = $7
         RETURNING responsible_specialist, administrative_contact_1, administrative_contact_2, others, version",
    )
    .bind::<Text, _>(hospital.as_str())
    .bind::<Nullable<Text>, _>(&new.responsible_specialist)
    .bind::<Nullable<Text>, _>(&new.administrative_contact1)
    .bind::<Nullable<Text>, _>(&new.administrative_contact2)
    .bind::<Array<Text>, _>(&new.others)
    .bind::<Timestamptz, _>(tx.now)
    .bind::<Integer, _>(if_match);
    let stored: Option<Row> = Constant(query).get_result(tx.conn).optional()?;
    let stored = stored.map(CurrentRecipients::from).ok_or(Stop::Stale)?;
    // Addresses stay out of the trail, which is kept for ever.
    let named = |recipients: &Recipients| {
        json!({"responsibleSpecialist": recipients.responsible_specialist.is_some(),
            "administrativeContact1": recipients.administrative_contact1.is_some(),
            "administrativeContact2": recipients.administrative_contact2.is_some(), "others": recipients.others.len()})
    };
    let changed = |of: fn(&Recipients) -> &Option<String>| of(&present.recipients) != of(new);
    let details = json!({"version": stored.version, "before": named(&present.recipients), "after": named(new),
        "changed": {"responsibleSpecialist": changed(|r| &r.responsible_specialist),
            "administrativeContact1": changed(|r| &r.administrative_contact1),
            "administrativeContact2": changed(|r| &r.administrative_contact2),
            "others": present.recipients.others != new.others}});
    trail::record(tx, Action::Put, &format!("mailRecipients:{hospital}"), &details)?;
    Ok(stored)
}
