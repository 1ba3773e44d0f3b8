//! What `up` says before anything starts, where a start would fail half-way.

use crate::harness::stack::shipped_text;
use crate::harness::stage::shipped_stack;
use crate::harness::{
    Docker, Repo, allowed_to_be_skipped, assert_starts_with, docker, find, free_port,
};
use std::fs;
use std::net::TcpListener;
use std::path::Path;

/// The shipped stack with these lines in its `dev/.env` after those of the example, and the engine's
/// project of it.
fn stage(lines: &[&str]) -> Option<(Docker, Repo)> {
    let project = Docker::new()?;
    let repo = shipped_stack();
    let platform = docker(&["version", "--format", "{{.Server.Os}}/{{.Server.Arch}}"]);
    let more = [
        format!("COMPOSE_PROJECT_NAME={}", project.project()),
        format!("COPILOT_PLATFORM={platform}"),
        "TEMPORAL_SQL_HOST=one.dsql.eu-west-1.on.aws".to_owned(),
        "COPILOT_DSQL_ENDPOINT=two.dsql.eu-west-1.on.aws".to_owned(),
    ];
    let text =
        shipped_text("dev/.env.example") + &more.join("\n") + "\n" + &lines.join("\n") + "\n";
    repo.write("dev/.env", text);
    Some((project, repo))
}

/// Runs `line`, which must say this and start nothing.
#[track_caller]
fn refused(project: &Docker, repo: &Repo, line: &str, said: &str) {
    repo.dev(line).stderr(said).status(4).run();
    for kind in ["ps -a", "volume ls", "network ls"] {
        assert!(project.ids(kind).is_empty(), "{kind}");
    }
}

/// The engine, but for what `docker info` says of it.
fn engine_that_says(repo: Repo, memory: &str, architecture: &str) -> Repo {
    let folder = repo.path().join("../shim");
    let real = find("docker").unwrap();
    let script = format!(
        "#!/bin/sh\nif [ \"$1\" = info ]; then printf '%s\\n' {memory} {architecture} Linux; else exec {} \"$@\"; fi\n",
        real.display()
    );
    repo.script("../shim/docker", &script);
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    repo.with("PATH", path)
}

#[test]
fn a_cluster_that_is_not_named() {
    let Some((project, repo)) = stage(&["TEMPORAL_SQL_HOST=", "AWS_REGION="]) else {
        return;
    };
    refused(
        &project,
        &repo,
        "up -d",
        "
        error: not set in dev/.env: AWS_REGION, TEMPORAL_SQL_HOST
        hint: `copilot dev infra apply` creates the clusters and sets these variables; `copilot dev init --local` uses emulators
        ",
    );
    // What has no cluster does not need one.
    repo.dev("up -d mimir --dry-run").any_stderr().run();
}

#[test]
fn credentials_that_are_not_there() {
    let Some((project, repo)) = stage(&[]) else {
        return;
    };
    fs::remove_dir_all(repo.path().join("../home/.aws")).unwrap();
    refused(
        &project,
        &repo,
        "up -d grafana",
        "
        error: there is no folder <around>/home/.aws, which grafana reads
        hint: `aws configure sso` creates the folder of the AWS credentials; if they come from variables, create it with `mkdir`, or name another folder in COPILOT_AWS_DIR
        ",
    );
}

#[test]
fn too_little_memory() {
    let Some((project, repo)) = stage(&[]) else {
        return;
    };
    let platform = docker(&["info", "--format", "{{.Architecture}}"]);
    let repo = engine_that_says(repo, "4109926400", &platform);
    refused(
        &project,
        &repo,
        "up -d",
        "
        error: Docker has 4.1 GB of memory, but this needs 6 GB
        hint: Docker Desktop: Settings, Resources, Memory
        ",
    );
    // A part of it needs less.
    repo.dev("up -d grafana --dry-run").any_stderr().run();
}

#[test]
fn images_of_another_architecture() {
    let registered = Path::new("/proc/sys/fs/binfmt_misc");
    if !registered.exists() || registered.join("qemu-aarch64").exists() {
        return allowed_to_be_skipped("an engine that does not emulate is not here");
    }
    let Some((project, repo)) = stage(&["COPILOT_PLATFORM=linux/arm64"]) else {
        return;
    };
    let repo = engine_that_says(repo, "16000000000", "x86_64");
    refused(
        &project,
        &repo,
        "up -d mimir",
        "
        error: the images are for linux/arm64, but this engine runs only linux/amd64
        hint: set COPILOT_PLATFORM=linux/amd64 in dev/.env and run `copilot dev build`, or install emulation: docs.docker.com/build/building/multi-platform/#qemu
        ",
    );
}

#[test]
fn an_image_that_is_not_built() {
    let Some((project, repo)) = stage(&[]) else {
        return;
    };
    let more = "services: { elasticsearch-setup: { image: copilot-test-none:never } }\n";
    repo.write("dev/more.yml", more);
    let folder = repo.path().join("dev");
    let files = format!("{0}/docker-compose.yml:{0}/more.yml", folder.display());
    let repo = repo.with("COMPOSE_FILE", files);
    refused(
        &project,
        &repo,
        "up -d elasticsearch-setup",
        "
        error: there is no image copilot-test-none:never
        hint: run `copilot dev build`
        ",
    );
    let dry = repo
        .dev("up -d elasticsearch-setup --dry-run")
        .any_stderr()
        .run();
    assert_starts_with(&dry.stderr, "not built yet: copilot-test-none:never\n");
}

#[test]
fn a_port_that_something_else_has() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let Some((project, repo)) = stage(&[&format!("GRAFANA_PORT={port}")]) else {
        return;
    };
    refused(
        &project,
        &repo,
        "up -d grafana",
        &format!(
            "
            error: in use on this machine: port {port} (grafana)
            hint: stop the program that uses it, or change the port in dev/.env: GRAFANA_PORT
            "
        ),
    );
}

#[test]
fn a_port_that_two_of_its_own_want() {
    let port = free_port();
    let lines = [
        format!("COPILOT_UI_PORT={port}"),
        format!("TEMPORAL_UI_PORT={port}"),
    ];
    let Some((project, repo)) = stage(&[&lines[0], &lines[1]]) else {
        return;
    };
    // Images come later in what is looked at: this needs none that is built.
    let more = "services: { temporal-ui: { depends_on: !reset [] }, copilot-ui: { depends_on: !reset [] } }\n";
    repo.write("dev/docker-compose.override.yml", more);
    refused(
        &project,
        &repo,
        "up -d temporal-ui copilot-ui",
        &format!(
            "
            error: published by more than one service: port {port} by copilot-ui and temporal-ui
            hint: move one of them in dev/.env: COPILOT_UI_PORT, TEMPORAL_UI_PORT
            "
        ),
    );
    // One of them alone can have it.
    repo.dev("up -d temporal-ui --dry-run").any_stderr().run();
}

#[test]
fn a_port_that_is_none() {
    let Some((_project, repo)) = stage(&["GRAFANA_PORT=3000-3001"]) else {
        return;
    };
    let before = repo.tree();
    repo.dev("up -d grafana")
        .stderr(
            "
            error: GRAFANA_PORT is \"3000-3001\", which is not a port
            hint: a whole number from 1 to 65535, in dev/.env
            ",
        )
        .status(2)
        .run();
    assert_eq!(repo.tree(), before);
}
