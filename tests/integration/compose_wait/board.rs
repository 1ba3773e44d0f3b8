//! The board of what is waited for, on a terminal.

use super::{SLOW_SERVICE, up, waiting};
use crate::harness::{Docker, Repo, Terminal, eventually};

/// The number of an escape sequence.
fn number(sequence: &str) -> usize {
    sequence[..sequence.len() - 1].parse().unwrap_or(1)
}

/// Four services of which one is never there.
const FOUR_SERVICES: &str = "
    services:
      a-service-with-a-long-name: { image: IMAGE, command: 'true' }
      b: { image: IMAGE, command: 'true' }
      c: { image: IMAGE, command: 'true' }
      never: { image: IMAGE, command: 'true', profiles: [none] }
";

/// What a screen of so many columns shows in the end, and whether all of it was on the screen.
fn screen(bytes: &str, columns: usize) -> Vec<String> {
    let mut rows = vec![String::new()];
    let mut at = 0;
    let mut chars = bytes.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\n' => {
                at += 1;
                if at == rows.len() {
                    rows.push(String::new());
                }
            }
            '\r' => {}
            '\x1b' => {
                let mut sequence = String::new();
                for c in chars.by_ref().skip(1) {
                    sequence.push(c);
                    if c.is_ascii_alphabetic() {
                        break;
                    }
                }
                match sequence.as_str() {
                    "2K" => rows[at].clear(),
                    up if up.ends_with('A') => at -= number(up),
                    down if down.ends_with('B') => at += number(down),
                    other => panic!("unknown: {other}"),
                }
            }
            c => {
                assert!(
                    rows[at].chars().count() < columns,
                    "a line is wrapped: {}",
                    rows[at]
                );
                rows[at].push(c);
            }
        }
    }
    rows
}

/// The board on a terminal of this size, without its last line, which has the time.
fn board(repo: &Repo, rows: u16, columns: u16) -> Vec<String> {
    let mut terminal = repo.terminal("late");
    terminal.resize(rows, columns);
    repo.write("go", "");
    let frame = |terminal: &Terminal| terminal.screen().matches("waiting,").count();
    eventually("some frames", || frame(&terminal) > 3);
    terminal.press("\x03");
    assert_eq!(terminal.wait(), 130);
    std::fs::remove_file(repo.path().join("go")).unwrap();
    let before = terminal.screen();
    let mut shown = screen(before.split("^C").next().unwrap(), usize::from(columns));
    let end = shown
        .iter()
        .position(|line| line.starts_with("  waiting,"))
        .unwrap();
    shown.truncate(end);
    shown
}

#[test]
fn the_board_is_rewritten_in_place_on_any_terminal() {
    let Some(docker) = Docker::new() else { return };
    let all = r#"["a-service-with-a-long-name", "b", "c", "never"]"#;
    let repo = waiting(&docker, all, FOUR_SERVICES, "1h")
        .recipe(
            "late",
            &format!(
                "while !path_exists(\"go\") {{ sleep(\"50ms\"); }}\ncompose_wait({all}, \"1h\");\n"
            ),
        )
        .recipe("create", r#"compose(["--profile", "none", "create"]);"#);
    up(&repo);
    repo.dev("create").any_output().run();
    assert_eq!(
        board(&repo, 24, 100),
        [
            "  a-service-with-a-long-name  done",
            "  b                           done",
            "  c                           done",
            "  never                       created",
        ]
    );
    assert_eq!(
        board(&repo, 24, 16),
        [
            "  a-service-wi…",
            "  b           …",
            "  c           …",
            "  never       …"
        ]
    );
    assert_eq!(
        board(&repo, 5, 100),
        [
            "  never                       created",
            "  a-service-with-a-long-name  done",
            "  and 2 more"
        ]
    );
}

#[test]
fn in_a_step_the_board_is_all_that_is_live() {
    let Some(docker) = Docker::new() else { return };
    let repo = waiting(&docker, "[]", SLOW_SERVICE, "2m").recipe(
        "steps",
        r#"
        run_steps([step("wait", "Wait for it", || {
            compose_wait(["slow"], "2m");
            exec(["sh", "-c", "read x < go"]);
        })]);
        "#,
    );
    nix::unistd::mkfifo(&repo.path().join("go"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    up(&repo);
    let mut terminal = repo.terminal("steps");
    let waits = "-- wait: Wait for it\n  slow  starting\n  waiting, <time>\n";
    terminal.wait_for_frame(waits);
    repo.write("dev/gate/open", "");
    let there = waits.replace("starting", "healthy");
    terminal.wait_for_frame(&format!("{there}wait  Wait for it  Ns\n"));
    repo.write("go", "\n");
    assert_eq!(terminal.wait(), 0);
    let result = "-- wait: Wait for it: ok (<time>)\n\nsteps: 1 ok in <time>\n";
    terminal.wait_for("1 ok in");
    assert!(terminal.frame().starts_with(&format!("{there}{result}")));
}
