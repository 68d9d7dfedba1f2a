//! Answers entered by hand or by another program (BIL-05): a table of four columns.
//!
//! ```text
//! sending;record;code;amount
//! 17;3;;309.00
//! 17;6;300645;
//! 17;0;900104;
//! ```
//!
//! One line per record of a file: its sending number, its number in the file, the refusal code or nothing, and the
//! amount that was accepted or nothing. Record 0 is the file as a whole. Columns are parted by semicolons, commas or
//! tabs; with semicolons or tabs amounts may have a decimal comma. Cells may stand in quotation marks.

use std::collections::HashSet;

use super::answer::{AnswerFault, AnswerFaultKind};
use crate::billing::refusal_code::RefusalCode;

/// A line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entered {
    /// The sending number, 1 to 999.
    pub sending: u16,
    /// The record's number in the file; 0 for the file as a whole.
    pub record: u32,
    /// Why it is refused; `None` when it is accepted.
    pub code: Option<RefusalCode>,
    /// What was accepted, in cents.
    pub cents: Option<i64>,
}

const COLUMNS: [&str; 4] = ["sending", "record", "code", "amount"];

/// Reads the table.
///
/// # Errors
/// Everything that is wrong with it, each with its line and column.
pub fn read(text: &str) -> Result<Vec<Entered>, Vec<AnswerFault>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    let head = lines.next();
    let separator = head.and_then(|(_, line)| line.chars().find(|c| matches!(c, ';' | ',' | '\t')));
    let cells = |line: &'_ str, separator| -> Vec<String> {
        line.split(separator).map(|cell| cell.trim().trim_matches('"').trim().to_owned()).collect()
    };
    let named = |separator: &char| head.is_some_and(|(_, line)| cells(&line.to_lowercase(), *separator) == COLUMNS);
    let Some(separator) = separator.filter(named) else {
        let line = head.map_or(1, |(line, _)| line);
        return Err(vec![AnswerFault { line, at: 0, kind: AnswerFaultKind::WrongHeader }]);
    };
    let (mut entered, mut faults, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    for (line, text) in lines {
        match entry(&cells(text, separator), separator) {
            Ok(one) if !seen.insert((one.sending, one.record)) => {
                faults.push(AnswerFault { line, at: 2, kind: AnswerFaultKind::Repeated });
            }
            Ok(one) => entered.push(one),
            Err(found) => faults.extend(found.into_iter().map(|(at, kind)| AnswerFault { line, at, kind })),
        }
    }
    if faults.is_empty() { Ok(entered) } else { Err(faults) }
}

fn entry(cells: &[String], separator: char) -> Result<Entered, Vec<(u16, AnswerFaultKind)>> {
    let [sending, record, code, amount] = cells else { return Err(vec![(0, AnswerFaultKind::ColumnCount)]) };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let sending = sending.parse().ok().filter(|number| digits(sending) && (1..=999).contains(number));
    let record = record.parse().ok().filter(|number| digits(record) && *number <= 999_999);
    let read_code = RefusalCode::parse(code).ok();
    let cents = cents(amount, separator);
    let mut faults = Vec::new();
    let mut expect = |fine: bool, column, kind| {
        if !fine {
            faults.push((column, kind));
        }
    };
    expect(sending.is_some(), 1, AnswerFaultKind::NotANumber);
    expect(record.is_some(), 2, AnswerFaultKind::NotANumber);
    expect(code.is_empty() || read_code.is_some(), 3, AnswerFaultKind::NotACode);
    expect(amount.is_empty() || cents.is_some(), 4, AnswerFaultKind::NotAnAmount);
    expect(!code.is_empty() || !amount.is_empty(), 0, AnswerFaultKind::Empty);
    match (sending, record) {
        (Some(sending), Some(record)) if faults.is_empty() => Ok(Entered { sending, record, code: read_code, cents }),
        _ => Err(faults),
    }
}

/// An amount with two decimals, with a point or, where commas do not part the columns, a comma; in cents.
fn cents(text: &str, separator: char) -> Option<i64> {
    let (sign, unsigned) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let point = unsigned.find(|c| c == '.' || (c == ',' && separator != ','))?;
    let (whole, cents) = (&unsigned[..point], &unsigned[point + 1..]);
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let form = digits(whole) && (1..=9).contains(&whole.len()) && digits(cents) && cents.len() == 2;
    form.then(|| format!("{whole}{cents}").parse::<i64>().ok()).flatten().map(|cents| sign * cents)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn told(result: Result<Vec<Entered>, Vec<AnswerFault>>) -> Vec<String> {
        result.err().unwrap_or_default().iter().map(|one| format!("{}:{} {}", one.line, one.at, one.kind)).collect()
    }

    /// BIL-05: sending number, record, code and amount are read, however the columns are parted.
    #[rstest]
    #[case("sending;record;code;amount\n17;3;;309.00\n17;6;300645;\n17;0;3004B0;-1,05\n")]
    #[case("\u{feff}Sending,Record,Code,Amount\r\n17,3,,309.00\r\n017,000006,300645,\r\n\r\n17,0,3004B0,-1.05")]
    #[case("\"sending\"\t\"record\"\tcode\tamount\n17\t\"3\"\t\t\"309,00\"\n17\t6\t300645\t\n17\t0\t3004B0\t-1.05\n")]
    fn a_table_is_read(#[case] text: &str) {
        let one =
            |record, code: &str, cents| Entered { sending: 17, record, code: RefusalCode::parse(code).ok(), cents };
        let expected = [one(3, "", Some(30_900)), one(6, "300645", None), one(0, "3004B0", Some(-105))];
        assert_eq!(read(text).unwrap(), expected);
    }

    /// BIL-05: every fault is named with its line and column.
    #[rstest]
    #[case("", &["1:0 wrongHeader"])]
    #[case("17;3;;309.00", &["1:0 wrongHeader"])]
    #[case("sending;record;amount;code\n", &["1:0 wrongHeader"])]
    #[case(
        "sending;record;code;amount\n0;1000000;30064;309\n",
        &["2:1 notANumber", "2:2 notANumber", "2:3 notACode", "2:4 notAnAmount"]
    )]
    #[case("sending;record;code;amount\n17;3\n\n17;4;;\n", &["2:0 columnCount", "4:0 empty"])]
    #[case("sending;record;code;amount\n17;3;;1.00\n17;+3;;1.00\n17;3;300645;\n", &["3:2 notANumber", "4:2 repeated"])]
    #[case("sending,record,code,amount\n17,3,,309,00\n", &["2:0 columnCount"])]
    #[case(
        "sending;record;code;amount\n17;3;;1234567890.00\n17;4;;.50\n17;5;;1é0\n",
        &["2:4 notAnAmount", "3:4 notAnAmount", "4:4 notAnAmount"]
    )]
    fn every_fault_has_its_line(#[case] text: &str, #[case] expected: &[&str]) {
        assert_eq!(told(read(text)), expected);
    }

    proptest! {
        /// BIL-05: no text makes the reader fail otherwise.
        #[test]
        fn any_text_is_read_or_refused(rest in "[0-9;,\"\n.é-]{0,60}", all in any::<String>()) {
            let _ = read(&format!("sending;record;code;amount\n{rest}"));
            let _ = read(&all);
        }
    }
}
