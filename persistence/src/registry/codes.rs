//! Registration codes, for the insurer of the beneficiary and the hospital, and the feed of changes for insurers
//! (TRA-02).

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    OptionalExtension, QueryableByName, RunQueryDsl,
    sql_types::{Array, BigInt, Binary, Bool, Date, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::{
    parties::beneficiary::NationalNumber,
    registry::{
        registration::{RegistrationType, Status, code::RegistrationCode},
        transmission::verify::Registered,
    },
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    error::{DbError, Stop},
    position::Position,
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    hospital: String,
    #[diesel(sql_type = Text, column_name = "type")]
    registration_type: String,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Integer)]
    version: i32,
    #[diesel(sql_type = Nullable<Text>)]
    pair: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    nomenclature_code: Option<String>,
    #[diesel(sql_type = Nullable<Date>)]
    event_date: Option<NaiveDate>,
    #[diesel(sql_type = Bool)]
    has_sensor: bool,
    #[diesel(sql_type = Bool)]
    holds_place: bool,
    #[diesel(sql_type = Bool)]
    decided: bool,
    #[diesel(sql_type = Text)]
    insurer: String,
    #[diesel(sql_type = Timestamptz)]
    validated_at: DateTime<Utc>,
    #[diesel(sql_type = Bool)]
    same_beneficiary: bool,
}

/// The details of a registration code.
#[derive(Debug, Clone)]
pub struct CodeDetails {
    /// Its code.
    pub code: RegistrationCode,
    /// The hospital.
    pub hospital: String,
    /// Its type.
    pub registration_type: RegistrationType,
    /// Its status.
    pub status: Status,
    /// Its version.
    pub version: i32,
    /// The reimbursed pair.
    pub pair: Option<String>,
    /// The code of the pair for the setting.
    pub nomenclature_code: Option<String>,
    /// When it happened.
    pub event_date: Option<NaiveDate>,
    /// Whether a sensor is among the devices.
    pub has_sensor: bool,
    /// Whether it holds a place in its counter.
    pub holds_place: bool,
    /// Whether a night has decided about its last validation.
    pub decided: bool,
    /// The insurer at the last validation.
    pub insurer: String,
    /// When it was last validated.
    pub validated_at: DateTime<Utc>,
    /// Whether it belongs to the beneficiary named by the caller; false if none was named.
    pub same_beneficiary: bool,
}

/// The beneficiary named by who asks.
#[derive(Debug, Clone, Default)]
pub struct PersonKey {
    /// Keyed hash of the national number.
    pub niss_index: Option<Vec<u8>>,
    /// The identification code.
    pub identification_code: Option<String>,
}

impl PersonKey {
    /// By national number.
    pub fn of_niss(tx: &Tx, niss: &NationalNumber) -> PersonKey {
        PersonKey { niss_index: Some(tx.keys.niss_index(niss).to_vec()), identification_code: None }
    }
}

/// The look-up and its event, in one round trip.
pub const LOOK_UP: &str =
    "WITH found AS (SELECT r.id, r.hospital, r.type::text AS type, r.status::text AS status, r.version, r.pair,
             r.nomenclature_code, r.event_date, r.has_sensor, r.place IS NOT NULL AS holds_place,
             r.decided_on IS NOT NULL AS decided, r.insurer, r.validated_at,
             ($5 IS NOT NULL OR $6 IS NOT NULL) AND vault.is_person(r.person_id, $5, $6) AS same_beneficiary
           FROM insula.registrations r
           WHERE r.code = $1 AND insula.organisation() IN (r.hospital, r.insurer, r.insurer_union)),
         traced AS (INSERT INTO trail.events (id, body, mac) VALUES ($2, $3, $4))
         SELECT * FROM found";

/// The details of a code, with an event in the trail that it was read. An unknown code and one of another insurer's
/// member look the same (SYS-02).
pub fn find(
    tx: &mut Tx,
    code: &RegistrationCode,
    action: Action,
    person: &PersonKey,
) -> Result<Option<CodeDetails>, Stop> {
    let event = trail::event(tx, action, &format!("registrationCode:{code}"), &json!({}))?;
    let query = diesel::sql_query(LOOK_UP)
        .bind::<Text, _>(code.as_str())
        .bind::<SqlUuid, _>(event.id)
        .bind::<Text, _>(event.body)
        .bind::<Binary, _>(event.mac)
        .bind::<Nullable<Binary>, _>(&person.niss_index)
        .bind::<Nullable<Text>, _>(&person.identification_code);
    let row: Option<Row> = Constant(query).get_result(tx.conn).optional()?;
    let Some(row) = row else { return Ok(None) };
    let inconsistent = |column| DbError::inconsistent("registrations", column, row.id);
    Ok(Some(CodeDetails {
        code: code.to_owned(),
        registration_type: RegistrationType::from_name(&row.registration_type).ok_or_else(|| inconsistent("type"))?,
        status: Status::from_name(&row.status).ok_or_else(|| inconsistent("status"))?,
        hospital: row.hospital,
        version: row.version,
        pair: row.pair,
        nomenclature_code: row.nomenclature_code,
        event_date: row.event_date,
        has_sensor: row.has_sensor,
        holds_place: row.holds_place,
        decided: row.decided,
        insurer: row.insurer,
        validated_at: row.validated_at,
        same_beneficiary: row.same_beneficiary,
    }))
}

