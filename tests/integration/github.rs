//! In a job of GitHub Actions the text form folds steps and marks what failed, by itself.

use crate::harness::Repo;

const PLAN_RECIPE: &str = r#"
    warn("50% done");
    run_steps([
        step("a", "Step A", || { info("in a"); recipe("other"); }),
        step("b", "Step B", #{ when: false }, || ()),
        step("c", "Step C", #{ allow_failure: true }, || fail("not\nyet")),
        step("d", "Step D", || fail("no", "make one")),
    ], #{ keep_going: true });
"#;

fn repo() -> Repo {
    Repo::new().recipe("it", PLAN_RECIPE).recipe(
        "other",
        "run_steps([step(\"inner\", \"Inner\", || warn(\"look\"))]);\n",
    )
}

#[test]
fn steps_are_folded_and_failures_are_marked() {
    repo()
        .dev("it")
        .env("GITHUB_ACTIONS", "true")
        .stderr(
            "
            ::warning::50%25 done
            ::group::-- a: Step A
            in a
            -- other:inner: Inner
            ::warning::look
            -- other:inner: ok (<time>)
            ::endgroup::
            -- a: ok (<time>)
            ::group::-- c: Step C
            ::endgroup::
            -- c: failed (<time>)
            ::group::-- d: Step D
            ::endgroup::
            -- d: failed (<time>)

            it: 2 ok, 1 skipped, 2 failed in <time>
              ok        other:inner  Inner  <time>
              ok        a            Step A  <time>
              skipped   b            Step B  <time>  (condition is false)
              failed    c            Step C  <time>  (allowed to fail)
              failed    d            Step D  <time>

            failed c: Step C
              not
              yet
                at recipes/it.rhai:5:54
                at recipes/it.rhai:2:1

            failed d: Step D
              no
                at recipes/it.rhai:6:28
                at recipes/it.rhai:2:1
              hint: make one
            ::warning file=recipes/it.rhai,line=5,col=54::step c failed: not%0Ayet
            ::error file=recipes/it.rhai,line=6,col=28::step d failed: no%0Ahint: make one

            error: 1 of 5 steps failed
        ",
        )
        .status(1)
        .run();
}

#[test]
fn an_error_is_marked_at_its_place() {
    let marked = |text: &str, status: i32| {
        let ended = Repo::new()
            .recipe("it", text)
            .dev("it")
            .env("GITHUB_ACTIONS", "true")
            .any_stderr()
            .status(status)
            .run();
        ended.stderr.trim_end().lines().last().unwrap().to_owned()
    };
    assert_eq!(
        marked("info(1);\nfail(\"no\", \"make one\");\n", 1),
        "::error file=recipes/it.rhai,line=2,col=1::no%0Ahint: make one"
    );
    assert_eq!(
        marked("let x = ;\n", 3),
        "::error file=recipes/it.rhai,line=1,col=9::Unexpected ';'"
    );
}

/// Groups cannot be in each other, and lines of steps side by side mix.
#[test]
fn steps_side_by_side_are_not_folded() {
    let ended = repo()
        .dev("it --jobs 2")
        .env("GITHUB_ACTIONS", "true")
        .any_stderr()
        .status(1)
        .run();
    assert!(!ended.stderr.contains("::group"), "{}", ended.stderr);
    assert!(ended.stderr.contains("\n::warning::other:inner: look\n"));
}

#[test]
fn elsewhere_nothing_is_folded_or_marked() {
    for value in ["", "false"] {
        let ended = repo()
            .dev("it")
            .env("GITHUB_ACTIONS", value)
            .any_stderr()
            .status(1)
            .run();
        assert!(!ended.stderr.contains("::"), "{}", ended.stderr);
    }
    // Nor where programs read.
    let repo = repo();
    let json = repo.dev("it --output json").env("GITHUB_ACTIONS", "true");
    json.any_stdout().status(1).run();
}

#[test]
fn quietly_only_what_failed_is_marked() {
    let ended = repo()
        .dev("it -q --only d")
        .env("GITHUB_ACTIONS", "true")
        .any_stderr()
        .status(1)
        .run();
    assert!(!ended.stderr.contains("::group"), "{}", ended.stderr);
    assert!(
        ended
            .stderr
            .contains("\n::error file=recipes/it.rhai,line=6")
    );
}
