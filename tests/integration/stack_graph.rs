//! The whole stack as it is shipped, on a real engine, by the shipped recipes. tests/stand-ins/stack
//! stands for what the images hold.

use crate::harness::stage::Stage;
use crate::harness::{assert_contains, assert_ends_with, succeeds};
use std::collections::BTreeSet;

#[test]
fn a_first_start_succeeds_in_one_go_and_leaves_nothing_behind() {
    let Some(stage) = Stage::set(&["docker-compose.yml"], "services: {}\n") else {
        return;
    };
    let up = stage
        .repo
        .dev("up -d --wait --timeout 4m")
        .any_stderr()
        .run();
    assert_ends_with(&up.stderr, "ok: every service is up\n");
    let running: BTreeSet<_> = stage.docker.running().into_iter().collect();
    assert_eq!(running.len(), 14, "{running:?}");
    assert!(!running.contains("elasticsearch-setup"), "{running:?}");

    let made = stage
        .repo
        .dev("logs --no-follow elasticsearch-setup")
        .any_stdout()
        .run();
    for index in [
        "temporal_visibility_v1_dev",
        "temporal_visibility_copilot_dev",
    ] {
        assert_contains(&made.stdout, &format!("made {index}"));
    }
    let set_up = stage.when("elasticsearch-setup", "FinishedAt");
    for service in ["history", "matching", "frontend", "worker"] {
        let started = stage.when(&format!("temporal-{service}"), "StartedAt");
        assert!(set_up < started, "{service}");
    }
    assert!(set_up < stage.when("copilot-temporal", "StartedAt"));
    assert!(
        stage.when("temporal-history", "StartedAt") < stage.when("temporal-frontend", "StartedAt")
    );

    let ps = stage.repo.dev("ps").any_stdout().run().stdout;
    let listed = running
        .iter()
        .map(String::as_str)
        .chain(["elasticsearch-setup"]);
    for service in listed {
        let name = format!("{}-{service}-1", stage.docker.project());
        assert!(ps.contains(&name), "{name}\n{ps}");
    }
    let logs = stage
        .repo
        .dev("logs --no-follow temporal-history")
        .any_stdout()
        .run()
        .stdout;
    assert_contains(&logs, "| history is up\n");

    // The namespace is there from then on.
    for service in ["temporal-frontend", "copilot-temporal"] {
        let asked = format!("{}-{service}-1", stage.docker.project());
        assert!(
            succeeds(&["exec", &asked, "test", "-e", "/tmp/namespace"]),
            "{service}"
        );
    }

    // A second time nothing starts anew, and the indexes are there.
    let before = stage.when("temporal-history", "StartedAt");
    stage.repo.dev("up -d --wait").any_stderr().run();
    assert_eq!(stage.when("temporal-history", "StartedAt"), before);
    let again = stage
        .repo
        .dev("logs --no-follow elasticsearch-setup")
        .any_stdout()
        .run();
    assert_contains(&again.stdout, "index temporal_visibility_v1_dev is there");

    stage.repo.dev("down -v").any_stderr().run();
    for kind in ["ps -a", "volume ls", "network ls"] {
        assert!(stage.docker.ids(kind).is_empty(), "{kind}");
    }
}

#[test]
fn one_that_fails_is_named_with_what_it_said() {
    let more = "services: { temporal-matching: { environment: { STAND_IN_FAILS: no cluster answers } } }\n";
    let Some(stage) = Stage::set(&["docker-compose.yml"], more) else {
        return;
    };
    let up = stage
        .repo
        .dev("up --wait --timeout 60s")
        .any_stderr()
        .status(1)
        .run();
    // As the moment is: between two starts, or in one of them.
    let of_it = up.stderr.lines().rev();
    let mut of_it = of_it.filter(|line| line.starts_with("temporal-matching: "));
    let said = of_it.next().unwrap_or_default();
    assert!(
        said == "temporal-matching: restarting, it exited with code 3"
            || said.contains(", after ") && said.contains(" restart"),
        "{}",
        up.stderr
    );
    assert_contains(&up.stderr, "    stand-in: no cluster answers\n");
    assert_contains(&up.stderr, "error: not ready: ");
    assert_contains(&up.stderr, "temporal-frontend");
    let running = stage.docker.running();
    assert!(
        running.contains(&"copilot-worker".to_owned()),
        "{running:?}"
    );
    assert!(
        !running.contains(&"temporal-frontend".to_owned()),
        "{running:?}"
    );
}

#[test]
fn emulators_stand_for_the_clusters() {
    let files = ["docker-compose.yml", "docker-compose.local.yml"];
    let Some(stage) = Stage::set(&files, "services: {}\n") else {
        return;
    };
    let up = stage.repo.dev("up --wait --timeout 4m").any_stderr().run();
    assert_ends_with(&up.stderr, "ok: every service is up\n");
    assert_eq!(stage.docker.running().len(), 16);
    let emulator = stage.when("dsql-monitored", "StartedAt");
    assert!(emulator < stage.when("temporal-history", "StartedAt"));
    let emulator = stage.when("dsql-copilot", "StartedAt");
    assert!(emulator < stage.when("copilot-temporal", "StartedAt"));
    stage.repo.dev("down -v").any_stderr().run();
    assert!(stage.docker.ids("volume ls").is_empty());
}
