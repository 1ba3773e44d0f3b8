//! What a recipe gets, from the command line and the environment.

use crate::harness::{Repo, assert_contains};

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

/// A recipe whose values must read as something.
const TYPED_PARAMS_RECIPE: &str = r#"
    const PARAMS = [
        #{ name: "count", kind: "arg", type: "integer", default_value: "3" },
        #{ name: "timeout", kind: "option", type: "duration", value: "TIME" },
    ];
    print([count, timeout]);
"#;

#[test]
fn a_value_of_the_wrong_type_is_refused() {
    let repo = Repo::new().recipe("wait", TYPED_PARAMS_RECIPE);
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
    assert_contains(&ended.stderr, said);
}
