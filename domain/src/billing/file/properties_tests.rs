//! What holds for any file (BIL-05): a second reader, written from the layout table alone, gets back what went in;
//! the checker accepts what the writer makes and finds what is changed in it.

use std::collections::BTreeMap;

use chrono::{Days as Later, NaiveDate};
use proptest::{prelude::*, sample::select};

use super::{
    check::tests::{check, check_in, record_mut, reseal, sample, told},
    digits::Twelve,
    invoice::{Billing, Block, Days, Device, Earlier, Lines, Month, Named},
    layout::{Kind, LENGTH, RecordType},
    merge::Merger,
    record::ascii,
    write::{
        tests::{block, device, file, settings},
        write_block,
    },
};
use crate::{names::Sex, parties::beneficiary::NationalNumber};

/// One record as the table reads it: zone by zone.
type Read = BTreeMap<u8, String>;

/// BIL-05: the second reader. It knows the layout table and nothing else.
fn read(file: &[u8]) -> Vec<Read> {
    let record = |bytes: &[u8]| -> Read {
        let kind = RecordType::of(bytes).unwrap();
        // Of two parts of one zone the first counts.
        let zones = kind.zones().iter().rev();
        zones.map(|zone| (zone.number, String::from_utf8(bytes[zone.range()].to_vec()).unwrap())).collect()
    };
    file.chunks(LENGTH).map(record).collect()
}

fn ymd(day: NaiveDate) -> String {
    day.format("%Y%m%d").to_string()
}

/// What an invoice must read as: record by record the zones that come from it.
fn expected(block: &Block) -> Vec<Read> {
    let credit = matches!(block.billing, Billing::Credit(_));
    let sign = if credit { '-' } else { '+' };
    let (named, flag) = match &block.beneficiary {
        Named::National(number) => (format!("00{}", number.expose()), "1"),
        Named::Own(number) => (format!("{number:0>13}"), "0"),
    };
    let mutuality = match block.mutuality.as_str() {
        union if union.starts_with(['2', '5']) => "000",
        other => other,
    };
    let sex = block.sex.map_or("0", |sex| if sex == Sex::Male { "1" } else { "2" });
    let shared = [
        (7, mutuality.to_owned()),
        (8, named),
        (9, sex.to_owned()),
        (14, block.establishment.as_str().to_owned()),
        (28, format!("{:<25}", ascii(&block.reference))),
    ];
    let with = |zones: Vec<(u8, String)>| -> Read { shared.iter().cloned().chain(zones).collect() };
    let amount = |cents: u64| format!("{sign}{cents:011}");
    let nil = |digits: usize| format!("{sign}{:0digits$}", 0);
    let mut sum = 0;
    let mut lines = Vec::new();
    let (mut agreement_day, mut stay) = ("0".repeat(8), "0".repeat(12));
    match &block.lines {
        Lines::Pump { agreement, convention, days } => {
            (agreement_day, stay) = (ymd(*agreement), convention.as_str().to_owned());
            for line in days {
                sum += line.cents;
                lines.push(with(vec![
                    (1, "30".to_owned()),
                    (4, format!("0{}", line.code)),
                    (5, ymd(line.first)),
                    (6, ymd(line.last)),
                    (15, stay.clone()),
                    (19, amount(line.cents)),
                    (22, format!("{sign}{:04}", line.units)),
                    (24, nil(11)),
                    (27, nil(9)),
                    (30, nil(9)),
                    (47, agreement_day.clone()),
                    (51, format!("{:06}", block.site)),
                ]));
            }
        }
        Lines::Devices(devices) => {
            for line in devices {
                sum += line.cents;
                let prescribed = line.prescribed.as_ref();
                let code = line.registration.map_or_else(|| "0".repeat(14), |code| code.to_string());
                let label = ascii(&line.label).chars().take(30).collect::<String>();
                lines.push(with(vec![
                    (1, "50".to_owned()),
                    (4, format!("0{}", line.code)),
                    (5, ymd(line.day)),
                    (6, ymd(line.day)),
                    (15, line.performer.to_string()),
                    (19, amount(line.cents)),
                    (20, prescribed.map_or_else(|| "0".repeat(8), |(_, day)| ymd(*day))),
                    (22, format!("{sign}{:04}", line.units)),
                    (24, prescribed.map_or_else(|| "0".repeat(12), |(who, _)| who.to_string())),
                    (34, line.limb.to_string()),
                    (43, format!("{:012}", line.implant_code.unwrap_or_default())),
                    (44, format!("{label:<30}")),
                    (57, code),
                ]));
            }
        }
    }
    let (billing, earlier, reference) = match &block.billing {
        Billing::First => ("0", None, ""),
        Billing::Correction(earlier, reference) => ("1", Some(earlier), reference.as_str()),
        Billing::Credit(earlier) => ("3", Some(earlier), ""),
    };
    let of =
        |width: usize, value: fn(&Earlier) -> String| format!("{:0>width$}", earlier.map(value).unwrap_or_default());
    let kind = if matches!(block.lines, Lines::Pump { .. }) { "6" } else { "3" };
    let head = with(vec![
        (1, "20".to_owned()),
        (10, kind.to_owned()),
        (11, billing.to_owned()),
        (15, stay),
        (16, u8::from(block.interrupted).to_string()),
        (18, block.destination.to_string()),
        (20, agreement_day),
        (24, format!("{:012}", block.number)),
        (27, format!("0000{}{}", block.entitlement.0, block.entitlement.1)),
        (29, of(12, |one| one.invoice.to_string())),
        (32, flag.to_owned()),
        (34, of(3, |one| one.sending.to_string())),
        (37, of(3, |one| one.mutuality.to_string())),
        (38, format!("{reference:<22}")),
        (41, of(6, |one| format!("{:04}{:02}", one.month.year, one.month.month))),
        (47, ymd(block.dated)),
    ]);
    let foot = with(vec![
        (1, "80".to_owned()),
        (10, kind.to_owned()),
        (15, nil(11)),
        (18, block.destination.to_string()),
        (19, amount(sum)),
        (20, ymd(block.dated)),
        (24, format!("{:012}", block.number)),
        (27, nil(9)),
        (30, nil(9)),
        (32, flag.to_owned()),
    ]);
    [vec![head], lines, vec![foot]].concat()
}

