use rstest::rstest;

use super::*;
use crate::{
    billing::file::{
        answer::{
            AnswerReader,
            tests::{back, header, sum},
        },
        answer_csv::read,
    },
    span::tests::day,
};

/// Two of the invoices of the sample file: 42 in records 2 to 4, its credit 43 in records 5 to 7.
fn sent() -> SentFile {
    let invoice = |record, number, cents| SentInvoice {
        record,
        number,
        insurer: "319".parse().unwrap(),
        lines: vec![SentLine {
            id: Uuid::from_u128(number.into()),
            from: day("2026-04-01"),
            to: day("2026-04-30"),
            cents,
        }],
    };
    SentFile {
        sending: 17,
        month: day("2026-04-01"),
        establishment: Twelve::hospital("71000436".parse().unwrap()),
        invoices: vec![invoice(2, 42, 30_900), invoice(5, 43, -30_900)],
        within_another: true,
    }
}

/// What is heard, in words: whether the whole file is refused, and each line with its codes, reference and place.
fn told(heard: Result<Heard, Vec<Fault>>) -> Vec<String> {
    let line = |line: &LineAnswer| {
        let codes: Vec<_> = line.codes.iter().map(RefusalCode::as_str).collect();
        let reference = line.reference.as_deref().unwrap_or("-");
        format!("{} [{}] {reference} {}", line.line.as_u128(), codes.join(" "), line.place)
    };
    match heard {
        Ok(heard) => {
            let whole = heard.whole_file_refused.then(|| "whole".to_owned());
            whole.into_iter().chain(heard.lines.iter().map(line)).collect()
        }
        Err(faults) => faults.iter().map(|fault| format!("{}: {}", fault.field, fault.reason.code())).collect(),
    }
}

fn hear(file: &SentFile, records: &[Vec<u8>]) -> Vec<String> {
    let (mut reader, mut hearing) = (AnswerReader::default(), Hearing::new(file));
    reader.feed(&records.concat(), &mut |answer| hearing.take(answer));
    reader.finish(&mut |answer| hearing.take(answer)).unwrap();
    told(hearing.finish())
}

/// BIL-05: what comes back of a line is brought to it, with the reference of its insurer's payment. B refuses the file,
/// F the invoice, R the record; S and E refuse nothing. The first and last record of an invoice speak for its lines.
#[rstest]
#[case(&[(3, ""), (6, "")], &["42 [] PAY-2026-0417 record[2]", "43 [] PAY-2026-0417 record[3]"])]
#[case(&[(3, "R300645")], &["42 [300645] PAY-2026-0417 record[2]"])]
#[case(&[(3, "S302740")], &["42 [] PAY-2026-0417 record[2]"])]
#[case(&[(3, "E302740")], &["42 [] PAY-2026-0417 record[2]"])]
#[case(&[(2, "R200810"), (3, "R300645"), (4, "")], &["42 [200810 300645] PAY-2026-0417 record[3]"])]
#[case(&[(4, "F800712")], &["42 [800712] PAY-2026-0417 record[2]"])]
#[case(&[(2, ""), (4, "")], &[])]
#[case(&[(3, "F300812"), (6, "")], &["42 [300812] PAY-2026-0417 record[2]", "43 [] PAY-2026-0417 record[3]"])]
#[case(&[(3, "B300110"), (6, "")], &["whole", "42 [300110] PAY-2026-0417 record[2]"])]
#[case(&[(1, "B100721"), (3, "")], &["whole"])]
#[case(&[(1, "S100721"), (8, "R200810")], &[])]
#[case(&[(3, ""), (8, "B200810")], &["whole"])]
fn what_is_said_is_brought_to_its_line(#[case] records: &[(usize, &str)], #[case] expected: &[&str]) {
    let one = |(record, code): &(usize, &str)| {
        let codes: Vec<_> = std::iter::once(*code).filter(|code| !code.is_empty()).collect();
        back(*record, &codes, "")
    };
    let last = sum("91", "+00000000000", "+00000000000", "+00000000000");
    let all = [vec![header("920900", 677)], records.iter().map(one).collect(), vec![last]].concat();
    assert_eq!(hear(&sent(), &all), expected);
}

