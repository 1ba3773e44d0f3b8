//! `.env` files: read by the grammar of Docker Compose, and edited in place.
//!
//! People type `docker compose` by hand too, so a value here is the value that Compose reads: its
//! reader is package `dotenv` of [compose-go](https://github.com/compose-spec/compose-go) v2.

mod document;
mod encode;
mod error;
mod escapes;
mod file;
mod grammar;
mod lock;
mod pipe;
mod template;
#[cfg(test)]
mod tests;

pub(crate) use document::Document;
pub(crate) use error::Error;
pub(crate) use file::{Secrecy, edit, read};
pub(crate) use grammar::Environment;
