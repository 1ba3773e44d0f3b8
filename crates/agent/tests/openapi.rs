//! The API against its own description, with requests that schemathesis makes up.
//! `scripts/test schemathesis` installs it and says where it is.

mod support;

use std::process::Command;
use support::{
    agent::Agent,
    postgres::{Certificate, Postgres},
    store,
};

#[test]
fn the_api_is_as_it_is_described() {
    let Some(schemathesis) = std::env::var_os("COPILOT_SCHEMATHESIS") else {
        eprintln!("not asked for: COPILOT_SCHEMATHESIS is not set");
        return;
    };
    let Some(postgres) = Postgres::start(Certificate::Localhost) else {
        return;
    };
    let url = store(&postgres, "copilot");
    postgres.psql_in(
        "copilot",
        "INSERT INTO metrics_snapshots (cluster, taken_at, state, signals, missing, query_millis) \
         VALUES ('monitored', now(), 'stressed', '{\"backlog_age\": 48}', '[]', 12); \
         INSERT INTO health_assessments (idempotency_key, cluster, assessed_at, state, previous_state, state_since, \
          changed, triggered_by, primary_signals, amplifiers, summary, explanation, confidence) \
         SELECT i::text, 'monitored', now() - i * interval '1 minute', 'stressed', 'happy', now(), true, \
          'observation', '[]', '[]', 'Tasks wait.', 'Tasks wait.', 0.7 FROM generate_series(1, 50) i; \
         INSERT INTO cluster_events (cluster, happened_at, service, kind, description) \
         SELECT 'monitored', now() - i * interval '1 minute', 'history', 'start', 'history has started' \
         FROM generate_series(1, 50) i",
    );
    let api = Agent::start("api", &[("COPILOT_STORE_URL", &url)]);
    let home = tempfile::tempdir().unwrap();
    let output = Command::new(schemathesis)
        .args([
            "run",
            "--checks",
            "all",
            "--max-examples",
            "50",
            "--seed",
            "1",
        ])
        .args(["--phases", "examples,coverage,fuzzing", "--no-color"])
        // Times in the wrong order, or too far apart, are well-formed and refused all the same.
        .args(["--exclude-checks", "positive_data_acceptance"])
        .arg(format!("http://127.0.0.1:{}/openapi.json", api.port))
        .current_dir(home.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("No issues found"), "{text}");
}
