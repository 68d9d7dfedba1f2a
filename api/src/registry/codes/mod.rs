//! What insurers read about their own members' registrations (TRA-02).

mod changes;
mod dto;
mod lookup;
mod verify;
mod verify_many;

pub use changes::*;
pub use lookup::*;
pub use verify::*;
pub use verify_many::*;
