//! Tests of reading and editing `.env` files.

#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs as a user does, not as the host does"
)]

mod documents;
mod files;
mod grammar;
mod processes;
// One way to skip for every test of the workspace.
mod pipes;
#[path = "../../../tests/integration/harness/skipped.rs"]
mod skipped;
mod values;
mod with_compose;

use super::{Document, Environment, Error, Secrecy};
use crate::dotenv;
use proptest::strategy::{BoxedStrategy, Strategy};
use std::path::Path;

/// An environment without variables.
fn nothing() -> Environment {
    Environment::empty()
}

/// Reads a file without a process environment.
fn read(path: &Path) -> Result<Document, Error> {
    dotenv::read(path, &nothing(), || true)
}

/// Changes a file, setting a secret.
fn edit<T>(
    path: &Path,
    change: impl FnOnce(&mut Document) -> Result<T, Error>,
) -> Result<T, Error> {
    dotenv::edit(path, &nothing(), Secrecy::Secret, || true, change)
}

fn parse(text: &str) -> Result<Document, Error> {
    Document::parse(text, &nothing())
}

/// A document that must be readable.
fn document(text: &str) -> Document {
    parse(text).unwrap()
}

/// Values made of everything that means something to one of the readers.
fn value() -> BoxedStrategy<String> {
    let alphabet = "[ab0${}\\\\'\"#=:!; \t\n\r`~%&*?né€😀\u{a0}\u{85}\u{2028}\u{feff}\u{1}]{0,12}";
    proptest::prop_oneof![alphabet, "\\PC{0,8}"].boxed()
}

/// What dotenvy itself, given the whole file, says of a variable.
fn dotenvy_says(text: &str, key: &str) -> Option<String> {
    let pairs = dotenvy::from_read_iter(text.as_bytes()).map(Result::unwrap);
    pairs
        .filter(|(found, _)| found == key)
        .last()
        .map(|(_, value)| value)
}

/// Values that a person would think of.
const TYPICAL_VALUES: [&str; 28] = [
    "",
    " ",
    "plain",
    "two words",
    " leading",
    "trailing ",
    "tab\there",
    "a\nb",
    "\n",
    "a\r\nb\r",
    "it's",
    "say \"no\"",
    "it's \"both\"",
    "#",
    "a #b",
    "a#b",
    "$HOME",
    "${HOME}",
    "it's ${HOME:-x} $$",
    "a\\b",
    "a\\",
    "a\\\\",
    "it's \\\\",
    "it's\\\n\\n",
    "a=b=c",
    "naïve 😀",
    "\u{a0}x\u{a0}",
    "postgresql://u:p%40ss@h:5432/db?sslmode=require",
];
