//! The rows of the block, and what stands above them.

use crate::harness::gates::{gated, go, on};

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

const THREE_STEPS_RECIPE: &str = r#"
    let plan = ["a", "b", "c"].map(|id| step(id, "Step " + id, || { wait(id); print("bye"); }));
    run_steps(plan, #{ jobs: 3 });
"#;

#[test]
fn steps_side_by_side_have_a_line_each() {
    let repo = gated(&["a", "b", "c"], THREE_STEPS_RECIPE);
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
