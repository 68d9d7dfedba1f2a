//! Invoice files as they were made (BIL-05): what they say never changes.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{Array, BigInt, Binary, Date, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::{
    amount::Balance,
    billing::{
        answered::Accounts,
        file::{
            digits::Twelve,
            hearing::{SentFile, SentInvoice, SentLine},
            layout::LENGTH,
            merge::Merged,
            record::Record,
            settings::Settings,
            write::{Totals, WrittenBlock},
        },
        file_state::{FileCommand, FileState, allows},
    },
    identifier::HospitalNumber,
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    db::Db,
    error::{DbError, Stop},
    keys::Keys,
    page::Page,
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

/// An invoice file.
#[derive(Debug, Clone)]
pub struct InvoiceFile {
    /// Its identifier.
    pub id: Uuid,
    /// The sending number.
    pub sending: i32,
    /// The first day of the month that it bills.
    pub month: NaiveDate,
    /// How many invoices it holds.
    pub invoices: i32,
    /// How many records.
    pub records: i32,
    /// The sum of its lines.
    pub invoiced: Balance,
    /// The sum of its credits, without sign.
    pub credited: Balance,
    /// What became of the sums.
    pub accounts: Accounts,
    /// The SHA-256 of its bytes.
    pub sha256: Vec<u8>,
    /// Its state.
    pub state: FileState,
    /// When it was handed over.
    pub handed_over_on: Option<NaiveDate>,
    /// The hospital's own file with its invoices in it, if it was put into one.
    pub merged: Option<MergedFile>,
    /// Who made it.
    pub made_by: String,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// Counts every change of its state, from 1.
    pub version: i32,
    /// When its state last changed.
    pub updated_at: DateTime<Utc>,
}

/// The hospital's own file, with the invoices of one of Insula's in it.
#[derive(Debug, Clone)]
pub struct MergedFile {
    /// When it was given out.
    pub at: DateTime<Utc>,
    /// How many records it has.
    pub records: i32,
    /// How many lines: services, medicines, days.
    pub lines: i32,
    /// The SHA-256 of its bytes.
    pub sha256: Vec<u8>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Integer)]
    sending: i32,
    #[diesel(sql_type = Date)]
    month: NaiveDate,
    #[diesel(sql_type = Integer)]
    invoices: i32,
    #[diesel(sql_type = Integer)]
    records: i32,
    #[diesel(sql_type = BigInt)]
    invoiced: i64,
    #[diesel(sql_type = BigInt)]
    credited: i64,
    #[diesel(sql_type = BigInt)]
    accepted: i64,
    #[diesel(sql_type = BigInt)]
    refused: i64,
    #[diesel(sql_type = BigInt)]
    pending: i64,
    #[diesel(sql_type = Binary)]
    sha256: Vec<u8>,
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = Nullable<Date>)]
    handed_over_on: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    merged_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Integer>)]
    merged_records: Option<i32>,
    #[diesel(sql_type = Nullable<Integer>)]
    merged_lines: Option<i32>,
    #[diesel(sql_type = Nullable<Binary>)]
    merged_sha256: Option<Vec<u8>>,
    #[diesel(sql_type = Text)]
    made_by: String,
    #[diesel(sql_type = Timestamptz)]
    made_at: DateTime<Utc>,
    #[diesel(sql_type = Integer)]
    version: i32,
    #[diesel(sql_type = Timestamptz)]
    updated_at: DateTime<Utc>,
}

