use insula_domain::refusal::Fault;
use serde_json::{Value, json};

use super::*;

fn rows(format: Format, text: &str) -> Vec<(i32, String, Value)> {
    let rows = read(format, text.as_bytes(), 10).map_err(|faults| named(&faults)).unwrap();
    rows.into_iter().map(|row| (row.number, row.reference, serde_json::from_slice(&row.payload).unwrap())).collect()
}

fn named(faults: &[Fault]) -> Vec<String> {
    faults.iter().map(|fault| format!("{}:{}", fault.field, fault.reason.code())).collect()
}

fn faults(format: Format, bytes: &[u8]) -> Vec<String> {
    read(format, bytes, 3).map(|rows| rows.len()).map_err(|faults| named(&faults)).unwrap_err()
}

/// SYS-04: a row has the same content in both formats, with either separator, quoted or not, with or without a byte
/// order mark.
#[test]
fn a_row_is_the_same_in_every_form() {
    let members = json!({"type": "replacement", "beneficiary": {"niss": "06070500252", "deceased": false},
        "content": {"devices": [{"kind": "sensor", "model": "E3, \"left\""}], "replaced": ["sensor"], "withinWarranty": true,
                    "remark": "one; two", "hba1c": {"value": "7.2"}, "diagnosisYear": 1999}});
    let mut whole = members.clone();
    whole["rowId"] = json!("r1");
    let expected = |number| vec![(number, "r1".to_owned(), members.clone())];
    assert_eq!(rows(Format::Ndjson, &format!("\n{whole}\r\n\n")), expected(2));
    let header = [
        "rowId",
        "type",
        "beneficiary.niss",
        "beneficiary.deceased",
        "content.devices[0].kind",
        "content.devices[0].model",
        "content.replaced[0]",
        "content.withinWarranty",
        "content.remark",
        "content.hba1c.value",
        "content.diagnosisYear",
        "content.eventDate",
    ];
    let cells = [
        "r1",
        "replacement",
        "06070500252",
        "FALSE",
        "sensor",
        "\"E3, \"\"left\"\"\"",
        "sensor",
        "TRUE",
        "\"one; two\"",
        "7.2",
        "1999",
        "",
    ];
    for (mark, separator, end) in [("", ";", "\n"), ("\u{feff}", ";", "\r\n"), ("", ",", "\r\n")] {
        let empty = separator.repeat(header.len() - 1);
        let text = format!("{mark}{}{end}{empty}{end}{}{end}", header.join(separator), cells.join(separator));
        assert_eq!(rows(Format::Csv, &text), expected(3), "{text}");
    }
}

/// SYS-04: every fault of a file's form is reported at once, by column and by row.
#[test]
fn every_fault_of_the_form_comes_at_once() {
    let header = "rowId;type;type;content.wingspan;85073003328\nr1;followUp;;;\n";
    assert_eq!(
        faults(Format::Csv, header.as_bytes()),
        ["type:duplicateName", "content.wingspan:unknownField", "…:unknownField"]
    );
    assert_eq!(faults(Format::Csv, b"content.remark\nx\n"), ["rowId:required", "type:required"]);
    let long = "x".repeat(65);
    let text = format!("rowId,type\n,followUp\nr1,followUp\nr1,followUp\nr2\nr3,followUp,x\n{long},followUp\n");
    assert_eq!(
        read(Format::Csv, text.as_bytes(), 10).map(|rows| rows.len()).map_err(|faults| named(&faults)),
        Err([
            "row[2].rowId:required",
            "row[4].rowId:repeated",
            "row[5]:columnCount",
            "row[6]:columnCount",
            "row[7].rowId:tooLong"
        ]
        .map(str::to_owned)
        .to_vec())
    );
    let lines = [
        "{\"rowId\":\"1.0E+10\",\"type\":\"followUp\"}",
        "nothing",
        "{\"rowId\":7,\"x\":1,\"beneficiary\":{\"nis\":1},\"content\":{\"devices\":[{\"wing\":1}],\"eventdate\":1}}",
    ];
    let expected = [
        "row[1].rowId:numberShortened",
        "row[2]:notJson",
        "row[3].beneficiary.nis:unknownField",
        "row[3].content.devices[0].wing:unknownField",
        "row[3].content.eventdate:unknownField",
        "row[3].x:unknownField",
        "row[3].rowId:wrongType",
    ];
    let mut found = faults(Format::Ndjson, lines.join("\n").as_bytes());
    found.sort();
    let mut expected = expected.map(str::to_owned).to_vec();
    expected.sort();
    assert_eq!(found, expected);
}

