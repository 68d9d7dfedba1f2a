//! What an establishment states as a whole: who may prescribe, where the programme is offered, with which pumps, how it can be
//! reached.

pub mod availability;
pub mod prescribers;
pub mod pumps;
pub mod sites;

use insula_domain::{
    parties::beneficiary::holds_national_number,
    refusal::{Fault, Reason},
    rule::RuleId,
    span::Span,
};

use crate::http::input::{Field, Reader};

/// The days of a line.
fn span(reader: &mut Reader) -> Field<Span> {
    let (from, to) = (reader.required_date("from"), reader.date("to"));
    reader.build(|done| Span { from: done.take(from), to: done.take(to) })
}

/// A mandatory text in which no national number stands (BEN-04).
fn required_text(reader: &mut Reader, name: &'static str, max: usize) -> Field<String> {
    let text = reader.required_text(name, max);
    refuse_national_number(reader, name, text.known());
    text
}

/// A text in which no national number stands, if there is one (BEN-04).
fn text(reader: &mut Reader, name: &'static str, max: usize) -> Field<Option<String>> {
    let text = reader.text(name, max);
    refuse_national_number(reader, name, text.given());
    text
}

fn refuse_national_number(reader: &mut Reader, name: &'static str, text: Option<&String>) {
    if text.is_some_and(|text| holds_national_number(text)) {
        reader.add(Fault::new(name, Reason::NationalNumber, RuleId::Ben04));
    }
}
