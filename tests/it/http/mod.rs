//! What all operations share: tokens, permissions, input.

mod cors;
mod framing;
mod hostile;
mod pages;
mod permissions;
mod tokens;
