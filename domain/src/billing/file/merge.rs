//! Puts invoices into the file of a hospital's own system (BIL-05): in their place, renumbered, sums and check digits
//! anew, everything else to the byte.

use std::collections::HashSet;

use super::{
    check::{Checker, Report},
    digits::control,
    finding::Severity,
    frame::{Frame, Framer, Separator},
    invoice::Month,
    layout::{LENGTH, RecordType},
    record::{View, put_amount, renumber},
    settings::Settings,
    write::{MOST_RECORDS, Totals, WrittenBlock},
};
use crate::{
    refusal::{Fault, Reason},
    rule::RuleId,
};

/// Why a file cannot take the invoices (BIL-05). What was given out until then is worthless.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unmergeable {
    /// The insurers would refuse the hospital's file as it is.
    File(Box<Report>),
    /// The file is of another third party than the invoices (201412).
    OtherThirdParty,
    /// The file has another sending number or month than the one into which the invoices were made.
    OtherFile,
    /// The invoices do not ascend by destination (201812).
    NotAscending,
    /// Two invoices have one number (202420).
    Repeated,
    /// The file would pass 999 999 records.
    Full,
    /// A sum does not fit its zone.
    TooMuch,
}

impl Unmergeable {
    /// BIL-05: what is said of it.
    #[must_use]
    pub fn fault(&self) -> Fault {
        let fault = |reason| Fault::new("", reason, RuleId::Bil05);
        match self {
            Unmergeable::File(report) => {
                let refusing = report.findings.iter().filter(|finding| finding.severity == Severity::File).count();
                fault(Reason::FileAtFault).with("findings", refusing)
            }
            Unmergeable::OtherThirdParty | Unmergeable::OtherFile => fault(Reason::OtherFile),
            Unmergeable::Repeated => fault(Reason::InvoiceNumberTwice),
            Unmergeable::NotAscending | Unmergeable::Full | Unmergeable::TooMuch => {
                fault(Reason::FileFull).with("max", MOST_RECORDS)
            }
        }
    }
}

/// What a merge came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// What the hospital's file was.
    pub report: Report,
    /// How many records the new file has.
    pub records: u32,
    /// How many of them are lines: services, medicines, days.
    pub lines: u32,
    /// Each invoice that was put in, with the number of its first record.
    pub places: Vec<(u64, u32)>,
}

/// A file into which invoices go.
pub struct Merger<'a, I: Iterator<Item = WrittenBlock>> {
    checker: Checker<'a>,
    framer: Framer<LENGTH>,
    merge: Merge<I>,
}

struct Merge<I: Iterator<Item = WrittenBlock>> {
    blocks: std::iter::Peekable<I>,
    /// What followed the record before.
    between: Separator,
    third_party: Vec<u8>,
    destination: u64,
    /// What the hospital's file must say it is: sending number, year and month.
    is: [u64; 3],
    written: u32,
    lines: u32,
    added: Totals,
    /// The numbers of the invoices put in.
    numbers: HashSet<u64>,
    /// Those with the number of their first record.
    places: Vec<(u64, u32)>,
    refused: Option<Unmergeable>,
}

/// How many findings about the hospital's file are kept.
const FINDINGS: usize = 100;

impl<'a, I: Iterator<Item = WrittenBlock>> Merger<'a, I> {
    /// A merge of these invoices, which ascend by destination and were made for a file of that sending number and month.
    pub fn new(settings: &'a Settings, sending: u16, month: Month, blocks: I) -> Merger<'a, I> {
        let merge = Merge {
            blocks: blocks.peekable(),
            between: Separator::Nothing,
            third_party: Vec::new(),
            destination: 0,
            is: [sending.into(), month.year.into(), month.month.into()],
            written: 0,
            lines: 0,
            added: Totals::default(),
            numbers: HashSet::new(),
            places: Vec::new(),
            refused: None,
        };
        Merger { checker: Checker::new(settings, FINDINGS), framer: Framer::default(), merge }
    }

    /// Takes the next bytes of the hospital's file, however they are cut; `out` gets those of the new one.
    pub fn feed(&mut self, bytes: &[u8], out: &mut impl FnMut(&[u8])) {
        self.checker.feed(bytes, &mut |_| {});
        self.framer.feed(bytes, &mut |frame| self.merge.frame(frame, out));
    }

    /// Ends the merge.
    ///
    /// # Errors
    /// Why the file cannot take the invoices.
    pub fn finish(mut self, out: &mut impl FnMut(&[u8])) -> Result<Merged, Unmergeable> {
        self.framer.finish(&mut |frame| self.merge.frame(frame, out));
        let repeated = self.merge.numbers.iter().any(|number| self.checker.has_invoice(*number));
        let report = self.checker.finish(&mut |_| {});
        match self.merge.refused {
            _ if report.refused => Err(Unmergeable::File(Box::new(report))),
            Some(refused) => Err(refused),
            None if repeated => Err(Unmergeable::Repeated),
            None => {
                let Merge { written: records, lines, places, .. } = self.merge;
                Ok(Merged { report, records, lines, places })
            }
        }
    }
}

impl<I: Iterator<Item = WrittenBlock>> Merge<I> {
    /// One record of the hospital's file, after the invoices that go before it. What is no record the checker refuses.
    fn frame(&mut self, frame: Frame<'_, LENGTH>, out: &mut impl FnMut(&[u8])) {
        let Frame::Record(bytes, separator) = frame else { return };
        let record = View(bytes);
        let mut new = *bytes;
        match record.kind() {
            Some(RecordType::FileHeader) => {
                self.third_party = record.zone(14).to_vec();
                if [7, 22, 23].map(|zone| record.number(zone)) != self.is.map(Some) {
                    self.refused.get_or_insert(Unmergeable::OtherFile);
                }
            }
            Some(RecordType::InvoiceHeader) => self.put_below(record.number(18).unwrap_or_default(), out),
            Some(RecordType::FileFooter) => {
                self.put_below(u64::MAX, out);
                return self.end(record, new, separator, out);
            }
            _ => {}
        }
        self.give(&mut new, None, separator, out);
        self.between = separator;
    }

