//! What an establishment states as a whole and may state anew, with every version kept: prescribers (CON-08), sites (CON-02),
//! availability (REG-05), pumps (PMP-05); and the feed of what changed in the lists of prescribers.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    OptionalExtension, QueryableByName, RunQueryDsl,
    sql_types::{Array, BigInt, Binary, Date, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::{
    convention::{
        prescriber::{Prescriber, Told},
        pump::Offer,
    },
    identifier::HospitalNumber,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{
    error::{DbError, Stop},
    position::Position,
    sql::Constant,
    trail,
    tx::Tx,
};

/// What a sheet states.
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
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Kind::Prescribers => "prescribers",
            Kind::Sites => "sites",
            Kind::Availability => "availability",
            Kind::Pumps => "pumps",
        }
    }
}

/// A version of a sheet.
#[derive(Debug, Clone)]
pub struct Sheet<T> {
    /// What is stated.
    pub lines: Vec<T>,
    /// Counts the changes, from 1.
    pub version: i32,
    /// When it was stated.
    pub recorded_at: DateTime<Utc>,
    /// By whom.
    pub recorded_by: String,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Jsonb)]
    content: Value,
    #[diesel(sql_type = Integer)]
    version: i32,
    #[diesel(sql_type = Timestamptz)]
    recorded_at: DateTime<Utc>,
    #[diesel(sql_type = Text)]
    recorded_by: String,
}

/// A sheet as it is stated now, or as it was stated at an instant.
pub fn sheet<T: DeserializeOwned>(
    tx: &mut Tx,
    hospital: &str,
    kind: Kind,
    known_at: Option<DateTime<Utc>>,
) -> Result<Sheet<T>, Stop> {
    let query = diesel::sql_query(
        "SELECT content, version, recorded_at, recorded_by FROM insula.establishment_sheets
         WHERE hospital = $1 AND kind = $2 AND CASE WHEN $3 IS NULL THEN replaced_at IS NULL
             ELSE recorded_at <= $3 AND (replaced_at IS NULL OR replaced_at > $3) END",
    )
    .bind::<Text, _>(hospital)
    .bind::<Text, _>(kind.name())
    .bind::<Nullable<Timestamptz>, _>(known_at);
    let row: Option<Row> = Constant(query).get_result(tx.conn).optional()?;
    let row = row.ok_or(Stop::NotFound)?;
    let lines = serde_json::from_value(row.content).map_err(|_| DbError::Inconsistent {
        table: "insula.establishment_sheets",
        column: "content",
        row: format!("{hospital} {} {}", kind.name(), row.version),
    })?;
    Ok(Sheet { lines, version: row.version, recorded_at: row.recorded_at, recorded_by: row.recorded_by })
}

/// The same for a reader, who leaves an event in the trail (REG-10).
pub fn read<T: DeserializeOwned>(
    tx: &mut Tx,
    hospital: &str,
    kind: Kind,
    known_at: Option<DateTime<Utc>>,
) -> Result<Sheet<T>, Stop> {
    let found = sheet(tx, hospital, kind, known_at)?;
    let details = json!({"version": found.version, "knownAt": known_at});
    trail::record(tx, "read", &format!("{}:{hospital}", kind.name()), &details)?;
    Ok(found)
}

/// States a sheet, or states it anew when `if_match` names what was stated; that stays.
pub fn state<T: Serialize>(
    tx: &mut Tx,
    hospital: &str,
    kind: Kind,
    lines: Vec<T>,
    if_match: Option<i32>,
) -> Result<Sheet<T>, Stop> {
    let query = diesel::sql_query(
        // Another replica's clock may be a little ahead of this one's.
        "UPDATE insula.establishment_sheets SET replaced_at = greatest($4, recorded_at)
         WHERE hospital = $1 AND kind = $2 AND replaced_at IS NULL AND version = $3 RETURNING 1",
    )
    .bind::<Text, _>(hospital)
    .bind::<Text, _>(kind.name())
    .bind::<Integer, _>(if_match.unwrap_or_default())
    .bind::<Timestamptz, _>(tx.now);
    if Constant(query).execute(tx.conn)? == 0 && if_match.is_some() {
        return Err(Stop::Stale);
    }
    let version = if_match.unwrap_or_default() + 1;
    let content = serde_json::to_value(&lines).map_err(|error| DbError::Other(error.to_string()))?;
    // Names and numbers of persons stay in the sheet (SYS-01).
    let details = json!({"version": version, "lines": lines.len()});
    let event = trail::event(tx, "state", &format!("{}:{hospital}", kind.name()), &details)?;
    let query = diesel::sql_query(
        "WITH said AS (INSERT INTO insula.establishment_sheets (hospital, kind, version, content, recorded_at, recorded_by)
           -- Of two who state it first at once, the second has not seen what the first stated.
           VALUES ($1, $2, $3, $4, $5, insula.person()) ON CONFLICT DO NOTHING RETURNING 1)
         INSERT INTO trail.events (id, body, mac) SELECT $6, $7, $8 FROM said RETURNING 1",
    )
    .bind::<Text, _>(hospital)
    .bind::<Text, _>(kind.name())
    .bind::<Integer, _>(version)
    .bind::<Jsonb, _>(content)
    .bind::<Timestamptz, _>(tx.now)
    .bind::<SqlUuid, _>(event.id)
    .bind::<Text, _>(event.body)
    .bind::<Binary, _>(event.mac);
    if Constant(query).execute(tx.conn)? == 0 {
        return Err(Stop::Stale);
    }
    Ok(Sheet { lines, version, recorded_at: tx.now, recorded_by: tx.call.actor.person.clone() })
}

