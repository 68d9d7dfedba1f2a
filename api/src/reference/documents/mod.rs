//! Documents about the service itself: problems, health, trail.

mod health;
mod problem;
mod trail;

pub use health::*;
pub use problem::*;
pub use trail::*;
