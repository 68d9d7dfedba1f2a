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

use super::answer::keep;
use crate::{
    billing::refusal_code::RefusalCode,
    refusal::{Fault, Reason},
    rule::RuleId,
};

/// A line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entered {
    /// Its line in the table, from 1: the names of the columns are the first.
    pub line: u64,
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
pub fn read(text: &str) -> Result<Vec<Entered>, Vec<Fault>> {
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
        let fault = Fault::new(row(line, ""), Reason::WrongColumns, RuleId::Bil05);
        return Err(vec![fault.with("columns", COLUMNS.join(";"))]);
    };
    let (mut entered, mut faults, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    for (line, text) in lines {
        match entry(line, &cells(text, separator), separator) {
            Ok(one) if !seen.insert((one.sending, one.record)) => {
                keep(&mut faults, Fault::new(row(line, "record"), Reason::Repeated, RuleId::Bil05));
            }
            Ok(one) => entered.push(one),
            Err(found) => found.into_iter().for_each(|fault| keep(&mut faults, fault)),
        }
    }
    if faults.is_empty() { Ok(entered) } else { Err(faults) }
}

/// A cell of the table, as faults name it; a line without column.
#[must_use]
pub fn row(line: u64, column: &str) -> String {
    if column.is_empty() { format!("row[{line}]") } else { format!("row[{line}].{column}") }
}

fn entry(line: u64, cells: &[String], separator: char) -> Result<Entered, Vec<Fault>> {
    let fault = |column, reason| Fault::new(row(line, column), reason, RuleId::Bil05);
    let [sending, record, code, amount] = cells else {
        return Err(vec![fault("", Reason::ColumnCount).with("columns", COLUMNS.len())]);
    };
    let number = |text: &str, from: u32, to: u32| -> Option<u32> {
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        text.parse().ok().filter(|number| digits && (from..=to).contains(number))
    };
    let read_sending = number(sending, 1, 999);
    let read_record = number(record, 0, 999_999);
    let read_code = RefusalCode::parse(code).ok();
    let cents = cents(amount, separator);
    let mut faults = Vec::new();
    if read_sending.is_none() {
        faults.push(fault("sending", Reason::OutOfRange).with("min", 1).with("max", 999));
    }
    if read_record.is_none() {
        faults.push(fault("record", Reason::OutOfRange).with("min", 0).with("max", 999_999));
    }
    if read_code.is_none() && !code.is_empty() {
        faults.push(fault("code", Reason::NotARefusalCode));
    }
    if cents.is_none() && !amount.is_empty() {
        faults.push(fault("amount", Reason::NotAnAmount));
    }
    if code.is_empty() && amount.is_empty() {
        faults.push(fault("", Reason::AtLeastOneOf).with("fields", "code, amount"));
    }
    match (read_sending.and_then(|sending| u16::try_from(sending).ok()), read_record) {
        (Some(sending), Some(record)) if faults.is_empty() => {
            Ok(Entered { line, sending, record, code: read_code, cents })
        }
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

    fn told(result: Result<Vec<Entered>, Vec<Fault>>) -> Vec<String> {
        let faults = result.err().unwrap_or_default();
        faults.iter().map(|one| format!("{} {}", one.field, one.reason.code())).collect()
    }

    /// BIL-05: sending number, record, code and amount are read, however the columns are parted.
    #[rstest]
    #[case("sending;record;code;amount\n17;3;;309.00\n17;6;300645;\n17;0;3004B0;-1,05\n")]
    #[case("\u{feff}Sending,Record,Code,Amount\r\n17,3,,309.00\r\n017,000006,300645,\r\n\r\n17,0,3004B0,-1.05")]
    #[case("\"sending\"\t\"record\"\tcode\tamount\n17\t\"3\"\t\t\"309,00\"\n17\t6\t300645\t\n17\t0\t3004B0\t-1.05\n")]
    fn a_table_is_read(#[case] text: &str) {
        let expected = [(17, 3, "", Some(30_900)), (17, 6, "300645", None), (17, 0, "3004B0", Some(-105))];
        let read = read(text).unwrap();
        let read =
            read.iter().map(|one| (one.sending, one.record, one.code.as_ref().map_or("", |c| c.as_str()), one.cents));
        assert_eq!(read.collect::<Vec<_>>(), expected);
    }

    /// BIL-05: every fault is named with its line and column.
    #[rstest]
    #[case("", &["row[1] wrongColumns"])]
    #[case("17;3;;309.00", &["row[1] wrongColumns"])]
    #[case("sending;record;amount;code\n", &["row[1] wrongColumns"])]
    #[case(
        "sending;record;code;amount\n0;1000000;30064;309\n",
        &["row[2].sending outOfRange", "row[2].record outOfRange", "row[2].code notARefusalCode", "row[2].amount notAnAmount"]
    )]
    #[case("sending;record;code;amount\n17;3\n\n17;4;;\n", &["row[2] columnCount", "row[4] atLeastOneOf"])]
    #[case("sending;record;code;amount\n17;3;;1.00\n17;+3;;1.00\n17;3;300645;\n", &["row[3].record outOfRange", "row[4].record repeated"])]
    #[case("sending,record,code,amount\n17,3,,309,00\n", &["row[2] columnCount"])]
    #[case(
        "sending;record;code;amount\n17;3;;1234567890.00\n17;4;;.50\n17;5;;1é0\n",
        &["row[2].amount notAnAmount", "row[3].amount notAnAmount", "row[4].amount notAnAmount"]
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
