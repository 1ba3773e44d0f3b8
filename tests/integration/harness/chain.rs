//! Plans that say what they run, for what is resumed.

use super::Repo;
use std::fs;

/// Steps that say that they run; `b` fails unless there is a file `ready`.
pub(crate) const CHAIN_RECIPE: &str = r#"
    const PARAMS = [#{ name: "who", kind: "option" }];
    run_steps([
        step("a", "A", || print("a")),
        step("b", "B", #{ after: ["a"] }, || { print("b"); if !path_exists("ready") { fail("not ready"); } }),
        step("c", "C", #{ after: ["b"] }, || print("c")),
        step("d", "D", || #{ changed: false }),
    ], #{ keep_going: true });
"#;

/// Runs `line`, which must end with `status`, and gives what the steps printed.
#[track_caller]
pub(crate) fn printed(repo: &Repo, line: &str, status: i32) -> String {
    let ended = repo
        .dev(line)
        .any_stdout()
        .any_stderr()
        .status(status)
        .run();
    ended.stdout.replace('\n', " ").trim_end().to_owned()
}

/// How many journals there are of a recipe.
pub(crate) fn journals(repo: &Repo, folder: &str) -> usize {
    let folder = repo.path().join(".copilot/runs").join(folder);
    fs::read_dir(folder).map_or(0, Iterator::count)
}
