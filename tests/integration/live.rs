//! What a person sees at a terminal while steps run.

use crate::harness::gates::{gated, go, on};
use crate::harness::{Repo, Terminal, eventually, plain, unindent};

const COPILOT: &str = env!("CARGO_BIN_EXE_copilot");

#[test]
fn a_step_stands_under_its_output_until_its_result_does() {
    let repo = gated(
        &["1", "2"],
        r#"
        run_steps([
            step("a", "Build it", || {
                exec(["echo", "first"]);
                wait("1");
                exec(["echo", "second"]);
                wait("2");
            }),
            step("b", "Ship it", || info("shipped")),
        ]);
        "#,
    );
    let mut terminal = on(&repo, "it", (24, 60));
    terminal.wait_for_frame(
        "
        -- a: Build it
        first
        a  Build it  Ns
        ",
    );
    assert_eq!(terminal.cursor(), Some((3, 0)));
    // A line that has no end yet.
    go(&repo, "1", "part");
    terminal.wait_for_frame(
        "
        -- a: Build it
        first
        part
        second
        a  Build it  Ns
        ",
    );
    go(&repo, "2", "");
    assert_eq!(terminal.wait(), 0);
    terminal.wait_for_frame(
        "
        -- a: Build it
        first
        part
        second
        -- a: Build it: ok (<time>)
        -- b: Ship it
        shipped
        -- b: Ship it: ok (<time>)

        it: 2 ok in <time>
          ok        a  Build it  <time>
          ok        b  Ship it  <time>
        ",
    );
}

