//! What all operations share: tokens, permissions, input.

mod framing;
mod hostile;
mod permissions;
mod tokens;
