//! `copilot dev check`, which shows the same diagnostics and runs nothing.

use crate::harness::{Repo, assert_contains};

#[test]
fn check_finds_everything_at_once() {
    Repo::new()
        .recipe("good", "info(\"hi\");\n")
        .recipe("one", "let x = ;\n")
        .recipe(
            "two",
            "nope();\nenv();\nlet plan = [step(\"a\", \"A\", || ()), step(\"a\", \"B\", || ())];\n",
        )
        .recipe("_lib/three", "fn f() { nada(); }\n")
        .dev("check")
        .stderr(
            r#"
            error: unknown function `nada`
             --> recipes/_lib/three.rhai:1:10
              |
            1 | fn f() { nada(); }
              |          ^^^^

            error: Unexpected ';'
             --> recipes/one.rhai:1:9
              |
            1 | let x = ;
              |         ^

            error: unknown function `nope`
             --> recipes/two.rhai:1:1
              |
            1 | nope();
              | ^^^^

            error: `env` takes 1 or 2 arguments, not 0
             --> recipes/two.rhai:2:1
              |
            2 | env();
              | ^^^
              |
              = help: there is `env(key: string)` and `env(key: string, default_value: any)`

            error: two steps have the id `a`
             --> recipes/two.rhai:3:41
              |
            3 | let plan = [step("a", "A", || ()), step("a", "B", || ())];
              |                                         ^^^

            5 problems in 4 recipe files
        "#,
        )
        .status(3)
        .run();
}

#[test]
fn check_can_be_asked_about_some() {
    let repo = Repo::new()
        .recipe("good", "info(\"hi\");\n")
        .recipe("group/fine", "info(\"hi\");\n")
        .recipe("bad", "nope();\n");
    repo.dev("check good group-fine")
        .stdout("2 recipe files checked, no problems\n")
        .run();
    repo.dev("check bad good")
        .stderr(
            "
            error: unknown function `nope`
             --> recipes/bad.rhai:1:1
              |
            1 | nope();
              | ^^^^

            1 problem in 2 recipe files
        ",
        )
        .status(3)
        .run();
    repo.dev("check goood")
        .stderr(
            "
            error: there is no recipe `goood`
            hint: did you mean `good`?
        ",
        )
        .status(2)
        .run();
}

#[test]
fn check_runs_nothing() {
    let repo = Repo::new().recipe(
        "it",
        "
        write_file(\"made\", \"text\");
        exec([\"touch\", \"made\"]);
        ",
    );
    let before = repo.tree();
    repo.dev("check")
        .stdout("1 recipe file checked, no problems\n")
        .run();
    assert_eq!(repo.tree(), before);
}

#[test]
fn check_says_once_what_is_wrong_with_a_shared_file() {
    Repo::new()
        .recipe("a", "import \"_lib/common\" as common;\ncommon::f();\n")
        .recipe("b", "import \"_lib/common\" as common;\ncommon::f();\n")
        .recipe("_lib/common", "fn f() { nope(); }\n")
        .dev("check")
        .stderr(
            "
            error: unknown function `nope`
             --> recipes/_lib/common.rhai:1:10
              |
            1 | fn f() { nope(); }
              |          ^^^^

            1 problem in 3 recipe files
        ",
        )
        .status(3)
        .run();
}

#[test]
fn check_without_recipes() {
    Repo::new()
        .dev("check")
        .stdout(
            "
            0 recipe files checked, no problems
        ",
        )
        .run();
}

#[test]
fn one_file_that_cannot_be_read_hides_no_other() {
    let repo = Repo::new()
        .recipe("broken", "let x = ;\n")
        .file("secret", "only for me");
    repo.write("recipes/aa.rhai", [0xff]);
    let link = repo.path().join("recipes/link.rhai");
    std::os::unix::fs::symlink(repo.path().join("secret"), link).unwrap();
    let ended = repo.dev("check").any_stderr().status(3).run();
    for part in [
        "recipes/aa.rhai",
        "recipes/broken.rhai:1:9",
        "2 problems in 2 recipe files",
    ] {
        assert!(
            ended.stderr.contains(part),
            "no {part} in:\n{}",
            ended.stderr
        );
    }
    assert!(!ended.stderr.contains("only for me"), "{}", ended.stderr);
}

#[test]
fn a_pipe_among_the_recipes_is_not_waited_for() {
    let repo = Repo::new().recipe("good", "print(1);\n");
    let pipe = repo.path().join("recipes/pipe.rhai");
    nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let ended = repo.dev("check").any_stderr().status(3).run();
    let said = "cannot read recipes/pipe.rhai: it is not a file";
    assert_contains(&ended.stderr, said);
    let list = repo.dev("list").any_stdout().run();
    assert_contains(&list.stdout, "pipe  broken: cannot read");
}