fn any_day() -> impl Strategy<Value = NaiveDate> {
    (0_u64..2000).prop_map(|days| "2021-01-01".parse::<NaiveDate>().unwrap() + Later::new(days))
}

fn any_named() -> impl Strategy<Value = Named> {
    let national = select(vec!["85073003328", "17073003384", "06070500252", "75400000309"]);
    prop_oneof![
        national.prop_map(|number| Named::National(NationalNumber::parse(number).unwrap())),
        "[1-9][0-9]{0,12}".prop_map(Named::Own),
    ]
}

fn any_billing() -> impl Strategy<Value = Billing> {
    let earlier = (1_u64..1_000_000_000_000, 1_u16..1000, 1_u8..13, select(vec!["100", "319", "501"]));
    let earlier = earlier.prop_map(|(invoice, sending, month, mutuality)| Earlier {
        invoice,
        sending,
        month: Month { year: 2025, month },
        mutuality: mutuality.parse().unwrap(),
    });
    (0_u8..3, earlier, "[A-Z]{1,22}").prop_map(|(kind, earlier, reference)| match kind {
        0 => Billing::First,
        1 => Billing::Correction(earlier, reference),
        _ => Billing::Credit(earlier),
    })
}

fn any_lines() -> impl Strategy<Value = Lines> {
    let days = (any_day(), 0_u16..31, 0_u64..10_000_000).prop_map(|(first, more, cents)| Days {
        first,
        last: first + Later::new(more.into()),
        units: more + 1,
        cents,
        code: "773592".parse().unwrap(),
    });
    let parts = (any_day(), 0_u64..10_000_000, any::<bool>(), "[a-zé]{0,40}", 0_u8..3);
    let any_device = parts.prop_map(|(day, cents, full, label, limb)| Device {
        day,
        cents,
        label,
        limb,
        prescribed: device().prescribed.filter(|_| full).map(|(who, _)| (who, day)),
        registration: device().registration.filter(|_| full),
        implant_code: device().implant_code.filter(|_| full),
        ..device()
    });
    let convention = Twelve::convention("7.86.501.72".parse().unwrap());
    prop_oneof![
        (any_day(), prop::collection::vec(days, 1..4)).prop_map(move |(agreement, days)| Lines::Pump {
            agreement,
            convention,
            days
        }),
        prop::collection::vec(any_device, 1..3).prop_map(Lines::Devices),
    ]
}

