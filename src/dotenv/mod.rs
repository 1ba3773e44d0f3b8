//! `.env` files: read, and edited in place without losing a byte that was not to change.
//!
//! Two programs read the file besides the host: whatever uses the crate `dotenvy`, and Docker
//! Compose, whose reader is `dotenv` of
//! [compose-go](https://github.com/compose-spec/compose-go/blob/main/dotenv/parser.go). They
//! differ in many corners. Here a value is what dotenvy 0.15 makes of it, and what is written
//! is a form that both read as the same text.

mod compose;
mod document;
mod encode;
mod error;
mod file;
mod line;
mod lock;
mod raw;
mod statement;
#[cfg(test)]
mod tests;

pub(crate) use document::Document;
pub(crate) use error::Error;
pub(crate) use file::{edit, read};
