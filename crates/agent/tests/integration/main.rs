//! The integration tests of the agent, in a single binary.

// Clippy takes helpers for tests only under this.
#![cfg(test)]
#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs as a user does, not as the host does"
)]

mod support;

mod api;
mod day;
mod errors;
mod judgement;
mod machine;
mod openapi;
mod program;
mod queries;
mod replay;
mod store;
mod table;
mod worker;
