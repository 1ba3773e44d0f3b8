//! SIGKILL of the host: its watchdog stops the programs of the run.

use crate::harness::{Live, Marker, Repo, Signal, Terminal, eventually, one};
use nix::sys::signal::kill;
use nix::unistd::Pid;

const COPILOT: &str = env!("CARGO_BIN_EXE_copilot");

/// Work that sleeps for `{}` in so many processes.
const WORK: [(&str, usize); 7] = [
    (r#"exec(["sleep", "{}"]);"#, 1),
    (r#"capture(["sleep", "{}"]);"#, 1),
    (
        r#"run_steps(["a", "b", "c"].map(|id| step(id, id, || exec(["sh", "-c", "sleep {} & sleep {}"]))), #{ jobs: 3 });"#,
        6,
    ),
    (r#"exec(["sh", "-c", "setsid sleep {} & sleep {}"]);"#, 2),
    (
        r#"exec(["sh", "-c", "(setsid sh -c 'sleep {} & exec sleep {}' &); sleep {}"]);"#,
        3,
    ),
    (
        r#"exec(["sh", "-c", "setsid sleep {} & sleep {} &"]); sleep(100);"#,
        2,
    ),
    (r#"exec(["sh", "-c", "sleep {} & kill -STOP $$"]);"#, 1),
];

/// The process id of the watchdog of `live`, once there is one.
fn watchdog(live: &Live) -> Pid {
    let host = live.pid().to_string();
    let mut found = None;
    eventually("the watchdog", || {
        let listing = std::process::Command::new("ps")
            .args(["-A", "-o", "pid=,ppid=,args="])
            .output()
            .unwrap();
        let listing = String::from_utf8_lossy(&listing.stdout).into_owned();
        found = listing.lines().find_map(|line| {
            let mut fields = line.split_whitespace();
            let pid = fields.next()?.parse().ok()?;
            let is_its = fields.next()? == host && fields.next()? == "copilot-watchdog";
            is_its.then(|| Pid::from_raw(pid))
        });
        found.is_some()
    });
    found.unwrap()
}

fn is_running(pid: Pid) -> bool {
    let listing = std::process::Command::new("ps")
        .args(["-o", "stat=", "-p", &pid.to_string()])
        .output()
        .unwrap();
    let stat = String::from_utf8_lossy(&listing.stdout).into_owned();
    !stat.trim().is_empty() && !stat.starts_with('Z')
}

#[test]
fn nothing_is_left() {
    for (work, count) in WORK {
        let marker = Marker::new();
        let repo = one(&work.replace("{}", marker.seconds()));
        let mut live = repo.start("it");
        marker.wait_for(count);
        let watchdog = watchdog(&live);
        live.signal(Signal::SIGKILL);
        assert_eq!(live.wait(), 137);
        marker.assert_gone();
        eventually("the watchdog to end", || !is_running(watchdog));
    }
}

#[test]
fn nothing_is_left_if_its_watchdog_was_killed_before() {
    let marker = Marker::new();
    let repo = one(&format!(
        r#"exec(["sh", "-c", "setsid sleep {0} & sleep {0}"]);"#,
        marker.seconds()
    ));
    let mut live = repo.start("it");
    marker.wait_for(2);
    for _ in 0..3 {
        let first = watchdog(&live);
        kill(first, Signal::SIGKILL).unwrap();
        eventually("another watchdog", || watchdog(&live) != first);
    }
    let last = watchdog(&live);
    live.signal(Signal::SIGKILL);
    live.wait();
    marker.assert_gone();
    eventually("the watchdog to end", || !is_running(last));
}

#[test]
fn a_program_gets_its_time_to_end() {
    let marker = Marker::new();
    let repo = one(&format!(
        r#"exec(["sh", "-c", "trap 'sleep 1; echo ended > ended; exit' TERM; sleep {0} & while :; do sleep 0.05; done"]);"#,
        marker.seconds()
    ));
    let mut live = repo.start("it");
    marker.wait_for(1);
    watchdog(&live);
    live.signal(Signal::SIGKILL);
    live.wait();
    eventually("the program to end", || repo.has("ended"));
    marker.assert_gone();
}

#[test]
fn a_program_that_ignores_signals_is_killed() {
    let marker = Marker::new();
    let repo = one(&format!(
        r#"exec(["sh", "-c", "trap '' TERM INT HUP; while :; do sleep {0}; done"]);"#,
        marker.seconds()
    ));
    let mut live = repo.start("it");
    marker.wait_for(1);
    let watchdog = watchdog(&live);
    live.signal(Signal::SIGKILL);
    live.wait();
    eventually("the watchdog to end", || !is_running(watchdog));
    assert_eq!(marker.sleepers(), 0);
}

#[test]
fn a_detached_program_stays() {
    let (detached, other) = (Marker::new(), Marker::new());
    let repo = one(&format!(
        r#"exec(["sleep", "{}"], #{{ detach: true }}); exec(["sleep", "{}"]);"#,
        detached.seconds(),
        other.seconds()
    ));
    let mut live = repo.start("it");
    other.wait_for(1);
    let watchdog = watchdog(&live);
    live.signal(Signal::SIGKILL);
    live.wait();
    eventually("the watchdog to end", || !is_running(watchdog));
    assert_eq!((detached.sleepers(), other.sleepers()), (1, 0));
}

#[test]
fn a_normal_end_dismisses_the_watchdog() {
    let marker = Marker::new();
    let repo = one(&format!(
        r#"exec(["sh", "-c", "sleep {} & sleep 0.5"]);"#,
        marker.seconds()
    ));
    let mut live = repo.start("it");
    let watchdog = watchdog(&live);
    assert_eq!(live.wait(), 0);
    eventually("the watchdog to end", || !is_running(watchdog));
    assert_eq!(marker.sleepers(), 1);
}

#[test]
fn a_nested_copilot_stops_in_order() {
    let marker = Marker::new();
    let inner = r#"
        defer(|| write_file("deferred", ""));
        exec(["sh", "-c", "setsid sleep {} & sleep {}"]);
    "#;
    let repo = one(&format!(r#"exec(["{COPILOT}", "dev", "inner"]);"#))
        .recipe("inner", &inner.replace("{}", marker.seconds()));
    let mut live = repo.start("it");
    marker.wait_for(2);
    watchdog(&live);
    live.signal(Signal::SIGKILL);
    live.wait();
    marker.assert_gone();
    eventually("what it deferred", || repo.has("deferred"));
}

#[test]
fn the_terminal_is_put_back() {
    let marker = Marker::new();
    let repo = Repo::new().recipe(
        "it",
        &format!(
            r#"exec(["sh", "-c", "stty -echo raw; exec sleep {}"]);"#,
            marker.seconds()
        ),
    );
    // A shell without job control leaves the terminal as it is.
    let line = format!("echo $$ > shell; {COPILOT} dev it; sleep 3");
    let terminal = Terminal::program(&repo, "sh", ["-c", &line], &[]);
    let before = terminal.modes();
    marker.wait_for(1);
    assert!(!terminal.echoes());
    let shell = repo.read("shell");
    let listing = std::process::Command::new("pgrep")
        .args(["-P", shell.trim()])
        .output()
        .unwrap();
    let host = String::from_utf8_lossy(&listing.stdout).into_owned();
    kill(Pid::from_raw(host.trim().parse().unwrap()), Signal::SIGKILL).unwrap();
    marker.assert_gone();
    eventually("the modes", || terminal.modes() == before);
}
