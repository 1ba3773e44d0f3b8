//! How the files of this repository are laid out: every test file is part of the program, and none is long.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The longest that a file may be, in lines.
const MAX_LINES: usize = 400;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files below `folder` whose names end with `.{extension}`.
fn files(folder: &Path, extension: &str) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|end| end == extension) {
            found.insert(path);
        }
    }
    found
}

/// The files of the modules that the file at `path` declares, with theirs.
fn modules(path: &Path, text: &str) -> BTreeSet<PathBuf> {
    let folder = path.parent().unwrap();
    let stem = path.file_stem().unwrap();
    let children = if stem == "main" || stem == "mod" {
        folder.to_owned()
    } else {
        folder.join(stem)
    };
    let mut found = BTreeSet::new();
    let mut elsewhere = None;
    for line in text.lines().map(str::trim) {
        if let Some(named) = line.strip_prefix("#[path = \"") {
            elsewhere = Some(named.trim_end_matches("\"]"));
            continue;
        }
        let public = ["pub(crate) ", "pub "];
        let declared = public.iter().find_map(|start| line.strip_prefix(start));
        let declared = declared.unwrap_or(line);
        let name = declared
            .strip_prefix("mod ")
            .and_then(|rest| rest.strip_suffix(';'));
        let Some(name) = name else {
            continue;
        };
        let file = match elsewhere.take() {
            Some(named) => folder.join(named),
            None => children.join(name).with_extension("rs"),
        };
        let file = if file.exists() {
            file
        } else {
            children.join(name).join("mod.rs")
        };
        let file = file.canonicalize().unwrap();
        found.extend(modules(&file, &fs::read_to_string(&file).unwrap()));
        found.insert(file);
    }
    found
}

#[test]
fn no_test_file_is_forgotten() {
    let main = root()
        .join("tests/integration/main.rs")
        .canonicalize()
        .unwrap();
    let text = fs::read_to_string(&main).unwrap();
    let mut reached = modules(&main, &text);
    reached.insert(main.clone());
    let there = files(&root().join("tests").canonicalize().unwrap(), "rs");
    let forgotten: Vec<_> = there.difference(&reached).collect();
    assert!(
        forgotten.is_empty(),
        "no module of {}: {forgotten:#?}",
        main.display()
    );

    // It would notice: a file whose module is not declared.
    let without = text.replace("mod layout;\n", "");
    let reached = modules(&main, &without);
    assert!(!reached.contains(&main.with_file_name("layout.rs")));
}

#[test]
fn no_file_is_long() {
    let mut long = Vec::new();
    for folder in ["src", "crates", "tests", "recipes"] {
        let folder = root().join(folder);
        for file in ["rs", "rhai"].iter().flat_map(|end| files(&folder, end)) {
            let lines = fs::read_to_string(&file).unwrap().lines().count();
            if lines > MAX_LINES {
                long.push(format!("{}: {lines}", file.display()));
            }
        }
    }
    assert!(long.is_empty(), "more than {MAX_LINES} lines: {long:#?}");
}

#[test]
fn every_file_says_what_it_is_for() {
    let mut silent = Vec::new();
    for folder in ["src", "crates", "tests", "recipes"] {
        let folder = root().join(folder);
        for file in ["rs", "rhai"].iter().flat_map(|end| files(&folder, end)) {
            if !fs::read_to_string(&file).unwrap().starts_with("//!") {
                silent.push(file);
            }
        }
    }
    assert!(silent.is_empty(), "without a `//!` line: {silent:#?}");
}
