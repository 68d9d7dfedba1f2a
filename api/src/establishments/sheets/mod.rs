//! What an establishment states as a whole: who may prescribe, where the programme is offered, how it can be reached.

pub mod availability;
pub mod prescribers;
pub mod sites;

use insula_domain::{
    beneficiary::holds_national_number,
    convention::span::Span,
    refusal::{Fault, Reason},
    rule::RuleId,
};
use serde_json::Value;

use crate::input::Reader;

/// The lines of a sheet, each read by itself; their faults go to the reader.
fn lines<T>(reader: &mut Reader, name: &'static str, most: usize, read: impl Fn(&mut Reader) -> Option<T>) -> Vec<T> {
    let mut found = Vec::new();
    for (index, value) in reader.list(name, most).iter().enumerate() {
        let (line, faults) = line(value, &read);
        reader.faults.extend(faults.into_iter().map(|fault| fault.under(&format!("{name}[{index}]"))));
        found.extend(line);
    }
    found
}

/// One object, read; nothing when it has faults.
fn line<T>(value: &Value, read: &impl Fn(&mut Reader) -> Option<T>) -> (Option<T>, Vec<Fault>) {
    let Some(members) = value.as_object() else {
        return (None, vec![Fault::new("", Reason::WrongType, RuleId::Sys04).with("expected", "object")]);
    };
    let mut reader = Reader::new(members);
    let line = read(&mut reader);
    let faults = reader.into_faults();
    (line.filter(|_| faults.is_empty()), faults)
}

/// The days of a line.
fn span(reader: &mut Reader) -> Span {
    Span { from: reader.required_date("from"), to: reader.date("to") }
}

/// A mandatory text in which no national number stands (BEN-04).
fn text(reader: &mut Reader, name: &'static str, max: usize) -> String {
    let text = reader.required_text(name, max);
    if holds_national_number(&text) {
        reader.add(Fault::new(name, Reason::NationalNumber, RuleId::Ben04));
    }
    text
}
