//! What an establishment states as a whole: who may prescribe, where the programme is offered, with which pumps, how it can be
//! reached.

pub mod availability;
pub mod prescriber_changes;
pub mod prescribers;
pub mod pump_offers;
pub mod pumps;
pub mod sites;

use insula_domain::span::Span;

use crate::http::input::{Field, Reader};

/// The days of a line.
fn span(reader: &mut Reader) -> Field<Span> {
    let (from, to) = (reader.required_date("from"), reader.date("to"));
    reader.build(|done| Span { from: done.take(from), to: done.take(to) })
}
