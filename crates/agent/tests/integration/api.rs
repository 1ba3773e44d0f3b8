//! The API on a real store: its pages, its parameters, and its errors without the store.

use crate::support::{
    agent::{Agent, ask},
    postgres::{Certificate, Postgres},
    root, store,
};
use serde_json::{Value, json};

struct Stage {
    postgres: Postgres,
    api: Agent,
}

impl Stage {
    fn new() -> Option<Self> {
        let postgres = Postgres::start(Certificate::Localhost)?;
        let url = store(&postgres, "copilot");
        let api = Agent::start("api", &[("COPILOT_STORE_URL", &url)]);
        // A busy machine may take longer for the first connections than the API waits.
        crate::support::eventually("the store answers", || {
            (api.get("/status").status == 200).then_some(())
        });
        Some(Self { postgres, api })
    }

    /// A store with one change to Stressed, 48 s of backlog and one issue.
    fn stressed() -> Option<Self> {
        let stage = Self::new()?;
        stage.postgres.psql_in(
            "copilot",
            "INSERT INTO metrics_snapshots (cluster, taken_at, state, signals, missing, query_millis) VALUES \
             ('monitored', date_trunc('second', now()), 'stressed', \
              '{\"backlog_age\": 48, \"history.up\": 1, \"history.request_rate\": 84.2, \"history.error_ratio\": 0.004, \
                \"history.p99_seconds\": 1.61, \"worker.up\": 0}', '[]', 12); \
             INSERT INTO health_assessments (idempotency_key, cluster, assessed_at, state, previous_state, state_since, \
              changed, triggered_by, primary_signals, amplifiers, summary, explanation, likely_cause, recommendation, \
              confidence) VALUES \
             ('1', 'monitored', '2026-11-24T10:00:00Z', 'happy', 'unknown', '2026-11-24T10:00:00Z', true, \
              'observation', '[]', '[]', 'Work gets done.', 'Work gets done.', NULL, NULL, 0.7), \
             ('2', 'monitored', '2026-11-24T10:02:30Z', 'stressed', 'happy', '2026-11-24T10:02:30Z', true, \
              'observation', '[]', '[]', 'Tasks wait.', 'Tasks wait for 48 s.', 'Too few workers.', 'Start more.', 0.8); \
             INSERT INTO issues (fingerprint, cluster, service, kind, severity, title, description, source, evidence, \
              remediation, opened_at) VALUES \
             ('signal:backlog_age', 'monitored', 'matching', 'backlog_age', 'warning', 'Tasks wait', '', 'metrics', \
              '{\"text\": \"48 s\"}', 'Start more.', '2026-11-24T10:03:00Z'); \
             INSERT INTO cluster_events (cluster, happened_at, service, kind, description) VALUES \
             ('monitored', '2026-11-24T10:01:00Z', 'history', 'start', 'history has started'), \
             ('monitored', '2026-11-24T10:02:00Z', 'worker', 'start', 'worker has started'), \
             ('other', '2026-11-24T10:01:00Z', 'history', 'start', 'history has started')",
        );
        Some(stage)
    }
}

