//! Checks an invoice file of anybody's, fed piece by piece (BIL-05, TRA-02): records, order, numbers, sums, check
//! digits.
//!
//! Memory stays flat: the invoice that is open, sums, the numbers of invoices (at most as many as a file may have
//! records), and a limited number of findings.
//!
//! **Blind spots.** A file that passes and has one character changed is found faulty, except where nothing in the file
//! says otherwise:
//! - a letter of a free text (zones 28, 38, 44, 49 of records 20 to 80) that changes case: both count alike in zone 99;
//! - a punctuation mark in such a text that becomes another: all count 37;
//! - the same in records 25, 40 and 52, whose layouts are not public.
//!
//! Two characters that change places leave zone 99 as it is too. In numbers with check digits of their own, in sums,
//! dates and whatever stands in two records it is found all the same; in a reference it is not.

use std::collections::HashSet;

use chrono::NaiveDate;

use super::{
    characters::characters,
    contents::{self, Invoice},
    digits::{control, record_check},
    finding::{Finding, FindingKind, Findings, Severity},
    frame::{Frame, Framer, Separator},
    layout::{LENGTH, RecordType},
    record::View,
    settings::Settings,
    write::{MOST_RECORDS, Totals},
};

/// What a line says that can be compared with what the caller knows (TRA-02).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fact {
    /// Which record of the file, from 1.
    pub record: u64,
    /// The line's type: 30 or 50.
    pub record_type: RecordType,
    /// Zone 4: the code, six digits.
    pub code: u32,
    /// Zone 5: the first day, if it is one.
    pub first: Option<NaiveDate>,
    /// Zone 6: the last day, if it is one.
    pub last: Option<NaiveDate>,
    /// Zone 8: the beneficiary's number, thirteen digits.
    pub beneficiary: [u8; 13],
    /// Zone 32 of the header: whether that is a national number.
    pub national: bool,
    /// Zones 57-58-59 of a record 50; `None` when zero.
    pub registration: Option<[u8; 14]>,
    /// Zone 19, in cents.
    pub cents: i64,
    /// Zone 22.
    pub units: i64,
}

/// BEN-04: without the beneficiary's number.
impl std::fmt::Debug for Fact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fact").field("record", &self.record).field("code", &self.code).finish_non_exhaustive()
    }
}

/// What the file says it is: zones of record 10.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileFacts {
    /// Zone 7.
    pub sending: u64,
    /// Zone 22.
    pub year: u64,
    /// Zone 23.
    pub month: u64,
    /// Zone 14: twelve digits.
    pub third_party: u64,
}

/// The result of a check (BIL-05).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The findings, in the order of the records; the first ones only.
    pub findings: Vec<Finding>,
    /// How many more there are.
    pub more: u64,
    /// Whether one of all findings makes the insurers refuse the file.
    pub refused: bool,
    /// How many records the file has.
    pub records: u64,
    /// How many invoices.
    pub invoices: u64,
    /// What its invoices amount to.
    pub totals: Totals,
    /// What it says it is.
    pub file: Option<FileFacts>,
}

/// The most records of a file; what comes after them is only counted.
const MOST: u64 = MOST_RECORDS as u64;

/// A check under way.
pub struct Checker<'a> {
    /// The first bytes, until they tell a compressed file; `None` after that.
    start: Option<Vec<u8>>,
    /// Whether the file is no text, so that no more is read of it.
    hopeless: bool,
    framer: Framer<LENGTH>,
    state: State<'a>,
}

struct State<'a> {
    settings: &'a Settings,
    found: Findings,
    before: Option<RecordType>,
    number: u64,
    separators: Option<(Separator, Separator)>,
    header: Option<Box<[u8; LENGTH]>>,
    invoice: Option<Box<Invoice>>,
    /// Whether every record was read, so that sums can be expected to agree.
    whole: bool,
    /// Whether a record 40 was among them.
    medicine: bool,
    destination: u64,
    invoices: HashSet<u64>,
    count: u64,
    footers: Totals,
    lines: Totals,
}

