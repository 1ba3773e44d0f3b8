//! Variables that do not exist, and values without what is asked of them.

use crate::harness::{Repo, assert_ends_with, assert_starts_with, one, refused};

#[test]
fn an_unknown_variable_has_its_nearest_and_nothing_ran_before() {
    refused(
        "
        let service = \"a\";
        info(\"before\");
        info(servce);
    ",
        "
            error: unknown variable `servce`
             --> recipes/it.rhai:3:6
              |
            3 | info(servce);
              |      ^^^^^^
              |
              = help: did you mean `service`?
        ",
    );
}

#[test]
fn an_unknown_parameter_has_its_nearest() {
    refused(
        r#"
        const PARAMS = [#{ name: "log-level", kind: "option" }];
        info(log_levle);
    "#,
        "
            error: unknown variable `log_levle`
             --> recipes/it.rhai:2:6
              |
            2 | info(log_levle);
              |      ^^^^^^^^^
              |
              = help: did you mean `log_level`?
        ",
    );
}

#[test]
fn a_function_does_not_see_what_is_outside() {
    refused("
        let service = \"a\";
        fn show() { info(service); }
        show();
    ", "
        error: unknown variable `service`
         --> recipes/it.rhai:2:18
          |
        2 | fn show() { info(service); }
          |                  ^^^^^^^
          |
          = help: a function cannot use a `let` or a parameter of the recipe: pass it as an argument, or use a `const` as `global::NAME`
    ");
}

#[test]
fn a_map_has_no_such_key() {
    refused(
        "
        let m = #{ state: \"up\" };
        info(m.stat);
    ",
        "
            error: the map has no key `stat`
             --> recipes/it.rhai:2:8
              |
            2 | info(m.stat);
              |        ^^^^
              |
              = help: did you mean `state`?
        ",
    );
    // Of maps that primitives give, their documentation tells the keys.
    refused(
        "
        let ended = capture([\"true\"]);
        print(ended.stdot);
    ",
        "
            error: the map has no key `stdot`
             --> recipes/it.rhai:2:13
              |
            2 | print(ended.stdot);
              |             ^^^^^
              |
              = help: did you mean `stdout`?
        ",
    );
}

/// Runs a recipe of two lines; what is said of the second must begin with `message` and end with `hint`.
#[track_caller]
fn second_line_is_wrong(first: &str, second: &str, message: &str, hint: &str) {
    let repo = one(&format!("{first}\n{second}\n"));
    let said = repo.dev("it").any_stderr().status(3).run().stderr;
    let begin = format!("error: {message}\n --> recipes/it.rhai:2:");
    assert_starts_with(&said, &begin);
    assert_ends_with(&said, hint);
}

#[test]
fn what_is_nothing_is_said() {
    let hint =
        "= help: `()` means no value: not given, not found or not returned; test `x != ()` first\n";
    for (line, message) in [
        ("x.len();", "`len` does not take (())"),
        ("let y = x + 1;", "`+` does not take ((), int)"),
        ("print(x.name);", "`()` has no property `name`"),
        ("print(x[0]);", "`()` cannot be indexed by `int`"),
        ("if x { print(1); }", "expected bool, found ()"),
    ] {
        second_line_is_wrong("let x = env(\"NOT_SET\");", line, message, hint);
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
            "`for` cannot iterate over this value",
            "\n  = help: it iterates over arrays, ranges and strings; for a map use `map.keys()`\n",
        ),
        ("print(x.name);", "`int` has no property `name`", "^^^^\n"),
        ("print(x[\"a\"]);", "expected int, found string", "^^^\n"),
    ] {
        second_line_is_wrong("let x = 1;", line, message, hint);
    }
}

#[test]
fn forms_are_named_in_the_words_of_recipes() {
    let repo = one("let x = 1;\nx.len();\n");
    let said = repo.dev("it").any_stderr().status(3).run().stderr;
    let forms = "there is `len(map: map)` and `len(blob: blob)` and `len(array: array)` and `len(string: string)`\n";
    assert_ends_with(&said, forms);
}

#[test]
fn an_index_out_of_bounds() {
    refused(
        "
        let a = [1, 2];
        info(a[5]);
    ",
        "
            error: Array index 5 out of bounds: only 2 elements in array
             --> recipes/it.rhai:2:8
              |
            2 | info(a[5]);
              |        ^
        ",
    );
}
