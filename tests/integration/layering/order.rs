//! Which folder may use which.

use super::modules::Sources;
use super::paths::Dependency;
use std::collections::BTreeMap;

/// The folders of the host from top to bottom, then the crates under it. Each uses only what is
/// further down; those in one row do not know each other.
const LAYER_ORDER: [&[&str]; 9] = [
    &["main"],
    &["cli"],
    &["check"],
    &["primitives"],
    &["run"],
    &["process", "recipe"],
    &["screen", "dotenv"],
    &["fault"],
    SHARED_CRATES,
];

/// What both programs, the host and the agent, are built on.
const SHARED_CRATES: &[&str] = &["crates/dsql", "crates/kb"];

/// The agent is a program of its own: it uses the crates, and nothing of the host.
const AGENT_CRATE: &str = "crates/agent";

/// The dependencies that `LAYER_ORDER` does not allow.
pub(crate) fn violations(dependencies: &[Dependency]) -> Vec<String> {
    let mut found = BTreeMap::new();
    for dependency in dependencies {
        let Dependency {
            from,
            line,
            path,
            to,
            defines,
        } = dependency;
        let (above, below) = (folder(to), folder(from));
        if is_allowed(below, above) {
            continue;
        }
        let text = format!("{from}:{line}: `{path}` leads from {below} to {above} ({to})");
        // The file that defines the item says more than the module on the way to it.
        let entry = found
            .entry((from, line, path, above))
            .or_insert_with(|| text.clone());
        if *defines {
            *entry = text;
        }
    }
    found.into_values().collect()
}

/// Files in a folder that `LAYER_ORDER` does not have.
pub(crate) fn unknown_folders(sources: &Sources) -> Vec<String> {
    let mut found = BTreeMap::new();
    for file in sources.keys() {
        let folder = folder(file);
        if folder != AGENT_CRATE && level(folder).is_none() {
            let text = format!("{file}:1: `{folder}` has no place in the order of the folders");
            found.entry(folder).or_insert(text);
        }
    }
    found.into_values().collect()
}

fn is_allowed(from: &str, to: &str) -> bool {
    from == to
        || match (level(from), level(to)) {
            (Some(from), Some(to)) => from < to,
            _ => from == AGENT_CRATE && SHARED_CRATES.contains(&to),
        }
}

fn level(folder: &str) -> Option<usize> {
    LAYER_ORDER.iter().position(|row| row.contains(&folder))
}

/// `run` for `src/run/plan.rs`, `main` for `src/main.rs`, `crates/kb` for `crates/kb/src/sync.rs`.
fn folder(file: &str) -> &str {
    match file.strip_prefix("src/") {
        Some(inner) => inner.split(['/', '.']).next().unwrap_or(inner),
        None => file.split("/src/").next().unwrap_or(file),
    }
}
