//! What is said about a recipe that is wrong, and when.

use crate::harness::{Repo, Signal};

fn one(text: &str) -> Repo {
    Repo::new().recipe("it", text)
}

#[test]
fn a_parse_error_shows_the_line() {
    one("
        info(\"before\");
        let x = [1, 2;
    ")
    .dev("it")
    .stderr(
        "
            error: expected `,` to separate the items of this array literal
             --> recipes/it.rhai:2:14
              |
            2 | let x = [1, 2;
              |              ^
        ",
    )
    .status(3)
    .run();
}

#[test]
fn a_missing_semicolon_is_looked_for_one_line_up() {
    one("
        info(\"before\")
        info(\"after\");
    ")
    .dev("it")
    .stderr(
        r#"
            error: expected `;` to terminate this statement
             --> recipes/it.rhai:2:1
              |
            2 | info("after");
              | ^^^^
              |
              = help: is the `;` missing at the end of the line above?
        "#,
    )
    .status(3)
    .run();
}

#[test]
fn an_unclosed_string_is_at_its_start() {
    one("
        info(\"before\");
        info(\"after);
    ")
    .dev("it")
    .stderr(
        r#"
            error: Open string is not terminated
             --> recipes/it.rhai:2:6
              |
            2 | info("after);
              |      ^
        "#,
    )
    .status(3)
    .run();
}

#[test]
fn an_unclosed_brace_is_shown() {
    one("
        if true {
            info(\"before\");
    ")
    .dev("it")
    .stderr(
        r#"
            error: expected `}` to terminate this block
             --> recipes/it.rhai:2:21
              |
            2 |     info("before");
              |                    ^
              |
              = help: the `{` at line 1, column 9 seems to be the one that is not closed
        "#,
    )
    .status(3)
    .run();
}

/// What is told of each beside the fault: what a person who knows other languages would write.
#[test]
fn what_does_not_parse_has_a_hint_that_fits() {
    let reserved = |text: &str| hint(&format!("let a = {text};"));
    let rows = [
        (
            hint("info(1)) ;"),
            "there is one `)` more than there are opened",
        ),
        (
            hint("info \"a\";"),
            "a statement ends with `;`, and what a function is called with stands in `( )`",
        ),
        (
            hint("print \"a\";"),
            "it is a function: its arguments stand in `( )`; as a name, use another",
        ),
        (
            hint("info(1\ninfo(2);"),
            "is the `)` or a `,` missing at the end of the line above?",
        ),
        (
            hint("let m = [1,\n2\nlet n = 1;"),
            "is the `]` or a `,` missing at the end of the line above?",
        ),
        (
            hint("fn f() {\n    if true { f();\n}\nf();"),
            "the `{` at line 2, column 13 seems to be the one that is not closed",
        ),
        (hint("let a = 1; a++;"), "write `x += 1`"),
        (hint("var a = 1;"), "write `let`"),
        (reserved("null"), "nothing is `()`"),
        (
            reserved("match 1 { }"),
            "write `switch`: `switch x { 1 => …, _ => … }`; as a name, use another",
        ),
        (
            reserved("await f()"),
            "steps run side by side: `run_steps(plan, #{ jobs: 4 })`; as a name, use another",
        ),
    ];
    for (told, expected) in rows {
        assert_eq!(told, expected);
    }
}

/// The hint that `check` gives for `text`.
#[track_caller]
fn hint(text: &str) -> String {
    let repo = Repo::new().recipe("it", text);
    let output = repo
        .command()
        .args(["dev", "check", "--output", "json"])
        .output()
        .unwrap();
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    told["problems"][0]["hint"]
        .as_str()
        .unwrap_or_else(|| panic!("{told}"))
        .to_owned()
}

#[test]
fn an_unknown_function_has_its_nearest_and_nothing_ran_before() {
    one("
        info(\"before\");
        compse([\"ps\"]);
    ")
    .dev("it")
    .stderr(
        r#"
            error: unknown function `compse`
             --> recipes/it.rhai:2:1
              |
            2 | compse(["ps"]);
              | ^^^^^^
              |
              = help: did you mean `compose`?
        "#,
    )
    .status(3)
    .run();
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
        assert!(
            run.stderr
                .starts_with(&format!("error: {message}\n --> recipes/it.rhai:2:")),
            "{}",
            run.stderr
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
    one("
        info(\"before\");
        if false {
            nope();
        }
    ")
    .dev("it")
    .stderr(
        "
            error: unknown function `nope`
             --> recipes/it.rhai:3:5
              |
            3 |     nope();
              |     ^^^^
        ",
    )
    .status(3)
    .run();
}

#[test]
fn an_unknown_function_in_a_closure_or_function_is_found_before() {
    one("
        fn setup() {
            exce([\"true\"]);
        }
        info(\"before\");
        setup();
    ")
    .dev("it")
    .stderr(
        r#"
            error: unknown function `exce`
             --> recipes/it.rhai:2:5
              |
            2 |     exce(["true"]);
              |     ^^^^
              |
              = help: did you mean `exec`?
        "#,
    )
    .status(3)
    .run();
    one("
        info(\"before\");
        run_steps([step(\"a\", \"A\", || exce([\"true\"]))]);
    ")
    .dev("it")
    .stderr(
        r#"
            error: unknown function `exce`
             --> recipes/it.rhai:2:30
              |
            2 | run_steps([step("a", "A", || exce(["true"]))]);
              |                              ^^^^
              |
              = help: did you mean `exec`?
        "#,
    )
    .status(3)
    .run();
}

#[test]
fn wrong_arity_says_what_is_right() {
    one("
        info(\"before\");
        env();
    ")
    .dev("it")
    .stderr(
        "
            error: `env` takes 1 or 2 arguments, not 0
             --> recipes/it.rhai:2:1
              |
            2 | env();
              | ^^^
              |
              = help: there is `env(key: string)` and `env(key: string, default_value: any)`
        ",
    )
    .status(3)
    .run();
    one("
        fn greet(who) { info(who); }
        info(\"before\");
        greet(\"a\", \"b\");
    ")
    .dev("it")
    .stderr(
        r#"
            error: `greet` takes 1 argument, not 2
             --> recipes/it.rhai:3:1
              |
            3 | greet("a", "b");
              | ^^^^^
        "#,
    )
    .status(3)
    .run();
}

#[test]
fn wrong_types_show_the_overloads() {
    one("
        info(\"before\");
        let command = \"ls -l\";
        exec(command);
    ")
    .dev("it")
    .stderr(
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
    )
    .status(3)
    .run();
}

#[test]
fn operators_between_types_that_have_none() {
    one("
        let n = 5;
        info(\"before\");
        let x = n - \"a\";
    ")
    .dev("it")
    .stderr(
        r#"
            before
            error: `-` does not take (int, string)
             --> recipes/it.rhai:3:11
              |
            3 | let x = n - "a";
              |           ^
        "#,
    )
    .status(3)
    .run();
}

#[test]
fn an_unknown_option_has_its_nearest() {
    one("
        let opts = #{ timeuot: \"2s\" };
        exec([\"true\"], opts);
    ")
    .dev("it")
    .stderr(
        r#"
            error: `exec` has no option `timeuot`
             --> recipes/it.rhai:2:1
              |
            2 | exec(["true"], opts);
              | ^^^^
              |
              = help: did you mean `timeout`?
        "#,
    )
    .status(3)
    .run();
}

#[test]
fn an_option_of_the_wrong_type() {
    one("
        let opts = #{ timeout: \"soon\" };
        exec([\"true\"], opts);
    ")
    .dev("it")
    .stderr(
        r#"
            error: `exec`: `timeout` is "soon", not a time
             --> recipes/it.rhai:2:1
              |
            2 | exec(["true"], opts);
              | ^^^^
              |
              = help: write "90s", "2m", "1h30m" or a number of seconds
        "#,
    )
    .status(3)
    .run();
    one("
        let word = ();
        exec([\"echo\", word]);
    ")
    .dev("it")
    .stderr(
        r#"
            error: word 1 of `exec` is nothing: (), not text
             --> recipes/it.rhai:2:1
              |
            2 | exec(["echo", word]);
              | ^^^^
              |
              = help: arguments are arrays of words: ["up", "-d"]
        "#,
    )
    .status(3)
    .run();
    one("
        let nothing = [];
        exec(nothing);
    ")
    .dev("it")
    .stderr(
        "
            error: `exec` was given no program to run
             --> recipes/it.rhai:2:1
              |
            2 | exec(nothing);
              | ^^^^
        ",
    )
    .status(3)
    .run();
}

#[test]
fn an_unknown_variable_has_its_nearest_and_nothing_ran_before() {
    one("
        let service = \"a\";
        info(\"before\");
        info(servce);
    ")
    .dev("it")
    .stderr(
        "
            error: unknown variable `servce`
             --> recipes/it.rhai:3:6
              |
            3 | info(servce);
              |      ^^^^^^
              |
              = help: did you mean `service`?
        ",
    )
    .status(3)
    .run();
}

#[test]
fn an_unknown_parameter_has_its_nearest() {
    one(r#"
        const PARAMS = [#{ name: "log-level", kind: "option" }];
        info(log_levle);
    "#)
    .dev("it")
    .stderr(
        "
            error: unknown variable `log_levle`
             --> recipes/it.rhai:2:6
              |
            2 | info(log_levle);
              |      ^^^^^^^^^
              |
              = help: did you mean `log_level`?
        ",
    )
    .status(3)
    .run();
}

#[test]
fn a_function_does_not_see_what_is_outside() {
    one("
        let service = \"a\";
        fn show() { info(service); }
        show();
    ")
    .dev("it")
    .stderr("
        error: unknown variable `service`
         --> recipes/it.rhai:2:18
          |
        2 | fn show() { info(service); }
          |                  ^^^^^^^
          |
          = help: a function sees no `let` and no parameter outside it: pass it in, or use a `const` as `global::NAME`
    ")
        .status(3)
    .run();
}

#[test]
fn a_map_has_no_such_key() {
    one("
        let m = #{ state: \"up\" };
        info(m.stat);
    ")
    .dev("it")
    .stderr(
        "
            error: the map has no key `stat`
             --> recipes/it.rhai:2:8
              |
            2 | info(m.stat);
              |        ^^^^
              |
              = help: did you mean `state`?
        ",
    )
    .status(3)
    .run();
    // Of maps that primitives give, their documentation tells the keys.
    one("
        let ended = capture([\"true\"]);
        print(ended.stdot);
    ")
    .dev("it")
    .stderr(
        "
            error: the map has no key `stdot`
             --> recipes/it.rhai:2:13
              |
            2 | print(ended.stdot);
              |             ^^^^^
              |
              = help: did you mean `stdout`?
        ",
    )
    .status(3)
    .run();
}

#[test]
fn what_is_nothing_is_said() {
    let hint = "= help: `()` is nothing: what was not given, not found, or not returned; ask `x != ()` first\n";
    for (line, message) in [
        ("x.len();", "`len` does not take (())"),
        ("let y = x + 1;", "`+` does not take ((), int)"),
        ("print(x.name);", "`()` has no property `name`"),
        ("print(x[0]);", "`()` has no index that is `int`"),
        ("if x { print(1); }", "expected bool, found ()"),
    ] {
        let repo = one(&format!("let x = env(\"NOT_SET\");\n{line}\n"));
        let said = repo.dev("it").any_stderr().status(3).run().stderr;
        assert!(
            said.starts_with(&format!("error: {message}\n --> recipes/it.rhai:2:")),
            "{said}"
        );
        assert!(said.ends_with(hint), "{said}");
    }
}

/// Rhai cannot run it: at least it is said.
#[test]
fn a_closure_that_leaves_its_file() {
    Repo::new()
        .recipe("_lib/make", "fn it(n) {\n    || print(n)\n}\n")
        .recipe("it", "import \"_lib/make\" as make;\nmake::it(1).call();\n")
        .dev("it")
        .stderr(
            "
            error: a closure of an imported file is called outside of that file
             --> recipes/it.rhai:2:13
              |
            2 | make::it(1).call();
              |             ^^^^
              |
              = help: write the closure in the recipe, and call the imported function in it: `|| lib::work(id)`
        ",
        )
        .status(3)
        .run();
}

#[test]
fn what_has_no_parts() {
    for (line, message, hint) in [
        (
            "for y in x { print(y); }",
            "`for` cannot go over this value",
            "\n  = help: it goes over arrays, ranges and text; over a map by `map.keys()`\n",
        ),
        ("print(x.name);", "`int` has no property `name`", "^^^^\n"),
        ("print(x[\"a\"]);", "expected int, found string", "^^^\n"),
    ] {
        let repo = one(&format!("let x = 1;\n{line}\n"));
        let said = repo.dev("it").any_stderr().status(3).run().stderr;
        assert!(
            said.starts_with(&format!("error: {message}\n --> recipes/it.rhai:2:")),
            "{said}"
        );
        assert!(said.ends_with(hint), "{said}");
    }
}

#[test]
fn forms_are_named_in_the_words_of_recipes() {
    let repo = one("let x = 1;\nx.len();\n");
    let said = repo.dev("it").any_stderr().status(3).run().stderr;
    let forms = "there is `len(map: map)` and `len(blob: blob)` and `len(array: array)` and `len(string: string)`\n";
    assert!(said.ends_with(forms), "{said}");
}

#[test]
fn an_index_out_of_bounds() {
    one("
        let a = [1, 2];
        info(a[5]);
    ")
    .dev("it")
    .stderr(
        "
            error: Array index 5 out of bounds: only 2 elements in array
             --> recipes/it.rhai:2:8
              |
            2 | info(a[5]);
              |        ^
        ",
    )
    .status(3)
    .run();
}

#[test]
fn a_reserved_word() {
    one("
        let default = 1;
    ")
    .dev("it")
    .stderr(
        "
            error: `default` is a word that Rhai reserves
             --> recipes/it.rhai:1:5
              |
            1 | let default = 1;
              |     ^^^^^^^
              |
              = help: a parameter has a `default_value`; as a name, use another
        ",
    )
    .status(3)
    .run();
}

#[test]
fn columns_count_characters() {
    one("
        let ü = \"日本\"; nope(ü);
    ")
    .dev("it")
    .stderr(
        r#"
            error: Unexpected 'ü'
             --> recipes/it.rhai:1:5
              |
            1 | let ü = "日本"; nope(ü);
              |     ^
        "#,
    )
    .status(3)
    .run();
    one("
        let s = \"ü日本\"; nope(s);
    ")
    .dev("it")
    .stderr(
        r#"
            error: unknown function `nope`
             --> recipes/it.rhai:1:16
              |
            1 | let s = "ü日本"; nope(s);
              |                  ^^^^
        "#,
    )
    .status(3)
    .run();
}

#[test]
fn leaving_early_is_refused() {
    one("
        info(\"before\");
        exit(1);
    ")
    .dev("it")
    .stderr(
        "
            error: `exit` would end the recipe as if all went well
             --> recipes/it.rhai:2:1
              |
            2 | exit(1);
              | ^^^^
              |
              = help: use `return;` to end in good order, or `fail(message)` to end with an error
        ",
    )
    .status(3)
    .run();
}

/// A recipe that imports a file in which `body` is the function `setup`.
fn imported(body: &str) -> Repo {
    Repo::new()
        .recipe(
            "it",
            "
            import \"_lib/common\" as common;
            info(\"before\");
            fn begin() {
                common::setup(1);
            }
            begin();
            ",
        )
        .recipe(
            "_lib/common",
            &format!("fn inner(n) {{\n    {body}\n}}\n\nfn setup(n) {{\n    inner(n);\n}}\n"),
        )
}

#[test]
fn an_error_in_an_imported_file_has_the_chain_of_calls() {
    imported("let a = []; a[n];")
        .dev("it")
        .stderr(
            "
            before
            error: Array index 1 out of bounds: array is empty
             --> recipes/_lib/common.rhai:2:19
              |
            2 |     let a = []; a[n];
              |                   ^
              |
              = note: in inner, called at recipes/_lib/common.rhai:6:5
              = note: in setup, called at recipes/it.rhai:4:13
              = note: in begin, called at recipes/it.rhai:6:1
        ",
        )
        .status(3)
        .run();
}

#[test]
fn a_failure_in_an_imported_file_has_the_chain_of_places() {
    imported("fail(\"no luck\", \"try again\");")
        .dev("it")
        .stderr(
            "
            before
            error: no luck
              at recipes/_lib/common.rhai:2:5
              at recipes/_lib/common.rhai:6:5
              at recipes/it.rhai:4:13
              at recipes/it.rhai:6:1
            hint: try again
        ",
        )
        .status(1)
        .run();
}

#[test]
fn a_mistake_in_an_imported_file_is_found_before_anything_runs() {
    imported("nope();")
        .dev("it")
        .stderr(
            "
            error: unknown function `nope`
             --> recipes/_lib/common.rhai:2:5
              |
            2 |     nope();
              |     ^^^^
              |
              = note: in import of recipes/_lib/common.rhai, called at recipes/it.rhai:1:1
        ",
        )
        .status(3)
        .run();
    imported("let x = ;")
        .dev("it")
        .stderr(
            "
            error: Unexpected ';'
             --> recipes/_lib/common.rhai:2:13
              |
            2 |     let x = ;
              |             ^
              |
              = note: in import of recipes/_lib/common.rhai, called at recipes/it.rhai:1:1
        ",
        )
        .status(3)
        .run();
}

#[test]
fn an_import_that_is_not_there() {
    one("
        info(\"before\");
        import \"_lib/comon\" as common;
    ")
    .dev("it")
    .stderr(
        r#"
            error: cannot import `_lib/comon`
             --> recipes/it.rhai:2:1
              |
            2 | import "_lib/comon" as common;
              | ^^^^^^
              |
              = help: there is no recipes/_lib/comon.rhai that can be read
        "#,
    )
    .status(3)
    .run();
    one("
        import \"_lib/comon\" as common;
    ")
    .recipe("_lib/common", "fn f() { }\n")
    .dev("it")
    .stderr(
        r#"
            error: cannot import `_lib/comon`
             --> recipes/it.rhai:1:1
              |
            1 | import "_lib/comon" as common;
              | ^^^^^^
              |
              = help: did you mean `_lib/common`?
        "#,
    )
    .status(3)
    .run();
    one("
        import \"../outside\" as outside;
    ")
    .file("outside.rhai", "fn f() {}\n")
    .dev("it")
    .stderr(
        r#"
            error: cannot import `../outside`
             --> recipes/it.rhai:1:1
              |
            1 | import "../outside" as outside;
              | ^^^^^^
              |
              = help: imports are files under recipes/, as `_lib/stack`
        "#,
    )
    .status(3)
    .run();
}

#[test]
fn an_unknown_function_of_an_import() {
    Repo::new()
        .recipe("it", "import \"_lib/a\" as a;\na::setpu();\n")
        .recipe("_lib/a", "fn setup() {}\n")
        .dev("it")
        .stderr(
            "
            error: unknown function `a::setpu`
             --> recipes/it.rhai:2:4
              |
            2 | a::setpu();
              |    ^^^^^
              |
              = help: did you mean `a::setup`?
        ",
        )
        .status(3)
        .run();
    one("
        common::setup();
    ")
    .dev("it")
    .stderr(
        r#"
            error: no module is imported as `common`
             --> recipes/it.rhai:1:1
              |
            1 | common::setup();
              | ^^^^^^
              |
              = help: add `import "_lib/common" as common;` at the top
        "#,
    )
    .status(3)
    .run();
}

#[test]
fn a_failure_says_its_place() {
    one("
        fn check(n) {
            if n > 1 { fail(\"too many: \" + n, \"take fewer\"); }
        }
        check(1);
        check(2);
    ")
    .dev("it")
    .stderr(
        "
            error: too many: 2
              at recipes/it.rhai:2:16
              at recipes/it.rhai:5:1
            hint: take fewer
        ",
    )
    .status(1)
    .run();
}

#[test]
fn a_thrown_value_is_the_message() {
    one("
        throw \"no such cluster\";
    ")
    .dev("it")
    .stderr(
        "
            error: no such cluster
              at recipes/it.rhai:1:1
        ",
    )
    .status(1)
    .run();
    one("
        throw #{ kind: \"missing\", message: \"no key\", hint: \"make one\" };
    ")
    .dev("it")
    .stderr(
        "
            error: no key
            hint: make one
        ",
    )
    .status(4)
    .run();
}

#[test]
fn functions_that_call_each_other_for_ever() {
    one("
        fn a(n) { b(n + 1) }
        fn b(n) { a(n + 1) }
        a(0);
    ")
    .dev("it")
    .stderr(
        "
            error: functions call each other too deep
             --> recipes/it.rhai:3:1
              |
            3 | a(0);
              | ^
              |
              = help: does a function call itself without an end?
        ",
    )
    .status(3)
    .run();
}

#[test]
fn an_expression_that_is_nested_too_deep() {
    let deep = format!("let x = {}1{};\n", "(1 + ".repeat(2000), ")".repeat(2000));
    let ended = one(&deep).dev("it").any_stderr().status(3).run();
    assert!(
        ended.stderr.contains("recipes/it.rhai:1:"),
        "{}",
        ended.stderr
    );
}

#[test]
fn recursion_within_reason_works() {
    one("
        fn sum(n) { if n == 0 { 0 } else { n + sum(n - 1) } }
        print(sum(40));
    ")
    .dev("it")
    .stdout("820\n")
    .run();
}

#[test]
fn an_endless_loop_ends_with_ctrl_c() {
    let repo = one("
        info(\"looping\");
        loop { }
    ");
    let mut live = repo.start("it");
    live.wait_for("looping");
    live.signal(Signal::SIGINT);
    assert_eq!(live.wait(), 130);
    assert_eq!(
        live.stderr(),
        "looping\nerror: stopped by Ctrl-C (SIGINT)\n"
    );
}

#[test]
fn catch_does_not_catch_ctrl_c() {
    let repo = one("
        info(\"looping\");
        loop { try { loop { } } catch { } }
    ");
    let mut live = repo.start("it");
    live.wait_for("looping");
    live.signal(Signal::SIGINT);
    assert_eq!(live.wait(), 130);
}

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
        .stdout("2 recipe files checked, nothing wrong\n")
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
        .stdout("1 recipe file checked, nothing wrong\n")
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
            0 recipe files checked, nothing wrong
        ",
        )
        .run();
}

#[test]
fn files_that_import_each_other_are_an_error() {
    let repo = Repo::new()
        .recipe("self", "import \"self\" as me;\n")
        .recipe("start", "import \"_lib/a\" as a;\n")
        .file("recipes/_lib/a.rhai", "import \"_lib/b\" as b;\n")
        .file("recipes/_lib/b.rhai", "import \"_lib/a\" as a;\n");
    for (verb, circle) in [
        ("self", "recipes/self.rhai imports recipes/self.rhai"),
        (
            "start",
            "recipes/_lib/a.rhai imports recipes/_lib/b.rhai imports recipes/_lib/a.rhai",
        ),
    ] {
        let said = format!("files import each other without end: {circle}");
        for line in [verb.to_owned(), format!("check {verb}")] {
            let ended = repo.dev(&line).any_stderr().status(3).run();
            assert!(ended.stderr.contains(&said), "{}", ended.stderr);
        }
    }
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
fn a_bug_that_is_caught_and_thrown_on_stays_one() {
    one("try { let x = 1 / 0; } catch (err) { throw err; }")
        .dev("it")
        .any_stderr()
        .status(3)
        .run();
    let ended = one(r#"
        run_steps([
            step("a", "A", || { try { let x = 1 / 0; } catch (err) { throw err; } }),
            step("b", "B", || print("b")),
        ], #{ keep_going: true });
    "#)
    .dev("it")
    .any_stderr()
    .status(3)
    .run();
    assert!(
        ended.stderr.contains("Division by zero"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_pipe_among_the_recipes_is_not_waited_for() {
    let repo = Repo::new().recipe("good", "print(1);\n");
    let pipe = repo.path().join("recipes/pipe.rhai");
    nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let ended = repo.dev("check").any_stderr().status(3).run();
    let said = "cannot read recipes/pipe.rhai: it is not a file";
    assert!(ended.stderr.contains(said), "{}", ended.stderr);
    let list = repo.dev("list").any_stdout().run();
    assert!(
        list.stdout.contains("pipe  broken: cannot read"),
        "{}",
        list.stdout
    );
}
