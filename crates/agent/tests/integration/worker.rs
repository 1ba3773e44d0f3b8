//! The worker with a real Temporal, Prometheus and PostgreSQL, and the API beside it.

use crate::support::{
    agent::Agent, cluster::Stack, cluster::temporal_says, eventually, server::Condition,
};
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use std::time::Duration;

const LONG_BACKLOG: Condition = Condition {
    backlog_age: 48.0,
    ..Condition::HEALTHY
};

const PERSISTENCE_ERRORS: Condition = Condition {
    persistence_errors: 0.5,
    conflicts_logged: 40,
    ..LONG_BACKLOG
};

fn state(api: &Agent) -> String {
    let status = api.get("/status");
    status.json()["state"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

fn becomes(api: &Agent, expected: &str) {
    eventually(expected, || (state(api) == expected).then_some(()));
}

fn changes(api: &Agent) -> Vec<String> {
    let timeline = api.get("/status/timeline").json();
    let entries = timeline["entries"].as_array().unwrap();
    let word = |entry: &Value| {
        let word = |name: &str| entry[name].as_str().unwrap().to_owned();
        format!("{} to {}", word("from"), word("to"))
    };
    entries.iter().rev().map(word).collect()
}

/// Memory of a process, where /proc tells; else 0.
fn resident_kib(agent: &Agent) -> u32 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", agent.id()));
    let status = status.unwrap_or_default();
    let resident = status.lines().find_map(|it| it.strip_prefix("VmRSS:"));
    resident.map_or(0, |it| it.trim().trim_end_matches(" kB").parse().unwrap())
}

#[test]
fn trouble_comes_and_goes_and_each_step_is_seen() {
    let Some(stack) = Stack::start() else { return };
    let worker = stack.agent("worker");
    let api = stack.agent("api");
    becomes(&api, "happy");
    assert_eq!(worker.metric("copilot_health_state"), Some(1.0));

    let before: i64 = stack
        .sql("SELECT count(*) FROM metrics_snapshots")
        .parse()
        .unwrap();
    stack.played.play(LONG_BACKLOG);
    becomes(&api, "stressed");
    // Observations of the backlog before the change: exactly the two that count.
    let raised: i64 = stack
        .sql("SELECT count(*) FROM metrics_snapshots WHERE (signals->>'backlog_age')::float8 > 30 \
              AND taken_at <= (SELECT max(assessed_at) FROM health_assessments WHERE state = 'stressed' AND changed)")
        .parse()
        .unwrap();
    assert_eq!(raised, 2, "after {before} looks");
    let summary = api.get("/status/summary").json();
    let what = summary["what"].as_str().unwrap().split(". ").next();
    let (value, limit) = what.unwrap().split_once(" at ").unwrap();
    assert_eq!(value, "Tasks wait longer than usual: 48 s");
    assert_eq!(&limit["00:00:00".len()..], " UTC, limit 30 s");
    assert_eq!(
        summary["cause"],
        "Every connection to the database is in use (pool_saturation is 95 %)."
    );
    assert_eq!(summary["source"], "template");

    stack.played.play(PERSISTENCE_ERRORS);
    becomes(&api, "critical");
    eventually("an issue of logs and one of metrics", || {
        let issues = api.get("/status/issues").json();
        let titles: Vec<_> = issues["issues"]
            .as_array()?
            .iter()
            .map(|it| it["title"].clone())
            .collect();
        (titles.contains(&json!("Transactions conflict"))
            && titles.contains(&json!("Calls to the database fail")))
        .then_some(())
    });

    stack.played.play(Condition::HEALTHY);
    becomes(&api, "happy");
    assert_eq!(
        changes(&api),
        [
            "unknown to happy",
            "happy to stressed",
            "stressed to critical",
            "critical to stressed",
            "stressed to happy"
        ]
    );
    assert_eq!(
        stack.sql("SELECT string_agg(state, ' ' ORDER BY assessed_at) FROM health_assessments WHERE changed"),
        "happy stressed critical stressed happy"
    );
    assert_eq!(
        worker.metric("copilot_state_changes_total{from=\"stressed\",to=\"critical\"}"),
        Some(1.0)
    );
    eventually("the issues of what is over are over", || {
        let open = stack.sql(
            "SELECT string_agg(kind, ' ' ORDER BY kind) FROM issues WHERE resolved_at IS NULL",
        );
        (open == "pool_saturation").then_some(())
    });
    assert!(resident_kib(&worker) < 100 * 1024);
    let (status, took) = worker.stop(Signal::SIGTERM);
    assert_eq!(status.code(), Some(0));
    assert!(took < Duration::from_secs(10), "{took:?}");
    let (status, took) = api.stop(Signal::SIGTERM);
    assert_eq!(status.code(), Some(0));
    assert!(took < Duration::from_secs(10), "{took:?}");
}

#[test]
fn a_start_is_an_event_and_one_operation_that_never_works_a_warning() {
    let Some(stack) = Stack::start() else { return };
    let started = Condition {
        minutes: 1,
        background_failures: 50.0,
        shards_lost: 6,
        ..LONG_BACKLOG
    };
    stack.played.play(started);
    let worker = stack.agent("worker");
    let api = stack.agent("api");
    becomes(&api, "happy");
    let issues = || {
        let issues = api.get("/status/issues").json();
        let titles = issues["issues"].as_array().unwrap().iter();
        let mut titles: Vec<_> = titles
            .map(|it| it["title"].as_str().unwrap().to_owned())
            .collect();
        titles.sort();
        titles
    };
    let failing = "ListNexusEndpoints fails all the time";
    eventually("the operation is named", || {
        (issues() == [failing]).then_some(())
    });
    // Whoever goes on from the store knows the starts.
    worker.stop(Signal::SIGKILL);
    stack.sql("DELETE FROM metrics_snapshots");
    let worker = stack.agent("worker");
    eventually("it observes again", || {
        let looks = stack.sql("SELECT count(*) FROM metrics_snapshots");
        (looks.parse::<u32>().unwrap() > 5).then_some(())
    });
    assert_eq!(changes(&api), ["unknown to happy"]);
    assert_eq!(issues(), [failing]);
    let events = api.get("/status/events").json();
    let events = events["events"].as_array().unwrap();
    let texts: Vec<_> = events
        .iter()
        .map(|it| it["text"].as_str().unwrap())
        .collect();
    assert_eq!(
        texts,
        ["frontend", "history", "matching", "worker"].map(|it| format!("{it} has started"))
    );
    stack.played.play(Condition {
        minutes: 4,
        ..started
    });
    becomes(&api, "stressed");
    eventually("lines after the start are an issue", || {
        let lost = "History loses shards".to_owned();
        issues().contains(&lost).then_some(())
    });
    // What the others do still counts.
    stack.played.play(Condition {
        persistence_errors: 1.0,
        ..started
    });
    becomes(&api, "critical");
    drop(worker);
}

#[test]
fn a_worker_that_was_killed_loses_nothing_and_doubles_nothing() {
    let Some(stack) = Stack::start() else { return };
    let worker = stack.agent("worker");
    let api = stack.agent("api");
    becomes(&api, "happy");
    stack.played.play(LONG_BACKLOG);
    becomes(&api, "stressed");
    worker.stop(Signal::SIGKILL);
    let since = api.get("/status").json()["since"].clone();
    let worker = stack.agent("worker");
    let looks = || -> i64 {
        stack
            .sql("SELECT count(*) FROM metrics_snapshots")
            .parse()
            .unwrap()
    };
    let before = looks();
    eventually("it observes again", || (looks() > before + 2).then_some(()));
    becomes(&api, "stressed");
    assert_eq!(api.get("/status").json()["since"], since);
    stack.played.play(Condition::HEALTHY);
    becomes(&api, "happy");
    assert_eq!(
        changes(&api),
        ["unknown to happy", "happy to stressed", "stressed to happy"]
    );
    assert_eq!(
        stack.sql(
            "SELECT count(*) - count(DISTINCT fingerprint) FROM issues WHERE kind = 'backlog_age'"
        ),
        "0"
    );
    // The three workflows run once each.
    let running = temporal_says(
        &stack.temporal,
        &[
            "workflow",
            "list",
            "--namespace",
            "copilot",
            "--query",
            "ExecutionStatus = 'Running'",
        ],
    );
    let mut names: Vec<_> = running
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["execution"]["workflowId"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "copilot-assess-monitored",
            "copilot-logs-monitored",
            "copilot-observe-monitored"
        ]
    );
    drop(worker);
}

