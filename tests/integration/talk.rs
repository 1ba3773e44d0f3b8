//! `title`, `info`, `success`, `warn`, `fail`, `table`, `confirm`, `print`, `debug`.

use crate::harness::{Signal, one, refused};

const EVERY_OUTPUT_RECIPE: &str = r#"
    title("A heading");
    info("Said");
    info(["a", 1, (), #{ b: true }]);
    success("Worked");
    warn("Careful");
    print("an answer");
    debug(#{ a: 1 });
"#;

#[test]
fn what_is_said_goes_to_standard_error() {
    one(EVERY_OUTPUT_RECIPE)
        .dev("it")
        .stdout("an answer\n")
        .stderr(
            r#"
            == A heading
            Said
            ["a", 1, (), #{b: true}]
            ok: Worked
            warning: Careful
            recipes/it.rhai:7:1: #{"a": 1}
        "#,
        )
        .run();
}

#[test]
fn quietly_warnings_and_answers_are_left() {
    one(EVERY_OUTPUT_RECIPE)
        .dev("it -q")
        .stdout("an answer\n")
        .stderr("warning: Careful\n")
        .run();
}

#[test]
fn verbosely_commands_are_shown() {
    let text = r#"
        exec(["echo", "two words", "it's"]);
        capture(["echo", "read"]);
        info("Said");
    "#;
    one(text)
        .dev("it -v")
        .stdout("two words it's\n")
        .stderr("$ echo 'two words' 'it'\\''s'\nSaid\n")
        .run();
    one(text).dev("it -q -v").stdout("two words it's\n").run();
}

#[test]
fn a_dry_run_does_not_say_that_it_worked() {
    one(r#"exec(["true"]); success("Done"); info("Said");"#)
        .dev("it --dry-run")
        .stderr("would run: true\nSaid\n")
        .run();
}

#[test]
fn fail_says_why_and_what_to_do() {
    one(r#"fail("No cluster");"#)
        .dev("it")
        .stderr("error: No cluster\n  at recipes/it.rhai:1:1\n")
        .status(1)
        .run();
    one(r#"fail("No cluster:\n" + 5, "make one");"#)
        .dev("it")
        .stderr("error: No cluster:\n5\n  at recipes/it.rhai:1:1\nhint: make one\n")
        .status(1)
        .run();
}

#[test]
fn rows_are_a_table() {
    one(r#"
        table([#{ name: "web", state: "running", ports: 2 }, #{ name: "データ", note: () }]);
        table([#{ name: "web", state: "up" }], #{ columns: ["state", "name", "more"] });
        table([["a", 1], ["longer", "two\nlines", true]]);
        table([]);
    "#)
    .dev("it")
    .stdout(
        "
        name    ports  state    note
        web     2      running
        データ
        state  name  more
        up     web
        a       1
        longer  two    true
                lines
    ",
    )
    .run();
}

#[test]
fn what_is_no_table_is_a_bug() {
    refused(
        "table([5]);",
        "
            error: row 0 of `table` is 5, not a map or an array
             --> recipes/it.rhai:1:1
              |
            1 | table([5]);
              | ^^^^^
        ",
    );
}

#[test]
fn side_by_side_every_line_says_whose_it_is() {
    one(r#"
        run_steps([step("a", "A", || {
            print("one\ntwo");
            warn("three\nfour");
            table([["x", 1], ["y", 2]]);
        })], #{ jobs: 2 });
    "#)
    .dev("it")
    .stdout("a | one\na | two\na | x  1\na | y  2\n")
    .stderr(
        "
        -- a: A
        a | warning: three
        a | four
        -- a: ok (<time>)

        it: 1 ok in <time>
          ok        a  A  <time>
    ",
    )
    .run();
}

const ASKING_RECIPE: &str =
    r#"if confirm("Delete it?") { print("deleted"); } else { print("kept"); }"#;

#[test]
fn where_nobody_can_answer_it_is_said() {
    one(ASKING_RECIPE)
        .dev("it")
        .input("y\n")
        .stderr(
            "
            error: cannot ask `Delete it?`: standard input is not a terminal
            hint: pass --yes to answer yes to every question
        ",
        )
        .status(2)
        .run();
}

#[test]
fn yes_is_answered_and_said() {
    one(ASKING_RECIPE)
        .dev("it --yes")
        .stdout("deleted\n")
        .stderr("Delete it? yes (--yes)\n")
        .run();
    one(ASKING_RECIPE).dev("it -y -q").stdout("deleted\n").run();
}

#[test]
fn a_dry_run_does_not_ask() {
    one(ASKING_RECIPE)
        .dev("it --dry-run")
        .stdout("deleted\n")
        .stderr("would ask: Delete it?\n")
        .run();
}

#[test]
fn a_terminal_is_asked() {
    for (typed, answer) in [
        ("y\r", "deleted"),
        ("YES\r", "deleted"),
        ("\r", "kept"),
        ("n\r", "kept"),
        ("\x04", "kept"),
    ] {
        let repo = one(ASKING_RECIPE);
        let mut terminal = repo.terminal("it");
        terminal.wait_for("Delete it? [y/N] ");
        terminal.press(typed);
        terminal.wait_for(answer);
        assert_eq!(terminal.wait(), 0);
    }
}

#[test]
fn ctrl_c_at_a_question_ends_the_run() {
    let repo = one(ASKING_RECIPE);
    let mut terminal = repo.terminal("it");
    terminal.wait_for("Delete it? [y/N] ");
    terminal.press("\x03");
    terminal.wait_for("error: stopped by Ctrl-C (SIGINT)");
    assert_eq!(terminal.wait(), 130);
    assert!(!terminal.screen().contains("kept"));
}

#[test]
fn a_program_answers_on_standard_input() {
    let question = r#"{"event":"prompt","question":"Delete it?"}"#;
    for (input, answer) in [("y\n", "deleted"), ("no\n", "kept"), ("\n", "kept")] {
        let ended = one(ASKING_RECIPE)
            .dev("it --output json")
            .input(input)
            .any_stdout()
            .run();
        let lines: Vec<_> = ended.stdout.lines().collect();
        assert_eq!(lines[1], question);
        assert!(lines[2].contains(answer), "{}", lines[2]);
    }
    // Nothing is no answer.
    let ended = one(ASKING_RECIPE)
        .dev("it --output json")
        .any_stdout()
        .status(2)
        .run();
    let events = ended.events();
    let last = events.last().unwrap();
    assert_eq!(
        last["error"],
        "cannot ask `Delete it?`: standard input has ended"
    );
    assert_eq!(last["hint"], "pass --yes to answer yes to every question");
}

#[test]
fn sleeping_is_no_obstacle_to_ctrl_c() {
    let repo = one(r#"info("sleeping"); sleep("1h");"#);
    let mut live = repo.start("it");
    live.wait_for("sleeping");
    live.signal(Signal::SIGINT);
    assert_eq!(live.wait(), 130);
}
