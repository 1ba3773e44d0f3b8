//! The agent's judgement over the recorded metrics of a real cluster, a look every 30 s.
//!
//! It needs a Prometheus over that recording, and says so where there is none:
//! `COPILOT_RECORDED=http://127.0.0.1:9090 cargo test -p copilot-agent --test replay -- --nocapture`.
//! Every look is printed.

use copilot_agent::{
    health::{Memory, State},
    signals::{BACKGROUND_PREFIX, Thresholds},
    sources::Prometheus,
    worker::Observation,
};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::runtime::Runtime;

fn at(time: &str) -> OffsetDateTime {
    OffsetDateTime::parse(&format!("2026-11-27T{time}Z"), &Rfc3339).unwrap()
}

/// The looks of somebody who knows nothing before the first; nothing without a recording.
fn looks(from: &str, to: &str) -> Option<Vec<Observation>> {
    let Ok(url) = std::env::var("COPILOT_RECORDED") else {
        eprintln!("not asked for: COPILOT_RECORDED is not set");
        return None;
    };
    let prometheus = Prometheus::new(url);
    let thresholds = Thresholds::default();
    let runtime = Runtime::new().unwrap();
    let (mut now, to) = (at(from), at(to));
    let mut memory = Memory::new(now);
    let mut looks = Vec::new();
    while now <= to {
        #[allow(clippy::cast_precision_loss, reason = "whole seconds since 1970")]
        let seconds = now.unix_timestamp() as f64;
        let read = prometheus.read(&thresholds, "monitored", seconds);
        let reading = runtime.block_on(read).unwrap();
        let seen = Observation::judge(now, &memory, reading, &thresholds);
        println!("{} {}", now.time(), seen.state().name());
        for event in &seen.events {
            println!("    {}", event.text);
        }
        for issue in seen.issues() {
            println!("    {}: {}", issue.title, issue.evidence["text"]);
        }
        memory = seen.memory.clone();
        looks.push(seen);
        now += Duration::seconds(30);
    }
    Some(looks)
}

/// Whether the state is at least this bad at some look until then.
fn is_by(looks: &[Observation], state: State, until: &str) -> bool {
    let mut until = looks.iter().filter(|it| it.at <= at(until));
    until.any(|it| it.state() >= state)
}

fn worst(looks: &[Observation]) -> State {
    looks.iter().map(Observation::state).max().unwrap()
}

#[test]
fn an_operation_that_never_works_is_a_warning_on_an_idle_cluster() {
    let Some(looks) = looks("15:53:30", "15:57:00") else {
        return;
    };
    assert_eq!(worst(&looks), State::Happy);
    let expected = format!("{BACKGROUND_PREFIX}ListNexusEndpoints");
    let issues: Vec<_> = looks.iter().flat_map(Observation::issues).collect();
    assert!(!issues.is_empty());
    for issue in issues {
        assert_eq!((&issue.fingerprint, issue.critical), (&expected, false));
    }
}

#[test]
fn a_start_with_work_waiting_is_an_event() {
    let Some(looks) = looks("16:31:30", "16:35:00") else {
        return;
    };
    assert_eq!(worst(&looks), State::Happy);
    assert_eq!(looks.iter().flat_map(Observation::issues).count(), 0);
    let early = looks.iter().filter(|it| it.at <= at("16:32:00"));
    let mut started: Vec<_> = early
        .flat_map(|it| &it.events)
        .map(|it| &it.service)
        .collect();
    started.sort();
    assert_eq!(started, ["frontend", "history", "matching", "worker"]);
}

#[test]
fn a_database_that_is_away_is_found() {
    let Some(looks) = looks("16:11:00", "16:14:30") else {
        return;
    };
    assert!(is_by(&looks, State::Critical, "16:14:30"));
}

#[test]
fn a_slow_database_is_found() {
    let Some(looks) = looks("17:17:00", "17:20:30") else {
        return;
    };
    assert!(is_by(&looks, State::Critical, "17:18:54"));
}

#[test]
fn matching_that_is_stopped_is_found() {
    let Some(looks) = looks("16:47:00", "16:52:00") else {
        return;
    };
    assert!(!is_by(&looks, State::Stressed, "16:48:25"));
    assert!(is_by(&looks, State::Stressed, "16:49:30"));
    assert_eq!(looks[looks.len() - 1].state(), State::Stressed);
}

#[test]
fn workers_that_are_gone_are_found() {
    let Some(looks) = looks("17:02:30", "17:07:00") else {
        return;
    };
    assert!(is_by(&looks, State::Stressed, "17:04:54"));
    assert!(is_by(&looks, State::Critical, "17:06:00"));
}

#[test]
fn clients_that_stop_are_no_trouble() {
    let Some(looks) = looks("17:35:00", "17:38:30") else {
        return;
    };
    assert_eq!(worst(&looks), State::Happy);
    assert_eq!(looks.iter().flat_map(Observation::issues).count(), 0);
}
