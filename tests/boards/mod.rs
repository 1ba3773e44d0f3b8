//! What the tests of the dashboards stand on: the dashboards, the metrics there really are, and the
//! rules that the one must keep about the other.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test file uses the part that it needs"
)]

pub mod board;
pub mod facts;
pub mod layout;
pub mod limits;
pub mod links;
pub mod logql;
pub mod presence;
pub mod queries;
pub mod sample;
pub mod server;
pub mod variables;
pub mod world;

use board::Board;
use facts::Facts;
pub use series::{catalog, names, promql, read};

#[path = "../series/mod.rs"]
mod series;

/// Everything that is wrong with `board`, one line each.
pub fn problems(board: &Board, facts: &Facts) -> Vec<String> {
    [
        layout::problems(board),
        links::problems(board, facts),
        variables::problems(board, facts),
        queries::problems(board, facts),
        presence::problems(board, facts),
    ]
    .concat()
}

/// The lines of a table whose columns are parted by ` | `.
pub fn table(text: &str) -> impl Iterator<Item = Vec<&str>> {
    series::table(text, " | ")
}
