//! Processes that leave the group of their child, or outlive it: an interruption reaches them, a normal
//! end does not.

use crate::harness::{Marker, Signal, eventually, one};

const COPILOT: &str = env!("CARGO_BIN_EXE_copilot");

/// Work that leaves `{}`-sleepers where no signal to a group reaches them, and how many.
const WORK: [(&str, usize); 7] = [
    (r#"exec(["setsid", "--wait", "sleep", "{}"]);"#, 1),
    (r#"exec(["sh", "-c", "setsid sleep {} & sleep {}"]);"#, 2),
    // Twice a fork: its parent has ended.
    (
        r#"exec(["sh", "-c", "(setsid sh -c 'sleep {} & exec sleep {}' &); sleep {}"]);"#,
        3,
    ),
    // The child that started them has ended before.
    (
        r#"exec(["sh", "-c", "setsid sleep {} & sleep {} &"]); sleep(100);"#,
        2,
    ),
    (r#"capture(["sh", "-c", "setsid sleep {} & sleep {}"]);"#, 2),
    (
        r#"run_steps(["a", "b", "c"].map(|id| step(id, id, || exec(["sh", "-c", "setsid sleep {} & sleep {}"]))), #{ jobs: 3 });"#,
        6,
    ),
    // What it starts without its mark is found as its descendant.
    (
        r#"exec(["sh", "-c", "setsid env -u COPILOT_RUN sleep {} & sleep {}"]);"#,
        2,
    ),
];

#[test]
fn an_interruption_reaches_them() {
    for (work, count) in WORK {
        for (signal, code) in [(Signal::SIGINT, 130), (Signal::SIGHUP, 129)] {
            let marker = Marker::new();
            let repo = one(&work.replace("{}", marker.seconds()));
            let mut live = repo.start("it");
            marker.wait_for(count);
            live.signal(signal);
            assert_eq!(live.wait(), code, "{work}: {}", live.stderr());
            assert_eq!(marker.sleepers(), 0, "{work}");
        }
    }
}

#[test]
fn a_second_signal_kills_them() {
    let marker = Marker::new();
    let repo = one(&format!(
        r#"exec(["sh", "-c", "trap '' TERM INT; setsid sh -c 'sleep {0}; :' & while :; do sleep {0}; done"]);"#,
        marker.seconds()
    ));
    let mut live = repo.start("it");
    marker.wait_for(2);
    live.signal(Signal::SIGTERM);
    live.wait_for("press Ctrl-C again to kill them\n");
    live.signal(Signal::SIGTERM);
    assert_eq!(live.wait(), 143);
    marker.assert_gone();
}

#[test]
fn a_step_that_times_out_takes_only_its_own() {
    let (late, other) = (Marker::new(), Marker::new());
    let repo = one(&format!(
        r#"
        let work = |time| ["sh", "-c", `setsid sleep ${{time}} & sleep ${{time}}`];
        run_steps([
            step("late", "", #{{ timeout: "1s" }}, || exec(work.call("{}"))),
            step("other", "", || {{ exec(work.call("{}")); }}),
        ], #{{ jobs: 2, keep_going: true }});
        "#,
        late.seconds(),
        other.seconds()
    ));
    let mut live = repo.start("it");
    late.wait_for(2);
    other.wait_for(2);
    late.wait_for(0);
    assert_eq!(other.sleepers(), 2);
    live.signal(Signal::SIGTERM);
    assert_eq!(live.wait(), 143);
    assert_eq!(other.sleepers(), 0);
}

#[test]
fn a_normal_end_leaves_them() {
    for work in [
        r#"exec(["sh", "-c", "setsid sleep {} & :"]);"#,
        r#"exec(["sh", "-c", "sleep {} & :"]);"#,
        r#"exec(["sleep", "{}"], #{ detach: true });"#,
        r#"exec(["sh", "-c", "setsid sleep {} & :"]); fail("on purpose");"#,
    ] {
        let marker = Marker::new();
        let repo = one(&work.replace("{}", marker.seconds()));
        repo.start("it").wait();
        std::thread::sleep(std::time::Duration::from_millis(200));
        assert_eq!(marker.sleepers(), 1, "{work}");
    }
}

#[test]
fn a_detached_program_outlives_an_interruption() {
    let (detached, other) = (Marker::new(), Marker::new());
    let repo = one(&format!(
        r#"
        print(exec(["sh", "-c", "sleep {0} & exec sleep {0}"], #{{ detach: true }}));
        exec(["sleep", "{1}"]);
        "#,
        detached.seconds(),
        other.seconds()
    ));
    let mut live = repo.start("it");
    other.wait_for(1);
    live.signal(Signal::SIGINT);
    assert_eq!(live.wait(), 130);
    assert_eq!(live.stdout(), "0\n");
    assert_eq!((detached.sleepers(), other.sleepers()), (2, 0));
}

#[test]
fn a_detached_program_that_does_not_exist_is_an_error() {
    let repo = one(r#"exec(["no-such-program"], #{ detach: true });"#);
    repo.dev("it").status(4).any_stderr().run();
    let repo = one(r#"exec(["true"], #{ detach: true, timeout: 1 });"#);
    let ended = repo.dev("it").status(3).any_stderr().run();
    assert!(
        ended
            .stderr
            .contains("`timeout` has no effect beside `detach`")
    );
}

#[test]
fn adopted_processes_that_end_leave_no_zombies() {
    let repo = one(
        r#"exec(["sh", "-c", "for i in 1 2 3 4 5; do (setsid true &); done; touch up; while ! test -e down; do sleep 0.05; done"]);"#,
    );
    let mut live = repo.start("it");
    eventually("the program to start", || repo.has("up"));
    let pid = live.pid().to_string();
    eventually("the zombies to be collected", || {
        let listing = std::process::Command::new("ps")
            .args(["-A", "-o", "ppid=,stat="])
            .output()
            .unwrap();
        let listing = String::from_utf8_lossy(&listing.stdout);
        let mut fields = listing.lines().map(str::split_whitespace);
        !fields.any(|mut fields| {
            fields.next() == Some(&pid) && fields.next().is_some_and(|stat| stat.starts_with('Z'))
        })
    });
    std::fs::write(repo.path().join("down"), "").unwrap();
    assert_eq!(live.wait(), 0);
}

#[test]
fn a_nested_copilot_stops_its_own_processes() {
    let marker = Marker::new();
    let inner = r#"
        defer(|| write_file("deferred", ""));
        exec(["sh", "-c", "setsid sleep {} & sleep {}"]);
    "#;
    let repo = one(&format!(r#"exec(["{COPILOT}", "dev", "inner"]);"#))
        .recipe("inner", &inner.replace("{}", marker.seconds()));
    let mut live = repo.start("it");
    marker.wait_for(2);
    live.signal(Signal::SIGTERM);
    assert_eq!(live.wait(), 143);
    assert_eq!(marker.sleepers(), 0);
    assert!(repo.has("deferred"));
}

#[test]
fn a_program_of_a_nested_copilot_gets_the_terminal() {
    let repo = one(&format!(r#"exec(["{COPILOT}", "dev", "inner"]);"#)).recipe(
        "inner",
        r#"exec(["sh", "-c", "printf 'word? '; read a; echo got $a"]);"#,
    );
    let mut terminal = repo.terminal("it");
    terminal.wait_for("word? ");
    terminal.press("abc\n");
    terminal.wait_for("got abc\n");
    assert_eq!(terminal.wait(), 0);
}
