//! Coded data for hospitals and INAMI (TRA-03): single registrations, and statistics about groups. Row level security
//! and the functions of the schema `coded` enforce the same restrictions (SYS-02).

use std::{fmt, str::FromStr};

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{Array, BigInt, Date, Double, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::{
    clock::{brussels_day, brussels_midnight},
    names::{Dimension, RegistrationType},
    registry::transmission::statistics,
};
use serde::Serialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::{
    error::{DbError, Stop},
    page::Page,
    position::{NotAPosition, Position, Xid},
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

/// The filter of coded registrations. Empty lists and absent values do not restrict.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CodedFilter {
    /// Any of these types.
    #[serde(rename = "type", skip_serializing_if = "Vec::is_empty")]
    pub registration_type: Vec<RegistrationType>,
    /// With this pair.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nomenclature_pair: Option<String>,
    /// With an event on this day or later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_from: Option<NaiveDate>,
    /// With an event on this day or earlier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_to: Option<NaiveDate>,
    /// Of this beneficiary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pseudonym: Option<String>,
    /// Of this hospital.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hospital: Option<String>,
    /// Received at this instant or later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub received_since: Option<DateTime<Utc>>,
}

/// The cursor of a reader, who reads the coded data as of the beginning of the reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct Cursor {
    /// The first transaction whose rows are not part of the reading.
    #[diesel(sql_type = BigInt, deserialize_as = Xid)]
    pub until: u64,
    /// The last row read.
    #[diesel(embed)]
    pub last: Position,
}

/// Written `until-xid-seq`.
impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.until, self.last)
    }
}

impl FromStr for Cursor {
    type Err = NotAPosition;

    fn from_str(text: &str) -> Result<Cursor, NotAPosition> {
        // Numbers have no sign.
        let parts = text.split_once('-').filter(|(_, last)| !text.contains('+') && !last.contains("--"));
        let (until, last) = parts.ok_or(NotAPosition)?;
        Ok(Cursor { until: until.parse().map_err(|_| NotAPosition)?, last: last.parse()? })
    }
}

/// A registration as last delivered.
#[derive(Debug, Clone)]
pub struct CodedRegistration {
    /// Its identifier at Healthdata.
    pub technical_id: Uuid,
    /// Its version at the delivery.
    pub version: i32,
    /// The beneficiary.
    pub pseudonym: String,
    /// The hospital's number.
    pub hospital: String,
    /// What is registered.
    pub registration_type: RegistrationType,
    /// When it happened.
    pub event_date: Option<NaiveDate>,
    /// The reimbursed pair.
    pub nomenclature_pair: Option<String>,
    /// The version of the dictionary.
    pub dictionary_version: i32,
    /// The transmitted fields.
    pub content: Map<String, Value>,
    /// When it was received.
    pub received_at: DateTime<Utc>,
    /// The cursor after it.
    pub cursor: Cursor,
}

#[derive(QueryableByName)]
struct CodedRow {
    #[diesel(sql_type = SqlUuid)]
    technical_id: Uuid,
    #[diesel(sql_type = Integer)]
    version: i32,
    #[diesel(sql_type = Text)]
    pseudonym: String,
    #[diesel(sql_type = Text)]
    hospital: String,
    #[diesel(sql_type = Text)]
    registration_type: String,
    #[diesel(sql_type = Nullable<Date>)]
    event_date: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Text>)]
    nomenclature_pair: Option<String>,
    #[diesel(sql_type = Integer)]
    dictionary_version: i32,
    #[diesel(sql_type = Jsonb)]
    content: Value,
    #[diesel(sql_type = Timestamptz)]
    received_at: DateTime<Utc>,
    #[diesel(embed)]
    cursor: Cursor,
}

impl CodedRow {
    fn read(self) -> Result<CodedRegistration, DbError> {
        let row = || format!("{}, version {}", self.technical_id, self.version);
        let inconsistent = |column| DbError::inconsistent("coded.deliveries", column, row());
        let registration_type =
            RegistrationType::from_name(&self.registration_type).ok_or_else(|| inconsistent("registration_type"))?;
        let Value::Object(content) = self.content else { return Err(inconsistent("content")) };
        Ok(CodedRegistration {
            technical_id: self.technical_id,
            version: self.version,
            pseudonym: self.pseudonym,
            hospital: self.hospital,
            registration_type,
            event_date: self.event_date,
            nomenclature_pair: self.nomenclature_pair,
            dictionary_version: self.dictionary_version,
            content,
            received_at: self.received_at,
            cursor: self.cursor,
        })
    }
}

