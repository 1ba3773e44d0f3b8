//! Time limits and retries of steps.

use crate::harness::{Marker, one, refused};

#[test]
fn a_step_that_takes_too_long_is_stopped() {
    let marker = Marker::new();
    one(&format!(
        r#"
        run_steps([
            step("slow", "Slow", #{{ timeout: "300ms" }}, || exec(["sleep", "{0}"])),
            step("loop", "Loop", #{{ timeout: "300ms" }}, || loop {{ }}),
            step("next", "Next", || print("next")),
        ], #{{ keep_going: true }});
        "#,
        marker.seconds()
    ))
    .dev("it")
    .stdout("next\n")
    .stderr(
        "
        -- slow: Slow
        -- slow: failed (<time>)
        -- loop: Loop
        -- loop: failed (<time>)
        -- next: Next
        -- next: ok (<time>)

        it: 1 ok, 2 failed in <time>
          failed    slow  Slow  <time>
          failed    loop  Loop  <time>
          ok        next  Next  <time>

        failed slow: Slow
          took longer than <time>
            at recipes/it.rhai:1:1

        failed loop: Loop
          took longer than <time>
            at recipes/it.rhai:1:1

        error: 2 of 3 steps failed
    ",
    )
    .status(1)
    .run();
    marker.assert_gone();
}

#[test]
fn a_step_is_tried_again() {
    one(r#"
        run_steps([
            step("flaky", "Flaky", #{ retry: #{ times: 3, pause: "10ms" } }, || {
                exec(["sh", "-c", "echo x >> tries; test $(wc -l < tries) -ge 3"]);
            }),
        ]);
    "#)
    .dev("it")
    .stderr("
        -- flaky: Flaky
        warning: flaky: attempt 1 of 3 failed: `sh -c 'echo x >> tries; test $(wc -l < tries) -ge 3'` exited with code 1; retrying in <time>
        warning: flaky: attempt 2 of 3 failed: `sh -c 'echo x >> tries; test $(wc -l < tries) -ge 3'` exited with code 1; retrying in <time>
        -- flaky: ok (<time>)

        it: 1 ok in <time>
          ok        flaky  Flaky  <time>
    ")
    .run();
}

#[test]
fn tries_come_to_an_end() {
    one(r#"
        run_steps([step("flaky", "Flaky", #{ retry: #{ times: 2, pause: 0 } }, || fail("no luck"))]);
    "#)
    .dev("it")
    .stderr("
        -- flaky: Flaky
        warning: flaky: attempt 1 of 2 failed: no luck; retrying in <time>
        -- flaky: failed (<time>)

        it: 1 failed in <time>
          failed    flaky  Flaky  <time>

        failed flaky: Flaky
          no luck
            at recipes/it.rhai:1:75
            at recipes/it.rhai:1:1

        error: 1 of 1 steps failed
    ")
    .status(1)
    .run();
}

#[test]
fn a_bug_is_not_tried_again() {
    refused(
        r#"
        let command = "ls";
        run_steps([step("bug", "Bug", #{ retry: 3 }, || exec(command))]);
    "#,
        r#"
        -- bug: Bug
        -- bug: cancelled (<time>)

        it: 1 cancelled in <time>
          cancelled bug  Bug  <time>

        error: `exec` does not take (string)
         --> recipes/it.rhai:2:49
          |
        2 | run_steps([step("bug", "Bug", #{ retry: 3 }, || exec(command))]);
          |                                                 ^^^^
          |
          = note: in a closure, called at recipes/it.rhai:2:1
          = help: there is `exec(argv: array)` and `exec(argv: array, opts: map)`
    "#,
    );
}

#[test]
fn retry_outside_of_steps() {
    let repo = one(r#"
        let got = retry(3, "10ms", || {
            exec(["sh", "-c", "echo x >> tries; test $(wc -l < tries) -ge 2"]);
            "done"
        });
        print(got);
        retry(2, "1ms", || fail("never works"));
    "#);
    repo.dev("it")
        .stdout("done\n")
        .stderr("
            warning: attempt 1 of 3 failed: `sh -c 'echo x >> tries; test $(wc -l < tries) -ge 2'` exited with code 1; retrying in <time>
            warning: attempt 1 of 2 failed: never works; retrying in <time>
            error: never works
              at recipes/it.rhai:6:20
              at recipes/it.rhai:6:1
        ")
        .status(1)
        .run();
}
