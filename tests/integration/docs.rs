//! What the documents say is there, is there, and what they show, works.

use crate::harness::Repo;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// README.md, AGENTS.md, dev/README.md and docs/*.md, with their text.
fn documents() -> Vec<(PathBuf, String)> {
    let docs = fs::read_dir(root().join("docs")).unwrap();
    docs.map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "md"))
        .chain(["README.md", "AGENTS.md", "dev/README.md"].map(|path| root().join(path)))
        .map(|path| (path.clone(), fs::read_to_string(path).unwrap()))
        .collect()
}

/// The words of `text` that start with `prefix`, as far as they can be a path.
fn paths(text: &str, prefix: &str) -> BTreeSet<String> {
    let part = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    text.split(|c: char| !part(c))
        .filter(|word| word.starts_with(prefix) && word.len() > prefix.len())
        .map(|word| word.trim_end_matches(['.', '/']).to_owned())
        .collect()
}

#[test]
fn every_file_that_is_named_is_there() {
    let mut missing = Vec::new();
    for (document, text) in documents() {
        for prefix in ["scripts/", "docs/", ".ci/"] {
            for path in paths(&text, prefix) {
                if !root().join(&path).exists() {
                    missing.push(format!("{}: {path}", document.display()));
                }
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// What can follow `copilot dev` and is no recipe.
const BUILT_IN: [&str; 9] = [
    "run",
    "list",
    "check",
    "test",
    "api",
    "definitions",
    "help",
    "new",
    "show",
];

#[test]
fn every_verb_that_is_named_is_there() {
    let mut missing = Vec::new();
    for (document, text) in documents() {
        for (at, before) in text.match_indices("copilot dev ") {
            let words: Vec<_> = text[at + before.len()..]
                .split(|c: char| !(c.is_ascii_lowercase() || c == '-' || c == ' '))
                .next()
                .unwrap_or_default()
                .split(' ')
                .collect();
            let recipes = root().join("recipes");
            let verb = words[0];
            let of_a_group = format!("{verb}/{}.rhai", words.get(1).unwrap_or(&""));
            // The document's own examples: shown in it, or linked.
            let example = text.contains(&format!("`recipes/{verb}.rhai`:"))
                || text.contains(&format!("/recipes/{verb}.rhai)"));
            let known = verb.is_empty()
                || verb.starts_with('-')
                || BUILT_IN.contains(&verb)
                || example
                || recipes.join(format!("{verb}.rhai")).exists()
                || recipes.join(of_a_group).exists();
            if !known {
                missing.push(format!("{}: copilot dev {verb}", document.display()));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// The blocks of `text` that are marked as Rhai.
fn blocks(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("```rhai\n") {
        let (block, after) = after.split_once("```").unwrap();
        found.push(block);
        rest = after;
    }
    found
}

#[test]
fn every_recipe_that_is_shown_is_right() {
    let repo = Repo::new();
    let mut count = 0;
    for (document, text) in documents() {
        let document = document
            .file_stem()
            .unwrap()
            .to_string_lossy()
            .to_lowercase();
        // The guide's build on each other, and are run: tests/integration/guide.rs.
        if document == "recipes" {
            continue;
        }
        for (number, block) in blocks(&text).into_iter().enumerate() {
            repo.write(&format!("recipes/{document}-{number}.rhai"), block);
            count += 1;
        }
    }
    assert!(count > 0, "the documents show no recipe");
    let files = if count == 1 { "file" } else { "files" };
    repo.dev("check")
        .stdout(&format!("{count} recipe {files} checked, nothing wrong\n"))
        .run();
}