fn any_block() -> impl Strategy<Value = Block> {
    let insurers = vec![("100", "105"), ("200", "200"), ("300", "319"), ("300", "317"), ("500", "501"), ("600", "600")];
    let sex = prop::option::of(prop_oneof![Just(Sex::Male), Just(Sex::Female)]);
    let parts = (select(insurers), any_named(), sex, any_billing(), any_lines(), any::<bool>(), 0_u32..1_000_000);
    (parts, "[ -~]{0,25}").prop_map(|((insurer, beneficiary, sex, billing, lines, interrupted, site), reference)| {
        Block {
            destination: insurer.0.parse().unwrap(),
            mutuality: insurer.1.parse().unwrap(),
            beneficiary,
            sex,
            billing,
            lines,
            interrupted,
            reference,
            dated: "2026-11-30".parse().unwrap(),
            site,
            ..block(0)
        }
    })
}

/// Invoices that ascend by destination, numbered from a first number.
fn any_blocks(first: u64) -> impl Strategy<Value = Vec<Block>> {
    prop::collection::vec(any_block(), 1..6).prop_map(move |mut blocks| {
        blocks.sort_by_key(|block| block.destination);
        (first..).zip(&mut blocks).for_each(|(number, block)| block.number = number);
        blocks
    })
}

