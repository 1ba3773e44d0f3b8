//! Reading variables, of the environment and of a file.

use crate::harness::one;
use std::fs;

#[test]
fn the_environment_comes_before_the_file() {
    one(r#"
        for key in ["BOTH", "FILE", "PROCESS", "EMPTY", "EMPTIED", "NEITHER"] {
            print(`${key}: ${env(key, "by default")} ${env(key) == ()}`);
        }
        print(env("NEITHER", 5) + 1);
    "#)
    .file(
        "dev/.env",
        "
        BOTH=file
        FILE=file
        EMPTY=
        EMPTIED=file
    ",
    )
    .dev("it")
    .env("BOTH", "process")
    .env("PROCESS", "process")
    .env("EMPTIED", "")
    .stdout(
        "
        BOTH: process false
        FILE: file false
        PROCESS: process false
        EMPTY: by default true
        EMPTIED: by default true
        NEITHER: by default true
        6
    ",
    )
    .run();
}

#[test]
fn where_a_variable_comes_from() {
    one(r#"print(["A", "B", "C", "D", "E"].map(|key| env_source(key)));"#)
        .file("dev/.env", "A=1\nB=2\nC=\nE=5\n")
        .dev("it")
        .env("A", "")
        .env("B", "3")
        .stdout("[(), \"environment\", (), (), \"dev/.env\"]\n")
        .run();
}

#[test]
fn the_variables_of_a_file_are_in_its_order() {
    let repo = one(r#"
        env_set("NEW", "n");
        for path in ["dev/.env.example", "dev/.env"] {
            print(env_file(path));
        }
    "#)
    .file(
        "dev/.env.example",
        "# No.\nZ=1\nexport A='two words' # no\nB=\"x\ny\"\n",
    )
    .file("dev/.env", "Q=1\n");
    let text = "
        [#{\"name\": \"Z\", \"value\": \"1\"}, #{\"name\": \"A\", \"value\": \"two words\"}, #{\"name\": \"B\", \"value\": \"x\\ny\"}]
        [#{\"name\": \"Q\", \"value\": \"1\"}, #{\"name\": \"NEW\", \"value\": \"n\"}]
        ";
    repo.dev("it --dry-run").stdout(text).any_stderr().run();
    assert_eq!(repo.read("dev/.env"), "Q=1\n");
    repo.dev("it").stdout(text).run();
    one(r#"env_file("dev/nope");"#)
        .dev("it")
        .any_stderr()
        .status(4)
        .run();
    one(r#"env_file("dev/.env");"#)
        .file("dev/.env", "A=1\nB% 2\n")
        .dev("it")
        .any_stderr()
        .status(2)
        .run();
}

#[test]
fn without_a_file_there_is_the_environment() {
    one(r#"print(env("HERE")); print(env("NOT_HERE", "no"));"#)
        .dev("it")
        .env("HERE", "yes")
        .stdout("yes\nno\n")
        .run();
}

#[test]
fn what_is_missing_is_named_at_once() {
    let text = r#"env_require(["AWS_REGION", "HERE", "EMPTY", "BUCKET", "EMPTY"]);"#;
    one(text)
        .file("dev/.env", "EMPTY=\nHERE=1\n")
        .dev("it")
        .stderr(
            "
            error: the variables AWS_REGION, EMPTY, BUCKET are not set
            hint: set AWS_REGION, EMPTY, BUCKET in dev/.env
        ",
        )
        .status(4)
        .run();
    one(text)
        .file("dev/README.md", "")
        .dev("it")
        .env("HERE", "1")
        .env("EMPTY", "1")
        .env("BUCKET", "1")
        .stderr(
            "
            error: dev/.env does not exist, and the variable AWS_REGION is not set
            hint: create dev/.env and set AWS_REGION in it
        ",
        )
        .status(4)
        .run();
    one(text)
        .file("dev/README.md", "")
        .recipe("init", "")
        .dev("it")
        .env("AWS_REGION", "1")
        .env("HERE", "1")
        .env("EMPTY", "1")
        .stderr(
            "
            error: dev/.env does not exist, and the variable BUCKET is not set
            hint: run `copilot dev init` to create dev/.env, then set BUCKET in it
        ",
        )
        .status(4)
        .run();
    one(text)
        .file("dev/.env", "EMPTY=1\nHERE=1\nAWS_REGION=1\nBUCKET=1\n")
        .dev("it")
        .run();
}

#[test]
fn a_malformed_line_is_shown_by_its_place_and_not_its_text() {
    let in_quotes = "a value with white space or `#` goes in quotes";
    let rows = [
        (
            "A=1\nthe secret\n",
            "there is a space in the name of a variable",
            in_quotes,
        ),
        (
            "A=1\nB%secret\n",
            "a line is `NAME=value`, a comment or blank",
            in_quotes,
        ),
        (
            "A=1\nB='secret\n",
            "a quote is not closed",
            "close it; a value with a quote in it goes in quotes of the other kind",
        ),
    ];
    for (text, what, hint) in rows {
        let stderr = format!(
            "
            error: <repo>/dev/.env:2: {what}
            hint: {hint}
            "
        );
        for recipe in [
            r#"env("X");"#,
            r#"env_require(["X"]);"#,
            r#"env_set("X", "1");"#,
            r#"env_unset("X");"#,
        ] {
            for line in ["it", "it --dry-run"] {
                let repo = one(recipe).file("dev/.env", text);
                repo.dev(line).stderr(&stderr).status(2).run();
                assert_eq!(repo.read("dev/.env"), text);
            }
        }
    }
    // What needs no variable does not read the file.
    one("print(1);")
        .file("dev/.env", "the secret\n")
        .dev("it")
        .stdout("1\n")
        .run();
}

#[test]
fn what_is_no_file_of_text_is_refused() {
    // Compose ignores a folder of this name too.
    let repo = one(r#"print(env("X") == ());"#).file("dev/.env/inside", "");
    repo.dev("it").stdout("true\n").run();
    let repo = one(r#"env_set("X", "1");"#).file("dev/.env/inside", "");
    repo.dev("it")
        .stderr(
            "
            error: cannot read <repo>/dev/.env: not a file
            hint: it must be a file that you may read
        ",
        )
        .status(4)
        .run();
    let repo = one(r#"env_set("X", "1");"#);
    repo.write("dev/.env", b"A=1\nB=\xff\n");
    repo.dev("it")
        .stderr(
            "
            error: <repo>/dev/.env:2: it is not UTF-8
        ",
        )
        .status(2)
        .run();
    assert_eq!(
        fs::read(repo.path().join("dev/.env")).unwrap(),
        b"A=1\nB=\xff\n"
    );
}
