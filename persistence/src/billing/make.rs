//! Makes invoice files, and foresees what they would be (BIL-05, BIL-08, BIL-10).

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};
use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{Array, BigInt, Bool, Date, Integer, Nullable, SmallInt, Text, Uuid as SqlUuid},
};
use insula_domain::{
    billing::{
        compose,
        credit::{Reference, Total},
        file::settings::Settings,
        forecast::{Ground, Risk, expiring, file_grounds, goes, not_recorded},
        identity::BillingIdentity,
        line::Line,
        plan::PlannedInvoice,
    },
    clock::{brussels_day, eve, months_after},
    convention::tariff,
    identifier::{HospitalNumber, InsurerNumber},
    refusal::{Fault, Reason, Refusal},
    rule::RuleId,
    span::Span,
};
use serde_json::json;
use uuid::Uuid;

use super::{
    basis::{Billed, billed},
    corrections::{self, Asked, Credited},
    files, settings,
    write::{Making, NewInvoice, NewLine},
};
use crate::{
    convention::records::{self, Content, Kind, Record},
    error::{DbError, Stop},
    sql::Constant,
    trail::{self, Action},
    tx::{Keep, Tx},
};

impl Content for BillingIdentity {
    const KIND: Kind = Kind::BillingIdentity;

    fn trace(&self) -> serde_json::Value {
        json!({"firstInvoiceNumber": self.first_invoice_number, "lastInvoiceNumber": self.last_invoice_number})
    }
}

/// A file to make.
#[derive(Debug, Clone)]
pub struct NewFile {
    /// The hospital that bills.
    pub hospital: HospitalNumber,
    /// The first day of the month that it bills: days until its end that are on no line.
    pub month: NaiveDate,
    /// Its sending number.
    pub sending: u16,
    /// Whether the insurers allow a third file of the month.
    pub derogation: bool,
    /// The lines that are credited.
    pub asked: Asked,
    /// Whether credits go to an insurer from whom less is asked than is given back.
    pub even_negative: bool,
}

/// What a file comes to, line by line.
#[derive(Debug, Default)]
pub struct Survey {
    /// The lines, each with what the insurers' programs would probably say; at most [`LISTED`], those at risk first.
    pub lines: Vec<(Line, Vec<Risk>)>,
    /// How many lines go.
    pub going: usize,
    /// How many of those are at risk.
    pub at_risk: usize,
    /// How many lines are held back.
    pub held_back: usize,
    /// The total of each insurer.
    pub totals: BTreeMap<InsurerNumber, Total>,
    /// Days that can be on no line, by beneficiary; at most [`LISTED`].
    pub unbillable: Vec<(Uuid, NaiveDate, Fault)>,
    /// Days that can no longer be billed after this month, by beneficiary; at most [`LISTED`].
    pub expiring: Vec<(Uuid, Vec<NaiveDate>)>,
    /// Days of the month that could be recorded and are not, by beneficiary; at most [`LISTED`].
    pub not_recorded: Vec<(Uuid, Vec<Span>)>,
    /// The lines that are credited.
    pub credited: Vec<Credited>,
    /// The lines whose credit waits, because their insurer's total would be negative.
    pub waiting: Vec<Uuid>,
    /// Why the file as a whole would be refused.
    pub grounds: Vec<Ground>,
}

/// How many lines, days and beneficiaries a survey lists; the others are counted.
pub const LISTED: usize = 1000;

/// A file that was made.
#[derive(Debug)]
pub struct Made {
    /// The file.
    pub file: Uuid,
    /// How many lines are held back.
    pub held_back: usize,
    /// How many invoices had no place in it: they wait for the next one.
    pub left: usize,
    /// The lines whose credit waits.
    pub waiting: Vec<Uuid>,
}

/// How many beneficiaries are looked at at once.
const AT_ONCE: usize = 500;

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

#[derive(QueryableByName)]
struct SendingRow {
    #[diesel(sql_type = SmallInt)]
    sending: i16,
    #[diesel(sql_type = Bool)]
    of_month: bool,
}

#[derive(QueryableByName)]
struct ReferenceRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = BigInt)]
    number: i64,
    #[diesel(sql_type = Integer)]
    sending: i32,
    #[diesel(sql_type = Date)]
    month: NaiveDate,
    #[diesel(sql_type = Text)]
    insurer: String,
    #[diesel(sql_type = Nullable<Text>)]
    reference: Option<String>,
}

impl NewFile {
    fn last_day(&self) -> NaiveDate {
        eve(months_after(self.month, 1))
    }

