//! What an answer says of the lines of an invoice file (BIL-05): records and rows are brought to the lines that they
//! are about.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};
use uuid::Uuid;

use super::{
    answer::{self, Answer, AnswerHeader, Answered, Message, Settlement, Told, keep},
    answer_csv::{self, Entered},
    digits::Twelve,
};
use crate::{
    billing::refusal_code::RefusalCode,
    identifier::InsurerNumber,
    refusal::{Fault, Reason},
    rule::RuleId,
};

/// A line as it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SentLine {
    /// Its identifier.
    pub id: Uuid,
    /// Its first day.
    pub from: NaiveDate,
    /// Its last day.
    pub to: NaiveDate,
    /// Its amount in cents; negative in a credit.
    pub cents: i64,
}

/// An invoice as it was sent: its lines follow its first record, one record each, and its last record follows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentInvoice {
    /// The number of its first record in the file.
    pub record: u32,
    /// Its number.
    pub number: u64,
    /// The insurer that is asked.
    pub insurer: InsurerNumber,
    /// Its lines.
    pub lines: Vec<SentLine>,
}

/// An invoice file as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentFile {
    /// Its sending number.
    pub sending: u16,
    /// The first day of its month.
    pub month: NaiveDate,
    /// The hospital that bills, as the file gives it (zone 14).
    pub establishment: Twelve,
    /// Its invoices, in the order of their records.
    pub invoices: Vec<SentInvoice>,
    /// Whether it went within the hospital's own file: then other records are none of ours.
    pub within_another: bool,
}

/// What an insurer says of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineAnswer {
    /// The line.
    pub line: Uuid,
    /// The codes with which it is refused; none when it is accepted.
    pub codes: Vec<RefusalCode>,
    /// The insurer's own reference, which a correction names (203810).
    pub reference: Option<String>,
    /// Where the answer says so, as faults name it.
    pub place: String,
}

/// What an answer says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heard {
    /// Whether the whole file is refused.
    pub whole_file_refused: bool,
    /// What is said of lines, in the order of the file.
    pub lines: Vec<LineAnswer>,
}

/// What is said of an invoice.
#[derive(Default)]
struct OfInvoice {
    /// Codes for all of its lines, and where they stand.
    codes: Option<(Vec<RefusalCode>, String)>,
    lines: BTreeMap<usize, (Vec<RefusalCode>, String)>,
}

/// An answer being brought to the lines of a file.
pub struct Hearing<'a> {
    file: &'a SentFile,
    /// The numbers of its invoices, if it went within another.
    numbers: BTreeSet<u64>,
    message: Option<Message>,
    whole: bool,
    said: BTreeMap<usize, OfInvoice>,
    seen: BTreeSet<u32>,
    references: BTreeMap<u16, String>,
    faults: Vec<Fault>,
}

