//! `compose_wait`: what counts as there, and what is said of what is not.

mod board;
mod services;

use crate::harness::{Docker, Repo};

/// `slow` is healthy once the test has made the file.
const SLOW_SERVICE: &str = r#"
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
    repo.dev("up").any_output().run();
}
