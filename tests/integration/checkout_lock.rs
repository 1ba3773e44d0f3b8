//! Two runs in one checkout: one at a time changes things.

use crate::harness::{Live, Repo, Signal, assert_contains, eventually, one};
use std::process::Command;

/// Holds the lock until there is a file `enough`.
const HOLD: &str = r#"
    exec(["sh", "-c", "touch held; until [ -e enough ]; do sleep 0.05; done"]);
"#;

const CHANGE: &str = r#"run_steps([step("one", "One", || exec(["touch", "changed"]))]);"#;

/// A repository in which the verb `hold` holds the lock.
fn held() -> (Repo, Live) {
    let repo = one(CHANGE)
        .recipe("hold", HOLD)
        .recipe("read", r#"print(capture(["echo", "read"]).stdout);"#);
    let live = repo.start("hold");
    eventually("the lock is held", || repo.has("held"));
    (repo, live)
}

fn release(repo: &Repo, mut live: Live) {
    repo.write("enough", "");
    assert_eq!(live.wait(), 0);
}

#[test]
fn the_second_run_that_changes_things_is_refused() {
    let (repo, live) = held();
    let pid = live.pid();
    let ended = repo.dev("it").any_output().status(4).run();
    assert_contains(
        &ended.stderr,
        &format!("error: `copilot dev hold` (process {pid}, for "),
    );
    assert_contains(&ended.stderr, "is changing things in this checkout");
    assert_contains(
        &ended.stderr,
        "hint: wait until it has ended, or pass --wait-for-lock",
    );
    assert!(!repo.has("changed"));
    // Each way to change something.
    for (name, text) in [
        ("set", r#"env_set("A", "1");"#),
        ("write", r#"write_file("changed", "1");"#),
        ("post", r#"http("POST", "http://127.0.0.1:9");"#),
        (
            "sql",
            r#"psql_dsql(#{ url: "postgresql://a@127.0.0.1:9/b", sql: "DELETE FROM a" });"#,
        ),
        (
            "retried",
            r#"retry(3, "1h", || exec(["touch", "changed"]));"#,
        ),
    ] {
        repo.write(&format!("recipes/{name}.rhai"), text);
        let ended = repo.dev(name).any_output().status(4).run();
        assert_contains(&ended.stderr, "is changing things in this checkout");
    }
    release(&repo, live);
    repo.dev("it").any_output().run();
    assert!(repo.has("changed"));
}

#[test]
fn readers_and_dry_runs_are_free() {
    let (repo, live) = held();
    repo.dev("read").stdout("read\n\n").run();
    repo.dev("it --dry-run").any_output().run();
    repo.dev("list").any_output().run();
    repo.dev("check").any_output().run();
    release(&repo, live);
}

#[test]
fn the_second_can_wait() {
    let (repo, live) = held();
    let mut waiting = repo.start("it --wait-for-lock");
    waiting.wait_for("waiting for `copilot dev hold` (process ");
    assert!(!repo.has("changed"));
    release(&repo, live);
    assert_eq!(waiting.wait(), 0);
    assert!(repo.has("changed"));
}

#[test]
fn a_wait_can_be_interrupted() {
    let (repo, live) = held();
    let mut waiting = repo.start("it --wait-for-lock");
    waiting.wait_for("waiting for");
    waiting.signal(Signal::SIGINT);
    assert_eq!(waiting.wait(), 130);
    assert!(!repo.has("changed"));
    release(&repo, live);
}

#[test]
fn a_dead_holder_is_no_holder() {
    let (repo, mut live) = held();
    live.signal(Signal::SIGKILL);
    live.wait();
    repo.dev("it").any_output().run();
    assert!(repo.has("changed"));
    repo.write("enough", "");
}

#[test]
fn a_run_that_another_run_starts_does_not_wait_for_it() {
    let copilot = env!("CARGO_BIN_EXE_copilot");
    one(CHANGE)
        .recipe("outer", &format!(r#"exec(["{copilot}", "dev", "it"]);"#))
        .dev("outer")
        .any_output()
        .run();
}

#[test]
fn a_program_that_is_not_exclusive_lets_others_change_things() {
    let repo = one(CHANGE).recipe(
        "serve",
        r#"
            exec(["touch", "prepared"]);
            exec(["sh", "-c", "touch held; until [ -e enough ]; do sleep 0.05; done"], #{ exclusive: false });
        "#,
    );
    let live = repo.start("serve");
    eventually("it serves", || repo.has("held"));
    repo.dev("it").any_output().run();
    release(&repo, live);
}

#[test]
fn a_copy_of_the_checkout_has_its_own_lock() {
    let (repo, live) = held();
    let copy = repo.path().join("../copy");
    let copied = Command::new("cp")
        .arg("-a")
        .args([repo.path(), &copy])
        .status()
        .unwrap();
    assert!(copied.success());
    let run = repo
        .command()
        .current_dir(&copy)
        .args(["dev", "it"])
        .output()
        .unwrap();
    assert!(run.status.success(), "{run:?}");
    release(&repo, live);
}
