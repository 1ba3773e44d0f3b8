//! Messages for undefined variables, with the most similar name that is defined.

use super::Source;
use super::parse_hint::parse_diagnostic;
use crate::fault::{Diagnostic, did_you_mean};
use rhai::{ParseError, ParseErrorType, Position, Scope};

/// The hint for a name that is defined, but not in this function.
const OUTSIDE_HINT: &str = "a function cannot use a `let` or a parameter of the recipe: pass it as an argument, or use a `const` as `global::NAME`";

/// The diagnostic for a parse error; an undefined variable gets the hint of [`no_such_variable`].
pub(super) fn explain_parse_error(
    error: &ParseError,
    source: &Source,
    scope: &Scope<'_>,
) -> Diagnostic {
    match error.err_type() {
        ParseErrorType::VariableUndefined(name) => {
            no_such_variable(name, error.position(), source, scope)
        }
        _ => parse_diagnostic(error, source),
    }
}

/// The diagnostic for an undefined variable, with the most similar name that is defined.
pub(crate) fn no_such_variable(
    name: &str,
    at: Position,
    source: &Source,
    scope: &Scope<'_>,
) -> Diagnostic {
    let words = source
        .text
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .collect::<Vec<_>>();
    // The names declared in the text, and the parameters.
    let declared = words
        .windows(2)
        .filter(|pair| ["let", "const", "for", "as"].contains(&pair[0]))
        .map(|pair| pair[1]);
    let params = scope.iter_raw().map(|(name, _, _)| name);
    let known: Vec<_> = declared.chain(params).collect();
    let hint = if known.contains(&name) {
        Some(OUTSIDE_HINT.to_owned())
    } else {
        did_you_mean(name, known)
    };
    Diagnostic {
        hint,
        ..Diagnostic::at(format!("unknown variable `{name}`"), &source.file, at)
    }
}
