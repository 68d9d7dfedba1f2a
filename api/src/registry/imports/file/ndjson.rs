//! One JSON object per line; empty lines are skipped. Lines end with LF, CRLF or CR: JSON holds none of them unescaped
//! but between its parts, and the last line may lack its end.

use insula_domain::refusal::Reason;
use serde_json::Map;

use super::{
    rows::{ENOUGH, Rows},
    unknown_names,
};
use crate::http::auth::strict_json;

/// Reads every line.
pub(super) fn read(text: &str, rows: &mut Rows) {
    for (index, line) in lines(text).enumerate() {
        let (number, line) = (index + 1, line.trim());
        if line.is_empty() {
            continue;
        }
        let Some(members) = strict_json::object(line.as_bytes()) else {
            rows.fault(number, "", Reason::NotJson);
            if rows.add_faulty(number, Map::new()) {
                continue;
            }
            return;
        };
        for name in unknown_names(&members).into_iter().take(ENOUGH) {
            rows.fault(number, &name, Reason::UnknownField);
        }
        if !rows.add(number, members) {
            return;
        }
    }
}

/// The lines, without their ends.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let length = text.find(['\r', '\n']).unwrap_or(text.len());
        let (line, after) = text.split_at(length);
        rest = after.strip_prefix("\r\n").or_else(|| after.strip_prefix(['\r', '\n']));
        Some(line)
    })
}