#[test]
fn without_metrics_it_is_unknown_and_says_so() {
    let Some(mut stack) = Stack::start() else {
        return;
    };
    let worker = stack.agent("worker");
    let api = stack.agent("api");
    becomes(&api, "happy");
    stack.prometheus = None;
    eventually("the worker says unknown", || {
        let status = api.get("/status").json();
        let summary = "The state is unknown: the metrics cannot be read.";
        (status["state"] == "unknown" && status["summary"] == summary).then_some(())
    });
    assert_eq!(worker.metric("copilot_health_state"), Some(0.0));
    let away = "copilot_observation_failures_total{source=\"mimir\",workflow=\"observe\"}";
    assert!(worker.metric(away) > Some(0.0));
    let signals = api.get("/status/signals").json();
    assert!(
        signals["signals"]
            .as_array()
            .unwrap()
            .iter()
            .all(|it| it["value"].is_null() && it["state"] == "unknown")
    );
}

#[test]
fn changes_while_the_store_is_away_are_written_when_it_is_back() {
    let Some(stack) = Stack::start() else { return };
    let worker = stack.agent("worker");
    let api = stack.agent("api");
    becomes(&api, "happy");
    stack.postgres.stop();
    let away = std::time::Instant::now();
    let page = api.get("/status");
    assert_eq!(page.status, 503);
    assert!(
        page.json()["error"]
            .as_str()
            .unwrap()
            .starts_with("store: "),
        "{}",
        page.text
    );
    stack.played.play(LONG_BACKLOG);
    eventually("the worker sees it without the store", || {
        (worker.metric("copilot_health_state") == Some(2.0)).then_some(())
    });
    let failed = "copilot_observation_failures_total{source=\"store\",workflow=\"observe\"}";
    assert!(worker.metric(failed) > Some(0.0));
    // It is away for a minute in all, which is what a restart of a machine may take.
    std::thread::sleep(Duration::from_mins(1).saturating_sub(away.elapsed()));
    stack.postgres.start_again();
    becomes(&api, "stressed");
    assert_eq!(changes(&api), ["unknown to happy", "happy to stressed"]);
    let written: Vec<_> = stack
        .sql("SELECT count(*), count(DISTINCT taken_at) FROM metrics_snapshots")
        .split('|')
        .map(str::to_owned)
        .collect();
    assert_eq!(written[0], written[1]);
}

