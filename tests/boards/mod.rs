//! What the tests of the dashboards stand on: the dashboards, the metrics there really are, and the
//! rules that the one must keep about the other.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test file uses the part that it needs"
)]

pub mod board;
pub mod catalog;
pub mod facts;
pub mod layout;
pub mod links;
pub mod logql;
pub mod names;
pub mod promql;
pub mod queries;
pub mod sample;
pub mod server;
pub mod variables;
pub mod world;

use board::Board;
use facts::Facts;

/// Everything that is wrong with `board`, one line each.
pub fn problems(board: &Board, facts: &Facts) -> Vec<String> {
    [
        layout::problems(board),
        links::problems(board, facts),
        variables::problems(board, facts),
        queries::problems(board, facts),
    ]
    .concat()
}

/// The text of a file of the repository.
pub fn read(path: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The columns of each line of a table whose columns are parted by ` | `.
pub fn table(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
        .map(|line| line.split(" | ").map(str::trim).collect())
}
