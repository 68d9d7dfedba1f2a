//! Writes invoices, their records and lines (BIL-05).

use aws_lc_rs::digest;
use chrono::{Datelike, NaiveDate};
use diesel::sql_types::{Array, BigInt, Binary, Bool, Date, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use insula_domain::{
    amount::Amount,
    billing::{
        compose::{Heading, month_of},
        file::{
            digits::Twelve,
            invoice::{Block, Header},
            layout::LENGTH,
            settings::Settings,
            write::{MOST_RECORDS, Unwritable, Writer, WrittenBlock, write_block},
        },
        identity::BillingIdentity,
        line::{Line, Terms},
    },
    clock::brussels_day,
    identifier::HospitalNumber,
    parties::affiliation::EntitlementCode,
    refusal::Refusal,
};
use uuid::Uuid;

use super::files;
use crate::{
    error::{DbError, Stop},
    sql::Constant,
    tx::Tx,
};

/// A line to write.
pub(super) struct NewLine {
    pub line: Line,
    /// The line that it credits.
    pub credits: Option<Uuid>,
    /// The first day of its row in the tariff.
    pub tariff: NaiveDate,
    /// The recorded days that it bills.
    pub days: Vec<Uuid>,
}

/// An invoice to write.
pub(super) struct NewInvoice {
    pub terms: Terms,
    pub refers_to: Option<Uuid>,
    pub lines: Vec<NewLine>,
}

impl NewInvoice {
    fn is_credit(&self) -> bool {
        self.lines.iter().any(|line| line.credits.is_some())
    }
}

/// A file being made.
pub(super) struct Making {
    pub id: Uuid,
    pub hospital: HospitalNumber,
    pub settings: Settings,
    identity: BillingIdentity,
    last_number: Option<i64>,
    records: u32,
    invoices: usize,
    invoiced: Amount,
    credited: Amount,
    /// How many invoices had no place in it.
    pub left: usize,
    waiting: Waiting,
}

/// What is written at once.
#[derive(Default)]
struct Waiting {
    ids: Vec<Uuid>,
    invoices: Vec<NewInvoice>,
    written: Vec<(WrittenBlock, Vec<u8>, i32)>,
}

/// How many invoices are written at once.
const AT_ONCE: usize = 500;

fn count(of: usize) -> i32 {
    i32::try_from(of).unwrap_or(i32::MAX)
}

impl Making {
    pub(super) fn new(
        tx: &mut Tx,
        hospital: HospitalNumber,
        settings: Settings,
        identity: BillingIdentity,
    ) -> Result<Making, Stop> {
        Ok(Making {
            id: tx.ids.uuid(),
            hospital,
            settings,
            last_number: last_number(tx)?,
            identity,
            // The file's own two.
            records: 2,
            invoices: 0,
            invoiced: Amount::default(),
            credited: Amount::default(),
            left: 0,
            waiting: Waiting::default(),
        })
    }

    /// The heading of the next invoice.
    ///
    /// # Errors
    /// The code of the pump day is not known, or the numbers are used up.
    pub(super) fn heading(&self, tx: &Tx) -> Result<Heading, Refusal> {
        let code = self.settings.pump_code.value.ok_or(Refusal::PumpCodeMissing)?;
        let number = self.identity.next_invoice_number(self.last_number).ok_or(Refusal::InvoiceNumbersUsedUp)?;
        let number = u64::try_from(number).map_err(|_| Refusal::InvoiceNumbersUsedUp)?;
        Ok(Heading { hospital: self.hospital, number, dated: brussels_day(tx.now), code })
    }

    /// BIL-05, B-22: adds an invoice; one with which the file would pass 999 999 records is left for the next.
    pub(super) fn add(&mut self, tx: &mut Tx, invoice: NewInvoice, block: &Block) -> Result<(), Stop> {
        let written = match write_block(&self.settings, block) {
            Ok(written) => written,
            // The plan holds back what the insurers could not attribute.
            Err(why) => return Err(DbError::Other(why.to_string()).into()),
        };
        let records = u32::try_from(written.records.len()).unwrap_or(u32::MAX);
        if self.records.saturating_add(records) > MOST_RECORDS {
            self.left += 1;
            return Ok(());
        }
        self.records += records;
        self.invoices += 1;
        self.last_number = i64::try_from(block.number).ok();
        let sum = invoice.lines.iter().map(|line| line.line.amount()).sum();
        let total = if invoice.is_credit() { &mut self.credited } else { &mut self.invoiced };
        *total = total.plus(&sum);
        let id = tx.ids.uuid();
        let bytes: Vec<u8> = written.records.iter().flat_map(|record| *record.bytes()).collect();
        let (sealed, key_version) = files::seal(tx.keys, id, &bytes)?;
        self.waiting.ids.push(id);
        self.waiting.invoices.push(invoice);
        self.waiting.written.push((written, sealed, key_version));
        if self.waiting.ids.len() >= AT_ONCE {
            self.flush(tx)?;
        }
        Ok(())
    }

    fn flush(&mut self, tx: &mut Tx) -> Result<(), Stop> {
        let Waiting { ids, invoices, written } = std::mem::take(&mut self.waiting);
        write_invoices(tx, self.id, &ids, &invoices, &written)?;
        let query = diesel::sql_query(
            "INSERT INTO vault.invoice_records (invoice_id, hospital, records, key_version)
             SELECT id, insula.organisation(), records, key_version
             FROM unnest($1, $2, $3) AS n (id, records, key_version) RETURNING 1",
        )
        .bind::<Array<SqlUuid>, _>(&ids)
        .bind::<Array<Binary>, _>(written.iter().map(|(_, sealed, _)| sealed).collect::<Vec<_>>())
        .bind::<Array<Integer>, _>(written.iter().map(|(.., version)| *version).collect::<Vec<_>>());
        Constant(query).execute(tx.conn)?;
        write_lines(tx, &ids, &invoices)
    }

    /// BIL-05: ends the file, whose bytes are read back as they will be given out. Whether it holds an invoice.
    pub(super) fn end(mut self, tx: &mut Tx, sending: u16, month: NaiveDate) -> Result<Option<Uuid>, Stop> {
        self.flush(tx)?;
        if self.invoices == 0 {
            return Ok(None);
        }
        let today = brussels_day(tx.now);
        let header = Header {
            sending,
            month: month_of(month),
            third_party: Twelve::hospital(self.hospital),
            accreditation: self.identity.accreditation,
            enterprise: self.identity.enterprise_number,
            iban: self.identity.iban.clone(),
            bic: self.identity.bic.as_str().to_owned(),
            created: today,
            reference: format!("{} {sending:03}", today.year()),
        };
        let unfit = |why: Unwritable| Stop::from(DbError::Other(why.to_string()));
        let mut hash = digest::Context::new(&digest::SHA256);
        let mut ends: [Vec<u8>; 2] = Default::default();
        let mut sink = |record: &[u8; LENGTH]| {
            hash.update(record);
            if ends[0].is_empty() { ends[0] = record.to_vec() } else { ends[1] = record.to_vec() }
        };
        let mut writer = Writer::begin(&self.settings, &header, &mut sink).map_err(unfit)?;
        let mut after = None;
        loop {
            let some = files::invoices(tx, self.id, after.as_ref())?;
            let Some(last) = some.last() else { break };
            after = Some((last.destination.clone(), last.number));
            for one in some {
                writer.add(files::as_written(&self.settings, self.hospital, &one)?, &mut sink).map_err(unfit)?;
            }
        }
        writer.end(&mut sink).map_err(unfit)?;
        let [header, footer] = ends;
        let query = diesel::sql_query(
            "INSERT INTO insula.invoice_files (id, hospital, year, sending, month, invoices, records, invoiced, credited,
                 header, footer, sha256, made_by, made_at, state, version, updated_at)
             VALUES ($1, insula.organisation(), $2, $3, $4, $5, $6, $7::numeric, $8::numeric, $9, $10, $11,
                 insula.person(), $12, 'made', 1, $12) RETURNING 1",
        )
        .bind::<SqlUuid, _>(self.id)
        .bind::<Integer, _>(today.year())
        .bind::<Integer, _>(i32::from(sending))
        .bind::<Date, _>(month)
        .bind::<Integer, _>(count(self.invoices))
        .bind::<Integer, _>(i32::try_from(self.records).unwrap_or(i32::MAX))
        .bind::<Text, _>(self.invoiced.to_string())
        .bind::<Text, _>(self.credited.to_string())
        .bind::<Binary, _>(header)
        .bind::<Binary, _>(footer)
        .bind::<Binary, _>(hash.finish().as_ref().to_vec())
        .bind::<Timestamptz, _>(tx.now);
        Constant(query).execute(tx.conn)?;
        Ok(Some(self.id))
    }
}