/// SYS-04: a file that is not UTF-8, has no rows or too many is refused.
#[test]
fn a_file_has_rows_in_utf_8_and_not_too_many() {
    assert_eq!(faults(Format::Csv, b"rowId;type;content.remark\nr1;followUp;\xe9\n"), [":notUtf8"]);
    assert_eq!(faults(Format::Csv, b"\xff\xfer\0o\0w\0"), [":notUtf8"]);
    for empty in ["", "\n\n", "rowId;type\n", "rowId;type\n;\n"] {
        let format = if empty.starts_with('r') { Format::Csv } else { Format::Ndjson };
        assert_eq!(faults(format, empty.as_bytes()), ["rows:required"], "{empty:?}");
    }
    let many: String = (0..4).map(|n| format!("{{\"rowId\":\"{n}\"}}\n")).collect();
    assert_eq!(faults(Format::Ndjson, many.as_bytes()), ["rows:tooMany"]);
}

/// SYS-04: a quotation mark that is never closed, or stands where none may, is told with its row, line and character
/// instead of swallowing the rows after it.
#[test]
fn no_quotation_mark_swallows_a_row() {
    let told = |text: &str| {
        let read = read(Format::Csv, text.as_bytes(), 10).map(|rows| rows.len());
        let shown = |fault: &Fault| {
            let params: Vec<_> = fault.params.iter().map(|(name, value)| format!("{name}={value}")).collect();
            format!("{}:{} {}", fault.field, fault.reason.code(), params.join(" "))
        };
        read.map_err(|faults| faults.iter().map(shown).collect::<Vec<_>>())
    };
    let header = "rowId;type;content.remark";
    let remark = |number: u8, what: &str, line: u8, character: u8| {
        Err(vec![format!("row[{number}].content.remark:{what} line={line} character={character}")])
    };
    assert_eq!(
        told(&format!("{header}\nr1;followUp;x\nr2;followUp;\"é left\nr3;followUp;y\nr4;followUp;z\n")),
        remark(3, "unclosedQuote", 3, 13)
    );
    assert_eq!(told(&format!("{header}\nr1;followUp;\"")), remark(2, "unclosedQuote", 2, 13));
    // The next quotation mark seems to close it, and its cell goes on.
    assert_eq!(
        told(&format!("{header}\r\nr1;followUp;\"left\r\nr2;followUp;\"right\"\r\nr3;followUp;z\r\n")),
        remark(2, "misplacedQuote", 3, 13)
    );
    assert_eq!(told(&format!("{header}\nr1;followUp;5\" wide\n")), remark(2, "misplacedQuote", 2, 14));
    assert_eq!(told(&format!("{header}\nr1;followUp; \"x\"\n")), remark(2, "misplacedQuote", 2, 14));
    let of_header = |what: &str| Err(vec![what.to_owned()]);
    assert_eq!(told("rowId;\"type\nr1;x\n"), of_header("row[1]:unclosedQuote line=1 character=7"));
    assert_eq!(told(&format!("{header}\nr1;followUp;\"two\nlines, \"\"marked\"\"\"\n")), Ok(1));
}

/// SYS-04: a repeated reference is told although its row has another fault.
#[test]
fn a_repeated_reference_is_told_beside_another_fault() {
    let csv = "rowId;type\nr1;followUp\nr1;followUp;more\nr1;\"followUp\n";
    assert_eq!(
        faults(Format::Csv, csv.as_bytes()),
        ["row[3]:columnCount", "row[3].rowId:repeated", "row[4].type:unclosedQuote", "row[4].rowId:repeated"]
    );
    let lines = "{\"rowId\":\"r1\",\"wing\":1}\n{\"rowId\":\"r1\",\"wing\":1}";
    assert_eq!(
        faults(Format::Ndjson, lines.as_bytes()),
        ["row[1].wing:unknownField", "row[2].wing:unknownField", "row[2].rowId:repeated"]
    );
}

