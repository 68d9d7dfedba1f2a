//! The lines of invoices, as they were made and as they were answered (BIL-05, BIL-11).

use chrono::NaiveDate;
use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{Array, BigInt, Bool, Date, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::{
    billing::{
        answered::{Answer, Contest, Said, outcome},
        credit::{InvoicedLine, LineState, Reference},
        day_state::{DayCommand, DayState, after},
        file::hearing::{Heard, LineAnswer},
        file_state::{FileCommand, FileState, allows},
        line::{Line, Terms},
        refusal_code::RefusalCode,
    },
    ids::BeneficiaryId,
    refusal::{Fault, Reason},
    rule::RuleId,
};
use serde_json::json;
use uuid::Uuid;

use super::files;
use crate::{
    error::{DbError, Stop},
    page::Page,
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

/// A line of an invoice, with what was said of it.
#[derive(Debug, Clone)]
pub struct KeptLine {
    /// The line and the invoice that bears it.
    pub line: InvoicedLine,
    /// The file.
    pub file: Uuid,
    /// The invoice.
    pub invoice: Uuid,
    /// Whether the insurer accepted it.
    pub accepted: bool,
    /// The codes with which it was refused.
    pub codes: Vec<RefusalCode>,
    /// When it was answered.
    pub answered_on: Option<NaiveDate>,
    /// On which article and when its refusal was contested.
    pub contested: Option<(String, NaiveDate)>,
    /// The first day of its row in the tariff.
    pub tariff: NaiveDate,
}

/// Which lines are listed.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Those of this file.
    pub file: Option<Uuid>,
    /// Those of this beneficiary.
    pub beneficiary: Option<Uuid>,
    /// Those in this state.
    pub state: Option<LineState>,
    /// Whether their refusal is contested.
    pub contested: Option<bool>,
    /// The last line of the page before.
    pub after: Option<Uuid>,
    /// The length of a page.
    pub page_size: i32,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    invoice_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    file_id: Uuid,
    #[diesel(sql_type = BigInt)]
    number: i64,
    #[diesel(sql_type = Integer)]
    sending: i32,
    #[diesel(sql_type = Date)]
    month: NaiveDate,
    #[diesel(sql_type = Text)]
    destination: String,
    #[diesel(sql_type = Text)]
    insurer: String,
    #[diesel(sql_type = SqlUuid)]
    beneficiary_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    period_id: Uuid,
    #[diesel(sql_type = Date)]
    agreed_on: NaiveDate,
    #[diesel(sql_type = Text)]
    convention_number: String,
    #[diesel(sql_type = Nullable<Text>)]
    ct1: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    ct2: Option<String>,
    #[diesel(sql_type = Date)]
    first_day: NaiveDate,
    #[diesel(sql_type = Date)]
    last_day: NaiveDate,
    #[diesel(sql_type = Text)]
    price: String,
    #[diesel(sql_type = Date)]
    tariff: NaiveDate,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    credits: Option<Uuid>,
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = Bool)]
    accepted: bool,
    #[diesel(sql_type = Array<Text>)]
    codes: Vec<String>,
    #[diesel(sql_type = Nullable<Date>)]
    answered_on: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Date>)]
    contested_on: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Text>)]
    contested_by: Option<String>,
}

impl Row {
    fn read(self) -> Result<KeptLine, DbError> {
        let inconsistent = |column| DbError::inconsistent("insula.invoice_lines", column, self.id);
        let insurer = self.insurer.parse().map_err(|_| inconsistent("insurer"))?;
        let code = |text: Option<&String>| text.map(|text| text.parse()).transpose().map_err(|_| inconsistent("ct1"));
        let terms = Terms {
            destination: self.destination.parse().map_err(|_| inconsistent("destination"))?,
            beneficiary: BeneficiaryId(self.beneficiary_id),
            agreed_on: self.agreed_on,
            period: self.period_id,
            insurer,
            convention: self.convention_number.parse().map_err(|_| inconsistent("convention_number"))?,
            ct1: code(self.ct1.as_ref())?,
            ct2: code(self.ct2.as_ref())?,
        };
        let price = self.price.parse().map_err(|_| inconsistent("price"))?;
        let line = Line { terms, from: self.first_day, to: self.last_day, price };
        let reference = Reference {
            invoice: u64::try_from(self.number).map_err(|_| inconsistent("number"))?,
            sending: u16::try_from(self.sending).map_err(|_| inconsistent("sending"))?,
            month: self.month,
            insurer,
        };
        let state = LineState::from_name(&self.state).ok_or_else(|| inconsistent("state"))?;
        let codes = self.codes.iter().map(|code| code.parse().map_err(|_| inconsistent("codes")));
        Ok(KeptLine {
            codes: codes.collect::<Result<_, _>>()?,
            line: InvoicedLine { id: self.id, line, state, credits: self.credits, reference },
            file: self.file_id,
            invoice: self.invoice_id,
            accepted: self.accepted,
            answered_on: self.answered_on,
            contested: self.contested_by.zip(self.contested_on),
            tariff: self.tariff,
        })
    }
}

