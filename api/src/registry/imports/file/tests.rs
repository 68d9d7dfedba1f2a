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
                    "remark": "one; two", "hba1c": {"value": 7.2}, "diagnosisYear": 1999}});
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
