//! Files that do not parse.

use crate::harness::findings::problems;
use crate::harness::{assert_contains, one, refused};

/// The hint that `check` gives for `text`.
#[track_caller]
fn hint(text: &str) -> String {
    let problems = problems(&one(text));
    problems[0]["hint"]
        .as_str()
        .unwrap_or_else(|| panic!("{problems:?}"))
        .to_owned()
}

#[test]
fn a_parse_error_shows_the_line() {
    refused(
        "
        info(\"before\");
        let x = [1, 2;
    ",
        "
            error: expected `,` to separate the items of this array literal
             --> recipes/it.rhai:2:14
              |
            2 | let x = [1, 2;
              |              ^
        ",
    );
}

#[test]
fn a_missing_semicolon_is_looked_for_one_line_up() {
    refused(
        "
        info(\"before\")
        info(\"after\");
    ",
        r#"
            error: expected `;` to terminate this statement
             --> recipes/it.rhai:2:1
              |
            2 | info("after");
              | ^^^^
              |
              = help: is the `;` missing at the end of the line above?
        "#,
    );
}

#[test]
fn an_unclosed_string_is_at_its_start() {
    refused(
        "
        info(\"before\");
        info(\"after);
    ",
        r#"
            error: Open string is not terminated
             --> recipes/it.rhai:2:6
              |
            2 | info("after);
              |      ^
        "#,
    );
}

#[test]
fn an_unclosed_brace_is_shown() {
    refused(
        "
        if true {
            info(\"before\");
    ",
        r#"
            error: expected `}` to terminate this block
             --> recipes/it.rhai:2:21
              |
            2 |     info("before");
              |                    ^
              |
              = help: the `{` at line 1, column 9 seems to have no `}`
        "#,
    );
}

/// What is told of each beside the fault: what a person who knows other languages would write.
#[test]
fn what_does_not_parse_has_a_hint_that_fits() {
    let reserved = |text: &str| hint(&format!("let a = {text};"));
    let rows = [
        (hint("info(1)) ;"), "unmatched `)`"),
        (
            hint("info \"a\";"),
            "end the statement with `;`, and put the arguments of a call in `( )`",
        ),
        (
            hint("print \"a\";"),
            "it is a function: put its arguments in `( )`; if it is a name, rename it",
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
            "the `{` at line 2, column 13 seems to have no `}`",
        ),
        (hint("let a = 1; a++;"), "write `x += 1`"),
        (hint("var a = 1;"), "write `let`"),
        (reserved("null"), "write `()`"),
        (
            reserved("match 1 { }"),
            "write `switch x { 1 => …, _ => … }`; if it is a name, rename it",
        ),
        (
            reserved("await f()"),
            "to run steps in parallel write `run_steps(plan, #{ jobs: 4 })`; if it is a name, rename it",
        ),
    ];
    for (told, expected) in rows {
        assert_eq!(told, expected);
    }
}

#[test]
fn a_reserved_word() {
    refused(
        "
        let default = 1;
    ",
        "
            error: `default` is a reserved word in Rhai
             --> recipes/it.rhai:1:5
              |
            1 | let default = 1;
              |     ^^^^^^^
              |
              = help: the key of a parameter is `default_value`; if it is a name, rename it
        ",
    );
}

#[test]
fn columns_count_characters() {
    refused(
        "
        let ü = \"日本\"; nope(ü);
    ",
        r#"
            error: Unexpected 'ü'
             --> recipes/it.rhai:1:5
              |
            1 | let ü = "日本"; nope(ü);
              |     ^
        "#,
    );
    refused(
        "
        let s = \"ü日本\"; nope(s);
    ",
        r#"
            error: unknown function `nope`
             --> recipes/it.rhai:1:16
              |
            1 | let s = "ü日本"; nope(s);
              |                  ^^^^
        "#,
    );
}

#[test]
fn leaving_early_is_refused() {
    refused(
        "
        info(\"before\");
        exit(1);
    ",
        "
            error: `exit` would end the recipe as if it had succeeded
             --> recipes/it.rhai:2:1
              |
            2 | exit(1);
              | ^^^^
              |
              = help: use `return;` to end with success, or `fail(message)` to end with an error
        ",
    );
}

#[test]
fn an_expression_that_is_nested_too_deep() {
    let deep = format!("let x = {}1{};\n", "(1 + ".repeat(2000), ")".repeat(2000));
    let ended = one(&deep).dev("it").any_stderr().status(3).run();
    assert_contains(&ended.stderr, "recipes/it.rhai:1:");
}
