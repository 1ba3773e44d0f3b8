//! The agent's judgement over the recorded metrics of a real cluster, with an observation every 30 s.
//!
//! The recording is not part of the repository, so these tests are ignored. With a Prometheus that
//! serves it:
//! `COPILOT_RECORDED=http://127.0.0.1:9090 cargo test -p copilot-agent --test agent -- --ignored --nocapture replay::`.
//! Every observation is printed.

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

/// Observes the recorded cluster, starting with an empty memory.
fn observe(from: &str, to: &str) -> Vec<Observation> {
    let url = std::env::var("COPILOT_RECORDED").expect("COPILOT_RECORDED is set");
    let prometheus = Prometheus::new(url);
    let thresholds = Thresholds::default();
    let runtime = Runtime::new().unwrap();
    let (mut now, to) = (at(from), at(to));
    let mut memory = Memory::new(now);
    let mut observations = Vec::new();
    while now <= to {
        #[expect(clippy::cast_precision_loss, reason = "whole seconds since 1970")]
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
        observations.push(seen);
        now += Duration::seconds(30);
    }
    observations
}

/// Whether the state is at least this bad in any observation until then.
fn is_by(observations: &[Observation], state: State, until: &str) -> bool {
    let mut until = observations.iter().filter(|it| it.at <= at(until));
    until.any(|it| it.state() >= state)
}

fn worst(observations: &[Observation]) -> State {
    observations.iter().map(Observation::state).max().unwrap()
}

#[test]
#[ignore = "needs the recording: COPILOT_RECORDED"]
fn an_operation_that_never_works_is_a_warning_on_an_idle_cluster() {
    let observations = observe("15:53:30", "15:57:00");
    assert_eq!(worst(&observations), State::Happy);
    let expected = format!("{BACKGROUND_PREFIX}ListNexusEndpoints");
    let issues: Vec<_> = observations.iter().flat_map(Observation::issues).collect();
    assert!(!issues.is_empty());
    for issue in issues {
        assert_eq!((&issue.fingerprint, issue.critical), (&expected, false));
    }
}

#[test]
#[ignore = "needs the recording: COPILOT_RECORDED"]
fn a_start_with_work_waiting_is_an_event() {
    let observations = observe("16:31:30", "16:35:00");
    assert_eq!(worst(&observations), State::Happy);
    assert_eq!(observations.iter().flat_map(Observation::issues).count(), 0);
    let early = observations.iter().filter(|it| it.at <= at("16:32:00"));
    let mut started: Vec<_> = early
        .flat_map(|it| &it.events)
        .map(|it| &it.service)
        .collect();
    started.sort();
    assert_eq!(started, ["frontend", "history", "matching", "worker"]);
}

#[test]
#[ignore = "needs the recording: COPILOT_RECORDED"]
fn a_database_that_is_away_is_found() {
    let observations = observe("16:11:00", "16:14:30");
    assert!(is_by(&observations, State::Critical, "16:14:30"));
}

#[test]
#[ignore = "needs the recording: COPILOT_RECORDED"]
fn a_slow_database_is_found() {
    let observations = observe("17:17:00", "17:20:30");
    assert!(is_by(&observations, State::Critical, "17:18:54"));
}

#[test]
#[ignore = "needs the recording: COPILOT_RECORDED"]
fn matching_that_is_stopped_is_found() {
    let observations = observe("16:47:00", "16:52:00");
    assert!(!is_by(&observations, State::Stressed, "16:48:25"));
    assert!(is_by(&observations, State::Stressed, "16:49:30"));
    assert_eq!(
        observations[observations.len() - 1].state(),
        State::Stressed
    );
}

#[test]
#[ignore = "needs the recording: COPILOT_RECORDED"]
fn workers_that_are_gone_are_found() {
    let observations = observe("17:02:30", "17:07:00");
    assert!(is_by(&observations, State::Stressed, "17:04:54"));
    assert!(is_by(&observations, State::Critical, "17:06:00"));
}

#[test]
#[ignore = "needs the recording: COPILOT_RECORDED"]
fn clients_that_stop_are_no_trouble() {
    let observations = observe("17:35:00", "17:38:30");
    assert_eq!(worst(&observations), State::Happy);
    assert_eq!(observations.iter().flat_map(Observation::issues).count(), 0);
}
