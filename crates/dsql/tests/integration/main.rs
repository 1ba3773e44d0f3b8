//! The integration tests of the crate, in a single binary.

// Clippy takes helpers for tests only under this.
#![cfg(test)]
#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs as a user does, not as the host does"
)]

#[path = "../support/mod.rs"]
mod support;

mod apply;
mod connect;
mod connect_error;
mod dsql;
mod recover;
mod schema;
mod split;
mod token;
