use rstest::rstest;

use super::*;
use crate::{billing::file::digits::Twelve, parties::beneficiary::NationalNumber, span::tests::day};

pub(crate) fn settings() -> Settings {
    Settings::inferred(day("2026-01-01"))
}

pub(crate) fn header() -> Header {
    Header {
        sending: 17,
        month: Month { year: 2026, month: 4 },
        third_party: Twelve::hospital("71000436".parse().unwrap()),
        accreditation: None,
        enterprise: "0406798006".parse().unwrap(),
        iban: crate::billing::file::digits::Iban::parse("BE68539007547034").unwrap(),
        bic: "KREDBEBB".to_owned(),
        created: day("2026-05-04"),
        reference: "APRIL 2026".to_owned(),
    }
}

/// A line of pump days at 10.30 each. The code passes the check of nomenclature codes; the real one is not public.
pub(crate) fn days(first: &str, last: &str) -> Days {
    let (first, last) = (day(first), day(last));
    let units = u16::try_from((last - first).num_days() + 1).unwrap();
    Days { first, last, units, cents: u64::from(units) * 1030, code: "773592".parse().unwrap() }
}

/// B-01: P1 in April 2026, with 319.
pub(crate) fn block(number: u64) -> Block {
    Block {
        destination: "300".parse().unwrap(),
        mutuality: "319".parse().unwrap(),
        beneficiary: Named::National(NationalNumber::parse("85073003328").unwrap()),
        sex: Some(Sex::Male),
        entitlement: ("110".parse().unwrap(), "110".parse().unwrap()),
        number,
        establishment: Twelve::hospital("71000436".parse().unwrap()),
        dated: day("2026-05-04"),
        interrupted: false,
        reference: "REF1".to_owned(),
        site: 0,
        billing: Billing::First,
        lines: Lines::Pump {
            agreement: day("2026-03-20"),
            convention: Twelve::convention("7.86.501.72".parse().unwrap()),
            days: vec![days("2026-04-01", "2026-04-30")],
        },
    }
}

pub(crate) fn device() -> Device {
    Device {
        code: "174370".parse().unwrap(),
        day: day("2026-04-15"),
        cents: 100_000,
        units: 1,
        performer: Twelve::person("10000106690".parse().unwrap()),
        prescribed: Some((Twelve::person("10000106690".parse().unwrap()), day("2026-04-01"))),
        registration: "20240000004241".parse().ok(),
        implant_code: Some(123_456_789_095),
        label: "Capteur Éversense, implantable, cent quatre-vingts jours".to_owned(),
        limb: 1,
    }
}

pub(crate) fn devices(number: u64) -> Block {
    Block { lines: Lines::Devices(vec![device()]), ..block(number) }
}

pub(crate) fn credit(number: u64) -> Block {
    let month = Month { year: 2026, month: 3 };
    let earlier = Earlier { invoice: 41, sending: 16, month, mutuality: "319".parse().unwrap() };
    Block { billing: Billing::Credit(earlier), ..block(number) }
}

pub(crate) fn to(destination: &str, block: Block) -> Block {
    Block { destination: destination.parse().unwrap(), mutuality: destination.parse().unwrap(), ..block }
}

/// The file of these invoices, without separators.
pub(crate) fn file(blocks: &[Block]) -> Vec<u8> {
    let (settings, header, mut bytes) = (settings(), header(), Vec::new());
    let mut sink = |record: &[u8; LENGTH]| bytes.extend_from_slice(record);
    let mut writer = Writer::begin(&settings, &header, &mut sink).unwrap();
    for block in blocks {
        writer.add(write_block(&settings, block).unwrap(), &mut sink).unwrap();
    }
    writer.end(&mut sink).unwrap();
    bytes
}

/// The zones of the n-th record (from 1), as text.
fn zones(file: &[u8], record: usize, zones: &[u8]) -> Vec<String> {
    let record: &[u8; LENGTH] = file[(record - 1) * LENGTH..record * LENGTH].try_into().unwrap();
    let text = |zone: &u8| String::from_utf8(crate::billing::file::record::View(record).zone(*zone).to_vec()).unwrap();
    zones.iter().map(text).collect()
}

