//! What an establishment states as a whole: who may prescribe, where the programme is offered, with which pumps, how it can be
//! reached.

pub mod availability;
pub mod prescribers;
pub mod pumps;
pub mod sites;

use crate::http::input::Reader;
use insula_domain::{
    parties::beneficiary::holds_national_number,
    refusal::{Fault, Reason},
    rule::RuleId,
    span::Span,
};

/// The days of a line.
fn span(reader: &mut Reader) -> Span {
    Span { from: reader.required_date("from"), to: reader.date("to") }
}

/// A mandatory text in which no national number stands (BEN-04).
fn required_text(reader: &mut Reader, name: &'static str, max: usize) -> String {
    let text = reader.required_text(name, max);
    refuse_national_number(reader, name, &text);
    text
}

/// A text in which no national number stands, if there is one (BEN-04).
fn text(reader: &mut Reader, name: &'static str, max: usize) -> Option<String> {
    let text = reader.text(name, max)?;
    refuse_national_number(reader, name, &text);
    Some(text)
}

fn refuse_national_number(reader: &mut Reader, name: &'static str, text: &str) {
    if holds_national_number(text) {
        reader.add(Fault::new(name, Reason::NationalNumber, RuleId::Ben04));
    }
}