#[derive(diesel::QueryableByName)]
struct NumberRow {
    #[diesel(sql_type = Nullable<BigInt>)]
    number: Option<i64>,
}

fn last_number(tx: &mut Tx) -> Result<Option<i64>, Stop> {
    let query =
        diesel::sql_query("SELECT max(number) AS number FROM insula.invoices WHERE hospital = insula.organisation()");
    Ok(Constant(query).found::<NumberRow>(tx.conn)?.number)
}

fn write_invoices(
    tx: &mut Tx,
    file: Uuid,
    ids: &[Uuid],
    invoices: &[NewInvoice],
    written: &[(WrittenBlock, Vec<u8>, i32)],
) -> Result<(), Stop> {
    let terms = || invoices.iter().map(|one| &one.terms);
    let text = |of: fn(&Terms) -> &str| terms().map(of).collect::<Vec<_>>();
    let codes = |of: fn(&Terms) -> Option<&str>| terms().map(of).collect::<Vec<_>>();
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let query = diesel::sql_query(
        "INSERT INTO insula.invoices (id, file_id, hospital, number, destination, insurer, beneficiary_id, period_id,
             agreed_on, convention_number, ct1, ct2, credit, refers_to, records, cents, codes)
         SELECT id, $1, insula.organisation(), number, destination, insurer, beneficiary_id, period_id, agreed_on,
             convention_number, ct1, ct2, credit, refers_to, records, cents, codes
         FROM unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) AS n (id, number, destination,
             insurer, beneficiary_id, period_id, agreed_on, convention_number, ct1, ct2, credit, refers_to, records,
             cents, codes) RETURNING 1",
    )
    .bind::<SqlUuid, _>(file)
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<BigInt>, _>(written.iter().map(|(one, ..)| number(one.number)).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(text(|terms| terms.destination.as_str()))
    .bind::<Array<Text>, _>(text(|terms| terms.insurer.as_str()))
    .bind::<Array<SqlUuid>, _>(terms().map(|terms| terms.beneficiary.0).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(terms().map(|terms| terms.period).collect::<Vec<_>>())
    .bind::<Array<Date>, _>(terms().map(|terms| terms.agreed_on).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(text(|terms| terms.convention.as_str()))
    .bind::<Array<Nullable<Text>>, _>(codes(|terms| terms.ct1.as_ref().map(EntitlementCode::as_str)))
    .bind::<Array<Nullable<Text>>, _>(codes(|terms| terms.ct2.as_ref().map(EntitlementCode::as_str)))
    .bind::<Array<Bool>, _>(invoices.iter().map(NewInvoice::is_credit).collect::<Vec<_>>())
    .bind::<Array<Nullable<SqlUuid>>, _>(invoices.iter().map(|one| one.refers_to).collect::<Vec<_>>())
    .bind::<Array<Integer>, _>(written.iter().map(|(one, ..)| count(one.records.len())).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(written.iter().map(|(one, ..)| one.totals.a + one.totals.b).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(written.iter().map(|(one, ..)| number(one.totals.codes)).collect::<Vec<_>>());
    Constant(query).execute(tx.conn)?;
    Ok(())
}

/// The lines of invoices, and on which line each day is.
fn write_lines(tx: &mut Tx, ids: &[Uuid], invoices: &[NewInvoice]) -> Result<(), Stop> {
    let lines: Vec<(Uuid, Uuid, usize, &NewLine)> = ids
        .iter()
        .zip(invoices)
        .flat_map(|(invoice, one)| (1..).zip(&one.lines).map(move |(at, line)| (*invoice, at, line)))
        .map(|(invoice, at, line)| (tx.ids.uuid(), invoice, at, line))
        .collect();
    let units = |line: &NewLine| if line.credits.is_some() { -line.line.units() } else { line.line.units() };
    let query = diesel::sql_query(
        "INSERT INTO insula.invoice_lines (id, invoice_id, hospital, ordinal, first_day, last_day, units, price, amount,
             tariff, credits, state, updated_at)
         SELECT id, invoice_id, insula.organisation(), ordinal, first_day, last_day, units, price::numeric,
             units * price::numeric, tariff, credits, 'stands', $10
         FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9) AS n (id, invoice_id, ordinal, first_day, last_day, units,
             price, tariff, credits) RETURNING 1",
    )
    .bind::<Array<SqlUuid>, _>(lines.iter().map(|(id, ..)| *id).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(lines.iter().map(|(_, invoice, ..)| *invoice).collect::<Vec<_>>())
    .bind::<Array<Integer>, _>(lines.iter().map(|(_, _, at, _)| count(*at)).collect::<Vec<_>>())
    .bind::<Array<Date>, _>(lines.iter().map(|(.., line)| line.line.from).collect::<Vec<_>>())
    .bind::<Array<Date>, _>(lines.iter().map(|(.., line)| line.line.to).collect::<Vec<_>>())
    .bind::<Array<Integer>, _>(lines.iter().map(|(.., line)| i32::try_from(units(line)).unwrap_or(0)).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(lines.iter().map(|(.., line)| line.line.price.to_string()).collect::<Vec<_>>())
    .bind::<Array<Date>, _>(lines.iter().map(|(.., line)| line.tariff).collect::<Vec<_>>())
    .bind::<Array<Nullable<SqlUuid>>, _>(lines.iter().map(|(.., line)| line.credits).collect::<Vec<_>>())
    .bind::<Timestamptz, _>(tx.now);
    Constant(query).execute(tx.conn)?;
    let days = || lines.iter().flat_map(|(id, .., line)| line.days.iter().map(move |day| (*day, *id)));
    let query = diesel::sql_query(
        "UPDATE insula.pump_days d SET line_id = n.line_id, state = 'claimed', updated_at = $3
         FROM unnest($1, $2) AS n (id, line_id)
         WHERE d.id = n.id AND d.state = 'recorded' AND d.hospital = insula.organisation() RETURNING 1",
    )
    .bind::<Array<SqlUuid>, _>(days().map(|(day, _)| day).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(days().map(|(_, line)| line).collect::<Vec<_>>())
    .bind::<Timestamptz, _>(tx.now);
    // A day that was withdrawn or became undue meanwhile: the file is made without it.
    if Constant(query).execute(tx.conn)? < days().count() {
        return Err(DbError::Retry.into());
    }
    Ok(())
}
