//! Every folder of the host uses only folders below it, and no file depends on itself.
//!
//! `syn` reads each file of `src` and of the crates. A path counts wherever it is written: in a
//! `use`, an expression, a type, a pattern, an attribute, the inside of a macro. It is followed
//! through re-exports to the file that defines the item. For the order of the folders, every
//! module that the path names counts as well; for cycles, only the file that defines the item.
//!
//! What does not count:
//!
//! - Code under `#[cfg(test)]`: a unit test may use whatever shows that the code works.
//! - A re-export of an item from a child module: it tells where the item is and uses nothing.
//! - The call of a method, since only the compiler knows its type; the type had to be named.
//!
//! A path into the sources that leads nowhere fails the test, so that it cannot overlook one.

mod cycles;
mod items;
mod modules;
mod order;
mod paths;
mod resolve;
mod small_trees;
mod tokens;

use modules::{Sources, Tree};
use std::path::Path;
use std::sync::LazyLock;

/// What is wrong with a set of sources, each as `file:line: what`.
#[derive(Debug, Default, PartialEq)]
struct Findings {
    unresolved: Vec<String>,
    order: Vec<String>,
    cycles: Vec<String>,
}

fn examine(sources: &Sources) -> Findings {
    let tree = Tree::read(sources);
    let (dependencies, unresolved) = paths::dependencies(&tree);
    let mut order = order::unknown_folders(sources);
    order.extend(order::violations(&dependencies));
    Findings {
        unresolved: [tree.problems, unresolved].concat(),
        order,
        cycles: cycles::cycles(&dependencies),
    }
}

/// The sources of the host and of the crates.
fn real_sources() -> Sources {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = Sources::new();
    let mut folders = vec![root.join("src")];
    for entry in root.join("crates").read_dir().unwrap() {
        folders.push(entry.unwrap().path().join("src"));
    }
    while let Some(folder) = folders.pop() {
        for entry in folder.read_dir().unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap();
                let text = std::fs::read_to_string(&path).unwrap();
                sources.insert(name.to_owned(), text);
            }
        }
    }
    sources
}

/// What is wrong with the real sources, found once for all tests.
static REAL_FINDINGS: LazyLock<Findings> = LazyLock::new(|| examine(&real_sources()));

fn assert_none(found: &[String]) {
    assert!(found.is_empty(), "{}:\n{}", found.len(), found.join("\n"));
}

#[test]
fn every_path_is_followed() {
    assert_none(&REAL_FINDINGS.unresolved);
}

#[test]
fn folders_use_only_what_is_below_them() {
    assert_none(&REAL_FINDINGS.order);
}

#[test]
fn no_file_depends_on_itself() {
    assert_none(&REAL_FINDINGS.cycles);
}

/// The check would find, in the real sources, each form of a path against the order.
#[test]
fn a_path_added_to_the_real_sources_is_reported() {
    let mut sources = real_sources();
    let mut add = |file: &str, line: &str| {
        let text = sources.get_mut(file).unwrap();
        text.push_str(line);
        format!("{file}:{}", text.lines().count())
    };
    let places = [
        add("src/fault/mod.rs", "pub use crate::cli::run as reexport;\n"),
        add("src/screen/mod.rs", "fn one() { crate::cli::run([]); }\n"),
        add(
            "src/screen/mod.rs",
            "fn two() { print!(\"{}\", crate::cli::run([])); }\n",
        ),
        add("src/screen/mod.rs", "use crate::fault::reexport;\n"),
    ];
    let found = examine(&sources).order;
    for place in places {
        let is_there = |line: &String| line.starts_with(&place) && line.contains(" to cli ");
        assert!(found.iter().any(is_there), "{place} is not in {found:#?}");
    }
}
