//! What an establishment keeps on record: its sheets, its statements, its team. Nothing that was said is overwritten:
//! a change adds a version and closes the one before, so that each record can be read as it was known at an instant
//! (STF-12). All kinds are rows of `insula.records`; what one of them says is its content. What the content calls
//! `beneficiaryId`, `day` or `from`, `to`, `member`, `quantity` or `year` is a column as well, so that the database can
//! refuse it.

use std::{fmt::Display, marker::PhantomData};

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    OptionalExtension, QueryableByName, RunQueryDsl,
    sql_types::{Array, Binary, Bool, Date, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::identifier::HospitalNumber;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    error::{DbError, Stop},
    page::Page,
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
    /// What material a beneficiary got (REG-01).
    MaterialDelivery,
    /// A beneficiary's stay in a hospital (PMP-04).
    HospitalStay,
    /// A beneficiary's preventive examinations (PMP-03).
    PreventiveExamination,
    /// Which pump a beneficiary has (PMP-07).
    PumpAssignment,
    /// A contact of the team with a beneficiary (REG-02).
    Contact,
    /// A joint meeting of the two teams (REG-03).
    JointMeeting,
    /// A physician who treats a beneficiary beside the establishment (REG-04).
    TreatingPhysician,
    /// A change of a beneficiary's therapy (REG-04).
    TherapyChange,
    /// A report to a beneficiary's physician (REG-04).
    PractitionerReport,
    /// How the consultations of a site are made known to patients (REG-13).
    ConsultationNotice,
    /// What a site has for education and data (REG-12).
    InfrastructureDeclaration,
    /// A consultant whom a beneficiary has to see (REG-14).
    ConsultantFollowUp,
    /// What a beneficiary told of a move to another establishment (BIL-07).
    MoveNotice,
    /// A beneficiary's consent to be told electronically (BIL-06).
    ElectronicConsent,
    /// Under which numbers the hospital bills (BEN-05).
    BillingIdentity,
    /// What is entered in the accounts (REG-08).
    AccountEntry,
    /// Which other conventions the hospital has (REG-11).
    OtherConventions,
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
            Kind::MaterialDelivery => "materialDelivery",
            Kind::HospitalStay => "hospitalStay",
            Kind::PreventiveExamination => "preventiveExamination",
            Kind::PumpAssignment => "pumpAssignment",
            Kind::Contact => "contact",
            Kind::JointMeeting => "jointMeeting",
            Kind::TreatingPhysician => "treatingPhysician",
            Kind::TherapyChange => "therapyChange",
            Kind::PractitionerReport => "practitionerReport",
            Kind::ConsultationNotice => "consultationNotice",
            Kind::InfrastructureDeclaration => "infrastructureDeclaration",
            Kind::ConsultantFollowUp => "consultantFollowUp",
            Kind::MoveNotice => "moveNotice",
            Kind::ElectronicConsent => "electronicConsent",
            Kind::BillingIdentity => "billingIdentity",
            Kind::AccountEntry => "accountEntry",
            Kind::OtherConventions => "otherConventions",
        }
    }
}

/// What the records of a kind say.
pub trait Content: Serialize + DeserializeOwned {
    /// Their kind.
    const KIND: Kind;

    /// What the trail keeps of it: never an identity, a name or a number of a person (SYS-01).
    fn trace(&self) -> Value;
}

/// A line of a sheet, which an establishment states as a whole.
pub trait Line: Serialize + DeserializeOwned {
    /// The kind of the sheet.
    const SHEET: Kind;
}

impl<T: Line> Content for Vec<T> {
    const KIND: Kind = T::SHEET;

    fn trace(&self) -> Value {
        json!({"lines": self.len()})
    }
}

/// One record, with all its versions.
#[derive(Debug, Clone)]
pub struct Record<T> {
    hospital: HospitalNumber,
    key: String,
    says: PhantomData<fn() -> T>,
}