/// BIL-05: F, said of one line, refuses every line of its invoice; R that line alone.
#[rstest]
#[case("F300812", &["42 [300812] - record[2]", "44 [300812] - record[2]"])]
#[case("R300645", &["42 [300645] - record[2]"])]
fn a_letter_says_how_far_a_refusal_goes(#[case] code: &str, #[case] expected: &[&str]) {
    let mut file = sent();
    let second = SentLine { id: Uuid::from_u128(44), ..file.invoices[0].lines[0] };
    file.invoices[0].lines.push(second);
    assert_eq!(hear(&file, &[header("920900", 677), back(3, &[code], "")]), expected);
}

/// BIL-05: a receipt says nothing of lines; a refusal of the file refuses it, and accepts none.
#[rstest]
#[case("931000", &[])]
#[case("920098", &[])]
#[case("920099", &["whole", "42 [300645] - record[2]"])]
fn a_message_says_what_it_is(#[case] message: &str, #[case] expected: &[&str]) {
    assert_eq!(hear(&sent(), &[header(message, 800), back(3, &["R300645"], ""), back(6, &[], "")]), expected);
}

/// BIL-05: what is about another file, another place or said twice is refused, all of it.
#[test]
fn what_is_of_another_file_is_refused() {
    let settled = |records: &[Vec<u8>]| [&[header("920900", 677)], records].concat();
    let mut other_sending = sent();
    other_sending.sending = 18;
    assert_eq!(hear(&other_sending, &settled(&[back(3, &[], "")])), ["record[1]: otherFile", "record[2]: otherFile"]);
    let mut other_month = sent();
    other_month.month = day("2026-05-01");
    assert_eq!(hear(&other_month, &settled(&[])), ["record[1]: otherFile"]);
    let mut other_hospital = sent();
    other_hospital.establishment = Twelve::hospital("71032209".parse().unwrap());
    assert_eq!(
        hear(&other_hospital, &settled(&[back(1, &[], ""), back(2, &[], ""), back(3, &[], "")])),
        ["record[2]: otherFile", "record[3]: notAsSent"]
    );
    for change in [
        |file: &mut SentFile| file.invoices[0].number = 41,
        |file: &mut SentFile| file.invoices[0].lines[0].cents = 30_901,
        |file: &mut SentFile| file.invoices[0].lines[0].from = day("2026-04-02"),
        |file: &mut SentFile| file.invoices[0].lines[0].to = day("2026-04-29"),
        |file: &mut SentFile| file.invoices[0].record = 1,
    ] {
        let mut file = sent();
        change(&mut file);
        let found = hear(&file, &settled(&[back(2, &[], ""), back(3, &[], "")]));
        assert!(!found.is_empty() && found.iter().all(|one| one.ends_with("notAsSent")), "{found:?}");
    }
    let mut elsewhere = sent();
    elsewhere.invoices.iter_mut().for_each(|invoice| invoice.record += 20);
    assert_eq!(
        hear(&elsewhere, &settled(&[back(2, &[], ""), back(3, &[], ""), back(8, &[], "")])),
        ["record[2]: notAsSent"]
    );
    assert_eq!(hear(&sent(), &settled(&[back(3, &[], ""), back(3, &[], "")])), ["record[3]: repeated"]);
    let alone = SentFile { within_another: false, ..sent() };
    assert_eq!(hear(&alone, &settled(&[back(8, &[], "")])), ["record[2]: notInFile"]);
}

/// BIL-05: rows of a table say the same by the number of the record. What is accepted is the amount that was asked.
#[rstest]
#[case("17;3;;309.00\n17;6;;-309,00", &["42 [] - row[2].record", "43 [] - row[3].record"])]
#[case("17;3;300645;", &["42 [300645] - row[2].record"])]
#[case("17;4;800712;", &["42 [800712] - row[2].record"])]
#[case("17;0;900104;\n17;3;300645;", &["whole", "42 [300645] - row[3].record"])]
#[case("17;8;200810;", &[])]
#[case("18;3;;309.00", &["row[2].sending: otherFile"])]
#[case("17;3;;308.99", &["row[2].amount: notAsSent"])]
#[case("17;2;;309.00", &["row[2].record: notAsSent"])]
fn rows_say_the_same(#[case] rows: &str, #[case] expected: &[&str]) {
    let (file, rows) = (sent(), read(&format!("sending;record;code;amount\n{rows}")).unwrap());
    let mut hearing = Hearing::new(&file);
    rows.iter().for_each(|row| hearing.enter(row));
    assert_eq!(told(hearing.finish()), expected);
}
