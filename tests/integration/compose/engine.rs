//! Which Compose is used, and what is said where none can be.

use super::TWO_SERVICES;
use crate::harness::{
    Docker, Repo, assert_contains, assert_starts_with, compose_plugin, path_of, skipped,
};
use std::path::Path;

#[test]
fn a_standalone_compose_of_version_2_does_as_well() {
    let Some(docker) = Docker::new() else { return };
    let Some(plugin) = compose_plugin() else {
        return skipped("the Compose plugin");
    };
    let repo = docker
        .repo(TWO_SERVICES)
        .recipe("it", "print(compose_services());");
    let path = path_of(&repo, &[("docker-compose", &plugin)]);
    let repo = repo.with("PATH", path);
    repo.dev("it").stdout("[\"web\", \"worker\"]\n").run();
    // The Docker CLI is not there, and what is said must not be about it.
    repo.write(
        "recipes/bad.rhai",
        "compose([\"port\", \"nothing\", \"1\"]);",
    );
    let bad = repo.dev("bad").any_stderr().status(1).run();
    assert!(
        bad.stderr
            .contains("`docker-compose --project-directory dev port nothing 1` exited with code 1")
    );
    assert_contains(&bad.stderr, "service \"nothing\" is not running");
    let mut on_a_terminal = repo.terminal("bad");
    assert_eq!(on_a_terminal.wait(), 1);
    on_a_terminal.wait_for("exited with code 1");
}

#[test]
fn version_1_is_refused() {
    let repo = Repo::new().recipe("it", r#"compose(["ps"]);"#);
    let old = Path::new("/usr/bin/docker-compose");
    let is_old = || {
        let output = std::process::Command::new(old)
            .args(["version", "--short"])
            .output();
        output.is_ok_and(|output| output.stdout.starts_with(b"1."))
    };
    let program = if is_old() {
        old.to_owned()
    } else {
        let script = "#!/bin/sh\necho 1.29.2\n";
        repo.script("stands-in-for-docker-compose-1", script)
    };
    let path = path_of(&repo, &[("docker-compose", &program)]);
    let repo = repo.with("PATH", path).with("LC_ALL", "C.UTF-8");
    let old = repo.dev("it").any_stderr().status(4).run();
    assert_starts_with(
        &old.stderr,
        "error: docker-compose 1.29.2 is too old: version 2 or later is needed\n",
    );
    assert!(
        old.stderr
            .contains("hint: install the Compose plugin: docs.docker.com/compose/install\n")
    );
}

#[test]
fn without_docker_it_is_said_how_to_get_it() {
    let repo = Repo::new().recipe("it", r#"compose(["ps"]);"#);
    let path = path_of(&repo, &[]);
    repo.with("PATH", path)
        .dev("it")
        .stderr(
            "
            error: docker is not installed, or not on PATH
            hint: install Docker Desktop (macOS), or Docker Engine from your distribution or docs.docker.com/engine/install
            ",
        )
        .status(4)
        .run();
}

#[test]
fn an_engine_that_is_down_is_said_with_how_to_start_it() {
    let Some(docker) = Docker::new() else { return };
    let repo = docker
        .repo(TWO_SERVICES)
        .with("DOCKER_HOST", "unix:///nowhere.sock")
        .recipe("up", r#"compose(["up", "--detach"]);"#)
        .recipe("ps", "print(compose_ps());")
        .recipe(
            "step",
            r#"run_steps([step("up", "Up", || compose(["up", "--detach"]))]);"#,
        );
    let hint = "hint: start Docker Desktop (macOS), or `sudo systemctl start docker`; `docker info` must succeed";
    for recipe in ["up", "ps"] {
        let down = repo.dev(recipe).any_stderr().status(4).run();
        assert_contains(&down.stderr, "error: the Docker engine does not answer\n");
        assert_contains(&down.stderr, hint);
        let mut terminal = repo.terminal(recipe);
        assert_eq!(terminal.wait(), 4);
        terminal.wait_for("error: the Docker engine does not answer");
        terminal.wait_for("`docker info` must succeed");
    }
    let step = repo.dev("step").any_stderr().status(1).run();
    assert_contains(&step.stderr, "the Docker engine does not answer\n");
    assert_contains(&step.stderr, hint);
}
