//! What every operation stands on: tokens, permissions, input.

mod hostile;
mod permissions;
mod tokens;