/// SYS-04: a separator at the end of lines says nothing, in the header, in the rows or in both; a value there is told,
/// and a row that ends too early is too.
#[test]
fn separators_at_line_ends_say_nothing() {
    for (header, row) in [("", ""), (";", ";"), (";", ""), ("", ";"), (";;", " ;"), ("", ";;; ")] {
        let text = format!("rowId;type;content.eventDate{header}\nr1;followUp;2026-06-01{row}\n");
        let read = rows(Format::Csv, &text);
        assert_eq!(read, [(2, "r1".to_owned(), json!({"type": "followUp", "content": {"eventDate": "2026-06-01"}}))]);
    }
    let of = |text: &str| faults(Format::Csv, text.as_bytes());
    assert_eq!(of("rowId;;type\nr1;x;followUp\n"), ["row[2]:namelessColumn"]);
    assert_eq!(of("rowId;type;\nr1;followUp;;x\n"), ["row[2]:columnCount"]);
    assert_eq!(of("rowId;type;\nr1\n"), ["row[2]:columnCount"]);
}

/// SYS-04: a `sep=` line, which spreadsheets write and hide, names the separator and is no row.
#[test]
fn a_separator_line_is_no_row() {
    let expected = [(2, "r,1".to_owned(), json!({"type": "followUp"}))];
    for line in ["sep=;\r\n", "SEP=;\n", "\"sep=;\"\r"] {
        assert_eq!(rows(Format::Csv, &format!("\u{feff}{line}rowId;type\nr,1;followUp\n")), expected, "{line:?}");
    }
    assert_eq!(rows(Format::Csv, "sep=,\nrowId,type\nr1,followUp\n").len(), 1);
    assert_eq!(faults(Format::Csv, b"sep=|\nrowId|type\n"), ["sep:notInList"]);
    let text = "sep=;\nrowId;type\nr1;\"x\n";
    let told = read(Format::Csv, text.as_bytes(), 3).map(|rows| rows.len()).unwrap_err();
    assert_eq!((told[0].field.as_str(), told[0].params[0].1.as_str()), ("row[2].type", "3"), "rows are not lines");
}

/// SYS-04: a row is a row whatever ends its line, and the last line may lack its end.
#[test]
fn every_line_end_ends_a_row() {
    for end in ["\n", "\r\n", "\r"] {
        for last in ["", end] {
            let csv = format!("rowId;type{end}{end}r1;followUp{end}r2;followUp{last}");
            let numbers = |format, text: &str| rows(format, text).into_iter().map(|row| row.0).collect::<Vec<_>>();
            assert_eq!(numbers(Format::Csv, &csv), [3, 4], "{csv:?}");
            let lines = format!("{{\"rowId\":\"r1\"}}{end}{end}{{\"rowId\":\"r2\"}}{last}");
            assert_eq!(numbers(Format::Ndjson, &lines), [1, 3], "{lines:?}");
        }
    }
}

mod properties {
    use proptest::{prelude::*, string::string_regex};

    use super::*;

    /// How a table is written.
    #[derive(Debug, Clone)]
    struct Form {
        separator: char,
        end: &'static str,
        quoted: bool,
        mark: bool,
        stated: bool,
        trailing: bool,
        ended: bool,
    }

    fn forms() -> impl Strategy<Value = Form> {
        let ends = prop::sample::select(vec!["\n", "\r\n", "\r"]);
        let flags = prop::array::uniform5(any::<bool>());
        (prop::sample::select(vec![';', ',']), ends, flags).prop_map(|(separator, end, flags)| {
            let [quoted, mark, stated, trailing, ended] = flags;
            Form { separator, end, quoted, mark, stated, trailing, ended }
        })
    }

    impl Form {
        fn line(&self, cells: &[&str]) -> String {
            let special = |cell: &str| cell.contains(['"', ';', ',', '\n', '\r']);
            let cell = |cell: &&str| match cell {
                cell if self.quoted || special(cell) => format!("\"{}\"", cell.replace('"', "\"\"")),
                cell => (*cell).to_owned(),
            };
            let mut line = cells.iter().map(cell).collect::<Vec<_>>().join(&self.separator.to_string());
            line.extend(self.trailing.then_some(self.separator));
            line
        }