fn contract() -> Value {
    let text = std::fs::read_to_string(root().join("tests/data/copilot-api.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The names in a value with the kind of each; that of null is any.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(map) => map
            .iter()
            .map(|(name, it)| (name.clone(), shape(it)))
            .collect(),
        Value::Array(rows) => rows.first().map_or(json!([]), |row| json!([shape(row)])),
        Value::String(_) => json!("string"),
        Value::Number(_) => json!("number"),
        _ => json!("other"),
    }
}

#[test]
fn every_page_has_the_shape_that_the_dashboard_reads() {
    let Some(stage) = Stage::stressed() else {
        return;
    };
    let contract = contract();
    let pages = contract.as_object().unwrap();
    for (path, example) in pages {
        let query = if ["/status/timeline", "/status/events"].contains(&path.as_str()) {
            "?from=2026-11-24T00:00:00Z&to=2026-11-25T00:00:00Z"
        } else {
            ""
        };
        let page = stage.api.get(&format!("{path}{query}"));
        assert_eq!(page.status, 200, "{path}: {}", page.text);
        let mut expected = shape(example);
        if path == "/status/signals" {
            expected["signals"][0]["value"] = json!("other");
            expected["signals"][0]["value"] = shape(&page.json()["signals"][0]["value"]);
        }
        if path == "/status/services" {
            for field in ["request_rate", "error_ratio", "p99_seconds"] {
                expected["services"][0][field] = shape(&page.json()["services"][0][field]);
            }
        }
        assert_eq!(shape(&page.json()), expected, "{path}");
    }
    assert_eq!(pages.len(), 7);
}

#[test]
fn the_pages_say_what_the_store_says() {
    let Some(stage) = Stage::stressed() else {
        return;
    };
    let page = |path: &str| stage.api.get(path).json();
    let mut status = page("/status");
    assert!(status["observed_at"].as_str().unwrap().ends_with('Z'));
    status["observed_at"] = Value::Null;
    assert_eq!(
        status,
        json!({
            "state": "stressed", "since": "2026-11-24T10:02:30Z", "observed_at": null,
            "summary": "Tasks wait.", "confidence": 0.8,
        })
    );
    assert_eq!(
        page("/status/summary"),
        json!({
            "state": "stressed", "since": "2026-11-24T10:02:30Z", "what": "Tasks wait for 48 s.",
            "cause": "Too few workers.", "action": "Start more.", "source": "template", "confidence": 0.8,
        })
    );
    assert_eq!(
        page("/status/services"),
        json!({ "services": [
            { "name": "frontend", "state": "unknown", "request_rate": null, "error_ratio": null,
              "p99_seconds": null, "reason": "no data" },
            { "name": "history", "state": "stressed", "request_rate": 84.2, "error_ratio": 0.004,
              "p99_seconds": 1.61, "reason": "p99 above 1 s" },
            { "name": "matching", "state": "unknown", "request_rate": null, "error_ratio": null,
              "p99_seconds": null, "reason": "no data" },
            { "name": "worker", "state": "critical", "request_rate": null, "error_ratio": null,
              "p99_seconds": null, "reason": "does not answer" },
        ]})
    );
    assert_eq!(
        page("/status/issues"),
        json!({ "issues": [{
            "severity": "warning", "service": "matching", "title": "Tasks wait", "evidence": "48 s",
            "action": "Start more.", "since": "2026-11-24T10:03:00Z",
        }]})
    );
    let signals = page("/status/signals");
    assert_eq!(
        signals["signals"][1],
        json!({
            "name": "backlog_age", "kind": "primary", "value": 48.0, "unit": "s", "stressed": 30.0,
            "critical": 120.0, "state": "stressed",
        })
    );
    let entry = json!({
        "at": "2026-11-24T10:02:30Z", "from": "happy", "to": "stressed", "summary": "Tasks wait.", "confidence": 0.8,
    });
    let day = "from=2026-11-24T00:00:00Z&to=2026-11-25T00:00:00Z";
    assert_eq!(
        page(&format!("/status/timeline?{day}&limit=1")),
        json!({ "entries": [entry] })
    );
    let both = page(&format!("/status/timeline?{day}"));
    assert_eq!(both["entries"].as_array().unwrap().len(), 2);
    let started = json!({
        "at": "2026-11-24T10:01:00Z", "service": "history", "kind": "start", "text": "history has started",
    });
    let until = "from=2026-11-24T10:01:00Z&to=2026-11-24T10:01:59Z";
    assert_eq!(
        page(&format!("/status/events?{until}")),
        json!({ "events": [started] })
    );
    let newest = page(&format!("/status/events?{day}&limit=1"));
    assert_eq!(newest["events"][0]["service"], "worker");
    assert_eq!(newest["events"].as_array().unwrap().len(), 1);
    let between = "from=2026-11-24T10:00:01Z&to=2026-11-24T10:02:29Z";
    assert_eq!(
        page(&format!("/status/timeline?{between}")),
        json!({ "entries": [] })
    );
}

#[test]
fn without_observations_the_state_is_unknown() {
    let Some(stage) = Stage::stressed() else {
        return;
    };
    stage.postgres.psql_in(
        "copilot",
        "UPDATE metrics_snapshots SET taken_at = '2026-11-24T10:07:00Z'",
    );
    let page = |path: &str| stage.api.get(path).json();
    let silent = "The worker has not observed the cluster since 2026-11-24T10:07:00Z.";
    assert_eq!(
        page("/status"),
        json!({
            "state": "unknown", "since": "2026-11-24T10:07:00Z", "observed_at": "2026-11-24T10:07:00Z",
            "summary": silent, "confidence": 0.0,
        })
    );
    assert_eq!(page("/status/summary")["what"], silent);
    assert_eq!(page("/status/signals")["signals"][1]["value"], Value::Null);
    assert_eq!(page("/status/services")["services"][1]["state"], "unknown");

    let Some(empty) = Stage::new() else { return };
    let nothing = json!({
        "state": "unknown", "since": null, "observed_at": null,
        "summary": "The worker has not observed the cluster yet.", "confidence": 0.0,
    });
    assert_eq!(empty.api.get("/status").json(), nothing);
    assert_eq!(
        empty.api.get("/status/issues").json(),
        json!({ "issues": [] })
    );
}

#[test]
fn invalid_requests_are_explained() {
    let Some(stage) = Stage::new() else { return };
    for (path, status, message) in [
        (
            "/status?verbose=1",
            400,
            "unknown parameter \"verbose\": this path has none",
        ),
        (
            "/status/timeline?limit=0",
            400,
            "limit must be 1 to 1000, not \"0\"",
        ),
        (
            "/status/issues?limit=1001",
            400,
            "limit must be 1 to 1000, not \"1001\"",
        ),
        (
            "/status/events?limit=0",
            400,
            "limit must be 1 to 1000, not \"0\"",
        ),
        (
            "/status/timeline?from=now",
            400,
            "from must be a time such as 2026-11-24T10:00:00Z, in the years 1970 to 2999, not \"now\"",
        ),
        (
            "/nothing",
            404,
            "unknown path /nothing; /openapi.json describes the API",
        ),
    ] {
        let page = stage.api.get(path);
        assert_eq!(
            (page.status, page.json()),
            (status, json!({ "error": message })),
            "{path}"
        );
    }
    let url = format!("http://127.0.0.1:{}/status", stage.api.port);
    let page = ask("DELETE", &url).unwrap();
    assert_eq!(
        (page.status, &page.headers["allow"]),
        (405, &"GET, HEAD".parse().unwrap())
    );
    assert_eq!(
        page.json(),
        json!({ "error": "only GET and HEAD are allowed" })
    );
    let page = ask("OPTIONS", &url).unwrap();
    assert_eq!(page.status, 204);
    assert_eq!(page.headers["access-control-allow-methods"], "GET, HEAD");
    for page in [page, stage.api.get("/status"), stage.api.get("/nothing")] {
        assert_eq!(page.headers["access-control-allow-origin"], "*");
    }
}

#[test]
fn an_unavailable_store_is_reported_and_recovers() {
    let Some(stage) = Stage::stressed() else {
        return;
    };
    assert_eq!(stage.api.get("/ready").json(), json!({ "status": "ready" }));
    stage.postgres.stop();
    for path in [
        "/ready",
        "/status",
        "/status/summary",
        "/status/services",
        "/status/issues",
        "/status/signals",
        "/status/timeline",
        "/status/events",
    ] {
        let page = stage.api.get(path);
        assert_eq!(page.status, 503, "{path}");
        assert_eq!(page.headers["retry-after"], "5");
        assert!(
            page.json()["error"]
                .as_str()
                .unwrap()
                .starts_with("store: "),
            "{}",
            page.text
        );
    }
    assert_eq!(stage.api.get("/health").json(), json!({ "status": "ok" }));
    assert!(
        stage
            .api
            .metric("copilot_store_errors_total{operation=\"read\"}")
            >= Some(8.0)
    );
    stage.postgres.start_again();
    crate::support::eventually("it is back", || {
        (stage.api.get("/status").json()["state"] == "stressed").then_some(())
    });
}

#[test]
fn a_hanging_store_does_not_hang_the_api() {
    // It accepts and never answers.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!(
        "postgresql://a:b@127.0.0.1:{}/c?sslmode=disable",
        listener.local_addr().unwrap().port()
    );
    let api = Agent::start("api", &[("COPILOT_STORE_URL", &url)]);
    let page = api.get("/status");
    assert_eq!(page.status, 503);
    let page = api.get("/health");
    assert_eq!(page.status, 200);
    drop(listener);
}

