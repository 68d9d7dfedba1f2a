use rstest::rstest;

use super::*;
use crate::billing::file::{
    invoice::Block,
    record::renumber,
    write::tests::{block, credit, device, devices, file, settings, to},
};

/// A pump month, a credit of one, a sensor, and another insurer: records 1 to 14.
pub(crate) fn sample() -> Vec<u8> {
    file(&[block(42), credit(43), devices(44), to("500", block(45))])
}

pub(crate) fn check(bytes: &[u8]) -> Report {
    check_in(bytes, bytes.len()).0
}

pub(crate) fn check_in(bytes: &[u8], chunk: usize) -> (Report, Vec<Fact>) {
    let (settings, mut facts) = (settings(), Vec::new());
    let mut checker = Checker::new(&settings, 1000);
    bytes.chunks(chunk.max(1)).for_each(|piece| checker.feed(piece, &mut |fact| facts.push(fact)));
    let report = checker.finish(&mut |fact| facts.push(fact));
    (report, facts)
}

/// Each finding: record, refusal code or kind, zone.
pub(crate) fn told(report: &Report) -> Vec<String> {
    let one = |finding: &Finding| {
        let what = finding.code.map_or_else(|| finding.kind.to_string(), |code| code.to_string());
        let zone = finding.zone.map_or_else(String::new, |zone| format!(" z{}", zone.number));
        format!("{} {what}{zone}", finding.record)
    };
    report.findings.iter().map(one).collect()
}

pub(crate) fn record_mut(file: &mut [u8], record: usize) -> &mut [u8; LENGTH] {
    (&mut file[(record - 1) * LENGTH..record * LENGTH]).try_into().unwrap()
}

/// Writes a zone of the n-th record (from 1) and makes its check digits anew.
fn put(file: &mut [u8], record: usize, zone: u8, text: &str) {
    let bytes = record_mut(file, record);
    let range = RecordType::of(bytes).unwrap().zone(zone).unwrap().range();
    assert_eq!(range.len(), text.len());
    bytes[range].copy_from_slice(text.as_bytes());
    reseal(bytes);
}

pub(crate) fn reseal(record: &mut [u8; LENGTH]) {
    let number = std::str::from_utf8(&record[2..8]).unwrap().parse().unwrap();
    renumber(record, number, None);
}

/// BIL-05: what the writer makes passes; sums, counts and lines are told.
#[test]
fn a_file_made_here_passes() {
    let (report, facts) = check_in(&sample(), 1000);
    assert_eq!(told(&report), [""; 0]);
    assert_eq!((report.records, report.invoices, report.refused), (14, 4, false));
    assert_eq!((report.totals.a, report.totals.b), (100_000 + 30_900, 0));
    let file = FileFacts { sending: 17, year: 2026, month: 4, third_party: 71_000_436_000 };
    assert_eq!(report.file, Some(file));
    assert_eq!(facts.iter().map(|fact| fact.record).collect::<Vec<_>>(), [3, 6, 9, 12]);
    let device = facts[2];
    assert_eq!(device.record_type, RecordType::Service);
    assert_eq!((device.code, device.cents, device.units, device.national), (174_370, 100_000, 1, true));
    assert_eq!((device.registration, device.beneficiary), (Some(*b"20240000004241"), *b"0085073003328"));
    assert_eq!((device.first, device.last), ("2026-04-15".parse().ok(), "2026-04-15".parse().ok()));
    assert_eq!((facts[1].units, facts[1].cents, facts[1].registration), (-30, -30_900, None));
}

