//! The sheets of an establishment, each stated as a whole: prescribers (CON-08), sites (CON-02), availability (REG-05),
//! pumps (PMP-05), other conventions (REG-11); and the feed of changes in the lists of prescribers.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{Array, BigInt, Date, Integer, Jsonb, Nullable, Text, Timestamptz},
};
use insula_domain::{
    convention::{
        accounts::funds::OtherConvention,
        availability::Availability,
        prescriber::{Prescriber, ReportedChange},
        pump::{Offer, OfferedPump},
        site::IdentifiedSite,
    },
    identifier::HospitalNumber,
    names::{self, Qualification},
    span::Span,
};
use serde_json::{Value, json};

use crate::{
    convention::records::{self, Kind, Line, Record, Version},
    error::{DbError, Stop},
    position::Position,
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

/// A version of a sheet, with its lines.
pub type Sheet<T> = Version<Vec<T>>;

impl Line for Prescriber {
    const SHEET: Kind = Kind::Prescribers;
}

impl Line for IdentifiedSite {
    const SHEET: Kind = Kind::Sites;
}

impl Line for Availability {
    const SHEET: Kind = Kind::Availability;
}

impl Line for OfferedPump {
    const SHEET: Kind = Kind::Pumps;
}

impl Line for OtherConvention {
    const SHEET: Kind = Kind::OtherConventions;
}

/// The record of a sheet.
pub fn of<T: Line>(hospital: HospitalNumber) -> Record<Vec<T>> {
    Record::of(hospital, "")
}

/// The current lines of a sheet; none if it was never stated.
pub fn lines<T: Line>(tx: &mut Tx, hospital: HospitalNumber) -> Result<Vec<T>, Stop> {
    lines_known_at(tx, hospital, None)
}

/// The lines of a sheet as it is known now, or was at an instant; none if it was not stated then.
pub fn lines_known_at<T: Line>(
    tx: &mut Tx,
    hospital: HospitalNumber,
    known_at: Option<DateTime<Utc>>,
) -> Result<Vec<T>, Stop> {
    match records::find(tx, &of(hospital), known_at) {
        Ok(sheet) => Ok(sheet.content),
        Err(Stop::NotFound) => Ok(Vec::new()),
        Err(stop) => Err(stop),
    }
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

/// PMP-05: the pumps offered by all establishments, and the names of these by number; in Insula's own scope.
pub fn offers(tx: &mut Tx) -> Result<(Vec<Offer>, BTreeMap<HospitalNumber, String>), Stop> {
    let query = diesel::sql_query(
        "SELECT s.hospital, h.name, s.content FROM insula.records s JOIN insula.hospitals h ON h.number = s.hospital
         WHERE s.kind = 'pumps' AND s.replaced_at IS NULL ORDER BY s.hospital",
    );
    let rows: Vec<OfferRow> = Constant(query).load(tx.conn)?;
    let (mut offers, mut names) = (Vec::new(), BTreeMap::new());
    for row in rows {
        let inconsistent = |column| DbError::inconsistent("insula.records", column, &row.hospital);
        let hospital: HospitalNumber = row.hospital.parse().map_err(|_| inconsistent("hospital"))?;
        let pumps = serde_json::from_value(row.content).map_err(|_| inconsistent("content"))?;
        offers.push(Offer { hospital, pumps });
        names.insert(hospital, row.name);
    }
    Ok((offers, names))
}

/// CON-08: adds the changes in a list of prescribers to the feed that INAMI and insurers read.
pub fn tell(tx: &mut Tx, hospital: HospitalNumber, version: i32, told: &[ReportedChange]) -> Result<(), Stop> {
    if told.is_empty() {
        return Ok(());
    }
    let each = |of: &dyn Fn(&Prescriber) -> String| told.iter().map(|one| of(&one.prescriber)).collect::<Vec<_>>();
    let query = diesel::sql_query(
        "INSERT INTO insula.prescriber_changes (hospital, change, nihdi_number, name, qualification, valid_from,
             valid_to, version, changed_at)
         SELECT $1, change, number, name, qualification, valid_from, valid_to, $2, $3
         FROM unnest($4, $5, $6, $7, $8, $9) AS told (change, number, name, qualification, valid_from, valid_to)
         RETURNING 1",
    )
    .bind::<Text, _>(hospital.as_str())
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
#[derive(Debug)]
pub struct PrescriberChange {
    /// Its position in the feed.
    pub in_feed: Position,
    /// The establishment.
    pub hospital: HospitalNumber,
    /// What changed.
    pub told: ReportedChange,
    /// The version of the list that contains it.
    pub version: i32,
    /// When.
    pub changed_at: DateTime<Utc>,
}

#[derive(QueryableByName)]
struct PrescriberChangeRow {
    #[diesel(embed)]
    in_feed: Position,
    #[diesel(sql_type = Text)]
    hospital: String,
    #[diesel(sql_type = Text)]
    change: String,
    #[diesel(sql_type = Text)]
    nihdi_number: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    qualification: String,
    #[diesel(sql_type = Date)]
    valid_from: NaiveDate,
    #[diesel(sql_type = Nullable<Date>)]
    valid_to: Option<NaiveDate>,
    #[diesel(sql_type = Integer)]
    version: i32,
    #[diesel(sql_type = Timestamptz)]
    changed_at: DateTime<Utc>,
}

impl PrescriberChangeRow {
    fn read(self) -> Result<PrescriberChange, DbError> {
        let row = self.in_feed.to_string();
        let inconsistent = |column| DbError::inconsistent("insula.prescriber_changes", column, &row);
        let prescriber = Prescriber {
            number: self.nihdi_number.parse().map_err(|_| inconsistent("nihdi_number"))?,
            name: self.name,
            qualification: Qualification::from_name(&self.qualification)
                .ok_or_else(|| inconsistent("qualification"))?,
            span: Span { from: self.valid_from, to: self.valid_to },
        };
        let change = names::PrescriberChange::from_name(&self.change).ok_or_else(|| inconsistent("change"))?;
        Ok(PrescriberChange {
            in_feed: self.in_feed,
            hospital: self.hospital.parse().map_err(|_| inconsistent("hospital"))?,
            told: ReportedChange { change, prescriber },
            version: self.version,
            changed_at: self.changed_at,
        })
    }
}

/// CON-08: the changes after a position, in an order that never changes: a reader who follows the feed gets each change
/// exactly once, whatever commits meanwhile.
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
    let rows: Vec<PrescriberChangeRow> = Constant(query).load(tx.conn)?;
    let changes: Vec<PrescriberChange> = rows.into_iter().map(PrescriberChangeRow::read).collect::<Result<_, _>>()?;
    trail::record(tx, Action::List, "prescribers", &json!({"changes": changes.len()}))?;
    Ok(changes)
}