macro_rules! select {
    ($where:literal) => {
        concat!(
            "SELECT l.id, l.invoice_id, i.file_id, i.number, f.sending, f.month, i.destination, i.insurer,
                 i.beneficiary_id, i.period_id, i.agreed_on, i.convention_number, i.ct1, i.ct2, l.first_day, l.last_day,
                 l.price::text AS price, l.tariff, l.credits, l.state, l.accepted, l.codes, l.answered_on,
                 l.contested_on, l.contested_by
             FROM insula.invoice_lines l JOIN insula.invoices i ON i.id = l.invoice_id
             JOIN insula.invoice_files f ON f.id = i.file_id
             WHERE l.hospital = insula.organisation() AND ",
            $where
        )
    };
}

fn read(rows: Vec<Row>) -> Result<Vec<KeptLine>, Stop> {
    Ok(rows.into_iter().map(Row::read).collect::<Result<_, _>>()?)
}

/// What was said of a line, if anything was.
fn said_of(one: &KeptLine) -> Option<Said> {
    one.answered_on?;
    Some(if one.codes.is_empty() { Said::Accepted } else { Said::Refused(one.codes.clone()) })
}

/// The name of lines in the trail.
pub fn subject(line: Uuid) -> String {
    format!("invoiceLine:{line}")
}

/// A page of the hospital's lines, the latest made first. The read leaves an event in the trail.
pub fn list(tx: &mut Tx, filter: &Filter) -> Result<Page<KeptLine>, Stop> {
    let query = diesel::sql_query(select!(
        "($1 IS NULL OR i.file_id = $1) AND ($2 IS NULL OR i.beneficiary_id = $2) AND ($3 IS NULL OR l.state = $3)
         AND ($4 IS NULL OR (l.contested_on IS NOT NULL) = $4) AND ($5 IS NULL OR l.id < $5)
         ORDER BY l.id DESC LIMIT $6 + 1"
    ))
    .bind::<Nullable<SqlUuid>, _>(filter.file)
    .bind::<Nullable<SqlUuid>, _>(filter.beneficiary)
    .bind::<Nullable<Text>, _>(filter.state.map(LineState::name))
    .bind::<Nullable<Bool>, _>(filter.contested)
    .bind::<Nullable<SqlUuid>, _>(filter.after)
    .bind::<Integer, _>(filter.page_size);
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    let page = Page::of(rows, filter.page_size).read(Row::read)?;
    let details = json!({"found": page.items.len(), "file": filter.file, "beneficiary": filter.beneficiary});
    trail::record(tx, Action::List, "invoiceLines", &details)?;
    Ok(page)
}

/// The hospital's lines with these identifiers, locked. Those that it does not have are left out.
pub(super) fn lock(tx: &mut Tx, ids: &[Uuid]) -> Result<Vec<KeptLine>, Stop> {
    let query =
        diesel::sql_query(select!("l.id = ANY($1) ORDER BY l.id FOR UPDATE OF l")).bind::<Array<SqlUuid>, _>(ids);
    read(Constant(query).load(tx.conn)?)
}

/// A line of the hospital.
pub(super) fn find(tx: &mut Tx, id: Uuid) -> Result<KeptLine, Stop> {
    let query = diesel::sql_query(select!("l.id = $1")).bind::<SqlUuid, _>(id);
    Ok(Constant(query).found::<Row>(tx.conn)?.read()?)
}