/// B-01, BIL-04, BIL-05: the zones of a plain month, of which the beneficiary pays nothing; all sums agree.
#[test]
fn b01_a_plain_month() {
    let file = file(&[block(42)]);
    assert_eq!(file.len(), 5 * LENGTH);
    let line = zones(&file, 3, &[1, 2, 4, 5, 6, 7, 8, 9, 15, 19, 22, 24, 27, 30, 47]);
    assert_eq!(
        line,
        [
            "30",
            "000003",
            "0773592",
            "20260401",
            "20260430",
            "319",
            "0085073003328",
            "1",
            "078650172000",
            "+00000030900",
            "+0030",
            "+00000000000",
            "+000000000",
            "+000000000",
            "20260320"
        ]
    );
    let head = zones(&file, 2, &[1, 10, 11, 14, 15, 18, 20, 24, 27, 29, 32, 34, 37, 41, 47]);
    assert_eq!(
        head,
        [
            "20",
            "6",
            "0",
            "071000436000",
            "078650172000",
            "300",
            "20260320",
            "000000000042",
            "0000110110",
            "000000000000",
            "1",
            "000",
            "000",
            "000000",
            "20260504"
        ]
    );
    // 773592 mod 97 = 17.
    assert_eq!(zones(&file, 4, &[1, 15, 19, 24, 98]), ["80", "+00000000000", "+00000030900", "000000000042", "17"]);
    assert_eq!(zones(&file, 5, &[1, 2, 7, 15, 19, 98]), ["90", "000005", "017", "+00000000000", "+00000030900", "17"]);
    let first = zones(&file, 1, &[2, 3, 4, 7, 13, 14, 22, 23, 25, 27]);
    let expected = ["000001", "1", "9991999", "017", "000", "071000436000", "02026", "04", "20260504", "0406798006"];
    assert_eq!(first, expected);
}

/// TRA-02, BIL-10: a sensor is a record 50 with its code, in an invoice without agreement and without place of stay.
#[test]
fn a_sensor_carries_its_code() {
    let file = file(&[devices(43)]);
    assert_eq!(zones(&file, 2, &[10, 15, 20]), ["3", "000000000000", "00000000"]);
    let line = zones(&file, 3, &[4, 5, 6, 15, 19, 20, 22, 24, 34, 43, 44, 57]);
    assert_eq!(
        line,
        [
            "0174370",
            "20260415",
            "20260415",
            "010000106690",
            "+00000100000",
            "20260401",
            "+0001",
            "010000106690",
            "1",
            "123456789095",
            "Capteur Eversense, implantable",
            "20240000004241"
        ]
    );
}

/// B-17, BIL-05: every amount and number of units of a credit is negative, zeros included, and it names what it
/// credits.
#[test]
fn b17_a_credit_is_negative_throughout() {
    let file = file(&[credit(44)]);
    let line = zones(&file, 3, &[19, 22, 24, 27, 30]);
    assert_eq!(line, ["-00000030900", "-0030", "-00000000000", "-000000000", "-000000000"]);
    assert_eq!(zones(&file, 2, &[11, 29, 34, 37, 41]), ["3", "000000000041", "016", "319", "202603"]);
    assert_eq!(zones(&file, 4, &[15, 19, 27, 30]), ["-00000000000", "-00000030900", "-000000000", "-000000000"]);
    assert_eq!(zones(&file, 5, &[15, 19]), ["+00000000000", "-00000030900"]);
}

/// B-21, BEN-02: without national number zone 8 holds the insurer's own number and flag 32 is 0 in records 20 and 80.
#[rstest]
#[case("4711", Some("0000000004711"))]
#[case("1234567890123", Some("1234567890123"))]
#[case("12345678901234", None)]
#[case("A-77", None)]
#[case("", None)]
fn b21_the_insurers_own_number(#[case] own: &str, #[case] zone: Option<&str>) {
    let block = Block { beneficiary: Named::Own(own.to_owned()), ..block(45) };
    let Some(zone) = zone else {
        assert_eq!(write_block(&settings(), &block).err(), Some(Unwritable::OwnNumber));
        return;
    };
    let file = file(&[block]);
    assert_eq!(zones(&file, 2, &[8, 32]), [zone, "0"]);
    assert_eq!(zones(&file, 3, &[8]), [zone]);
    assert_eq!(zones(&file, 4, &[8, 32]), [zone, "0"]);
}

/// BIL-05: members of unions without mutualities have 000 in zone 7 of every record.
#[rstest]
#[case("200", "000")]
#[case("501", "000")]
#[case("100", "100")]
#[case("400", "400")]
fn some_unions_have_no_mutuality(#[case] insurer: &str, #[case] zone: &str) {
    let file = file(&[to(insurer, block(46))]);
    let found: Vec<_> = (2..=4).flat_map(|record| zones(&file, record, &[7])).collect();
    assert_eq!(found, [zone; 3]);
}

