//! The variables that programs and parameters see are those that `env` returns.

use crate::harness::{Repo, assert_contains, one};

/// Prints what `env` says and what a child sees.
const COMPARE_RECIPE: &str = r#"
    for key in ["FILE", "BOTH", "EMPTIED", "QUOTED", "MADE", "BARE", "NEITHER"] {
        let child = capture(["sh", "-c", `printf %s "$${key}"`]).stdout;
        print(`${key}: <${env(key, "")}> <${child}>`);
    }
"#;

#[test]
fn a_child_sees_what_env_returns() {
    one(COMPARE_RECIPE)
        .file(
            "dev/.env",
            "
            FILE=file
            BOTH=file
            EMPTIED=file
            QUOTED=\"it's\\n${FILE}\" # c
            MADE=${MISSING:-<$BOTH>}
            BARE
        ",
        )
        .dev("it")
        .env("BOTH", "shell")
        .env("EMPTIED", "")
        .env("BARE", "bare")
        .stdout(
            "
            FILE: <file> <file>
            BOTH: <shell> <shell>
            EMPTIED: <> <>
            QUOTED: <it's
            file> <it's
            file>
            MADE: <<shell>> <<shell>>
            BARE: <bare> <bare>
            NEITHER: <> <>
        ",
        )
        .run();
}

#[test]
fn a_change_is_seen_by_the_next_child() {
    one(r#"
        let seen = || capture(["sh", "-c", "echo $X"]).stdout;
        print(seen.call());
        env_set("X", "2");
        print(seen.call());
        env_unset("X");
        print(seen.call());
    "#)
    .file("dev/.env", "X=1\n")
    .dev("it")
    .stdout("1\n\n2\n\n\n\n")
    .run();
}

#[test]
fn a_dry_run_passes_on_what_it_would_have_written() {
    one(r#"
        env_set("X", "2");
        env_set("Y", capture(["false"], #{ reads: false }));
        print(capture(["sh", "-c", "echo $X-$Y"]).stdout);
    "#)
    .file("dev/.env", "X=1\nY=1\n")
    .dev("it --dry-run")
    .any_stderr()
    .any_stdout()
    .run();
}

#[test]
fn an_option_adds_or_removes_for_one_call() {
    one(r#"
        let show = ["sh", "-c", "echo $FILE-$SHELL_ONLY-$NEW"];
        print(capture(show, #{ env: #{ FILE: "option", NEW: 3 } }).stdout);
        print(capture(show, #{ env: #{ FILE: (), SHELL_ONLY: () } }).stdout);
        print(capture(show).stdout);
    "#)
    .file("dev/.env", "FILE=file\n")
    .dev("it")
    .env("SHELL_ONLY", "shell")
    .stdout("option-shell-3\n\n--\n\nfile-shell-\n\n")
    .run();
}

#[test]
fn a_parameter_takes_its_value_from_the_file() {
    let repo = one(r#"
        const PARAMS = [
            #{ name: "region", kind: "option", env: "REGION", default_value: "none" },
            #{ name: "password", kind: "option", env: "DB_PASSWORD" },
        ];
        print(`${region} ${password}`);
    "#)
    .file("dev/.env", "REGION=eu-west-1\nDB_PASSWORD=hunter2\n");
    repo.dev("it").stdout("eu-west-1 hunter2\n").run();
    repo.dev("it")
        .env("REGION", "shell")
        .stdout("shell hunter2\n")
        .run();
    repo.dev("it")
        .env("REGION", "")
        .stdout("none hunter2\n")
        .run();
    let help = repo.dev("it --help").any_stdout().run().stdout;
    assert_contains(&help, "[default: none]");
    for value in ["eu-west-1", "hunter2"] {
        assert!(!help.contains(value), "{help}");
    }

    repo.write("dev/.env", "REGION=$\n{\n");
    repo.dev("it")
        .stderr(
            "
            error: <repo>/dev/.env:2: a line is `NAME=value`, a comment or blank
            hint: a value with white space or `#` goes in quotes
        ",
        )
        .status(2)
        .run();
}

#[test]
fn the_file_is_beside_the_compose_file() {
    let tell = r#"print(`${env("X")} ${env_source("X")}`); env_set("Y", "1");"#;
    let both = |repo: Repo| repo.file("dev/.env", "X=dev\n").file(".env", "X=root\n");
    for (files, printed, written) in [
        (&["dev/compose.yaml"][..], "dev dev/.env\n", "dev/.env"),
        (&["compose.yaml"][..], "root .env\n", ".env"),
        (
            &["compose.yaml", "dev/docker-compose.yml"][..],
            "dev dev/.env\n",
            "dev/.env",
        ),
        (&[][..], "dev dev/.env\n", "dev/.env"),
    ] {
        let repo = both(one(tell));
        for file in files {
            repo.write(file, "services: {}\n");
        }
        repo.dev("it").stdout(printed).run();
        assert!(repo.read(written).contains("Y=1"), "{files:?}");
    }
    let repo = one(tell).file(".env", "X=root\n");
    repo.dev("it").stdout("root .env\n").run();
}
