//! Identities: where they must not appear, and that each access is recorded (BEN-04, SYS-01).

mod canaries;
mod carried;
mod fail_closed;
mod story;
mod trail;
mod vault;
