//! The grammar of `.env` files: that of Docker Compose, whose reader is package `dotenv` of
//! [compose-go](https://github.com/compose-spec/compose-go) v2.

use super::escapes::expand;
use super::template::{Refused, interpolate};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// The variables that a file is read with.
#[derive(Clone)]
pub(crate) struct Environment {
    /// The variables of the process, which come before those of the file.
    process: Arc<Process>,
    /// The values of the files read before it, which those of the file replace.
    earlier: Arc<BTreeMap<String, String>>,
}

type Process = dyn Fn(&str) -> Option<String> + Send + Sync;

impl Environment {
    /// The variables of the process, which `variable` returns by name.
    pub(crate) fn new(variable: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self {
            process: Arc::new(variable),
            earlier: Arc::default(),
        }
    }

    /// No variables.
    pub(crate) fn empty() -> Self {
        Self::new(|_| None)
    }

    /// The same process, after files with these values.
    pub(crate) fn after(&self, earlier: BTreeMap<String, String>) -> Self {
        Self {
            process: Arc::clone(&self.process),
            earlier: Arc::new(earlier),
        }
    }

    /// The value of a variable of the process.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        (self.process)(name)
    }
}

/// What a file consists of.
#[derive(Debug, Default)]
pub(crate) struct Parsed {
    /// Its variables, in order.
    pub statements: Vec<Statement>,
    /// The comments that have a line of their own, with their line ends.
    pub comments: Vec<Range<usize>>,
}

/// An assignment, or a name alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Statement {
    /// The name, without `export`.
    pub key: String,
    /// Its value; none if it is taken from the environment, which does not have it.
    pub value: Option<String>,
    /// Where the statement begins.
    pub start: usize,
    /// Where its value is, with the quotes. Empty if it has none.
    pub raw: Range<usize>,
    /// Where the statement ends: behind its line end, or behind the closing quote.
    pub end: usize,
    /// `NAME` alone: its value is that of the environment.
    pub inherits: bool,
    /// Its value is made with those of other variables.
    pub interpolates: bool,
}

/// Why a line is refused that is none of the kinds of lines.
pub(super) const NOT_A_LINE: &str = "a line is `NAME=value`, a comment or blank";
/// Why a line with a name of several words is refused.
pub(super) const SPACE_IN_NAME: &str = "there is a space in the name of a variable";
/// Why a value that begins with a quote is refused.
pub(super) const UNCLOSED_QUOTE: &str = "a quote is not closed";

/// Why a text is not a `.env` file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Malformed {
    /// Where the statement begins.
    pub at: usize,
    /// What is wrong.
    pub what: String,
}

/// Reads `text` from `start` on. The variables of `environment` come before those of the file.
pub(crate) fn parse(
    text: &str,
    start: usize,
    environment: &Environment,
) -> Result<Parsed, Malformed> {
    let mut parsed = Parsed::default();
    let mut values = (*environment.earlier).clone();
    let mut at = start;
    while let Some(begin) = statement_start(text, at, &mut parsed.comments) {
        let malformed = |what: String| Malformed { at: begin, what };
        let interpolates = Cell::new(false);
        let lookup = |name: &str| {
            interpolates.set(true);
            environment
                .variable(name)
                .or_else(|| values.get(name).cloned())
        };
        let mut statement = read(text, begin, &lookup).map_err(malformed)?;
        statement.interpolates = interpolates.get();
        if statement.inherits {
            statement.value = environment.variable(&statement.key);
        }
        if let Some(value) = &statement.value {
            values.insert(statement.key.clone(), value.clone());
        }
        at = statement.end;
        parsed.statements.push(statement);
    }
    Ok(parsed)
}

/// Where the next statement begins, past blank lines and comments.
fn statement_start(text: &str, from: usize, comments: &mut Vec<Range<usize>>) -> Option<usize> {
    let mut at = from;
    loop {
        at += text[at..].find(|c: char| !c.is_whitespace())?;
        if !text[at..].starts_with('#') {
            return Some(at);
        }
        let end = text[at..].find('\n').map(|length| at + length + 1);
        let line = line_start(text, at);
        if text[line..at].trim().is_empty() {
            comments.push(line..end.unwrap_or(text.len()));
        }
        at = end?;
    }
}

