//! The state store: Aurora DSQL, or a plain PostgreSQL. `dev/schema/copilot.sql` is its schema.
//!
//! Every statement is a transaction of its own and can be repeated without doing more, so a write
//! whose outcome is unknown is simply sent again.

mod events;
mod issues;
mod pool;
mod read;
mod retention;
mod write;

pub use {
    events::{Event, START},
    issues::{NewIssue, OpenIssue},
    pool::Store,
    read::{Assessment, Entry, Snapshot, reading},
    write::{NewAssessment, NewSnapshot, Trigger},
};
