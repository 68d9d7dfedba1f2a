//! What bears on the reports to beneficiaries' physicians (REG-04).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{Integer, Jsonb, Nullable, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::{
    convention::{
        entry::Entry,
        practitioner::{change::TherapyChange, physician::TreatingPhysician, report::PractitionerReport},
    },
    identifier::HospitalNumber,
    span::Span,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    convention::records,
    error::{DbError, Stop},
    page::Page,
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

/// What is known of one beneficiary.
#[derive(Debug, Clone, Default)]
pub struct Case {
    /// The beneficiary.
    pub beneficiary: Uuid,
    /// The days that granted periods cover.
    pub covered: Vec<Span>,
    /// The physicians who treat them.
    pub physicians: Vec<TreatingPhysician>,
    /// The changes of their therapy.
    pub changes: Vec<TherapyChange>,
    /// The reports that were sent.
    pub reports: Vec<PractitionerReport>,
}

/// Whose reports are asked for.
#[derive(Debug, Clone, Copy)]
pub struct Filter {
    /// Those of this beneficiary.
    pub beneficiary: Option<Uuid>,
    /// As they were known at this instant.
    pub known_at: Option<DateTime<Utc>>,
    /// The last beneficiary of the page before.
    pub after: Option<Uuid>,
    /// The length of a page.
    pub page_size: i32,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    beneficiary_id: Uuid,
    #[diesel(sql_type = Jsonb)]
    covered: Value,
}

/// A page of the beneficiaries of the caller's hospital for whom a period was granted, by identifier: four statements.
/// The read leaves an event in the trail.
pub fn cases(tx: &mut Tx, hospital: HospitalNumber, filter: &Filter) -> Result<Page<Case>, Stop> {
    let page = page(tx, hospital, filter)?;
    let whom = filter.beneficiary.map_or_else(|| format!("hospital:{hospital}"), |id| format!("beneficiary:{id}"));
    let details = json!({"kind": "practitionerReportsDue", "knownAt": filter.known_at, "records": page.items.len()});
    trail::record(tx, Action::List, &whom, &details)?;
    Ok(page)
}

/// All of them, as known now, for a rule and not for a reader: without an event in the trail.
pub fn all(tx: &mut Tx, hospital: HospitalNumber) -> Result<Vec<Case>, Stop> {
    let filter = Filter { beneficiary: None, known_at: None, after: None, page_size: i32::MAX - 1 };
    Ok(page(tx, hospital, &filter)?.items)
}

fn page(tx: &mut Tx, hospital: HospitalNumber, filter: &Filter) -> Result<Page<Case>, Stop> {
    let query = diesel::sql_query(
        "SELECT p.beneficiary_id, jsonb_agg(jsonb_build_object('from', lower(p.granted),
             'to', least(upper(p.granted) - 1, e.last_day)) ORDER BY lower(p.granted)) AS covered
         FROM insula.granted_periods p
         LEFT JOIN LATERAL (SELECT x.last_day FROM insula.granted_period_ends x
             WHERE x.period_id = p.id AND ($1 IS NULL OR x.known_at <= $1) ORDER BY x.version DESC LIMIT 1) e ON true
         WHERE p.hospital = insula.organisation() AND ($1 IS NULL OR p.created_at <= $1)
           AND ($2 IS NULL OR p.beneficiary_id = $2) AND ($3 IS NULL OR p.beneficiary_id > $3)
         GROUP BY p.beneficiary_id ORDER BY p.beneficiary_id LIMIT $4 + 1",
    )
    .bind::<Nullable<Timestamptz>, _>(filter.known_at)
    .bind::<Nullable<SqlUuid>, _>(filter.beneficiary)
    .bind::<Nullable<SqlUuid>, _>(filter.after)
    .bind::<Integer, _>(filter.page_size);
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    let page = Page::of(rows, filter.page_size).read(|row| {
        let covered: Vec<Span> = serde_json::from_value(row.covered)
            .map_err(|_| DbError::inconsistent("insula.granted_periods", "granted", row.beneficiary_id))?;
        let covered = covered.into_iter().filter(|days| !days.is_empty()).collect();
        Ok::<_, DbError>(Case { beneficiary: row.beneficiary_id, covered, ..Case::default() })
    })?;
    with_records(tx, hospital, page, filter.known_at)
}

fn with_records(
    tx: &mut Tx,
    hospital: HospitalNumber,
    mut page: Page<Case>,
    known_at: Option<DateTime<Utc>>,
) -> Result<Page<Case>, Stop> {
    let whom: Vec<Uuid> = page.items.iter().map(|case| case.beneficiary).collect();
    let mut physicians = by_beneficiary(records::of_beneficiaries(tx, hospital, &whom, known_at)?);
    let mut changes = by_beneficiary(records::of_beneficiaries(tx, hospital, &whom, known_at)?);
    let mut reports = by_beneficiary(records::of_beneficiaries(tx, hospital, &whom, known_at)?);
    for case in &mut page.items {
        case.physicians = physicians.remove(&case.beneficiary).unwrap_or_default();
        case.changes = changes.remove(&case.beneficiary).unwrap_or_default();
        case.reports = reports.remove(&case.beneficiary).unwrap_or_default();
    }
    Ok(page)
}

/// Entries of a register by beneficiary, in their order.
pub(crate) fn by_beneficiary<T: Entry>(entries: Vec<T>) -> BTreeMap<Uuid, Vec<T>> {
    let mut all: BTreeMap<Uuid, Vec<T>> = BTreeMap::new();
    for (whom, entry) in entries.into_iter().filter_map(|entry| Some((T::BENEFICIARY?(&entry), entry))) {
        all.entry(whom.0).or_default().push(entry);
    }
    all
}
