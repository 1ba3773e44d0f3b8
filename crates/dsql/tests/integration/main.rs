//! The integration tests of the crate, in a single binary.

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
