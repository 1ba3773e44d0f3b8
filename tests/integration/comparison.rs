//! What docs/comparison.md shows of other tools is what they do, where they are installed in the
//! version that it names.

use crate::harness::document::{blocks, difference};
use crate::harness::{Repo, Shell, allowed_to_be_skipped, skipped};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// How a tool says its version, and how the document calls the tool and that version.
struct Tool {
    folder: &'static str,
    asked: &'static str,
    named: &'static str,
}

const TOOLS: [Tool; 4] = [
    Tool {
        folder: "just",
        asked: "just --version",
        named: "| just | 1.59.0 |",
    },
    Tool {
        folder: "task",
        asked: "task --version",
        named: "| Task | 3.54.0 |",
    },
    Tool {
        folder: "cargo-make",
        asked: "makers --version",
        named: "| cargo-make | 0.37.24 |",
    },
    Tool {
        folder: "python",
        asked: "python3 -c 'import typer; print(typer.__version__)'",
        named: "| Python | 3.11 with Typer 0.29.2 |",
    },
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn document() -> String {
    fs::read_to_string(root().join("docs/comparison.md")).unwrap()
}

/// Runs what the document shows of a tool, in a copy of its example.
fn follow(folder: &str, repo: &Repo) {
    let document = document();
    let from = document
        .split("\n### ")
        .find(|section| section.contains(&format!("](comparison/{folder}/")))
        .unwrap();
    let mut shell = Shell::new(repo.path(), environment(repo));
    let copied = root().join("docs/comparison").join(folder);
    shell.run(&format!("cp -R '{}' work && cd work", copied.display()));
    assert_eq!(shell.status(), 0);
    let mut ran = 0;
    for block in blocks(from) {
        assert_eq!(block.language, "console", "{folder}");
        for line in block.typed() {
            let printed = shell.run(&line.command);
            if let Some(difference) = difference(&line.shown, &printed, shell.folder()) {
                panic!("{folder}: `{}`\n{difference}", line.command);
            }
            ran += 1;
        }
    }
    assert!(ran > 5, "{folder}: {ran} commands");
}

/// cargo-make starts Cargo, which Rustup finds by its home; Typer is where `scripts/test` puts it.
fn environment(repo: &Repo) -> Vec<(&'static str, PathBuf)> {
    let mut variables = repo.environment();
    let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".rustup"));
    if let Some(rustup) = std::env::var_os("RUSTUP_HOME").map(PathBuf::from).or(home) {
        variables.push(("RUSTUP_HOME", rustup));
    }
    let typer = root().join("target/test-tools/typer");
    if typer.is_dir() {
        variables.push(("PYTHONPATH", typer));
    }
    variables
}

/// Follows what is shown of a tool if it is here as the document has it.
fn follow_if_here(folder: &str) {
    let tool = TOOLS.iter().find(|tool| tool.folder == folder).unwrap();
    let document = document();
    assert!(document.contains(tool.named), "{}", tool.named);
    let repo = Repo::new();
    let mut shell = Shell::new(repo.path(), environment(&repo));
    let version = tool
        .named
        .trim_end_matches(" |")
        .rsplit(' ')
        .next()
        .unwrap();
    if !shell.run(tool.asked).contains(version) {
        allowed_to_be_skipped(&format!("{folder} {version} is not here"));
        return;
    }
    follow(folder, &repo);
}

#[test]
fn ours_does_what_is_shown() {
    follow("copilot", &Repo::new());
}

#[test]
fn make_does_what_is_shown() {
    let repo = Repo::new();
    let printed = Shell::new(repo.path(), environment(&repo)).run("make --version");
    if !printed.starts_with("GNU Make") {
        return skipped("GNU Make");
    }
    // Before version 4, as on macOS, it quotes otherwise.
    if printed.starts_with("GNU Make 3") {
        return allowed_to_be_skipped("GNU Make 4 is not here");
    }
    follow("make", &repo);
}

#[test]
fn just_does_what_is_shown() {
    follow_if_here("just");
}

#[test]
fn task_does_what_is_shown() {
    follow_if_here("task");
}

#[test]
fn cargo_make_does_what_is_shown() {
    follow_if_here("cargo-make");
}

#[test]
fn python_does_what_is_shown() {
    follow_if_here("python");
}

#[test]
fn the_version_of_ours_is_that_which_is_built() {
    let repo = Repo::new();
    let printed = Shell::new(repo.path(), repo.environment()).run("copilot --version");
    let version = printed.trim().rsplit(' ').next().unwrap();
    let row = format!("| copilot | {version} | run |");
    assert!(document().contains(&row), "{row}");
}

#[test]
fn each_example_is_spoken_of() {
    let document = document();
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(root().join("docs/comparison")).unwrap() {
        let folder = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            document.contains(&format!("](comparison/{folder}/")),
            "{folder}"
        );
        found.insert(folder);
    }
    let expected = [
        "cargo-make",
        "copilot",
        "just",
        "make",
        "mise",
        "python",
        "task",
        "tilt",
    ];
    assert!(found.iter().eq(expected), "{found:?}");
}

#[test]
fn the_examples_that_are_not_run_parse() {
    let mise = fs::read_to_string(root().join("docs/comparison/mise/mise.toml")).unwrap();
    let parsed = toml::de::DeTable::parse(&mise);
    assert!(parsed.is_ok(), "{parsed:?}");
}

/// A row of the table that has a column too few says something of the wrong tool.
#[test]
fn each_row_has_a_cell_for_each_tool() {
    let document = document();
    let (_, rest) = document.split_once("## Features").unwrap();
    let rows = rest.lines().filter(|line| line.starts_with('|'));
    let cells: BTreeSet<_> = rows.map(|row| row.matches(" | ").count()).collect();
    // The row of dashes has no spaces in it.
    assert_eq!(cells, BTreeSet::from([0, 8]));
}
