//! Work that is deferred to the end of the run.

use crate::harness::{Marker, Signal, one};

#[test]
fn deferred_work_runs_last_in_first_out() {
    one(r#"
        defer(|| print("first"));
        defer(|| print("second"));
        print("work");
    "#)
    .dev("it")
    .stdout("work\nsecond\nfirst\n")
    .run();
}

#[test]
fn deferred_work_runs_after_a_failure_and_changes_no_code() {
    one(r#"
        defer(|| print("first"));
        defer(|| fail("cannot clean"));
        defer(|| exec(["sh", "-c", "echo second; exit 3"]));
        exec(["sh", "-c", "exit 42"]);
    "#)
    .dev("it")
    .stdout("second\nfirst\n")
    .stderr("
        warning: cleanup failed: `sh -c 'echo second; exit 3'` exited with code 3 (at recipes/it.rhai:3:10)
        warning: cleanup failed: cannot clean (at recipes/it.rhai:2:10)
        error: `sh -c 'exit 42'` exited with code 42
          at recipes/it.rhai:4:1
    ")
    .status(42)
    .run();
}

#[test]
fn deferred_work_runs_after_a_bug() {
    one(r#"
        defer(|| print("cleaned"));
        let command = "ls";
        exec(command);
    "#)
    .dev("it")
    .stdout("cleaned\n")
    .any_stderr()
    .status(3)
    .run();
}

#[test]
fn deferred_work_runs_after_ctrl_c() {
    let marker = Marker::new();
    let repo = one(&format!(
        r#"
        defer(|| exec(["sh", "-c", "echo first"]));
        defer(|| exec(["sh", "-c", "echo second"]));
        run_steps([step("wait", "Wait", || {{
            defer(|| print("in the step"));
            exec(["sleep", "{}"]);
        }})]);
        "#,
        marker.seconds()
    ));
    let mut live = repo.start("it");
    marker.wait_for(1);
    live.signal(Signal::SIGINT);
    assert_eq!(live.wait(), 130);
    assert_eq!(live.stdout(), "in the step\nsecond\nfirst\n");
    marker.assert_gone();
}
