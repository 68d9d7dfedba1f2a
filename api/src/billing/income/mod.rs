//! What the days of programme bring in: figures, table, plot (BIL-02, BIL-05).

pub mod get;
pub mod plot;
