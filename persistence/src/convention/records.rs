//! What an establishment keeps on record: its sheets, its statements, its team. Nothing that was said is overwritten: a change adds a
//! version and closes the one before, so that each record can be read as it was known at an instant (STF-12). All kinds are rows of
//! `insula.records`; what one of them says is its content. What the content calls `beneficiary`, `day`, `member`, `quantity` or `year`
//! is a column as well, for the database to refuse on.

use chrono::{DateTime, Utc};
use diesel::{
    OptionalExtension, QueryableByName, RunQueryDsl,
    sql_types::{Binary, Bool, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::identifier::HospitalNumber;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{
    error::{DbError, Stop},
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

/// What is kept on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Who may prescribe (CON-08).
    Prescribers,
    /// Where the programme is offered (CON-02).
    Sites,
    /// How the establishment can be reached (REG-05).
    Availability,
    /// Which pumps it offers (PMP-05).
    Pumps,
    /// What is stated of a year (STF-03).
    StaffingStatement,
    /// Who is in the team (STF-12).
    TeamMember,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Kind::Prescribers => "prescribers",
            Kind::Sites => "sites",
            Kind::Availability => "availability",
            Kind::Pumps => "pumps",
            Kind::StaffingStatement => "staffingStatement",
            Kind::TeamMember => "teamMember",
        }
    }
}

/// One record, with all its versions.
#[derive(Debug, Clone)]
pub struct Record {
    /// Whose.
    pub hospital: HospitalNumber,
    /// Of which kind.
    pub kind: Kind,
    /// Which of its kind: a year, an identifier; empty where an establishment has one.
    pub key: String,
}

impl Record {
    /// As the trail names it.
    pub fn subject(&self) -> String {
        let (kind, hospital, key) = (self.kind.name(), self.hospital, &self.key);
        match self.kind {
            Kind::Prescribers | Kind::Sites | Kind::Availability | Kind::Pumps => format!("{kind}:{hospital}"),
            Kind::StaffingStatement => format!("{kind}:{hospital}:{key}"),
            Kind::TeamMember => format!("{kind}:{key}"),
        }
    }
}

/// A version of a record.
#[derive(Debug, Clone, QueryableByName)]
pub struct Version<T> {
    /// Which of its kind.
    #[diesel(sql_type = Text)]
    pub key: String,
    /// What it says.
    #[diesel(sql_type = Jsonb)]
    pub content: T,
    /// Counts the changes, from 1.
    #[diesel(sql_type = Integer)]
    pub version: i32,
    /// When it was said.
    #[diesel(sql_type = Timestamptz)]
    pub recorded_at: DateTime<Utc>,
    /// By whom.
    #[diesel(sql_type = Text)]
    pub recorded_by: String,
    /// When something else was said.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub replaced_at: Option<DateTime<Utc>>,
    /// Whether the record was entered in error: it never held.
    #[diesel(sql_type = Bool)]
    pub withdrawn: bool,
    /// Why it was corrected or withdrawn.
    #[diesel(sql_type = Nullable<Text>)]
    pub why: Option<String>,
}

impl Version<Value> {
    fn read<T: DeserializeOwned>(self, kind: Kind) -> Result<Version<T>, DbError> {
        let Version { key, content, version, recorded_at, recorded_by, replaced_at, withdrawn, why } = self;
        let content = serde_json::from_value(content).map_err(|_| {
            let row = format!("{} {key}, version {version}", kind.name());
            DbError::Inconsistent { table: "insula.records", column: "content", row }
        })?;
        Ok(Version { key, content, version, recorded_at, recorded_by, replaced_at, withdrawn, why })
    }
}

macro_rules! select {
    ($($where:literal),+) => {
        concat!(
            "SELECT key, content, version, recorded_at, recorded_by, replaced_at, withdrawn, why FROM insula.records
             WHERE hospital = $1 AND kind = $2 AND ",
            $($where),+
        )
    };
    (known $($where:literal),+) => {
        select!(
            "NOT withdrawn AND CASE WHEN $3 IS NULL THEN replaced_at IS NULL
                 ELSE recorded_at <= $3 AND (replaced_at IS NULL OR replaced_at > $3) END",
            $($where),+
        )
    };
}

/// A record as it is known now, or was known at an instant.
pub fn find<T: DeserializeOwned>(
    tx: &mut Tx,
    record: &Record,
    known_at: Option<DateTime<Utc>>,
) -> Result<Version<T>, Stop> {
    let query = diesel::sql_query(select!(known " AND key = $4"))
        .bind::<Text, _>(record.hospital.as_str())
        .bind::<Text, _>(record.kind.name())
        .bind::<Nullable<Timestamptz>, _>(known_at)
        .bind::<Text, _>(&record.key);
    let row: Option<Version<Value>> = Constant(query).get_result(tx.conn).optional()?;
    Ok(row.ok_or(Stop::NotFound)?.read(record.kind)?)
}

