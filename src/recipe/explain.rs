//! Adds to an error what helps: the nearest name, the overloads there are.

use super::{Diagnostic, Source, nearest};
use crate::run::UNKNOWN_HINT;
use rhai::{Engine, EvalAltResult, ParseError, ParseErrorType, Scope};
use std::collections::BTreeSet;

/// What `error` says, with a hint from what `engine` knows.
pub fn explain(error: &EvalAltResult, engine: &Engine, source: Option<&str>) -> Diagnostic {
    let mut diagnostic = Diagnostic::of(error, source);
    if let EvalAltResult::ErrorFunctionNotFound(signature, _) = error.unwrap_inner() {
        let name = signature.split([' ', '(']).next().unwrap_or(signature);
        let overloads = overloads(engine, name);
        if overloads.is_empty() {
            let names = names(engine);
            diagnostic.message = format!("unknown function `{name}`");
            diagnostic.hint = nearest(name, names.iter().map(String::as_str))
                .map(|near| format!("did you mean `{near}`?"));
        } else {
            let given = signature[name.len()..].trim();
            diagnostic.message = format!("`{name}` does not take {}", arguments(given));
            // The list of what an operator takes would help nobody.
            diagnostic.hint = name
                .starts_with(|c: char| c.is_alphabetic() || c == '_')
                .then(|| format!("there is {}", overloads.join(" and ")));
            if given.contains("Unknown") {
                diagnostic.hint = Some(UNKNOWN_HINT.to_owned());
            }
        }
    }
    diagnostic
}

fn arguments(types: &str) -> String {
    let types = types
        .replace("&str | ImmutableString | String", "string")
        .replace("i64", "int")
        .replace("f64", "float");
    if types == "()" {
        "no arguments".to_owned()
    } else {
        types
    }
}

fn names(engine: &Engine) -> BTreeSet<String> {
    let names = engine.collect_fn_metadata(None, |info| Some(info.metadata.name.to_string()), true);
    names.into_iter().collect()
}

/// The signatures of the functions called `name`, as the primitives' documentation has them.
pub(super) fn overloads(engine: &Engine, name: &str) -> Vec<String> {
    let mut overloads = engine.collect_fn_metadata(
        None,
        |info| {
            let function = info.metadata;
            (function.name == name && !function.params_info.is_empty()).then(|| {
                let params = function.params_info.iter().take(function.num_params);
                let params: Vec<_> = params.map(ToString::to_string).collect();
                format!("`{name}({})`", params.join(", "))
            })
        },
        true,
    );
    overloads.sort_by_key(|signature| (signature.len(), signature.clone()));
    overloads
}

/// Of a name that is there, but elsewhere.
const OUTSIDE: &str = "a function sees no `let` and no parameter outside it: pass it in, or use a `const` as `global::NAME`";

/// What a parse error says, with the nearest variable.
pub(super) fn parse(error: &ParseError, source: &Source, scope: &Scope<'_>) -> Diagnostic {
    let mut diagnostic = Diagnostic::of_parse(error, &source.file);
    if let ParseErrorType::VariableUndefined(name) = error.err_type() {
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
        diagnostic.hint = if known.contains(&name.as_str()) {
            Some(OUTSIDE.to_owned())
        } else {
            nearest(name, known).map(|near| format!("did you mean `{near}`?"))
        };
    }
    diagnostic
}
