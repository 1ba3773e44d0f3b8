//! What a person at a terminal has: programs that talk to them, Ctrl-C, Ctrl-Z, questions, colours.

use crate::harness::{Marker, Repo, Signal, Terminal, assert_contains, eventually, one};
use nix::sys::signal::kill;
use nix::unistd::Pid;

const COPILOT: &str = env!("CARGO_BIN_EXE_copilot");

/// Runs the recipe on a terminal to its end; what is on the screen.
#[track_caller]
fn screen(recipe: &str) -> String {
    let repo = one(recipe);
    let mut terminal = repo.terminal("it");
    assert_eq!(terminal.wait(), 0, "{}", terminal.screen());
    // What was written last may come after the end.
    eventually("the screen", || terminal.screen().contains("end\n"));
    terminal.screen()
}

const TERMINAL_PROBE: &str =
    r#"["sh", "-c", "for i in 0 1 2; do test -t $i && printf 'yes ' || printf 'no '; done; echo"]"#;

#[test]
fn outside_of_steps_a_program_has_the_terminal() {
    let text = screen(&format!(r#"exec({TERMINAL_PROBE}); print("end");"#));
    assert_eq!(text, "yes yes yes \nend\n");
}

#[test]
fn in_steps_and_in_capture_it_has_not() {
    let text = screen(&format!(
        r#"
        run_steps([step("a", "A", || exec({TERMINAL_PROBE}))]);
        print(capture({TERMINAL_PROBE}).stdout);
        print("end");
        "#
    ));
    assert_contains(&text, "-- a: A\nno no no \n");
    assert_contains(&text, "\nno no no \n\nend\n");
}

#[test]
fn two_programs_talk_one_after_the_other() {
    let repo = one(r#"
        exec(["sh", "-c", "printf 'first? '; read a; echo got $a"]);
        exec(["sh", "-c", "printf 'second? '; read a; echo got $a"]);
    "#);
    let mut terminal = repo.terminal("it");
    terminal.wait_for("first? ");
    terminal.press("one\n");
    terminal.wait_for("second? ");
    terminal.press("two\n");
    terminal.wait_for("got two\n");
    assert_eq!(terminal.wait(), 0);
    assert_eq!(
        terminal.screen(),
        "first? one\ngot one\nsecond? two\ngot two\n"
    );
}

#[test]
fn ctrl_c_reaches_the_program_that_has_the_terminal() {
    let marker = Marker::new();
    let repo = one(&format!(
        r#"
        defer(|| print("deferred"));
        exec(["sh", "-c", "echo up; sleep {}"]);
        print("not reached");
        "#,
        marker.seconds()
    ));
    let mut terminal = repo.terminal("it");
    terminal.wait_for("up");
    marker.wait_for(1);
    terminal.press("\x03");
    assert_eq!(terminal.wait(), 130);
    terminal.wait_for("error: stopped by Ctrl-C (SIGINT)\n");
    assert_eq!(
        terminal.screen(),
        "up\n^Cdeferred\nerror: stopped by Ctrl-C (SIGINT)\n"
    );
    marker.assert_gone();
}

#[test]
fn a_program_that_ends_well_after_ctrl_c_lets_the_recipe_go_on() {
    // As in a shell: it has the terminal, and took Ctrl-C for itself.
    let repo = one(r#"
        exec(["sh", "-c", "trap 'echo bye; exit 0' INT; stty sane; echo up; while :; do sleep 0.05; done"]);
        print("on");
    "#);
    let mut terminal = repo.terminal("it");
    terminal.wait_for("up");
    terminal.press("\x03");
    terminal.wait_for("on\n");
    assert_eq!(terminal.wait(), 0);
}

#[test]
fn a_program_that_lives_on_after_ctrl_c_is_left_alone() {
    let repo = one(r#"
        exec(["sh", "-c", "trap 'echo cleared' INT; echo up; while ! read line; do :; done; echo $line"]);
        print("on");
    "#);
    let mut terminal = repo.terminal("it");
    terminal.wait_for("up");
    terminal.press("\x03");
    terminal.wait_for("cleared");
    terminal.press("\x03");
    terminal.press("next\n");
    terminal.wait_for("on\n");
    assert_eq!(terminal.wait(), 0);
}

/// Programs that end on Ctrl-C with these codes, with the terminal and without it.
#[test]
fn ctrl_c_interrupts_the_run_whatever_the_program_answers() {
    for (code, takes_terminal) in [(130, false), (130, true), (1, false), (1, true), (0, false)] {
        let take = if takes_terminal { "stty sane; " } else { "" };
        let program =
            format!("trap 'exit {code}' INT; {take}echo up; while :; do sleep 0.05; done");
        let repo = one(&format!(
            r#"
            defer(|| print("deferred"));
            try {{ retry(3, "1ms", || exec(["sh", "-c", "{program}"])); }} catch {{ }}
            print("not reached");
            "#
        ));
        let mut terminal = repo.terminal("it");
        terminal.wait_for("up");
        terminal.press("\x03");
        assert_eq!(terminal.wait(), 130, "{program}");
        terminal.wait_for("deferred\nerror: stopped by Ctrl-C (SIGINT)\n");
        assert!(!terminal.screen().contains("not reached"));
    }
}

#[test]
fn ctrl_c_stops_steps_side_by_side() {
    let marker = Marker::new();
    let repo = one(&format!(
        r#"
        defer(|| print("deferred"));
        let plan = ["a", "b", "c"].map(|id| step(id, id, || exec(["sleep", "{}"])));
        run_steps(plan, #{{ jobs: 3 }});
        "#,
        marker.seconds()
    ));
    let mut terminal = repo.terminal("it");
    marker.wait_for(3);
    terminal.press("\x03");
    assert_eq!(terminal.wait(), 130);
    terminal.wait_for("error: stopped by Ctrl-C (SIGINT)\n");
    assert!(terminal.screen().contains("3 cancelled in "));
    assert!(terminal.screen().contains("deferred\n"));
    marker.assert_gone();
}

/// A program that changes the modes of the terminal and then waits for its end.
const RAW_MODE_PROGRAM: &str = r#"["sh", "-c", "stty -echo raw; echo up; exec sleep {}"]"#;

#[test]
fn modes_are_put_back() {
    for (signal, code) in [(Signal::SIGTERM, 143), (Signal::SIGINT, 130)] {
        let marker = Marker::new();
        let repo = one(&format!(
            "exec({});",
            RAW_MODE_PROGRAM.replace("{}", marker.seconds())
        ));
        let mut terminal = repo.terminal("it");
        let before = terminal.modes();
        terminal.wait_for("up");
        assert!(!terminal.echoes());
        kill(
            Pid::from_raw(i32::try_from(terminal.pid()).unwrap()),
            signal,
        )
        .unwrap();
        assert_eq!(terminal.wait(), code);
        assert_eq!(terminal.modes(), before);
        marker.assert_gone();
    }
    let text = screen(r#"exec(["stty", "-echo"]); print("end");"#);
    assert_eq!(text, "end\n");
}

#[test]
fn modes_are_put_back_by_a_second_signal_too() {
    let marker = Marker::new();
    let raw = RAW_MODE_PROGRAM.replace("stty", "trap '' TERM; stty");
    let repo = one(&format!("exec({});", raw.replace("{}", marker.seconds())));
    let mut terminal = repo.terminal("it");
    let before = terminal.modes();
    terminal.wait_for("up");
    let pid = Pid::from_raw(i32::try_from(terminal.pid()).unwrap());
    kill(pid, Signal::SIGTERM).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(500));
    kill(pid, Signal::SIGTERM).unwrap();
    assert_eq!(terminal.wait(), 143);
    assert_eq!(terminal.modes(), before);
    marker.assert_gone();
}

#[test]
fn a_program_that_asks_on_the_terminal_itself_gets_it() {
    // As sudo and ssh do for a password, wherever their input comes from.
    let ask = r#"["sh", "-c", "printf 'word? ' > /dev/tty; read w < /dev/tty; echo got $w"]"#;
    for (recipe, screen) in [
        (
            format!(r#"print(capture({ask}).stdout); print("end");"#),
            "word? abc\ngot abc\n\nend\n",
        ),
        (
            format!(r#"exec({ask}, #{{ stdin: "x" }}); print("end");"#),
            "word? abc\ngot abc\nend\n",
        ),
    ] {
        let repo = one(&recipe);
        let mut terminal = repo.terminal("it");
        terminal.wait_for("word? ");
        terminal.press("abc\n");
        terminal.wait_for("end\n");
        assert_eq!(terminal.wait(), 0);
        assert_eq!(terminal.screen(), screen);
    }
    let steps =
        format!(r#"run_steps(["a", "b"].map(|id| step(id, id, || exec({ask}))), #{{ jobs: 2 }});"#);
    let repo = one(&steps);
    let mut terminal = repo.terminal("it");
    terminal.wait_for("word? ");
    terminal.press("abc\nabc\n");
    assert_eq!(terminal.wait(), 0, "{}", terminal.screen());
    terminal.wait_for("2 ok in ");
    assert!(terminal.screen().contains("a | got abc\n"));
    assert!(terminal.screen().contains("b | got abc\n"));
}

/// A shell with job control on a terminal, in which `line` is typed.
fn shell(repo: &Repo, line: &str) -> Terminal {
    let terminal = Terminal::program(repo, "bash", ["--norc", "-i"], &[("PS1", "$ ")]);
    terminal.wait_for("$ ");
    terminal.press(&format!("{line}\n"));
    terminal
}

#[test]
fn a_pager_behind_a_pipe_keeps_the_terminal() {
    let repo = one(r#"exec(["sh", "-c", "echo line; sleep 0.3"]);"#);
    // It reads keys from the terminal, as `less` does.
    let pager = "(cat; printf 'key? ' >/dev/tty; read k </dev/tty; echo got $k)";
    let terminal = shell(&repo, &format!("{COPILOT} dev it | {pager}"));
    terminal.wait_for("line\nkey? ");
    terminal.press("q\n");
    terminal.wait_for("\ngot q\n");
}

#[test]
fn a_program_whose_output_is_piped_can_still_ask() {
    let repo = one(r#"exec(["sh", "-c", "echo 'sure?'; read a; echo got $a"]);"#);
    let terminal = shell(&repo, &format!("{COPILOT} dev it | cat"));
    terminal.wait_for("sure?\n");
    terminal.press("yes\n");
    terminal.wait_for("\ngot yes\n");
}

#[test]
fn ctrl_z_stops_the_run_and_fg_continues_it() {
    let repo = one(r#"
        exec(["sh", "-c", "echo up; read a; echo got $a"]);
        print("end");
    "#);
    let terminal = shell(&repo, &format!("{COPILOT} dev it"));
    terminal.wait_for("up\n");
    terminal.press("\x1a");
    terminal.wait_for("Stopped");
    terminal.press("echo in the sh''ell\n");
    terminal.wait_for("in the shell\n");
    terminal.press("fg\n");
    terminal.wait_for("dev it\n");
    terminal.press("abc\n");
    terminal.wait_for("got abc\nend\n");
}

#[test]
fn a_run_in_the_background_gets_the_terminal_with_fg() {
    let repo = one(r#"exec(["sh", "-c", "echo up; read a; echo got $a"]);"#);
    let terminal = shell(&repo, &format!("{COPILOT} dev it &"));
    terminal.wait_for("up\n");
    terminal.press("echo in the sh''ell\n");
    terminal.wait_for("in the shell\n");
    terminal.press("fg\n");
    // The shell shows the line that runs; the terminal is the program's soon after.
    terminal.wait_for("dev it\n");
    terminal.press("abc\n");
    terminal.wait_for("got abc\n");
}

/// Asks on a terminal and types `keys`; the screen and the exit code.
#[track_caller]
fn asked(keys: &str) -> (String, i32) {
    let repo = one(r#"
        defer(|| exec(["sh", "-c", "echo deferred"]));
        print(confirm("Go on?"));
    "#);
    let mut terminal = repo.terminal("it");
    terminal.wait_for("Go on? [y/N] ");
    terminal.press(keys);
    let code = terminal.wait();
    let last = if code == 0 {
        "deferred\n"
    } else {
        "(SIGINT)\n"
    };
    eventually("the screen", || terminal.screen().ends_with(last));
    (terminal.screen(), code)
}

#[test]
fn a_question_is_answered_by_typing() {
    let answer = |shown: &str, said: bool| (format!("Go on? [y/N] {shown}\n{said}\ndeferred\n"), 0);
    assert_eq!(asked("y\n"), answer("y", true));
    assert_eq!(asked("YES\n"), answer("YES", true));
    assert_eq!(asked("n\n"), answer("n", false));
    assert_eq!(asked("\n"), answer("", false));
    assert_eq!(asked("yess\n"), answer("yess", false));
    // The terminal shows Ctrl-D and goes back over it.
    let (screen, code) = asked("\x04");
    assert!(screen.ends_with("\nfalse\ndeferred\n"), "{screen:?}");
    assert_eq!(code, 0);
}

#[test]
fn ctrl_c_at_a_question() {
    let (screen, code) = asked("\x03");
    assert_eq!(
        screen,
        "Go on? [y/N] ^C\ndeferred\nerror: stopped by Ctrl-C (SIGINT)\n"
    );
    assert_eq!(code, 130);
}

#[test]
fn after_ctrl_c_at_a_question_what_is_typed_is_for_the_clean_up() {
    let repo = one(r#"
        defer(|| exec(["sh", "-c", "printf 'keep? '; read a; echo got $a"]));
        confirm("Go on?");
    "#);
    let mut terminal = repo.terminal("it");
    terminal.wait_for("Go on? [y/N] ");
    terminal.press("\x03");
    terminal.wait_for("keep? ");
    terminal.press("yes\n");
    assert_eq!(terminal.wait(), 130);
    terminal.wait_for("got yes\n");
}

const COLOURED_RECIPE: &str = r#"success("done"); run_steps([step("a", "A", || ())]);"#;

#[test]
fn colours_are_for_terminals() {
    let repo = one(COLOURED_RECIPE);
    let colours = |variables: &[(&str, &str)]| {
        let mut terminal = Terminal::program(&repo, COPILOT, ["dev", "it"], variables);
        assert_eq!(terminal.wait(), 0);
        eventually("the report", || terminal.screen().contains("1 ok in"));
        terminal.screen().contains('\x1b')
    };
    assert!(colours(&[]));
    assert!(!colours(&[("NO_COLOR", "1")]));
    // Set to nothing it says nothing: https://no-color.org.
    assert!(colours(&[("NO_COLOR", "")]));
    assert!(!colours(&[("NO_COLOR", ""), ("TERM", "dumb")]));
    assert!(!colours(&[("TERM", "dumb")]));
    let ended = repo.dev("it").any_stderr().run();
    assert!(!ended.stderr.contains('\x1b'));
}
