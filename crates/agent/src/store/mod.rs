//! The state store: Aurora DSQL, or a plain PostgreSQL. `dev/schema/copilot.sql` is its schema.
//!
//! Every statement is idempotent and a transaction of its own, so a write whose outcome is unknown is
//! simply repeated.

mod events;
mod issues;
mod pool;
mod read;
mod retention;
mod write;

pub use {
    events::{Event, START_KIND},
    issues::{NewIssue, OpenIssue},
    pool::Store,
    read::{Assessment, Entry, Snapshot, reading},
    write::{NewAssessment, NewSnapshot, Trigger},
};
