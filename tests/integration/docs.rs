//! What the documents say is there, is there, and what they show, works.

use crate::harness::Repo;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files of a folder whose names `is_wanted` accepts.
fn files(folder: &str, is_wanted: fn(&str) -> bool) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(root().join(folder)).unwrap();
    entries
        .map(|entry| entry.unwrap().path())
        .filter(move |path| is_wanted(&path.file_name().unwrap().to_string_lossy()))
}

fn is_markdown(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|end| end == "md")
}

/// *.md, dev/README.md and docs/*.md, with their text.
fn documents() -> Vec<(PathBuf, String)> {
    files("", is_markdown)
        .chain(files("docs", is_markdown))
        .chain([root().join("dev/README.md")])
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
        .stdout(&format!("{count} recipe {files} checked, no problems\n"))
        .run();
}

#[test]
fn the_readme_links_to_every_document() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let is_document = |name: &str| name.starts_with("LICENSE") || is_markdown(name);
    let missing: Vec<_> = files("", is_document)
        .filter(|path| !path.ends_with("README.md"))
        .chain(files("docs", is_document))
        .chain(files(".github/workflows", |_| true))
        .map(|path| path.strip_prefix(root()).unwrap().display().to_string())
        .filter(|path| !readme.contains(&format!("]({path})")))
        .collect();
    assert!(missing.is_empty(), "not linked from README.md: {missing:?}");
}

/// The names of the functions that a Rust file defines.
fn functions(text: &str) -> impl Iterator<Item = String> {
    text.match_indices("fn ").map(|(at, before)| {
        let rest = &text[at + before.len()..];
        let is_name = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
        rest.chars().take_while(is_name).collect()
    })
}

#[test]
fn every_function_that_the_architecture_names_exists() {
    let mut defined = BTreeSet::new();
    let mut folders = vec![root().join("src")];
    while let Some(folder) = folders.pop() {
        for path in files(folder.to_str().unwrap(), |_| true) {
            if path.is_dir() {
                folders.push(path);
            } else {
                defined.extend(functions(&fs::read_to_string(path).unwrap()));
            }
        }
    }
    let text = fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let named: BTreeSet<_> = text
        .split('`')
        .filter_map(|code| code.strip_suffix("()"))
        .map(|path| path.rsplit("::").next().unwrap().to_owned())
        .collect();
    assert!(named.len() > 10, "{named:?}");
    let missing: Vec<_> = named.difference(&defined).collect();
    assert!(missing.is_empty(), "no such functions: {missing:?}");
}

#[test]
fn the_workflow_runs_everything_on_linux_and_the_hosts_tests_on_macos() {
    let text = fs::read_to_string(root().join(".github/workflows/ci.yml")).unwrap();
    let workflow: serde_json::Value = serde_saphyr::from_str(&text).unwrap();
    let run = |job: &str| {
        let steps = workflow["jobs"][job]["steps"].as_array().unwrap();
        let commands = steps.iter().filter_map(|step| step["run"].as_str());
        commands.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(run("linux"), [".ci/run"]);
    assert_eq!(run("macos"), ["cargo test --locked"]);
}

#[test]
fn only_cargo_toml_states_the_rust_version() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let (_, rest) = manifest.split_once("\nrust-version = \"").unwrap();
    let (version, _) = rest.split_once('"').unwrap();
    let is_script = |name: &str| !name.contains('.');
    let others = files("scripts", is_script).chain([root().join("Dockerfile")]);
    let others = others.map(|path| (path.clone(), fs::read_to_string(path).unwrap()));
    let stated: Vec<_> = documents()
        .into_iter()
        .chain(others)
        .filter(|(_, text)| text.contains(version))
        .map(|(path, _)| path)
        .collect();
    assert!(stated.is_empty(), "{version} is also in {stated:?}");
}
