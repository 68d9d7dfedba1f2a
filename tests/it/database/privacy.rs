//! Identities: where they must not be, who is seen reading them, and that nothing is read unseen (BEN-04, SYS-01).

mod canaries;
mod fail_closed;
mod story;
mod trail;
mod vault;
