//! The configuration of what observes the stack, against the Compose file.

use crate::harness::alloy::Alloy;
use crate::harness::stack::{resolved, services, shipped_text};
use crate::harness::{find, skipped};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;

/// The values of `key` in text of the form `key: value` or `key = value`, without quotes.
fn values<'a>(text: &'a str, key: &str) -> Vec<&'a str> {
    text.lines()
        .filter_map(|line| {
            let line = line.trim().trim_start_matches("- ");
            let rest = line.strip_prefix(key)?.trim_start();
            let rest = rest.strip_prefix(':').or_else(|| rest.strip_prefix('='))?;
            Some(rest.trim().trim_matches('"'))
        })
        .collect()
}

/// Asserts that each `url` in a configuration is that of a service of the project.
#[track_caller]
fn urls_lead_to_services(text: &str, project: &Value) {
    for url in values(text, "url") {
        let host = url
            .strip_prefix("http://")
            .unwrap()
            .split(':')
            .next()
            .unwrap();
        assert!(project["services"].get(host).is_some(), "{url}");
    }
}

#[test]
fn alloy_scrapes_every_service_that_has_metrics() {
    let Some(project) = resolved(&["docker-compose.yml"], &[]) else {
        return;
    };
    let text = shipped_text("dev/config/alloy.alloy");
    let fixed = Alloy::new(&text, "copilot-dev").fixed();
    let fixed: BTreeSet<_> = fixed.iter().map(Value::to_string).collect();
    let mut labelled = BTreeSet::new();
    for (name, service) in services(&project) {
        let runs = |key: &str| service["environment"].get(key).is_some();
        // The API gives its metrics where it answers.
        let listen = service["environment"]["COPILOT_API_LISTEN"].as_str();
        let port = listen.map_or("9090", |address| address.rsplit(':').next().unwrap());
        let has_metrics = runs("TEMPORAL_SERVICES") || runs("COPILOT_DSQL_ENDPOINT");
        let label = service["labels"]["copilot.metrics.port"].as_str();
        assert_eq!(label, has_metrics.then_some(port), "{name}");
        if has_metrics {
            let cluster = if name.starts_with("copilot") {
                "copilot"
            } else {
                "monitored"
            };
            let target = json!({ "service": name, "cluster": cluster, "__port": port });
            labelled.insert(target.to_string());
        }
    }
    assert_eq!(fixed, labelled);
    urls_lead_to_services(&text, &project);
}

#[test]
fn grafana_gets_its_datasources_and_folders() {
    let text = shipped_text("dev/config/grafana-datasources.yaml");
    assert_eq!(
        values(&text, "uid"),
        ["prometheus", "cloudwatch", "loki", "copilot"]
    );
    assert_eq!(
        values(&text, "type"),
        [
            "prometheus",
            "cloudwatch",
            "loki",
            "yesoreyeram-infinity-datasource"
        ]
    );
    let Some(project) = resolved(&["docker-compose.yml"], &[]) else {
        return;
    };
    let grafana = &project["services"]["grafana"]["environment"];
    let plugin = grafana["GF_PLUGINS_PREINSTALL"].as_str().unwrap();
    let version = plugin
        .strip_prefix("yesoreyeram-infinity-datasource@")
        .unwrap();
    assert_eq!(version.split('.').count(), 3, "{plugin}");
    urls_lead_to_services(&text, &project);
    let text = shipped_text("dev/config/grafana-dashboards.yaml");
    assert_eq!(
        values(&text, "folder"),
        ["Temporal Server", "DSQL Persistence", "SRE Copilot"]
    );
    let paths: BTreeSet<_> = values(&text, "path").into_iter().collect();
    let expected =
        ["server", "dsql", "copilot"].map(|name| format!("/var/lib/grafana/dashboards/{name}"));
    assert_eq!(paths, expected.iter().map(String::as_str).collect());
}

#[test]
fn logs_are_kept_for_72_hours_and_then_deleted() {
    let text = shipped_text("dev/config/loki.yaml");
    assert_eq!(values(&text, "retention_period"), ["72h"]);
    assert_eq!(values(&text, "retention_enabled"), ["true"]);
    assert_eq!(values(&text, "delete_request_store"), ["filesystem"]);
    assert_eq!(values(&text, "schema"), ["v13"]);
    assert_eq!(values(&text, "store").first(), Some(&"tsdb"));
}

/// Runs the health check of Alloy on a server that answers so.
fn asks_alloy(script: &str, status: &'static str) -> bool {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut request = [0; 64];
        let length = socket.read(&mut request).unwrap();
        let answer = format!("HTTP/1.0 {status}\r\nContent-Length: 3\r\n\r\nok\n");
        socket.write_all(answer.as_bytes()).unwrap();
        String::from_utf8_lossy(&request[..length]).into_owned()
    });
    let script = script.replace("/12345 ", &format!("/{port} "));
    let ended = Command::new("bash").args(["-c", &script]).output().unwrap();
    assert!(
        server
            .join()
            .unwrap()
            .starts_with("GET /-/ready HTTP/1.0\r\n")
    );
    ended.status.success()
}

#[test]
fn alloy_can_be_asked_without_a_program_that_speaks_http() {
    if find("bash").is_none() {
        return skipped("bash");
    }
    let Some(project) = resolved(&["docker-compose.yml"], &[]) else {
        return;
    };
    let test = &project["services"]["alloy"]["healthcheck"]["test"];
    let script = test[3].as_str().unwrap();
    assert!(asks_alloy(script, "200 OK"));
    assert!(!asks_alloy(script, "503 Service Unavailable"));
}