impl Row {
    fn read(self) -> Result<InvoiceFile, DbError> {
        let state = FileState::from_name(&self.state);
        let merged = (self.merged_at, self.merged_records, self.merged_lines, self.merged_sha256);
        let merged = match merged {
            (Some(at), Some(records), Some(lines), Some(sha256)) => Some(MergedFile { at, records, lines, sha256 }),
            _ => None,
        };
        Ok(InvoiceFile {
            id: self.id,
            sending: self.sending,
            month: self.month,
            invoices: self.invoices,
            records: self.records,
            invoiced: Balance::cents(self.invoiced),
            credited: Balance::cents(self.credited),
            accounts: Accounts {
                accepted: Balance::cents(self.accepted),
                refused: Balance::cents(self.refused),
                pending: Balance::cents(self.pending),
            },
            sha256: self.sha256,
            state: state.ok_or_else(|| DbError::inconsistent("insula.invoice_files", "state", self.id))?,
            handed_over_on: self.handed_over_on,
            merged,
            made_by: self.made_by,
            made_at: self.made_at,
            version: self.version,
            updated_at: self.updated_at,
        })
    }
}

macro_rules! select {
    ($where:literal) => {
        concat!(
            "SELECT f.id, f.sending, f.month, f.invoices, f.records, (f.invoiced * 100)::bigint AS invoiced,
                 (f.credited * 100)::bigint AS credited, f.sha256, f.state, f.handed_over_on, f.merged_at,
                 f.merged_records, f.merged_lines, f.merged_sha256, f.made_by, f.made_at,
                 f.version, f.updated_at, (a.accepted * 100)::bigint AS accepted, (a.refused * 100)::bigint AS refused,
                 (a.pending * 100)::bigint AS pending
             FROM insula.invoice_files f CROSS JOIN LATERAL (
                 SELECT coalesce(sum(l.amount) FILTER (WHERE l.accepted), 0) AS accepted,
                     coalesce(sum(l.amount) FILTER (WHERE l.state = 'refused'), 0) AS refused,
                     coalesce(sum(l.amount) FILTER (WHERE NOT l.accepted AND l.state <> 'refused'), 0) AS pending
                 FROM insula.invoices i JOIN insula.invoice_lines l ON l.invoice_id = i.id WHERE i.file_id = f.id) a
             WHERE f.hospital = insula.organisation() AND ",
            $where
        )
    };
}

/// The name of a file in the trail.
pub fn subject(file: Uuid) -> String {
    format!("invoiceFile:{file}")
}

/// A page of the hospital's files, the latest made first.
pub fn list(
    tx: &mut Tx,
    state: Option<FileState>,
    after: Option<Uuid>,
    page_size: i32,
) -> Result<Page<InvoiceFile>, Stop> {
    let query = diesel::sql_query(select!(
        "($1 IS NULL OR f.state = $1) AND ($2 IS NULL OR f.id < $2) ORDER BY f.id DESC LIMIT $3 + 1"
    ))
    .bind::<Nullable<Text>, _>(state.map(FileState::name))
    .bind::<Nullable<SqlUuid>, _>(after)
    .bind::<Integer, _>(page_size);
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    Ok(Page::of(rows, page_size).read(Row::read)?)
}

/// A file of the hospital.
pub fn find(tx: &mut Tx, id: Uuid) -> Result<InvoiceFile, Stop> {
    let query = diesel::sql_query(select!("f.id = $1")).bind::<SqlUuid, _>(id);
    Ok(Constant(query).found::<Row>(tx.conn)?.read()?)
}

#[derive(QueryableByName)]
struct StateRow {
    #[diesel(sql_type = Text)]
    state: String,
}

/// The state of a file of the hospital, which nobody else changes meanwhile.
pub(super) fn lock(tx: &mut Tx, id: Uuid) -> Result<FileState, Stop> {
    let query = diesel::sql_query(
        "SELECT state FROM insula.invoice_files WHERE id = $1 AND hospital = insula.organisation() FOR UPDATE",
    )
    .bind::<SqlUuid, _>(id);
    let row: StateRow = Constant(query).found(tx.conn)?;
    Ok(FileState::from_name(&row.state).ok_or_else(|| DbError::inconsistent("insula.invoice_files", "state", id))?)
}