/// BIL-05, TRA-02: each fault is found in its record and zone, under the insurers' code.
#[rstest]
// File header.
#[case(1, 7, "018", &["14 900712 z7"])]
#[case(1, 14, "071000437000", &[
    "1 101402 z14", "2 201412 z14", "5 201412 z14", "8 201412 z14", "11 201412 z14", "14 901412 z14",
])]
#[case(1, 27, "0406798007", &["1 102702 z27", "14 differsFromHeader z27"])]
#[case(1, 27, "0000000000", &["1 102710 z27", "14 differsFromHeader z27"])]
#[case(1, 31, "           ", &["1 103110 z31", "14 differsFromHeader z31"])]
#[case(1, 36, "BE68539007547035                  ", &["1 103602 z36", "14 differsFromHeader z36"])]
#[case(1, 23, "06", &["1 102311 z23", "14 differsFromHeader z23"])]
#[case(1, 23, "13", &["1 notAllowed z23", "14 differsFromHeader z23"])]
#[case(1, 25, "20260631", &["1 noSuchDay z25"])]
#[case(1, 2, "000002", &["1 100110 z1", "2 200210 z2"])]
// Invoice header.
#[case(2, 2, "000003", &["2 200210 z2", "3 300210 z2"])]
#[case(2, 8, "0085073003329", &["2 200802 z8", "3 300812 z8", "4 differsFromHeader z8"])]
#[case(2, 8, "0000000000000", &["2 200810 z8", "3 300812 z8", "4 differsFromHeader z8"])]
#[case(2, 9, "2", &["3 300912 z9", "4 differsFromHeader z9"])]
#[case(2, 7, "519", &["2 200710 z7", "3 300712 z7", "4 800712 z7"])]
#[case(2, 18, "700", &["2 201803 z18", "4 differsFromHeader z18", "5 201812 z18"])]
#[case(5, 18, "100", &["5 201812 z18", "5 200710 z7", "7 differsFromHeader z18"])]
#[case(2, 10, "5", &["4 differsFromHeader z10"])]
#[case(2, 10, "3", &["2 202011 z20", "2 201511 z15", "4 differsFromHeader z10"])]
#[case(8, 10, "6", &["8 202010 z20", "8 201510 z15", "10 differsFromHeader z10"])]
#[case(8, 5, "20260401", &["8 200511 z5", "10 differsFromHeader z5"])]
#[case(8, 4, "0001200", &["8 200411 z4", "10 differsFromHeader z4"])]
#[case(2, 20, "20260332", &["2 noSuchDay z20", "3 304712 z47"])]
#[case(2, 24, "000000000045", &["4 differsFromHeader z24", "11 202420 z24"])]
#[case(2, 29, "000000000001", &["2 202911 z29"])]
#[case(2, 34, "001", &["2 203411 z34"])]
#[case(2, 37, "319", &["2 203711 z37"])]
#[case(2, 38, "REF                   ", &["2 203811 z38"])]
#[case(2, 41, "202603", &["2 204113 z41"])]
#[case(2, 11, "1", &["2 202910 z29", "2 203410 z34", "2 203710 z37", "2 203810 z38", "2 204112 z41"])]
#[case(2, 11, "3", &["2 202910 z29", "2 203410 z34", "2 203710 z37", "2 204112 z41", "3 302248 z22", "4 201140"])]
#[case(2, 47, "00000000", &["2 204708 z47", "4 differsFromHeader z20"])]
#[case(2, 47, "20260331", &["3 300516 z5", "4 differsFromHeader z20"])]
#[case(2, 32, "0", &["4 differsFromHeader z32"])]
#[case(2, 32, "7", &["2 notAllowed z32", "4 differsFromHeader z32"])]
// Pump days.
#[case(3, 4, "0773593", &["3 300402 z4", "4 809802 z98", "14 909802 z98"])]
#[case(3, 4, "1773592", &["3 300404 z4", "4 809802 z98", "14 909802 z98"])]
#[case(3, 5, "20260402", &["3 302240 z22"])]
#[case(3, 5, "20260400", &["3 noSuchDay z5"])]
#[case(3, 5, "20260501", &["3 300612 z6", "3 302240 z22"])]
#[case(3, 11, "1", &["4 801910 z19", "4 801510 z15", "14 901911 z19", "14 901511 z15"])]
#[case(3, 11, "2", &["3 notAllowed z11", "4 801910 z19", "14 901911 z19"])]
#[case(3, 14, "071000437000", &["3 301402 z14"])]
#[case(3, 15, "078650271000", &["3 differsFromHeader z15"])]
#[case(3, 19, "+00000030901", &["4 801910 z19", "14 901911 z19"])]
#[case(3, 19, "-00000030900", &[
    "3 302212 z22", "3 302412 z24", "3 302712 z27", "3 303012 z30", "4 801910 z19", "4 wrongSign z15",
    "4 wrongSign z27", "4 wrongSign z30", "14 901911 z19",
])]
#[case(3, 22, "-0030", &["3 302212 z22"])]
#[case(3, 22, "+0029", &["3 302240 z22"])]
#[case(3, 22, "00030", &["3 302205 z22", "3 302240 z22"])]
#[case(3, 30, "0000000000", &["3 303005 z30"])]
#[case(3, 24, "-00000000000", &["3 302412 z24"])]
#[case(3, 27, "+000000001", &["4 802710 z27"])]
#[case(3, 30, "+000000001", &["4 803010 z30"])]
#[case(3, 47, "20260321", &["3 304712 z47"])]
// A credit.
#[case(6, 22, "+0030", &["6 302212 z22"])]
#[case(6, 27, "+000000000", &["6 302712 z27"])]
#[case(7, 27, "+000000000", &["7 wrongSign z27"])]
// A sensor.
#[case(9, 4, "0174371", &["9 500402 z4", "10 809802 z98", "14 909802 z98"])]
#[case(9, 6, "20260416", &["9 500615 z6"])]
#[case(9, 6, "20260414", &["9 500612 z6", "9 500615 z6"])]
#[case(9, 15, "010000107690", &["9 501502 z15"])]
#[case(9, 15, "910000106690", &["9 501504 z15"])]
#[case(9, 24, "010000107690", &["9 502402 z24"])]
#[case(9, 24, "000000000000", &["9 502012 z20"])]
#[case(9, 20, "20260416", &["9 502014 z20"])]
#[case(9, 43, "123456789096", &["9 504302 z43"])]
#[case(9, 55, "000000000001", &["9 505502 z55"])]
#[case(9, 57, "20240000004242", &["9 505702 z57"])]
#[case(9, 57, "2024000000424X", &["9 505701 z57", "9 505702 z57"])]
#[case(9, 22, "*0001", &["9 502205 z22"])]
// Footers.
#[case(4, 20, "00000000", &["4 802010 z20"])]
#[case(4, 98, "18", &["4 809802 z98"])]
#[case(4, 38, "-00000000000", &["4 wrongSign z38"])]
#[case(14, 19, "+00000130901", &["14 901910 z19"])]
#[case(14, 15, "-00000000000", &["14 wrongSign z15"])]
#[case(14, 98, "01", &["14 909802 z98"])]
fn each_fault_is_found(#[case] record: usize, #[case] zone: u8, #[case] text: &str, #[case] expected: &[&str]) {
    let mut file = sample();
    put(&mut file, record, zone, text);
    assert_eq!(told(&check(&file)), expected);
}

