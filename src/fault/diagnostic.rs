//! An error or warning in a recipe, with its location and the calls that led there.

use super::{Failure, UNKNOWN_HINT};
use rhai::{EvalAltResult, ParseErrorType, Position};
use std::fmt;
use std::path::{Component, Path};

/// A location in a recipe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// The file, relative to the repository.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
}

impl Place {
    /// `position` in `file`; `None` if Rhai does not know the position.
    pub(crate) fn new(file: &str, position: Position) -> Option<Self> {
        Some(Self {
            file: file.to_owned(),
            line: position.line()?,
            column: position.position().unwrap_or(1),
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// An error or warning with its location, the calls that led there, and a hint.
#[derive(Debug, Clone, Default)]
pub(crate) struct Diagnostic {
    /// What is wrong, in one line.
    pub message: String,
    /// Where it is wrong, if that is known.
    pub place: Option<Place>,
    /// The calls that led there, innermost first: the function and where it was called.
    pub calls: Vec<(String, Place)>,
    /// What to do about it.
    pub hint: Option<String>,
    /// It may be intended: `check` prints it but does not fail.
    pub warning: bool,
}

impl Diagnostic {
    /// An error at `position` in `file`, without calls and without a hint.
    pub(crate) fn at(message: impl Into<String>, file: &str, position: Position) -> Self {
        Self {
            message: message.into(),
            place: Place::new(file, position),
            ..Self::default()
        }
    }

    /// Adds what to do about it.
    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Converts an error of Rhai that was raised in the file `source` or in a file it called into.
    pub(crate) fn from_rhai(error: &EvalAltResult, source: Option<&str>) -> Self {
        let mut file = source.unwrap_or_default().to_owned();
        let mut calls = Vec::new();
        let mut error = error;
        loop {
            match error {
                EvalAltResult::ErrorInFunctionCall(name, callee, inner, position) => {
                    // The position is in the caller's file; `callee` is the file of the function.
                    if let Some(place) = Place::new(&file, *position) {
                        calls.push((function_name(name), place));
                    }
                    if !callee.is_empty() {
                        file.clone_from(callee);
                    }
                    error = inner;
                }
                EvalAltResult::ErrorInModule(module, inner, position) => {
                    if let Some(place) = Place::new(&file, *position) {
                        calls.push((format!("import of {module}"), place));
                    }
                    if !module.is_empty() {
                        file.clone_from(module);
                    }
                    error = inner;
                }
                _ => break,
            }
        }
        calls.reverse();
        let place = Place::new(&file, error.position());
        let (message, hint) = message(error);
        Self {
            message,
            place,
            calls,
            hint,
            warning: false,
        }
    }

    /// The location and those of the calls, innermost first, as `file:line:column`.
    pub(crate) fn places(&self) -> Vec<String> {
        let calls = self.calls.iter().map(|(_, place)| place);
        let mut places: Vec<_> = self
            .place
            .iter()
            .chain(calls)
            .map(Place::to_string)
            .collect();
        // A primitive throws at the position of its call: list that location once.
        places.dedup();
        places
    }
}

/// The file that `import "path"` reads, relative to the repository: `recipes/path.rhai`. `None` if
/// the path leads out of `recipes/`.
pub(crate) fn import_file(path: &str) -> Option<String> {
    let path = path.strip_suffix(".rhai").unwrap_or(path);
    let inside = Path::new(path)
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    (inside && !path.is_empty()).then(|| format!("recipes/{path}.rhai"))
}

/// The name of a function for people: Rhai names closures `anon$` and a hash.
fn function_name(name: &str) -> String {
    if name.starts_with("anon$") {
        "a closure".to_owned()
    } else {
        name.to_owned()
    }
}

fn message(error: &EvalAltResult) -> (String, Option<String>) {
    match error {
        EvalAltResult::ErrorRuntime(value, _) => {
            let failure = Failure::from_thrown(value);
            (failure.message, failure.hint)
        }
        EvalAltResult::ErrorParsing(kind, _) => parse_message(kind),
        EvalAltResult::ErrorTerminated(reason, _) if reason.is_string() => {
            let hint = "let a program process large data, and keep only its result".to_owned();
            (reason.to_string(), Some(hint))
        }
        EvalAltResult::ErrorFunctionNotFound(signature, _) => {
            (format!("unknown function `{}`", types(signature)), None)
        }
        EvalAltResult::ErrorVariableNotFound(name, _) => {
            (format!("unknown variable `{name}`"), None)
        }
        EvalAltResult::ErrorPropertyNotFound(name, _) => {
            (format!("the map has no key `{name}`"), None)
        }
        EvalAltResult::ErrorModuleNotFound(name, _) => {
            let hint = import_file(name).map_or_else(
                || "an import names a file under recipes/, such as `_lib/stack`".to_owned(),
                |file| format!("{file} does not exist or cannot be read"),
            );
            (format!("cannot import `{name}`"), Some(hint))
        }
        EvalAltResult::ErrorMismatchDataType(wanted, found, _) => {
            let found = if found.is_empty() {
                "something else"
            } else {
                found
            };
            let found = types(found);
            let hint = match found.as_str() {
                "Unknown" => Some(UNKNOWN_HINT.to_owned()),
                "()" => Some(NOTHING_HINT.to_owned()),
                _ => None,
            };
            (format!("expected {}, found {found}", types(wanted)), hint)
        }
        EvalAltResult::ErrorFor(_) => (
            "`for` cannot iterate over this value".to_owned(),
            Some(
                "it iterates over arrays, ranges and strings; for a map use `map.keys()`"
                    .to_owned(),
            ),
        ),
        EvalAltResult::ErrorIndexingType(signature, _) => {
            // `string [i64]`
            let (value, index) = signature.split_once(" [").unwrap_or((signature, "]"));
            let (value, index) = (types(value), types(index.trim_end_matches(']')));
            let message = format!("`{value}` cannot be indexed by `{index}`");
            (message, (value == "()").then(|| NOTHING_HINT.to_owned()))
        }
        EvalAltResult::ErrorDotExpr(text, _) => property_message(text),
        EvalAltResult::ErrorDataRace(_, _) => {
            (DATA_RACE.0.to_owned(), Some(DATA_RACE.1.to_owned()))
        }
        EvalAltResult::ErrorStackOverflow(_) => (
            "recursion too deep".to_owned(),
            Some("does a function call itself without ever returning?".to_owned()),
        ),
        other => {
            let mut plain = other.to_string();
            if let Some(at) = plain.rfind(" (line ") {
                plain.truncate(at);
            }
            (plain, None)
        }
    }
}

/// The message for a property of a value that is not a map. Rhai says: `Unknown property 'state' -
/// a getter is not registered for type '()'`.
fn property_message(text: &str) -> (String, Option<String>) {
    let quoted: Vec<_> = text.split('\'').skip(1).step_by(2).collect();
    let [name, value, ..] = quoted[..] else {
        return (text.to_owned(), None);
    };
    let value = types(value);
    let hint = match value.as_str() {
        "()" => Some(NOTHING_HINT.to_owned()),
        "Unknown" => Some(UNKNOWN_HINT.to_owned()),
        _ => None,
    };
    (format!("`{value}` has no property `{name}`"), hint)
}

/// The message and the hint for a module `name` that is not imported.
pub(crate) fn not_imported(name: &str) -> (String, String) {
    (
        format!("no module is imported as `{name}`"),
        format!("add `import \"_lib/{name}\" as {name};` at the top"),
    )
}

/// The message for a parse error, and a hint where the kind of error is enough to give one.
pub(crate) fn parse_message(kind: &ParseErrorType) -> (String, Option<String>) {
    match kind {
        ParseErrorType::ModuleUndefined(name) => {
            let (message, hint) = not_imported(name);
            (message, Some(hint))
        }
        ParseErrorType::MissingToken(token, what) => (format!("expected `{token}` {what}"), None),
        ParseErrorType::Reserved(word) => (format!("`{word}` is a reserved word in Rhai"), None),
        ParseErrorType::WrongDocComment => {
            ("`///` is allowed only before a function".to_owned(), None)
        }
        other => (other.to_string(), None),
    }
}

/// The message and the hint for a closure that uses a variable while Rhai has it locked.
pub(crate) const DATA_RACE: (&str, &str) = (
    "a closure uses the variable whose method is being called",
    "assign the value to another variable first: `let names = map.keys(); names.map(…)`",
);

/// The hint for an operation on `()`.
pub(crate) const NOTHING_HINT: &str =
    "`()` means no value: not given, not found or not returned; test `x != ()` first";

/// Replaces Rust's and Rhai's names of types in `text` with those that recipes use.
pub(crate) fn types(text: &str) -> String {
    // A longer name comes before one that it contains.
    const TYPE_NAMES: [(&str, &str); 14] = [
        ("copilot::fault::unknown::Unknown", "Unknown"),
        ("copilot::run::plan::Step", "Step"),
        ("&str | ImmutableString | String", "string"),
        ("&mut ", ""),
        ("ImmutableString", "string"),
        ("&str", "string"),
        ("i64", "int"),
        ("f64", "float"),
        ("INT", "int"),
        ("FLOAT", "float"),
        ("Dynamic", "any"),
        (": Array", ": array"),
        (": Map", ": map"),
        (": Blob", ": blob"),
    ];
    TYPE_NAMES
        .iter()
        .fold(text.to_owned(), |text, (rhai, recipe)| {
            text.replace(rhai, recipe)
        })
}