    /// The invoices whose destination is lower than that of the invoice to come.
    fn put_below(&mut self, destination: u64, out: &mut impl FnMut(&[u8])) {
        let of = |block: &WrittenBlock| block.destination.as_str().parse().unwrap_or(u64::MAX - 1);
        while let Some(block) = self.blocks.next_if(|block| of(block) < destination) {
            if of(&block) < self.destination {
                self.refused.get_or_insert(Unmergeable::NotAscending);
            }
            self.destination = of(&block);
            if !self.numbers.insert(block.number) {
                self.refused.get_or_insert(Unmergeable::Repeated);
            }
            if block.establishment.as_str().as_bytes() != self.third_party {
                self.refused.get_or_insert(Unmergeable::OtherThirdParty);
            }
            self.places.push((block.number, self.written + 1));
            for record in block.records {
                self.give(&mut record.bytes().clone(), None, self.between, out);
            }
            self.added += block.totals;
        }
    }

    fn give(&mut self, record: &mut [u8; LENGTH], control: Option<u64>, after: Separator, out: &mut impl FnMut(&[u8])) {
        self.written += 1;
        let kind = RecordType::of(record);
        self.lines += u32::from(matches!(kind, Some(RecordType::Days | RecordType::Medicine | RecordType::Service)));
        if self.written > MOST_RECORDS {
            self.refused.get_or_insert(Unmergeable::Full);
            return;
        }
        renumber(record, self.written, control);
        out(record);
        out(after.bytes());
    }

