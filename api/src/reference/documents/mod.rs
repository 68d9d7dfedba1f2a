//! What the service says of itself: problems, health, contract, trail.

mod contract;
mod health;
mod problem;
mod trail;

pub use contract::*;
pub use health::*;
pub use problem::*;
pub use trail::*;
