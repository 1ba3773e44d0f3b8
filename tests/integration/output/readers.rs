//! Who holds a pipe open, reads slowly, or goes away.

use crate::harness::{Live, Marker, allowed_to_be_skipped, eventually, one, plain};
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use std::io::Read;
use std::process::Stdio;

#[test]
fn a_program_that_closes_its_outputs_is_waited_for() {
    one(r#"
        let script = "echo first; exec >&- 2>&-; sleep 0.3; touch ended";
        run_steps([step("a", "A", || exec(["sh", "-c", script]))]);
        print(path_exists("ended"));
    "#)
    .dev("it")
    .stdout("first\ntrue\n")
    .any_stderr()
    .run();
}

#[test]
fn a_grandchild_that_holds_the_pipe_is_not_waited_for() {
    let marker = Marker::new();
    one(&format!(
        r#"
        let script = "echo started; sleep {} & exit 0";
        run_steps([step("a", "A", || exec(["sh", "-c", script]))]);
        print(capture(["sh", "-c", script]));
        exec(["sh", "-c", script]);
        "#,
        marker.seconds()
    ))
    .dev("it")
    .stdout(
        r#"
        started
        #{"code": 0, "ok": true, "stderr": "", "stdout": "started\n"}
        started
        "#,
    )
    .any_stderr()
    .run();
    // Whoever starts a server in the background means it to stay.
    assert_eq!(marker.sleepers(), 3);
}

#[test]
fn what_a_grandchild_prints_soon_after_is_still_shown() {
    one(
        r#"run_steps([step("a", "A", || exec(["sh", "-c", "(sleep 0.2; echo late) & exit 0"]))]);"#,
    )
    .dev("it")
    .stdout("late\n")
    .any_stderr()
    .run();
}

#[test]
fn a_reader_that_takes_its_time_gets_everything() {
    let repo = one(r#"
        run_steps([step("a", "A", || exec(["sh", "-c", "yes | head -c 120000; touch printed"]))]);
    "#);
    let mut child = repo
        .command()
        .args(["dev", "it"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    eventually("the program to have printed", || repo.has("printed"));
    // Longer than the ends of the streams are waited for.
    std::thread::sleep(std::time::Duration::from_secs(4));
    let mut bytes = Vec::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_end(&mut bytes)
        .unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(bytes.len(), 120_000);
}

#[test]
fn an_output_that_a_program_left_non_blocking_loses_nothing() {
    let lines = r#"exec(["sh", "-c", "yes | head -n 60000"])"#;
    for (recipe, length) in [
        (format!(r#"run_steps([step("a", "A", || {lines})]);"#), 2),
        (
            format!(r#"run_steps([step("a", "A", || {lines})], #{{ jobs: 2 }});"#),
            6,
        ),
        ("for n in 0..60000 { print(\"y\"); }".to_owned(), 2),
    ] {
        let repo = one(&recipe);
        let (mut reader, writer) = std::io::pipe().unwrap();
        fcntl(&writer, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).unwrap();
        let mut command = repo.command();
        command.args(["dev", "it"]);
        let mut live = Live::with_stdout(command, writer.into());
        // The pipe is full by then.
        std::thread::sleep(std::time::Duration::from_millis(500));
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).unwrap();
        assert_eq!(live.wait(), 0, "{}", live.stderr());
        assert_eq!(bytes.len(), 60_000 * length);
    }
}

#[test]
fn a_reader_that_leaves_a_flood_ends_the_run() {
    let repo = one(r#"run_steps([step("a", "A", || exec(["yes"]))]);"#);
    let (mut reader, writer) = std::io::pipe().unwrap();
    let mut command = repo.command();
    command.args(["dev", "it"]);
    let mut live = Live::with_stdout(command, writer.into());
    std::io::copy(&mut reader.by_ref().take(8 << 20), &mut std::io::sink()).unwrap();
    drop(reader);
    assert_eq!(live.wait(), 141, "{}", live.stderr());
}

/// Runs the recipe with a reader that takes the first line and goes; standard error and the code.
fn first_line_only(options: &str, recipe: &str) -> (String, i32) {
    let repo = one(recipe);
    let (reader, writer) = std::io::pipe().unwrap();
    let mut command = repo.command();
    command.args(["dev", "it"]).args(options.split_whitespace());
    let mut live = Live::with_stdout(command, writer.into());
    let mut first = [0];
    (&reader).read_exact(&mut first).unwrap();
    drop(reader);
    let code = live.wait();
    let stderr = plain(&live.stderr(), repo.path());
    assert!(!stderr.contains("panicked"), "{stderr}");
    (stderr, code)
}

/// Endless recipes, and what is on standard error once their reader has gone.
const ENDLESS_RECIPES: [(&str, &str); 9] = [
    (r#"exec(["yes"]);"#, ""),
    ("loop { print(1); }", ""),
    ("loop { print(1); sleep(\"1ms\"); }", ""),
    (r#"loop { exec(["echo", "a"]); }"#, ""),
    (r#"loop { try { exec(["echo", "a"]); } catch {} }"#, ""),
    (
        r#"run_steps([step("a", "A", || exec(["yes"]))]);"#,
        "cancelled a",
    ),
    (
        r#"run_steps(["a", "b"].map(|id| step(id, id, || exec(["yes"]))), #{ jobs: 2 });"#,
        "cancelled b",
    ),
    (
        r#"run_steps(["a", "b"].map(|id| step(id, id, || loop { print(id); })), #{ jobs: 2 });"#,
        "cancelled b",
    ),
    (
        r#"run_steps([step("a", "A", || retry(9, "1ms", || exec(["yes"])))], #{ keep_going: true });"#,
        "cancelled a",
    ),
];

#[test]
fn a_reader_that_goes_ends_the_run_as_it_ends_yes() {
    for (recipe, report) in ENDLESS_RECIPES {
        let (stderr, code) = first_line_only("", recipe);
        assert_eq!(code, 141, "{recipe}: {stderr}");
        assert!(!stderr.contains("error"), "{recipe}: {stderr}");
        let found = stderr.is_empty() == report.is_empty() && stderr.contains(report);
        assert!(found, "{recipe}: {stderr}");
    }
    let (stderr, code) = first_line_only("--output json", "loop { print(1); }");
    assert_eq!((stderr.as_str(), code), ("", 141));
}

#[test]
fn what_is_deferred_runs_without_a_reader_too() {
    let repo = one(r#"defer(|| write_file("deferred", "")); loop { print(1); }"#);
    let (reader, writer) = std::io::pipe().unwrap();
    let mut command = repo.command();
    command.args(["dev", "it"]);
    let mut live = Live::with_stdout(command, writer.into());
    drop(reader);
    assert_eq!(live.wait(), 141);
    assert!(repo.has("deferred"));
}

#[test]
fn output_that_is_lost_is_an_error() {
    let full = || {
        let file = std::fs::File::options().write(true).open("/dev/full");
        let Ok(file) = file else {
            allowed_to_be_skipped("a full disk: there is no /dev/full");
            return None;
        };
        Some(file)
    };
    let repo = one("print(\"x\");");
    for line in [["dev", "it"], ["dev", "list"]] {
        let Some(file) = full() else { return };
        let mut command = repo.command();
        command.args(line);
        let mut live = Live::with_stdout(command, file.into());
        assert_eq!(live.wait(), 1);
        assert_eq!(
            live.stderr(),
            "error: cannot write all of the output: No space left on device\n"
        );
    }
}
