//! Where there is no block, or no colour.

use crate::harness::gates::{gated, go, on};
use crate::harness::{Repo, Terminal, eventually, plain, unindent};

const COPILOT: &str = env!("CARGO_BIN_EXE_copilot");

/// What [`MIXED_RECIPE`] says where there is no block.
const PLAIN_OUTPUT: &str = "
    -- a: A
    out
    err
    -- a: ok (<time>)
    -- b: B
    -- b: failed (<time>)

    it: 1 ok, 1 failed in <time>
      ok        a  A  <time>
      failed    b  B  <time>

    failed b: B
      no
        at recipes/it.rhai:3:23
        at recipes/it.rhai:1:1

    error: 1 of 2 steps failed
";

const MIXED_RECIPE: &str = r#"
    run_steps([
        step("a", "A", || { exec(["echo", "out"]); exec(["sh", "-c", "echo err >&2; sleep 0.3"]); }),
        step("b", "B", || fail("no")),
    ], #{ keep_going: true });
"#;

#[test]
fn elsewhere_than_on_a_terminal_nothing_has_changed() {
    let repo = Repo::new().recipe("it", MIXED_RECIPE);
    repo.dev("it")
        .stdout("out\n")
        .stderr(&PLAIN_OUTPUT.replace("    out\n", ""))
        .status(1)
        .run();
}

/// What is on the screen, byte for byte, when the recipe has run there and failed.
#[track_caller]
fn bytes(words: &str, variables: &[(&str, &str)], size: (u16, u16)) -> String {
    let repo = Repo::new().recipe("it", MIXED_RECIPE);
    let words = ["dev"].into_iter().chain(words.split_whitespace());
    let mut terminal = Terminal::sized(&repo, COPILOT, words, variables, size);
    assert_eq!(terminal.wait(), 1);
    eventually("the end", || {
        let screen = terminal.screen();
        screen.contains("1 of 2 steps failed") || screen.contains("\"run_finished\"")
    });
    plain(&terminal.screen(), repo.path())
}

#[test]
fn terminals_without_room_or_without_a_cursor_to_move_have_plain_lines() {
    let plain = unindent(PLAIN_OUTPUT);
    let no_colour = ("NO_COLOR", "1");
    assert_eq!(bytes("it", &[no_colour, ("TERM", "dumb")], (24, 60)), plain);
    assert_eq!(bytes("it", &[no_colour, ("TERM", "")], (24, 60)), plain);
    for size in [(0, 0), (1, 60), (3, 60), (24, 1), (24, 20)] {
        let titled = plain.replace("-- a: ok", "-- a: A: ok");
        let titled = titled.replace("-- b: failed", "-- b: B: failed");
        assert_eq!(bytes("it", &[no_colour], size), titled, "{size:?}");
    }
}

#[test]
fn without_people_to_look_at_it_there_is_no_block() {
    let no_colour = ("NO_COLOR", "1");
    for (words, variable) in [
        ("it -q", no_colour),
        ("it --output json", no_colour),
        ("it", ("GITHUB_ACTIONS", "true")),
    ] {
        let bytes = bytes(words, &[no_colour, variable], (24, 60));
        assert!(!bytes.contains('\x1b'), "{bytes}");
    }
}

#[test]
fn a_run_of_short_steps_draws_nothing() {
    let repo = Repo::new().recipe(
        "it",
        r#"
        let plan = [];
        for n in 0..50 { plan.push(step("s" + n, "S", || ())); }
        run_steps(plan, #{ jobs: 2 });
        "#,
    );
    let mut terminal = on(&repo, "it", (80, 60));
    assert_eq!(terminal.wait(), 0);
    terminal.wait_for("50 ok in");
    assert!(!terminal.screen().contains('\x1b'), "{}", terminal.screen());
}

#[test]
fn colours_are_for_those_who_want_them() {
    let repo = gated(
        &["a"],
        r#"run_steps([step("a", "A", || wait("a"))], #{ jobs: 2 });"#,
    );
    let mut terminal = Terminal::program(&repo, COPILOT, ["dev", "it"], &[]);
    terminal.wait_for("\x1b[36ma\x1b[0m  A\x1b[2m  0s\x1b[0m");
    terminal.wait_for_frame("a  A  Ns\n");
    go(&repo, "a", "");
    assert_eq!(terminal.wait(), 0);
}