/// Bedrock at the stand-in, with this model.
fn model(stack: &Stack, id: &str) -> Vec<(&'static str, String)> {
    let at = format!("http://127.0.0.1:{}", stack.played.port);
    vec![
        ("COPILOT_MODEL_ID", id.to_owned()),
        ("KNOWLEDGE_BASE_ID", "KB12345678".to_owned()),
        ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", at.clone()),
        ("AWS_ENDPOINT_URL_BEDROCK_AGENT_RUNTIME", at),
        ("AWS_REGION", "eu-west-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", "a".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "b".to_owned()),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
    ]
}

#[test]
fn a_model_words_the_facts_and_sets_no_state() {
    let Some(stack) = Stack::start() else { return };
    let worker = stack.agent_with("worker", model(&stack, "a.model-v1"));
    let api = stack.agent("api");
    becomes(&api, "happy");
    stack.played.play(LONG_BACKLOG);
    becomes(&api, "stressed");
    let summary = eventually("it is worded", || {
        let summary = api.get("/status/summary").json();
        (summary["source"] == "model").then_some(summary)
    });
    assert_eq!(
        (&summary["what"], &summary["cause"], &summary["action"]),
        (
            &json!("Orders wait for workers."),
            &Value::Null,
            &json!("See runbook 7.")
        )
    );
    let asked = stack.played.asked();
    let question = asked
        .iter()
        .rfind(|it| it.starts_with("/model/a.model-v1/converse "))
        .unwrap();
    for fact in [
        "backlog_age",
        "stressed",
        "Runbook 7: restart the order workers.",
    ] {
        assert!(question.contains(fact), "{fact}: {question}");
    }
    assert_eq!(
        stack.sql("SELECT DISTINCT model_id FROM health_assessments WHERE explained_by = 'model'"),
        "a.model-v1"
    );
    drop(worker);
}

#[test]
fn a_model_that_fails_is_replaced_by_the_template() {
    let Some(stack) = Stack::start() else { return };
    let worker = stack.agent_with("worker", model(&stack, "broken"));
    let api = stack.agent("api");
    becomes(&api, "happy");
    assert_eq!(api.get("/status/summary").json()["source"], "template");
    assert!(worker.metric("copilot_explanation_fallbacks_total{reason=\"error\"}") > Some(0.0));
    assert_eq!(
        worker.metric("copilot_explanations_total{source=\"model\"}"),
        Some(0.0)
    );
}
