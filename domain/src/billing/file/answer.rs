//! Reads the insurers' answers to an invoice file (BIL-05): records of 800 positions.
//!
//! Each record of the file comes back with 450 positions more: where it was sent, up to three refusals, a comment.
//! Records 91 and 92 sum up, per insurer and in all. A header of one of three lengths precedes them. Source: a public
//! reader of these answers (`reference/billing-and-identifiers.md`, facts of 29 November 2026); what the types of
//! messages mean is general knowledge, to confirm with the insurers.

use chrono::NaiveDate;

use super::{
    frame::{Frame, Framer},
    layout::{LENGTH, RecordType},
    record::View,
};
use crate::{
    billing::refusal_code::RefusalCode,
    identifier::digits_value,
    names::names,
    refusal::{Fault, Reason},
    rule::RuleId,
};

/// The length of a record of an answer.
const ANSWER: usize = 800;

names! {
    /// What an answer of the insurers says about the whole file, by the type of its message (BIL-05).
    Message as "BillingAnswerMessage" {
        /// 931000: the file has arrived.
        Receipt = "receipt",
        /// 920098: it can be read and is being treated.
        Accepted = "accepted",
        /// 920099 and 920999: it is refused as a whole.
        Refused = "refused",
        /// 920900: it is settled, record by record.
        Settlement = "settlement",
    }
}

/// The header of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnswerHeader {
    /// What it says about the file.
    pub message: Message,
    /// Year and month billed, as YYYYMM; a receipt does not name them.
    pub month: Option<u32>,
    /// The sending number; a receipt does not name it.
    pub sending: Option<u16>,
    /// The percentage of errors, as five digits of which two are decimals by inference; only after treatment.
    pub error_percentage: Option<u32>,
}

/// A refusal of a record, with the letter that this answer gives it: the catalogue's may be another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// B, F, R, E or S.
    pub letter: char,
    /// The code.
    pub code: RefusalCode,
}

/// What a record that comes back says of itself, by which it is recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// The first or last record of an invoice: its establishment and number.
    Invoice([u8; 12], u64),
    /// A line of days: first, last, and its amount in cents.
    Days(Option<NaiveDate>, Option<NaiveDate>, Option<i64>),
    /// The first or last record of the file: its third party.
    File([u8; 12]),
    /// Another record.
    Other,
}

impl Told {
    fn of(record: View<'_>, kind: RecordType) -> Told {
        let establishment = || record.zone(14).try_into().unwrap_or_default();
        match kind {
            RecordType::InvoiceHeader | RecordType::InvoiceFooter => {
                Told::Invoice(establishment(), record.number(24).unwrap_or_default())
            }
            RecordType::Days => Told::Days(record.day(5), record.day(6), record.amount(19)),
            RecordType::FileHeader | RecordType::FileFooter => Told::File(establishment()),
            _ => Told::Other,
        }
    }
}

/// A record of the file, come back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// Its place in the answer, from 1: the header is the first.
    pub line: u64,
    /// Its type.
    pub record_type: RecordType,
    /// Its number in the file (zone 2).
    pub number: u32,
    /// The sending number of the file.
    pub sending: u16,
    /// The insurer that answers; `None` where it does not name itself.
    pub insurer: Option<u16>,
    /// What the record itself says.
    pub told: Told,
    /// Up to three refusals.
    pub refusals: Vec<Refusal>,
    /// The insurer's result, as it stands: its form is not public.
    pub result: String,
    /// The insurer's comment.
    pub comment: String,
}

/// What an insurer, or all of them, settles; amounts of both accounts together, in cents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// The insurer; `None` in the sum of all.
    pub insurer: Option<u16>,
    /// Asked.
    pub asked: i64,
    /// Accepted.
    pub accepted: i64,
    /// Refused.
    pub refused: i64,
    /// The insurer's reference of the payment, which a correction must name (203810).
    pub reference: String,
}

/// A piece of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// What it is.
    Header(AnswerHeader),
    /// A record of the file.
    Record(Answered),
    /// A sum: record 91 per insurer, 92 in all.
    Settlement(Settlement),
}

/// How many faults are kept.
const FAULTS: usize = 1000;

