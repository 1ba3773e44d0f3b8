//! Signals that a terminal, a shell or `nohup` sends or ignores: all processes of the run follow.

use crate::harness::{Live, Marker, Signal, Terminal, eventually, one};
use nix::sys::signal::kill;
use nix::unistd::Pid;

const COPILOT: &str = env!("CARGO_BIN_EXE_copilot");

/// Work that sleeps for `{}` in so many processes.
const WORK: [(&str, usize); 5] = [
    (r#"exec(["sleep", "{}"]);"#, 1),
    (r#"capture(["sleep", "{}"]);"#, 1),
    (r#"exec(["sh", "-c", "sleep {} & sleep {}"]);"#, 2),
    (
        r#"run_steps(["a", "b", "c"].map(|id| step(id, id, || exec(["sleep", "{}"]))), #{ jobs: 3 });"#,
        3,
    ),
    (
        r#"exec(["sh", "-c", "stty sane; sleep {} & sleep {}"]);"#,
        2,
    ),
];

#[test]
fn keys_that_end_a_run_leave_nothing() {
    for (work, count) in WORK {
        for (key, code) in [("\x03", 130), ("\x1c", 131)] {
            let marker = Marker::new();
            let repo = one(&work.replace("{}", marker.seconds()));
            let mut terminal = repo.terminal("it");
            marker.wait_for(count);
            terminal.press(key);
            assert_eq!(terminal.wait(), code, "{work}: {}", terminal.screen());
            assert_eq!(marker.sleepers(), 0, "{work}");
        }
    }
}

#[test]
fn ctrl_z_stops_every_process_and_fg_resumes_them() {
    for (work, count) in WORK {
        let marker = Marker::new();
        let repo = one(&work.replace("{}", marker.seconds()));
        let terminal = Terminal::program(&repo, "bash", ["--norc", "-i"], &[("PS1", "$ ")]);
        terminal.wait_for("$ ");
        terminal.press(&format!("{COPILOT} dev it\n"));
        marker.wait_for(count);
        terminal.press("\x1a");
        terminal.wait_for("Stopped");
        eventually("all to stop", || marker.stopped() == count);
        terminal.press("fg\n");
        eventually("all to continue", || marker.stopped() == 0);
        assert_eq!(marker.sleepers(), count, "{work}");
        terminal.press("\x03");
        marker.assert_gone();
    }
}

#[test]
fn a_signal_that_was_ignored_at_the_start_stays_ignored() {
    let marker = Marker::new();
    let repo = one(&format!(r#"exec(["sleep", "{}"]);"#, marker.seconds()));
    let mut command = std::process::Command::new("sh");
    command
        .args(["-c", "trap '' HUP INT; exec \"$0\" dev it", COPILOT])
        .current_dir(repo.path());
    let mut live = Live::start(command);
    marker.wait_for(1);
    live.signal(Signal::SIGHUP);
    live.signal(Signal::SIGINT);
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert!(!live.has_ended());
    assert_eq!(marker.sleepers(), 1);
    live.signal(Signal::SIGTERM);
    assert_eq!(live.wait(), 143, "{}", live.stderr());
    marker.assert_gone();
}

#[test]
fn the_end_of_the_terminal_asks_with_sigterm() {
    // Terraform dies of SIGHUP on the spot, and takes SIGTERM for a request.
    let repo = one(
        r#"exec(["sh", "-c", "trap 'echo hup >> heard' HUP; trap 'echo term >> heard; exit 1' TERM; touch up; while :; do sleep 0.05; done"]);"#,
    );
    let terminal = Terminal::program(&repo, "bash", ["--norc", "-i"], &[("PS1", "$ ")]);
    terminal.wait_for("$ ");
    terminal.press(&format!("{COPILOT} dev it\n"));
    eventually("the program to start", || repo.has("up"));
    // The end of the first process of its session closes a terminal.
    let shell = Pid::from_raw(i32::try_from(terminal.pid()).unwrap());
    kill(shell, Signal::SIGKILL).unwrap();
    eventually("the program to hear it", || repo.has("heard"));
    eventually("the whole line", || repo.read("heard").ends_with('\n'));
    assert_eq!(repo.read("heard"), "term\n");
}
