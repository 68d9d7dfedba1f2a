//! Tokens over HTTP: forged ones are refused, and the access of valid ones depends on the access manager's grant.

mod forge;
mod forged;
mod grants;
