//! `PARAMS`: what a recipe gets, and what is wrong with a header.

mod declared;
mod given;
mod names;

use crate::harness::{Repo, assert_starts_with, unindent};

/// Asserts what `copilot` says of a recipe with this `PARAMS`, which must be the same whether the
/// recipe is run, asked for help or checked: the message, marks under what is wrong, and the help
/// after them, if there is any.
#[track_caller]
fn wrong(marked: &str, message: &str, help: &str) {
    let marked = unindent(marked);
    let (params, marks) = marked.trim_end().split_once('\n').unwrap();
    let column = 5 + marks.len() - marks.trim_start().len();
    let mut said = format!(
        "error: {message}\n --> recipes/tell.rhai:2:{column}\n  |\n2 |     {params}\n  |     {marks}\n"
    );
    if !help.is_empty() {
        said.extend(["  |\n  = help: ", help, "\n"]);
    }
    let repo = Repo::new().recipe(
        "tell",
        &format!("const PARAMS = [\n    {params}\n];\nprint(1);\n"),
    );
    repo.dev("tell").stderr(&said).status(3).run();
    repo.dev("tell --help").stderr(&said).status(3).run();
    let check = repo.dev("check").any_stderr().status(3).run();
    assert_starts_with(&check.stderr, &said);
}
