//! How each way for a service to be, or not to be, ends the wait.

use super::{SLOW_SERVICE, up, waiting};
use crate::harness::{
    self, Docker, Ended, Repo, Signal, assert_contains, assert_ends_with, eventually, find,
};
use std::time::Duration;

/// Waits until the health check of `count` containers has failed.
#[track_caller]
fn wait_for_unhealthy(docker: &Docker, count: usize) {
    let label = format!("label=com.docker.compose.project={}", docker.project());
    let filters = ["--filter", &label, "--filter", "health=unhealthy"];
    let args = [&["ps", "--quiet"], &filters[..]].concat();
    eventually("a failed health check", || {
        harness::docker(&args).lines().count() == count
    });
}

fn failing(repo: &Repo) -> Ended {
    repo.dev("it").any_stderr().status(1).run()
}

#[test]
fn services_become_healthy_and_one_that_is_done_counts() {
    let Some(docker) = Docker::new() else { return };
    let repo = waiting(&docker, "[]", SLOW_SERVICE, "2m");
    up(&repo);
    let mut live = repo.start("it");
    live.wait_for("slow: starting\n");
    live.wait_for("once: done\n");
    repo.write("dev/gate/open", "");
    assert_eq!(live.wait(), 0);
    assert_ends_with(&live.stderr(), "slow: healthy\n");
    // A line a change, and no more.
    repo.dev("it").stderr("once: done\nslow: healthy\n").run();
    repo.dev("it -q").run();
    let events = repo.dev("it --output json").any_stdout().run().events();
    let waiting: Vec<_> = events
        .iter()
        .filter(|event| event["event"] == "waiting")
        .map(|event| event["text"].as_str().unwrap())
        .collect();
    assert_eq!(waiting, ["once: done", "slow: healthy"]);
}

#[test]
fn one_that_is_never_healthy_is_named_with_its_check_and_its_log() {
    let Some(docker) = Docker::new() else { return };
    let repo = waiting(
        &docker,
        r#"["sick", "well"]"#,
        r#"
            services:
              sick:
                image: IMAGE
                init: true
                command: sh -c "seq 1 30; sleep 3600"
                healthcheck: { test: ["CMD-SHELL", "echo no pulse; exit 1"], interval: 200ms, retries: 1 }
              well:
                image: IMAGE
                init: true
                command: sleep 3600
        "#,
        "1h",
    );
    up(&repo);
    wait_for_unhealthy(&docker, 1);
    let ended = failing(&repo);
    assert_contains(
        &ended.stderr,
        "error: not all services came up: sick\nsick: unhealthy\n",
    );
    assert_contains(&ended.stderr, "  last health check:\n    no pulse\n");
    let log: Vec<_> = (11..=30).map(|number| format!("    {number}\n")).collect();
    let log = format!(
        "  last log lines:\n{}  at recipes/it.rhai:1:1\n",
        log.concat()
    );
    assert_contains(&ended.stderr, &log);
}

