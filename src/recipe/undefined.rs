//! Variables that are not defined: what the parser's error means, and the nearest that is defined.

use super::Source;
use super::parse_hint::parse_diagnostic;
use crate::fault::{Diagnostic, nearest};
use rhai::{ParseError, ParseErrorType, Position, Scope};

/// Of a name that is there, but elsewhere.
const OUTSIDE: &str = "a function sees no `let` and no parameter outside it: pass it in, or use a `const` as `global::NAME`";

/// What a parse error says, with the nearest variable.
pub fn explain_parse_error(error: &ParseError, source: &Source, scope: &Scope<'_>) -> Diagnostic {
    match error.err_type() {
        ParseErrorType::VariableUndefined(name) => {
            no_such_variable(name, error.position(), source, scope)
        }
        _ => parse_diagnostic(error, source),
    }
}

/// What is said of a variable that is not defined, with the nearest that is.
pub fn no_such_variable(
    name: &str,
    at: Position,
    source: &Source,
    scope: &Scope<'_>,
) -> Diagnostic {
    let words = source
        .text
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .collect::<Vec<_>>();
    // What is declared in the text, and the parameters.
    let declared = words
        .windows(2)
        .filter(|pair| ["let", "const", "for", "as"].contains(&pair[0]))
        .map(|pair| pair[1]);
    let params = scope.iter_raw().map(|(name, _, _)| name);
    let known: Vec<_> = declared.chain(params).collect();
    let hint = if known.contains(&name) {
        Some(OUTSIDE.to_owned())
    } else {
        nearest(name, known).map(|near| format!("did you mean `{near}`?"))
    };
    Diagnostic {
        hint,
        ..Diagnostic::at(format!("unknown variable `{name}`"), &source.file, at)
    }
}