const THREE: &str = r#"
    let plan = ["a", "b", "c"].map(|id| step(id, "Step " + id, || { wait(id); print("bye"); }));
    run_steps(plan, #{ jobs: 3 });
"#;

#[test]
fn steps_side_by_side_have_a_line_each() {
    let repo = gated(&["a", "b", "c"], THREE);
    let mut terminal = on(&repo, "it", (24, 60));
    terminal.wait_for_frame(
        "
        a  Step a  Ns
        b  Step b  Ns
        c  Step c  Ns
        ",
    );
    go(&repo, "b", "hello");
    terminal.wait_for_frame(
        "
        b | hello
        b | bye
        -- b: Step b: ok (<time>)
        a  Step a  Ns
        c  Step c  Ns
        ",
    );
    go(&repo, "c", "hi");
    terminal.wait_for_frame(
        "
        b | hello
        b | bye
        -- b: Step b: ok (<time>)
        c | hi
        c | bye
        -- c: Step c: ok (<time>)
        a  Step a  Ns
        ",
    );
    go(&repo, "a", "");
    assert_eq!(terminal.wait(), 0);
    terminal.wait_for_frame(
        "
        b | hello
        b | bye
        -- b: Step b: ok (<time>)
        c | hi
        c | bye
        -- c: Step c: ok (<time>)
        a | bye
        -- a: Step a: ok (<time>)

        it: 3 ok in <time>
          ok        a  Step a  <time>
          ok        b  Step b  <time>
          ok        c  Step c  <time>
        ",
    );
}

#[test]
fn a_line_without_an_end_is_shown_meanwhile() {
    let repo = gated(
        &["1", "2", "3"],
        r#"
        fn then(id) { "read -r line < go-" + id + "; " }
        run_steps([step("a", "A", || exec(["sh", "-c",
            "printf '10%%\r20%%'; " + then("1")
            + "printf '\r30%%\r'; " + then("2")
            + "printf '\x1b[31mdone\x1b[0m\nnext\\t\x1b[1mpart'; " + then("3")
        ]))]);
        "#,
    );
    let mut terminal = on(&repo, "it", (24, 60));
    terminal.wait_for_frame(
        "
        -- a: A
        20%
        a  A  Ns
        ",
    );
    go(&repo, "1", "");
    terminal.wait_for_frame(
        "
        -- a: A
        30%
        a  A  Ns
        ",
    );
    go(&repo, "2", "");
    terminal.wait_for_frame(
        "
        -- a: A
        done
        next part
        a  A  Ns
        ",
    );
    go(&repo, "3", "");
    assert_eq!(terminal.wait(), 0);
    terminal.wait_for_frame(
        "
        -- a: A
        done
        next    part
        -- a: A: ok (<time>)

        it: 1 ok in <time>
          ok        a  A  <time>
        ",
    );
}

#[test]
fn what_is_longer_than_a_row_is_cut_in_the_block_and_wrapped_above_it() {
    let title = "A title of which only the beginning can be shown";
    let repo = gated(
        &["1", "2"],
        &format!(
            r#"
            run_steps([step("long", "{title}", || {{
                wait("1");
                exec(["sh", "-c", "printf 0123456789012345678901234567890123456789; read x < go-2"]);
            }})]);
            "#
        ),
    );
    let mut terminal = on(&repo, "it", (12, 30));
    terminal.wait_for_frame(
        "
        -- long: A title of which only
         the beginning can be shown
        long  A title of which o…  Ns
        ",
    );
    go(&repo, "1", "an output that is longer than a row");
    terminal.wait_for_frame(
        "
        -- long: A title of which only
         the beginning can be shown
        an output that is longer than
        a row
        0123456789012345678901234567…
        long  A title of which o…  Ns
        ",
    );
    go(&repo, "2", "");
    assert_eq!(terminal.wait(), 0);
    terminal.wait_for("1 ok in");
    assert!(terminal.history().starts_with(&format!(
        "-- long: {title}\nan output that is longer than a row\n\
         0123456789012345678901234567890123456789\n-- long: {title}: ok (<time>)\n\n"
    )));
}

#[test]
fn wide_characters_take_two_columns() {
    let repo = gated(
        &["a"],
        r#"run_steps([step("a", "データベースを用意する", || wait("a"))], #{ jobs: 2 });"#,
    );
    let mut terminal = on(&repo, "it", (24, 22));
    // 21 columns: 3 for the id, 12 for six characters and one for the dots, 4 for the time.
    terminal.wait_for_frame(
        "
        a  データベース…  Ns
        ",
    );
    go(&repo, "a", "世界");
    assert_eq!(terminal.wait(), 0);
    terminal.wait_for("1 ok in");
    assert!(
        terminal
            .history()
            .starts_with("a | 世界\n-- a: データベースを用意する: ok (<time>)\n")
    );
}

#[test]
fn the_block_follows_the_size_of_the_terminal() {
    let repo = gated(
        &["1", "2", "3", "4"],
        r#"
        run_steps([step("a", "A title of thirty-four characters", || {
            for id in ["1", "2", "3", "4"] { wait(id); }
        })]);
        "#,
    );
    let mut terminal = on(&repo, "it", (24, 60));
    terminal.wait_for_history(
        "
        -- a: A title of thirty-four characters
        a  A title of thirty-four characters  Ns
        ",
    );
    // The terminal wraps what is there: two rows are to be taken away. What it scrolls off is its
    // own affair.
    terminal.resize(24, 24);
    terminal.wait_for_history(
        "
        -- a: A title of thirty-four characters
        a  A title of thir…  Ns
        ",
    );
    go(&repo, "1", "narrow");
    terminal.wait_for_history(
        "
        -- a: A title of thirty-four characters
        narrow
        a  A title of thir…  Ns
        ",
    );
    terminal.resize(10, 70);
    terminal.wait_for_history(
        "
        -- a: A title of thirty-four characters
        narrow
        a  A title of thirty-four characters  Ns
        ",
    );
    // Too small for one: it is gone, lines come as they are, and it comes back.
    terminal.resize(3, 70);
    terminal.wait_for_history(
        "
        -- a: A title of thirty-four characters
        narrow
        ",
    );
    go(&repo, "2", "low");
    terminal.wait_for("low");
    terminal.resize(10, 20);
    go(&repo, "3", "tiny");
    terminal.wait_for("tiny");
    terminal.resize(10, 60);
    terminal.wait_for_history(
        "
        -- a: A title of thirty-four characters
        narrow
        lowtiny
        a  A title of thirty-four characters  Ns
        ",
    );
    go(&repo, "4", "");
    assert_eq!(terminal.wait(), 0);
    terminal.wait_for_history(
        "
        -- a: A title of thirty-four characters
        narrow
        lowtiny
        -- a: A title of thirty-four characters: ok (<time>)

        it: 1 ok in <time>
          ok        a  A title of thirty-four characters  <time>
        ",
    );
}

#[test]
fn of_more_steps_than_rows_those_are_shown_that_fit() {
    let repo = gated(
        &["a", "b", "c", "d", "e"],
        r#"
        let plan = ["a", "b", "c", "d", "e"].map(|id| step(id, "Step", || wait(id)));
        run_steps(plan, #{ jobs: 5 });
        "#,
    );
    let mut terminal = on(&repo, "it", (5, 40));
    terminal.wait_for_frame(
        "
        a  Step  Ns
        b  Step  Ns
        … and 3 more
        ",
    );
    go(&repo, "d", "hello");
    terminal.wait_for_frame(
        "
        -- d: Step: ok (<time>)
        a  Step  Ns
        b  Step  Ns
        … and 2 more
        ",
    );
    terminal.resize(9, 40);
    terminal.wait_for_frame(
        "
        d | hello
        -- d: Step: ok (<time>)
        a  Step  Ns
        b  Step  Ns
        c  Step  Ns
        e  Step  Ns
        ",
    );
    for id in ["a", "b", "c", "e"] {
        go(&repo, id, "");
    }
    assert_eq!(terminal.wait(), 0);
}

/// What [`MIXED`] says where there is no block.
const PLAIN: &str = "
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

const MIXED: &str = r#"
    run_steps([
        step("a", "A", || { exec(["echo", "out"]); exec(["sh", "-c", "echo err >&2; sleep 0.3"]); }),
        step("b", "B", || fail("no")),
    ], #{ keep_going: true });
"#;

#[test]
fn elsewhere_than_on_a_terminal_nothing_has_changed() {
    let repo = Repo::new().recipe("it", MIXED);
    repo.dev("it")
        .stdout("out\n")
        .stderr(&PLAIN.replace("    out\n", ""))
        .status(1)
        .run();
}

/// What is on the screen, byte for byte, when the recipe has run there and failed.
#[track_caller]
fn bytes(words: &str, variables: &[(&str, &str)], size: (u16, u16)) -> String {
    let repo = Repo::new().recipe("it", MIXED);
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
    let plain = unindent(PLAIN);
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

#[test]
fn much_output_is_all_there() {
    let repo = gated(
        &["a"],
        r#"
        run_steps([step("a", "A", || {
            wait("a");
            exec(["sh", "-c", "i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done"]);
            exec(["sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' x; echo"]);
        })]);
        "#,
    );
    let mut terminal = on(&repo, "it", (24, 60));
    terminal.wait_for_frame("-- a: A\na  A  Ns\n");
    go(&repo, "a", "");
    assert_eq!(terminal.wait(), 0);
    terminal.wait_for("1 ok in");
    let history = terminal.history();
    let mut lines = history.lines();
    assert_eq!(lines.next(), Some("-- a: A"));
    for n in 0..20_000 {
        assert_eq!(lines.next(), Some(&*format!("line {n}")));
    }
    let rest: Vec<_> = lines.collect();
    let end = rest.iter().position(|line| line.starts_with("--")).unwrap();
    assert!(
        rest[..end]
            .iter()
            .all(|line| line.chars().all(|c| c == 'x'))
    );
    assert_eq!(
        rest[..end].iter().map(|line| line.len()).sum::<usize>(),
        3_000_000
    );
    assert_eq!(rest[end], "-- a: A: ok (<time>)");
}

#[test]
fn a_failure_leaves_the_report() {
    let repo = gated(
        &["a", "b"],
        r#"
        defer(|| info("deferred"));
        run_steps([
            step("a", "A", || wait("a")),
            step("b", "B", || { wait("b"); fail("no"); }),
        ], #{ jobs: 2, keep_going: true });
        "#,
    );
    let mut terminal = on(&repo, "it", (24, 60));
    terminal.wait_for_frame("a  A  Ns\nb  B  Ns\n");
    go(&repo, "b", "last words");
    terminal.wait_for_frame("b | last words\n-- b: B: failed (<time>)\na  A  Ns\n");
    go(&repo, "a", "");
    assert_eq!(terminal.wait(), 1);
    terminal.wait_for_frame(
        "
        b | last words
        -- b: B: failed (<time>)
        -- a: A: ok (<time>)
        deferred

        it: 1 ok, 1 failed in <time>
          ok        a  A  <time>
          failed    b  B  <time>

        failed b: B
          no
            at recipes/it.rhai:9:36
            at recipes/it.rhai:7:1

        error: 1 of 2 steps failed
        ",
    );
}

#[test]
fn a_step_that_calls_a_recipe_has_its_steps_beside_it() {
    let repo = gated(
        &["a"],
        r#"run_steps([step("all", "All of it", || recipe("other"))]);"#,
    )
    .recipe(
        "other",
        r#"run_steps([step("a", "A", || exec(["sh", "-c", "read x < go-a"]))]);"#,
    );
    let mut terminal = on(&repo, "it", (24, 60));
    terminal.wait_for_frame(
        "
        -- all: All of it
        -- other:a: A
        all  All of it  Ns
        other:a  A  Ns
        ",
    );
    go(&repo, "a", "");
    assert_eq!(terminal.wait(), 0);
    terminal.wait_for_frame(
        "
        -- all: All of it
        -- other:a: A
        -- other:a: A: ok (<time>)
        -- all: All of it: ok (<time>)

        it: 2 ok in <time>
          ok        other:a  A  <time>
          ok        all      All of it  <time>
        ",
    );
}