#[test]
fn a_change_is_seen_without_asking_all_the_time() {
    let Some(docker) = Docker::new() else { return };
    let Some(program) = find("docker") else {
        return;
    };
    let repo = waiting(&docker, r#"["slow"]"#, SLOW_SERVICE, "2m");
    up(&repo);
    let wrapper = format!(
        "#!/bin/sh\necho \"$*\" >>\"$HOME/asked\"\nexec {} \"$@\"\n",
        program.display()
    );
    repo.script("../bin/docker", &wrapper);
    let bin = repo.path().join("../bin");
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let repo = repo.with("PATH", path);
    let mut live = repo.start("it");
    live.wait_for("slow: starting\n");
    std::thread::sleep(Duration::from_secs(6));
    // Nothing has changed in the six seconds.
    let asked = repo.read("../home/asked");
    let looks = asked.lines().filter(|line| line.contains(" ps ")).count();
    assert!(looks <= 2, "{looks} looks: {asked}");
    repo.write("dev/gate/open", "");
    assert_eq!(live.wait(), 0);
    let asked = repo.read("../home/asked");
    let looks = asked.lines().filter(|line| line.contains(" ps ")).count();
    assert!(looks <= 4, "{looks} looks: {asked}");
}

#[test]
fn one_that_has_failed_ends_the_wait_at_once() {
    let Some(docker) = Docker::new() else { return };
    let repo = waiting(
        &docker,
        "[]",
        r#"
            services:
              broken:
                image: IMAGE
                command: sh -c "echo no database >&2; exit 3"
              fine:
                image: IMAGE
                init: true
                command: sleep 3600
              slow:
                image: IMAGE
                init: true
                command: sh -c "echo patience; sleep 3600"
                healthcheck: { test: ["CMD", "false"], interval: 1h, start_period: 1h }
              ill:
                image: IMAGE
                init: true
                command: sleep 3600
                healthcheck: { test: ["CMD-SHELL", "echo no pulse; exit 1"], interval: 200ms, retries: 1 }
        "#,
        "1h",
    );
    up(&repo);
    eventually("the failure", || {
        docker.running() == ["fine", "ill", "slow"]
    });
    wait_for_unhealthy(&docker, 1);
    let ended = failing(&repo);
    // One that may still come has nothing to explain.
    assert_contains(
        &ended.stderr,
        "error: not all services came up: broken, ill\n\
         broken: exited with code 3\n  last log lines:\n    no database\n\
         ill: unhealthy\n  last health check:\n    no pulse\n\
         still starting: ",
    );
    assert_contains(&ended.stderr, "slow\n  at ");
}

#[test]
fn a_service_that_was_not_created_or_is_unknown() {
    let Some(docker) = Docker::new() else { return };
    let repo = waiting(&docker, r#"["slow"]"#, SLOW_SERVICE, "1s")
        .recipe("unknown", r#"compose_wait(["slwo"], "1m");"#);
    repo.dev("it")
        .stderr(
            "
            slow: not created
            error: not ready after <time>: slow
            slow: not created
              at recipes/it.rhai:1:1
            ",
        )
        .status(1)
        .run();
    repo.dev("unknown")
        .stderr(
            "
            error: there is no service `slwo`
            hint: did you mean `slow`?
            ",
        )
        .status(2)
        .run();
}

#[test]
fn one_that_comes_after_another_is_waited_for() {
    let Some(docker) = Docker::new() else { return };
    let repo = waiting(
        &docker,
        r#"["after"]"#,
        r#"
            services:
              first:
                image: IMAGE
                command: sh -c "sleep 2"
              after:
                image: IMAGE
                command: "true"
                depends_on: { first: { condition: service_completed_successfully } }
        "#,
        "2m",
    );
    let mut up = repo.start("up");
    let ended = repo.dev("it").any_stderr().run();
    assert_ends_with(&ended.stderr, "after: done\n");
    assert_eq!(up.wait(), 0);
}

#[test]
fn of_several_containers_the_worst_counts() {
    let Some(docker) = Docker::new() else { return };
    // The directory is shared: the one that makes it is healthy, the other is not.
    let repo = waiting(
        &docker,
        "[]",
        r#"
            services:
              pair:
                image: IMAGE
                init: true
                scale: 2
                command: sh -c "mkdir /shared/first && touch /ready; sleep 3600"
                volumes: ["shared:/shared"]
                healthcheck: { test: ["CMD", "test", "-e", "/ready"], interval: 200ms, retries: 1 }
            volumes: { shared: {} }
        "#,
        "1s",
    );
    up(&repo);
    wait_for_unhealthy(&docker, 1);
    assert_contains(&failing(&repo).stderr, "pair: unhealthy\n");
}

#[test]
fn a_crash_loop_is_said_and_does_not_pass_for_running() {
    let Some(docker) = Docker::new() else { return };
    let repo = waiting(
        &docker,
        "[]",
        r#"
            services:
              loop:
                image: IMAGE
                restart: always
                command: sh -c "echo crash; exit 5"
        "#,
        "5s",
    );
    up(&repo);
    let ended = failing(&repo);
    assert_contains(&ended.stderr, "loop: restarting, it exited with code 5\n");
    assert_contains(&ended.stderr, "error: not ready after <time>: loop\n");
    assert_contains(&ended.stderr, "    crash\n");
    assert!(!ended.stderr.contains("loop: running"), "{}", ended.stderr);
}

#[test]
fn one_that_is_paused_or_removed() {
    let Some(docker) = Docker::new() else { return };
    let repo = waiting(
        &docker,
        "[]",
        "
            services:
              web:
                image: IMAGE
                init: true
                command: sleep 3600
        ",
        "1h",
    )
    .recipe("pause", r#"compose(["pause"]);"#)
    .recipe("remove", r#"compose(["rm", "--stop", "--force"]);"#);
    up(&repo);
    repo.dev("it").any_stderr().run();
    repo.dev("pause").any_stderr().run();
    assert_contains(
        &failing(&repo).stderr,
        "error: not all services came up: web\nweb: paused\n",
    );

    repo.dev("remove").any_output().run();
    let mut live = repo.start("it");
    live.wait_for("web: not created");
    live.signal(Signal::SIGINT);
    assert_eq!(live.wait(), 130);
    assert_eq!(
        live.stderr(),
        "web: not created\nerror: stopped by Ctrl-C (SIGINT)\n"
    );
}
