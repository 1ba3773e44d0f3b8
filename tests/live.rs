//! What a person sees at a terminal while steps run.

mod harness;

use harness::{Repo, Terminal};
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

const COPILOT: &str = env!("CARGO_BIN_EXE_copilot");

/// A recipe that has `wait(id)`, a program that waits for [`go`] and prints what it is told.
fn one(text: &str) -> Repo {
    let wait = r#"
        fn wait(id) {
            exec(["sh", "-c", "read -r line < go-" + id + "; printf '%s' \"$line\""]);
        }
    "#;
    Repo::new().recipe("it", &format!("{wait}\n{text}"))
}

/// A [`one`] with a way to tell each of `ids`.
fn gated(ids: &[&str], text: &str) -> Repo {
    let repo = one(text);
    for id in ids {
        mkfifo(&repo.path().join(format!("go-{id}")), Mode::S_IRWXU).unwrap();
    }
    repo
}

/// Lets `id` go on and print `line`. Comes back when it has begun to wait.
fn go(repo: &Repo, id: &str, line: &str) {
    repo.write(&format!("go-{id}"), format!("{line}\n"));
}

/// The recipe on a terminal of so many rows and columns, without colours.
fn on(repo: &Repo, line: &str, size: (u16, u16)) -> Terminal {
    let words = ["dev"].into_iter().chain(line.split_whitespace());
    Terminal::sized(repo, COPILOT, words, &[("NO_COLOR", "1")], size)
}

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