/// An excerpt of a reading.
pub struct Excerpt {
    /// The registrations, in the order in which they were received.
    pub registrations: Vec<CodedRegistration>,
    /// The cursor of the next excerpt, if there is one.
    pub next: Option<Cursor>,
}

/// The registrations after a cursor, as of the beginning of the reading; a reader who follows the cursors gets each of
/// them exactly once. Records in the trail how many were read, by which filter and in which form.
pub fn read(tx: &mut Tx, filter: &CodedFilter, after: Option<Cursor>, limit: u16, form: &str) -> Result<Excerpt, Stop> {
    enter(tx)?;
    let types: Vec<&str> = filter.registration_type.iter().map(|one| one.name()).collect();
    let query = diesel::sql_query(
        // The inner query follows the order of an index; the outer one checks row by row whether it is the latest,
        // until there are enough. Nothing needs sorting while the planner has statistics on the table.
        "WITH reading AS MATERIALIZED (SELECT least($8::xid8, pg_snapshot_xmin(pg_current_snapshot())) AS until)
         SELECT d.technical_id, d.version, d.pseudonym, d.hospital, d.registration_type, d.event_date,
             d.nomenclature_pair, d.dictionary_version, d.content, d.received_at, (SELECT until FROM reading) AS until,
             d.xid, d.seq
         FROM (SELECT * FROM coded.deliveries d
             WHERE (insula.organisation() = 'inami' OR d.hospital = insula.organisation())
               AND d.xid < (SELECT until FROM reading) AND NOT d.deleted
               AND ($1 IS NULL OR d.registration_type = ANY ($1))
               AND ($2 IS NULL OR d.nomenclature_pair = $2)
               AND ($3 IS NULL OR d.event_date >= $3)
               AND ($4 IS NULL OR d.event_date <= $4)
               AND ($5 IS NULL OR d.pseudonym = $5)
               AND ($6 IS NULL OR d.hospital = $6)
               AND ($7 IS NULL OR d.received_at >= $7)
               AND ($9 IS NULL OR (d.xid, d.seq) > ($9::xid8, $10))
             ORDER BY d.xid, d.seq OFFSET 0) AS d
         WHERE coded.is_latest(d.technical_id, d.version, (SELECT until FROM reading))
         ORDER BY d.xid, d.seq LIMIT $11 + 1",
    )
    .bind::<Nullable<Array<Text>>, _>((!types.is_empty()).then_some(types))
    .bind::<Nullable<Text>, _>(&filter.nomenclature_pair)
    .bind::<Nullable<Date>, _>(filter.event_from)
    .bind::<Nullable<Date>, _>(filter.event_to)
    .bind::<Nullable<Text>, _>(&filter.pseudonym)
    .bind::<Nullable<Text>, _>(&filter.hospital)
    .bind::<Nullable<Timestamptz>, _>(filter.received_since)
    .bind::<Nullable<Text>, _>(after.map(|cursor| cursor.until.to_string()))
    .bind::<Nullable<Text>, _>(after.map(|cursor| cursor.last.xid.to_string()))
    .bind::<Nullable<BigInt>, _>(after.map(|cursor| cursor.last.seq))
    .bind::<Integer, _>(i32::from(limit));
    let rows: Vec<CodedRow> = Constant(query).load(tx.conn)?;
    let page = Page::of(rows, i32::from(limit)).read(CodedRow::read)?;
    let next = page.last().map(|last| last.cursor);
    let details =
        json!({"filter": filter, "form": form, "continued": after.is_some(), "registrations": page.items.len()});
    trail::record(tx, Action::List, "codedRegistrations", &details)?;
    Ok(Excerpt { registrations: page.items, next })
}

/// TRA-03: restricts coded data to INAMI and to hospitals adhered today.
fn enter(tx: &mut Tx) -> Result<(), Stop> {
    let query = diesel::sql_query("SELECT coded.enter($1)").bind::<Date, _>(brussels_day(tx.now));
    Constant(query).execute(tx.conn)?;
    Ok(())
}

