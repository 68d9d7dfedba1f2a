//! What all operations share: tokens, permissions, input.

mod hostile;
mod permissions;
mod tokens;
