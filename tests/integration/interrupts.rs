//! Ctrl-C and its kin: whatever a run is doing, it ends in good order and leaves nothing behind.

use crate::harness::{
    Live, Marker, Repo, Signal, assert_contains, assert_ends_with, eventually, plain,
};
use std::io::Read;
use std::net::TcpListener;
use std::process::Stdio;

/// Signals with the exit codes that they lead to and what is said.
const SIGNALS: [(Signal, i32, &str); 4] = [
    (Signal::SIGINT, 130, "error: stopped by Ctrl-C (SIGINT)\n"),
    (Signal::SIGTERM, 143, "error: stopped by SIGTERM\n"),
    (Signal::SIGHUP, 129, "error: stopped by SIGHUP\n"),
    (
        Signal::SIGQUIT,
        131,
        "error: stopped by Ctrl-\\ (SIGQUIT)\n",
    ),
];

/// A recipe that defers a line and then does `work`; `{}` in it is how long to sleep.
fn deferring(marker: &Marker, work: &str) -> Repo {
    let work = work.replace("{}", marker.seconds());
    Repo::new().recipe(
        "it",
        &format!("defer(|| print(\"deferred\"));\n{work}\nprint(\"not reached\");\n"),
    )
}

/// Interrupts `work` once `count` sleepers are there: nothing is left, and what is deferred runs.
#[track_caller]
fn interrupted(work: &str, count: usize) {
    for (signal, code, said) in SIGNALS {
        let marker = Marker::new();
        let repo = deferring(&marker, work);
        let mut live = repo.start("it");
        marker.wait_for(count);
        live.signal(signal);
        assert_eq!(live.wait(), code, "{}", live.stderr());
        assert_eq!(live.stdout(), "deferred\n");
        assert_ends_with(&live.stderr(), said);
        assert_eq!(marker.sleepers(), 0);
    }
}

