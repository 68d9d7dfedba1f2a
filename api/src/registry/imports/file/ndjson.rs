//! One JSON object per line; empty lines are skipped.

use insula_domain::refusal::Reason;

use super::{
    rows::{ENOUGH, Rows},
    unknown_names,
};
use crate::http::auth::strict_json;

/// Reads every line.
pub(super) fn read(text: &str, rows: &mut Rows) {
    for (index, line) in text.split('\n').enumerate() {
        let (number, line) = (index + 1, line.trim());
        if line.is_empty() {
            continue;
        }
        let Some(members) = strict_json::object(line.as_bytes()) else {
            rows.fault(number, "", Reason::NotJson);
            if rows.goes_on() {
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
