//! Tokens over HTTP: forged ones open nothing, and what a good one opens hangs on the access manager's grant.

mod forge;
mod forged;
mod grants;