    fn days(&self) -> Span {
        Span::between(self.month, self.last_day())
    }

    /// BIL-05, B-22: why the file as a whole would be refused.
    fn grounds(&self, tx: &mut Tx) -> Result<Vec<Ground>, Stop> {
        let query = diesel::sql_query(
            "SELECT sending::smallint, month = $2 AS of_month FROM insula.invoice_files
             WHERE hospital = insula.organisation() AND (year = $1 OR month = $2)",
        )
        .bind::<Integer, _>(brussels_day(tx.now).year())
        .bind::<Date, _>(self.month);
        let rows: Vec<SendingRow> = Constant(query).load(tx.conn)?;
        let used: BTreeSet<u16> = rows.iter().filter_map(|row| u16::try_from(row.sending).ok()).collect();
        let of_month = rows.iter().filter(|row| row.of_month).count();
        Ok(file_grounds(self.sending, &used, of_month, self.derogation))
    }

    /// BIL-05: every fault of the file as a whole.
    fn faults(&self, tx: &mut Tx) -> Result<Vec<Fault>, Stop> {
        let mut faults = Vec::new();
        if self.last_day() >= brussels_day(tx.now) {
            faults.push(Fault::new("month", Reason::MonthNotOver, RuleId::Bil01));
        }
        for ground in self.grounds(tx)? {
            let (field, reason) = match ground {
                Ground::ThirdFile => ("month", Reason::ThirdFile),
                _ => ("sendingNumber", Reason::SendingUsed),
            };
            faults.push(Fault::new(field, reason, RuleId::Bil05));
        }
        Ok(faults)
    }
}

/// One file of a hospital is made at a time.
fn lock(tx: &mut Tx) -> Result<(), Stop> {
    let lock =
        diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended('invoices ' || insula.organisation(), 0))");
    Constant(lock).execute(tx.conn)?;
    Ok(())
}

/// BIL-05, BIL-10: makes a file of the days that are on no line, and of credits.
///
/// # Errors
/// The month is not over, the sending number was used or it would be a third file; lines that cannot be credited; the
/// refusal when the hospital cannot bill yet or nothing goes.
pub fn make(tx: &mut Tx, new: &NewFile) -> Result<Made, Stop> {
    lock(tx)?;
    let faults = new.faults(tx)?;
    if !faults.is_empty() {
        return Err(faults.into());
    }
    let identity = match records::find(tx, &Record::<BillingIdentity>::of(new.hospital, ""), None) {
        Ok(found) => found.content,
        Err(Stop::NotFound) => return Err(Refusal::BillingIdentityMissing.into()),
        Err(stop) => return Err(stop),
    };
    let settings = settings::on(tx, brussels_day(tx.now))?;
    if settings.pump_code.value.is_none() {
        return Err(Refusal::PumpCodeMissing.into());
    }
    let mut credited = corrections::prepare(tx, &new.asked)?;
    let mut waiting = Vec::new();
    loop {
        let attempt = tx.part(|tx| {
            let mut making = Making::new(tx, new.hospital, settings.clone(), identity.clone())?;
            corrections::apply(tx, &credited)?;
            credit(tx, &mut making, &credited)?;
            let survey = survey(tx, new, &settings, &credited, Some(&mut making))?;
            if !new.even_negative && survey.totals.values().any(Total::waits) {
                return Ok((Keep::No, (survey, None, 0)));
            }
            let left = making.left;
            let file = making.end(tx, new.sending, new.month)?;
            Ok((Keep::Yes, (survey, file, left)))
        });
        let (survey, file, left) = attempt?;
        let waits = |one: &Credited| survey.totals.get(&one.credit.line.terms.insurer).is_some_and(Total::waits);
        if file.is_none() && credited.iter().any(waits) {
            waiting.extend(credited.iter().filter(|one| waits(one)).map(|one| one.kept.line.id));
            credited.retain(|one| !waits(one));
            continue;
        }
        let file = file.ok_or(Refusal::NothingToBill)?;
        let details = json!({"month": new.month, "sending": new.sending, "lines": survey.going,
            "credits": credited.len(), "heldBack": survey.held_back});
        trail::record(tx, Action::Create, &files::subject(file), &details)?;
        return Ok(Made { file, held_back: survey.held_back, left, waiting });
    }
}

