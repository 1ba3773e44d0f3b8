//! The series that a real run of the stack had, and the rules that every query of them must keep: those
//! of the dashboards, and those of the agent.

pub(crate) mod catalog;
pub(crate) mod names;
pub(crate) mod promql;

use std::path::Path;

/// The text of a file of the repository.
pub(crate) fn read(path: &str) -> String {
    // A crate's folder is below the repository's.
    let folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let path = folders
        .map(|folder| folder.join(path))
        .find(|path| path.is_file())
        .unwrap_or_else(|| panic!("there is no {path}"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The lines of a table that are no comments, their columns separated by `separator`.
pub(crate) fn table<'a>(text: &'a str, separator: &'a str) -> impl Iterator<Item = Vec<&'a str>> {
    text.lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
        .map(move |line| line.split(separator).map(str::trim).collect())
}