/// Every line of a beneficiary, credits and what was refused among them.
pub(super) fn of_beneficiary(tx: &mut Tx, beneficiary: Uuid) -> Result<Vec<KeptLine>, Stop> {
    let query = diesel::sql_query(select!("i.beneficiary_id = $1 ORDER BY l.id")).bind::<SqlUuid, _>(beneficiary);
    read(Constant(query).load(tx.conn)?)
}

/// The hospital's lines that stand, of these beneficiaries.
pub(super) fn standing(tx: &mut Tx, beneficiaries: &[Uuid]) -> Result<Vec<KeptLine>, Stop> {
    let query = diesel::sql_query(select!(
        "i.beneficiary_id = ANY($1) AND l.state = 'stands' AND l.credits IS NULL ORDER BY l.first_day, l.id"
    ))
    .bind::<Array<SqlUuid>, _>(beneficiaries);
    read(Constant(query).load(tx.conn)?)
}

/// The lines of a file, as they stand in it.
pub fn of_file(tx: &mut Tx, file: Uuid) -> Result<Vec<KeptLine>, Stop> {
    let query = diesel::sql_query(select!("i.file_id = $1 ORDER BY i.destination, i.number, l.ordinal"))
        .bind::<SqlUuid, _>(file);
    read(Constant(query).load(tx.conn)?)
}

/// Moves the days of these lines, by what `command` makes of each state; a state that does not allow it refuses.
pub(super) fn move_days(tx: &mut Tx, lines: &[Uuid], command: DayCommand) -> Result<(), Stop> {
    let moves = DayState::ALL.iter().filter_map(|from| Some((from.name(), after(*from, command).ok()?.name())));
    let (from, to): (Vec<_>, Vec<_>) = moves.unzip();
    let query = diesel::sql_query(
        "UPDATE insula.pump_days d SET state = m.after, updated_at = $4
         FROM unnest($1, $2) AS m (before, after)
         WHERE d.line_id = ANY($3) AND d.state = m.before AND d.state <> m.after AND d.hospital = insula.organisation()",
    )
    .bind::<Array<Text>, _>(from)
    .bind::<Array<Text>, _>(to)
    .bind::<Array<SqlUuid>, _>(lines)
    .bind::<Timestamptz, _>(tx.now);
    Constant(query).execute(tx.conn)?;
    Ok(())
}

/// BIL-05, B-15, B-16: enters what insurers answer to a file: of some lines, or that the whole of it is refused.
///
/// # Errors
/// The file is not handed over or has its answer; a line that is not in it or has its answer.
pub fn answer(tx: &mut Tx, file: Uuid, heard: &Heard, on: NaiveDate) -> Result<FileState, Stop> {
    let (answers, whole) = (&heard.lines[..], heard.whole_file_refused);
    let state = files::lock(tx, file)?;
    let lines = of_file(tx, file)?;
    let contested =
        |line: &KeptLine| line.contested.is_some() && line.line.state == LineState::Stands && !line.accepted;
    let about_contests = |one: &LineAnswer| lines.iter().any(|line| line.line.id == one.line && contested(line));
    if whole || answers.is_empty() || !answers.iter().all(about_contests) {
        allows(state, FileCommand::Answer)?;
    }
    let merged = files::find(tx, file)?.merged;
    let in_file = merged.and_then(|merged| usize::try_from(merged.lines).ok()).unwrap_or(lines.len());
    let mut said =
        Answer { whole_file_refused: whole, others: in_file.saturating_sub(lines.len()), ..Answer::default() };
    said.lines.extend(lines.iter().filter_map(|one| Some((one.line.id, said_of(one)?))));
    let mut faults = Vec::new();
    for one in answers {
        let fault = |reason| Fault::new(&one.place, reason, RuleId::Bil05);
        let Some(line) = lines.iter().find(|line| line.line.id == one.line) else {
            faults.push(fault(Reason::NotInFile));
            continue;
        };
        let new = if one.codes.is_empty() { Said::Accepted } else { Said::Refused(one.codes.clone()) };
        if said.lines.insert(one.line, new).is_some() && !contested(line) {
            faults.push(fault(Reason::AlreadyAnswered));
        }
    }
    if !faults.is_empty() {
        return Err(faults.into());
    }
    let invoiced: Vec<InvoicedLine> = lines.iter().map(|one| one.line.clone()).collect();
    let outcome = outcome(&invoiced, &said);
    let details = json!({"answered": answers.len(), "wholeFileRefused": whole, "state": outcome.state,
        "refused": outcome.refused.len()});
    trail::record(tx, Action::Answer, &files::subject(file), &details)?;
    write_answers(tx, answers, on)?;
    let credits: Vec<Uuid> = invoiced.iter().filter(|one| one.credits.is_some()).map(|one| one.id).collect();
    let accepted: Vec<Uuid> = if outcome.state == FileState::Refused {
        Vec::new()
    } else {
        answers.iter().filter(|one| one.codes.is_empty()).map(|one| one.line).collect()
    };
    let billed = |ids: &[Uuid]| ids.iter().copied().filter(|id| !credits.contains(id)).collect::<Vec<_>>();
    move_days(tx, &billed(&accepted), DayCommand::Accept)?;
    move_days(tx, &billed(&outcome.refused), DayCommand::Refuse)?;
    let query = diesel::sql_query(
        "UPDATE insula.invoice_lines SET state = CASE state WHEN 'credited' THEN state ELSE 'refused' END,
             accepted = false, answered_on = coalesce(answered_on, $2), updated_at = $3
         WHERE id = ANY($1) AND hospital = insula.organisation()",
    )
    .bind::<Array<SqlUuid>, _>(&outcome.refused)
    .bind::<Date, _>(on)
    .bind::<Timestamptz, _>(tx.now);
    Constant(query).execute(tx.conn)?;
    files::set_state(tx, file, outcome.state, None)?;
    Ok(outcome.state)
}

