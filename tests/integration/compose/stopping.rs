//! Compose that is stopped.

use super::TWO_SERVICES;
use crate::harness::{Docker, Repo, Signal, assert_contains, assert_ends_with, eventually, find};

#[test]
fn ctrl_c_ends_the_logs_and_not_the_services() {
    let Some(docker) = Docker::new() else { return };
    let repo = docker
        .repo(TWO_SERVICES)
        .recipe("up", r#"compose(["up", "--detach"]);"#)
        .recipe("it", r#"compose(["logs", "--follow"]);"#);
    repo.dev("up").any_stderr().run();
    let mut logs = repo.start("it");
    logs.wait_for("worker is up");
    logs.signal(Signal::SIGINT);
    assert_eq!(logs.wait(), 130);
    assert!(no_compose_in(&repo));

    let mut terminal = repo.terminal("it");
    terminal.wait_for("worker is up");
    terminal.press("\x03");
    assert_eq!(terminal.wait(), 130);
    assert!(no_compose_in(&repo));
    assert_eq!(docker.running(), ["web", "worker"]);
}

/// A service that has its ten seconds when it is stopped.
const STUBBORN_SERVICE: &str = r#"
    services:
      stubborn:
        image: IMAGE
        command: sh -c "trap '' TERM; echo is up; while true; do sleep 1; done"
      web:
        image: IMAGE
        init: true
        command: sleep 3600
"#;

#[test]
fn ctrl_c_in_the_foreground_stops_the_services() {
    let Some(docker) = Docker::new() else { return };
    let repo = docker
        .repo(STUBBORN_SERVICE)
        .recipe("it", r#"compose(["up"]);"#);
    let mut up = repo.start("it");
    up.wait_for("is up");
    eventually("both services", || docker.running().len() == 2);
    up.signal(Signal::SIGINT);
    assert_eq!(up.wait(), 130);
    assert_ends_with(&up.stderr(), "error: stopped by Ctrl-C (SIGINT)\n");
    assert!(docker.running().is_empty());
    assert!(no_compose_in(&repo));
}

#[test]
fn ctrl_c_on_a_terminal_stops_the_services() {
    let Some(docker) = Docker::new() else { return };
    let repo = docker
        .repo(TWO_SERVICES)
        .recipe("it", r#"compose(["up"]);"#);
    let mut up = repo.terminal("it");
    up.wait_for("worker is up");
    eventually("both services", || docker.running().len() == 2);
    up.press("\x03");
    assert_eq!(up.wait(), 130);
    assert!(docker.running().is_empty());
    assert!(no_compose_in(&repo));
    assert!(up.echoes());
}

#[test]
fn a_step_out_of_time_stops_compose() {
    let Some(docker) = Docker::new() else { return };
    let repo = docker.repo(TWO_SERVICES).recipe(
        "it",
        r#"run_steps([step("up", "Up", #{ timeout: "4s" }, || compose(["up"]))]);"#,
    );
    let ended = repo.dev("it").any_output().status(1).run();
    assert_contains(&ended.stderr, "took longer than");
    assert!(docker.running().is_empty());
    assert!(no_compose_in(&repo));
}

/// True if no Compose works on the repository any more: its folder is the working directory.
fn no_compose_in(repo: &Repo) -> bool {
    let Some(lsof) = find("pgrep") else {
        return true;
    };
    let output = std::process::Command::new(lsof)
        .args(["-f", "compose --project-directory dev"])
        .output()
        .unwrap();
    let pids = String::from_utf8_lossy(&output.stdout).into_owned();
    !pids.lines().any(|pid| {
        std::fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|folder| folder == repo.path())
    })
}
