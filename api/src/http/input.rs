//! Bodies, queries and path parameters. Input that does not fit the contract is a problem with every fault in it
//! (SYS-04); it is read only after the gate has admitted the caller. Reading gives [`Field`]s, which yield their
//! values once the whole reading has finished without a fault.

mod body;
mod field;
mod form;
mod list;
mod query;
mod reader;
mod scalar;
mod value;

pub use body::Body;
pub use field::{Done, Field};
pub use form::{identifier, path_day, path_hospital, path_number, path_uuid, path_value, shortened};
pub use query::Query;
pub use reader::Reader;

#[cfg(test)]
mod tests;
