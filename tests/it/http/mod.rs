//! What every operation stands on: tokens, permissions, input.

mod framing;
mod hostile;
mod permissions;
mod tokens;
