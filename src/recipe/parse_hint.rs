//! Turns parse errors into messages with hints.

use super::Source;
use super::braces::unclosed;
use crate::fault::{Diagnostic, parse_message};
use rhai::{ParseError, ParseErrorType, Position};

/// The diagnostic for a parse error in `source`.
pub(super) fn parse_diagnostic(error: &ParseError, source: &Source) -> Diagnostic {
    let ParseError(kind, position) = error;
    let (message, hint) = parse_message(kind);
    Diagnostic {
        hint: hint.or_else(|| parse_hint(kind, *position, &source.text)),
        ..Diagnostic::at(message, &source.file, *position)
    }
}

/// What to do about a parse error at `at` in `text`.
fn parse_hint(kind: &ParseErrorType, at: Position, text: &str) -> Option<String> {
    let hint = match kind {
        ParseErrorType::MissingToken(token, what) => {
            return match token.as_str() {
                ";" => Some(semicolon(at, text)),
                "," => comma(what, at, text),
                "}" => unclosed(text).map(|(line, column)| {
                    format!("the `{{` at line {line}, column {column} seems to have no `}}`")
                }),
                _ => None,
            };
        }
        ParseErrorType::Reserved(word) => reserved(word),
        ParseErrorType::WrongDocComment => {
            "write `//`, or `//!` for the documentation of the recipe"
        }
        ParseErrorType::UnknownOperator(operator) => match operator.as_str() {
            "++" => "write `x += 1`",
            "--" => "write `x -= 1`",
            "===" => "write `==`",
            "!==" => "write `!=`",
            _ => return None,
        },
        _ => return None,
    };
    Some(hint.to_owned())
}

/// The parts of the line of `at` before and from that position.
fn around(at: Position, text: &str) -> Option<(String, String)> {
    let line = text.lines().nth(at.line()?.checked_sub(1)?)?;
    let before = at.position()?.checked_sub(1)?;
    Some((
        line.chars().take(before).collect(),
        line.chars().skip(before).collect(),
    ))
}

fn begins_a_line(at: Position, text: &str) -> bool {
    around(at, text).is_none_or(|(before, _)| before.trim().is_empty())
}

fn semicolon(at: Position, text: &str) -> String {
    if begins_a_line(at, text) {
        return "is the `;` missing at the end of the line above?".to_owned();
    }
    match around(at, text).and_then(|(_, rest)| rest.chars().next()) {
        Some(closing @ (')' | ']' | '}')) => {
            format!("unmatched `{closing}`")
        }
        _ => "end the statement with `;`, and put the arguments of a call in `( )`".to_owned(),
    }
}

fn comma(what: &str, at: Position, text: &str) -> Option<String> {
    let closing = [("call", ')'), ("array", ']'), ("map", '}')];
    let (_, closing) = closing.into_iter().find(|(word, _)| what.contains(word))?;
    begins_a_line(at, text)
        .then(|| format!("is the `{closing}` or a `,` missing at the end of the line above?"))
}

fn reserved(word: &str) -> &'static str {
    match word {
        "var" => "write `let`",
        "match" | "case" => "write `switch x { 1 => …, _ => … }`; if it is a name, rename it",
        "null" | "nil" | "undefined" | "void" => "write `()`",
        "async" | "await" | "go" | "spawn" | "thread" => {
            "to run steps in parallel write `run_steps(plan, #{ jobs: 4 })`; if it is a name, rename it"
        }
        "print" | "debug" | "type_of" | "eval" | "call" | "curry" => {
            "it is a function: put its arguments in `( )`; if it is a name, rename it"
        }
        "default" => "the key of a parameter is `default_value`; if it is a name, rename it",
        "exit" => "use `return;` to end with success, or `fail(message)` to end with an error",
        _ => "use another name",
    }
}
