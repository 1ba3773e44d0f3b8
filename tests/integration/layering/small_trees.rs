//! The check itself, on a few small sources.

use super::{examine, modules::Sources};

const MAIN: (&str, &str) = (
    "src/main.rs",
    "mod cli;\nmod fault;\nmod screen;\nfn main() { cli::run() }",
);
const CLI: (&str, &str) = ("src/cli/mod.rs", "pub fn run() {}");

fn sources(files: &[(&str, &str)]) -> Sources {
    let pair = |(file, text): &(&str, &str)| ((*file).to_owned(), (*text).to_owned());
    files.iter().map(pair).collect()
}

#[test]
fn an_upward_path_in_an_expression_is_reported() {
    let found = examine(&sources(&[
        MAIN,
        CLI,
        ("src/fault.rs", ""),
        ("src/screen.rs", "fn draw() {\n    crate::cli::run()\n}"),
    ]));
    assert_eq!(
        found.order,
        ["src/screen.rs:2: `crate::cli::run` leads from screen to cli (src/cli/mod.rs)"]
    );
    assert!(
        found.unread.is_empty() && found.cycles.is_empty(),
        "{found:?}"
    );
}