    /// The footer: its sums and control number grow by what was put in, however the hospital's system counted the rest.
    fn end(&mut self, old: View<'_>, mut new: [u8; LENGTH], after: Separator, out: &mut impl FnMut(&[u8])) {
        for (zone, added) in [(19, self.added.a), (15, self.added.b)] {
            let sum = old.amount(zone).unwrap_or_default() + added;
            let zone = RecordType::FileFooter.zone(zone);
            if !zone.is_some_and(|zone| put_amount(&mut new[zone.range()], sum)) {
                self.refused.get_or_insert(Unmergeable::TooMuch);
            }
        }
        let codes = old.number(98).unwrap_or_default() + self.added.codes;
        self.give(&mut new, Some(control(codes)), after, out);
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::billing::file::{
        check::tests::{check, record_mut, reseal, sample, told},
        digits::Twelve,
        invoice::Block,
        write::{
            tests::{block, credit, devices, file, settings, to},
            write_block,
        },
    };

    fn month() -> Month {
        Month { year: 2026, month: 4 }
    }

    fn merged(file: &[u8], blocks: &[Block]) -> Result<Vec<u8>, Unmergeable> {
        let (settings, mut bytes) = (settings(), Vec::new());
        let blocks = blocks.iter().map(|block| write_block(&settings, block).unwrap());
        let mut merger = Merger::new(&settings, 17, month(), blocks);
        let mut out = |piece: &[u8]| bytes.extend_from_slice(piece);
        file.chunks(777).for_each(|piece| merger.feed(piece, &mut out));
        merger.finish(&mut out).map(|_| bytes)
    }

    fn between(file: &[u8], separator: &str, last: &str) -> Vec<u8> {
        let records: Vec<_> = file.chunks(LENGTH).collect();
        [records.join(separator.as_bytes()), last.as_bytes().to_vec()].concat()
    }

    /// B-22, BIL-05: each invoice comes after those of its destination; the result is the file that holds them all.
    #[rstest]
    #[case("", "")]
    #[case("\n", "\n")]
    #[case("\r\n", "\r\n")]
    #[case("\r\n", "")]
    fn invoices_go_to_their_place(#[case] separator: &str, #[case] last: &str) {
        let theirs = file(&[block(42), to("400", devices(44)), to("500", block(45))]);
        let ours = [to("100", block(1)), block(2), credit(3), to("600", block(4))];
        let all = [&ours[..1], &[block(42)], &ours[1..3], &[to("400", devices(44)), to("500", block(45))], &ours[3..]];
        let merged = merged(&between(&theirs, separator, last), &ours).unwrap();
        assert_eq!(merged, between(&file(&all.concat()), separator, last));
    }

    /// BIL-05: all but numbers, sums and check digits of the hospital's records stays to the byte, however odd.
    #[test]
    fn what_is_the_hospitals_stays() {
        let mut theirs = sample();
        for (record, position, byte) in [(3, 160, b'~'), (6, 345, b'7'), (14, 79, b'3'), (1, 85, b'5')] {
            let bytes = record_mut(&mut theirs, record);
            bytes[position] = byte;
            reseal(bytes);
        }
        let merged = merged(&theirs, &[block(1), to("900", block(2))]).unwrap();
        // Records 11 to 13 are ours, after those for 300; so are the three before the footer.
        let ours = [11, 12, 13, 17, 18, 19].map(|number| number - 1);
        let kept =
            merged.chunks(LENGTH).enumerate().filter(|(index, _)| !ours.contains(index)).map(|(_, record)| record);
        let mut count = 0;
        for (old, new) in theirs.chunks(LENGTH).zip(kept) {
            count += 1;
            let footer = count == 14;
            let same =
                (0..348).filter(|at| !(2..8).contains(at)).filter(|at| !footer || !(67..99).contains(at) && *at < 346);
            same.for_each(|at| assert_eq!(old[at], new[at], "{count} {at}"));
        }
        assert_eq!(count, 14);
        assert!(!check(&merged).refused, "{:?}", told(&check(&merged)));
    }

    /// BIL-05: a file that would be refused anyway, or with our invoices in it, is not merged.
    #[test]
    fn what_would_be_refused_is_not_merged() {
        let theirs = sample();
        let twelve = Twelve::hospital("71032209".parse().unwrap());
        let of = |blocks: &[Block]| merged(&theirs, blocks).map(|bytes| bytes.len());
        assert_eq!(of(&[]), Ok(theirs.len()));
        assert_eq!(of(&[Block { establishment: twelve, ..block(1) }]), Err(Unmergeable::OtherThirdParty));
        assert_eq!(of(&[to("400", block(1)), block(2)]), Err(Unmergeable::NotAscending));
        assert_eq!(of(&[block(1), block(1)]), Err(Unmergeable::Repeated));
        for theirs in [42, 45] {
            assert_eq!(of(&[block(theirs)]), Err(Unmergeable::Repeated));
        }
        for broken in [&theirs[..13 * LENGTH], &theirs[1..], b"\x1f\x8b\x08", b""] {
            assert!(matches!(merged(broken, &[block(1)]), Err(Unmergeable::File(_))));
        }
    }

    /// BIL-05: a merge tells where each invoice went, and how many lines the file has.
    #[test]
    fn each_invoice_has_its_place() {
        let settings = settings();
        let blocks = [block(1), to("900", block(2))].map(|block| write_block(&settings, &block).unwrap());
        let mut merger = Merger::new(&settings, 17, month(), blocks.into_iter());
        merger.feed(&sample(), &mut |_| {});
        let merged = merger.finish(&mut |_| {}).unwrap();
        assert_eq!((merged.places, merged.records, merged.report.records), (vec![(1, 11), (2, 17)], 20, 14));
        let lines = sample().chunks(LENGTH).filter(|record| matches!(&record[..2], b"30" | b"40" | b"50")).count();
        assert_eq!(usize::try_from(merged.lines).unwrap(), lines + 2);
    }

    /// BIL-05: the sending number and the month of the hospital's file are those for which the invoices were made.
    #[rstest]
    #[case(18, 2026, 4)]
    #[case(17, 2025, 4)]
    #[case(17, 2026, 5)]
    fn invoices_go_into_the_file_that_they_are_for(#[case] sending: u16, #[case] year: u16, #[case] month: u8) {
        let settings = settings();
        let mut merger = Merger::new(&settings, sending, Month { year, month }, std::iter::empty());
        merger.feed(&sample(), &mut |_| {});
        assert_eq!(merger.finish(&mut |_| {}), Err(Unmergeable::OtherFile));
    }

    /// B-22: a merge never passes 999 999 records.
    #[test]
    fn a_merged_file_has_no_million_records() {
        let settings = settings();
        let block = write_block(&settings, &block(1)).unwrap();
        for (written, expected) in [(MOST_RECORDS - 17, true), (MOST_RECORDS - 16, false)] {
            let mut merger = Merger::new(&settings, 17, month(), std::iter::once(block.clone()));
            merger.merge.written = written;
            merger.feed(&sample(), &mut |_| {});
            let result = merger.finish(&mut |_| {}).map(|_| ());
            assert_eq!(result, if expected { Ok(()) } else { Err(Unmergeable::Full) });
        }
    }

    /// BIL-05: a sum that outgrows its zone is no file.
    #[test]
    fn a_sum_fits_its_zone() {
        let mut zone = *b"+00000000000";
        assert!(put_amount(&mut zone, -99_999_999_999));
        assert_eq!(&zone, b"-99999999999");
        assert!(!put_amount(&mut zone, 100_000_000_000));
    }
}