/// BIL-05: check digits of each type of record.
#[rstest]
#[case(1, "109902")]
#[case(2, "209902")]
#[case(3, "309902")]
#[case(9, "509902")]
#[case(10, "809902")]
#[case(14, "909902")]
fn check_digits_are_checked(#[case] record: usize, #[case] code: &str) {
    let mut file = sample();
    let bytes = record_mut(&mut file, record);
    bytes[349] = b'0' + (bytes[349] - b'0' + 1) % 10;
    assert_eq!(told(&check(&file)), [format!("{record} {code} z99")]);
}

/// BIL-05: records stand in their order; a file of two, or without an end, is told.
#[rstest]
#[case(&[1, 2, 3, 4, 14], &[])]
#[case(&[1, 14], &["2 100111"])]
#[case(&[1, 2, 4, 14], &["3 200111"])]
#[case(&[1, 2, 3, 14], &["4 900110"])]
#[case(&[1, 3, 4, 14], &["2 100111"])]
#[case(&[1, 2, 9, 3, 4, 14], &["4 300110"])]
#[case(&[1, 2, 3, 2, 3, 4, 14], &["4 200110"])]
#[case(&[1, 2, 3, 4], &["4 900104"])]
#[case(&[2, 3, 4, 14], &["1 outOfOrder"])]
#[case(&[1, 2, 3, 4, 14, 1, 2, 3, 4, 14], &["6 900111"])]
fn records_stand_in_their_order(#[case] records: &[usize], #[case] expected: &[&str]) {
    let mut from = sample();
    let bytes: Vec<u8> = (1..)
        .zip(records)
        .flat_map(|(number, record)| {
            let mut bytes = *record_mut(&mut from, *record);
            renumber(&mut bytes, number, None);
            bytes
        })
        .collect();
    let found = told(&check(&bytes));
    let order: Vec<_> = found.iter().filter(|one| !one.contains(" z")).collect();
    assert_eq!(order, expected, "{found:?}");
}

