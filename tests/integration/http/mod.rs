//! `http` and `wait_http`, against a server of the test's own.

mod authorities;
mod requests;
mod server;
