//! How readings are judged: issues with their values, and starts that excuse signals for a while, but
//! not forever.

use copilot_agent::{
    explain::template,
    health::{Judged, Level, Memory, RESTART_LIMIT, SignalLevel, State},
    signals::{Reading, ServiceReading, Thresholds},
    store::{Event, NewIssue},
    worker::Observation,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use time::{Duration, OffsetDateTime};

/// A cluster that is observed every 30 s.
struct Watch {
    at: OffsetDateTime,
    memory: Memory,
    events: Vec<Event>,
}

fn reading(values: &[(&str, f64)], ages: &[(&str, f64)]) -> Reading {
    let value = |(name, value): &(&str, f64)| ((*name).to_owned(), Some(*value));
    let service = |(name, age): &(&str, f64)| {
        let service = ServiceReading {
            age_seconds: Some(*age),
            ..ServiceReading::default()
        };
        ((*name).to_owned(), service)
    };
    Reading {
        values: values.iter().map(value).collect(),
        services: ages.iter().map(service).collect(),
        ..Reading::default()
    }
}

impl Watch {
    /// Begins at 16:00:00 with a cluster that is Happy.
    fn new() -> Self {
        let mut watch = Self {
            at: OffsetDateTime::from_unix_timestamp(1_795_795_200).unwrap(),
            memory: Memory::new(OffsetDateTime::UNIX_EPOCH),
            events: Vec::new(),
        };
        watch.observe(reading(&[], &[]));
        watch.observe(reading(&[], &[]));
        watch
    }

    fn observe(&mut self, reading: Reading) -> Observation {
        let seen = Observation::judge(self.at, &self.memory, reading, &Thresholds::default());
        self.memory = seen.memory.clone();
        self.events.extend(seen.events.clone());
        self.at += Duration::seconds(30);
        seen
    }

    fn observe_times(&mut self, times: usize, reading: &Reading) -> Observation {
        for _ in 1..times {
            self.observe(reading.clone());
        }
        self.observe(reading.clone())
    }
}

fn text(issue: &NewIssue) -> &str {
    issue.evidence["text"].as_str().unwrap()
}

#[test]
fn a_signal_is_an_issue_after_two_readings_and_over_after_two() {
    let start = OffsetDateTime::UNIX_EPOCH;
    let mut memory = Memory::new(start);
    let mut step = |reading, level| {
        let signal_level = SignalLevel {
            name: "backlog_age".to_owned(),
            level,
            value: Some(1.0),
        };
        memory = memory.step(start, reading, &[signal_level]);
        memory.open().count()
    };
    let course = [
        Level::Stressed,
        Level::Calm,
        Level::Stressed,
        Level::Critical,
        Level::Calm,
        Level::Stressed,
        Level::Calm,
        Level::Calm,
    ];
    let open = course.map(|level| step(Some(Level::Calm), level));
    assert_eq!(open, [0, 0, 0, 1, 1, 1, 1, 0]);
    step(Some(Level::Stressed), Level::Stressed);
    step(Some(Level::Stressed), Level::Stressed);
    assert_eq!(step(None, Level::Calm), 1);
}

#[test]
fn an_issue_shows_the_value_that_was_judged_and_when() {
    let mut watch = Watch::new();
    let backlog = |age| reading(&[("backlog_age", age)], &[]);
    watch.observe(backlog(40.0));
    let issues = watch.observe(backlog(48.0)).issues();
    let limits = "Stressed from 30 s, Critical from 120 s";
    assert_eq!(text(&issues[0]), format!("48 s at 16:01:30 UTC; {limits}"));
    // Calm once: still open, by what was seen before.
    let issues = watch.observe(backlog(0.0)).issues();
    assert_eq!(text(&issues[0]), format!("48 s at 16:01:30 UTC; {limits}"));
    // Below the limit, but not below the eased one.
    let issues = watch.observe(backlog(25.0)).issues();
    assert_eq!(
        text(&issues[0]),
        "25 s at 16:02:30 UTC; Stressed ends below 24 s"
    );
    assert!(!issues[0].critical);
    let issues = watch.observe(backlog(200.0)).issues();
    assert!(issues[0].critical, "{issues:?}");
    watch.observe(backlog(0.0));
    assert_eq!(watch.observe(backlog(0.0)).issues(), []);
}

#[test]
fn an_explanation_shows_the_limit_that_a_value_was_judged_by() {
    let mut watch = Watch::new();
    let slow = |seconds| reading(&[("request_latency", seconds)], &[]);
    watch.observe(slow(1.4));
    let seen = watch.observe(slow(1.4));
    let said = template(&seen.facts("c", Vec::new()));
    assert_eq!(
        said.summary,
        "Requests are slow: 1.4 s at 16:01:30 UTC, limit 1 s."
    );
    let seen = watch.observe(slow(0.83));
    let said = template(&seen.facts("c", Vec::new()));
    assert_eq!(
        said.summary,
        "Requests are slow: 0.83 s at 16:02:00 UTC, Stressed ends below 0.8 s."
    );
    // In Happy the same value is below the limit, and no trouble.
    let mut calm = Watch::new();
    let said = template(&calm.observe(slow(0.83)).facts("c", Vec::new()));
    assert!(!said.what.contains("slow"), "{}", said.what);
    // A value that is not over its limit is not called so when another changes the state.
    let both = reading(&[("request_latency", 0.83), ("backlog_age", 48.0)], &[]);
    let said = template(&calm.observe_times(2, &both).facts("c", Vec::new()));
    assert!(
        said.what.contains("48 s") && !said.what.contains("0.83"),
        "{}",
        said.what
    );
}

#[test]
fn a_start_is_one_event_and_no_trouble_while_it_settles() {
    let mut watch = Watch::new();
    let waiting = |age| reading(&[("backlog_age", 200.0)], &[("history", age)]);
    for age in [0.0, 0.0, 60.0, 60.0, 120.0, 120.0] {
        let seen = watch.observe(waiting(age));
        assert_eq!((seen.state(), seen.issues()), (State::Happy, vec![]));
        let said = template(&seen.facts("c", Vec::new()));
        assert!(
            said.what.ends_with("history has just started."),
            "{}",
            said.what
        );
    }
    assert_eq!(
        watch.events,
        [Event {
            at: OffsetDateTime::from_unix_timestamp(1_795_795_260).unwrap(),
            service: "history".to_owned(),
            kind: "start".to_owned(),
            text: "history has started".to_owned(),
        }]
    );
    let seen = watch.observe_times(3, &waiting(180.0));
    assert_eq!((seen.state(), seen.issues().len()), (State::Critical, 1));
}

#[test]
fn a_start_explains_neither_a_service_that_is_down_nor_a_database_that_fails() {
    for (signal, value) in [("services_down", 2.0), ("persistence_error_ratio", 0.5)] {
        let mut watch = Watch::new();
        let seen = watch.observe_times(3, &reading(&[(signal, value)], &[("history", 0.0)]));
        assert_eq!(
            (seen.state(), seen.issues().len()),
            (State::Critical, 1),
            "{signal}"
        );
    }
}

#[test]
fn a_start_makes_nothing_better_than_it_was() {
    let mut watch = Watch::new();
    let waiting = |age| reading(&[("backlog_age", 200.0)], &[("history", age)]);
    assert_eq!(
        watch.observe_times(3, &waiting(600.0)).state(),
        State::Critical
    );
    let seen = watch.observe_times(6, &waiting(0.0));
    assert_eq!((seen.state(), seen.issues().len()), (State::Critical, 1));
}

#[test]
fn a_service_that_starts_again_and_again_is_not_excused() {
    let waiting = |age| reading(&[("backlog_age", 200.0)], &[("history", age)]);
    // So fast that its age never grows, and so slowly that it does.
    for ages in [
        &[0.0][..],
        &[0.0, 0.0, 60.0, 60.0, 120.0, 120.0, 180.0, 180.0],
    ] {
        let mut watch = Watch::new();
        let states: Vec<_> = ages
            .iter()
            .cycle()
            .take(60)
            .map(|age| watch.observe(waiting(*age)).state())
            .collect();
        assert_eq!(states[58], State::Critical, "{ages:?}: {states:?}");
        assert!(watch.events.len() >= RESTART_LIMIT);
        let last = &watch.events[watch.events.len() - 1].text;
        assert!(
            last.ends_with("so it gets no more time to settle"),
            "{last}"
        );
    }
}

#[test]
fn an_old_process_that_is_seen_first_or_again_has_not_started() {
    let mut watch = Watch::new();
    watch.observe(reading(&[], &[("history", 3_600.0)]));
    watch.observe(reading(&[], &[]));
    watch.observe(reading(&[], &[("history", 3_720.0)]));
    assert_eq!(watch.events, []);
}

#[test]
fn an_operation_that_never_works_is_a_warning_that_names_it() {
    let mut watch = Watch::new();
    let failing = Reading {
        background: BTreeMap::from([("ListNexusEndpoints".to_owned(), 1.04)]),
        ..reading(&[], &[])
    };
    let seen = watch.observe_times(20, &failing);
    let issues = seen.issues();
    assert_eq!((seen.state(), issues.len()), (State::Happy, 1));
    assert_eq!(issues[0].title, "ListNexusEndpoints fails all the time");
    assert!(text(&issues[0]).starts_with("1.04 a second at 16:10:30 UTC; "));
    assert!(!issues[0].critical);
    assert_eq!(watch.observe_times(2, &reading(&[], &[])).issues(), []);
}

#[test]
fn what_an_older_worker_handed_on_is_read() {
    let memory = json!({
        "machine": { "state": "stressed", "known": "stressed", "seen": 3, "raised": 2, "critical": 0, "eased": 3, "calm": 0 },
        "since": "2026-11-27T16:00:00Z",
        "troubles": { "backlog_age": { "count": 2, "open": true } },
    });
    let memory: Memory = serde_json::from_value(memory).unwrap();
    assert_eq!(memory.open().collect::<Vec<_>>(), [("backlog_age", None)]);
    let seen = Observation::judge(
        memory.since,
        &memory,
        reading(&[], &[]),
        &Thresholds::default(),
    );
    assert_eq!(
        text(&seen.issues()[0]),
        "Stressed from 30 s, Critical from 120 s"
    );
    // Observations that wait for the store are passed on too.
    let mut older = serde_json::to_value(&seen).unwrap();
    let before = older.as_object_mut().unwrap();
    before.remove("events");
    for (name, field) in [("reading", "background"), ("memory", "starts")] {
        before[name].as_object_mut().unwrap().remove(field);
    }
    before["reading"]["services"] = json!({ "history": { "up": 1.0 } });
    serde_json::from_value::<Observation>(older).unwrap();
}

#[test]
fn a_memory_is_the_same_after_being_written_and_read() {
    let mut watch = Watch::new();
    watch.observe_times(
        2,
        &reading(
            &[("backlog_age", 48.0)],
            &[("history", 0.0), ("worker", 600.0)],
        ),
    );
    watch.observe_times(2, &reading(&[("workflow_failure_ratio", 0.5)], &[]));
    let text = serde_json::to_string(&watch.memory).unwrap();
    assert_eq!(serde_json::from_str::<Memory>(&text).unwrap(), watch.memory);
    let value: Value = serde_json::from_str(&text).unwrap();
    let judged = &value["troubles"]["workflow_failure_ratio"]["judged"];
    assert_eq!(
        *judged,
        json!({ "value": 0.5, "at": "2026-11-27T16:02:30Z" })
    );
    serde_json::from_value::<Judged>(judged.clone()).unwrap();
}
