//! `PARAMS`: what a recipe gets, and what is wrong with a header.

use crate::harness::{Repo, unindent};

/// A recipe that shows what it got.
fn every_kind() -> Repo {
    Repo::new().recipe(
        "tell",
        r#"
        const PARAMS = [
            #{ name: "first", kind: "arg", required: true },
            #{ name: "second", kind: "arg" },
            #{ name: "others", kind: "rest" },
            #{ name: "level", kind: "option", short: "l", default_value: "low", values: ["low", "high"] },
            #{ name: "log-file", kind: "option", value: "FILE" },
            #{ name: "region", kind: "option", env: "SHOW_REGION", default_value: "nowhere" },
            #{ name: "dry-humour", kind: "flag", short: "d" },
        ];
        print([first, second, others, level, log_file, region, dry_humour]);
        "#,
    )
}

#[test]
fn a_recipe_gets_constants() {
    every_kind()
        .dev("tell one")
        .stdout("[\"one\", (), [], \"low\", (), \"nowhere\", false]\n")
        .run();
    every_kind()
        .dev("tell one two three four --level high --log-file x.log --region eu --dry-humour")
        .stdout("[\"one\", \"two\", [\"three\", \"four\"], \"high\", \"x.log\", \"eu\", true]\n")
        .run();
    every_kind()
        .dev("tell -d -l high one")
        .stdout("[\"one\", (), [], \"high\", (), \"nowhere\", true]\n")
        .run();
    every_kind()
        .dev("tell one --level=high --log-file=a=b")
        .stdout("[\"one\", (), [], \"high\", \"a=b\", \"nowhere\", false]\n")
        .run();
}

#[test]
fn words_after_two_dashes_are_words() {
    every_kind()
        .dev("tell one two -- --level -d")
        .stdout("[\"one\", \"two\", [\"--level\", \"-d\"], \"low\", (), \"nowhere\", false]\n")
        .run();
}

#[test]
fn text_arrives_as_it_was_typed() {
    every_kind()
        .dev("tell")
        .arg("two words, \"quotes\" and ünïcode ✓")
        .stdout("[\"two words, \\\"quotes\\\" and ünïcode ✓\", (), [], \"low\", (), \"nowhere\", false]\n")
        .run();
    every_kind()
        .dev("tell")
        .arg("")
        .stdout("[\"\", (), [], \"low\", (), \"nowhere\", false]\n")
        .run();
}

#[test]
fn a_variable_gives_what_the_command_line_does_not() {
    every_kind()
        .dev("tell one")
        .env("SHOW_REGION", "eu")
        .stdout("[\"one\", (), [], \"low\", (), \"eu\", false]\n")
        .run();
    every_kind()
        .dev("tell one --region us")
        .env("SHOW_REGION", "eu")
        .stdout("[\"one\", (), [], \"low\", (), \"us\", false]\n")
        .run();
    // Empty is as good as not set.
    every_kind()
        .dev("tell one")
        .env("SHOW_REGION", "")
        .stdout("[\"one\", (), [], \"low\", (), \"nowhere\", false]\n")
        .run();
}

#[test]
fn a_variable_satisfies_what_is_required_and_is_checked() {
    let repo = Repo::new().recipe(
        "tell",
        r#"
        const PARAMS = [
            #{ name: "size", kind: "option", required: true, env: "SHOW_SIZE", values: ["small", "large"] },
        ];
        print(size);
        "#,
    );
    repo.dev("tell")
        .env("SHOW_SIZE", "small")
        .stdout("small\n")
        .run();
    repo.dev("tell")
        .stderr(
            "
            error: the following required arguments were not provided:
              --size <SIZE>

            Usage: copilot dev tell --size <SIZE>

            For more information, try '--help'.
        ",
        )
        .status(2)
        .run();
    repo.dev("tell")
        .env("SHOW_SIZE", "huge")
        .stderr(
            "
            error: invalid value 'huge' for '--size <SIZE>'
              [possible values: small, large]

            For more information, try '--help'.
        ",
        )
        .status(2)
        .run();
}

#[test]
fn words_that_are_not_utf_8_are_refused() {
    use std::os::unix::ffi::OsStrExt;
    let word = std::ffi::OsStr::from_bytes(b"caf\xe9");
    every_kind()
        .dev("tell")
        .arg(word)
        .stderr(
            "
            error: caf� is not valid UTF-8
        ",
        )
        .status(2)
        .run();
}

