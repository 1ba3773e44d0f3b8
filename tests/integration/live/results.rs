//! What is left when steps end.

use crate::harness::gates::{gated, go, on};

#[test]
fn much_output_is_all_there() {
    let repo = gated(
        &["a"],
        r#"
        run_steps([step("a", "A", || {
            wait("a");
            exec(["sh", "-c", "i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done"]);
            exec(["sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' x; echo"]);
        })]);
        "#,
    );
    let mut terminal = on(&repo, "it", (24, 60));
    terminal.wait_for_frame("-- a: A\na  A  Ns\n");
    go(&repo, "a", "");
    assert_eq!(terminal.wait(), 0);
    terminal.wait_for("1 ok in");
    let history = terminal.history();
    let mut lines = history.lines();
    assert_eq!(lines.next(), Some("-- a: A"));
    for n in 0..20_000 {
        assert_eq!(lines.next(), Some(&*format!("line {n}")));
    }
    let rest: Vec<_> = lines.collect();
    let end = rest.iter().position(|line| line.starts_with("--")).unwrap();
    assert!(
        rest[..end]
            .iter()
            .all(|line| line.chars().all(|c| c == 'x'))
    );
    assert_eq!(
        rest[..end].iter().map(|line| line.len()).sum::<usize>(),
        3_000_000
    );
    assert_eq!(rest[end], "-- a: A: ok (<time>)");
}

#[test]
fn a_failure_leaves_the_report() {
    let repo = gated(
        &["a", "b"],
        r#"
        defer(|| info("deferred"));
        run_steps([
            step("a", "A", || wait("a")),
            step("b", "B", || { wait("b"); fail("no"); }),
        ], #{ jobs: 2, keep_going: true });
        "#,
    );
    let mut terminal = on(&repo, "it", (24, 60));
    terminal.wait_for_frame("a  A  Ns\nb  B  Ns\n");
    go(&repo, "b", "last words");
    terminal.wait_for_frame("b | last words\n-- b: B: failed (<time>)\na  A  Ns\n");
    go(&repo, "a", "");
    assert_eq!(terminal.wait(), 1);
    terminal.wait_for_frame(
        "
        b | last words
        -- b: B: failed (<time>)
        -- a: A: ok (<time>)
        deferred

        it: 1 ok, 1 failed in <time>
          ok        a  A  <time>
          failed    b  B  <time>

        failed b: B
          no
            at recipes/it.rhai:9:36
            at recipes/it.rhai:7:1

        error: 1 of 2 steps failed
        ",
    );
}

#[test]
fn a_step_that_calls_a_recipe_has_its_steps_beside_it() {
    let repo = gated(
        &["a"],
        r#"run_steps([step("all", "All of it", || recipe("other"))]);"#,
    )
    .recipe(
        "other",
        r#"run_steps([step("a", "A", || exec(["sh", "-c", "read x < go-a"]))]);"#,
    );
    let mut terminal = on(&repo, "it", (24, 60));
    terminal.wait_for_frame(
        "
        -- all: All of it
        -- other:a: A
        all  All of it  Ns
        other:a  A  Ns
        ",
    );
    go(&repo, "a", "");
    assert_eq!(terminal.wait(), 0);
    terminal.wait_for_frame(
        "
        -- all: All of it
        -- other:a: A
        -- other:a: A: ok (<time>)
        -- all: All of it: ok (<time>)

        it: 2 ok in <time>
          ok        other:a  A  <time>
          ok        all      All of it  <time>
        ",
    );
}
