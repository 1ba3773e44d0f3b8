//! The integration tests of the crate, in a single binary.

// Clippy takes helpers for tests only under this.
#![cfg(test)]

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