/// Where the line of `at` begins.
pub(crate) fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

fn read(
    text: &str,
    start: usize,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Result<Statement, String> {
    let name = start + export_length(&text[start..]);
    let Name {
        key,
        separator,
        length,
    } = name_of(&text[name..])?;
    if key.contains(' ') {
        return Err(SPACE_IN_NAME.to_owned());
    }
    let after = name + length;
    let mut statement = Statement {
        key: key.to_owned(),
        value: None,
        start,
        raw: after..after,
        end: after,
        inherits: separator == Some('\n'),
        interpolates: false,
    };
    if statement.inherits {
        return Ok(statement);
    }
    let begin = after + blank_length(&text[after..]);
    let refused = |refused| match refused {
        Refused::Malformed => {
            "`${` is followed by the name of a variable, and closed by `}`".to_owned()
        }
        Refused::Required { name, message } if message.is_empty() => {
            format!("the variable {name} is required, and has no value")
        }
        Refused::Required { name, message } => {
            format!("the variable {name} is required, and has no value: {message}")
        }
    };
    let rest = &text[begin..];
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
    let (value, raw, end) = if let Some(quote) = quote {
        let (inside, length) = quoted(rest, quote).ok_or(UNCLOSED_QUOTE)?;
        let value = if quote == '"' {
            interpolate(&expand(&inside), lookup).map_err(refused)?
        } else {
            inside
        };
        (value, length, length)
    } else {
        let line = rest.split('\n').next().unwrap_or(rest);
        let raw = line.split(" #").next().unwrap_or(line).trim_end();
        let end = rest.len().min(line.len() + 1);
        (interpolate(raw, lookup).map_err(refused)?, raw.len(), end)
    };
    statement.value = Some(value);
    statement.raw = begin..begin + raw;
    statement.end = begin + end;
    Ok(statement)
}

struct Name<'a> {
    key: &'a str,
    /// What ends it: `=`, `:`, or the end of the line; nothing at the end of the file.
    separator: Option<char>,
    /// With the separator.
    length: usize,
}

fn name_of(text: &str) -> Result<Name<'_>, String> {
    for (at, c) in text.char_indices() {
        match c {
            '=' | ':' | '\n' => {
                return Ok(Name {
                    key: text[..at].trim_end(),
                    separator: Some(c),
                    length: at + 1,
                });
            }
            '_' | '.' | '-' | '[' | ']' => {}
            c if is_blank(c) || c.is_alphabetic() || c.is_numeric() => {}
            _ => return Err(NOT_A_LINE.to_owned()),
        }
    }
    if text.is_empty() {
        return Err("there is no name after `export`".to_owned());
    }
    // As Compose has it: what the file ends with is the value of a variable without a name.
    Ok(Name {
        key: "",
        separator: None,
        length: 0,
    })
}

/// The length of `export` and what follows it.
fn export_length(text: &str) -> usize {
    match text.strip_prefix("export") {
        Some(rest) if rest.starts_with(['\t', '\n', '\u{c}', '\r', ' ']) => {
            "export".len() + blank_length(rest)
        }
        _ => 0,
    }
}

fn blank_length(text: &str) -> usize {
    text.len() - text.trim_start_matches(is_blank).len()
}

/// White space that does not end a line.
fn is_blank(c: char) -> bool {
    matches!(
        c,
        '\t' | '\u{b}' | '\u{c}' | '\r' | ' ' | '\u{85}' | '\u{a0}'
    )
}

/// The text between the quote that `text` starts with and the next that no backslash precedes, and
/// the length with both quotes.
fn quoted(text: &str, quote: char) -> Option<(String, usize)> {
    let mut inside = String::new();
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            c if c == quote && escaped => inside.push(c),
            c if c == quote => return Some((inside, at + 1)),
            '\\' if !escaped => {
                escaped = true;
                continue;
            }
            c if escaped => inside.extend(['\\', c]),
            c => inside.push(c),
        }
        escaped = false;
    }
    None
}
