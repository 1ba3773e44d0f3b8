//! Files of tests: which are run, what is wrong in them, what `check` knows of them.

use crate::harness::{Repo, assert_contains};

const PASSING_TEST: &str = r#"test("passes", || { run("up"); code_is(0); });"#;

fn several() -> Repo {
    Repo::new()
        .recipe("up", "exec([\"true\"]);")
        .recipe("infra/apply", "exec([\"true\"]);")
        .recipe("infra/destroy", "exec([\"true\"]);")
        .recipe("untested", "exec([\"true\"]);")
        .recipe("_tests/up", PASSING_TEST)
        .recipe("_tests/infra/apply", PASSING_TEST)
        .recipe("_tests/infra/destroy", PASSING_TEST)
}

#[test]
fn a_recipe_or_a_group_can_be_named() {
    let repo = several();
    let of = |names: &[&str]| {
        let lines = names.iter().map(|name| format!("passed  {name}: passes\n"));
        let count = names.len();
        lines.collect::<String>() + &format!("{count} passed, 0 failed in <time>\n")
    };
    let all = of(&["infra/apply", "infra/destroy", "up"]);
    repo.dev("test").stdout(&all).run();
    repo.dev("test up").stdout(&of(&["up"])).run();
    let group = of(&["infra/apply", "infra/destroy"]);
    repo.dev("test infra").stdout(&group).run();
    for name in ["infra/apply", "infra-apply"] {
        repo.dev(&format!("test {name}"))
            .stdout(&of(&["infra/apply"]))
            .run();
    }
    let two = of(&["infra/destroy", "up"]);
    repo.dev("test up infra/destroy").stdout(&two).run();
}

#[test]
fn tests_can_be_chosen_by_name() {
    let repo = Repo::new()
        .recipe("up", "exec([\"true\"]);\n")
        .recipe(
            "_tests/up",
            "test(\"one way\", || { run(\"up\"); code_is(0); });\ntest(\"another way\", || assert(false, \"no\"));\n",
        )
        .recipe("_tests/down", "test(\"one more\", || assert(true, \"\"));\n");
    let both = "
        passed  down: one more
        passed  up: one way
        2 passed, 0 failed in <time>
    ";
    repo.copilot(["dev", "test", "--name", "one "])
        .stdout(both)
        .run();
    let one = "
        passed  up: one way
        1 passed, 0 failed in <time>
    ";
    repo.copilot(["dev", "test", "up", "--name", "one way"])
        .stdout(one)
        .run();
    repo.dev("test up --name more")
        .stderr("error: no test name contains \"more\"\n")
        .status(2)
        .run();
    // A file without any test is wrong all the same.
    repo.write("recipes/_tests/down.rhai", "let x = 1;\n");
    repo.dev("test down --name one")
        .any_output()
        .status(3)
        .run();
}

#[test]
fn what_has_no_tests_is_said() {
    several()
        .dev("test untested")
        .stderr(
            "
            error: the recipe `untested` has no tests
            hint: put them in recipes/_tests/untested.rhai
            ",
        )
        .status(2)
        .run();
    several()
        .dev("test upp")
        .stderr("error: there is no recipe `upp`\nhint: did you mean `up`?\n")
        .status(2)
        .run();
    Repo::new()
        .dev("test")
        .stderr(
            "
            error: no tests found
            hint: put the tests of the recipe NAME in recipes/_tests/NAME.rhai; see docs/recipes.md
            ",
        )
        .status(2)
        .run();
}

/// The tests are run, and then what is wrong in the file is said.
#[track_caller]
fn wrong(tests: &str, passed: usize, stderr: &str) {
    let repo = Repo::new()
        .recipe("up", "exec([\"true\"]);")
        .recipe("_tests/up", tests);
    let lines = "passed  up: passes\n".repeat(passed);
    let stdout = format!("{lines}{passed} passed, 0 failed, 1 invalid file in <time>\n");
    repo.dev("test")
        .stdout(&stdout)
        .stderr(stderr)
        .status(3)
        .run();
}

