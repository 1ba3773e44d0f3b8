//! `step_selected`: what a recipe knows of the user's choice of steps before its plan.

use crate::harness::Repo;

const RECIPE: &str = r#"
    for id in ["one", "two"] {
        if step_selected(id) { print(`${id} will run`); }
    }
    run_steps([
        step("one", "One", || print("one")),
        step("two", "Two", || { print("two"); if path_exists("broken") { fail("broken"); } }),
    ]);
"#;

#[test]
fn only_skip_and_resume_are_heeded() {
    let repo = Repo::new().recipe("it", RECIPE);
    let prints = |line: &str, stdout: &str| {
        repo.dev(line).stdout(stdout).any_stderr().run();
    };
    prints("it", "one will run\ntwo will run\none\ntwo\n");
    prints("it --only two", "two will run\ntwo\n");
    prints("it --skip two", "one will run\none\n");
    repo.write("broken", "");
    repo.dev("it")
        .stdout("one will run\ntwo will run\none\ntwo\n")
        .any_stderr()
        .status(1)
        .run();
    std::fs::remove_file(repo.path().join("broken")).unwrap();
    prints("it --resume", "two will run\ntwo\n");
}

#[test]
fn a_step_chooses_the_steps_of_the_recipe_that_it_calls() {
    let repo = Repo::new().recipe("it", RECIPE).recipe(
        "outer",
        r#"run_steps([step("all", "All", || recipe("it"))]);"#,
    );
    repo.dev("outer --only all")
        .stdout("one will run\ntwo will run\none\ntwo\n")
        .any_stderr()
        .run();
    repo.dev("outer --skip it:two")
        .stdout("one will run\none\n")
        .any_stderr()
        .run();
}

#[test]
fn a_recipe_that_ends_before_its_plan_does_not_blame_the_choice() {
    // The id that is computed keeps the names from being checked before the run.
    let repo = Repo::new().recipe(
        "it",
        r#"
        if !path_exists("go") { return; }
        let id = "two";
        run_steps([step("one", "One", || print("one")), step(id, "Two", || print("two"))]);
        "#,
    );
    repo.dev("it --only one").run();
    repo.write("go", "");
    repo.dev("it --only one").stdout("one\n").any_stderr().run();
}
