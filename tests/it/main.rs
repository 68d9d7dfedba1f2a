//! The integration tests: one binary, laid out as the URL tree.

mod feed;
mod outbox;
mod overload;
mod registrations;
mod trail;