        /// The header and a row for each remark, whose reference is its index.
        fn written(&self, remarks: &[String]) -> String {
            let mut lines = vec![self.line(&["rowId", "content.remark", "type"])];
            lines.extend(
                remarks
                    .iter()
                    .enumerate()
                    .map(|(index, remark)| self.line(&[&format!("r{index}"), remark, "followUp"])),
            );
            let stated = if self.stated { format!("sep={}{}", self.separator, self.end) } else { String::new() };
            let mark = if self.mark { "\u{feff}" } else { "" };
            let last = if self.ended { self.end } else { "" };
            format!("{mark}{stated}{}{last}", lines.join(self.end))
        }
    }

    fn remarks() -> impl Strategy<Value = Vec<String>> {
        prop::collection::vec(string_regex("[a\"; ,é\n\r]{0,6}").unwrap(), 1..6)
    }

    /// A text of what a CSV file is made of, after a header, and of anything else.
    fn files() -> impl Strategy<Value = Vec<u8>> {
        let csv = string_regex("(\u{feff})?(sep=;\r\n)?rowId;type(;content.remark)?\n([a-c\"; ,\n\r]{0,40})").unwrap();
        let lines = string_regex("(\\{\"rowId\":\"[a-z]{8}\"\\}|[ x\"{}]{0,3}|\n|\r){0,8}").unwrap();
        prop_oneof![csv.prop_map(String::into_bytes), lines.prop_map(String::into_bytes), any::<Vec<u8>>()]
    }

    /// The rows of a CSV text as another, lenient reader counts them: records that are not empty, without the header.
    fn counted_otherwise(text: &str) -> usize {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let text = text.strip_prefix("sep=;\r\n").unwrap_or(text);
        let mut reader =
            csv::ReaderBuilder::new().delimiter(b';').has_headers(false).flexible(true).from_reader(text.as_bytes());
        let records = reader.records().map(Result::unwrap);
        records.filter(|record| record.iter().any(|cell| !cell.trim().is_empty())).count().saturating_sub(1)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        /// SYS-04: rows in are rows told, with the values that went in, in every form that the documentation promises.
        #[test]
        fn rows_in_are_rows_told(remarks in remarks(), form in forms()) {
            let text = form.written(&remarks);
            let expected: Vec<_> = remarks.iter().enumerate().map(|(index, remark)| {
                let remark = remark.replace("\r\n", "\n").replace('\r', "\n");
                let remark = remark.trim();
                let content = if remark.is_empty() { Value::Null } else { json!({"remark": remark}) };
                (format!("r{index}"), content)
            }).collect();
            let told: Vec<_> = rows(Format::Csv, &text).into_iter().map(|(_, reference, row)| {
                (reference, row["content"].clone())
            }).collect();
            prop_assert_eq!(told, expected, "{:?}", text);
        }

        /// SYS-04: a file of quoted values that loses any one of its quotation marks is refused.
        #[test]
        fn a_lost_quotation_mark_is_told(remarks in remarks(), form in forms(), which in any::<prop::sample::Index>()) {
            let text = Form { quoted: true, stated: false, ..form }.written(&remarks);
            let marks: Vec<_> = text.match_indices('"').map(|(at, _)| at).collect();
            let mut lost = text.clone();
            lost.remove(marks[which.index(marks.len())]);
            let read = read(Format::Csv, lost.as_bytes(), 100).map(|rows| rows.len());
            prop_assert!(read.is_err(), "{:?} of {:?}", lost, text);
        }

        /// SYS-04: whatever the bytes are, a file is refused, or every line of it is part of a row that is told.
        #[test]
        fn every_row_is_told_or_the_file_is_refused(bytes in files()) {
            for format in [Format::Csv, Format::Ndjson] {
                let Ok(rows) = read(format, &bytes, 100) else { continue };
                let text = std::str::from_utf8(&bytes).unwrap();
                let lines = text.split(['\n', '\r']).filter(|line| !line.trim_matches([' ', '\u{feff}']).is_empty());
                let counted = if format == Format::Csv { counted_otherwise(text) } else { lines.count() };
                prop_assert_eq!(rows.len(), counted, "{:?} {:?}", format, text);
                prop_assert!(rows.windows(2).all(|pair| pair[0].number < pair[1].number));
            }
        }
    }
}
