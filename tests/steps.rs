//! Plans: order, conditions, failures, and the report.

mod harness;

use harness::{Marker, Repo, Signal};

fn one(text: &str) -> Repo {
    Repo::new().recipe("it", text)
}

/// A plan with every way to end.
const EVERY_END: &str = r#"
    let plan = [
        step("fetch", "Fetch things", || exec(["sh", "-c", "echo fetched; echo careful >&2"])),
        step("build", "Build", #{ after: ["fetch"] }, || fail("no compiler", "install one")),
        step("test", "Test", #{ after: "build" }, || info("never")),
        step("publish", "Publish", #{ when: false, otherwise: "not a release" }, || info("never")),
        step("tidy", "Tidy up", || #{ changed: false }),
        step("lint", "Lint", #{ allow_failure: true }, || exec(["sh", "-c", "echo 3 warnings; exit 7"])),
        step("deploy", "Deploy", #{ after: ["lint"] }, || info("deploying")),
    ];
"#;

#[test]
fn the_report_of_a_plan_that_keeps_going() {
    one(&format!(
        "{EVERY_END}    run_steps(plan, #{{ keep_going: true }});\n    info(\"not reached\");\n"
    ))
    .dev("it")
    .stdout("fetched\n3 warnings\n")
    .stderr(
        "
            -- fetch: Fetch things
            careful
            -- fetch: ok (<time>)
            -- build: Build
            -- build: failed (<time>)
            -- tidy: Tidy up
            -- tidy: unchanged (<time>)
            -- lint: Lint
            -- lint: failed (<time>)
            -- deploy: Deploy
            deploying
            -- deploy: ok (<time>)

            it: 2 ok, 1 unchanged, 1 skipped, 2 failed, 1 blocked in <time>
              ok        fetch    Fetch things  <time>
              failed    build    Build  <time>
              blocked   test     Test  <time>  (comes after build)
              skipped   publish  Publish  <time>  (not a release)
              unchanged tidy     Tidy up  <time>
              failed    lint     Lint  <time>  (allowed to fail)
              ok        deploy   Deploy  <time>

            failed build: Build
              no compiler
                at recipes/it.rhai:3:54
                at recipes/it.rhai:10:1
              hint: install one

            failed lint: Lint
              `sh -c 'echo 3 warnings; exit 7'` exited with code 7
                at recipes/it.rhai:7:55
                at recipes/it.rhai:10:1
              last output:
                3 warnings

            error: 1 of 7 steps failed
        ",
    )
    .status(1)
    .run();
}

#[test]
fn the_report_of_a_plan_that_stops() {
    one(&format!("{EVERY_END}    run_steps(plan);\n"))
        .dev("it")
        .stdout("fetched\n")
        .stderr(
            "
            -- fetch: Fetch things
            careful
            -- fetch: ok (<time>)
            -- build: Build
            -- build: failed (<time>)

            it: 1 ok, 1 failed, 5 cancelled in <time>
              ok        fetch    Fetch things  <time>
              failed    build    Build  <time>
              cancelled test     Test  <time>  (the run stopped before it)
              cancelled publish  Publish  <time>  (the run stopped before it)
              cancelled tidy     Tidy up  <time>  (the run stopped before it)
              cancelled lint     Lint  <time>  (the run stopped before it)
              cancelled deploy   Deploy  <time>  (the run stopped before it)

            failed build: Build
              no compiler
                at recipes/it.rhai:3:54
                at recipes/it.rhai:10:1
              hint: install one

            error: 1 of 7 steps failed
        ",
        )
        .status(1)
        .run();
}

#[test]
fn quietly_only_failures_are_shown() {
    one(&format!(
        "{EVERY_END}    run_steps(plan, #{{ keep_going: true }});\n"
    ))
    .dev("it -q")
    .stderr(
        "

            failed build: Build
              no compiler
                at recipes/it.rhai:3:54
                at recipes/it.rhai:10:1
              hint: install one

            failed lint: Lint
              `sh -c 'echo 3 warnings; exit 7'` exited with code 7
                at recipes/it.rhai:7:55
                at recipes/it.rhai:10:1
              last output:
                3 warnings

            error: 1 of 7 steps failed
        ",
    )
    .status(1)
    .run();
}

#[test]
fn side_by_side_each_line_says_whose_it_is() {
    one(r#"
        run_steps([
            step("a", "First", || {
                exec(["sh", "-c", "echo one; echo two >&2; printf three"]);
                info("said");
            }),
            step("b", "Second", #{ after: ["a"] }, || exec(["echo", "four"])),
        ], #{ jobs: 2 });
    "#)
    .dev("it")
    .stdout("a | one\na | three\nb | four\n")
    .stderr(
        "
        -- a: First
        a | two
        a | said
        -- a: ok (<time>)
        -- b: Second
        -- b: ok (<time>)

        it: 2 ok in <time>
          ok        a  First  <time>
          ok        b  Second  <time>
    ",
    )
    .run();
}

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
          skipped   odd   Odd  <time>  (its condition does not hold)
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
    one(r#"
        run_steps([step("a", "A", #{ when: || 5 }, || ())]);
    "#)
    .dev("it")
    .stderr(
        r#"
        -- a: cancelled (<time>)

        it: 1 cancelled in <time>
          cancelled a  A  <time>

        error: the `when` of step `a` gives 5, not true or false
         --> recipes/it.rhai:1:1
          |
        1 | run_steps([step("a", "A", #{ when: || 5 }, || ())]);
          | ^^^^^^^^^
    "#,
    )
    .status(3)
    .run();
    one(r#"
        run_steps([step("a", "A", #{ when: "yes" }, || ())]);
    "#)
    .dev("it")
    .stderr(
        r#"
        error: `step`: `when` is "yes", not a bool or a closure that returns one
         --> recipes/it.rhai:1:36
          |
        1 | run_steps([step("a", "A", #{ when: "yes" }, || ())]);
          |                                    ^^^^^
    "#,
    )
    .status(3)
    .run();
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
        warning: flaky: try 1 of 3 failed: `sh -c 'echo x >> tries; test $(wc -l < tries) -ge 3'` exited with code 1; again in <time>
        warning: flaky: try 2 of 3 failed: `sh -c 'echo x >> tries; test $(wc -l < tries) -ge 3'` exited with code 1; again in <time>
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
        warning: flaky: try 1 of 2 failed: no luck; again in <time>
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
    one(r#"
        let command = "ls";
        run_steps([step("bug", "Bug", #{ retry: 3 }, || exec(command))]);
    "#)
    .dev("it")
    .stderr(
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
    )
    .status(3)
    .run();
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
            warning: try 1 of 3 failed: `sh -c 'echo x >> tries; test $(wc -l < tries) -ge 2'` exited with code 1; again in <time>
            warning: try 1 of 2 failed: never works; again in <time>
            error: never works
              at recipes/it.rhai:6:20
              at recipes/it.rhai:6:1
        ")
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
          cancelled later  Later  <time>  (the run stopped before it)

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

#[test]
fn a_plan_that_makes_no_sense_runs_nothing() {
    one(r#"
        let last = "c";
        run_steps([
            step("z", "Z", || print("z")),
            step("a", "A", #{ after: [last] }, || ()),
            step("b", "B", #{ after: ["a"] }, || ()),
            step("c", "C", #{ after: ["b"] }, || ()),
        ]);
    "#)
    .dev("it")
    .stderr(
        "
        error: steps wait for each other: a after c after b after a
         --> recipes/it.rhai:2:1
          |
        2 | run_steps([
          | ^^^^^^^^^
    ",
    )
    .status(3)
    .run();
    one(r#"
        let first = "setpu";
        run_steps([
            step("setup", "Z", || print("z")),
            step("a", "A", #{ after: [first] }, || ()),
        ]);
    "#)
    .dev("it")
    .stderr(
        "
        error: step `a` comes after `setpu`, which is not in the plan
         --> recipes/it.rhai:2:1
          |
        2 | run_steps([
          | ^^^^^^^^^
          |
          = help: did you mean `setup`?
    ",
    )
    .status(3)
    .run();
    // Found before even the first line runs.
    one(r#"
        print("before");
        run_steps([
            step("a", "A", || print("a")),
            step("a", "Again", || ()),
        ]);
    "#)
    .dev("it")
    .stderr(
        r#"
        error: two steps have the id `a`
         --> recipes/it.rhai:4:10
          |
        4 |     step("a", "Again", || ()),
          |          ^^^
    "#,
    )
    .status(3)
    .run();
    // This one can only be known when it is there.
    one(r#"
        let plan = [step("a", "A", || print("a"))];
        plan.push(step("a", "Again", || ()));
        run_steps(plan);
    "#)
    .dev("it")
    .stderr(
        "
        error: two steps have the id `a`
         --> recipes/it.rhai:3:1
          |
        3 | run_steps(plan);
          | ^^^^^^^^^
    ",
    )
    .status(3)
    .run();
}

#[test]
fn what_is_no_step_or_no_option_is_refused() {
    one(r#"
        run_steps([step("a", "A", || print("a")), "b"]);
    "#)
    .dev("it")
    .stderr(
        r#"
        error: entry 1 of the plan is "b", not made by `step`
         --> recipes/it.rhai:1:1
          |
        1 | run_steps([step("a", "A", || print("a")), "b"]);
          | ^^^^^^^^^
    "#,
    )
    .status(3)
    .run();
    one(r#"
        let opts = #{ afer: ["b"] };
        run_steps([step("a", "A", opts, || print("a"))]);
    "#)
    .dev("it")
    .stderr(
        r#"
        error: `step` has no option `afer`
         --> recipes/it.rhai:2:12
          |
        2 | run_steps([step("a", "A", opts, || print("a"))]);
          |            ^^^^
          |
          = help: did you mean `after`?
    "#,
    )
    .status(3)
    .run();
    one(r#"
        let opts = #{ job: 2 };
        run_steps([step("a", "A", || print("a"))], opts);
    "#)
    .dev("it")
    .stderr(
        r#"
        error: `run_steps` has no option `job`
         --> recipes/it.rhai:2:1
          |
        2 | run_steps([step("a", "A", || print("a"))], opts);
          | ^^^^^^^^^
          |
          = help: did you mean `jobs`?
    "#,
    )
    .status(3)
    .run();
    one(r#"
        let id = "a b";
        run_steps([step(id, "A", || print("a"))]);
    "#)
    .dev("it")
    .stderr(
        r#"
        error: "a b" cannot be the id of a step
         --> recipes/it.rhai:2:12
          |
        2 | run_steps([step(id, "A", || print("a"))]);
          |            ^^^^
          |
          = help: an id consists of letters, digits, `-`, `_`, `.` and `/`, and starts with a letter or digit
    "#,
    )
    .status(3)
    .run();
}

#[test]
fn a_bug_in_a_step_ends_the_run_though_it_keeps_going() {
    one(r#"
        run_steps([
            step("a", "A", || print("a")),
            step("bug", "Bug", || {
                let m = #{};
                m.nothing
            }),
            step("b", "B", || print("b")),
        ], #{ keep_going: true });
    "#)
    .dev("it")
    .stdout("a\n")
    .stderr(
        "
        -- a: A
        -- a: ok (<time>)
        -- bug: Bug
        -- bug: cancelled (<time>)

        it: 1 ok, 2 cancelled in <time>
          ok        a    A  <time>
          cancelled bug  Bug  <time>
          cancelled b    B  <time>  (the run stopped before it)

        error: the map has no key `nothing`
         --> recipes/it.rhai:5:11
          |
        5 |         m.nothing
          |           ^^^^^^^
          |
          = note: in a closure, called at recipes/it.rhai:1:1
    ",
    )
    .status(3)
    .run();
}

#[test]
fn a_caught_plan_goes_on() {
    one(r#"
        try {
            run_steps([step("a", "A", || fail("broken")), step("b", "B", || ())], #{ keep_going: true });
        } catch (err) {
            print(`${err.kind}: ${err.message}`);
        }
        print("on");
    "#)
    .dev("it")
    .stdout("steps: 1 of 2 steps failed\non\n")
    .any_stderr()
    .run();
}

#[test]
fn a_plan_tells_its_states() {
    one(r#"
        let states = run_steps([
            step("a", "A", || ()),
            step("b", "B", || #{ changed: false }),
            step("c", "C", #{ when: false }, || ()),
            step("d", "D", #{ allow_failure: true }, || fail("x")),
        ]);
        print(`${states.a} ${states.b} ${states.c} ${states.d}`);
    "#)
    .dev("it")
    .stdout("ok unchanged skipped failed\n")
    .any_stderr()
    .run();
}

#[test]
fn an_error_has_fields() {
    one(r#"
        try {
            exec(["sh", "-c", "echo one >&2; echo two >&2; exit 9"]);
        } catch (err) {
            print(`${err.kind} ${err.code} ${err.message}`);
            print(err.stderr_tail);
            print(err.hint == ());
        }
        try { fail("no", "do"); } catch (err) { print(`${err.kind} ${err.message} ${err.hint}`); }
        try { exec(["copilot-has-no-such-program"]); } catch (err) { print(`${err.kind} ${err.message}`); }
        try { exec(["sleep", "5"], #{ timeout: "50ms" }); } catch (err) { print(err.kind); }
        try { read_file("nowhere"); } catch (err) { print(err.kind); }
        try { throw "text"; } catch (err) { print(err); }
    "#)
    .dev("it")
    .stdout("
        exit 9 `sh -c 'echo one >&2; echo two >&2; exit 9'` exited with code 9
        one
        two
        true
        fail no do
        missing copilot-has-no-such-program is not installed, or not on PATH
        timeout
        file
        text
    ")
    .stderr("one\ntwo\n")
    .run();
}

#[test]
fn an_error_can_be_thrown_on() {
    one(r#"
        try {
            exec(["sh", "-c", "exit 9"]);
        } catch (err) {
            throw err;
        }
    "#)
    .dev("it")
    .stderr(
        "
        error: `sh -c 'exit 9'` exited with code 9
          at recipes/it.rhai:4:5
    ",
    )
    .status(9)
    .run();
}

/// Three steps, each after the one before.
const CHAIN: &str = r#"
    run_steps([
        step("a", "A", || print("a")),
        step("b", "B", #{ after: ["a"] }, || print("b")),
        step("c", "C", #{ after: ["b"] }, || print("c")),
    ]);
"#;

#[test]
fn only_and_skip_choose_steps() {
    one(CHAIN)
        .dev("it --only b")
        .stdout("b\n")
        .stderr(
            "
        -- b: B
        -- b: ok (<time>)

        it: 1 ok, 2 skipped in <time>
          skipped   a  A  <time>  (not selected)
          ok        b  B  <time>
          skipped   c  C  <time>  (not selected)
    ",
        )
        .run();
    one(CHAIN)
        .dev("it --only a --only c")
        .stdout("a\nc\n")
        .any_stderr()
        .run();
    one(CHAIN)
        .dev("it --skip b")
        .stdout("a\nc\n")
        .stderr(
            "
        -- a: A
        -- a: ok (<time>)
        -- c: C
        -- c: ok (<time>)

        it: 2 ok, 1 skipped in <time>
          ok        a  A  <time>
          skipped   b  B  <time>  (left out with --skip)
          ok        c  C  <time>
    ",
        )
        .run();
    one(CHAIN)
        .dev("it --only b --skip b")
        .stdout("")
        .any_stderr()
        .run();
}

#[test]
fn a_step_that_is_not_there_cannot_be_chosen() {
    one(CHAIN)
        .dev("it --only nope")
        .stderr(
            "
        error: there is no step `nope`
        hint: steps are a, b, c
    ",
        )
        .status(2)
        .run();
    Repo::new()
        .recipe(
            "it",
            "run_steps([step(\"build\", \"B\", || print(\"b\"))]);\n",
        )
        .dev("it --skip biuld")
        .stderr(
            "
            error: there is no step `biuld`
            hint: did you mean `build`?
        ",
        )
        .status(2)
        .run();
    one("for round in [1, 2] { run_steps([step(\"lint\", \"L\", || ()), step(\"test\", \"T\", || ())]); }")
        .dev("it --only zz")
        .stderr(
            "
        error: there is no step `zz`
        hint: steps are lint, test
    ",
        )
        .status(2)
        .run();
    one("print(1);")
        .dev("it --only a")
        .stderr(
            "
        error: there is no step `a`
        hint: this recipe has no steps
    ",
        )
        .status(2)
        .run();
}

#[test]
fn a_step_whose_name_is_computed_can_be_chosen() {
    let text = r#"
        fn make(name) { step("say-" + name, name, || print(name)) }
        run_steps([make("one"), make("two")]);
    "#;
    one(text)
        .dev("it --only say-two")
        .stdout("two\n")
        .any_stderr()
        .run();
    for choice in ["--only", "--skip"] {
        one(text)
            .dev(&format!("it {choice} say-three"))
            .stderr(
                "
                error: there is no step `say-three`
                hint: did you mean `say-two`?
            ",
            )
            .status(2)
            .run();
    }
}

#[test]
fn a_computed_name_may_be_in_a_later_plan() {
    let text = r#"
        for name in ["one", "two"] {
            run_steps([step("say-" + name, name, || print(name))]);
        }
    "#;
    one(text)
        .dev("it --only say-two")
        .stdout("two\n")
        .any_stderr()
        .run();
    one(text)
        .dev("it --skip say-three")
        .stdout("one\ntwo\n")
        .any_stderr()
        .status(2)
        .run();
    one(r#"
        fn plan(name) { run_steps([step("say-" + name, name, || print(name))]); }
        plan("one");
        plan("two");
    "#)
    .dev("it --only say-two")
    .stdout("two\n")
    .any_stderr()
    .run();
}

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
        warning: cleaning up failed: `sh -c 'echo second; exit 3'` exited with code 3 (at recipes/it.rhai:3:10)
        warning: cleaning up failed: cannot clean (at recipes/it.rhai:2:10)
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

#[test]
fn a_recipe_calls_another() {
    Repo::new()
        .recipe(
            "all",
            r#"
            recipe("schema/setup", #{ mode: "new", dry_humour: true });
            run_steps([
                step("mine", "My own", || print("mine")),
                step("nested", "Nested", || recipe("schema/setup")),
            ]);
            "#,
        )
        .recipe(
            "schema/setup",
            r#"
            const PARAMS = [
                #{ name: "mode", kind: "option", default_value: "old", values: ["old", "new"] },
                #{ name: "dry-humour", kind: "flag" },
                #{ name: "more", kind: "rest" },
                #{ name: "none", kind: "option" },
            ];
            print([mode, dry_humour, more, none]);
            run_steps([step("tables", "Tables", || print("tables"))]);
            "#,
        )
        .dev("all")
        .stdout(
            r#"
            ["new", true, [], ()]
            tables
            mine
            ["old", false, [], ()]
            tables
        "#,
        )
        .stderr(
            "
            -- schema/setup:tables: Tables
            -- schema/setup:tables: ok (<time>)
            -- mine: My own
            -- mine: ok (<time>)
            -- nested: Nested
            -- schema/setup:tables: Tables
            -- schema/setup:tables: ok (<time>)
            -- nested: ok (<time>)

            all: 4 ok in <time>
              ok        schema/setup:tables  Tables  <time>
              ok        schema/setup:tables  Tables  <time>
              ok        mine                 My own  <time>
              ok        nested               Nested  <time>
        ",
        )
        .run();
}

#[test]
fn a_failure_in_a_called_recipe_has_the_chain_of_places() {
    Repo::new()
        .recipe("all", "print(\"all\");\nrecipe(\"other\");\n")
        .recipe(
            "other",
            "run_steps([\n    step(\"a\", \"A\", || exec([\"sh\", \"-c\", \"exit 3\"])),\n]);\n",
        )
        .dev("all")
        .stdout("all\n")
        .stderr(
            "
            -- other:a: A
            -- other:a: failed (<time>)

            all: 1 failed in <time>
              failed    other:a  A  <time>

            failed other:a: A
              `sh -c 'exit 3'` exited with code 3
                at recipes/other.rhai:2:23
                at recipes/other.rhai:1:1

            error: 1 of 1 steps failed
        ",
        )
        .status(1)
        .run();
    Repo::new()
        .recipe("all", "recipe(\"other\");\n")
        .recipe("other", "exec([\"sh\", \"-c\", \"exit 3\"]);\n")
        .dev("all")
        .stderr(
            "
            error: `sh -c 'exit 3'` exited with code 3
              at recipes/other.rhai:1:1
              at recipes/all.rhai:1:1
        ",
        )
        .status(3)
        .run();
}

#[test]
fn recipes_do_not_call_each_other_for_ever() {
    Repo::new()
        .recipe("a", "recipe(\"b\");\n")
        .recipe("b", "recipe(\"a\");\n")
        .dev("a")
        .stderr(
            r#"
            error: recipes call each other in a circle: a calls b calls a
             --> recipes/b.rhai:1:1
              |
            1 | recipe("a");
              | ^^^^^^
              |
              = note: in recipe b, called at recipes/a.rhai:1:1
        "#,
        )
        .status(3)
        .run();
}

#[test]
fn a_recipe_that_cannot_be_called() {
    Repo::new()
        .recipe("a", "let name = \"nope\";\nrecipe(name);\n")
        .dev("a")
        .stderr(
            r"
            error: there is no recipe `nope`
             --> recipes/a.rhai:2:1
              |
            2 | recipe(name);
              | ^^^^^^
        ",
        )
        .status(3)
        .run();
    Repo::new()
        .recipe("a", "let name = \"../outside\";\nrecipe(name);\n")
        .dev("a")
        .stderr(
            r"
            error: `../outside` is a path, not the name of a recipe
             --> recipes/a.rhai:2:1
              |
            2 | recipe(name);
              | ^^^^^^
        ",
        )
        .status(3)
        .run();
    Repo::new()
        .recipe("a", "recipe(\"b\");\n")
        .recipe("b", "let x = ;\n")
        .dev("a")
        .stderr(
            r#"
            error: recipes/b.rhai:1:9: Unexpected ';'
             --> recipes/a.rhai:1:1
              |
            1 | recipe("b");
              | ^^^^^^
        "#,
        )
        .status(3)
        .run();
    Repo::new()
        .recipe(
            "a",
            "let params = #{ wo: \"x\" };\nrecipe(\"b\", params);\n",
        )
        .recipe(
            "b",
            "const PARAMS = [#{ name: \"who\", kind: \"arg\", required: true }];\n",
        )
        .dev("a")
        .stderr(
            r#"
            error: the parameter `who` of the recipe `b` is required
             --> recipes/a.rhai:2:1
              |
            2 | recipe("b", params);
              | ^^^^^^
        "#,
        )
        .status(3)
        .run();
}

#[test]
fn steps_of_a_recipe_called_outside_steps_can_be_chosen() {
    let repo = Repo::new()
        .recipe(
            "inner",
            r#"run_steps([step("a", "A", || print("a")), step("b", "B", || print("b"))]);"#,
        )
        .recipe("outer", r#"recipe("inner");"#);
    repo.dev("outer --only inner:b")
        .stdout("b\n")
        .any_stderr()
        .run();
    repo.dev("outer --skip inner:b")
        .stdout("a\n")
        .any_stderr()
        .run();
}