fn write_answers(tx: &mut Tx, answers: &[LineAnswer], on: NaiveDate) -> Result<(), Stop> {
    let query = diesel::sql_query(
        "UPDATE insula.invoice_lines l SET accepted = a.codes = '', codes = string_to_array(a.codes, ' '),
             reference = a.reference, answered_on = $4, updated_at = $5,
             state = CASE WHEN a.codes <> '' AND l.state = 'stands' THEN 'refused' ELSE l.state END
         FROM unnest($1, $2, $3) AS a (id, codes, reference)
         WHERE l.id = a.id AND l.hospital = insula.organisation()",
    )
    .bind::<Array<SqlUuid>, _>(answers.iter().map(|one| one.line).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(answers.iter().map(|one| joined(&one.codes)).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(answers.iter().map(|one| one.reference.as_deref()).collect::<Vec<_>>())
    .bind::<Date, _>(on)
    .bind::<Timestamptz, _>(tx.now);
    Constant(query).execute(tx.conn)?;
    Ok(())
}

fn joined(codes: &[RefusalCode]) -> String {
    codes.iter().map(RefusalCode::as_str).collect::<Vec<_>>().join(" ")
}

/// BIL-01: whether a day of the line is due anew, so that its refusal cannot be contested any more.
pub fn is_billed_anew(tx: &mut Tx, line: Uuid) -> Result<bool, Stop> {
    let query = diesel::sql_query(
        "SELECT 1 FROM insula.pump_days r JOIN insula.pump_days d ON d.person_id = r.person_id AND d.day = r.day
         WHERE r.line_id = $1 AND d.id <> r.id AND d.state IN ('recorded', 'claimed', 'accepted', 'contested')",
    )
    .bind::<SqlUuid, _>(line);
    Ok(Constant(query).execute(tx.conn)? > 0)
}

/// BIL-11, B-11: notes that the hospital contests the refusal of a line: its days stay claimed.
pub fn note_contest(tx: &mut Tx, line: Uuid, contest: &Contest) -> Result<(), Stop> {
    trail::record(tx, Action::Contest, &subject(line), &json!({"article": contest.article}))?;
    move_days(tx, &[line], DayCommand::Contest)?;
    let query = diesel::sql_query(
        "UPDATE insula.invoice_lines SET state = 'stands', contested_on = $2, contested_by = $3, updated_at = $4
         WHERE id = $1 AND hospital = insula.organisation()",
    )
    .bind::<SqlUuid, _>(line)
    .bind::<Date, _>(contest.on)
    .bind::<Text, _>(contest.article)
    .bind::<Timestamptz, _>(tx.now);
    Constant(query).execute(tx.conn)?;
    Ok(())
}

/// A line of the hospital, locked.
pub fn one(tx: &mut Tx, id: Uuid) -> Result<KeptLine, Stop> {
    lock(tx, &[id])?.pop().ok_or(Stop::NotFound)
}