/// BIL-05, BIL-08: what a file would come to; nothing is made.
///
/// # Errors
/// Lines that cannot be credited.
pub fn preview(tx: &mut Tx, new: &NewFile) -> Result<Survey, Stop> {
    let settings = settings::on(tx, brussels_day(tx.now))?;
    let credited = corrections::prepare(tx, &new.asked)?;
    let survey = tx.part(|tx| {
        corrections::apply(tx, &credited)?;
        Ok((Keep::No, survey(tx, new, &settings, &credited, None)?))
    });
    let mut survey = survey?;
    survey.grounds = new.grounds(tx)?;
    let waits = |one: &&Credited| survey.totals.get(&one.credit.line.terms.insurer).is_some_and(Total::waits);
    survey.waiting = credited.iter().filter(waits).map(|one| one.kept.line.id).collect();
    survey.credited = credited;
    let details = json!({"month": new.month, "lines": survey.going, "heldBack": survey.held_back});
    trail::record(tx, Action::Preview, "invoiceFiles", &details)?;
    Ok(survey)
}

/// Looks at every beneficiary with days to bill, and writes their invoices if there is a file to write them into.
fn survey(
    tx: &mut Tx,
    new: &NewFile,
    settings: &Settings,
    credited: &[Credited],
    mut making: Option<&mut Making>,
) -> Result<Survey, Stop> {
    let mut survey = Survey::default();
    for one in credited {
        let total = survey.totals.entry(one.credit.line.terms.insurer).or_default();
        total.credited = total.credited.plus(&one.credit.line.amount());
    }
    // Who is covered without a recorded day matters only to those who look.
    let covered = making.is_none();
    let mut after = None;
    loop {
        let ids = beneficiaries(tx, new, covered, after)?;
        let Some(last) = ids.last() else { break };
        after = Some(*last);
        let all = billed(tx, &ids, Span::between(new.month, new.last_day()))?;
        for (id, one) in &all {
            let plan = one.plan(settings);
            survey.unbillable.extend(plan.unbillable.into_iter().map(|(day, why)| (*id, day, why)));
            survey.unbillable.truncate(LISTED);
            for invoice in plan.invoices {
                survey.add(&invoice);
                if let Some(making) = making.as_deref_mut() {
                    write(tx, making, one, &invoice)?;
                }
            }
            if covered {
                survey.look(*id, one, new);
            }
        }
    }
    Ok(survey)
}

impl Survey {
    fn add(&mut self, invoice: &PlannedInvoice) {
        for (line, risks) in &invoice.lines {
            if goes(risks) {
                self.going += 1;
                self.at_risk += usize::from(!risks.is_empty());
                let total = self.totals.entry(line.terms.insurer).or_default();
                total.invoiced = total.invoiced.plus(&line.amount());
            } else {
                self.held_back += 1;
            }
            if self.lines.len() < LISTED {
                self.lines.push((line.clone(), risks.clone()));
            } else if !risks.is_empty()
                && let Some(plain) = self.lines.iter_mut().rev().find(|(_, risks)| risks.is_empty())
            {
                *plain = (line.clone(), risks.clone());
            }
        }
    }

    /// BIL-08, B-10: what of a beneficiary is lost soon, or was not recorded.
    fn look(&mut self, id: Uuid, one: &Billed, new: &NewFile) {
        let facts = &one.known.facts;
        let recorded = one.recorded.iter().map(|day| day.day).collect();
        let soon = expiring(&recorded, facts);
        if !soon.is_empty() && self.expiring.len() < LISTED {
            self.expiring.push((id, soon));
        }
        let missing = not_recorded(new.days(), facts);
        if !missing.is_empty() && self.not_recorded.len() < LISTED {
            self.not_recorded.push((id, missing));
        }
    }
}

