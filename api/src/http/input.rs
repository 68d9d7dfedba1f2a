//! Bodies, queries and path parts. Whatever does not fit the contract is a problem that names every fault (SYS-04), and
//! is looked at only after the gate has let the caller in. What is read is a [`Field`], which gives its value once the
//! reading is finished without a fault.

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
pub use form::{identifier, path_uuid, shortened};
pub use query::Query;
pub use reader::Reader;

#[cfg(test)]
mod tests;