/// A question about groups of registrations.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Question {
    /// One or two dimensions.
    pub group_by: Vec<Dimension>,
    /// The first year of events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_year: Option<i32>,
    /// The last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_year: Option<i32>,
    /// Any of these types.
    #[serde(rename = "type", skip_serializing_if = "Vec::is_empty")]
    pub registration_type: Vec<RegistrationType>,
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = Nullable<Text>)]
    first_value: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    second_value: Option<String>,
    #[diesel(sql_type = BigInt)]
    beneficiaries: i64,
    #[diesel(sql_type = BigInt)]
    registrations: i64,
    #[diesel(sql_type = Array<Text>)]
    cells: Vec<String>,
    #[diesel(sql_type = Array<Text>)]
    registration_cells: Vec<String>,
    #[diesel(sql_type = BigInt)]
    own_beneficiaries: i64,
    #[diesel(sql_type = BigInt)]
    own_registrations: i64,
    #[diesel(sql_type = BigInt)]
    measured: i64,
    #[diesel(sql_type = Nullable<Double>)]
    hba1c: Option<f64>,
}

/// The published figures of one group.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Its value in each dimension; none for all groups together.
    pub values: Vec<String>,
    /// The published number of beneficiaries.
    pub beneficiaries: i64,
    /// The published number of registrations.
    pub registrations: i64,
    /// The mean HbA1c, if it is published.
    pub mean_hba1c: Option<statistics::MeanHba1c>,
}

/// TRA-03: the groups that may be published, and all together, from what was received before the day. Records the question
/// in the trail.
pub fn groups(tx: &mut Tx, question: &Question, before: NaiveDate) -> Result<Vec<Group>, Stop> {
    enter(tx)?;
    let types: Vec<&str> = question.registration_type.iter().map(|one| one.name()).collect();
    let query = diesel::sql_query("SELECT * FROM coded.groups($1, $2, $3, $4, $5, $6, $7, $8)")
        .bind::<Nullable<Text>, _>(question.group_by.first().map(|one| one.name()))
        .bind::<Nullable<Text>, _>(question.group_by.get(1).map(|one| one.name()))
        .bind::<Nullable<Integer>, _>(question.from_year)
        .bind::<Nullable<Integer>, _>(question.to_year)
        .bind::<Nullable<Array<Text>>, _>((!types.is_empty()).then_some(types))
        .bind::<Double, _>(statistics::SLOPE)
        .bind::<Double, _>(statistics::INTERCEPT)
        .bind::<Timestamptz, _>(brussels_midnight(before));
    let rows: Vec<Counted> = Constant(query).load(tx.conn)?;
    let noise = |cells: &[String]| -> i64 { cells.iter().map(|cell| statistics::noise(&tx.keys.draw(cell))).sum() };
    let published = |row: Counted| {
        let counted = statistics::Counted {
            others: row.beneficiaries,
            registrations: row.registrations,
            noise: noise(&row.cells),
            registrations_noise: noise(&row.registration_cells),
            own: row.own_beneficiaries,
            own_registrations: row.own_registrations,
        };
        let shown = counted.shown()?;
        Some(Group {
            values: row.first_value.into_iter().chain(row.second_value).collect(),
            beneficiaries: shown.beneficiaries,
            registrations: shown.registrations,
            mean_hba1c: statistics::shown_mean(row.measured, row.hba1c, counted.noise),
        })
    };
    let groups: Vec<Group> = rows.into_iter().filter_map(published).collect();
    let details = json!({"question": question, "groups": groups.len()});
    trail::record(tx, Action::Get, "statistics", &details)?;
    Ok(groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// TRA-03: an unreadable content is not reported as empty.
    #[test]
    fn an_unreadable_delivery_is_not_reported() {
        let read = |registration_type: &str, content| {
            let row = CodedRow {
                technical_id: Uuid::nil(),
                version: 1,
                pseudonym: String::new(),
                hospital: "71000436".to_owned(),
                registration_type: registration_type.to_owned(),
                event_date: None,
                nomenclature_pair: None,
                dictionary_version: 1,
                content,
                received_at: DateTime::UNIX_EPOCH,
                cursor: Cursor { until: 1, last: Position::default() },
            };
            row.read().map(|read| read.content.len())
        };
        assert_eq!(read("followUp", json!({"a": 1})).unwrap(), 1);
        for row in [read("followUp", json!([])), read("followUp", Value::Null), read("x", json!({}))] {
            assert!(matches!(row, Err(DbError::Inconsistent { .. })), "{row:?}");
        }
    }
}