/// How far an answer is read.
enum Progress {
    /// Its first bytes, until the header is read.
    Start(Vec<u8>),
    /// Its records.
    Records,
    /// It is none, so nothing more is read.
    Hopeless,
}

/// An answer being read, fed piece by piece.
pub struct AnswerReader {
    progress: Progress,
    framer: Framer<ANSWER>,
    line: u64,
    faults: Vec<Fault>,
}

impl Default for AnswerReader {
    fn default() -> Self {
        let progress = Progress::Start(Vec::new());
        AnswerReader { progress, framer: Framer::default(), line: 1, faults: Vec::new() }
    }
}

impl AnswerReader {
    /// Takes the next bytes, however they are cut.
    pub fn feed(&mut self, bytes: &[u8], on: &mut impl FnMut(Answer)) {
        match &mut self.progress {
            Progress::Start(start) => {
                start.extend_from_slice(bytes);
                if start.len() > ANSWER + 2 {
                    self.begin(on);
                }
            }
            Progress::Records => self.records(bytes, on),
            Progress::Hopeless => {}
        }
    }

    /// Ends the answer.
    ///
    /// # Errors
    /// All that is unreadable, the first thousand at most. Nothing of such an answer counts.
    pub fn finish(mut self, on: &mut impl FnMut(Answer)) -> Result<(), Vec<Fault>> {
        self.begin(on);
        let AnswerReader { framer, line, faults, .. } = &mut self;
        framer.finish(&mut |frame| read(frame, line, faults, on));
        if self.faults.is_empty() { Ok(()) } else { Err(self.faults) }
    }

    fn records(&mut self, bytes: &[u8], on: &mut impl FnMut(Answer)) {
        let AnswerReader { framer, line, faults, .. } = self;
        framer.feed(bytes, &mut |frame| read(frame, line, faults, on));
    }

    /// Reads the header, whose length only shows in what follows it.
    fn begin(&mut self, on: &mut impl FnMut(Answer)) {
        let Progress::Start(start) = &mut self.progress else { return };
        let start = std::mem::take(start);
        self.progress = Progress::Records;
        let goes_on = |length: &usize| match start.get(*length..) {
            Some([]) => true,
            Some(rest) => matches!(rest, [b'\r' | b'\n', ..]) || RecordType::of(rest).is_some() || is_sum(rest),
            None => false,
        };
        let length = HEADERS.into_iter().find(goes_on);
        match header(&start).zip(length) {
            Some((header, length)) => {
                on(Answer::Header(header));
                let rest = &start[length..];
                let rest = rest.strip_prefix(b"\r").unwrap_or(rest);
                self.records(rest.strip_prefix(b"\n").unwrap_or(rest), on);
            }
            None => {
                self.progress = Progress::Hopeless;
                self.faults.push(Fault::new("record[1]", Reason::NotAnAnswer, RuleId::Bil05));
            }
        }
    }
}

/// The lengths of headers: of a receipt, of an answer after treatment, and padded as the records are.
const HEADERS: [usize; 3] = [227, 677, ANSWER];

fn is_sum(record: &[u8]) -> bool {
    record.starts_with(b"91") || record.starts_with(b"92")
}

/// Segments 200 (67 positions) and 300.
fn header(bytes: &[u8]) -> Option<AnswerHeader> {
    let message = match bytes.get(..6)? {
        b"931000" => Message::Receipt,
        b"920098" => Message::Accepted,
        b"920099" | b"920999" => Message::Refused,
        b"920900" => Message::Settlement,
        _ => return None,
    };
    let in_300 = |from: usize, to: usize| number(bytes.get(66 + from..67 + to)?);
    let named = message != Message::Receipt;
    Some(AnswerHeader {
        message,
        month: in_300(1, 6).filter(|_| named),
        sending: in_300(9, 11).filter(|_| named).and_then(|sending| u16::try_from(sending).ok()),
        error_percentage: in_300(141, 145).filter(|_| named && bytes.len() >= HEADERS[1]),
    })
}

fn number(digits: &[u8]) -> Option<u32> {
    let digits = digits.iter().all(u8::is_ascii_digit).then(|| digits_value(digits))?;
    u32::try_from(digits).ok()
}