/// BIL-05: bytes that are no records are refused at once; line breaks and a byte order mark are told.
#[rstest]
#[case(b"\x1f\x8b\x08\x00", &["0 notRecords"])]
#[case(b"PK\x03\x04", &["0 notRecords"])]
#[case(b"\xff\xfe1\x00", &["0 notRecords"])]
#[case(b"", &["0 900104"])]
#[case(b"1", &["1 wrongLength", "1 900104"])]
#[case(b"hello\nworld\n", &["1 wrongLength", "2 wrongLength", "2 900104"])]
fn what_is_no_file_is_told(#[case] bytes: &[u8], #[case] expected: &[&str]) {
    assert_eq!(told(&check(bytes)), expected);
    assert!(check(bytes).refused);
}

fn with(separators: impl Fn(usize) -> &'static str) -> Vec<u8> {
    let file = sample();
    let pieces = file.chunks(LENGTH).enumerate();
    pieces.flat_map(|(index, record)| [record, separators(index).as_bytes()].concat()).collect()
}

/// BIL-05: LF, CRLF or nothing, but one of them throughout.
#[test]
fn separators_are_alike() {
    for separator in ["", "\n", "\r\n"] {
        assert_eq!(told(&check(&with(|_| separator))), [""; 0], "{separator:?}");
        assert_eq!(told(&check(&with(|index| if index == 13 { "" } else { separator }))), [""; 0], "{separator:?}");
    }
    let mixed = with(|index| if index == 3 { "\r\n" } else { "\n" });
    assert_eq!(told(&check(&mixed)), ["5 mixedSeparators"]);
    let marked = [b"\xef\xbb\xbf".as_slice(), &sample()].concat();
    assert_eq!(told(&check(&marked)), ["0 byteOrderMark"]);
}

/// BIL-05: a record of 349 positions is told as such, and the others are read.
#[rstest]
fn a_record_of_349_positions_is_told(
    #[values("", "\n", "\r\n")] separator: &'static str,
    #[values(1, 3, 14)] record: usize,
) {
    let mut file = with(|_| separator);
    let start = (record - 1) * (LENGTH + separator.len());
    file.remove(start + 140);
    let found = told(&check(&file));
    assert!(found.contains(&format!("{record} wrongLength")), "{found:?}");
    assert!(found.len() <= 2, "{found:?}");
}

/// BIL-05: another code page is told with its zone.
#[test]
fn another_code_page_is_told() {
    let mut file = sample();
    let bytes = record_mut(&mut file, 3);
    bytes[140] = 0xe9;
    reseal(bytes);
    let report = check(&file);
    assert_eq!(told(&report), ["3 notAscii z28"]);
    assert_eq!(report.findings[0].positions, Some((138, 162)));
    let bytes = record_mut(&mut file, 3);
    bytes[140] = b' ';
    bytes[344] = b'9';
    reseal(bytes);
    let report = check(&file);
    assert_eq!((told(&report), report.refused), (vec!["3 reserveUsed".to_owned()], false));
    assert_eq!(report.findings[0].positions, Some((345, 345)));
}