impl<'a> Hearing<'a> {
    /// An answer to this file, of which nothing is heard yet.
    #[must_use]
    pub fn new(file: &'a SentFile) -> Hearing<'a> {
        let numbers = file.invoices.iter().filter(|_| file.within_another).map(|invoice| invoice.number);
        Hearing {
            file,
            numbers: numbers.collect(),
            message: None,
            whole: false,
            said: BTreeMap::new(),
            seen: BTreeSet::new(),
            references: BTreeMap::new(),
            faults: Vec::new(),
        }
    }

    /// Takes the next piece of an answer in records.
    pub fn take(&mut self, answer: Answer) {
        match answer {
            Answer::Header(header) => self.header(header),
            Answer::Record(record) => self.record(&record),
            Answer::Settlement(Settlement { insurer: Some(insurer), reference, .. }) if !reference.is_empty() => {
                self.references.insert(insurer, reference);
            }
            Answer::Settlement(_) => {}
        }
    }

    fn header(&mut self, header: AnswerHeader) {
        let month = self.file.month.year().unsigned_abs() * 100 + self.file.month.month();
        let other = header.sending.is_some_and(|sending| sending != self.file.sending)
            || header.month.is_some_and(|other| other != month);
        if other {
            self.fault(answer::record(1), Reason::OtherFile);
        }
        self.message = Some(header.message);
        self.whole = header.message == Message::Refused;
    }

    fn record(&mut self, record: &Answered) {
        let place = answer::record(record.line);
        let of_file = match record.told {
            Told::File(establishment) => Some(establishment == self.establishment()),
            _ => None,
        };
        if record.sending != self.file.sending || of_file == Some(false) {
            return self.fault(place, Reason::OtherFile);
        }
        if of_file.is_some() {
            self.whole |= record.refusals.iter().any(|refusal| "BFR".contains(refusal.letter));
            return;
        }
        // Wherever it stands, also on a record that is none of ours.
        self.whole |= record.refusals.iter().any(|refusal| refusal.letter == 'B');
        let Some((at, invoice, offset)) = self.behind(record.number, &place) else {
            // One of ours in another place: the answer is to another file than the one that went.
            if matches!(record.told, Told::Invoice(_, number) if self.numbers.contains(&number)) {
                self.fault(place, Reason::NotAsSent);
            }
            return;
        };
        let as_sent = match (record.told, offset.checked_sub(1).and_then(|line| invoice.lines.get(line))) {
            (Told::Days(from, to, cents), Some(line)) => {
                (from, to, cents) == (Some(line.from), Some(line.to), Some(line.cents))
            }
            (Told::Invoice(establishment, number), None) => {
                (establishment, number) == (self.establishment(), invoice.number)
            }
            _ => false,
        };
        if !as_sent {
            return self.fault(place, Reason::NotAsSent);
        }
        self.say(at, offset, Vec::new(), &place);
        for refusal in &record.refusals {
            match refusal.letter {
                'F' => self.say(at, 0, vec![refusal.code], &place),
                'B' | 'R' => self.say(at, offset, vec![refusal.code], &place),
                // Warnings refuse nothing.
                _ => {}
            }
        }
    }

    fn establishment(&self) -> [u8; 12] {
        self.file.establishment.as_str().as_bytes().try_into().unwrap_or_default()
    }

    /// Takes a row of an answer that was entered as a table.
    pub fn enter(&mut self, row: &Entered) {
        let place = |column| answer_csv::row(row.line, column);
        if row.sending != self.file.sending {
            return self.fault(place("sending"), Reason::OtherFile);
        }
        if row.record == 0 {
            self.whole |= row.code.is_some();
            return;
        }
        let Some((at, invoice, offset)) = self.behind(row.record, &place("record")) else { return };
        let line = offset.checked_sub(1).and_then(|line| invoice.lines.get(line));
        match (row.code, row.cents, line) {
            // The first and last record of an invoice ask for nothing, so nothing can be accepted of them.
            (None, _, None) => self.fault(place("record"), Reason::NotAsSent),
            (None, Some(cents), Some(line)) if cents != line.cents => self.fault(place("amount"), Reason::NotAsSent),
            (code, ..) => self.say(at, offset, code.into_iter().collect(), &place("record")),
        }
    }

    /// The invoice of which that record is one, and which of its records it is. A record of another is a fault, unless
    /// the file went within another.
    fn behind(&mut self, record: u32, place: &str) -> Option<(usize, &'a SentInvoice, usize)> {
        if !self.seen.insert(record) {
            self.fault(place.to_owned(), Reason::Repeated);
            return None;
        }
        let after = self.file.invoices.partition_point(|invoice| invoice.record <= record);
        let found = after.checked_sub(1).and_then(|at| {
            let invoice = &self.file.invoices[at];
            let offset = usize::try_from(record - invoice.record).ok()?;
            (offset < invoice.lines.len() + 2).then_some((at, invoice, offset))
        });
        if found.is_none() && !self.file.within_another {
            self.fault(place.to_owned(), Reason::NotInFile);
        }
        found
    }

    /// Notes what is said of the record of an invoice: of a line, or of all when it is the first or the last.
    fn say(&mut self, invoice: usize, offset: usize, codes: Vec<RefusalCode>, place: &str) {
        let lines = self.file.invoices[invoice].lines.len();
        let said = self.said.entry(invoice).or_default();
        if (1..=lines).contains(&offset) {
            said.lines.entry(offset - 1).or_insert((Vec::new(), place.to_owned())).0.extend(codes);
        } else if !codes.is_empty() {
            said.codes.get_or_insert((Vec::new(), place.to_owned())).0.extend(codes);
        }
    }

    fn fault(&mut self, place: String, reason: Reason) {
        keep(&mut self.faults, Fault::new(place, reason, RuleId::Bil05));
    }

    /// What was heard. A receipt, and the notice that a file is being treated, say nothing of lines. Letter B refuses the
    /// file, F the invoice, R the record; S and E warn (by inference from public catalogues). What is
    /// said of an invoice is said of each of its lines.
    ///
    /// # Errors
    /// What is about another file, is not as it was sent, or is said twice.
    pub fn finish(self) -> Result<Heard, Vec<Fault>> {
        if !self.faults.is_empty() {
            return Err(self.faults);
        }
        let mut heard = Heard { whole_file_refused: self.whole, lines: Vec::new() };
        if matches!(self.message, Some(Message::Receipt | Message::Accepted)) {
            return Ok(heard);
        }
        for (at, said) in self.said {
            let invoice = &self.file.invoices[at];
            let reference = invoice.insurer.as_str().parse().ok().and_then(|insurer| self.references.get(&insurer));
            for (index, line) in invoice.lines.iter().enumerate() {
                let own = said.lines.get(&index);
                let Some((_, place)) = own.or(said.codes.as_ref()) else { continue };
                let all = own.into_iter().chain(said.codes.as_ref()).flat_map(|(codes, _)| codes).copied();
                let codes: Vec<_> = all.collect::<BTreeSet<_>>().into_iter().collect();
                // Of a file that is refused as a whole, nothing is accepted.
                if !(self.whole && codes.is_empty()) {
                    let (reference, place) = (reference.cloned(), place.clone());
                    heard.lines.push(LineAnswer { line: line.id, codes, reference, place });
                }
            }
        }
        Ok(heard)
    }
}

#[cfg(test)]
#[path = "hearing_tests.rs"]
mod tests;