/// B-22, BIL-05: invoices ascend by destination; one that does not is refused and leaves nothing behind.
#[test]
fn b22_invoices_ascend_by_destination() {
    let (settings, header) = (settings(), header());
    let mut count = 0;
    let mut sink = |_: &[u8; LENGTH]| count += 1;
    let mut writer = Writer::begin(&settings, &header, &mut sink).unwrap();
    for (destination, expected) in
        [("300", Ok(())), ("300", Ok(())), ("500", Ok(())), ("400", Err(Unwritable::NotAscending))]
    {
        let block = write_block(&settings, &to(destination, block(1))).unwrap();
        assert_eq!(writer.add(block, &mut sink), expected);
    }
    assert_eq!(writer.end(&mut sink).map(|totals| totals.a), Ok(3 * 30_900));
    assert_eq!(count, 1 + 3 * 3 + 1);
}

/// B-22: a file that would pass 999 999 records is split at an invoice: the last one that fits leaves room for the
/// footer.
#[rstest]
#[case(4, 2, b"999999")]
#[case(3, 1, b"999997")]
fn b22_a_full_file_is_split_at_an_invoice(#[case] left: u32, #[case] fitting: usize, #[case] last_number: &[u8]) {
    let (settings, header) = (settings(), header());
    let mut last = Vec::new();
    let mut sink = |record: &[u8; LENGTH]| last = record[2..8].to_vec();
    let mut writer = Writer::begin(&settings, &header, &mut sink).unwrap();
    writer.written = MOST_RECORDS - left - 3;
    let block = write_block(&settings, &block(1)).unwrap();
    let added: Vec<_> = (0..3).map(|_| writer.add(block.clone(), &mut sink)).collect();
    assert_eq!(added.iter().filter(|one| one.is_ok()).count(), fitting);
    assert!(added[fitting..].iter().all(|one| *one == Err(Unwritable::Full)));
    writer.end(&mut sink).unwrap();
    assert_eq!(last, last_number);
}

/// BIL-05: whose number stands for the place of care and of stay is configured.
#[rstest]
#[case(Place::Establishment, "071000436000")]
#[case(Place::Convention, "078650172000")]
fn the_place_is_configured(#[case] place: Place, #[case] number: &str) {
    let mut settings = settings();
    (settings.pump_stay.value, settings.pump_place.value) = (place, place);
    let records = write_block(&settings, &block(1)).unwrap().records;
    let zone = |record: usize, zone| String::from_utf8(records[record].view().zone(zone).to_vec()).unwrap();
    assert_eq!([zone(0, 15), zone(1, 14)], [number; 2]);
    assert_eq!([zone(0, 14), zone(1, 15)], ["071000436000", "078650172000"]);
}

/// BIL-05 (201412): a file holds the invoices of its third party only.
#[test]
fn a_file_is_of_one_third_party() {
    let (settings, header) = (settings(), header());
    let mut writer = Writer::begin(&settings, &header, &mut |_| {}).unwrap();
    let other = Block { establishment: Twelve::hospital("71032209".parse().unwrap()), ..block(1) };
    let added = writer.add(write_block(&settings, &other).unwrap(), &mut |_| {});
    assert_eq!(added, Err(Unwritable::OtherThirdParty));
}

/// BIL-05: zone 98 sums the codes of those records that the configuration names.
#[rstest]
#[case(&[30, 50], 773_592 % 97)]
#[case(&[50], 97)]
fn the_control_number_is_configured(#[case] of: &[u8], #[case] control: u64) {
    let mut settings = settings();
    settings.control_of.value = of.to_vec();
    let block = write_block(&settings, &block(1)).unwrap();
    assert_eq!(block.records[2].view().number(98), Some(control));
}

/// BIL-05, BIL-10: an invoice that the insurers would refuse for its form is not written.
#[rstest]
#[case(Block { lines: Lines::Devices(vec![]), ..block(1) }, Unwritable::NoLine)]
#[case(
    Block { lines: Lines::Devices(vec![Device { implant_code: Some(1), ..device() }]), ..block(1) },
    Unwritable::ImplantCode
)]
#[case(
    Block { reference: "x".repeat(26), ..block(1) },
    Unwritable::DoesNotFit(DoesNotFit { kind: RecordType::InvoiceHeader, zone: 28 })
)]
#[case(
    block(1_000_000_000_000),
    Unwritable::DoesNotFit(DoesNotFit { kind: RecordType::InvoiceHeader, zone: 24 })
)]
fn what_cannot_be_written_is_refused(#[case] block: Block, #[case] reason: Unwritable) {
    assert_eq!(write_block(&settings(), &block).err(), Some(reason));
}

/// BIL-10 (302240): the units of a line are its days.
#[rstest]
#[case(29)]
#[case(31)]
fn units_are_days(#[case] units: u16) {
    let mut block = block(1);
    if let Lines::Pump { days, .. } = &mut block.lines {
        days[0].units = units;
    }
    assert_eq!(write_block(&settings(), &block).err(), Some(Unwritable::Units));
}
