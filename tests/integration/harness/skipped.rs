//! Says that a test could not look at something, so that nobody takes it for passed.

use std::fs::OpenOptions;
use std::io::Write;

/// Notes that `what` is not on this machine: the caller returns. `scripts/test` shows it in its
/// closing lines, from the file that `COPILOT_TEST_SKIPPED` names. In CI it is a failure.
#[track_caller]
pub(crate) fn skipped(what: &str) {
    assert!(
        std::env::var("CI").as_deref() != Ok("true"),
        "{what} is not here, and in CI it must be"
    );
    allowed_to_be_skipped(&format!("{what} is not here"));
}

/// As [`skipped`], with the reason in full, for what no machine is obliged to have: not a
/// failure in CI either.
pub(crate) fn allowed_to_be_skipped(why: &str) {
    eprintln!("skipped: {why}");
    let Some(list) = std::env::var_os("COPILOT_TEST_SKIPPED") else {
        return;
    };
    // One write a line, so that tests side by side do not mix theirs.
    let line = format!("skipped: {why}\n");
    let mut list = OpenOptions::new()
        .append(true)
        .create(true)
        .open(list)
        .unwrap();
    list.write_all(line.as_bytes()).unwrap();
}