/// BIL-05: more findings than asked for are counted, and memory stays flat.
#[test]
fn findings_are_limited() {
    let settings = settings();
    let mut checker = Checker::new(&settings, 3);
    (0..50).for_each(|_| checker.feed(&[b'9'; 2 * LENGTH], &mut |_| {}));
    let report = checker.finish(&mut |_| {});
    assert_eq!((report.findings.len(), report.more, report.records), (3, 98, 100));
}

/// BIL-05: a file has at most 999 999 records; what comes after them is only counted.
#[test]
fn a_file_has_no_million_records() {
    let settings = settings();
    let mut checker = Checker::new(&settings, 10);
    let file = sample();
    checker.feed(&file[..3 * LENGTH], &mut |_| {});
    checker.state.found.record = u64::from(MOST_RECORDS);
    checker.feed(&file[3 * LENGTH..], &mut |_| {});
    let report = checker.finish(&mut |_| {});
    assert_eq!((told(&report), report.records), (vec!["1000000 tooManyRecords".to_owned()], 1_000_011));
    assert_eq!(report.invoices, 1);
}

/// BIL-05: records 40, whose layout is not public, are summed; a control number beside them only warns.
#[test]
fn medicines_are_summed() {
    let mut file = sample();
    let bytes = record_mut(&mut file, 9);
    bytes[..2].copy_from_slice(b"40");
    reseal(bytes);
    assert_eq!(told(&check(&file)), [""; 0]);
    put(&mut file, 10, 98, "01");
    put(&mut file, 14, 98, "01");
    let report = check(&file);
    assert_eq!((told(&report), report.refused), (vec!["10 809802 z98".to_owned(), "14 909802 z98".to_owned()], false));
    put(&mut file, 9, 19, "+00000100001");
    assert_eq!(told(&check(&file))[0], "10 801910 z19");
}

/// BIL-05: what follows from a finding is what the catalogue's letter says; the sign of a zero only warns.
#[rstest]
#[case(3, 27, "-000000000", Severity::Warning)]
#[case(3, 27, "-000000100", Severity::Record)]
#[case(2, 20, "00000000", Severity::Invoice)]
#[case(5, 18, "100", Severity::File)]
fn a_finding_has_a_severity(#[case] record: usize, #[case] zone: u8, #[case] text: &str, #[case] severity: Severity) {
    let mut file = sample();
    put(&mut file, record, zone, text);
    let report = check(&file);
    assert_eq!((report.findings[0].severity, report.refused), (severity, severity == Severity::File));
}

/// TRA-02: the code of another registry, whose check is not public, is a warning; of our pairs it refuses the record.
#[rstest]
#[case("0174370", Severity::Record)]
#[case("0174392", Severity::Warning)]
fn a_code_of_elsewhere_is_a_warning(#[case] code: &str, #[case] severity: Severity) {
    let mut file = sample();
    put(&mut file, 9, 4, code);
    put(&mut file, 9, 57, "00000000000001");
    let report = check(&file);
    let finding = report.findings.iter().find(|one| one.code.is_some_and(|code| code.as_str() == "505702"));
    assert_eq!(finding.map(|one| (one.severity, one.rule)), Some((severity, crate::rule::RuleId::Tra02)));
}

/// BIL-05: an invoice of several lines of which one only is negative (201140).
#[test]
fn signs_do_not_mix() {
    let lines = crate::billing::file::invoice::Lines::Devices(vec![device(), device()]);
    let mut file = file(&[Block { lines, ..block(42) }]);
    for zone in [(19, "-00000100000"), (22, "-0001"), (27, "-000000000"), (30, "-000000000")] {
        put(&mut file, 4, zone.0, zone.1);
    }
    put(&mut file, 5, 19, "+00000000000");
    put(&mut file, 6, 19, "+00000000000");
    let found = told(&check(&file));
    assert_eq!(found[0], "5 201140", "{found:?}");
}
