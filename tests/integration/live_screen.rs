//! Who else has the screen while steps run: questions, children that ask, signals, a shell.

use crate::harness::gates::{gated, go, on};
use crate::harness::{
    Marker, Repo, Signal, Terminal, assert_contains, assert_ends_with, eventually, unindent,
};
use nix::sys::signal::kill;
use nix::unistd::Pid;

const COPILOT: &str = env!("CARGO_BIN_EXE_copilot");

/// A step that asks, with another beside it.
const ASKING_RECIPE: &str = r#"
    run_steps([
        step("a", "A", || wait("a")),
        step("b", "B", || { wait("b"); if confirm("Sure?") { info("yes"); } wait("b"); }),
    ], #{ jobs: 2 });
"#;

#[test]
fn a_question_has_the_screen_for_itself() {
    let repo = gated(&["a", "b"], ASKING_RECIPE);
    let mut terminal = on(&repo, "it", (24, 60));
    terminal.wait_for_frame("a  A  Ns\nb  B  Ns\n");
    go(&repo, "b", "before");
    terminal.wait_for_frame("b | before\nSure? [y/N]\n");
    assert_eq!(terminal.cursor(), Some((1, 12)));
    terminal.press("y\n");
    terminal.wait_for_frame(
        "
        b | before
        Sure? [y/N] y
        b | yes
        a  A  Ns
        b  B  Ns
        ",
    );
    go(&repo, "a", "");
    go(&repo, "b", "after");
    assert_eq!(terminal.wait(), 0);
    terminal.wait_for("2 ok in");
    assert!(
        terminal
            .history()
            .starts_with("b | before\nSure? [y/N] y\nb | yes\n")
    );
}

/// What others write meanwhile goes above it, and a long question wraps.
#[test]
fn a_question_stays_below_what_others_write() {
    let repo = gated(
        &["a", "b"],
        r#"
        run_steps([
            step("a", "A", || { wait("a"); info("one"); wait("a"); }),
            step("b", "B", || { wait("b"); confirm("Delete all that there is in the bucket?"); }),
        ], #{ jobs: 2 });
    "#,
    );
    let mut terminal = on(&repo, "it", (24, 30));
    terminal.wait_for_frame("a  A  Ns\nb  B  Ns\n");
    go(&repo, "b", "");
    let question = "Delete all that there is in th\ne bucket? [y/N]\n";
    terminal.wait_for_frame(question);
    go(&repo, "a", "first");
    terminal.wait_for_frame(&format!("a | first\na | one\n{question}"));
    go(&repo, "a", "");
    let all = "a | first\na | one\n-- a: A: ok (<time>)\n";
    terminal.wait_for_frame(&format!("{all}{question}"));
    assert_eq!(terminal.cursor(), Some((4, 16)));
    terminal.press("y\n");
    assert_eq!(terminal.wait(), 0);
    terminal.wait_for("2 ok in");
    let answered = "e bucket? [y/N] y\n-- b: B: ok (<time>)\n";
    assert_contains(&terminal.history(), answered);
}

#[test]
fn a_question_is_asked_again_after_ctrl_z_and_fg() {
    for recipe in [
        r#"print(confirm("Sure?"));"#,
        r#"run_steps([step("a", "A", || print(confirm("Sure?")))]);"#,
    ] {
        let repo = Repo::new().recipe("it", recipe);
        let terminal = shell(&repo, "copilot dev it");
        terminal.wait_for("\nSure? [y/N] ");
        terminal.press("\x1a");
        terminal.wait_for("Stopped");
        terminal.press("fg\n");
        terminal.wait_for("fg\ncopilot dev it\nSure? [y/N] ");
        terminal.press("y\n");
        terminal.wait_for("y\ntrue\n");
    }
}

#[test]
fn ctrl_c_at_a_question_leaves_a_clean_screen() {
    let repo = gated(&["a", "b"], ASKING_RECIPE);
    let mut terminal = on(&repo, "it", (24, 60));
    terminal.wait_for_frame("a  A  Ns\nb  B  Ns\n");
    go(&repo, "b", "before");
    terminal.wait_for_frame("b | before\nSure? [y/N]\n");
    terminal.press("\x03");
    assert_eq!(terminal.wait(), 130);
    terminal.wait_for("stopped by");
    assert!(!terminal.frame().contains("Ns"), "{}", terminal.frame());
}

#[test]
fn a_child_that_asks_on_the_terminal_gets_it() {
    // In the first step the question comes to us, in the second it is under the block already.
    let repo = gated(
        &["a", "b", "c"],
        r#"
        run_steps([
            step("a", "A", || exec(["sh", "-c",
                "printf 'word? ' >&2; read x < go-a; read w < /dev/tty; echo got $w"])),
            step("b", "B", || exec(["sh", "-c",
                "read x < go-b; printf 'word? ' > /dev/tty; read w < /dev/tty; echo got $w"])),
            step("c", "C", || wait("c")),
        ]);
        "#,
    );
    let mut terminal = on(&repo, "it", (24, 60));
    terminal.wait_for_frame("-- a: A\nword?\na  A  Ns\n");
    go(&repo, "a", "");
    terminal.wait_for_frame("-- a: A\nword?\n");
    assert_eq!(terminal.cursor(), Some((1, 6)));
    terminal.press("one\n");
    let first = "-- a: A\nword? one\ngot one\n-- a: A: ok (<time>)\n-- b: B\n";
    terminal.wait_for_frame(&format!("{first}b  B  Ns\n"));
    go(&repo, "b", "");
    terminal.wait_for_frame(&format!("{first}b  B  Ns\nword?\n"));
    assert_eq!(terminal.cursor(), Some((6, 6)));
    terminal.press("two\n");
    let second = "b  B  Ns\nword? two\ngot two\n-- b: B: ok (<time>)\n-- c: C\n";
    terminal.wait_for_frame(&format!("{first}{second}c  C  Ns\n"));
    go(&repo, "c", "");
    assert_eq!(terminal.wait(), 0);
}

#[test]
fn a_question_is_seen_whatever_others_print() {
    let repo = gated(
        &["b"],
        r#"
        // Some time after the block is there again, before and after it is drawn anew.
        let ask = "printf 'word? ' > /dev/tty; read w < /dev/tty; echo got $w";
        run_steps([
            step("a", "A", || { for n in 0..10 { exec(["sh", "-c", `sleep 0.2${n}; ` + ask]); } }),
            step("b", "B", || exec(["sh", "-c",
                "(while sleep 0.01; do echo noise; done) & read x < go-b; kill $!"])),
        ], #{ jobs: 2 });
        "#,
    );
    let mut terminal = on(&repo, "it", (24, 60));
    let questions = || terminal.history().matches("word? ").count();
    for n in 1..=10 {
        eventually("a question", || questions() == n);
        terminal.press("yes\n");
    }
    terminal.wait_for("A: ok");
    go(&repo, "b", "");
    assert_eq!(terminal.wait(), 0);
    assert_eq!(terminal.history().matches("a | got yes\n").count(), 10);
}

#[test]
fn a_question_that_comes_to_us_is_seen_where_lines_are_prefixed() {
    let repo = gated(
        &[],
        r#"
        let ask = "printf 'word? ' >&2; read w < /dev/tty; echo got $w";
        run_steps([step("a", "A", || exec(["sh", "-c", ask]))], #{ jobs: 2 });
        "#,
    );
    let mut terminal = on(&repo, "it", (24, 60));
    terminal.wait_for("a | word? ");
    terminal.press("yes\n");
    assert_eq!(terminal.wait(), 0);
    terminal.wait_for("1 ok in");
    assert_ends_with(
        &terminal.history(),
        "a | word? yes\na | got yes\n-- a: A: ok (<time>)\n\nit: 1 ok in <time>\n  ok        a  A  <time>\n",
    );
}

#[test]
fn signals_leave_a_clean_screen() {
    for (signal, code, said) in [
        (Signal::SIGINT, 130, "Ctrl-C (SIGINT)"),
        (Signal::SIGTERM, 143, "SIGTERM"),
    ] {
        let marker = Marker::new();
        let repo = gated(
            &[],
            &format!(
                r#"
            defer(|| info("deferred"));
            let plan = ["a", "b", "c"].map(|id| step(id, "Step " + id, || exec(["sleep", "{}"])));
            run_steps(plan, #{{ jobs: 3 }});
            "#,
                marker.seconds()
            ),
        );
        let mut terminal = on(&repo, "it", (24, 60));
        terminal.wait_for_frame("a  Step a  Ns\nb  Step b  Ns\nc  Step c  Ns\n");
        marker.wait_for(3);
        if signal == Signal::SIGINT {
            terminal.press("\x03");
        } else {
            kill(pid(&terminal), signal).unwrap();
        }
        assert_eq!(terminal.wait(), code);
        terminal.wait_for("error: stopped by");
        // They end in any order.
        let frame = terminal.frame();
        let mut lines: Vec<_> = frame.lines().collect();
        lines[..3].sort_unstable();
        assert_eq!(
            lines.join("\n"),
            unindent(&format!(
                "
                -- a: Step a: cancelled (<time>)
                -- b: Step b: cancelled (<time>)
                -- c: Step c: cancelled (<time>)
                deferred

                it: 3 cancelled in <time>
                  cancelled a  Step a  <time>
                  cancelled b  Step b  <time>
                  cancelled c  Step c  <time>

                error: stopped by {said}"
            ))
        );
    }
}

#[test]
fn a_second_ctrl_c_leaves_a_clean_screen_too() {
    let repo = gated(
        &["a"],
        r#"run_steps([step("a", "A", || exec(["sh", "-c", "trap '' INT; read x < go-a"]))]);"#,
    );
    let mut terminal = on(&repo, "it", (24, 60));
    terminal.wait_for_frame("-- a: A\na  A  Ns\n");
    terminal.press("\x03");
    terminal.wait_for("Ctrl-C again");
    terminal.press("\x03");
    assert_eq!(terminal.wait(), 130);
    terminal.wait_for("killed by a second signal");
    let frame = terminal.frame();
    assert!(!frame.contains("Ns"), "{frame}");
}

#[test]
fn the_cursor_is_never_hidden() {
    let repo = gated(&["a"], r#"run_steps([step("a", "A", || wait("a"))]);"#);
    let mut terminal = on(&repo, "it", (24, 60));
    terminal.wait_for_frame("-- a: A\na  A  Ns\n");
    kill(pid(&terminal), Signal::SIGKILL).unwrap();
    assert_eq!(terminal.wait(), 137);
    assert_eq!(terminal.cursor(), Some((2, 0)));
    assert_eq!(terminal.frame(), "-- a: A\na  A  Ns\n");
}

fn pid(terminal: &Terminal) -> Pid {
    Pid::from_raw(i32::try_from(terminal.pid()).unwrap())
}

/// A shell with job control on a terminal, in which `line` is typed.
fn shell(repo: &Repo, line: &str) -> Terminal {
    let variables = [("PS1", "$ "), ("NO_COLOR", "1")];
    let words = ["--norc", "--noediting", "-i"];
    let terminal = Terminal::sized(repo, "bash", words, &variables, (24, 60));
    terminal.wait_for("$ ");
    terminal.press(&format!("PATH={}:$PATH; clear; echo ready\n", folder()));
    terminal.wait_for_frame("ready\n$\n");
    terminal.press(&format!("{line}\n"));
    terminal
}

/// Where `copilot` is.
fn folder() -> String {
    let folder = std::path::Path::new(COPILOT).parent().unwrap();
    folder.display().to_string()
}

#[test]
fn ctrl_z_takes_the_block_away_and_fg_brings_it_back() {
    let repo = gated(&["a"], r#"run_steps([step("a", "A", || wait("a"))]);"#);
    let terminal = shell(&repo, "copilot dev it");
    let start = "ready\n$ copilot dev it\n-- a: A\n";
    terminal.wait_for_frame(&format!("{start}a  A  Ns\n"));
    terminal.press("\x1a");
    let stopped = "[1]+  Stopped                 copilot dev it";
    terminal.wait_for_frame(&format!("{start}\n{stopped}\n$\n"));
    terminal.press("fg\n");
    let again = format!("{start}\n{stopped}\n$ fg\ncopilot dev it\n");
    terminal.wait_for_frame(&format!("{again}a  A  Ns\n"));
    // And in the background there is none, but what is said.
    terminal.press("\x1a");
    terminal.wait_for_frame(&format!("{again}\n{stopped}\n$\n"));
    terminal.press("bg\n");
    terminal.wait_for("copilot dev it &");
    terminal.press("clear; echo in the shell\n");
    terminal.wait_for_frame("in the shell\n$\n");
    go(&repo, "a", "hello");
    terminal.wait_for("1 ok in");
    assert!(terminal.frame().contains("hello-- a: A: ok (<time>)\n"));
    assert!(!terminal.frame().contains("Ns"));
}

#[test]
fn after_the_steps_ctrl_z_is_as_it_was() {
    let repo = Repo::new().recipe(
        "it",
        r#"
        run_steps([step("a", "A", || ())]);
        exec(["sh", "-c", "echo up; read a; echo got $a"]);
        "#,
    );
    let terminal = shell(&repo, "copilot dev it");
    terminal.wait_for("\nup\n");
    terminal.press("\x1a");
    terminal.wait_for("Stopped");
    terminal.press("echo in the sh''ell\n");
    terminal.wait_for("in the shell\n");
    terminal.press("fg\n");
    terminal.wait_for("fg\ncopilot dev it\n");
    terminal.press("abc\n");
    terminal.wait_for("got abc\n");
}

#[test]
fn who_stops_it_otherwise_has_the_block_above() {
    let repo = gated(&["a"], r#"run_steps([step("a", "A", || wait("a"))]);"#);
    let mut terminal = on(&repo, "it", (24, 60));
    terminal.wait_for_frame("-- a: A\na  A  Ns\n");
    kill(pid(&terminal), Signal::SIGSTOP).unwrap();
    kill(pid(&terminal), Signal::SIGCONT).unwrap();
    terminal.wait_for_frame("-- a: A\na  A  Ns\na  A  Ns\n");
    go(&repo, "a", "");
    assert_eq!(terminal.wait(), 0);
    terminal.wait_for("1 ok in");
    assert!(
        terminal
            .history()
            .starts_with("-- a: A\na  A  Ns\n-- a: A: ok (<time>)\n")
    );
}

#[test]
fn where_nobody_could_continue_it_ctrl_z_stops_nothing() {
    // On this terminal `copilot` leads the session: there is no shell to say `fg`.
    let repo = gated(&["a"], r#"run_steps([step("a", "A", || wait("a"))]);"#);
    let mut terminal = on(&repo, "it", (24, 60));
    terminal.wait_for_frame("-- a: A\na  A  Ns\n");
    terminal.press("\x1a");
    terminal.wait_for("^Z");
    go(&repo, "a", "");
    assert_eq!(terminal.wait(), 0);
}

#[test]
fn output_into_a_pipe_or_a_file_is_as_it_was() {
    let recipe = r#"
        run_steps([step("a", "A", || {
            exec(["sh", "-c", "echo out; echo err >&2; printf part; read x < go-a"]);
            print("said");
        })]);
    "#;
    let repo = gated(&["a"], recipe);
    let terminal = shell(&repo, "copilot dev it > out");
    let start = "ready\n$ copilot dev it > out\n-- a: A\nerr\n";
    terminal.wait_for_frame(&format!("{start}a  A  Ns\n"));
    assert_eq!(repo.read("out"), "out\npart");
    go(&repo, "a", "");
    terminal.wait_for("1 ok in");
    assert_eq!(repo.read("out"), "out\npartsaid\n");

    let repo = gated(&["a"], recipe);
    let terminal = shell(&repo, "copilot dev it 2> err");
    terminal.wait_for_frame("ready\n$ copilot dev it 2> err\nout\npart\n");
    go(&repo, "a", "");
    terminal.wait_for_frame("ready\n$ copilot dev it 2> err\nout\npartsaid\n$\n");
    assert!(repo.read("err").starts_with("-- a: A\nerr\n-- a: ok ("));
    assert!(!repo.read("err").contains('\x1b'));
}