pub(super) fn set_state(tx: &mut Tx, id: Uuid, state: FileState, handed_over: Option<NaiveDate>) -> Result<(), Stop> {
    let query = diesel::sql_query(
        "UPDATE insula.invoice_files SET state = $2, handed_over_on = coalesce($3, handed_over_on),
             version = version + 1, updated_at = $4
         WHERE id = $1 AND hospital = insula.organisation()",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Text, _>(state.name())
    .bind::<Nullable<Date>, _>(handed_over)
    .bind::<Timestamptz, _>(tx.now);
    Constant(query).execute(tx.conn)?;
    Ok(())
}

/// BIL-05: notes that a file was handed over.
///
/// # Errors
/// It was handed over before.
pub fn hand_over(tx: &mut Tx, id: Uuid, on: NaiveDate) -> Result<InvoiceFile, Stop> {
    allows(lock(tx, id)?, FileCommand::HandOver)?;
    trail::record(tx, Action::HandOver, &subject(id), &json!({"on": on}))?;
    set_state(tx, id, FileState::HandedOver, Some(on))?;
    find(tx, id)
}

/// The first and the last record of a file.
#[derive(Debug, Clone, QueryableByName)]
pub struct Ends {
    /// Record 10.
    #[diesel(sql_type = Binary)]
    pub header: Vec<u8>,
    /// Record 90.
    #[diesel(sql_type = Binary)]
    pub footer: Vec<u8>,
}

/// An invoice as it was written: its records, numbered from 1.
#[derive(Debug, Clone)]
pub struct KeptInvoice {
    /// Its identifier.
    pub id: Uuid,
    /// Where it goes.
    pub destination: String,
    /// Its number.
    pub number: i64,
    /// What it amounts to, in cents.
    pub cents: i64,
    /// The sum of its codes.
    pub codes: i64,
    /// Its records, one after the other.
    pub records: Vec<u8>,
}

#[derive(QueryableByName)]
struct InvoiceRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    destination: String,
    #[diesel(sql_type = BigInt)]
    number: i64,
    #[diesel(sql_type = BigInt)]
    cents: i64,
    #[diesel(sql_type = BigInt)]
    codes: i64,
    #[diesel(sql_type = Binary)]
    records: Vec<u8>,
    #[diesel(sql_type = Integer)]
    key_version: i32,
}

/// Sealed for its invoice alone.
fn location(invoice: Uuid) -> String {
    format!("invoices|records|{invoice}")
}

/// Seals the records of an invoice.
pub(super) fn seal(keys: &Keys, invoice: Uuid, records: &[u8]) -> Result<(Vec<u8>, i32), DbError> {
    keys.seal(&location(invoice), records)
}

/// The first and the last record of a file, for a reader, who leaves an event in the trail.
pub fn read_ends(tx: &mut Tx, id: Uuid) -> Result<Ends, Stop> {
    let query = diesel::sql_query(
        "SELECT header, footer FROM insula.invoice_files WHERE id = $1 AND hospital = insula.organisation()",
    )
    .bind::<SqlUuid, _>(id);
    let ends: Ends = Constant(query).found(tx.conn)?;
    if ends.header.len() != LENGTH || ends.footer.len() != LENGTH {
        return Err(DbError::inconsistent("insula.invoice_files", "header", id).into());
    }
    trail::record(tx, Action::Get, &subject(id), &json!({"records": true}))?;
    Ok(ends)
}

/// How many invoices are read at once.
const AT_ONCE: i32 = 500;

