//! Reads what a recipe passes: words, and maps of options whose keys are known.

use super::options::{Shape, no_such_option, options, shape};
use super::value::{show, text};
use crate::fault::{Failure, Unknown};
use crate::recipe::parse_duration;
use rhai::{Array, Dynamic, Map};
use std::collections::BTreeSet;
use std::time::Duration;

/// The words of a command line. Text, numbers, bools and what a dry run does not know can be
/// words; `()`, arrays and maps cannot.
pub fn words(primitive: &str, array: &Array) -> Result<Vec<String>, Failure> {
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

/// As [`words`], for names: each once, where it stands first.
pub fn names(primitive: &str, array: &Array) -> Result<Vec<String>, Failure> {
    let mut names = words(primitive, array)?;
    let mut seen = BTreeSet::new();
    names.retain(|name| seen.insert(name.clone()));
    Ok(names)
}

/// As [`words`], for a command that must name a program.
pub fn argv(primitive: &str, array: &Array) -> Result<Vec<String>, Failure> {
    let words = words(primitive, array)?;
    match words.first() {
        Some(program) if !program.is_empty() => Ok(words),
        _ => Err(Failure::recipe(format!(
            "`{primitive}` was given no program to run"
        ))),
    }
}

fn word(value: &Dynamic) -> Option<String> {
    let simple = value.is_string()
        || value.is_int()
        || value.is_bool()
        || value.is_float()
        || value.is_char();
    (simple || value.is::<Unknown>()).then(|| text(value))
}

/// Text that is an argument of its own, or what a dry run does not know of it.
pub fn text_argument(what: &str, value: &Dynamic) -> Result<String, Failure> {
    if value.is_string() || value.is::<Unknown>() {
        return Ok(text(value));
    }
    Err(Failure::recipe(format!(
        "{what} is {}, not text",
        show(value)
    )))
}

/// A time: a number of seconds, or text as `"2m"`.
pub fn duration(what: &str, value: &Dynamic) -> Result<Duration, Failure> {
    parse_duration(&value.to_string())
        .filter(|_| !value.is_unit())
        .ok_or_else(|| {
            Failure::recipe(format!("{what} is {}, not a time", show(value)))
                .with_hint("write \"90s\", \"2m\", \"1h30m\" or a number of seconds")
        })
}

/// A map of options. Each getter takes an option out; [`Opts::end`] refuses what is left.
pub struct Opts<'a> {
    primitive: &'a str,
    map: Map,
}

impl<'a> Opts<'a> {
    /// The options that `primitive` was given.
    pub fn new(primitive: &'a str, map: Map) -> Self {
        Self { primitive, map }
    }

    /// The option as it is; `None` if it is absent or `()`.
    pub fn take(&mut self, key: &str) -> Option<Dynamic> {
        debug_assert!(
            options(self.primitive).is_some_and(|known| known.contains(&key)),
            "{key} of {} is missing in options.rs",
            self.primitive
        );
        self.map.remove(key).filter(|value| !value.is_unit())
    }

    fn take_as(&mut self, key: &str, read: Shape) -> Option<Dynamic> {
        debug_assert_eq!(shape(key), read, "{key} in options.rs");
        self.take(key)
    }

    fn wrong<T>(&self, key: &str, wanted: &str, found: &Dynamic) -> Result<T, Failure> {
        Err(Failure::recipe(format!(
            "`{}`: `{key}` is {}, not {wanted}",
            self.primitive,
            show(found)
        )))
    }

    /// Text; numbers are taken as they print.
    pub fn text(&mut self, key: &str) -> Result<Option<String>, Failure> {
        match self.take_as(key, Shape::Text) {
            None => Ok(None),
            Some(value) => match word(&value) {
                Some(text) => Ok(Some(text)),
                None => self.wrong(key, "text", &value),
            },
        }
    }

    /// Text that must be there.
    pub fn required(&mut self, key: &str) -> Result<String, Failure> {
        self.text(key)?
            .ok_or_else(|| Failure::recipe(format!("`{}` needs `{key}`", self.primitive)))
    }

    /// True or false; false if absent.
    pub fn flag(&mut self, key: &str) -> Result<bool, Failure> {
        Ok(self.maybe_flag(key)?.unwrap_or(false))
    }

    /// True or false, if it is there.
    pub fn maybe_flag(&mut self, key: &str) -> Result<Option<bool>, Failure> {
        match self.take_as(key, Shape::Flag) {
            None => Ok(None),
            Some(value) => match value.as_bool() {
                Ok(flag) => Ok(Some(flag)),
                Err(_) => self.wrong(key, "true or false", &value),
            },
        }
    }

    /// A whole number, 1 at least.
    pub fn count(&mut self, key: &str) -> Result<Option<i64>, Failure> {
        match self.take_as(key, Shape::Count) {
            None => Ok(None),
            Some(value) => match value.as_int() {
                Ok(number) if number >= 1 => Ok(Some(number)),
                _ => self.wrong(key, "a whole number from 1 up", &value),
            },
        }
    }

    /// A time.
    pub fn duration(&mut self, key: &str) -> Result<Option<Duration>, Failure> {
        let what = format!("`{}`: `{key}`", self.primitive);
        self.take_as(key, Shape::Time)
            .map(|value| duration(&what, &value))
            .transpose()
    }

    /// Words; one word may stand for an array of one.
    pub fn words(&mut self, key: &str) -> Result<Vec<String>, Failure> {
        match self.take_as(key, Shape::Words) {
            None => Ok(Vec::new()),
            Some(value) => match (value.read_lock::<Array>(), word(&value)) {
                (Some(array), _) => words(self.primitive, &array),
                (None, Some(word)) => Ok(vec![word]),
                (None, None) => self.wrong(key, "an array of words", &value),
            },
        }
    }

    /// A map of texts, in the order of its keys.
    pub fn pairs(&mut self, key: &str) -> Result<Vec<(String, String)>, Failure> {
        let Some(value) = self.take_as(key, Shape::Pairs) else {
            return Ok(Vec::new());
        };
        let Some(map) = value.read_lock::<Map>() else {
            return self.wrong(key, "a map", &value);
        };
        map.iter()
            .map(|(name, value)| match word(value) {
                Some(text) => Ok((name.to_string(), text)),
                None => self.wrong(&format!("{key}.{name}"), "text", value),
            })
            .collect()
    }

    /// Refuses options that no getter asked for.
    pub fn end(self) -> Result<(), Failure> {
        let Some(key) = self.map.keys().next() else {
            return Ok(());
        };
        let (message, hint) = no_such_option(self.primitive, key);
        Err(Failure::recipe(message).with_hint(hint))
    }
}
