//! Which failing calls count as errors of the database: promtool evaluates the queries on synthetic
//! series.

use copilot_agent::signals::{BACKGROUND_FAILURES_QUERY, Thresholds, signal};
use std::{fmt::Write, process::Command};

/// Calls of one operation: its namespace, and calls and failures at each scrape of 15 s, or only at one.
struct Operation {
    name: &'static str,
    namespace: &'static str,
    calls: u32,
    failures: u32,
    only_at: Option<u32>,
}

const fn calls(
    name: &'static str,
    namespace: &'static str,
    calls: u32,
    failures: u32,
) -> Operation {
    Operation {
        name,
        namespace,
        calls,
        failures,
        only_at: None,
    }
}

/// 70 minutes of scrapes.
const SCRAPE_COUNT: u32 = 280;

fn series(all: &[Operation]) -> String {
    let mut text = String::new();
    for it in all {
        for (metric, step) in [
            ("persistence_requests_total", it.calls),
            ("persistence_errors_total", it.failures),
        ] {
            let (operation, namespace) = (it.name, it.namespace);
            let labels =
                format!("cluster=\"c\",operation=\"{operation}\",namespace=\"{namespace}\"");
            let values = it.only_at.map_or_else(
                || format!("0+{step}x{SCRAPE_COUNT}"),
                |at| format!("0x{at} {step}x{}", SCRAPE_COUNT - at),
            );
            writeln!(
                text,
                "      - series: '{metric}{{{labels}}}'\n        values: '{values}'"
            )
            .unwrap();
        }
    }
    text
}

/// Fails unless the ratio of errors after an hour is `ratio` and these operations are called background ones.
#[track_caller]
fn judged(all: &[Operation], ratio: &str, background: &[&str]) {
    let Some(promtool) = crate::support::program("promtool") else {
        crate::support::postgres::skipped::skipped("Prometheus (promtool)");
        return;
    };
    let thresholds = Thresholds::default();
    let query = |query: &str| thresholds.query(query, "c").replace('\'', "''");
    let mut text = format!(
        "evaluation_interval: 15s\ntests:\n  - interval: 15s\n    input_series:\n{}    promql_expr_test:\n",
        series(all)
    );
    let ratio = if ratio.is_empty() {
        "[]".to_owned()
    } else {
        format!("[{{ labels: '{{}}', value: {ratio} }}]")
    };
    let signal = query(signal("persistence_error_ratio").unwrap().query);
    writeln!(
        text,
        "      - expr: 'round({signal}, 0.001)'\n        eval_time: 65m\n        exp_samples: {ratio}"
    )
    .unwrap();
    let names = query(&format!(
        "sum by (operation) (0 * ({BACKGROUND_FAILURES_QUERY}))"
    ));
    let samples: Vec<_> = background
        .iter()
        .map(|it| format!("{{ labels: '{{operation=\"{it}\"}}', value: 0 }}"))
        .collect();
    writeln!(
        text,
        "      - expr: '{names}'\n        eval_time: 65m\n        exp_samples: [{}]",
        samples.join(", ")
    )
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("errors.yml");
    std::fs::write(&file, text).unwrap();
    let output = Command::new(promtool)
        .args(["test", "rules"])
        .arg(&file)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{error}");
}

const CLIENT_CALLS: Operation = calls("UpdateWorkflowExecution", "default", 60, 0);
const SHARD_UPDATES: Operation = calls("UpdateShard", "system", 15, 0);
const FAILING_SHARD_UPDATES: Operation = calls("UpdateShard", "system", 15, 15);

#[test]
fn operations_of_the_server_that_always_fail_are_left_out_and_named() {
    let nexus = calls("ListNexusEndpoints", "system", 15, 15);
    judged(
        &[CLIENT_CALLS, SHARD_UPDATES, nexus],
        "0",
        &["ListNexusEndpoints"],
    );
    let one = calls("ListNexusEndpoints", "system", 15, 15);
    let other = calls("GetClusterMembers", "system", 1, 1);
    judged(
        &[CLIENT_CALLS, SHARD_UPDATES, one, other],
        "0",
        &["GetClusterMembers", "ListNexusEndpoints"],
    );
}

#[test]
fn an_operation_that_fails_now_and_then_counts() {
    judged(
        &[CLIENT_CALLS, calls("UpdateShard", "system", 15, 3)],
        "0.04",
        &[],
    );
}

#[test]
fn a_call_of_a_client_that_always_fails_counts() {
    let create = calls("CreateWorkflowExecution", "default", 15, 15);
    judged(&[CLIENT_CALLS, SHARD_UPDATES, create], "0.167", &[]);
}

#[test]
fn a_rare_failure_changes_nothing_for_the_others() {
    let nexus = calls("ListNexusEndpoints", "system", 15, 15);
    let rare = Operation {
        only_at: Some(200),
        ..calls("DeleteNamespace", "system", 1, 1)
    };
    judged(
        &[CLIENT_CALLS, SHARD_UPDATES, nexus, rare],
        "0",
        &["ListNexusEndpoints"],
    );
}

#[test]
fn a_database_that_was_never_reached_fails_all_and_all_counts() {
    let members = calls("GetClusterMembers", "system", 15, 15);
    judged(&[FAILING_SHARD_UPDATES, members], "1", &[]);
    // Operations that are no longer called do not show that the database works.
    let members = calls("GetClusterMembers", "system", 15, 15);
    let [a, b, c] = ["a", "b", "c"].map(|name| calls(name, "default", 0, 0));
    judged(&[FAILING_SHARD_UPDATES, members, a, b, c], "1", &[]);
}
