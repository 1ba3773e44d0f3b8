//! `compose_wait`: what counts as there, and what is said of what is not.

mod harness;

use harness::{Docker, Ended, Repo, Signal, eventually, find};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

/// `slow` is healthy once the test has made the file.
const SLOW: &str = r#"
    services:
      slow:
        image: IMAGE
        init: true
        command: sleep 3600
        volumes: ["./gate:/gate"]
        healthcheck: { test: ["CMD", "test", "-e", "/gate/open"], interval: 200ms, retries: 1000 }
      once:
        image: IMAGE
        command: "true"
"#;

/// A project whose recipe `it` starts everything and waits for `services`.
fn waiting(docker: &Docker, services: &str, compose: &str, timeout: &str) -> Repo {
    docker
        .repo(compose)
        .recipe("up", r#"compose(["up", "--detach"]);"#)
        .recipe("it", &format!("compose_wait({services}, \"{timeout}\");\n"))
}

/// Starts the services without a word.
fn up(repo: &Repo) {
    repo.dev("up").any_stdout().any_stderr().run();
}

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

#[track_caller]
fn says(text: &str, part: &str) {
    assert!(text.contains(part), "not there: {part}\nin: {text}");
}

#[test]
fn services_become_healthy_and_one_that_is_done_counts() {
    let Some(docker) = Docker::new() else { return };
    let repo = waiting(&docker, "[]", SLOW, "2m");
    up(&repo);
    let mut live = repo.start("it");
    live.wait_for("slow: starting\n");
    live.wait_for("once: done\n");
    repo.write("dev/gate/open", "");
    assert_eq!(live.wait(), 0);
    assert!(
        live.stderr().ends_with("slow: healthy\n"),
        "{}",
        live.stderr()
    );
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
    says(
        &ended.stderr,
        "error: not all services came up: sick\nsick: unhealthy\n",
    );
    says(&ended.stderr, "  last health check:\n    no pulse\n");
    let log: Vec<_> = (11..=30).map(|number| format!("    {number}\n")).collect();
    let log = format!(
        "  last log lines:\n{}  at recipes/it.rhai:1:1\n",
        log.concat()
    );
    says(&ended.stderr, &log);
}

#[test]
fn a_change_is_seen_without_asking_all_the_time() {
    let Some(docker) = Docker::new() else { return };
    let Some(program) = find("docker") else {
        return;
    };
    let repo = waiting(&docker, r#"["slow"]"#, SLOW, "2m");
    up(&repo);
    let wrapper = format!(
        "#!/bin/sh\necho \"$*\" >>\"$HOME/asked\"\nexec {} \"$@\"\n",
        program.display()
    );
    repo.write("../bin/docker", wrapper);
    let bin = repo.path().join("../bin");
    fs::set_permissions(bin.join("docker"), fs::Permissions::from_mode(0o755)).unwrap();
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
    says(
        &ended.stderr,
        "error: not all services came up: broken, ill\n\
         broken: exited with code 3\n  last log lines:\n    no database\n\
         ill: unhealthy\n  last health check:\n    no pulse\n\
         still starting: ",
    );
    says(&ended.stderr, "slow\n  at ");
}

#[test]
fn a_service_that_was_not_created_or_is_unknown() {
    let Some(docker) = Docker::new() else { return };
    let repo = waiting(&docker, r#"["slow"]"#, SLOW, "1s")
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
    assert!(ended.stderr.ends_with("after: done\n"), "{}", ended.stderr);
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
    says(&failing(&repo).stderr, "pair: unhealthy\n");
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
    says(&ended.stderr, "loop: restarting, it exited with code 5\n");
    says(&ended.stderr, "error: not ready after <time>: loop\n");
    says(&ended.stderr, "    crash\n");
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
    says(
        &failing(&repo).stderr,
        "error: not all services came up: web\nweb: paused\n",
    );

    repo.dev("remove").any_stdout().any_stderr().run();
    let mut live = repo.start("it");
    live.wait_for("web: not created");
    live.signal(Signal::SIGINT);
    assert_eq!(live.wait(), 130);
    assert_eq!(
        live.stderr(),
        "web: not created\nerror: stopped by Ctrl-C (SIGINT)\n"
    );
}

/// Four services of which one is never there.
const FOUR: &str = "
    services:
      a-service-with-a-long-name: { image: IMAGE, command: 'true' }
      b: { image: IMAGE, command: 'true' }
      c: { image: IMAGE, command: 'true' }
      never: { image: IMAGE, command: 'true', profiles: [none] }
";

/// The number of an escape sequence.
fn number(sequence: &str) -> usize {
    sequence[..sequence.len() - 1].parse().unwrap_or(1)
}

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
    let frame = |terminal: &harness::Terminal| terminal.screen().matches("waiting,").count();
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
    let repo = waiting(&docker, all, FOUR, "1h")
        .recipe(
            "late",
            &format!(
                "while !path_exists(\"go\") {{ sleep(\"50ms\"); }}\ncompose_wait({all}, \"1h\");\n"
            ),
        )
        .recipe("create", r#"compose(["--profile", "none", "create"]);"#);
    up(&repo);
    repo.dev("create").any_stdout().any_stderr().run();
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
    let repo = waiting(&docker, "[]", SLOW, "2m").recipe(
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
