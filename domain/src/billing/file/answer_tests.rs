use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::billing::file::check::tests::sample;

pub(crate) fn header(message: &str, length: usize) -> Vec<u8> {
    let mut bytes = vec![b'0'; length];
    bytes[..6].copy_from_slice(message.as_bytes());
    bytes[67..73].copy_from_slice(b"202604");
    bytes[75..78].copy_from_slice(b"017");
    if length > 227 {
        bytes[207..212].copy_from_slice(b"00125");
    }
    bytes
}

/// A record of the sample file, come back with these refusals.
pub(crate) fn back(record: usize, refusals: &[&str], comment: &str) -> Vec<u8> {
    let mut bytes = sample()[(record - 1) * LENGTH..record * LENGTH].to_vec();
    bytes.extend_from_slice(b"01720260504202604319");
    bytes.resize(456, b'0');
    let codes = [refusals.concat(), "0000000".repeat(3 - refusals.len())].concat();
    bytes.extend_from_slice(codes.as_bytes());
    bytes.resize(521, b'0');
    bytes.extend_from_slice(b"+00000000000");
    bytes.extend(comment.chars().map(|c| c as u8));
    bytes.resize(733, b' ');
    bytes.resize(794, b'0');
    bytes.extend_from_slice(format!("{record:06}").as_bytes());
    bytes
}

pub(crate) fn sum(kind: &str, asked: &str, accepted: &str, refused: &str) -> Vec<u8> {
    let mut bytes = vec![b'0'; 163];
    bytes[..2].copy_from_slice(kind.as_bytes());
    bytes[4..7].copy_from_slice(b"319");
    for (at, amount) in [(51, asked), (135, accepted), (149, refused)] {
        bytes[at..at + 12].copy_from_slice(amount.as_bytes());
    }
    bytes.extend_from_slice(b"PAY-2026-0417         ");
    bytes.resize(ANSWER, b' ');
    bytes
}

fn read(bytes: &[u8], chunk: usize) -> (Vec<Answer>, Vec<String>) {
    let (mut reader, mut answers) = (AnswerReader::default(), Vec::new());
    let mut on = |answer| answers.push(answer);
    bytes.chunks(chunk.max(1)).for_each(|piece| reader.feed(piece, &mut on));
    let faults = reader.finish(&mut on).err().unwrap_or_default();
    let told = |one: &Fault| {
        let params: String = one.params.iter().map(|(_, value)| format!(" {value}")).collect();
        format!("{} {}{params}", one.field, one.reason.code())
    };
    let faults = faults.iter().map(told).collect();
    (answers, faults)
}

fn settlement() -> Vec<Vec<u8>> {
    vec![
        header("920900", 677),
        back(1, &[], ""),
        back(3, &["R300645"], "Hospitalisé du 4 au 8 mai"),
        back(4, &["F200140", "S302740", "E300524"], ""),
        sum("91", "+00000090640", "+00000058710", "+00000031930"),
        sum("92", "+00000090640", "-00000058710", "+00000031930"),
    ]
}

/// BIL-05: a settlement is read whether its records are parted by line breaks or not, however it is cut.
#[rstest]
fn a_settlement_is_read(#[values("", "\n", "\r\n")] separator: &str, #[values(1, 799, 100_000)] chunk: usize) {
    let (answers, faults) = read(&settlement().join(separator.as_bytes()), chunk);
    assert_eq!(faults, [""; 0]);
    let header = AnswerHeader {
        message: Message::Settlement,
        month: Some(202_604),
        sending: Some(17),
        error_percentage: Some(125),
    };
    assert_eq!(answers[0], Answer::Header(header));
    let (first, last) = (NaiveDate::from_ymd_opt(2026, 4, 1), NaiveDate::from_ymd_opt(2026, 4, 30));
    let line = Answered {
        line: 3,
        record_type: RecordType::Days,
        told: Told::Days(first, last, Some(30_900)),
        number: 3,
        sending: 17,
        insurer: Some(319),
        refusals: vec![Refusal { letter: 'R', code: RefusalCode::parse("300645").unwrap() }],
        result: "+00000000000".to_owned(),
        comment: "Hospitalisé du 4 au 8 mai".to_owned(),
    };
    assert_eq!(answers[2], Answer::Record(line));
    let Answer::Record(footer) = &answers[3] else { panic!("{:?}", answers[3]) };
    assert_eq!(footer.refusals.iter().map(|one| one.letter).collect::<String>(), "FSE");
    let insurer = Settlement {
        insurer: Some(319),
        asked: 90_640,
        accepted: 58_710,
        refused: 31_930,
        reference: "PAY-2026-0417".to_owned(),
    };
    let all = Settlement { insurer: None, accepted: -58_710, reference: String::new(), ..insurer.clone() };
    assert_eq!(answers[4..], [Answer::Settlement(insurer), Answer::Settlement(all)]);
}

/// BIL-05: the type of the message tells receipt, treatment, refusal and settlement, whatever the header's length.
#[rstest]
#[case("931000", 227, Message::Receipt, None)]
#[case("931000", 800, Message::Receipt, None)]
#[case("920098", 677, Message::Accepted, Some(17))]
#[case("920099", 677, Message::Refused, Some(17))]
#[case("920999", 227, Message::Refused, Some(17))]
#[case("920900", 800, Message::Settlement, Some(17))]
fn a_message_has_a_type(
    #[case] kind: &str,
    #[case] length: usize,
    #[case] message: Message,
    #[case] sending: Option<u16>,
) {
    for rest in [vec![], back(3, &[], "")] {
        let (answers, faults) = read(&[header(kind, length), rest.clone()].concat(), 100);
        let Some(Answer::Header(header)) = answers.first() else { panic!("{faults:?}") };
        assert_eq!((header.message, header.sending), (message, sending));
        assert_eq!((answers.len(), faults.len()), (1 + usize::from(!rest.is_empty()), 0));
    }
}

/// BIL-05: all that is unreadable is named with its record and position.
#[test]
fn every_fault_has_its_record() {
    let mut records = settlement();
    records[1][..2].copy_from_slice(b"77");
    records[2][5] = b'x';
    records[3][456] = b'X';
    records[4][140] = b' ';
    records[5].pop();
    let (answers, faults) = read(&records.join(b"\n".as_slice()), 1000);
    assert_eq!(answers.len(), 1);
    let expected = [
        "record[2] unreadableRecord 1",
        "record[3] unreadableRecord 3",
        "record[4] unreadableRecord 457",
        "record[5] unreadableRecord 136",
        "record[6] recordLength 800",
    ];
    assert_eq!(faults, expected);
}

/// BIL-05: what is no answer is refused, an invoice file among it.
#[rstest]
#[case(b"")]
#[case(b"920900")]
#[case(b"hello")]
fn what_is_no_answer_is_refused(#[case] bytes: &[u8]) {
    assert_eq!(read(bytes, 100).1, ["record[1] notAnAnswer"]);
    assert_eq!(read(&sample(), 100).1[0], "record[1] notAnAnswer");
}

proptest! {
    /// BIL-05: no bytes make the reader fail otherwise, and how they are cut changes nothing.
    #[test]
    fn any_bytes_are_read_or_refused(
        at in 0_usize..5000,
        bytes in prop::collection::vec(any::<u8>(), 0..40),
        by in 1_usize..900,
    ) {
        let mut answer = settlement().concat();
        let end = (at + bytes.len()).min(answer.len());
        let start = at.min(end);
        answer.splice(start..end, bytes);
        prop_assert_eq!(read(&answer, by), read(&answer, usize::MAX));
    }
}
