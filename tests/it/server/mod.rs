//! The service as a whole: its contract, its logs, overload, and kills.

mod contract;
mod kills;
mod logs;
mod overload;
mod share;