impl<'a> Checker<'a> {
    /// A check that keeps so many findings and counts the others.
    #[must_use]
    pub fn new(settings: &'a Settings, limit: usize) -> Checker<'a> {
        let state = State {
            settings,
            found: Findings::new(limit),
            before: None,
            number: 0,
            separators: None,
            header: None,
            invoice: None,
            whole: true,
            medicine: false,
            destination: 0,
            invoices: HashSet::new(),
            count: 0,
            footers: Totals::default(),
            lines: Totals::default(),
        };
        Checker { start: Some(Vec::new()), hopeless: false, framer: Framer::default(), state }
    }

    /// Takes the next bytes, however they are cut; `on` gets what each line 30 or 50 says.
    pub fn feed(&mut self, bytes: &[u8], on: &mut impl FnMut(Fact)) {
        if let Some(start) = &mut self.start {
            start.extend_from_slice(bytes);
            if start.len() >= 3 {
                self.begin(on);
            }
        } else if !self.hopeless {
            self.framer.feed(bytes, &mut |frame| self.state.frame(frame, on));
        }
    }

    /// Looks at the first bytes: records begin with a digit.
    fn begin(&mut self, on: &mut impl FnMut(Fact)) {
        let Some(start) = self.start.take() else { return };
        self.hopeless =
            matches!(start.as_slice(), [0x1f, 0x8b, ..] | [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [b'P', b'K', ..]);
        if self.hopeless {
            return self.state.found.whole(FindingKind::NotRecords, None);
        }
        let text = start.strip_prefix(b"\xef\xbb\xbf".as_slice());
        if text.is_some() {
            self.state.found.whole(FindingKind::ByteOrderMark, None);
        }
        self.feed(text.unwrap_or(&start), on);
    }

    /// Ends the check.
    pub fn finish(mut self, on: &mut impl FnMut(Fact)) -> Report {
        self.begin(on);
        self.framer.finish(&mut |frame| self.state.frame(frame, on));
        self.state.finish(self.hopeless)
    }

    /// BIL-05 (202420): whether an invoice of the file has that number.
    pub(super) fn has_invoice(&self, number: u64) -> bool {
        self.state.invoices.contains(&number)
    }
}

impl State<'_> {
    fn frame(&mut self, frame: Frame<'_, LENGTH>, on: &mut impl FnMut(Fact)) {
        self.found.record += 1;
        self.found.record_type = None;
        if self.found.record > MOST {
            if self.found.record == MOST + 1 {
                self.found.whole(FindingKind::TooManyRecords, None);
            }
            return;
        }
        match frame {
            Frame::Broken(_) => {
                self.found.whole(FindingKind::WrongLength, None);
                self.unread();
            }
            Frame::Record(bytes, separator) => {
                let first = self.separators.map_or(separator, |(first, before)| {
                    if before != first {
                        self.found.whole(FindingKind::MixedSeparators, None);
                    }
                    first
                });
                self.separators = Some((first, separator));
                self.record(View(bytes), on);
            }
        }
    }

    /// After a record that cannot be read nothing is expected of order and sums.
    fn unread(&mut self) {
        (self.before, self.whole) = (None, false);
        self.number += 1;
        if let Some(invoice) = &mut self.invoice {
            invoice.whole = false;
        }
    }

    fn record(&mut self, record: View<'_>, on: &mut impl FnMut(Fact)) {
        let Some(kind) = record.kind() else {
            self.found.whole(FindingKind::UnknownRecord, None);
            return self.unread();
        };
        self.found.record_type = Some(kind);
        characters(record, kind, &mut self.found);
        if record.number(99) != Some(record_check(record.0)) {
            self.found.coded(99, 2, FindingKind::CheckDigits, Severity::File);
        }
        self.order(kind);
        self.consecutive(record, kind);
        match kind {
            RecordType::FileHeader => {
                contents::file_header(record, &mut self.found);
                self.header = Some(Box::new(*record.0));
            }
            RecordType::InvoiceHeader => self.invoice_header(record),
            RecordType::InvoiceFooter => self.invoice_footer(record),
            RecordType::FileFooter => self.file_footer(record),
            _ => self.line(record, kind, on),
        }
        self.before = Some(kind);
    }

    fn order(&mut self, kind: RecordType) {
        use RecordType::{
            Days, FileFooter, FileHeader, Identity, InvoiceFooter, InvoiceHeader, Medicine, Mediprima, Service,
            Undertaking,
        };
        let Some(before) = self.before else {
            if self.found.record == 1 && kind != FileHeader {
                self.found.whole(FindingKind::OutOfOrder, None);
            }
            return;
        };
        let line = matches!(before, Days | Medicine | Service | Undertaking | Identity);
        let fits = match kind {
            FileHeader => false,
            InvoiceHeader => matches!(before, FileHeader | InvoiceFooter),
            Mediprima => before == InvoiceHeader || before == Mediprima,
            // Days stand before all else (300110).
            Days => matches!(before, InvoiceHeader | Mediprima | Days),
            Medicine | Service => line || matches!(before, InvoiceHeader | Mediprima),
            Undertaking | Identity => line,
            InvoiceFooter => line,
            FileFooter => before == InvoiceFooter,
        };
        let code = match (before, kind) {
            _ if fits => return,
            (FileHeader, _) => Some("100111"),
            (FileFooter, _) => Some("900111"),
            (InvoiceHeader, InvoiceFooter) => Some("200111"),
            (_, InvoiceHeader) => Some("200110"),
            (_, Days) => Some("300110"),
            (_, Service) => Some("500110"),
            (_, InvoiceFooter) => Some("800110"),
            (_, FileFooter) => Some("900110"),
            _ => None,
        };
        self.found.whole(FindingKind::OutOfOrder, code);
        self.whole = false;
    }

    fn consecutive(&mut self, record: View<'_>, kind: RecordType) {
        self.number += 1;
        let number = record.number(2);
        if number != Some(self.number) {
            if kind == RecordType::FileHeader {
                self.found.coded(1, 10, FindingKind::NotConsecutive, Severity::File);
            } else {
                self.found.coded(2, 10, FindingKind::NotConsecutive, Severity::File);
            }
            self.number = number.unwrap_or(self.number);
        }
    }

    fn invoice_header(&mut self, record: View<'_>) {
        self.count += 1;
        let destination = record.number(18).unwrap_or_default();
        if destination < self.destination {
            self.found.coded(18, 12, FindingKind::NotAscending, Severity::File);
        }
        self.destination = destination;
        let new =
            self.count > u64::from(MOST_RECORDS) || record.number(24).is_none_or(|number| self.invoices.insert(number));
        if !new {
            self.found.coded(24, 20, FindingKind::Repeated, Severity::File);
        }
        let header = self.header.as_deref().map(View);
        contents::invoice_header(record, header, self.settings, &mut self.found);
        self.invoice = Some(Box::new(Invoice::new(record)));
    }

    fn line(&mut self, record: View<'_>, kind: RecordType, on: &mut impl FnMut(Fact)) {
        self.medicine |= kind == RecordType::Medicine;
        let Some(invoice) = &mut self.invoice else { return };
        let counted = invoice.line(record, kind, self.settings, &mut self.found);
        self.lines += counted;
        if !matches!(kind, RecordType::Days | RecordType::Service) {
            return;
        }
        let zone = |number| record.zone(number);
        on(Fact {
            record: self.found.record,
            record_type: kind,
            code: record.number(4).and_then(|code| u32::try_from(code).ok()).unwrap_or_default(),
            first: record.day(5),
            last: record.day(6),
            beneficiary: zone(8).try_into().unwrap_or_default(),
            national: invoice.national(),
            registration: zone(57).try_into().ok().filter(|code| *code != [b'0'; 14]),
            cents: record.amount(19).unwrap_or_default(),
            units: record.amount(22).unwrap_or_default(),
        });
    }

    fn invoice_footer(&mut self, record: View<'_>) {
        let amount = |zone| record.amount(zone).unwrap_or_default();
        self.footers += Totals { a: amount(19), b: amount(15), codes: 0 };
        if let Some(invoice) = self.invoice.take() {
            invoice.footer(record, self.settings, &mut self.found);
        }
    }

    fn file_footer(&mut self, record: View<'_>) {
        if let Some(header) = self.header.as_deref() {
            contents::file_footer(record, View(header), &mut self.found);
        }
        if !self.whole {
            return;
        }
        let (footers, lines) = (self.footers, self.lines);
        for (zone, footers, lines) in [(19, footers.a, lines.a), (15, footers.b, lines.b)] {
            let said = record.amount(zone);
            if said != Some(footers) {
                self.found.coded(zone, 10, FindingKind::WrongSum, Severity::File);
            } else if said != Some(lines) {
                self.found.coded(zone, 11, FindingKind::WrongSum, Severity::File);
            }
        }
        if record.number(98) != Some(control(lines.codes)) {
            self.found.coded(98, 2, FindingKind::CheckDigits, contents::control_severity(self.medicine));
        }
    }

    fn finish(mut self, hopeless: bool) -> Report {
        let records = self.found.record;
        if !hopeless && records <= MOST && self.before != Some(RecordType::FileFooter) {
            self.found.record_type = None;
            self.found.whole(FindingKind::Unfinished, Some("900104"));
        }
        let header = self.header.as_deref().map(View);
        let file = header.map(|header| {
            let [sending, year, month, third_party] =
                [7, 22, 23, 14].map(|zone| header.number(zone).unwrap_or_default());
            FileFacts { sending, year, month, third_party }
        });
        let Findings { kept: findings, more, refused, .. } = self.found;
        Report { findings, more, refused, records, invoices: self.count, totals: self.footers, file }
    }
}

#[cfg(test)]
#[path = "check_tests.rs"]
pub(crate) mod tests;