/// The next beneficiaries with recorded days on no line, or in a period of the month when `covered` asks for those.
fn beneficiaries(tx: &mut Tx, new: &NewFile, covered: bool, after: Option<Uuid>) -> Result<Vec<Uuid>, Stop> {
    let query = diesel::sql_query(
        "SELECT b.id FROM vault.beneficiaries b
         WHERE b.hospital = insula.organisation() AND ($1 IS NULL OR b.id > $1)
           AND (EXISTS (SELECT 1 FROM insula.pump_days d WHERE d.hospital = b.hospital AND d.beneficiary_id = b.id
                   AND d.state = 'recorded' AND d.day <= $3)
               OR $4 AND EXISTS (SELECT 1 FROM insula.granted_periods p WHERE p.beneficiary_id = b.id
                   AND p.hospital = b.hospital AND p.effective && daterange($2, $3, '[]')))
         ORDER BY b.id LIMIT $5",
    )
    .bind::<Nullable<SqlUuid>, _>(after)
    .bind::<Date, _>(new.month)
    .bind::<Date, _>(new.last_day())
    .bind::<Bool, _>(covered)
    .bind::<BigInt, _>(i64::try_from(AT_ONCE).unwrap_or(i64::MAX));
    let rows: Vec<IdRow> = Constant(query).load(tx.conn)?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Writes the lines of an invoice that go.
fn write(tx: &mut Tx, making: &mut Making, one: &Billed, invoice: &PlannedInvoice) -> Result<(), Stop> {
    let lines: Vec<Line> = invoice.going().cloned().collect();
    let Some(first) = lines.first() else { return Ok(()) };
    let heading = making.heading(tx)?;
    let corrects = match invoice.corrects {
        Some(id) => references(tx, &[id])?.remove(&id),
        None => None,
    };
    let said = corrects.and_then(|(reference, said)| Some((reference, said?)));
    let block = compose::invoice(&heading, &invoice.terms, &lines, &one.insured(first), said);
    let new = |line: Line| {
        let of_line = |day: &&insula_domain::billing::plan::RecordedDay| {
            line.days().holds(day.day) && day.period == line.terms.period && day.refused_on == invoice.corrects
        };
        let days = one.recorded.iter().filter(of_line).map(|day| day.id).collect();
        NewLine { tariff: tariff_of(one, &line), credits: None, days, line }
    };
    let refers_to = invoice.corrects;
    let new = NewInvoice { terms: invoice.terms, refers_to, lines: lines.into_iter().map(new).collect() };
    making.add(tx, new, &block)?;
    Ok(())
}

fn tariff_of(one: &Billed, line: &Line) -> NaiveDate {
    tariff::on(&one.basis.tariffs, line.from).map_or(line.from, |row| row.from)
}

/// Writes the credits: one invoice for those of one invoice.
fn credit(tx: &mut Tx, making: &mut Making, credited: &[Credited]) -> Result<(), Stop> {
    let mut of_invoice: BTreeMap<Uuid, Vec<&Credited>> = BTreeMap::new();
    for one in credited {
        of_invoice.entry(one.kept.invoice).or_default().push(one);
    }
    for (invoice, some) in of_invoice {
        let Some(first) = some.first() else { continue };
        let terms = first.credit.line.terms;
        let days = Span::between(first.credit.line.from, first.credit.line.to);
        let all = billed(tx, &[terms.beneficiary.0], days)?;
        let insured = all.get(&terms.beneficiary.0).map(|one| one.insured(&first.credit.line)).unwrap_or_default();
        let credits: Vec<_> = some.iter().map(|one| one.credit.clone()).collect();
        let heading = making.heading(tx)?;
        let Some(block) = compose::credit(&heading, &credits, &insured) else { continue };
        let lines = some.iter().map(|one| NewLine {
            line: one.credit.line.clone(),
            credits: Some(one.credit.of),
            tariff: one.kept.tariff,
            days: Vec::new(),
        });
        let new = NewInvoice { terms, refers_to: Some(invoice), lines: lines.collect() };
        making.add(tx, new, &block)?;
    }
    Ok(())
}

/// The invoices of these identifiers as others refer to them, each with the insurer's reference if it is known.
fn references(tx: &mut Tx, ids: &[Uuid]) -> Result<BTreeMap<Uuid, (Reference, Option<String>)>, Stop> {
    let query = diesel::sql_query(
        "SELECT i.id, i.number, f.sending, f.month, i.insurer,
             (SELECT max(l.reference) FROM insula.invoice_lines l WHERE l.invoice_id = i.id) AS reference
         FROM insula.invoices i JOIN insula.invoice_files f ON f.id = i.file_id
         WHERE i.id = ANY($1) AND i.hospital = insula.organisation()",
    )
    .bind::<Array<SqlUuid>, _>(ids);
    let rows: Vec<ReferenceRow> = Constant(query).load(tx.conn)?;
    let read = |row: ReferenceRow| {
        let inconsistent = |column| DbError::inconsistent("insula.invoices", column, row.id);
        let reference = Reference {
            invoice: u64::try_from(row.number).map_err(|_| inconsistent("number"))?,
            sending: u16::try_from(row.sending).map_err(|_| inconsistent("sending"))?,
            month: row.month,
            insurer: row.insurer.parse().map_err(|_| inconsistent("insurer"))?,
        };
        Ok((row.id, (reference, row.reference)))
    };
    Ok(rows.into_iter().map(read).collect::<Result<_, DbError>>()?)
}
