//! Memory stays flat, however much is printed.

use crate::harness::{Live, Marker, Signal, allowed_to_be_skipped, one};
use std::process::Stdio;

/// The most memory that the process `pid` ever had, in KiB; only Linux tells.
fn peak(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Runs a flood of 200 MiB in `recipe` and looks at the memory of `copilot` after it.
#[track_caller]
fn flood(options: &str, recipe: &str) {
    let marker = Marker::new();
    let script = format!("{recipe}\nexec([\"sleep\", \"{}\"]);\n", marker.seconds());
    let repo = one(&script);
    let mut command = repo.command();
    command.args(["dev", "it"]).args(options.split_whitespace());
    let live = Live::with_stdout(command, Stdio::null());
    marker.wait_for(1);
    match peak(live.pid()) {
        Some(peak) => assert!(peak < 40 * 1024, "{peak} KiB"),
        None => allowed_to_be_skipped("peak memory: /proc is not here"),
    }
    live.signal(Signal::SIGTERM);
}

const ZEROS_COMMAND: &str = r#"exec(["head", "-c", "209715200", "/dev/zero"])"#;

#[test]
fn memory_stays_flat_in_a_step() {
    flood(
        "",
        &format!(r#"run_steps([step("a", "A", || {ZEROS_COMMAND})]);"#),
    );
}

#[test]
fn memory_stays_flat_side_by_side() {
    let plan = format!(r#"run_steps([step("a", "A", || {ZEROS_COMMAND})], #{{ jobs: 2 }});"#);
    flood("", &plan);
}

#[test]
fn memory_stays_flat_in_events() {
    let lines = r#"exec(["sh", "-c", "yes 'a line of a log' | head -n 300000"]);"#;
    flood("--output json", lines);
}

#[test]
fn memory_stays_flat_in_a_quiet_step() {
    flood(
        "-q",
        &format!(r#"run_steps([step("a", "A", || {ZEROS_COMMAND})]);"#),
    );
}

#[test]
fn memory_stays_flat_when_standard_error_is_flooded() {
    let script = r#"exec(["sh", "-c", "head -c 20971520 /dev/zero >&2"]);"#;
    flood("", script);
}

#[test]
fn memory_stays_flat_when_too_much_is_captured() {
    let script = r#"try { capture(["yes"]); } catch (e) { print(e.message); }"#;
    flood("", script);
}

#[test]
fn capture_keeps_eight_mebibytes() {
    one(r#"
        print(capture(["sh", "-c", "head -c 8388608 /dev/zero"]).stdout.len());
        capture(["sh", "-c", "yes | head -c 8388609"]);
    "#)
    .dev("it")
    .stdout("8388608\n")
    .stderr(
        "
        error: `sh -c 'yes | head -c 8388609'` printed more than 8 MiB
          at recipes/it.rhai:2:1
        hint: `capture` keeps the output in memory; use `exec`, or write to a file
        ",
    )
    .status(1)
    .run();
}
