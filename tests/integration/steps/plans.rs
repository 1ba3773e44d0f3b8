//! Plans and steps that are refused.

use crate::harness::{one, refused};

#[test]
fn a_plan_that_makes_no_sense_runs_nothing() {
    refused(
        r#"
        let last = "c";
        run_steps([
            step("z", "Z", || print("z")),
            step("a", "A", #{ after: [last] }, || ()),
            step("b", "B", #{ after: ["a"] }, || ()),
            step("c", "C", #{ after: ["b"] }, || ()),
        ]);
    "#,
        "
        error: steps wait for each other: a after c after b after a
         --> recipes/it.rhai:2:1
          |
        2 | run_steps([
          | ^^^^^^^^^
    ",
    );
    refused(
        r#"
        let first = "setpu";
        run_steps([
            step("setup", "Z", || print("z")),
            step("a", "A", #{ after: [first] }, || ()),
        ]);
    "#,
        "
        error: step `a` comes after `setpu`, which is not in the plan
         --> recipes/it.rhai:2:1
          |
        2 | run_steps([
          | ^^^^^^^^^
          |
          = help: did you mean `setup`?
    ",
    );
    // Found before even the first line runs.
    refused(
        r#"
        print("before");
        run_steps([
            step("a", "A", || print("a")),
            step("a", "Again", || ()),
        ]);
    "#,
        r#"
        error: two steps have the id `a`
         --> recipes/it.rhai:4:10
          |
        4 |     step("a", "Again", || ()),
          |          ^^^
    "#,
    );
    // This one can only be known when it is there.
    refused(
        r#"
        let plan = [step("a", "A", || print("a"))];
        plan.push(step("a", "Again", || ()));
        run_steps(plan);
    "#,
        "
        error: two steps have the id `a`
         --> recipes/it.rhai:3:1
          |
        3 | run_steps(plan);
          | ^^^^^^^^^
    ",
    );
}

#[test]
fn what_is_no_step_or_no_option_is_refused() {
    refused(
        r#"
        run_steps([step("a", "A", || print("a")), "b"]);
    "#,
        r#"
        error: entry 1 of the plan is "b", not made by `step`
         --> recipes/it.rhai:1:1
          |
        1 | run_steps([step("a", "A", || print("a")), "b"]);
          | ^^^^^^^^^
    "#,
    );
    refused(
        r#"
        let opts = #{ afer: ["b"] };
        run_steps([step("a", "A", opts, || print("a"))]);
    "#,
        r#"
        error: `step` has no option `afer`
         --> recipes/it.rhai:2:12
          |
        2 | run_steps([step("a", "A", opts, || print("a"))]);
          |            ^^^^
          |
          = help: did you mean `after`?
    "#,
    );
    refused(
        r#"
        let opts = #{ job: 2 };
        run_steps([step("a", "A", || print("a"))], opts);
    "#,
        r#"
        error: `run_steps` has no option `job`
         --> recipes/it.rhai:2:1
          |
        2 | run_steps([step("a", "A", || print("a"))], opts);
          | ^^^^^^^^^
          |
          = help: did you mean `jobs`?
    "#,
    );
    refused(
        r#"
        let id = "a b";
        run_steps([step(id, "A", || print("a"))]);
    "#,
        r#"
        error: "a b" cannot be the id of a step
         --> recipes/it.rhai:2:12
          |
        2 | run_steps([step(id, "A", || print("a"))]);
          |            ^^^^
          |
          = help: an id consists of letters, digits, `-`, `_`, `.` and `/`, and starts with a letter or digit
    "#,
    );
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
          cancelled b    B  <time>  (the run stopped first)

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
