//! The fields of a parameter, and their types.

use super::wrong;
use crate::harness::{Repo, assert_contains};

#[test]
fn an_unknown_key_has_its_nearest() {
    for (marked, message, help) in [
        (
            r#"
            #{ name: "who", kind: "arg", requird: true },
                                         ^^^^^^^
            "#,
            "a parameter has no key `requird`",
            "did you mean `required`?",
        ),
        (
            r#"
            #{ name: "who", kind: "arg", colour: "red" },
                                         ^^^^^^
            "#,
            "a parameter has no key `colour`",
            "keys are name, kind, type, short, value, default_value, required, values, complete, env, secret, help",
        ),
    ] {
        wrong(marked, message, help);
    }
}

#[test]
fn a_parameter_has_a_name_and_a_kind() {
    for (marked, message, help) in [
        (
            r#"
            #{ kind: "arg" },
            ^
            "#,
            "this parameter has no `name`",
            "",
        ),
        (
            r#"
            #{ name: "who" },
            ^
            "#,
            "`who` has no `kind`",
            "kinds are arg, option, flag, rest",
        ),
        (
            r#"
            #{ name: "who", kind: "argument" },
                                  ^^^^^^^^^^
            "#,
            "`argument` is not a kind of parameter",
            "kinds are arg, option, flag, rest",
        ),
    ] {
        wrong(marked, message, help);
    }
}

#[test]
fn fields_have_types() {
    for (marked, message, help) in [
        (
            r#"
            #{ name: "who", kind: "arg", required: "yes" },
                                                   ^^^^^
            "#,
            "`required` must be true or false",
            "",
        ),
        (
            r#"
            #{ name: "tail", kind: "option", default_value: 100 },
                                                            ^^^
            "#,
            "`default_value` must be a string in double quotes",
            "",
        ),
        (
            r#"
            #{ name: "tail", kind: "option", values: "a b" },
                                                     ^^^^^
            "#,
            "`values` must be an array of strings",
            "",
        ),
        (
            r#"
            #{ name: "tail", kind: "option", short: "ta" },
                                                    ^^^^
            "#,
            "`short` must be one letter or digit",
            "",
        ),
        (
            r#"
            "who",
            ^^^^^
            "#,
            "a parameter must be a map literal: #{ name: …, kind: … }",
            "",
        ),
    ] {
        wrong(marked, message, help);
    }
}

#[test]
fn a_value_that_must_be_computed_is_none() {
    wrong(
        r#"
        #{ name: "who", kind: "arg", help: "a" + "b" },
                                               ^
        "#,
        "`help` must be a string in double quotes",
        "",
    );
}

#[test]
fn values_are_of_the_type() {
    wrong(
        r#"
        #{ name: "a", kind: "option", type: "integer", values: ["1", "one"] },
                                                                     ^^^^^
        "#,
        "the value `one` of `a` is not a whole number",
        "",
    );
    let params =
        r#"const PARAMS = [#{ name: "a", kind: "arg", type: "duration", values: ["90s", "2m"] }];"#;
    let repo = Repo::new().recipe("tell", &format!("{params}\nexec([\"echo\", a]);\n"));
    repo.dev("tell 2m").stdout("2m\n").run();
}

#[test]
fn params_is_written_out() {
    let repo = Repo::new()
        .recipe("a", "let PARAMS = [];\n")
        .recipe("b", "const PARAMS = #{};\n")
        .recipe("c", "fn f() { [] }\nconst PARAMS = f();\n");
    repo.dev("a")
        .stderr(
            "
            error: PARAMS must be a `const`
             --> recipes/a.rhai:1:1
              |
            1 | let PARAMS = [];
              | ^^^
        ",
        )
        .status(3)
        .run();
    repo.dev("b")
        .stderr(
            "
            error: PARAMS must be an array literal of maps: [ #{ name: … }, … ]
             --> recipes/b.rhai:1:16
              |
            1 | const PARAMS = #{};
              |                ^
        ",
        )
        .status(3)
        .run();
    repo.dev("c")
        .stderr(
            "
            error: PARAMS must be an array literal of maps: [ #{ name: … }, … ]
             --> recipes/c.rhai:2:16
              |
            2 | const PARAMS = f();
              |                ^
        ",
        )
        .status(3)
        .run();
}

#[test]
fn a_type_that_does_not_fit_is_an_error_in_the_header() {
    for (fields, message) in [
        (
            r#"kind: "option", type: "int""#,
            "`int` is not a type of value",
        ),
        (
            r#"kind: "flag", type: "integer""#,
            "`x` is a flag, which takes no value and has no type",
        ),
        (
            r#"kind: "option", type: "duration", default_value: "soon""#,
            "the default value `soon` of `x` is not a time: write 90s, 2m, 1h30m or a number of seconds",
        ),
    ] {
        let text = format!("const PARAMS = [#{{ name: \"x\", {fields} }}];");
        let ended = Repo::new()
            .recipe("it", &text)
            .dev("it")
            .any_stderr()
            .status(3)
            .run();
        assert_contains(&ended.stderr, message);
    }
}
