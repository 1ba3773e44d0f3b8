//! The version of the host that a repository states.

use crate::harness::one;

const VERSION: &str = env!("CARGO_PKG_VERSION");

#[test]
fn another_version_than_the_needed_one_says_how_to_update() {
    let repo = one("print(host_version());").file("recipes/host-version", "");
    for needed in [">=0.1", "0.1\n", &format!("={VERSION}"), "*"] {
        repo.write("recipes/host-version", needed);
        repo.dev("it").stdout(&format!("{VERSION}\n")).run();
    }
    repo.write("recipes/host-version", ">=99.1\n");
    for line in ["it", "list", "check", "it --dry-run"] {
        repo.dev(line)
            .stderr(&format!(
                "
                error: the recipes of this repository need copilot >=99.1, and this is copilot {VERSION}
                hint: install copilot >=99.1
                "
            ))
            .status(4)
            .run();
    }
    repo.write("Cargo.toml", "");
    repo.dev("it")
        .stderr(&format!(
            "
            error: the recipes of this repository need copilot >=99.1, and this is copilot {VERSION}
            hint: run `cargo install --path <repo> --locked`
            "
        ))
        .status(4)
        .run();
}

#[test]
fn what_is_no_version_is_refused() {
    one("")
        .file("recipes/host-version", "newest\n")
        .dev("it")
        .stderr(
            "
            error: recipes/host-version: \"newest\" is not a version requirement: unexpected character 'n' while parsing major version number
            hint: it is one line such as `>=0.1`: doc.rust-lang.org/cargo/reference/specifying-dependencies.html
            ",
        )
        .status(2)
        .run();
}