#[test]
fn a_short_form_of_a_recipe_takes_the_place_of_a_common_one() {
    let repo = Repo::new().recipe(
        "tell",
        r#"
        const PARAMS = [#{ name: "volumes", kind: "flag", short: "v" }];
        print(volumes);
        "#,
    );
    repo.dev("tell -v").stdout("true\n").run();
    repo.dev("tell --verbose").stdout("false\n").run();
}

#[test]
fn parameters_cannot_be_changed() {
    let repo = Repo::new().recipe(
        "tell",
        r#"
        const PARAMS = [#{ name: "who", kind: "arg" }];
        who = "me";
        "#,
    );
    repo.dev("tell")
        .stderr(
            r#"
            error: Cannot modify constant who
             --> recipes/tell.rhai:2:1
              |
            2 | who = "me";
              | ^^^
        "#,
        )
        .status(3)
        .run();
}

/// Asserts what `copilot` says of a recipe with this `PARAMS`, which must be the same whether the
/// recipe is run, asked for help or checked.
#[track_caller]
fn wrong(params: &str, said: &str) {
    let repo = Repo::new().recipe(
        "tell",
        &format!("const PARAMS = [\n    {params}\n];\nprint(1);\n"),
    );
    repo.dev("tell").stderr(said).status(3).run();
    repo.dev("tell --help").stderr(said).status(3).run();
    let check = repo.dev("check").any_stderr().status(3).run();
    assert!(
        check.stderr.starts_with(&unindent(said)),
        "{}",
        check.stderr
    );
}

#[test]
fn an_unknown_key_has_its_nearest() {
    wrong(
        "#{ name: \"who\", kind: \"arg\", requird: true },",
        r#"
            error: a parameter has no key `requird`
             --> recipes/tell.rhai:2:34
              |
            2 |     #{ name: "who", kind: "arg", requird: true },
              |                                  ^^^^^^^
              |
              = help: did you mean `required`?
        "#,
    );
    wrong(
        "#{ name: \"who\", kind: \"arg\", colour: \"red\" },",
        r#"
            error: a parameter has no key `colour`
             --> recipes/tell.rhai:2:34
              |
            2 |     #{ name: "who", kind: "arg", colour: "red" },
              |                                  ^^^^^^
              |
              = help: keys are name, kind, type, short, value, default_value, required, values, complete, env, help
        "#,
    );
}

#[test]
fn a_parameter_has_a_name_and_a_kind() {
    wrong(
        "#{ kind: \"arg\" },",
        r#"
            error: this parameter has no `name`
             --> recipes/tell.rhai:2:5
              |
            2 |     #{ kind: "arg" },
              |     ^
        "#,
    );
    wrong(
        "#{ name: \"who\" },",
        r#"
            error: `who` has no `kind`
             --> recipes/tell.rhai:2:5
              |
            2 |     #{ name: "who" },
              |     ^
              |
              = help: kinds are arg, option, flag, rest
        "#,
    );
    wrong(
        "#{ name: \"who\", kind: \"argument\" },",
        r#"
            error: `argument` is not a kind of parameter
             --> recipes/tell.rhai:2:27
              |
            2 |     #{ name: "who", kind: "argument" },
              |                           ^^^^^^^^^^
              |
              = help: kinds are arg, option, flag, rest
        "#,
    );
}

#[test]
fn fields_have_types() {
    wrong(
        "#{ name: \"who\", kind: \"arg\", required: \"yes\" },",
        r#"
            error: `required` is true or false
             --> recipes/tell.rhai:2:44
              |
            2 |     #{ name: "who", kind: "arg", required: "yes" },
              |                                            ^^^^^
        "#,
    );
    wrong(
        "#{ name: \"tail\", kind: \"option\", default_value: 100 },",
        r#"
            error: `default_value` is text in double quotes
             --> recipes/tell.rhai:2:53
              |
            2 |     #{ name: "tail", kind: "option", default_value: 100 },
              |                                                     ^^^
        "#,
    );
    wrong(
        "#{ name: \"tail\", kind: \"option\", values: \"a b\" },",
        r#"
            error: `values` is an array of strings
             --> recipes/tell.rhai:2:46
              |
            2 |     #{ name: "tail", kind: "option", values: "a b" },
              |                                              ^^^^^
        "#,
    );
    wrong(
        "#{ name: \"tail\", kind: \"option\", short: \"ta\" },",
        r#"
            error: `short` is one letter or digit
             --> recipes/tell.rhai:2:45
              |
            2 |     #{ name: "tail", kind: "option", short: "ta" },
              |                                             ^^^^
        "#,
    );
    wrong(
        "\"who\",",
        r#"
            error: a parameter is a map: #{ name: …, kind: … }
             --> recipes/tell.rhai:2:5
              |
            2 |     "who",
              |     ^^^^^
        "#,
    );
}

#[test]
fn a_value_that_must_be_computed_is_none() {
    wrong(
        "#{ name: \"who\", kind: \"arg\", help: \"a\" + \"b\" },",
        r#"
            error: `help` is text in double quotes
             --> recipes/tell.rhai:2:44
              |
            2 |     #{ name: "who", kind: "arg", help: "a" + "b" },
              |                                            ^
        "#,
    );
}

#[test]
fn names_are_unique() {
    wrong(
        "#{ name: \"who\", kind: \"arg\" }, #{ name: \"who\", kind: \"flag\" },",
        r#"
            error: two parameters are called `who`
             --> recipes/tell.rhai:2:36
              |
            2 |     #{ name: "who", kind: "arg" }, #{ name: "who", kind: "flag" },
              |                                    ^
        "#,
    );
    // They would be the same constant.
    wrong(
        "#{ name: \"dry-air\", kind: \"flag\" }, #{ name: \"dry_air\", kind: \"flag\" },",
        r#"
            error: two parameters are called `dry_air`
             --> recipes/tell.rhai:2:41
              |
            2 |     #{ name: "dry-air", kind: "flag" }, #{ name: "dry_air", kind: "flag" },
              |                                         ^
        "#,
    );
    wrong(
        "#{ name: \"aa\", kind: \"flag\", short: \"a\" }, #{ name: \"ab\", kind: \"flag\", short: \"a\" },",
        r#"
            error: two parameters have the short form `-a`
             --> recipes/tell.rhai:2:48
              |
            2 |     #{ name: "aa", kind: "flag", short: "a" }, #{ name: "ab", kind: "flag", short: "a" },
              |                                                ^
        "#,
    );
}

#[test]
fn names_are_words_that_a_recipe_can_use() {
    wrong(
        "#{ name: \"default\", kind: \"option\" },",
        r#"
            error: `default` is a word that Rhai reserves
             --> recipes/tell.rhai:2:14
              |
            2 |     #{ name: "default", kind: "option" },
              |              ^^^^^^^^^
              |
              = help: use another name
        "#,
    );
    wrong(
        "#{ name: \"dry-run\", kind: \"flag\" },",
        r#"
            error: every verb has a flag `--dry-run` already
             --> recipes/tell.rhai:2:14
              |
            2 |     #{ name: "dry-run", kind: "flag" },
              |              ^^^^^^^^^
              |
              = help: use another name
        "#,
    );
    wrong(
        "#{ name: \"Who\", kind: \"arg\" },",
        r#"
            error: `Who` cannot be the name of a parameter
             --> recipes/tell.rhai:2:14
              |
            2 |     #{ name: "Who", kind: "arg" },
              |              ^^^^^
              |
              = help: names are a-z, 0-9, - and _, and start with a letter
        "#,
    );
    wrong(
        "#{ name: \"help-me\", kind: \"flag\", short: \"h\" },",
        r#"
            error: `-h` is help, for every verb
             --> recipes/tell.rhai:2:46
              |
            2 |     #{ name: "help-me", kind: "flag", short: "h" },
              |                                              ^^^
        "#,
    );
}

#[test]
fn an_order_that_cannot_be_typed_is_refused() {
    wrong(
        "#{ name: \"a\", kind: \"arg\" }, #{ name: \"b\", kind: \"arg\", required: true },",
        r#"
            error: `b` is required but stands after the optional `a`
             --> recipes/tell.rhai:2:34
              |
            2 |     #{ name: "a", kind: "arg" }, #{ name: "b", kind: "arg", required: true },
              |                                  ^
        "#,
    );
    wrong(
        "#{ name: \"a\", kind: \"rest\" }, #{ name: \"b\", kind: \"arg\" },",
        r#"
            error: nothing can follow `a`, which takes all that is left
             --> recipes/tell.rhai:2:35
              |
            2 |     #{ name: "a", kind: "rest" }, #{ name: "b", kind: "arg" },
              |                                   ^
        "#,
    );
}

#[test]
fn what_contradicts_itself_is_refused() {
    wrong(
        "#{ name: \"a\", kind: \"flag\", default_value: \"x\" },",
        r#"
            error: `a` is a flag: it is there or not, and takes no value
             --> recipes/tell.rhai:2:5
              |
            2 |     #{ name: "a", kind: "flag", default_value: "x" },
              |     ^
        "#,
    );
    wrong(
        "#{ name: \"a\", kind: \"arg\", required: true, default_value: \"x\" },",
        r#"
            error: `a` is required and has a default value: one of them must go
             --> recipes/tell.rhai:2:5
              |
            2 |     #{ name: "a", kind: "arg", required: true, default_value: "x" },
              |     ^
        "#,
    );
    wrong(
        "#{ name: \"a\", kind: \"option\", values: [\"x\"], default_value: \"y\" },",
        r#"
            error: the default value `y` of `a` is not one of its values
             --> recipes/tell.rhai:2:5
              |
            2 |     #{ name: "a", kind: "option", values: ["x"], default_value: "y" },
              |     ^
        "#,
    );
    wrong(
        "#{ name: \"a\", kind: \"arg\", short: \"a\" },",
        r#"
            error: `a` is given by its place and has no short form
             --> recipes/tell.rhai:2:5
              |
            2 |     #{ name: "a", kind: "arg", short: "a" },
              |     ^
        "#,
    );
}

#[test]
fn values_are_of_the_type() {
    wrong(
        "#{ name: \"a\", kind: \"option\", type: \"integer\", values: [\"1\", \"one\"] },",
        r#"
            error: the value `one` of `a` is not a whole number
             --> recipes/tell.rhai:2:66
              |
            2 |     #{ name: "a", kind: "option", type: "integer", values: ["1", "one"] },
              |                                                                  ^^^^^
        "#,
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
            error: PARAMS must be an array of maps, written out: [ #{ name: … }, … ]
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
            error: PARAMS must be an array of maps, written out: [ #{ name: … }, … ]
             --> recipes/c.rhai:2:16
              |
            2 | const PARAMS = f();
              |                ^
        ",
        )
        .status(3)
        .run();
}

/// A recipe whose values must read as something.
const TYPED: &str = r#"
    const PARAMS = [
        #{ name: "count", kind: "arg", type: "integer", default_value: "3" },
        #{ name: "timeout", kind: "option", type: "duration", value: "TIME" },
    ];
    print([count, timeout]);
"#;

#[test]
fn a_value_of_the_wrong_type_is_refused() {
    let repo = Repo::new().recipe("wait", TYPED);
    repo.dev("wait 12 --timeout 1m30s")
        .stdout("[\"12\", \"1m30s\"]\n")
        .run();
    repo.dev("wait").stdout("[\"3\", ()]\n").run();
    repo.dev("wait -5").stdout("[\"-5\", ()]\n").run();
    repo.dev("wait --timeout 5x")
        .stderr(
            "
            error: invalid value '5x' for '--timeout <TIME>': not a time: write 90s, 2m, 1h30m or a number of seconds

            For more information, try '--help'.
        ",
        )
        .status(2)
        .run();
    repo.dev("wait many")
        .stderr(
            "
            error: invalid value 'many' for '[COUNT]': not a whole number

            For more information, try '--help'.
        ",
        )
        .status(2)
        .run();
    let caller = repo.recipe("caller", r#"recipe("wait", #{ timeout: "soon" });"#);
    let ended = caller.dev("caller").any_stderr().status(3).run();
    let said = "the parameter `timeout` of the recipe `wait` is `soon`, not a time";
    assert!(ended.stderr.contains(said), "{}", ended.stderr);
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
            "`x` is a flag, which has no value and no type",
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
        assert!(ended.stderr.contains(message), "{}", ended.stderr);
    }
}
