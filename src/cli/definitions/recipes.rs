//! Writes what an editor cannot know about recipes: parameters are constants, imports are relative
//! to `recipes/`, and `global` is the file.

use super::format::{WRITTEN_BY, type_name};
use crate::fault::{Result, import_file};
use crate::recipe::{Catalog, Constant, Header, Outline, Param, ParamKind, Source, read_header};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The files and their contents. `name` gives the path from such a file to one of the repository.
pub(super) fn files(root: &Path, name: impl Fn(&str) -> String) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    let mut constants: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    let mut outlines = BTreeMap::new();
    for (path, file) in Catalog::files(root) {
        let source = Source::read(&path, file.clone());
        // The editor already shows the error of a file that does not parse.
        let Ok((outline, header)) = source.and_then(|source| read(&source)) else {
            continue;
        };
        for Constant { name, of, .. } in &outline.constants {
            constants.entry(name.clone()).or_default().insert(of);
        }
        if !header.params.is_empty() {
            let text = format!("{}{}", module(&name(&file)), params(&header.params));
            files.push((flat("params", &file), text));
        }
        outlines.insert(file, outline);
    }
    for (meant, taken_for) in imports(root, &outlines) {
        if let Some(outline) = outlines.get(&meant) {
            let text = format!("{}{}", module(&name(&taken_for)), exports(outline));
            files.push((flat("import", &taken_for), text));
        }
    }
    for (alias, meant) in aliases(&outlines) {
        if let Some(outline) = outlines.get(&meant) {
            let text = format!("{WRITTEN_BY}module {alias};\n\n{}", exports(outline));
            files.push((format!("recipe-alias-{alias}.d.rhai").into(), text));
        }
    }
    let of = |types: &BTreeSet<&'static str>| match types.first() {
        Some(of) if types.len() == 1 => type_name(of),
        _ => "?",
    };
    let rows = constants
        .iter()
        .map(|(name, types)| format!("const {name}: {};\n", of(types)));
    let head = format!("/// The constants of the file.\n///\n{WRITTEN_BY}module global;\n\n");
    files.push((
        "recipe-global.d.rhai".into(),
        format!("{head}{}", rows.collect::<String>()),
    ));
    files
}

fn read(source: &Source) -> Result<(Outline, Header)> {
    let read = Outline::read(source).and_then(|outline| Ok((outline, read_header(source)?)));
    read.map_err(|error| crate::fault::Error::Recipe(Box::new(error)))
}

fn module(file: &str) -> String {
    format!("{WRITTEN_BY}module {file:?};\n\n")
}

/// The name of a definition file. They are all in one folder, so that old ones are easy to find.
fn flat(kind: &str, file: &str) -> PathBuf {
    let name = file
        .trim_start_matches("recipes/")
        .trim_end_matches(".rhai");
    format!("recipe-{kind}-{}.d.rhai", name.replace('/', ".")).into()
}

/// The imports that an editor does not find, since it looks relative to the importing file: the
/// actual file, and the file that the editor looks for.
fn imports(root: &Path, outlines: &BTreeMap<String, Outline>) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for (file, outline) in outlines {
        let folder = Path::new(file).parent().unwrap_or(Path::new(""));
        for (_, path) in &outline.imports {
            let Some(meant) = import_file(path) else {
                continue;
            };
            let beside = folder.join(meant.trim_start_matches("recipes/"));
            if !root.join(&beside).exists() {
                found.insert((meant, beside.to_string_lossy().into_owned()));
            }
        }
    }
    found
}

/// The file that each import alias stands for, if it is the same in all files: an editor does not
/// know that functions can use the imports.
fn aliases(outlines: &BTreeMap<String, Outline>) -> BTreeMap<String, String> {
    let mut meant: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (alias, path) in outlines.values().flat_map(|outline| &outline.imports) {
        meant.entry(alias).or_default().extend(import_file(path));
    }
    let single = meant
        .into_iter()
        .filter(|(alias, files)| !alias.is_empty() && files.len() == 1);
    single
        .filter_map(|(alias, files)| Some((alias.to_owned(), files.into_iter().next()?)))
        .collect()
}

fn params(params: &[Param]) -> String {
    let rows = params.iter().map(|param| {
        let of = match param.kind {
            ParamKind::Flag => "bool",
            ParamKind::Rest => "Array",
            _ if param.required || param.default_value.is_some() => "String",
            _ => "String | ()",
        };
        format!("/// {}\nconst {}: {of};\n", param.help, param.constant())
    });
    rows.collect::<Vec<_>>().join("\n")
}

fn exports(outline: &Outline) -> String {
    let constants = outline
        .constants
        .iter()
        .filter(|constant| constant.exported);
    let constants =
        constants.map(|constant| format!("const {}: {};\n", constant.name, type_name(constant.of)));
    let functions = outline.functions.iter().map(|function| {
        let params: Vec<_> = function
            .params
            .iter()
            .map(|name| format!("{name}: ?"))
            .collect();
        let signature = format!("fn {}({}) -> ?;\n", function.name, params.join(", "));
        let lines = function.docs.iter().cloned().chain([signature]);
        lines.collect::<Vec<_>>().join("\n")
    });
    constants.chain(functions).collect::<Vec<_>>().join("\n")
}
