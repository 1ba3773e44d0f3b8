//! What Alloy's rules make of the containers of a real engine, found and relabelled by Prometheus, whose
//! code Alloy uses for both.

use crate::boards::server::Server;
use crate::harness::alloy::Alloy;
use crate::harness::stack::shipped_text;
use crate::harness::{Docker, docker, eventually, find, skipped};
use serde_json::Value;

/// Three replicas in two networks with several ports, a service that was stopped, and one that has
/// ended.
const SERVICES: &str = r#"
    services:
      temporal-history:
        image: IMAGE
        init: true
        command: [sleep, infinity]
        scale: 3
        labels: { copilot.metrics.port: "9090" }
        expose: ["7233", "7234", "9090"]
        networks: [stack, other]
      temporal-matching:
        image: IMAGE
        init: true
        command: [sleep, infinity]
        labels: { copilot.metrics.port: "9090" }
        ports: ["127.0.0.1::7235"]
        networks: [stack]
      elasticsearch-setup:
        image: IMAGE
        command: [echo, done]
        networks: [stack]
    networks:
      stack: {}
      other: {}
    "#;

/// These labels of each target, sorted.
fn seen(server: &Server, job: &str, labels: &[&str]) -> Vec<String> {
    let text = |target: &Value, label: &&str| target[*label].as_str().unwrap_or("-").to_owned();
    let mut found: Vec<_> = server
        .targets(job)
        .iter()
        .map(|target| {
            let values: Vec<_> = labels.iter().map(|label| text(target, label)).collect();
            values.join(" ")
        })
        .collect();
    found.sort();
    found
}

#[test]
fn every_replica_is_found_once_and_what_has_ended_stays() {
    let Some(prometheus) = find("prometheus") else {
        return skipped("Prometheus with promtool (prometheus)");
    };
    let Some(project) = Docker::new() else {
        return;
    };
    let repo = project.repo(SERVICES);
    let compose = |words: &[&str]| {
        let file = repo.path().join("dev/docker-compose.yml");
        let file = file.to_string_lossy();
        docker(&[&["compose", "--file", &file], words].concat())
    };
    compose(&["up", "--detach", "--quiet-pull"]);
    compose(&["stop", "--timeout", "0", "temporal-matching"]);
    compose(&["run", "--detach", "temporal-history", "sleep", "infinity"]);
    compose(&["wait", "elasticsearch-setup"]);

    let name = project.project();
    let alloy = Alloy::new(&shipped_text("dev/config/alloy.alloy"), name);
    let mut server = Server::with_config(&prometheus, &alloy.prometheus());
    eventually("Prometheus", || server.is_ready());

    let named = |lines: &[&str]| -> Vec<_> {
        let lines = lines.iter().map(|line| line.replace('@', name));
        lines.collect()
    };
    // The one of `compose run` has a log, and is no replica.
    let logs = ["service", "cluster"];
    eventually("the containers", || {
        seen(&server, "logs", &logs)
            == [
                "elasticsearch-setup monitored",
                "temporal-history monitored",
                "temporal-history monitored",
                "temporal-history monitored",
                "temporal-history monitored",
                "temporal-matching monitored",
            ]
    });
    let metrics = ["instance", "job", "cluster"];
    let with = |history: &[&str]| {
        let before = [
            "@-copilot-api-1 copilot-api copilot",
            "@-copilot-temporal-1 copilot-temporal copilot",
            "@-copilot-worker-1 copilot-worker copilot",
            "@-temporal-frontend-1 temporal-frontend monitored",
        ];
        let after = [
            "@-temporal-matching-1 temporal-matching monitored",
            "@-temporal-worker-1 temporal-worker monitored",
        ];
        named(&[&before, history, &after].concat())
    };
    let three = with(&[
        "@-temporal-history-1 temporal-history monitored",
        "@-temporal-history-2 temporal-history monitored",
        "@-temporal-history-3 temporal-history monitored",
    ]);
    assert_eq!(seen(&server, "metrics", &metrics), three);

    compose(&[
        "up",
        "--detach",
        "--scale",
        "temporal-history=0",
        "temporal-history",
    ]);
    let none = with(&["@-temporal-history-1 temporal-history monitored"]);
    eventually("no replica", || seen(&server, "metrics", &metrics) == none);
}