#[test]
fn a_program_outside_of_steps() {
    interrupted(r#"exec(["sleep", "{}"]);"#, 1);
}

#[test]
fn a_program_in_a_step() {
    interrupted(
        r#"run_steps([step("a", "A", || exec(["sleep", "{}"]))]);"#,
        1,
    );
}

#[test]
fn programs_side_by_side() {
    let plan = r#"
        let plan = ["a", "b", "c", "d"].map(|id| step(id, id, || exec(["sleep", "{}"])));
        run_steps(plan, #{ jobs: 4 });
    "#;
    interrupted(plan, 4);
}

#[test]
fn a_captured_program() {
    interrupted(r#"capture(["sleep", "{}"]);"#, 1);
}

#[test]
fn a_program_that_reads_what_the_recipe_gives() {
    interrupted(r#"exec(["sleep", "{}"], #{ stdin: "x" });"#, 1);
}

#[test]
fn what_a_program_started_in_its_turn() {
    // A shell makes its background jobs deaf to Ctrl-C.
    interrupted(
        r#"exec(["sh", "-c", "sleep {} & sh -c 'sleep {}; true'; true"]);"#,
        2,
    );
}

#[test]
fn no_catch_and_no_retry_goes_on_after_a_signal() {
    let work = r#"
        try { retry(5, "1ms", || exec(["sleep", "{}"])); } catch { print("caught"); }
    "#;
    interrupted(work, 1);
    let plan = r#"run_steps([step("a", "A", #{ retry: #{ times: 3, pause: "1ms" } }, || exec(["sleep", "{}"]))]);"#;
    interrupted(plan, 1);
}

/// Interrupts `work` once it has said `ready`.
#[track_caller]
fn interrupted_when_ready(work: &str) {
    for (signal, code, said) in SIGNALS {
        let repo = deferring(&Marker::new(), work);
        let mut live = repo.start("it");
        live.wait_for("ready");
        live.signal(signal);
        assert_eq!(live.wait(), code, "{}", live.stderr());
        assert_eq!(live.stdout(), "deferred\n");
        assert_ends_with(&live.stderr(), said);
    }
}

#[test]
fn pauses() {
    interrupted_when_ready(r#"info("ready"); sleep("1h");"#);
    interrupted_when_ready(r#"retry(5, "1h", || fail("ready"));"#);
    interrupted_when_ready(
        r#"run_steps([step("a", "A", #{ retry: #{ times: 5, pause: "1h" } }, || fail("ready"))]);"#,
    );
}

#[test]
fn an_endless_loop() {
    interrupted_when_ready(r#"info("ready"); loop { }"#);
    interrupted_when_ready(
        r#"run_steps([step("a", "A", || { info("ready"); loop { } }), step("b", "B", || loop { })], #{ jobs: 2 });"#,
    );
}

/// Interrupts `work` when it has connected to a server that accepts and never answers; `PORT` in
/// it is the server's.
#[track_caller]
fn interrupted_when_connected(work: &str) {
    for (signal, code, said) in SIGNALS {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = server.local_addr().unwrap().port().to_string();
        let repo = deferring(&Marker::new(), &work.replace("PORT", &port));
        let mut live = repo.start("it");
        let (_connection, _) = server.accept().unwrap();
        live.signal(signal);
        assert_eq!(live.wait(), code, "{}", live.stderr());
        assert_eq!(live.stdout(), "deferred\n");
        assert_ends_with(&live.stderr(), said);
    }
}

#[test]
fn a_server_that_never_answers() {
    interrupted_when_connected(r#"http("GET", "http://127.0.0.1:PORT/", #{ timeout: "1h" });"#);
    interrupted_when_connected(r#"wait_http("http://127.0.0.1:PORT/", "1h");"#);
    interrupted_when_connected(
        r#"run_steps([step("a", "A", || wait_http("http://127.0.0.1:PORT/", "1h"))], #{ jobs: 2 });"#,
    );
}

#[test]
fn a_database_that_never_answers() {
    interrupted_when_connected(
        r#"psql_dsql(#{ url: "postgresql://me@127.0.0.1:PORT/db", sql: "SELECT 1", connect_timeout: "1h" });"#,
    );
}

#[test]
fn a_deferred_program_is_left_to_end_but_for_a_second_signal() {
    let marker = Marker::new();
    let repo = deferring(
        &marker,
        r#"defer(|| exec(["sh", "-c", "echo cleaning; sleep {}"])); fail("failed");"#,
    );
    let mut live = repo.start("it");
    marker.wait_for(1);
    live.signal(Signal::SIGINT);
    // One event can come as several signals, and a terminal that goes away as many.
    live.signal(Signal::SIGINT);
    std::thread::sleep(std::time::Duration::from_millis(500));
    live.signal(Signal::SIGHUP);
    std::thread::sleep(std::time::Duration::from_millis(200));
    assert!(!live.has_ended());
    live.signal(Signal::SIGINT);
    assert_eq!(live.wait(), 130);
    assert_eq!(live.stdout(), "cleaning\n");
    marker.assert_gone();
}

#[test]
fn the_report_shows_what_was_cancelled() {
    let marker = Marker::new();
    let repo = deferring(
        &marker,
        r#"
        run_steps([
            step("done", "Done", || ()),
            step("left", "Left", || exec(["sleep", "{}"])),
            step("right", "Right", || exec(["sleep", "{}"])),
            step("later", "Later", #{ after: ["left"] }, || print("later")),
        ], #{ jobs: 2, keep_going: true });
        "#,
    );
    let mut live = repo.start("it");
    marker.wait_for(2);
    live.signal(Signal::SIGINT);
    assert_eq!(live.wait(), 130);
    let stderr = plain(&live.stderr(), repo.path());
    let (_, report) = stderr.split_once("\nit: ").unwrap();
    assert_eq!(
        report,
        "1 ok, 3 cancelled in <time>\n  \
           ok        done   Done  <time>\n  \
           cancelled left   Left  <time>\n  \
           cancelled right  Right  <time>\n  \
           cancelled later  Later  <time>  (the run stopped first)\n\n\
         error: stopped by Ctrl-C (SIGINT)\n"
    );
    marker.assert_gone();
}

#[test]
fn a_program_may_clean_up_and_is_waited_for() {
    let marker = Marker::new();
    // What it started may too, though it ends before.
    let script = "(trap 'sleep 0.5; echo inner > inner; exit' TERM; echo up; while :; do sleep 0.05; done) & \
                  trap 'echo outer; exit 0' INT; sleep {} & wait";
    let work = format!(r#"exec(["sh", "-c", "{script}"]);"#);
    let repo = deferring(&marker, &work);
    let mut live = repo.start("it");
    live.wait_for("up");
    marker.wait_for(1);
    live.signal(Signal::SIGINT);
    assert_eq!(live.wait(), 130);
    assert_eq!(live.stdout(), "up\nouter\ndeferred\n");
    assert_eq!(repo.read("inner"), "inner\n");
    marker.assert_gone();
}

/// A program that ignores the signals, like what it has started.
const DEAF_PROGRAM: &str =
    r#"["sh", "-c", "trap '' INT TERM QUIT; sleep {} & while :; do sleep {}; done"]"#;

#[test]
fn a_deaf_program_is_killed_after_the_grace_period() {
    for (signal, code, _) in SIGNALS {
        let marker = Marker::new();
        let repo = deferring(&marker, &format!("exec({DEAF_PROGRAM});"));
        let mut live = repo.start("it");
        marker.wait_for(2);
        live.signal(signal);
        assert_eq!(live.wait(), code);
        assert_eq!(live.stdout(), "deferred\n");
        let said = "did not stop when asked to and was killed after 10.0s\n";
        assert_contains(&live.stderr(), said);
        marker.assert_gone();
    }
}

#[test]
fn a_step_that_takes_too_long_is_killed_though_it_is_deaf() {
    let marker = Marker::new();
    let repo = deferring(
        &marker,
        &format!(r#"run_steps([step("a", "A", #{{ timeout: "1s" }}, || exec({DEAF_PROGRAM}))]);"#),
    );
    let mut live = repo.start("it");
    marker.wait_for(2);
    assert_eq!(live.wait(), 1);
    assert!(live.stderr().contains("  took longer than 1.0s\n"));
    marker.assert_gone();
}

#[test]
fn a_second_signal_ends_at_once_whatever_is_deaf() {
    for (signal, code, _) in SIGNALS {
        let marker = Marker::new();
        let plan = format!(
            r#"
            let plan = ["a", "b"].map(|id| step(id, id, || exec({DEAF_PROGRAM})));
            run_steps(plan, #{{ jobs: 2 }});
            "#
        );
        let repo = deferring(&marker, &plan);
        let mut live = repo.start("it");
        marker.wait_for(4);
        live.signal(signal);
        live.wait_for("waiting for running programs to stop; press Ctrl-C again to kill them\n");
        assert!(!live.has_ended());
        live.signal(Signal::SIGTERM);
        assert_eq!(live.wait(), code);
        assert_eq!(live.stdout(), "");
        assert!(
            live.stderr()
                .ends_with("error: killed by a second signal\n")
        );
        marker.assert_gone();
    }
}

#[test]
fn a_stopped_program_is_ended_too() {
    interrupted(
        r#"run_steps([step("a", "A", || exec(["sh", "-c", "sleep {} & kill -STOP $$"]))]);"#,
        1,
    );
}

#[test]
fn events_tell_of_the_interruption() {
    let marker = Marker::new();
    let repo = deferring(
        &marker,
        r#"run_steps([step("a", "A", || exec(["sleep", "{}"]))]);"#,
    );
    let mut live = repo.start("it --output json");
    marker.wait_for(1);
    live.signal(Signal::SIGTERM);
    assert_eq!(live.wait(), 143);
    let stdout = live.stdout();
    let last = stdout.lines().last().unwrap();
    let event: serde_json::Value = serde_json::from_str(last).unwrap();
    assert_eq!(event["event"], "run_finished");
    assert_eq!(event["code"], 143);
    assert_contains(&stdout, r#""state":"cancelled""#);
    marker.assert_gone();
}

#[test]
fn a_reader_that_is_stuck_keeps_no_run_alive() {
    let repo = Repo::new().recipe(
        "it",
        r#"
        defer(|| exec(["touch", "deferred"]));
        run_steps([step("a", "A", || exec(["sh", "-c", "touch up; exec yes"]))]);
        "#,
    );
    let (reader, writer) = std::io::pipe().unwrap();
    let mut command = repo.command();
    command.args(["dev", "it"]).stdin(Stdio::null());
    let mut live = Live::with_stdout(command, writer.into());
    eventually("the program to print", || repo.has("up"));
    let mut first = [0];
    (&reader).read_exact(&mut first).unwrap();
    live.signal(Signal::SIGINT);
    assert_eq!(live.wait(), 130);
    assert!(repo.has("deferred"));
}
