//! Functions that do not exist, and calls with the wrong arguments or options.

use crate::harness::{Repo, assert_contains, assert_starts_with, one, refused};

#[test]
fn an_unknown_function_has_its_nearest_and_nothing_ran_before() {
    refused(
        "
        info(\"before\");
        compse([\"ps\"]);
    ",
        r#"
            error: unknown function `compse`
             --> recipes/it.rhai:2:1
              |
            2 | compse(["ps"]);
              | ^^^^^^
              |
              = help: did you mean `compose`?
        "#,
    );
}

/// What `check` sees stops a run as well, before its first line.
#[test]
fn what_is_written_out_wrong_is_found_before_anything_runs() {
    for (line, message) in [
        ("exec(\"ls\");", "argument 1 of `exec` cannot be text"),
        ("exec([]);", "`exec` was given no program to run"),
        (
            "exec([\"ls\"], #{ quite: true });",
            "`exec` has no option `quite`",
        ),
        ("recipe(\"nope\");", "there is no recipe `nope`"),
        (
            "run_steps([step(\"a\", \"A\", #{ after: [\"b\"] }, || ())]);",
            "step `a` comes after `b`, which is not in the plan",
        ),
    ] {
        let repo = one(&format!("exec([\"touch\", \"changed\"]);\n{line}\n"));
        let run = repo.dev("it").any_stderr().status(3).run();
        assert_starts_with(
            &run.stderr,
            &format!("error: {message}\n --> recipes/it.rhai:2:"),
        );
        assert!(!repo.path().join("changed").exists(), "{line}");
    }
}

#[test]
fn what_is_written_out_wrong_in_an_imported_file_is_found_too() {
    let repo = Repo::new()
        .recipe("_lib/tools", "fn list() {\n    exec(\"ls\");\n}\n")
        .recipe(
            "it",
            "import \"_lib/tools\" as tools;\nexec([\"touch\", \"changed\"]);\ntools::list();\n",
        );
    repo.dev("it")
        .stderr(
            r#"
                error: argument 1 of `exec` cannot be text
                 --> recipes/_lib/tools.rhai:2:10
                  |
                2 |     exec("ls");
                  |          ^^^^
                  |
                  = note: in import of recipes/_lib/tools.rhai, called at recipes/it.rhai:1:1
                  = help: there is `exec(argv: array)` and `exec(argv: array, opts: map)`
            "#,
        )
        .status(3)
        .run();
    assert!(!repo.path().join("changed").exists());
}

/// What may be meant does not stop a run.
#[test]
fn a_warning_stops_no_run() {
    one("const PARAMS = [#{ name: \"unused\", kind: \"flag\" }];\ninfo(\"done\");\n")
        .dev("it")
        .stderr("done\n")
        .run();
}

#[test]
fn an_unknown_function_in_code_that_does_not_run_is_found_too() {
    refused(
        "
        info(\"before\");
        if false {
            nope();
        }
    ",
        "
            error: unknown function `nope`
             --> recipes/it.rhai:3:5
              |
            3 |     nope();
              |     ^^^^
        ",
    );
}

#[test]
fn an_unknown_function_in_a_closure_or_function_is_found_before() {
    refused(
        "
        fn setup() {
            exce([\"true\"]);
        }
        info(\"before\");
        setup();
    ",
        r#"
            error: unknown function `exce`
             --> recipes/it.rhai:2:5
              |
            2 |     exce(["true"]);
              |     ^^^^
              |
              = help: did you mean `exec`?
        "#,
    );
    refused(
        "
        info(\"before\");
        run_steps([step(\"a\", \"A\", || exce([\"true\"]))]);
    ",
        r#"
            error: unknown function `exce`
             --> recipes/it.rhai:2:30
              |
            2 | run_steps([step("a", "A", || exce(["true"]))]);
              |                              ^^^^
              |
              = help: did you mean `exec`?
        "#,
    );
}

#[test]
fn wrong_arity_says_what_is_right() {
    refused(
        "
        info(\"before\");
        env();
    ",
        "
            error: `env` takes 1 or 2 arguments, not 0
             --> recipes/it.rhai:2:1
              |
            2 | env();
              | ^^^
              |
              = help: there is `env(key: string)` and `env(key: string, default_value: any)`
        ",
    );
    refused(
        "
        fn greet(who) { info(who); }
        info(\"before\");
        greet(\"a\", \"b\");
    ",
        r#"
            error: `greet` takes 1 argument, not 2
             --> recipes/it.rhai:3:1
              |
            3 | greet("a", "b");
              | ^^^^^
        "#,
    );
}

#[test]
fn wrong_types_show_the_overloads() {
    refused(
        "
        info(\"before\");
        let command = \"ls -l\";
        exec(command);
    ",
        r"
            before
            error: `exec` does not take (string)
             --> recipes/it.rhai:3:1
              |
            3 | exec(command);
              | ^^^^
              |
              = help: there is `exec(argv: array)` and `exec(argv: array, opts: map)`
        ",
    );
}

#[test]
fn operators_between_types_that_have_none() {
    refused(
        "
        let n = 5;
        info(\"before\");
        let x = n - \"a\";
    ",
        r#"
            before
            error: `-` does not take (int, string)
             --> recipes/it.rhai:3:11
              |
            3 | let x = n - "a";
              |           ^
        "#,
    );
}

#[test]
fn an_unknown_option_has_its_nearest() {
    refused(
        "
        let opts = #{ timeuot: \"2s\" };
        exec([\"true\"], opts);
    ",
        r#"
            error: `exec` has no option `timeuot`
             --> recipes/it.rhai:2:1
              |
            2 | exec(["true"], opts);
              | ^^^^
              |
              = help: did you mean `timeout`?
        "#,
    );
}

#[test]
fn an_option_of_the_wrong_type() {
    refused(
        "
        let opts = #{ timeout: \"soon\" };
        exec([\"true\"], opts);
    ",
        r#"
            error: `exec`: `timeout` is "soon", not a time
             --> recipes/it.rhai:2:1
              |
            2 | exec(["true"], opts);
              | ^^^^
              |
              = help: write "90s", "2m", "1h30m" or a number of seconds, up to 100 years
        "#,
    );
    refused(
        "
        let word = ();
        exec([\"echo\", word]);
    ",
        r#"
            error: word 1 of `exec` is nothing: (), not text
             --> recipes/it.rhai:2:1
              |
            2 | exec(["echo", word]);
              | ^^^^
              |
              = help: arguments are arrays of words: ["up", "-d"]
        "#,
    );
    refused(
        "
        let nothing = [];
        exec(nothing);
    ",
        "
            error: `exec` was given no program to run
             --> recipes/it.rhai:2:1
              |
            2 | exec(nothing);
              | ^^^^
        ",
    );
}

#[test]
fn a_mistake_in_a_file_that_an_imported_file_imports() {
    let repo = one("import \"_lib/one\" as one;\none::f();\n")
        .recipe(
            "_lib/one",
            "import \"_lib/two\" as two;\nfn f() { two::g() }\n",
        )
        .recipe("_lib/two", "fn g() {\n    let = 1;\n}\n");
    for line in ["it", "check it"] {
        let ended = repo.dev(line).any_output().status(3).run();
        let text = format!("{}{}", ended.stdout, ended.stderr);
        assert_contains(&text, "--> recipes/_lib/two.rhai:2:9");
        assert_contains(&text, "2 |     let = 1;");
    }
}
