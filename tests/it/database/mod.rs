//! The database by itself: migrations, row level security, identities, the trail.

mod migrations;
mod passwords;
mod privacy;
pub mod tenancy;
mod trail;
