//! The sheets of an establishment, each stated as a whole: prescribers, sites, pumps, availability,
//! other conventions.

pub mod availability;
pub mod other_conventions;
pub mod prescriber_changes;
pub mod prescribers;
pub mod pump_offers;
pub mod pumps;
pub mod sites;

use insula_domain::span::Span;

use crate::http::input::{Field, Reader};

/// Reads the days of a line.
fn span(reader: &mut Reader) -> Field<Span> {
    let (from, to) = (reader.required_date("from"), reader.date("to"));
    reader.build(|done| Span { from: done.take(from), to: done.take(to) })
}