/// What is registered behind each of many codes, in one statement; `None` for no code, an unknown one, and one that is
/// neither of a member of this insurer nor of this hospital (TRA-02, SYS-02). The caller writes the event in the trail.
pub fn behind(tx: &mut Tx, asked: &[(Option<RegistrationCode>, PersonKey)]) -> Result<Vec<Option<Registered>>, Stop> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        ordinal: i64,
        #[diesel(sql_type = Text)]
        status: String,
        #[diesel(sql_type = Nullable<Text>)]
        nomenclature_code: Option<String>,
        #[diesel(sql_type = Date)]
        event_date: NaiveDate,
        #[diesel(sql_type = Bool)]
        same_beneficiary: bool,
    }
    let codes: Vec<_> = asked.iter().map(|(code, _)| code.as_ref().map(RegistrationCode::as_str)).collect();
    let indexes: Vec<_> = asked.iter().map(|(_, person)| person.niss_index.as_deref()).collect();
    let identification_codes: Vec<_> = asked.iter().map(|(_, person)| person.identification_code.as_deref()).collect();
    let query = diesel::sql_query("SELECT * FROM insula.behind_codes($1, $2, $3)")
        .bind::<Array<Nullable<Text>>, _>(codes)
        .bind::<Array<Nullable<Binary>>, _>(indexes)
        .bind::<Array<Nullable<Text>>, _>(identification_codes);
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    let mut found: Vec<Option<Registered>> = asked.iter().map(|_| None).collect();
    for row in rows {
        let status = Status::from_name(&row.status);
        let status = status.ok_or_else(|| DbError::inconsistent("registrations", "status", row.ordinal))?;
        let place = usize::try_from(row.ordinal - 1).ok().and_then(|index| found.get_mut(index));
        if let Some(place) = place {
            *place = Some(Registered {
                status,
                nomenclature_code: row.nomenclature_code,
                event_date: Some(row.event_date),
                same_beneficiary: row.same_beneficiary,
            });
        }
    }
    Ok(found)
}

/// One change in the feed.
#[derive(Debug, Clone)]
pub struct CodeChange {
    /// Its position in the feed.
    pub in_feed: Position,
    /// The code.
    pub code: String,
    /// The new status.
    pub status: Status,
    /// The new version.
    pub version: i32,
    /// When.
    pub changed_at: DateTime<Utc>,
}

#[derive(QueryableByName)]
struct CodeChangeRow {
    #[diesel(embed)]
    in_feed: Position,
    #[diesel(sql_type = Text)]
    code: String,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Integer)]
    version: i32,
    #[diesel(sql_type = Timestamptz)]
    changed_at: DateTime<Utc>,
}

impl CodeChangeRow {
    fn read(self) -> Result<CodeChange, DbError> {
        let inconsistent = || DbError::inconsistent("code_changes", "status", self.in_feed);
        Ok(CodeChange {
            status: Status::from_name(&self.status).ok_or_else(inconsistent)?,
            in_feed: self.in_feed,
            code: self.code,
            version: self.version,
            changed_at: self.changed_at,
        })
    }
}

/// The changes after a position, in an order that never changes. Changes of transactions younger than the oldest one
/// still running are held back, so that none can appear before a position already read (TRA-02).
pub fn changes(tx: &mut Tx, after: Position, page_size: i32) -> Result<Vec<CodeChange>, Stop> {
    let query = diesel::sql_query(
        "SELECT xid, seq, code, status::text AS status, version, changed_at FROM (
             (SELECT * FROM insula.code_changes WHERE insurer = insula.organisation() AND (xid, seq) > ($1::xid8, $2)
                AND xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY xid, seq LIMIT $3)
             UNION
             (SELECT * FROM insula.code_changes
              WHERE insurer_union = insula.organisation() AND (xid, seq) > ($1::xid8, $2)
                AND xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY xid, seq LIMIT $3)) AS mine
         ORDER BY mine.xid, mine.seq LIMIT $3",
    )
    .bind::<Text, _>(after.xid.to_string())
    .bind::<BigInt, _>(after.seq)
    .bind::<Integer, _>(page_size);
    let rows: Vec<CodeChangeRow> = Constant(query).load(tx.conn)?;
    let changes: Vec<CodeChange> = rows.into_iter().map(CodeChangeRow::read).collect::<Result<_, _>>()?;
    trail::record(tx, Action::List, "registrationCodes", &json!({"changes": changes.len()}))?;
    Ok(changes)
}