fn read(frame: Frame<'_, ANSWER>, line: &mut u64, faults: &mut Vec<Fault>, on: &mut impl FnMut(Answer)) {
    *line += 1;
    let fault = |reason| Fault::new(record(*line), reason, RuleId::Bil05);
    let read = match frame {
        Frame::Record(bytes, _) if is_sum(bytes) => settlement(bytes),
        Frame::Record(bytes, _) => answered(bytes, *line),
        Frame::Broken(_) => return keep(faults, fault(Reason::RecordLength).with("length", ANSWER)),
    };
    match read {
        Ok(answer) => on(answer),
        Err(position) => keep(faults, fault(Reason::UnreadableRecord).with("position", position)),
    }
}

/// A record of the answer, as faults name it.
#[must_use]
pub fn record(line: u64) -> String {
    format!("record[{line}]")
}

/// Keeps a fault, unless there are many already.
pub(super) fn keep(faults: &mut Vec<Fault>, fault: Fault) {
    if faults.len() < FAULTS {
        faults.push(fault);
    }
}

/// The text of positions, without blanks around: letters of Latin 1 as they are, anything else a blank.
fn text(bytes: &[u8]) -> String {
    let readable = bytes.iter().map(|byte| char::from(*byte)).map(|c| if c.is_control() { ' ' } else { c });
    readable.collect::<String>().trim().to_owned()
}

/// Where the 450 positions after a record begin to hold refusals: a letter, then a code.
const REFUSALS: [u16; 3] = [457, 464, 471];

fn answered(bytes: &[u8; ANSWER], line: u64) -> Result<Answer, u16> {
    let at = |from: u16, to: u16| &bytes[usize::from(from) - 1..usize::from(to)];
    let record: &[u8; LENGTH] = bytes.first_chunk().ok_or(1_u16)?;
    let record_type = RecordType::of(record).ok_or(1_u16)?;
    let read = |value: Option<u32>, position: u16| value.ok_or(position);
    let own = View(record).number(2).and_then(|number| u32::try_from(number).ok());
    let sending = read(number(at(351, 353)), 351)?;
    let mut refusals = Vec::new();
    for position in REFUSALS {
        let (letter, code) = (at(position, position)[0], at(position + 1, position + 6));
        if matches!(code, b"000000" | b"      ") {
            continue;
        }
        let code = std::str::from_utf8(code).ok().and_then(|code| RefusalCode::parse(code).ok());
        let code = code.filter(|_| b"BFRES".contains(&letter)).ok_or(position)?;
        refusals.push(Refusal { letter: char::from(letter), code });
    }
    Ok(Answer::Record(Answered {
        record_type,
        number: read(own, 3)?,
        sending: u16::try_from(sending).unwrap_or_default(),
        insurer: insurer(at(368, 370)),
        told: Told::of(View(record), record_type),
        line,
        refusals,
        result: text(at(522, 533)),
        comment: text(at(534, 733)),
    }))
}

fn insurer(digits: &[u8]) -> Option<u16> {
    number(digits).and_then(|number| u16::try_from(number).ok()).filter(|number| *number != 0)
}

/// Records 91 and 92: what was asked, accepted and refused on both accounts.
fn settlement(bytes: &[u8; ANSWER]) -> Result<Answer, u16> {
    let amount = |position: u16| {
        let (sign, digits) =
            (bytes[usize::from(position) - 1], &bytes[usize::from(position)..usize::from(position) + 11]);
        let size = digits.iter().all(u8::is_ascii_digit).then(|| digits_value(digits));
        match (sign, size.and_then(|size| i64::try_from(size).ok())) {
            (b'+' | b' ' | b'0', Some(size)) => Ok(size),
            (b'-', Some(size)) => Ok(-size),
            _ => Err(position),
        }
    };
    let all = bytes.starts_with(b"92");
    Ok(Answer::Settlement(Settlement {
        insurer: insurer(&bytes[4..7]).filter(|_| !all),
        asked: amount(52)?,
        accepted: amount(136)?,
        refused: amount(150)?,
        reference: if all { String::new() } else { text(&bytes[163..185]) },
    }))
}

#[cfg(test)]
#[path = "answer_tests.rs"]
pub(crate) mod tests;
