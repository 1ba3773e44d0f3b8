//! What the tests of the dashboards stand on: the dashboards, the metrics there really are, and the
//! rules that the one must keep about the other.

pub(crate) mod board;
pub(crate) mod facts;
pub(crate) mod layout;
pub(crate) mod limits;
pub(crate) mod links;
pub(crate) mod logql;
pub(crate) mod presence;
pub(crate) mod queries;
pub(crate) mod sample;
pub(crate) mod server;
pub(crate) mod variables;
pub(crate) mod world;

use crate::series;
use board::Board;
use facts::Facts;
pub(crate) use series::{catalog, names, promql, read};

/// Everything that is wrong with `board`, one line each.
pub(crate) fn problems(board: &Board, facts: &Facts) -> Vec<String> {
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
pub(crate) fn table(text: &str) -> impl Iterator<Item = Vec<&str>> {
    series::table(text, " | ")
}