/// The next invoices of a file in its order, after this destination and number; none after the last one.
pub fn invoices(tx: &mut Tx, id: Uuid, after: Option<&(String, i64)>) -> Result<Vec<KeptInvoice>, Stop> {
    let query = diesel::sql_query(
        "SELECT i.id, i.destination, i.number, i.cents, i.codes, r.records, r.key_version
         FROM insula.invoices i JOIN vault.invoice_records r ON r.invoice_id = i.id
         WHERE i.file_id = $1 AND i.hospital = insula.organisation()
           AND ($2 IS NULL OR (i.destination, i.number) > ($2, $3))
         ORDER BY i.destination, i.number LIMIT $4",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Nullable<Text>, _>(after.map(|(destination, _)| destination))
    .bind::<Nullable<BigInt>, _>(after.map(|(_, number)| *number))
    .bind::<Integer, _>(AT_ONCE);
    let rows: Vec<InvoiceRow> = Constant(query).load(tx.conn)?;
    let open = |row: InvoiceRow| {
        let records = tx.keys.open(&location(row.id), &row.records, row.key_version)?;
        if records.len() % LENGTH != 0 {
            return Err(DbError::inconsistent("vault.invoice_records", "records", row.id));
        }
        let InvoiceRow { id, destination, number, cents, codes, .. } = row;
        Ok(KeptInvoice { id, destination, number, cents, codes, records })
    };
    Ok(rows.into_iter().map(open).collect::<Result<_, _>>()?)
}

/// An invoice of a hospital as it was written.
///
/// # Errors
/// What is stored is not what was written.
pub(super) fn as_written(
    settings: &Settings,
    hospital: HospitalNumber,
    one: &KeptInvoice,
) -> Result<WrittenBlock, DbError> {
    let inconsistent = |column| DbError::inconsistent("insula.invoices", column, one.id);
    let (a, b) = if settings.account.value == 0 { (one.cents, 0) } else { (0, one.cents) };
    Ok(WrittenBlock {
        destination: one.destination.parse().map_err(|_| inconsistent("destination"))?,
        number: u64::try_from(one.number).map_err(|_| inconsistent("number"))?,
        establishment: Twelve::hospital(hospital),
        records: one.records.as_chunks::<LENGTH>().0.iter().map(|bytes| Record::of(*bytes)).collect(),
        totals: Totals { a, b, codes: u64::try_from(one.codes).map_err(|_| inconsistent("codes"))? },
    })
}

/// The next invoices of a file, as they were written.
pub fn written(
    tx: &mut Tx,
    id: Uuid,
    hospital: HospitalNumber,
    settings: &Settings,
    after: Option<&(String, i64)>,
) -> Result<Vec<WrittenBlock>, Stop> {
    let kept = invoices(tx, id, after)?;
    Ok(kept.iter().map(|one| as_written(settings, hospital, one)).collect::<Result<_, _>>()?)
}

/// A file that may still be put into the hospital's own.
///
/// # Errors
/// It was handed over.
pub fn to_merge(tx: &mut Tx, id: Uuid) -> Result<InvoiceFile, Stop> {
    allows(lock(tx, id)?, FileCommand::Merge)?;
    find(tx, id)
}

/// BIL-05: notes that the hospital's own file was given out with the invoices of this one in it, and where each is. A
/// later one replaces it.
///
/// # Errors
/// The file was handed over meanwhile.
pub fn note_merge(tx: &mut Tx, id: Uuid, merged: &Merged, sha256: &[u8]) -> Result<(), Stop> {
    allows(lock(tx, id)?, FileCommand::Merge)?;
    let details = json!({"records": merged.records, "invoices": merged.places.len()});
    trail::record(tx, Action::Merge, &subject(id), &details)?;
    let count = |of: u32| i32::try_from(of).unwrap_or(i32::MAX);
    let query = diesel::sql_query(
        "UPDATE insula.invoice_files SET merged_at = $2, merged_records = $3, merged_lines = $4, merged_sha256 = $5,
             version = version + 1, updated_at = $2
         WHERE id = $1 AND hospital = insula.organisation()",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Timestamptz, _>(tx.now)
    .bind::<Integer, _>(count(merged.records))
    .bind::<Integer, _>(count(merged.lines))
    .bind::<Binary, _>(sha256);
    Constant(query).execute(tx.conn)?;
    let (numbers, records): (Vec<i64>, Vec<i32>) =
        merged.places.iter().map(|(number, at)| (i64::try_from(*number).unwrap_or(i64::MAX), count(*at))).unzip();
    let query = diesel::sql_query(
        "UPDATE insula.invoices i SET merged_record = n.record FROM unnest($2, $3) AS n (number, record)
         WHERE i.file_id = $1 AND i.number = n.number AND i.hospital = insula.organisation()",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Array<BigInt>, _>(numbers)
    .bind::<Array<Integer>, _>(records);
    Constant(query).execute(tx.conn)?;
    Ok(())
}

#[derive(QueryableByName)]
struct SentRow {
    #[diesel(sql_type = Integer)]
    record: i32,
    #[diesel(sql_type = BigInt)]
    number: i64,
    #[diesel(sql_type = Text)]
    insurer: String,
    #[diesel(sql_type = Array<SqlUuid>)]
    ids: Vec<Uuid>,
    #[diesel(sql_type = Array<Date>)]
    first_days: Vec<NaiveDate>,
    #[diesel(sql_type = Array<Date>)]
    last_days: Vec<NaiveDate>,
    #[diesel(sql_type = Array<BigInt>)]
    cents: Vec<i64>,
}

/// A file as it went to the insurers: alone, or within the hospital's own.
pub fn sent(tx: &mut Tx, id: Uuid, hospital: HospitalNumber) -> Result<SentFile, Stop> {
    let file = find(tx, id)?;
    let query = diesel::sql_query(
        "SELECT coalesce(i.merged_record, 2 + (sum(i.records) OVER (ORDER BY i.destination, i.number)
                - i.records)::integer) AS record, i.number, i.insurer, l.ids, l.first_days, l.last_days, l.cents
         FROM insula.invoices i CROSS JOIN LATERAL (
             SELECT array_agg(id ORDER BY ordinal) AS ids, array_agg(first_day ORDER BY ordinal) AS first_days,
                 array_agg(last_day ORDER BY ordinal) AS last_days,
                 array_agg((amount * 100)::bigint ORDER BY ordinal) AS cents
             FROM insula.invoice_lines l WHERE l.invoice_id = i.id) l
         WHERE i.file_id = $1 AND i.hospital = insula.organisation() ORDER BY record",
    )
    .bind::<SqlUuid, _>(id);
    let rows: Vec<SentRow> = Constant(query).load(tx.conn)?;
    let inconsistent = |column| DbError::inconsistent("insula.invoices", column, id);
    let read = |row: SentRow| {
        let days = row.first_days.into_iter().zip(row.last_days);
        let lines = row.ids.into_iter().zip(days).zip(row.cents);
        Ok(SentInvoice {
            record: u32::try_from(row.record).map_err(|_| inconsistent("merged_record"))?,
            number: u64::try_from(row.number).map_err(|_| inconsistent("number"))?,
            insurer: row.insurer.parse().map_err(|_| inconsistent("insurer"))?,
            lines: lines.map(|((id, (from, to)), cents)| SentLine { id, from, to, cents }).collect(),
        })
    };
    Ok(SentFile {
        sending: u16::try_from(file.sending).map_err(|_| inconsistent("sending"))?,
        month: file.month,
        establishment: Twelve::hospital(hospital),
        invoices: rows.into_iter().map(read).collect::<Result<_, DbError>>()?,
        within_another: file.merged.is_some(),
    })
}

#[derive(QueryableByName)]
struct CountRow {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// BIL-05: how many lines, invoices and files do not add up, over all hospitals.
pub fn imbalances(db: &Db) -> Result<i64, DbError> {
    let query = diesel::sql_query("SELECT insula.count_billing_imbalances() AS count");
    let mut conn = db.worker()?;
    let row: CountRow = Constant(query).get_result(&mut *conn)?;
    Ok(row.count)
}