#[test]
fn a_file_of_tests_can_be_wrong() {
    wrong(
        "test(\"a\", || { run(\"up\"); code_is(0); });\nexpct(\"up\");\n",
        0,
        "
        error: unknown function `expct`
         --> recipes/_tests/up.rhai:2:1
          |
        2 | expct(\"up\");
          | ^^^^^
          |
          = help: did you mean `expect`?
        ",
    );
    wrong(
        "run(\"up\");\n",
        0,
        "
        error: called outside a test
         --> recipes/_tests/up.rhai:1:1
          |
        1 | run(\"up\");
          | ^^^
          |
          = help: write a test as `test(\"what it does\", || { … });`, and put shared code in a function
        ",
    );
    wrong(
        "let nothing = 1;\n",
        0,
        "
        error: recipes/_tests/up.rhai has no tests
         |
         = help: write a test as `test(\"what it does\", || { … });`
        ",
    );
    wrong(
        &format!("{PASSING_TEST}\ntest(\"b\", || {{ code_is(0); }});\n"),
        1,
        "
        error: nothing was run yet: call `run(\"…\")` first
         --> recipes/_tests/up.rhai:2:16
          |
        2 | test(\"b\", || { code_is(0); });
          |                ^^^^^^^
          |
          = note: in a closure, called at recipes/_tests/up.rhai:2:1
        ",
    );
    wrong(
        &format!("{PASSING_TEST}\n{PASSING_TEST}\n"),
        1,
        "
        error: two tests have the name \"passes\"
         --> recipes/_tests/up.rhai:2:1
          |
        2 | test(\"passes\", || { run(\"up\"); code_is(0); });
          | ^^^^
        ",
    );
    wrong(
        "test(\"a\", || { run(\"nothing\"); });\n",
        0,
        "
        error: `run`: there is no recipe `nothing`
         --> recipes/_tests/up.rhai:1:16
          |
        1 | test(\"a\", || { run(\"nothing\"); });
          |                ^^^
          |
          = note: in a closure, called at recipes/_tests/up.rhai:1:1
        ",
    );
}

#[test]
fn one_wrong_file_does_not_keep_the_others_from_running() {
    several()
        .recipe("_tests/infra/apply", "oops(;\n")
        .dev("test")
        .stdout(
            "
            passed  infra/destroy: passes
            passed  up: passes
            2 passed, 0 failed, 1 invalid file in <time>
            ",
        )
        .any_stderr()
        .status(3)
        .run();
}

#[test]
fn tests_share_what_begins_with_an_underscore() {
    let repo = several()
        .recipe(
            "_tests/_shared",
            r#"
            export const ALL = "true";
            fn broken() { fails(global::ALL, 9); }
            fn ends(code) { code_is(code); }
            "#,
        )
        .recipe(
            "_tests/up",
            r#"
            import "_tests/_shared" as common;
            test("good", || { run("up"); expect(common::ALL); });
            test("broken", || { common::broken(); run("up"); common::ends(8); });
            "#,
        );
    repo.dev("test up")
        .stdout(
            "
            passed  up: good
            failed  up: broken
                the exit code is 9, not 8
                the run exited with code 9; standard error:
                    error: `true` exited with code 9
                      at recipes/up.rhai:1:1
                at recipes/_tests/_shared.rhai:3:17
                at recipes/_tests/up.rhai:3:58
            1 passed, 1 failed in <time>
            ",
        )
        .status(1)
        .run();
    repo.dev("check")
        .stdout("8 recipe files checked, no problems\n")
        .run();
}

#[test]
fn check_knows_tests_from_recipes() {
    let repo = Repo::new()
        .recipe("up", "reply(\"a\", \"b\");\n")
        .recipe("_tests/up", "test(\"a\", || exec([\"true\"]));\n");
    let checked = repo.dev("check").any_stderr().status(3).run();
    for problem in [
        "error: unknown function `reply`\n --> recipes/up.rhai:1:1\n",
        "error: unknown function `exec`\n --> recipes/_tests/up.rhai:1:14\n",
        "2 problems in 2 recipe files\n",
    ] {
        assert_contains(&checked.stderr, problem);
    }
    // Nor is a file of tests a verb.
    let list = repo.dev("list").any_output().run();
    assert!(!list.stdout.contains("_tests"), "{}", list.stdout);
}
