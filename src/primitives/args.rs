//! Reads the arguments of primitives: words of commands, text, times.

use super::value::{show, text};
use crate::fault::{Failure, Unknown};
use crate::recipe::parse_duration;
use rhai::{Array, Dynamic};
use std::collections::BTreeSet;
use std::time::Duration;

/// The words of a command line. Text, numbers, bools and unknown values can be words; `()`, arrays
/// and maps cannot.
pub(crate) fn word_list(primitive: &str, array: &Array) -> Result<Vec<String>, Failure> {
    array
        .iter()
        .enumerate()
        .map(|(index, value)| {
            word(value).ok_or_else(|| {
                let found = if value.is_unit() {
                    "nothing: ()"
                } else {
                    value.type_name()
                };
                Failure::recipe(format!(
                    "word {index} of `{primitive}` is {found}, not text"
                ))
                .with_hint("arguments are arrays of words: [\"up\", \"-d\"]")
            })
        })
        .collect()
}

/// As [`word_list`], without the words that came before.
pub(super) fn distinct_words(primitive: &str, array: &Array) -> Result<Vec<String>, Failure> {
    let mut words = word_list(primitive, array)?;
    let mut seen = BTreeSet::new();
    words.retain(|word| seen.insert(word.clone()));
    Ok(words)
}

/// As [`word_list`], for a command that must name a program.
pub(super) fn command_line(primitive: &str, array: &Array) -> Result<Vec<String>, Failure> {
    let words = word_list(primitive, array)?;
    match words.first() {
        Some(program) if !program.is_empty() => Ok(words),
        _ => Err(Failure::recipe(format!(
            "`{primitive}` was given no program to run"
        ))),
    }
}

/// The text of a value that can be a word.
pub(super) fn word(value: &Dynamic) -> Option<String> {
    let simple = value.is_string()
        || value.is_int()
        || value.is_bool()
        || value.is_float()
        || value.is_char();
    (simple || value.is::<Unknown>()).then(|| text(value))
}

/// An argument that is text, or unknown in a dry run.
pub(crate) fn text_argument(what: &str, value: &Dynamic) -> Result<String, Failure> {
    if value.is_string() || value.is::<Unknown>() {
        return Ok(text(value));
    }
    Err(Failure::recipe(format!(
        "{what} is {}, not text",
        show(value)
    )))
}

/// A time: a number of seconds, or text such as `"2m"`.
pub(crate) fn duration(what: &str, value: &Dynamic) -> Result<Duration, Failure> {
    parse_duration(&value.to_string())
        .filter(|_| !value.is_unit())
        .ok_or_else(|| {
            Failure::recipe(format!("{what} is {}, not a time", show(value))).with_hint(
                "write \"90s\", \"2m\", \"1h30m\" or a number of seconds, up to 100 years",
            )
        })
}
