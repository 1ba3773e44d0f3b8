//! Adds hints to errors: the nearest name, the forms of a function.

use crate::fault::{Diagnostic, NOTHING_HINT, UNKNOWN_HINT, did_you_mean, types};
use crate::primitives::primitive;
use crate::recipe::syntax::map_keys;
use crate::recipe::{Catalog, new_parser};
use rhai::{Engine, EvalAltResult};
use std::collections::BTreeSet;
use std::path::Path;

/// A list of more forms would bury the error.
const MAX_FORMS: usize = 6;

/// The diagnostic of `error`, with a hint from the functions of `engine`, the `returned_keys` of the
/// maps that they return, and the files of the repository at `root`.
pub(crate) fn explain(
    error: &EvalAltResult,
    engine: &Engine,
    returned_keys: &[&str],
    root: &Path,
    source: Option<&str>,
) -> Diagnostic {
    let mut diagnostic = Diagnostic::from_rhai(error, source);
    match error.unwrap_inner() {
        EvalAltResult::ErrorFunctionNotFound(signature, _) => {
            unknown_function(&mut diagnostic, signature, engine);
        }
        EvalAltResult::ErrorPropertyNotFound(key, _) => {
            let file = diagnostic.place.as_ref().map(|place| place.file.as_str());
            let written = written_keys(root, file);
            let known = written.iter().map(String::as_str);
            diagnostic.hint = did_you_mean(key, known.chain(returned_keys.iter().copied()));
        }
        EvalAltResult::ErrorModuleNotFound(path, _) => {
            let files = Catalog::files(root).into_iter();
            let names = files.filter_map(|(_, file)| import_name(&file));
            let names: Vec<_> = names.collect();
            if let Some(hint) = did_you_mean(path, names.iter().map(String::as_str)) {
                diagnostic.hint = Some(hint);
            }
        }
        _ => {}
    }
    diagnostic
}

/// What `file`, relative to the repository, is imported as.
fn import_name(file: &str) -> Option<String> {
    let name = file.strip_prefix("recipes/")?.strip_suffix(".rhai")?;
    Some(name.to_owned())
}

fn unknown_function(diagnostic: &mut Diagnostic, signature: &str, engine: &Engine) {
    let name = signature.split([' ', '(']).next().unwrap_or(signature);
    let overloads = overloads(engine, name);
    if name.starts_with("anon$") {
        // Rhai looks for it among the functions of whoever calls it.
        "a closure of an imported file is called outside of that file"
            .clone_into(&mut diagnostic.message);
        diagnostic.hint = Some(
            "write the closure in the recipe, and call the imported function in it: `|| lib::work(id)`"
                .to_owned(),
        );
        return;
    }
    if overloads.is_empty() {
        let names = names(engine);
        diagnostic.message = format!("unknown function `{name}`");
        diagnostic.hint = did_you_mean(name, names.iter().map(String::as_str));
        return;
    }
    let given = types(signature[name.len()..].trim());
    let taken = if given == "()" {
        "no arguments"
    } else {
        &given
    };
    diagnostic.message = format!("`{name}` does not take {taken}");
    let is_nothing = given
        .trim_matches(['(', ')'])
        .split(',')
        .any(|one| one.trim().is_empty());
    diagnostic.hint = if given.contains("Unknown") {
        Some(UNKNOWN_HINT.to_owned())
    } else if is_nothing && given != "()" {
        Some(NOTHING_HINT.to_owned())
    } else {
        // The list of what an operator takes would not help.
        name.starts_with(|c: char| c.is_alphabetic() || c == '_')
            .then(|| format!("there is {}", overloads.join(" and ")))
    };
}

/// The keys of the map literals in `file`.
fn written_keys(root: &Path, file: Option<&str>) -> BTreeSet<String> {
    let text = file.and_then(|file| std::fs::read_to_string(root.join(file)).ok());
    let ast = text.and_then(|text| new_parser(root).compile(text).ok());
    ast.as_ref().map(map_keys).unwrap_or_default()
}

fn names(engine: &Engine) -> BTreeSet<String> {
    let names = engine.collect_fn_metadata(None, |info| Some(info.metadata.name.to_string()), true);
    names.into_iter().collect()
}

/// The forms of the function `name`, as a hint; `None` if there are none, or too many to help.
pub(super) fn forms_hint(engine: &Engine, name: &str) -> Option<String> {
    let overloads = overloads(engine, name);
    (1..=MAX_FORMS)
        .contains(&overloads.len())
        .then(|| format!("there is {}", overloads.join(" and ")))
}

/// The calls of the functions of this name, with the types that they take.
fn overloads(engine: &Engine, name: &str) -> Vec<String> {
    let is_registered = || {
        let named = |info: rhai::FuncInfo<'_>| (info.metadata.name == name).then_some(());
        !engine.collect_fn_metadata(None, named, false).is_empty()
    };
    let mut overloads = match primitive(name).filter(|_| is_registered()) {
        Some(primitive) => {
            let forms = primitive.forms.iter();
            forms
                .map(|form| format!("`{}`", primitive.call(form)))
                .collect()
        }
        None => described_by_rhai(engine, name),
    };
    overloads.sort_by_key(|signature| (signature.len(), signature.clone()));
    overloads
}

/// As [`overloads`], from what was registered with the functions.
fn described_by_rhai(engine: &Engine, name: &str) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let overloads = engine.collect_fn_metadata(
        None,
        |info| {
            let function = info.metadata;
            (function.name == name && !function.params_info.is_empty()).then(|| {
                let params = function.params_info.iter().take(function.num_params);
                params.map(|param| types(param)).collect::<Vec<_>>()
            })
        },
        true,
    );
    let is_new = |params: &Vec<String>| {
        let types = params.iter().filter_map(|param| param.split(": ").nth(1));
        // Functions of Rhai may be listed by several names of their parameters.
        seen.insert(types.map(str::to_owned).collect::<Vec<_>>())
    };
    let new = overloads.into_iter().filter(is_new);
    new.map(|params| format!("`{name}({})`", params.join(", ")))
        .collect()
}
