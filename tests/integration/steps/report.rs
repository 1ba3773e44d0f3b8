//! The report of a plan, and whose output is whose.

use crate::harness::one;

/// A plan with every way to end.
const EVERY_OUTCOME_RECIPE: &str = r#"
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

/// What is said of `build` at the end, with the indentation of the rest.
const BUILD_FAILURE: &str = "failed build: Build
              no compiler
                at recipes/it.rhai:3:54
                at recipes/it.rhai:10:1
              hint: install one";

/// What is said of `lint` at the end.
const LINT_FAILURE: &str = "failed lint: Lint
              `sh -c 'echo 3 warnings; exit 7'` exited with code 7
                at recipes/it.rhai:7:55
                at recipes/it.rhai:10:1
              last output:
                3 warnings";

#[test]
fn the_report_of_a_plan_that_keeps_going() {
    one(&format!(
        "{EVERY_OUTCOME_RECIPE}    run_steps(plan, #{{ keep_going: true }});\n    info(\"not reached\");\n"
    ))
    .dev("it")
    .stdout("fetched\n3 warnings\n")
    .stderr(&format!(
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
              blocked   test     Test  <time>  (depends on build)
              skipped   publish  Publish  <time>  (not a release)
              unchanged tidy     Tidy up  <time>
              failed    lint     Lint  <time>  (allowed to fail)
              ok        deploy   Deploy  <time>

            {BUILD_FAILURE}

            {LINT_FAILURE}

            error: 1 of 7 steps failed
        "
    ))
    .status(1)
    .run();
}

#[test]
fn the_report_of_a_plan_that_stops() {
    one(&format!("{EVERY_OUTCOME_RECIPE}    run_steps(plan);\n"))
        .dev("it")
        .stdout("fetched\n")
        .stderr(&format!(
            "
            -- fetch: Fetch things
            careful
            -- fetch: ok (<time>)
            -- build: Build
            -- build: failed (<time>)

            it: 1 ok, 1 failed, 5 cancelled in <time>
              ok        fetch    Fetch things  <time>
              failed    build    Build  <time>
              cancelled test     Test  <time>  (the run stopped first)
              cancelled publish  Publish  <time>  (the run stopped first)
              cancelled tidy     Tidy up  <time>  (the run stopped first)
              cancelled lint     Lint  <time>  (the run stopped first)
              cancelled deploy   Deploy  <time>  (the run stopped first)

            {BUILD_FAILURE}

            error: 1 of 7 steps failed
        "
        ))
        .status(1)
        .run();
}

#[test]
fn quietly_only_failures_are_shown() {
    one(&format!(
        "{EVERY_OUTCOME_RECIPE}    run_steps(plan, #{{ keep_going: true }});\n"
    ))
    .dev("it -q")
    .stderr(&format!(
        "

            {BUILD_FAILURE}

            {LINT_FAILURE}

            error: 1 of 7 steps failed
        "
    ))
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