#[derive(QueryableByName)]
struct OfferRow {
    #[diesel(sql_type = Text)]
    hospital: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Jsonb)]
    content: Value,
}

/// PMP-05: the pumps that all establishments offer, with the names of these, by number; in Insula's own scope.
pub fn offers(tx: &mut Tx) -> Result<(Vec<Offer>, BTreeMap<HospitalNumber, String>), Stop> {
    let query = diesel::sql_query(
        "SELECT s.hospital, h.name, s.content FROM insula.establishment_sheets s JOIN insula.hospitals h ON h.number = s.hospital
         WHERE s.kind = 'pumps' AND s.replaced_at IS NULL ORDER BY s.hospital",
    );
    let rows: Vec<OfferRow> = Constant(query).load(tx.conn)?;
    let (mut offers, mut names) = (Vec::new(), BTreeMap::new());
    for row in rows {
        let wrong =
            |column| DbError::Inconsistent { table: "insula.establishment_sheets", column, row: row.hospital.clone() };
        let hospital: HospitalNumber = row.hospital.parse().map_err(|_| wrong("hospital"))?;
        let pumps = serde_json::from_value(row.content).map_err(|_| wrong("content"))?;
        offers.push(Offer { hospital, pumps });
        names.insert(hospital, row.name);
    }
    Ok((offers, names))
}

/// CON-08: notes what changed in a list of prescribers, for INAMI and insurers to follow.
pub fn tell(tx: &mut Tx, hospital: &str, version: i32, told: &[Told]) -> Result<(), Stop> {
    if told.is_empty() {
        return Ok(());
    }
    let each = |of: &dyn Fn(&Prescriber) -> String| told.iter().map(|one| of(&one.prescriber)).collect::<Vec<_>>();
    let query = diesel::sql_query(
        "INSERT INTO insula.prescriber_changes (hospital, change, nihdi_number, name, qualification, valid_from, valid_to, version,
             changed_at)
         SELECT $1, change, number, name, qualification, valid_from, valid_to, $2, $3
         FROM unnest($4, $5, $6, $7, $8, $9) AS told (change, number, name, qualification, valid_from, valid_to) RETURNING 1",
    )
    .bind::<Text, _>(hospital)
    .bind::<Integer, _>(version)
    .bind::<Timestamptz, _>(tx.now)
    .bind::<Array<Text>, _>(told.iter().map(|one| one.change.name()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(each(&|one| one.number.to_string()))
    .bind::<Array<Text>, _>(each(&|one| one.name.clone()))
    .bind::<Array<Text>, _>(each(&|one| one.qualification.name().to_owned()))
    .bind::<Array<Date>, _>(told.iter().map(|one| one.prescriber.span.from).collect::<Vec<_>>())
    .bind::<Array<Nullable<Date>>, _>(told.iter().map(|one| one.prescriber.span.to).collect::<Vec<_>>());
    Constant(query).execute(tx.conn)?;
    Ok(())
}

/// A change in a list of prescribers.
#[derive(Debug, QueryableByName)]
pub struct PrescriberChange {
    /// Where it stands.
    #[diesel(embed)]
    pub in_feed: Position,
    /// The establishment.
    #[diesel(sql_type = Text)]
    pub hospital: String,
    /// `added`, `ended`, `changed` or `removed`.
    #[diesel(sql_type = Text)]
    pub change: String,
    /// The physician's NIHDI number.
    #[diesel(sql_type = Text)]
    pub nihdi_number: String,
    /// Their name.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// What they are.
    #[diesel(sql_type = Text)]
    pub qualification: String,
    /// From when they may prescribe.
    #[diesel(sql_type = Date)]
    pub valid_from: NaiveDate,
    /// Until when.
    #[diesel(sql_type = Nullable<Date>)]
    pub valid_to: Option<NaiveDate>,
    /// The version of the list that brought it.
    #[diesel(sql_type = Integer)]
    pub version: i32,
    /// When.
    #[diesel(sql_type = Timestamptz)]
    pub changed_at: DateTime<Utc>,
}

/// CON-08: the changes after a place, in an order that never changes: a reader who follows it misses none and sees none twice,
/// whatever commits meanwhile.
pub fn prescriber_changes(tx: &mut Tx, after: Position, page_size: i32) -> Result<Vec<PrescriberChange>, Stop> {
    let query = diesel::sql_query(
        "SELECT xid, seq, hospital, change, nihdi_number, name, qualification, valid_from, valid_to, version, changed_at
         FROM insula.prescriber_changes c
         WHERE (c.xid, c.seq) > ($1::xid8, $2) AND c.xid < pg_snapshot_xmin(pg_current_snapshot())
         ORDER BY c.xid, c.seq LIMIT $3",
    )
    .bind::<Text, _>(after.xid.to_string())
    .bind::<BigInt, _>(after.seq)
    .bind::<Integer, _>(page_size);
    let changes: Vec<PrescriberChange> = Constant(query).load(tx.conn)?;
    trail::record(tx, "readFeed", "prescribers", &json!({"changes": changes.len()}))?;
    Ok(changes)
}
