//! Names, their order, and parameters that contradict each other.

use super::wrong;
use crate::harness::{Repo, assert_contains};

#[test]
fn names_are_unique() {
    for (marked, message, help) in [
        (
            r#"
            #{ name: "who", kind: "arg" }, #{ name: "who", kind: "flag" },
                                           ^
            "#,
            "two parameters are called `who`",
            "",
        ),
        // They would be the same constant.
        (
            r#"
            #{ name: "dry-air", kind: "flag" }, #{ name: "dry_air", kind: "flag" },
                                                ^
            "#,
            "two parameters are called `dry_air`",
            "",
        ),
        (
            r#"
            #{ name: "aa", kind: "flag", short: "a" }, #{ name: "ab", kind: "flag", short: "a" },
                                                       ^
            "#,
            "two parameters have the short form `-a`",
            "",
        ),
    ] {
        wrong(marked, message, help);
    }
}

#[test]
fn names_are_words_that_a_recipe_can_use() {
    for (marked, message, help) in [
        (
            r#"
            #{ name: "default", kind: "option" },
                     ^^^^^^^^^
            "#,
            "`default` is a reserved word in Rhai",
            "use another name",
        ),
        (
            r#"
            #{ name: "dry-run", kind: "flag" },
                     ^^^^^^^^^
            "#,
            "every verb already has a flag `--dry-run`",
            "use another name",
        ),
        (
            r#"
            #{ name: "Who", kind: "arg" },
                     ^^^^^
            "#,
            "`Who` is not a valid name for a parameter",
            "a name starts with a letter and contains only a-z, 0-9, - and _",
        ),
        (
            r#"
            #{ name: "help-me", kind: "flag", short: "h" },
                                                     ^^^
            "#,
            "every verb already has `-h` for --help",
            "use another letter",
        ),
        (
            r#"
            #{ name: "quick", kind: "flag", env: "QUICK" },
            ^
            "#,
            "`quick` is a flag, which takes no value from a variable",
            "",
        ),
        (
            r#"
            #{ name: "quick", kind: "flag", short: "q" },
                                                   ^^^
            "#,
            "every verb already has `-q` for --quiet",
            "use another letter",
        ),
        (
            r#"
            #{ name: "year", kind: "option", short: "y" },
                                                    ^^^
            "#,
            "every verb already has `-y` for --yes",
            "use another letter",
        ),
    ] {
        wrong(marked, message, help);
    }
}

#[test]
fn an_order_that_cannot_be_typed_is_refused() {
    for (marked, message, help) in [
        (
            r#"
            #{ name: "a", kind: "arg" }, #{ name: "b", kind: "arg", required: true },
                                         ^
            "#,
            "`b` is required but follows the optional `a`",
            "",
        ),
        (
            r#"
            #{ name: "a", kind: "rest" }, #{ name: "b", kind: "arg" },
                                          ^
            "#,
            "no argument can follow `a`, which takes all remaining words",
            "",
        ),
    ] {
        wrong(marked, message, help);
    }
}

#[test]
fn what_contradicts_itself_is_refused() {
    for (marked, message, help) in [
        (
            r#"
            #{ name: "a", kind: "flag", default_value: "x" },
            ^
            "#,
            "`a` is a flag, which takes no value and is never required",
            "",
        ),
        (
            r#"
            #{ name: "a", kind: "arg", required: true, default_value: "x" },
            ^
            "#,
            "`a` is required and has a default value: remove one of the two",
            "",
        ),
        (
            r#"
            #{ name: "a", kind: "option", values: ["x"], default_value: "y" },
            ^
            "#,
            "the default value `y` of `a` is not one of its values",
            "",
        ),
        (
            r#"
            #{ name: "a", kind: "arg", short: "a" },
            ^
            "#,
            "`a` is positional and cannot have a short form",
            "",
        ),
    ] {
        wrong(marked, message, help);
    }
}

/// Every flag that the help of a verb shows is refused as the name of a parameter.
#[test]
fn run_flags_are_taken() {
    let repo = Repo::new().recipe("noop", "//! Nothing.\n");
    let ended = repo.dev("noop --help").any_stdout().run();
    let help = String::from_utf8(ended.raw).unwrap();
    let words = help.split(|c: char| !c.is_ascii_lowercase() && c != '-');
    let flags = words.filter_map(|word| word.strip_prefix("--"));
    let flags: Vec<_> = flags.chain(["repo"]).collect();
    assert!(flags.len() >= 11, "{flags:?}");
    for flag in flags {
        let params = format!("const PARAMS = [#{{ name: \"{flag}\", kind: \"flag\" }}];\n");
        let text = format!("error: every verb already has a flag `--{flag}`");
        let ended = Repo::new()
            .recipe("greet", &params)
            .dev("greet")
            .status(3)
            .any_stderr()
            .run();
        assert_contains(&ended.stderr, &text);
    }
}