/// Zones of records 20 to 80 in which nothing contradicts another text of the same weight: the checker's blind spots.
fn is_blind(kind: RecordType, position: usize, old: u8, new: u8) -> bool {
    let free = !matches!(kind, RecordType::FileHeader | RecordType::FileFooter)
        && kind.zones().iter().any(|zone| zone.kind == Kind::Text && zone.range().contains(&position));
    let mark = |byte: u8| byte.is_ascii_punctuation();
    free && (old.eq_ignore_ascii_case(&new) || (mark(old) && mark(new)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// BIL-05, BIL-10, TRA-02, BEN-02: any invoices come back from their file as they went in, and the checker
    /// accepts it.
    #[test]
    fn what_goes_in_comes_back(blocks in any_blocks(1)) {
        let file = file(&blocks);
        let read = read(&file);
        let mut records = read.iter();
        prop_assert_eq!(&records.next().unwrap()[&1], "10");
        for expected in blocks.iter().flat_map(expected) {
            let record = records.next().unwrap();
            let found: Read = expected.keys().map(|zone| (*zone, record[zone].clone())).collect();
            prop_assert_eq!(found, expected);
        }
        prop_assert_eq!(&records.next().unwrap()[&1], "90");
        prop_assert!(records.next().is_none());
        let numbers: Vec<_> = read.iter().map(|record| record[&2].parse::<usize>().unwrap()).collect();
        prop_assert_eq!(numbers, (1..=read.len()).collect::<Vec<_>>());
        let sum = |types: &[&str]| -> i64 {
            let of = read.iter().filter(|record| types.contains(&record[&1].as_str()));
            of.map(|record| record[&19].parse::<i64>().unwrap()).sum()
        };
        prop_assert_eq!([sum(&["30", "50"]), sum(&["80"])], [sum(&["90"]); 2]);
        prop_assert_eq!(told(&check(&file)), Vec::<String>::new());
    }

    /// BIL-05: the checker says the same however the bytes are cut.
    #[test]
    fn chunks_do_not_matter(blocks in any_blocks(1), by in 1_usize..1000, at: prop::sample::Index, byte: u8) {
        let mut file = file(&blocks);
        let at = at.index(file.len());
        file[at] = byte;
        prop_assert_eq!(check_in(&file, by), check_in(&file, file.len()));
    }

    /// BIL-05: merged files hold what both held, in order, and pass.
    #[test]
    fn a_merged_file_is_that_of_all(theirs in any_blocks(1), ours in any_blocks(100), by in 1_usize..1000) {
        let (settings, mut merged) = (settings(), Vec::new());
        let written = ours.iter().map(|block| write_block(&settings, block).unwrap());
        let mut merger = Merger::new(&settings, 17, Month { year: 2026, month: 4 }, written);
        let mut out = |piece: &[u8]| merged.extend_from_slice(piece);
        file(&theirs).chunks(by).for_each(|piece| merger.feed(piece, &mut out));
        prop_assert!(merger.finish(&mut out).is_ok());
        let mut all = [theirs, ours].concat();
        all.sort_by_key(|block| block.destination);
        prop_assert_eq!(merged, file(&all));
    }

    /// BIL-05: hostile bytes, alone or within a file, are told and never make the checker fail.
    #[test]
    fn hostile_bytes_are_told(bytes in prop::collection::vec(any::<u8>(), 1..2000), at: prop::sample::Index) {
        prop_assert!(check(&bytes).refused);
        let mut file = sample();
        let at = at.index(file.len());
        file.splice(at..at, bytes);
        prop_assert!(!check(&file).findings.is_empty());
    }
}

/// BIL-05: whatever single character of a file changes, it is found, or is a blind spot that the checker lists.
#[test]
fn a_changed_character_is_found_or_a_listed_blind_spot() {
    let whole = sample();
    // The header, a credit, a sensor, the footer.
    let file = [&whole[..LENGTH], &whole[4 * LENGTH..10 * LENGTH], &whole[13 * LENGTH..]].concat();
    let mut file = renumbered(file);
    let (a, b) = (100_000 - 30_900, 773_592 + 174_370);
    let last = file.len() - LENGTH;
    file[last + 87..last + 99].copy_from_slice(format!("+{a:011}").as_bytes());
    file[last + 346..last + 348].copy_from_slice(format!("{:02}", b % 97).as_bytes());
    let mut file = renumbered(file);
    assert_eq!(told(&check(&file)), [""; 0]);
    let mut blind = 0;
    for at in 0..file.len() {
        let old = file[at];
        let kind = RecordType::of(&file[at / LENGTH * LENGTH..]).unwrap();
        let other_case = if old.is_ascii_lowercase() { old.to_ascii_uppercase() } else { old.to_ascii_lowercase() };
        let another = [b'0' + u8::try_from(at / 5 % 10).unwrap(), b' ', b'\n', 0xe9, b'x'][at % 5];
        let turned = if old == b'+' { b'-' } else { b'+' };
        for new in [other_case, turned, another].into_iter().filter(|new| *new != old) {
            file[at] = new;
            let found = !check(&file).findings.is_empty();
            let expected = !is_blind(kind, at % LENGTH, old, new);
            assert_eq!(found, expected, "record {} position {}", at / LENGTH + 1, at % LENGTH + 1);
            blind += usize::from(!found);
        }
        file[at] = old;
    }
    assert!((1..200).contains(&blind), "{blind}");
}

/// Numbers the records from 1 and makes their check digits anew.
fn renumbered(mut file: Vec<u8>) -> Vec<u8> {
    for (number, record) in (1..).zip(1..=file.len() / LENGTH) {
        super::record::renumber(record_mut(&mut file, record), number, None);
    }
    file
}

/// BIL-05: two hundred files, each broken in another way, are each reported. The check digits of the record are right
/// again where the fault is in its contents.
#[test]
fn two_hundred_broken_files_are_reported() {
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % u64::try_from(below).unwrap()).unwrap()
    };
    let whole = sample();
    let records = whole.len() / LENGTH;
    for number in 0..200 {
        let mut file = whole.clone();
        let (record, at) = (random(records) + 1, random(LENGTH));
        let start = (record - 1) * LENGTH;
        match number % 10 {
            0 => drop(file.remove(start + at)),
            1 => file.insert(start + at, b'0'),
            2 => drop(file.drain(start..start + LENGTH)),
            3 => {
                let twice = file[start..start + LENGTH].to_vec();
                file.splice(start..start, twice);
            }
            4 => file.truncate(start + at),
            5 => file[start..].rotate_left(LENGTH.min(whole.len() - start - 1).max(1)),
            6 => {
                // An amount that no longer agrees.
                let bytes = record_mut(&mut file, [3, 4, 6, 7, 9, 10, 12, 13, 14][random(9)]);
                let digit = 89 + random(10);
                bytes[digit] = if bytes[digit] == b'9' { b'8' } else { bytes[digit] + 1 };
                reseal(bytes);
            }
            7 => {
                // A number with check digits of its own, or one that stands in two records.
                let (record, position) =
                    [(2, 48), (3, 72), (5, 60), (9, 334), (9, 225), (11, 86), (14, 34), (8, 126)][random(8)];
                let bytes = record_mut(&mut file, record);
                bytes[position - 1] = b'0' + (bytes[position - 1] - b'0' + 1 + u8::try_from(random(8)).unwrap()) % 10;
                reseal(bytes);
            }
            8 => file[start + at] = [0xe9, 0, 0x7f, b'\t', 0xff][random(5)],
            _ => {
                let bytes = record_mut(&mut file, record);
                bytes[random(2)] = b'7';
                reseal(bytes);
            }
        }
        assert!(!check(&file).findings.is_empty(), "file {number}, record {record}, position {at}");
    }
}
