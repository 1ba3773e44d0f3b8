//! When a step runs: dependencies, conditions, steps side by side.

use crate::harness::{Marker, one, refused};

#[test]
fn side_by_side_steps_run_at_the_same_time() {
    // Each waits for the other.
    one(r#"
        run_steps([
            step("a", "First", || exec(["sh", "-c", "touch a; until test -e b; do sleep 0.02; done"])),
            step("b", "Second", || exec(["sh", "-c", "touch b; until test -e a; do sleep 0.02; done"])),
        ], #{ jobs: 2 });
    "#)
    .dev("it")
    .any_stderr()
    .run();
}

#[test]
fn the_command_line_outranks_the_recipe_on_jobs() {
    let repo = one(r#"
        run_steps([
            step("a", "First", || exec(["sh", "-c", "touch a; until test -e b; do sleep 0.02; done"])),
            step("b", "Second", || exec(["sh", "-c", "touch b; until test -e a; do sleep 0.02; done"])),
        ]);
    "#);
    repo.dev("it --jobs 2").any_stderr().run();
    repo.dev("it --jobs 0")
        .stderr(
            "
        error: invalid value '0' for '--jobs <N>': 0 is not in 1..=256

        For more information, try '--help'.
    ",
        )
        .status(2)
        .run();
}

#[test]
fn after_is_respected_whatever_the_order() {
    one(r#"
        run_steps([
            step("last", "Last", #{ after: ["middle", "first"] }, || print("last")),
            step("middle", "Middle", #{ after: ["first"] }, || print("middle")),
            step("first", "First", || print("first")),
        ], #{ jobs: 3 });
    "#)
    .dev("it")
    .stdout("first | first\nmiddle | middle\nlast | last\n")
    .any_stderr()
    .run();
}

#[test]
fn when_can_be_asked_at_its_turn() {
    one(r#"
        run_steps([
            step("make", "Make", || write_file("made", "x")),
            step("use", "Use", #{ after: ["make"], when: || path_exists("made") }, || print("used")),
            step("lose", "Lose", #{ after: ["make"], when: || !path_exists("made"), otherwise: "it is there" }, || print("lost")),
            step("odd", "Odd", #{ when: false }, || print("odd")),
        ]);
    "#)
    .dev("it")
    .stdout("used\n")
    .stderr("
        -- make: Make
        -- make: ok (<time>)
        -- use: Use
        -- use: ok (<time>)

        it: 2 ok, 2 skipped in <time>
          ok        make  Make  <time>
          ok        use   Use  <time>
          skipped   lose  Lose  <time>  (it is there)
          skipped   odd   Odd  <time>  (condition is false)
    ")
    .run();
}

#[test]
fn what_comes_after_a_skipped_step_runs() {
    one(r#"
        run_steps([
            step("a", "A", #{ when: false }, || ()),
            step("b", "B", #{ after: ["a"] }, || print("b")),
        ]);
    "#)
    .dev("it")
    .stdout("b\n")
    .any_stderr()
    .run();
}

#[test]
fn a_condition_that_is_none_is_a_bug() {
    refused(
        r#"
        run_steps([step("a", "A", #{ when: || 5 }, || ())]);
    "#,
        r#"
        -- a: cancelled (<time>)

        it: 1 cancelled in <time>
          cancelled a  A  <time>

        error: the `when` of step `a` returns 5, not true or false
         --> recipes/it.rhai:1:1
          |
        1 | run_steps([step("a", "A", #{ when: || 5 }, || ())]);
          | ^^^^^^^^^
    "#,
    );
    refused(
        r#"
        run_steps([step("a", "A", #{ when: "yes" }, || ())]);
    "#,
        r#"
        error: `step`: `when` is "yes", not a bool or a closure that returns one
         --> recipes/it.rhai:1:36
          |
        1 | run_steps([step("a", "A", #{ when: "yes" }, || ())]);
          |                                    ^^^^^
    "#,
    );
}

#[test]
fn a_condition_that_fails_fails_the_step() {
    one(r#"
        run_steps([
            step("a", "A", #{ when: || fail("cannot tell", "look") }, || print("a")),
            step("b", "B", || print("b")),
        ], #{ keep_going: true });
    "#)
    .dev("it")
    .stdout("b\n")
    .stderr(
        "
        -- a: failed (<time>)
        -- b: B
        -- b: ok (<time>)

        it: 1 ok, 1 failed in <time>
          failed    a  A  <time>
          ok        b  B  <time>

        failed a: A
          cannot tell
            at recipes/it.rhai:2:32
            at recipes/it.rhai:1:1
          hint: look

        error: 1 of 2 steps failed
    ",
    )
    .status(1)
    .run();
}

#[test]
fn side_by_side_a_failure_cancels_the_others() {
    let marker = Marker::new();
    one(&format!(
        r#"
        run_steps([
            step("slow", "Slow", || exec(["sleep", "{0}"])),
            // Asked first, so that the other is announced first.
            step("quick", "Quick", #{{
                when: || capture(["sh", "-c", "until ps -A -o args= | grep -qx 'sleep {0}'; do sleep 0.05; done"]).ok,
            }}, || fail("broken")),
            step("later", "Later", #{{ after: ["slow"] }}, || print("later")),
        ], #{{ jobs: 2 }});
        "#,
        marker.seconds()
    ))
    .dev("it")
    .stderr("
        -- slow: Slow
        -- quick: Quick
        -- quick: failed (<time>)
        -- slow: cancelled (<time>)

        it: 1 failed, 2 cancelled in <time>
          cancelled slow   Slow  <time>
          failed    quick  Quick  <time>
          cancelled later  Later  <time>  (the run stopped first)

        failed quick: Quick
          broken
            at recipes/it.rhai:6:11
            at recipes/it.rhai:1:1

        error: 1 of 3 steps failed
    ")
    .status(1)
    .run();
    marker.assert_gone();
}
