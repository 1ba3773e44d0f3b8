//! What is wrong in a recipe, and where: the place and the calls that led there.

use super::{Failure, UNKNOWN_HINT};
use rhai::{EvalAltResult, ParseErrorType, Position};
use std::fmt;
use std::path::{Component, Path};

/// A place in a recipe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file, relative to the repository.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
}

impl Place {
    /// The place `position` of `file`, if it is one.
    pub fn new(file: &str, position: Position) -> Option<Self> {
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

/// An error with its place, the calls that led there, and a hint.
#[derive(Debug, Clone, Default)]
pub struct Diagnostic {
    /// What is wrong.
    pub message: String,
    /// Where.
    pub place: Option<Place>,
    /// The calls that led there, innermost first: the function and the place of the call.
    pub calls: Vec<(String, Place)>,
    /// What to do about it.
    pub hint: Option<String>,
    /// It may be meant: `check` says it, and finds nothing wrong.
    pub warning: bool,
}

impl Diagnostic {
    /// A diagnostic at one place.
    pub fn at(message: impl Into<String>, file: &str, position: Position) -> Self {
        Self {
            message: message.into(),
            place: Place::new(file, position),
            ..Self::default()
        }
    }

    /// Adds what to do about it.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What `error` says, found in `source` or in what that called.
    pub fn of(error: &EvalAltResult, source: Option<&str>) -> Self {
        let mut file = source.unwrap_or_default().to_owned();
        let mut calls = Vec::new();
        let mut error = error;
        loop {
            match error {
                EvalAltResult::ErrorInFunctionCall(name, callee, inner, position) => {
                    // The position is the caller's; the source names the callee's file.
                    if let Some(place) = Place::new(&file, *position) {
                        calls.push((function(name), place));
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

    /// The place and the places of the calls, innermost first, as `file:line:column`.
    pub fn places(&self) -> Vec<String> {
        let calls = self.calls.iter().map(|(_, place)| place);
        let mut places: Vec<_> = self
            .place
            .iter()
            .chain(calls)
            .map(Place::to_string)
            .collect();
        // A primitive throws at the position of its call: the same place, said once.
        places.dedup();
        places
    }
}

/// The file that an import of `path` reads, relative to the repository: `recipes/…`, with or without
/// the extension, never outside of it.
pub fn import_file(path: &str) -> Option<String> {
    let path = path.strip_suffix(".rhai").unwrap_or(path);
    let inside = Path::new(path)
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    (inside && !path.is_empty()).then(|| format!("recipes/{path}.rhai"))
}

/// Rhai names closures `anon$` and a hash.
fn function(name: &str) -> String {
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
                || "imports are files under recipes/, as `_lib/stack`".to_owned(),
                |file| format!("there is no {file} that can be read"),
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
            "`for` cannot go over this value".to_owned(),
            Some("it goes over arrays, ranges and text; over a map by `map.keys()`".to_owned()),
        ),
        EvalAltResult::ErrorIndexingType(signature, _) => {
            // `string [i64]`
            let (value, index) = signature.split_once(" [").unwrap_or((signature, "]"));
            let (value, index) = (types(value), types(index.trim_end_matches(']')));
            let message = format!("`{value}` has no index that is `{index}`");
            (message, (value == "()").then(|| NOTHING_HINT.to_owned()))
        }
        EvalAltResult::ErrorDotExpr(text, _) => property(text),
        EvalAltResult::ErrorDataRace(_, _) => {
            (DATA_RACE.0.to_owned(), Some(DATA_RACE.1.to_owned()))
        }
        EvalAltResult::ErrorStackOverflow(_) => (
            "functions call each other too deep".to_owned(),
            Some("does a function call itself without an end?".to_owned()),
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

/// A property of what is no map, as Rhai says it: `Unknown property 'state' - a getter is not
/// registered for type '()'`.
fn property(text: &str) -> (String, Option<String>) {
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

/// What is said of a name that nothing is imported as, and what helps.
pub fn not_imported(name: &str) -> (String, String) {
    (
        format!("no module is imported as `{name}`"),
        format!("add `import \"_lib/{name}\" as {name};` at the top"),
    )
}

/// What an error of the parser means, and a hint where the kind of error alone suffices for one.
pub fn parse_message(kind: &ParseErrorType) -> (String, Option<String>) {
    match kind {
        ParseErrorType::ModuleUndefined(name) => {
            let (message, hint) = not_imported(name);
            (message, Some(hint))
        }
        ParseErrorType::MissingToken(token, what) => (format!("expected `{token}` {what}"), None),
        ParseErrorType::Reserved(word) => (format!("`{word}` is a word that Rhai reserves"), None),
        ParseErrorType::WrongDocComment => ("`///` stands before a function only".to_owned(), None),
        other => (other.to_string(), None),
    }
}

/// What is said of a variable that a closure uses while it is locked, and what helps.
pub const DATA_RACE: (&str, &str) = (
    "a closure uses the variable whose method is being called",
    "take the value into a variable of its own first: `let names = map.keys(); names.map(…)`",
);

/// What is said of a value that is `()`.
pub const NOTHING_HINT: &str =
    "`()` is nothing: what was not given, not found, or not returned; ask `x != ()` first";

/// Types as recipes know them, in a name, a signature or a parameter.
pub fn types(text: &str) -> String {
    // The longer before what it contains.
    const WORDS: [(&str, &str); 14] = [
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
    WORDS.iter().fold(text.to_owned(), |text, (of_rhai, word)| {
        text.replace(of_rhai, word)
    })
}