#[test]
fn metrics_are_those_that_the_dashboards_show() {
    let Some(stage) = Stage::new() else { return };
    stage.api.get("/status/timeline?limit=5");
    stage.api.get("/made/up?secret=1");
    let text = stage.api.get("/metrics").text;
    let table = std::fs::read_to_string(root().join("tests/data/copilot-metrics.txt")).unwrap();
    let mut compared = 0;
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<_> = line.split(" | ").collect();
        let of_api = columns[3].contains("API)");
        let kind = format!("# TYPE {} {}", columns[0], columns[1]);
        assert_eq!(text.contains(&kind), of_api, "{kind}");
        compared += 1;
    }
    assert_eq!(compared, 13);
    let counted = |path: &str, status: u16| {
        let labels = format!("{{method=\"GET\",path=\"{path}\",status=\"{status}\"}}");
        stage
            .api
            .metric(&format!("copilot_http_requests_total{labels}"))
    };
    assert_eq!(counted("/status/timeline", 200), Some(1.0));
    assert_eq!(counted("other", 404), Some(1.0));
    assert!(!text.contains("secret") && !text.contains("made"), "{text}");
}

#[test]
fn the_description_is_served_and_lists_every_route() {
    let Some(stage) = Stage::new() else { return };
    let served = stage.api.get("/openapi.json");
    let file = std::fs::read_to_string(root().join("docs/openapi.json")).unwrap();
    assert_eq!(served.text, file);
    let paths = served.json()["paths"].clone();
    for path in paths.as_object().unwrap().keys() {
        assert_eq!(stage.api.get(path).status, 200, "{path}");
    }
    assert_eq!(paths.as_object().unwrap().len(), 11);
}
