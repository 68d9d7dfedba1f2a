//! Tables as CSV (RFC 4180). No spreadsheet takes a cell for a formula.

/// One line of CSV (RFC 4180), line end included, without formulas.
pub fn line<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    parted(',', cells)
}

/// One line as a spreadsheet in Belgium opens it: cells are parted by semicolons, numbers have a decimal comma.
pub fn belgian<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    parted(';', cells)
}

fn parted<'a>(separator: char, cells: impl IntoIterator<Item = &'a str>) -> String {
    let mut line = String::new();
    for (at, cell) in cells.into_iter().enumerate() {
        if at > 0 {
            line.push(separator);
        }
        if separator == ';' && is_plain_number(cell) {
            line.push_str(&cell.replace('.', ","));
        } else {
            push_cell(&mut line, cell);
        }
    }
    line.push_str("\r\n");
    line
}

/// Prefixes an apostrophe to a cell that starts like a formula, unless it is a plain number, then quotes it where RFC
/// 4180 requires.
fn push_cell(line: &mut String, cell: &str) {
    let apostrophe = if is_formula(cell) { "'" } else { "" };
    let needs_quotes = cell.contains(['"', ',', ';', '\r', '\n']) || cell.starts_with(' ') || cell.ends_with(' ');
    if needs_quotes {
        line.push('"');
        line.push_str(apostrophe);
        line.push_str(&cell.replace('"', "\"\""));
        line.push('"');
    } else {
        line.push_str(apostrophe);
        line.push_str(cell);
    }
}

/// The characters that start a formula in spreadsheets, their full-width forms, and the whitespace they skip before
/// one.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

fn is_formula(cell: &str) -> bool {
    cell.starts_with(FORMULA) && !is_plain_number(cell)
}

/// Digits, with an optional minus and decimals.
fn is_plain_number(cell: &str) -> bool {
    let unsigned = cell.strip_prefix('-').unwrap_or(cell);
    let (whole, decimals) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    [whole, decimals].iter().all(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    /// TRA-03: a would-be formula becomes text; numbers stay numbers.
    #[rstest]
    #[case("=1+1", "'=1+1")]
    #[case("+32 2 555", "'+32 2 555")]
    #[case("+7", "'+7")]
    #[case("-cmd", "'-cmd")]
    #[case("-", "'-")]
    #[case("--1", "'--1")]
    #[case("-1-1", "'-1-1")]
    #[case("-1.", "'-1.")]
    #[case("-.5", "'-.5")]
    #[case("-1e5", "'-1e5")]
    #[case("@SUM(A1)", "'@SUM(A1)")]
    #[case("\t=1", "'\t=1")]
    #[case("\r=1", "\"'\r=1\"")]
    #[case("=HYPERLINK(\"x\",\"y\")", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\"")]
    #[case("＝1", "'＝1")]
    #[case("-5", "-5")]
    #[case("-5.25", "-5.25")]
    #[case("7.2", "7.2")]
    #[case("2026-06-01", "2026-06-01")]
    #[case("a=b", "a=b")]
    #[case("", "")]
    fn formulas_are_neutralised(#[case] cell: &str, #[case] written: &str) {
        assert_eq!(line([cell]), format!("{written}\r\n"));
        assert_eq!(line([cell, "x"]), format!("{written},x\r\n"));
    }

    /// TRA-03: the Belgian form has semicolons and decimal commas; a text with either is quoted, a formula is text.
    #[test]
    fn a_belgian_line_has_decimal_commas() {
        let cells = ["71000436", "-319.30", "2026-05", "a;b", "1,5", "=1.5", "1.2.3"];
        assert_eq!(belgian(cells), "71000436;-319,30;2026-05;\"a;b\";\"1,5\";'=1.5;1.2.3\r\n");
    }

    /// Reads CSV as RFC 4180 defines it.
    fn read(text: &str) -> Vec<Vec<String>> {
        let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match (quoted, c) {
                (true, '"') if chars.peek() == Some(&'"') => cell.extend(chars.next()),
                (true, '"') => quoted = false,
                (true, c) => cell.push(c),
                (false, '"') => quoted = true,
                (false, ',') => row.push(std::mem::take(&mut cell)),
                (false, '\r') => assert_eq!(chars.next(), Some('\n')),
                (false, '\n') => panic!("a line feed alone"),
                (false, c) => {
                    cell.push(c);
                    continue;
                }
            }
            if (quoted, c) == (false, '\r') {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
        }
        rows
    }

    proptest! {
        /// TRA-03: every cell reads back unchanged, except for the apostrophe before a would-be formula.
        #[test]
        fn every_cell_survives(cells in proptest::collection::vec("[-=+@\t\r\n\"', 0-9.a-zé]{0,12}", 1..5)) {
            let text = line(cells.iter().map(String::as_str));
            let expected: Vec<_> =
                cells.iter().map(|cell| if is_formula(cell) { format!("'{cell}") } else { cell.clone() }).collect();
            prop_assert_eq!(read(&text), vec![expected.clone()]);
            for cell in expected {
                prop_assert!(is_plain_number(&cell) || !cell.starts_with(FORMULA));
            }
        }
    }
}
