//! The records of a CSV text, strictly as in RFC 4180: a lenient reader lets a quotation mark that is never closed
//! swallow the rows after it without a word (SYS-04).

use insula_domain::refusal::Reason;

/// One record.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// Its row in a spreadsheet. Empty lines are counted, as a spreadsheet does.
    pub(super) number: usize,
    /// Its cells, unquoted, with LF for every line break within them. After a fault of the quotation marks they are
    /// those read so far.
    pub(super) cells: Vec<String>,
    /// The first quotation mark in it that stands where none may.
    pub(super) misquoted: Option<Misquoted>,
}

/// A quotation mark that stands where none may, or that is never closed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Misquoted {
    /// What is wrong with it.
    pub(super) reason: Reason,
    /// The index of its cell.
    pub(super) cell: usize,
    /// Its line in the file, from 1.
    pub(super) line: usize,
    /// Which character of that line it is, from 1.
    pub(super) character: usize,
}

/// Reads the records one by one. Lines end with LF, CRLF or CR; the last one may lack its end.
pub(super) struct Records<'a> {
    text: &'a str,
    delimiter: u8,
    /// The next byte to read.
    at: usize,
    line: usize,
    line_start: usize,
    number: usize,
}

impl<'a> Records<'a> {
    pub(super) fn new(text: &'a str, delimiter: u8) -> Records<'a> {
        Records { text, delimiter, at: 0, line: 1, line_start: 0, number: 0 }
    }

    /// Begins after the first line, which a spreadsheet does not count as a row.
    pub(super) fn after_first_line(mut self) -> Records<'a> {
        self.at = self.text.find(['\r', '\n']).unwrap_or(self.text.len());
        self.end_line();
        self
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Steps over the end of a line, if there is one here.
    fn end_line(&mut self) -> bool {
        let rest = &self.text.as_bytes()[self.at..];
        let length = match rest {
            [b'\r', b'\n', ..] => 2,
            [b'\r' | b'\n', ..] => 1,
            _ => return false,
        };
        self.at += length;
        self.line += 1;
        self.line_start = self.at;
        true
    }

    /// A fault of the quotation mark at a byte of the present line.
    fn misquoted(&self, reason: Reason, cell: usize, at: usize) -> Misquoted {
        Misquoted { reason, cell, line: self.line, character: self.text[self.line_start..at].chars().count() + 1 }
    }

    /// Steps forward to the first of the delimiter, the end of the line and the end of the text.
    fn skip_plain(&mut self) -> &'a str {
        let from = self.at;
        let ends = |byte: &u8| *byte == self.delimiter || matches!(byte, b'\r' | b'\n');
        let rest = &self.text.as_bytes()[from..];
        self.at += rest.iter().position(ends).unwrap_or(rest.len());
        &self.text[from..self.at]
    }

    fn plain_cell(&mut self, index: usize) -> (String, Option<Misquoted>) {
        let from = self.at;
        let cell = self.skip_plain();
        let mark = cell.find('"').map(|mark| self.misquoted(Reason::MisplacedQuote, index, from + mark));
        (cell.to_owned(), mark)
    }

    fn quoted_cell(&mut self, index: usize) -> (String, Option<Misquoted>) {
        let opened = self.misquoted(Reason::UnclosedQuote, index, self.at);
        self.at += 1;
        let mut cell = String::new();
        loop {
            let rest = &self.text[self.at..];
            let Some(length) = rest.find(['"', '\r', '\n']) else {
                self.at = self.text.len();
                return (cell, Some(opened));
            };
            cell.push_str(&rest[..length]);
            self.at += length;
            if self.end_line() {
                cell.push('\n');
                continue;
            }
            if rest[length..].starts_with("\"\"") {
                cell.push('"');
                self.at += 2;
                continue;
            }
            let mark = self.at;
            self.at += 1;
            let trailing = !self.skip_plain().is_empty();
            return (cell, trailing.then(|| self.misquoted(Reason::MisplacedQuote, index, mark)));
        }
    }
}

impl Iterator for Records<'_> {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        self.byte()?;
        self.number += 1;
        let mut record = Record { number: self.number, cells: Vec::new(), misquoted: None };
        loop {
            let index = record.cells.len();
            let quoted = self.byte() == Some(b'"');
            let (cell, misquoted) = if quoted { self.quoted_cell(index) } else { self.plain_cell(index) };
            record.cells.push(cell);
            record.misquoted = record.misquoted.or(misquoted);
            if self.byte() == Some(self.delimiter) {
                self.at += 1;
            } else {
                self.end_line();
                return Some(record);
            }
        }
    }
}

/// The separator that a `sep=` line, as spreadsheets write and read it, names: the first line, when it is one.
pub(super) fn stated_separator(text: &str) -> Option<&str> {
    let line = text.split(['\r', '\n']).next()?.trim_matches('"');
    let (name, separator) = line.split_at_checked(4)?;
    name.eq_ignore_ascii_case("sep=").then_some(separator)
}

/// The separator: the more frequent one in the header, outside quotation marks.
pub(super) fn likely_separator(text: &str) -> u8 {
    let (mut quoted, mut semicolons, mut commas) = (false, 0, 0);
    for byte in text.bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            b';' if !quoted => semicolons += 1,
            b',' if !quoted => commas += 1,
            _ => {}
        }
    }
    if semicolons > commas { b';' } else { b',' }
}
