//! The integration tests: one binary, laid out as the URL tree.

mod audit_events;
mod beneficiaries;
mod concurrency;
mod contract;
mod counters;
mod demo;
mod feed;
mod hostile;
mod kills;
mod logs;
mod migrations;
mod model;
mod organisations;
mod outbox;
mod overload;
mod permissions;
mod privacy;
mod problems;
mod process;
mod registrations;
mod rules_covered;
mod tenancy;
mod tokens;
mod trail;
mod webhooks;
mod workers;
