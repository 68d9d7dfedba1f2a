use rstest::rstest;

use super::*;

/// Record 52 as a public project tests it.
pub(crate) const IDENTITY_VECTOR: &str = "\
    52000003005670112026072920260729000008610313026211010300000000000000541234567895910212346     000000\
    0000000000000000001000000000000000000000000000000000000000000000000000000000000000000000000000000000\
    0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000\
    00000000000000000000000000000000000000000000000068";
/// Records 50, 30 and 80 of the reference, computed and cross-checked there; all data are fictitious.
pub(crate) const SERVICE_VECTOR: &str = "\
    500000030017437020240115202401153190085073003328100099007100043600001000010669010000000+000001000000\
    0000000+0001000000000000000+000000000REF1                     00+00000000000000000000000000000000000\
    000000000000000000000000000000                              0+00000000000000000000000000000000000000\
    00000000000000000000000000000000202400000042410079";
pub(crate) const DAYS_VECTOR: &str = "\
    300000030077359220240101202401313190085073003328100099007100043600007865017200000000000+000000316510\
    0000000+003100+000000000000+000000000REF1                     00+00000000000000000000000000000000000\
    0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000\
    00000000000000000000000000000000000000000000000083";
pub(crate) const FOOTER_VECTOR: &str = "\
    8000000400000000000000000000000031900850730033281300000071000436000+0000000000000000300+000001000002\
    024013100000000000000000010+000000000REF1                     00+00000000010000000+00000000000000000\
    0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000\
    00000000000000000000000000000000000000000000006185";

pub(crate) fn bytes(record: &str) -> [u8; LENGTH] {
    record.as_bytes().try_into().unwrap()
}

fn day(text: &str) -> Value<'static> {
    Value::Day(text.parse().ok())
}

/// TRA-02, BIL-05: zone by zone, the records of the reference come out to the byte, and read back.
#[test]
fn records_of_the_reference_are_written_and_read() {
    let amount = |cents| Value::Signed(Sign::Plus, cents);
    let service = [
        (4, Value::Number(174_370)),
        (5, day("2024-01-15")),
        (6, day("2024-01-15")),
        (7, Value::Digits("319")),
        (8, Value::Digits("85073003328")),
        (9, Value::Number(1)),
        (13, Value::Number(990)),
        (14, Value::Digits("071000436000")),
        (15, Value::Digits("010000106690")),
        (16, Value::Number(1)),
        (19, amount(100_000)),
        (22, amount(1)),
        (28, Value::Text("REF1")),
        (57, Value::Digits("20240000004241")),
    ];
    let service = Record::new(RecordType::Service, &[], &service).unwrap().numbered(3, None);
    assert_eq!(service.bytes(), &bytes(SERVICE_VECTOR));
    let days = [
        (4, Value::Number(773_592)),
        (5, day("2024-01-01")),
        (6, day("2024-01-31")),
        (7, Value::Digits("319")),
        (8, Value::Digits("85073003328")),
        (9, Value::Number(1)),
        (13, Value::Number(990)),
        (14, Value::Digits("071000436000")),
        (15, Value::Digits("078650172000")),
        (19, amount(31_651)),
        (22, amount(31)),
        (28, Value::Text("REF1")),
    ];
    let days = Record::new(RecordType::Days, &[], &days).unwrap().numbered(3, None);
    assert_eq!(days.bytes(), &bytes(DAYS_VECTOR));
    let view = days.view();
    assert_eq!(
        (view.number(2), view.number(4), view.amount(19), view.amount(22)),
        (Some(3), Some(773_592), Some(31_651), Some(31))
    );
    assert_eq!(
        (view.day(6), view.day(47), view.zone(28)),
        ("2024-01-31".parse().ok(), None, b"REF1                     ".as_slice())
    );
}

/// BIL-05: what is too long, of another kind or in no zone is refused, never cut.
#[rstest]
#[case(4, Value::Number(10_000_000))]
#[case(4, Value::Digits("1 2"))]
#[case(4, Value::Text("x"))]
#[case(19, Value::Number(1))]
#[case(19, Value::Signed(Sign::Plus, 100_000_000_000))]
#[case(28, Value::Text("abcdefghijklmnopqrstuvwxyz"))]
#[case(12, Value::Number(1))]
fn what_does_not_fit_is_refused(#[case] zone: u8, #[case] value: Value<'_>) {
    let record = Record::new(RecordType::Days, &[], &[(zone, value)]);
    assert_eq!(record.err(), Some(DoesNotFit { kind: RecordType::Days, zone }));
}

/// BIL-05: text loses its accents and keeps its case; a zone of text can be filled otherwise where configured.
#[rstest]
#[case("Élodie Müller-Çelik", "Elodie Muller-Celik")]
#[case("cœur Straße Łódź", "coeur Strasse Lodz")]
#[case("l’hôpital – 7", "l'hopital - 7")]
#[case("日本", "??")]
fn text_is_ascii(#[case] text: &str, #[case] plain: &str) {
    assert_eq!(ascii(text), plain);
}

/// BIL-05: unused zones of text hold blanks, or what the configuration says.
#[test]
fn the_fill_of_unused_text_is_configured() {
    let fill = Fill { kind: RecordType::Service, zone: 44, with: b'0' };
    let [usual, other] = [&[][..], &[fill]].map(|fills| Record::new(RecordType::Service, fills, &[]).unwrap());
    assert_eq!((usual.view().zone(44), other.view().zone(44)), (&[b' '; 30][..], &[b'0'; 30][..]));
    assert_eq!(usual.view().zone(28), other.view().zone(28));
}
