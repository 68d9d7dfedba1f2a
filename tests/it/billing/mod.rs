//! Billing over HTTP; the scenarios of acceptance have their numbers.

mod pump_days;
