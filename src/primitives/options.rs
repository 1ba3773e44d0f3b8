//! Reads maps of options: the keys that a primitive takes, and the values that each of them takes.

use super::args::{duration, word, word_list};
use super::spec::{Opt, Primitive, Shape};
use super::value::show;
use crate::fault::{Failure, did_you_mean};
use rhai::{Array, Dynamic, Map};
use std::slice::from_ref;
use std::time::Duration;

/// A map of options. Each getter takes an option out; [`Opts::end`] refuses what is left.
pub(super) struct Opts<'a> {
    /// What errors call the owner of the options.
    owner: &'a str,
    known: &'a [&'a [Opt]],
    map: Map,
    /// Two options that were given and exclude each other.
    conflict: Option<Failure>,
}

impl<'a> Opts<'a> {
    /// The options that `primitive` was given.
    pub(super) fn new(primitive: &'static Primitive, map: Map) -> Self {
        Self::with(primitive.name, primitive.options, map)
    }

    /// The options of `owner`, which may have the `known` ones.
    pub(super) fn with(owner: &'a str, known: &'a [&'a [Opt]], map: Map) -> Self {
        let is_given = |key: &str| map.get(key).is_some_and(|value| !value.is_unit());
        let conflict = conflict(owner, known, is_given).map(|(_, failure)| failure);
        Self {
            owner,
            known,
            map,
            conflict,
        }
    }

    /// The option as it is; `None` if it is absent or `()`.
    pub(super) fn take(&mut self, key: &str) -> Option<Dynamic> {
        self.take_as(key, |shape| matches!(shape, Shape::Own { .. }))
    }

    fn take_as(&mut self, key: &str, is_shape: impl Fn(Shape) -> bool) -> Option<Dynamic> {
        debug_assert!(
            self.known
                .iter()
                .copied()
                .flatten()
                .any(|option| option.name == key && is_shape(option.shape)),
            "`{}` reads `{key}` otherwise than its constant says",
            self.owner
        );
        self.map.remove(key).filter(|value| !value.is_unit())
    }

    fn wrong<T>(&self, key: &str, wanted: &str, found: &Dynamic) -> Result<T, Failure> {
        Err(Failure::recipe(format!(
            "`{}`: `{key}` is {}, not {wanted}",
            self.owner,
            show(found)
        )))
    }

    /// Text; numbers are taken as they print.
    pub(super) fn text(&mut self, key: &str) -> Result<Option<String>, Failure> {
        match self.take_as(key, |shape| {
            matches!(shape, Shape::Text | Shape::Parsed(..))
        }) {
            None => Ok(None),
            Some(value) => match word(&value) {
                Some(text) => Ok(Some(text)),
                None => self.wrong(key, "text", &value),
            },
        }
    }

    /// Text that must be given.
    pub(super) fn required(&mut self, key: &str) -> Result<String, Failure> {
        self.text(key)?
            .ok_or_else(|| Failure::recipe(format!("`{}` needs `{key}`", self.owner)))
    }

    /// True or false; false if absent.
    pub(super) fn flag(&mut self, key: &str) -> Result<bool, Failure> {
        Ok(self.optional_flag(key)?.unwrap_or(false))
    }

    /// True or false, if given.
    pub(super) fn optional_flag(&mut self, key: &str) -> Result<Option<bool>, Failure> {
        match self.take_as(key, |shape| matches!(shape, Shape::Flag)) {
            None => Ok(None),
            Some(value) => match value.as_bool() {
                Ok(flag) => Ok(Some(flag)),
                Err(_) => self.wrong(key, "true or false", &value),
            },
        }
    }

    /// A whole number, 1 at least.
    pub(super) fn count(&mut self, key: &str) -> Result<Option<i64>, Failure> {
        match self.take_as(key, |shape| matches!(shape, Shape::Count)) {
            None => Ok(None),
            Some(value) => match value.as_int() {
                Ok(number) if number >= 1 => Ok(Some(number)),
                _ => self.wrong(key, "a whole number from 1 up", &value),
            },
        }
    }

    /// Seconds as a number, or text such as `"1h30m"`.
    pub(super) fn duration(&mut self, key: &str) -> Result<Option<Duration>, Failure> {
        let what = format!("`{}`: `{key}`", self.owner);
        self.take_as(key, |shape| matches!(shape, Shape::Time))
            .map(|value| duration(&what, &value))
            .transpose()
    }

    /// Words; one word may stand for an array of one.
    pub(super) fn word_list(&mut self, key: &str) -> Result<Vec<String>, Failure> {
        match self.take_as(key, |shape| matches!(shape, Shape::Words)) {
            None => Ok(Vec::new()),
            Some(value) => match (value.read_lock::<Array>(), word(&value)) {
                (Some(array), _) => word_list(self.owner, &array),
                (None, Some(word)) => Ok(vec![word]),
                (None, None) => self.wrong(key, "an array of words", &value),
            },
        }
    }

    /// A map of texts, in the order of its keys.
    pub(super) fn pairs(&mut self, key: &str) -> Result<Vec<(String, String)>, Failure> {
        let pairs = self.optional_pairs(key)?.into_iter();
        pairs
            .map(|(name, value)| match value {
                Some(text) => Ok((name, text)),
                None => self.wrong(&format!("{key}.{name}"), "text", &Dynamic::UNIT),
            })
            .collect()
    }

    /// A map of texts or `()`, in the order of its keys.
    pub(super) fn optional_pairs(
        &mut self,
        key: &str,
    ) -> Result<Vec<(String, Option<String>)>, Failure> {
        let Some(value) = self.take_as(key, |shape| matches!(shape, Shape::Pairs)) else {
            return Ok(Vec::new());
        };
        let Some(map) = value.read_lock::<Map>() else {
            return self.wrong(key, "a map", &value);
        };
        map.iter()
            .map(|(name, value)| match word(value) {
                None if !value.is_unit() => self.wrong(&format!("{key}.{name}"), "text", value),
                text => Ok((name.to_string(), text)),
            })
            .collect()
    }

    /// Refuses options that no getter asked for, and those that exclude each other.
    pub(super) fn end(self) -> Result<(), Failure> {
        if let Some(failure) = self.conflict {
            return Err(failure);
        }
        let Some(key) = self.map.keys().next() else {
            return Ok(());
        };
        let (message, hint) = no_such_option(self.owner, self.known, key);
        Err(Failure::recipe(message).with_hint(hint))
    }
}

/// The error, and its hint, about a key that is not one of the `known` options of `owner`.
pub(crate) fn no_such_option(owner: &str, known: &[&[Opt]], key: &str) -> (String, String) {
    let names = || known.iter().copied().flatten().map(|option| option.name);
    let hint = did_you_mean(key, names()).unwrap_or_else(|| {
        let names: Vec<_> = names().collect();
        format!("options are {}", names.join(", "))
    });
    (format!("`{owner}` has no option `{key}`"), hint)
}

/// The first option that cannot be combined with another one that `is_given` too, and the error.
pub(crate) fn conflict(
    owner: &str,
    known: &[&[Opt]],
    is_given: impl Fn(&str) -> bool,
) -> Option<(&'static str, Failure)> {
    let mut options = known.iter().copied().flatten();
    let option = options.find(|option| {
        let other = option.not_with;
        other.is_some_and(|other| is_given(option.name) && is_given(other))
    })?;
    let (name, other) = (option.name, option.not_with?);
    let message = format!("`{owner}`: `{name}` has no effect beside `{other}`");
    let hint = if other == "url" {
        "make it a part of `url`, or leave out one of the two"
    } else {
        "leave out one of the two"
    };
    Some((name, Failure::recipe(message).with_hint(hint)))
}

/// What `owner` itself would say of its `option` with this value.
pub(crate) fn check_option(owner: &str, option: &Opt, value: &Dynamic) -> Result<(), Failure> {
    let key = option.name;
    let known = [from_ref(option)];
    let mut opts = Opts::with(owner, &known, Map::from([(key.into(), value.clone())]));
    match option.shape {
        Shape::Text => opts.text(key).map(drop),
        Shape::Parsed(_, check) => opts.text(key)?.as_deref().map_or(Ok(()), check),
        Shape::Flag => opts.optional_flag(key).map(drop),
        Shape::Count => opts.count(key).map(drop),
        Shape::Time => opts.duration(key).map(drop),
        Shape::Words => opts.word_list(key).map(drop),
        Shape::Pairs => opts.optional_pairs(key).map(drop),
        Shape::Own { check, .. } => opts.take(key).as_ref().map_or(Ok(()), check),
    }
}
