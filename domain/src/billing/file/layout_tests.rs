use rstest::rstest;

use super::*;

/// BIL-05: the zones of every layout that is public, one a line, as the source lists them.
fn as_listed() -> String {
    let public = RecordType::ALL.into_iter().filter(|one| !matches!(one.number(), 25 | 40));
    public.flat_map(|one| one.zones().iter().map(move |zone| (one, zone))).fold(String::new(), |text, (one, zone)| {
        let letter = match zone.kind {
            // The label of zones 30-31 says sign and amount, their type in record 30 says number (303005 wants a sign).
            Kind::Signed if (one, zone.number) == (RecordType::Days, 30) => "N",
            Kind::Number => "N",
            Kind::Signed | Kind::Text => "A",
            Kind::Open => return text,
        };
        format!("{text}{} {} {}-{} {letter}\n", one.number(), zone.number, zone.from, zone.to)
    })
}

/// BIL-05: the table is that of the source: its FNV-1a hash was computed from the published list.
#[test]
fn the_zones_are_those_of_the_source() {
    let listed = as_listed();
    let hash = listed
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    assert_eq!((listed.lines().count(), hash), (204, 0xbb81_617b_78bf_a511), "{listed}");
}

/// BIL-05: the grid has 350 positions, and the zones of a record follow one another without overlap.
#[test]
fn zones_and_reserves_fill_350_positions() {
    assert_eq!(GRID.iter().map(|(_, length)| usize::from(*length)).sum::<usize>(), LENGTH);
    for one in RecordType::ALL {
        let zones = one.zones();
        let ends = zones.windows(2).all(|pair| pair[0].to < pair[1].from && pair[0].from <= pair[0].to);
        assert!(ends, "{one:?}");
        assert_eq!((zones[0].from, zones[zones.len() - 1].to), (1, 350), "{one:?}");
    }
}

/// TRA-02, BIL-05: well-known zones lie where the source says.
#[rstest]
#[case(RecordType::Service, 57, 333, 346)]
#[case(RecordType::Service, 19, 88, 99)]
#[case(RecordType::Days, 22, 108, 112)]
#[case(RecordType::Days, 47, 262, 269)]
#[case(RecordType::InvoiceHeader, 32, 175, 175)]
#[case(RecordType::InvoiceFooter, 98, 347, 348)]
#[case(RecordType::FileHeader, 36, 179, 212)]
#[case(RecordType::FileFooter, 99, 349, 350)]
fn a_zone_is_found_by_its_number(#[case] kind: RecordType, #[case] number: u8, #[case] from: u16, #[case] to: u16) {
    assert_eq!(kind.zone(number).map(|zone| (zone.from, zone.to)), Some((from, to)));
}

/// BIL-05: ten types of record are known; what begins otherwise is none.
#[rstest]
#[case("10", Some(RecordType::FileHeader))]
#[case("520", Some(RecordType::Identity))]
#[case("95", None)]
#[case("1", None)]
#[case("", None)]
fn a_record_begins_with_its_type(#[case] text: &str, #[case] kind: Option<RecordType>) {
    assert_eq!(RecordType::of(text.as_bytes()), kind);
}
