//! `exec` and `capture`: options, how programs end, and programs that cannot start.

use crate::harness::{Marker, Repo, one, unindent};

/// A repository with the executable file `name`.
fn with_program(name: &str, text: &str) -> Repo {
    let repo = Repo::new();
    repo.script(name, text);
    repo
}

/// Runs a recipe that must fail with `stderr`.
#[track_caller]
fn fails(text: &str, stderr: &str, status: i32) {
    one(text).dev("it").stderr(stderr).status(status).run();
}

#[test]
fn a_program_gets_its_words_as_they_are() {
    one(r#"
        exec(["printf", "<%s>", "two words", "", "$HOME", "*", "it's", 5, true, "\\"]);
    "#)
    .dev("it")
    .stdout(r"<two words><><$HOME><*><it's><5><true><\>")
    .run();
}

#[test]
fn a_program_starts_in_the_repository_or_where_it_is_told() {
    let repo = one(r#"
        exec(["pwd"]);
        exec(["pwd"], #{ cwd: "sub/folder" });
        exec(["pwd"], #{ cwd: "/" });
        print(capture(["pwd"], #{ cwd: "sub" }).stdout);
    "#)
    .file("sub/folder/file", "");
    repo.dev("it")
        .cwd("sub/folder")
        .stdout("<repo>\n<repo>/sub/folder\n/\n<repo>/sub\n\n")
        .run();
}

#[test]
fn a_program_given_by_its_path_is_looked_for_where_it_starts() {
    let repo = with_program("scripts/hello", "#!/bin/sh\necho hello from $PWD\n").recipe(
        "it",
        r#"
        exec(["scripts/hello"]);
        exec(["./hello"], #{ cwd: "scripts" });
        exec(["../scripts/hello"], #{ cwd: "recipes" });
        "#,
    );
    repo.dev("it")
        .cwd("recipes")
        .stdout("hello from <repo>\nhello from <repo>/scripts\nhello from <repo>/recipes\n")
        .run();
}

#[test]
fn variables_are_added_to_ours() {
    one(r#"
        exec(["sh", "-c", "echo $OURS $THEIRS $BOTH"], #{ env: #{ THEIRS: 2, BOTH: "new" } });
        exec(["sh", "-c", "echo $OURS $THEIRS $BOTH"]);
    "#)
    .dev("it")
    .env("OURS", "1")
    .env("BOTH", "old")
    .stdout("1 2 new\n1 old\n")
    .run();
    fails(
        r#"exec(["true"], #{ env: #{ "A=B": "c" } });"#,
        r#"
        error: "A=B" cannot be the name of a variable
         --> recipes/it.rhai:1:1
          |
        1 | exec(["true"], #{ env: #{ "A=B": "c" } });
          | ^^^^
        "#,
        3,
    );
}

#[test]
fn input_is_what_the_recipe_gives() {
    one(r#"
        exec(["cat"], #{ stdin: "hé\n" });
        let text = "";
        text.pad(300000, "x");
        print(capture(["cat"], #{ stdin: text }).stdout == text);
        exec(["true"], #{ stdin: text });
        run_steps([step("a", "A", || exec(["cat"], #{ stdin: "in a step\n" }))]);
    "#)
    .dev("it")
    .stdout("hé\ntrue\nin a step\n")
    .any_stderr()
    .run();
}

#[test]
fn input_that_nobody_reads_keeps_nothing_waiting() {
    let marker = Marker::new();
    // The grandchild holds the other end of the pipe and never reads.
    one(&format!(
        r#"
        let text = "";
        text.pad(300000, "x");
        exec(["sh", "-c", "exec 3<&0; sleep {} <&3 >&- 2>&- & exit 0"], #{{ stdin: text }});
        print("on");
        "#,
        marker.seconds()
    ))
    .dev("it")
    .stdout("on\n")
    .run();
    assert_eq!(marker.sleepers(), 1);
}

#[test]
fn outside_of_steps_a_program_has_our_input_and_no_more_than_it_takes() {
    one(r#"
        exec(["sh", "-c", "read line; echo first $line"]);
        exec(["cat"]);
        exec(["cat"]);
    "#)
    .dev("it")
    .input("one\ntwo\nthree\n")
    .stdout("first one\ntwo\nthree\n")
    .run();
}

#[test]
fn in_steps_and_in_capture_input_is_empty() {
    one(r#"
        print(capture(["sh", "-c", "cat; printf end"]).stdout);
        run_steps([step("a", "A", || exec(["sh", "-c", "cat; echo end"]))]);
        exec(["cat"]);
    "#)
    .dev("it")
    .input("ours\n")
    .stdout("end\nend\nours\n")
    .any_stderr()
    .run();
}

#[test]
fn a_program_that_fails_passes_its_code_on() {
    fails(
        r#"exec(["sh", "-c", "exit 42"]); print("not reached");"#,
        "
        error: `sh -c 'exit 42'` exited with code 42
          at recipes/it.rhai:1:1
        ",
        42,
    );
    fails(
        r#"capture(["sh", "-c", "exit 3"], #{ check: true });"#,
        "
        error: `sh -c 'exit 3'` exited with code 3
          at recipes/it.rhai:1:1
        ",
        3,
    );
}

#[test]
fn in_a_step_a_program_that_fails_is_code_1() {
    let repo = one(r#"run_steps([step("a", "A", || exec(["sh", "-c", "exit 42"]))]);"#);
    let ended = repo.dev("it").any_stderr().status(1).run();
    assert!(ended.stderr.contains("exited with code 42\n"));
}

#[test]
fn codes_are_asked_for_with_check() {
    one(r#"
        print(exec(["sh", "-c", "exit 42"], #{ check: false }));
        print(exec(["true"]));
        print(exec(["sh", "-c", "kill -9 $$"], #{ check: false }));
        let got = capture(["sh", "-c", "echo out; echo err >&2; exit 5"]);
        print(got);
        print(capture(["sh", "-c", "kill -15 $$"]));
    "#)
    .dev("it")
    .stdout(
        r#"
        42
        0
        137
        #{"code": 5, "ok": false, "stderr": "err\n", "stdout": "out\n"}
        #{"code": 143, "ok": false, "stderr": "", "stdout": ""}
        "#,
    )
    .run();
}

#[test]
fn a_signal_is_named() {
    fails(
        r#"exec(["sh", "-c", "kill -9 $$"]);"#,
        "
        error: `sh -c 'kill -9 $$'` was killed by SIGKILL (signal 9)
          at recipes/it.rhai:1:1
        ",
        137,
    );
    fails(
        r#"exec(["sh", "-c", "kill -SEGV $$"]);"#,
        "
        error: `sh -c 'kill -SEGV $$'` was killed by SIGSEGV (signal 11)
          at recipes/it.rhai:1:1
        ",
        139,
    );
}

#[test]
fn a_program_that_takes_too_long_is_stopped_with_all_it_started() {
    let marker = Marker::new();
    fails(
        &format!(
            r#"exec(["sh", "-c", "sleep {0} & sleep {0}"], #{{ timeout: "300ms" }});"#,
            marker.seconds()
        ),
        &format!(
            "
            error: `sh -c 'sleep {0} & sleep {0}'` took longer than <time>
              at recipes/it.rhai:1:1
            ",
            marker.seconds()
        ),
        1,
    );
    assert_eq!(marker.sleepers(), 0);
}

#[test]
fn a_timeout_can_be_caught() {
    one(r#"
        try { exec(["sleep", "60"], #{ timeout: "50ms" }); } catch (e) { print(e.kind); }
        try { capture(["sleep", "60"], #{ timeout: "50ms" }); } catch (e) { print(e.kind); }
    "#)
    .dev("it")
    .stdout("timeout\ntimeout\n")
    .run();
}

#[test]
fn an_option_that_there_is_not() {
    fails(
        r#"exec(["true"], #{ timeuot: "1s" });"#,
        "
        error: `exec` has no option `timeuot`
         --> recipes/it.rhai:1:19
          |
        1 | exec([\"true\"], #{ timeuot: \"1s\" });
          |                   ^^^^^^^
          |
          = help: did you mean `timeout`?
        ",
        3,
    );
}

#[test]
fn a_program_that_is_not_there() {
    fails(
        r#"exec(["no-such-program", "--version"]);"#,
        "
        error: no-such-program is not installed, or not on PATH
        hint: install no-such-program, or correct PATH
        ",
        4,
    );
    fails(
        r#"capture(["./no/such/program"]);"#,
        "
        error: the program ./no/such/program does not exist
        hint: create it, or correct the path in the recipe
        ",
        4,
    );
}

#[test]
fn a_file_that_cannot_be_run() {
    let refused = |repo: Repo, stderr: &str, status| {
        repo.recipe("it", r#"exec(["./it"]);"#)
            .dev("it")
            .stderr(stderr)
            .status(status)
            .run();
    };
    refused(
        Repo::new().file("it", "echo hello\n"),
        "
        error: cannot start ./it: Permission denied (os error 13)
          at recipes/it.rhai:1:1
        hint: `chmod +x ./it` makes it executable
        ",
        1,
    );
    refused(
        with_program("it", "echo hello\n"),
        "
        error: cannot start ./it: Exec format error (os error 8)
          at recipes/it.rhai:1:1
        hint: a script needs a first line such as `#!/bin/sh`; a binary must be built for this platform
        ",
        1,
    );
    refused(
        with_program("it", "#!/no/such/shell\n"),
        "
        error: cannot start ./it: the interpreter named in its first line does not exist
        hint: create it, or correct the path in the recipe
        ",
        4,
    );
}

#[test]
fn a_directory_that_is_not_there() {
    for folder in ["nowhere", "recipes/it.rhai"] {
        fails(
            &format!(r#"exec(["true"], #{{ cwd: "{folder}" }});"#),
            &unindent(&format!(
                "
                error: the directory <repo>/{folder} does not exist
                  at recipes/it.rhai:1:1
                "
            )),
            1,
        );
    }
}

#[test]
fn words_that_no_program_can_get() {
    fails(
        r#"exec(["true", "a\x00b"]);"#,
        "
        error: cannot start true: nul byte found in provided data
          at recipes/it.rhai:1:1
        ",
        1,
    );
    let repo = one(r#"let text = ""; text.pad(4000000, "x"); exec(["true", text]);"#);
    let ended = repo.dev("it").any_stderr().status(1).run();
    assert!(ended.stderr.starts_with("error: cannot start true: "));
}

#[test]
fn a_dry_run_starts_only_what_reads() {
    one(r#"
        exec(["sh", "-c", "echo changes"]);
        exec(["sh", "-c", "echo reads"], #{ reads: true });
        print(capture(["echo", "asked"]).ok);
        capture(["sh", "-c", "touch made"], #{ reads: false });
    "#)
    .dev("it --dry-run")
    .stdout("reads\ntrue\n")
    .stderr("would run: sh -c 'echo changes'\nwould run: sh -c 'touch made'\n")
    .run();
}
