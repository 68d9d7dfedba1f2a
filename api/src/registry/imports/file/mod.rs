//! The file of an import. Faults of its form are all reported before anything is stored (SYS-04); the content is
//! judged later, row by row.

mod columns;
mod csv_rows;
mod ndjson;
mod records;
mod rows;

use insula_domain::{
    refusal::{Fault, Reason},
    rule::RuleId,
};

pub use columns::unknown_names;
pub use rows::Row;

use rows::Rows;

/// The maximum number of rows in a file.
pub const MAX_ROWS: usize = 20_000;
/// The maximum number of rows in an atomic import, which is one transaction.
pub const MAX_ATOMIC_ROWS: usize = 2_000;

/// The format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Values separated by commas or semicolons, with a header.
    Csv,
    /// One JSON object per line.
    Ndjson,
}

/// Reads a file: its rows, or every fault of its form.
pub fn read(format: Format, bytes: &[u8], max_rows: usize) -> Result<Vec<Row>, Vec<Fault>> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Err(vec![Fault::new("", Reason::NotUtf8, RuleId::Sys04)]);
    };
    // Spreadsheets put a byte order mark before UTF-8.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut rows = Rows::new(max_rows);
    match format {
        Format::Csv => csv_rows::read(text, &mut rows),
        Format::Ndjson => ndjson::read(text, &mut rows),
    }
    if rows.rows.is_empty() && rows.faults.is_empty() {
        rows.faults.push(Fault::new("rows", Reason::Required, RuleId::Sys04));
    }
    if rows.faults.is_empty() { Ok(rows.rows) } else { Err(rows.faults) }
}

#[cfg(test)]
mod tests;