/// The same for a reader, who leaves an event in the trail (REG-10).
pub fn read<T: DeserializeOwned>(
    tx: &mut Tx,
    record: &Record,
    known_at: Option<DateTime<Utc>>,
) -> Result<Version<T>, Stop> {
    let found = find(tx, record, known_at)?;
    let details = json!({"version": found.version, "knownAt": known_at});
    trail::record(tx, Action::Get, &record.subject(), &details)?;
    Ok(found)
}

/// All records of a kind as they are known now, or were known at an instant, by name, day and key.
pub fn list<T: DeserializeOwned>(
    tx: &mut Tx,
    hospital: HospitalNumber,
    kind: Kind,
    known_at: Option<DateTime<Utc>>,
) -> Result<Vec<Version<T>>, Stop> {
    let query = diesel::sql_query(select!(known " ORDER BY content ->> 'name', day, key"))
        .bind::<Text, _>(hospital.as_str())
        .bind::<Text, _>(kind.name())
        .bind::<Nullable<Timestamptz>, _>(known_at);
    let rows: Vec<Version<Value>> = Constant(query).load(tx.conn)?;
    Ok(rows.into_iter().map(|row| row.read(kind)).collect::<Result<_, _>>()?)
}

/// Every version of a record, the latest first; also of one that was withdrawn.
pub fn versions<T: DeserializeOwned>(tx: &mut Tx, record: &Record) -> Result<Vec<Version<T>>, Stop> {
    let query = diesel::sql_query(select!("key = $3 ORDER BY version DESC"))
        .bind::<Text, _>(record.hospital.as_str())
        .bind::<Text, _>(record.kind.name())
        .bind::<Text, _>(&record.key);
    let rows: Vec<Version<Value>> = Constant(query).load(tx.conn)?;
    if rows.is_empty() {
        return Err(Stop::NotFound);
    }
    Ok(rows.into_iter().map(|row| row.read(record.kind)).collect::<Result<_, _>>()?)
}

/// What a change is called, and what the trail keeps of it beside the number of the version.
pub struct Change {
    /// What was done.
    pub action: Action,
    /// Never an identity (SYS-01).
    pub details: Value,
    /// Why, where somebody said so.
    pub why: Option<String>,
    /// Whether the record is withdrawn as entered in error; its content is what it said.
    pub withdrawn: bool,
}

/// Puts something on record: for the first time, or in place of the version that `if_match` names; withdraws it likewise.
pub fn put<T: Serialize>(
    tx: &mut Tx,
    record: &Record,
    content: T,
    if_match: Option<i32>,
    change: Change,
) -> Result<Version<T>, Stop> {
    if let Some(seen) = if_match {
        let query = diesel::sql_query(
            // Another replica's clock may be a little ahead of this one's.
            "UPDATE insula.records SET replaced_at = greatest($5, recorded_at)
             WHERE hospital = $1 AND kind = $2 AND key = $3 AND version = $4 AND replaced_at IS NULL AND NOT withdrawn RETURNING 1",
        )
        .bind::<Text, _>(record.hospital.as_str())
        .bind::<Text, _>(record.kind.name())
        .bind::<Text, _>(&record.key)
        .bind::<Integer, _>(seen)
        .bind::<Timestamptz, _>(tx.now);
        if Constant(query).execute(tx.conn)? == 0 {
            return Err(Stop::Stale);
        }
    }
    let version = if_match.unwrap_or_default() + 1;
    let Change { action, mut details, why, withdrawn } = change;
    details["version"] = json!(version);
    let event = trail::event(tx, action, &record.subject(), &details)?;
    let said = serde_json::to_value(&content).map_err(|error| DbError::Other(error.to_string()))?;
    let query = diesel::sql_query(
        "WITH said AS (INSERT INTO insula.records (hospital, kind, key, version, content, beneficiary, day, member, quantity, year,
               recorded_at, recorded_by, withdrawn, why)
           VALUES ($1, $2, $3, $4, $5, ($5 ->> 'beneficiary')::uuid, ($5 ->> 'day')::date, ($5 ->> 'member')::uuid,
               ($5 ->> 'quantity')::numeric, ($5 ->> 'year')::integer, $6, insula.person(), $7, $8))
         INSERT INTO trail.events (id, body, mac) VALUES ($9, $10, $11)",
    )
    .bind::<Text, _>(record.hospital.as_str())
    .bind::<Text, _>(record.kind.name())
    .bind::<Text, _>(&record.key)
    .bind::<Integer, _>(version)
    .bind::<Jsonb, _>(said)
    .bind::<Timestamptz, _>(tx.now)
    .bind::<Bool, _>(withdrawn)
    .bind::<Nullable<Text>, _>(&why)
    .bind::<SqlUuid, _>(event.id)
    .bind::<Text, _>(event.body)
    .bind::<Binary, _>(event.mac);
    Constant(query).execute(tx.conn)?;
    let (key, recorded_by) = (record.key.clone(), tx.call.actor.person.clone());
    Ok(Version { key, content, version, recorded_at: tx.now, recorded_by, replaced_at: None, withdrawn, why })
}