impl<T: Content> Record<T> {
    /// The record of a hospital: of a year or with an identifier; the key is empty where an establishment has one.
    pub fn of(hospital: HospitalNumber, key: impl Display) -> Record<T> {
        Record { hospital, key: key.to_string(), says: PhantomData }
    }

    /// As the trail names it.
    pub fn subject(&self) -> String {
        let (kind, hospital, key) = (T::KIND.name(), self.hospital, &self.key);
        match T::KIND {
            Kind::Prescribers
            | Kind::Sites
            | Kind::Availability
            | Kind::Pumps
            | Kind::BillingIdentity
            | Kind::OtherConventions => format!("{kind}:{hospital}"),
            Kind::StaffingStatement => format!("{kind}:{hospital}:{key}"),
            Kind::TeamMember
            | Kind::MaterialDelivery
            | Kind::HospitalStay
            | Kind::PreventiveExamination
            | Kind::PumpAssignment
            | Kind::Contact
            | Kind::JointMeeting
            | Kind::TreatingPhysician
            | Kind::TherapyChange
            | Kind::PractitionerReport
            | Kind::ConsultationNotice
            | Kind::InfrastructureDeclaration
            | Kind::ConsultantFollowUp
            | Kind::MoveNotice
            | Kind::ElectronicConsent
            | Kind::AccountEntry => format!("{kind}:{key}"),
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
    fn read<T: Content>(self) -> Result<Version<T>, DbError> {
        let Version { key, content, version, recorded_at, recorded_by, replaced_at, withdrawn, why } = self;
        let content = serde_json::from_value(content).map_err(|_| {
            let row = format!("{} {key}, version {version}", T::KIND.name());
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
pub fn find<T: Content>(tx: &mut Tx, record: &Record<T>, known_at: Option<DateTime<Utc>>) -> Result<Version<T>, Stop> {
    let query = diesel::sql_query(select!(known " AND key = $4"))
        .bind::<Text, _>(record.hospital.as_str())
        .bind::<Text, _>(T::KIND.name())
        .bind::<Nullable<Timestamptz>, _>(known_at)
        .bind::<Text, _>(&record.key);
    let row: Option<Version<Value>> = Constant(query).get_result(tx.conn).optional()?;
    Ok(row.ok_or(Stop::NotFound)?.read()?)
}

/// The same for a reader, who leaves an event in the trail (REG-10).
pub fn read<T: Content>(tx: &mut Tx, record: &Record<T>, known_at: Option<DateTime<Utc>>) -> Result<Version<T>, Stop> {
    let found = find(tx, record, known_at)?;
    let details = json!({"version": found.version, "knownAt": known_at});
    trail::record(tx, Action::Get, &record.subject(), &details)?;
    Ok(found)
}

/// All records of a kind as they are known now, or were known at an instant, by name, day and key.
pub fn list<T: Content>(
    tx: &mut Tx,
    hospital: HospitalNumber,
    known_at: Option<DateTime<Utc>>,
) -> Result<Vec<Version<T>>, Stop> {
    let query = diesel::sql_query(select!(known " ORDER BY content ->> 'name', day, key"))
        .bind::<Text, _>(hospital.as_str())
        .bind::<Text, _>(T::KIND.name())
        .bind::<Nullable<Timestamptz>, _>(known_at);
    let rows: Vec<Version<Value>> = Constant(query).load(tx.conn)?;
    Ok(rows.into_iter().map(Version::read).collect::<Result<_, _>>()?)
}

/// What versions of a register say, by the identifiers of their records.
#[must_use]
pub fn identified<T>(versions: Vec<Version<T>>) -> Vec<(Uuid, T)> {
    versions.into_iter().filter_map(|one| Some((one.key.parse().ok()?, one.content))).collect()
}

/// What the records of a register about these beneficiaries say, as it is known now or was at an instant, by day and
/// key.
pub fn of_beneficiaries<T: Content>(
    tx: &mut Tx,
    hospital: HospitalNumber,
    whom: &[Uuid],
    known_at: Option<DateTime<Utc>>,
) -> Result<Vec<T>, Stop> {
    let versions = versions_of_beneficiaries(tx, hospital, whom, known_at)?;
    Ok(versions.into_iter().map(|version| version.content).collect())
}

/// The same records, with their keys.
pub fn versions_of_beneficiaries<T: Content>(
    tx: &mut Tx,
    hospital: HospitalNumber,
    whom: &[Uuid],
    known_at: Option<DateTime<Utc>>,
) -> Result<Vec<Version<T>>, Stop> {
    let query = diesel::sql_query(select!(known " AND beneficiary = ANY ($4) ORDER BY day, key"))
        .bind::<Text, _>(hospital.as_str())
        .bind::<Text, _>(T::KIND.name())
        .bind::<Nullable<Timestamptz>, _>(known_at)
        .bind::<Array<SqlUuid>, _>(whom);
    let rows: Vec<Version<Value>> = Constant(query).load(tx.conn)?;
    Ok(rows.into_iter().map(Version::read).collect::<Result<_, _>>()?)
}

/// Which records of a register are listed; by default all, as they are known now.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Those of this beneficiary.
    pub beneficiary: Option<Uuid>,
    /// Those of this day and later.
    pub from: Option<NaiveDate>,
    /// Those of this day and earlier.
    pub to: Option<NaiveDate>,
    /// As they were known at this instant.
    pub known_at: Option<DateTime<Utc>>,
}

/// A page of a register, the latest entered first; `after` is the last record of the page before. The reader leaves an
/// event in the trail.
pub fn read_page<T: Content>(
    tx: &mut Tx,
    hospital: HospitalNumber,
    filter: &Filter,
    after: Option<Uuid>,
    page_size: i32,
) -> Result<Page<Version<T>>, Stop> {
    let Filter { beneficiary, from, to, known_at } = *filter;
    let query = diesel::sql_query(select!(known
        " AND ($4 IS NULL OR beneficiary = $4) AND ($5 IS NULL OR day >= $5) AND ($6 IS NULL OR day <= $6)
          AND ($7 IS NULL OR key < $7) ORDER BY key DESC LIMIT $8 + 1"
    ))
    .bind::<Text, _>(hospital.as_str())
    .bind::<Text, _>(T::KIND.name())
    .bind::<Nullable<Timestamptz>, _>(known_at)
    .bind::<Nullable<SqlUuid>, _>(beneficiary)
    .bind::<Nullable<Date>, _>(from)
    .bind::<Nullable<Date>, _>(to)
    .bind::<Nullable<Text>, _>(after.map(|key| key.to_string()))
    .bind::<Integer, _>(page_size);
    let rows: Page<Version<Value>> = Page::of(Constant(query).load(tx.conn)?, page_size);
    let subject = beneficiary.map_or_else(|| format!("hospital:{hospital}"), |id| format!("beneficiary:{id}"));
    let details = json!({"kind": T::KIND.name(), "from": from, "to": to, "knownAt": known_at,
        "records": rows.items.len()});
    trail::record(tx, Action::List, &subject, &details)?;
    Ok(rows.read(Version::read)?)
}

/// Every version of a record, the latest first, also of one that was withdrawn; the reader leaves an event in the
/// trail.
pub fn read_versions<T: Content>(tx: &mut Tx, record: &Record<T>) -> Result<Vec<Version<T>>, Stop> {
    let query = diesel::sql_query(select!("key = $3 ORDER BY version DESC"))
        .bind::<Text, _>(record.hospital.as_str())
        .bind::<Text, _>(T::KIND.name())
        .bind::<Text, _>(&record.key);
    let rows: Vec<Version<Value>> = Constant(query).load(tx.conn)?;
    if rows.is_empty() {
        return Err(Stop::NotFound);
    }
    trail::record(tx, Action::List, &record.subject(), &json!({"versions": rows.len()}))?;
    Ok(rows.into_iter().map(Version::read).collect::<Result<_, _>>()?)
}

/// Puts a new record in a register.
pub fn create<T: Content>(tx: &mut Tx, record: &Record<T>, content: T) -> Result<Version<T>, Stop> {
    put(tx, record, content, Change { action: Action::Create, if_match: None, withdrawn: false, why: None })
}

/// States a sheet or a year: for the first time, or in place of the version `if_match`.
pub fn state<T: Content>(
    tx: &mut Tx,
    record: &Record<T>,
    content: T,
    if_match: Option<i32>,
) -> Result<Version<T>, Stop> {
    put(tx, record, content, Change { action: Action::Put, if_match, withdrawn: false, why: None })
}

/// Replaces the version `if_match` of a record that was found; `why` says the reason, if it is a correction.
pub fn replace<T: Content>(
    tx: &mut Tx,
    record: &Record<T>,
    content: T,
    if_match: i32,
    why: Option<String>,
) -> Result<Version<T>, Stop> {
    put(tx, record, content, Change { action: Action::Replace, if_match: Some(if_match), withdrawn: false, why })
}

/// Withdraws a record that was entered in error: it never held. Its last version keeps what it said.
pub fn withdraw<T: Content>(tx: &mut Tx, record: &Record<T>, if_match: i32, why: String) -> Result<Version<T>, Stop> {
    let content = find(tx, record, None)?.content;
    let change = Change { action: Action::Withdraw, if_match: Some(if_match), withdrawn: true, why: Some(why) };
    put(tx, record, content, change)
}

struct Change {
    action: Action,
    if_match: Option<i32>,
    withdrawn: bool,
    why: Option<String>,
}

fn put<T: Content>(tx: &mut Tx, record: &Record<T>, content: T, change: Change) -> Result<Version<T>, Stop> {
    let Change { action, if_match, withdrawn, why } = change;
    if let Some(seen) = if_match {
        let query = diesel::sql_query(
            // Another replica's clock may be a little ahead of this one's.
            "UPDATE insula.records SET replaced_at = greatest($5, recorded_at) WHERE hospital = $1 AND kind = $2
             AND key = $3 AND version = $4 AND replaced_at IS NULL AND NOT withdrawn RETURNING 1",
        )
        .bind::<Text, _>(record.hospital.as_str())
        .bind::<Text, _>(T::KIND.name())
        .bind::<Text, _>(&record.key)
        .bind::<Integer, _>(seen)
        .bind::<Timestamptz, _>(tx.now);
        if Constant(query).execute(tx.conn)? == 0 {
            return Err(Stop::Stale);
        }
    }
    let version = if_match.unwrap_or_default() + 1;
    let mut details = content.trace();
    details["hospital"] = json!(record.hospital);
    details["version"] = json!(version);
    details["withdrawn"] = json!(withdrawn);
    let event = trail::event(tx, action, &record.subject(), &details)?;
    let said = serde_json::to_value(&content).map_err(|error| DbError::Other(error.to_string()))?;
    let query = diesel::sql_query(
        "WITH said AS (INSERT INTO insula.records (hospital, kind, key, version, content, beneficiary, day, until,
               member, quantity, year, recorded_at, recorded_by, withdrawn, why)
           VALUES ($1, $2, $3, $4, $5, ($5 ->> 'beneficiaryId')::uuid, coalesce($5 ->> 'day', $5 ->> 'from')::date,
               ($5 ->> 'to')::date, ($5 ->> 'member')::uuid, ($5 ->> 'quantity')::numeric, ($5 ->> 'year')::integer, $6, insula.person(), $7, $8))
         INSERT INTO trail.events (id, body, mac) VALUES ($9, $10, $11)",
    )
    .bind::<Text, _>(record.hospital.as_str())
    .bind::<Text, _>(T::KIND.name())
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
