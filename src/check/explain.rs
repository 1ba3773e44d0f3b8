//! Adds to an error what helps: the nearest name, the overloads there are.

use crate::fault::{Diagnostic, NOTHING_HINT, UNKNOWN_HINT, nearest, types};
use crate::recipe::syntax::map_keys;
use crate::recipe::{Catalog, new_parser};
use rhai::{Engine, EvalAltResult, FuncInfo};
use std::collections::BTreeSet;
use std::path::Path;

/// So many forms of a function help; a list of more would bury the error.
const MAX_FORMS: usize = 6;

/// What `error` says, with a hint from what `engine` knows, and from the files of the repository at
/// `root`.
pub fn explain(
    error: &EvalAltResult,
    engine: &Engine,
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
            let keys = keys(engine, root, file);
            diagnostic.hint = nearest(key, keys.iter().map(String::as_str))
                .map(|near| format!("did you mean `{near}`?"));
        }
        EvalAltResult::ErrorModuleNotFound(path, _) => {
            let files = Catalog::files(root).into_iter();
            let names = files.filter_map(|(_, file)| import_name(&file));
            let names: Vec<_> = names.collect();
            if let Some(near) = nearest(path, names.iter().map(String::as_str)) {
                diagnostic.hint = Some(format!("did you mean `{near}`?"));
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
        diagnostic.hint = nearest(name, names.iter().map(String::as_str))
            .map(|near| format!("did you mean `{near}`?"));
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
        // The list of what an operator takes would help nobody.
        name.starts_with(|c: char| c.is_alphabetic() || c == '_')
            .then(|| format!("there is {}", overloads.join(" and ")))
    };
}

/// The keys that a map may have: those that the maps of `file` are written with, and those that
/// primitives say they give.
fn keys(engine: &Engine, root: &Path, file: Option<&str>) -> BTreeSet<String> {
    let text = file.and_then(|file| std::fs::read_to_string(root.join(file)).ok());
    let ast = text.and_then(|text| new_parser(root).compile(text).ok());
    let mut keys = ast.as_ref().map(map_keys).unwrap_or_default();
    for documented in engine.collect_fn_metadata(None, |info| Some(documented_keys(&info)), false) {
        keys.extend(documented);
    }
    keys
}

/// The keys of the maps that the documentation of a primitive shows, as `#{ ok, code }`.
fn documented_keys(info: &FuncInfo<'_>) -> Vec<String> {
    let is_word = |key: &&str| {
        key.starts_with(|c: char| c.is_ascii_lowercase())
            && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let docs = info.metadata.comments.join("\n");
    docs.split("#{")
        .skip(1)
        .filter_map(|map| map.split('}').next())
        .flat_map(|map| map.split(','))
        .filter_map(|entry| entry.split(':').next().map(str::trim))
        .filter(is_word)
        .map(str::to_owned)
        .collect()
}

fn names(engine: &Engine) -> BTreeSet<String> {
    let names = engine.collect_fn_metadata(None, |info| Some(info.metadata.name.to_string()), true);
    names.into_iter().collect()
}

/// The forms that the function `name` has, as a hint; none where it has no form or a page of them.
pub(super) fn forms_hint(engine: &Engine, name: &str) -> Option<String> {
    let overloads = overloads(engine, name);
    (1..=MAX_FORMS)
        .contains(&overloads.len())
        .then(|| format!("there is {}", overloads.join(" and ")))
}

/// The signatures of the functions called `name`, as the primitives' documentation has them.
fn overloads(engine: &Engine, name: &str) -> Vec<String> {
    let mut overloads = engine.collect_fn_metadata(
        None,
        |info| {
            let function = info.metadata;
            (function.name == name && !function.params_info.is_empty()).then(|| {
                let params = function.params_info.iter().take(function.num_params);
                let params: Vec<_> = params.map(|param| types(param)).collect();
                format!("`{name}({})`", params.join(", "))
            })
        },
        true,
    );
    overloads.sort_by_key(|signature| (signature.len(), signature.clone()));
    // A primitive may stand for a function of Rhai that takes the same.
    let mut seen = BTreeSet::new();
    overloads.retain(|signature| {
        let params = signature
            .split(", ")
            .filter_map(|param| param.split(": ").nth(1));
        seen.insert(params.map(str::to_owned).collect::<Vec<_>>())
    });
    overloads
}
