//! `--only` and `--skip`.

use crate::harness::{Repo, one};

/// Three steps, each after the one before.
const CHAIN_RECIPE: &str = r#"
    run_steps([
        step("a", "A", || print("a")),
        step("b", "B", #{ after: ["a"] }, || print("b")),
        step("c", "C", #{ after: ["b"] }, || print("c")),
    ]);
"#;

#[test]
fn only_and_skip_choose_steps() {
    one(CHAIN_RECIPE)
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
    one(CHAIN_RECIPE)
        .dev("it --only a --only c")
        .stdout("a\nc\n")
        .any_stderr()
        .run();
    one(CHAIN_RECIPE)
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
          skipped   b  B  <time>  (skipped with --skip)
          ok        c  C  <time>
    ",
        )
        .run();
    one(CHAIN_RECIPE)
        .dev("it --only b --skip b")
        .stdout("")
        .any_stderr()
        .run();
}

#[test]
fn a_step_that_is_not_there_cannot_be_chosen() {
    one(CHAIN_RECIPE)
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
