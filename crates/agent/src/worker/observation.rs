//! One look at a cluster: what was read, how it is judged, and what is written of it.

use crate::{
    explain::{Explanation, Facts, words},
    health::{EASE, Judged, Level, Memory, State, settles},
    signals::{BACKGROUND_PREFIX, Measured, Reading, Signal, Thresholds, signal},
    store::{Event, NewIssue},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

/// What the next look gets.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Look {
    /// Start of the look, whole seconds.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// What the look before handed on; nothing at the very first.
    pub memory: Option<Memory>,
}

/// One look at the cluster.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Observation {
    /// Start of the look.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// The state before it.
    pub previous: State,
    /// What it hands on.
    pub memory: Memory,
    /// What was read.
    pub reading: Reading,
    /// Each signal, as it was judged.
    pub signals: Vec<Measured>,
    /// What happened, as far as this look was the first to see it.
    #[serde(default)]
    pub events: Vec<Event>,
    /// Milliseconds that reading took.
    pub millis: i64,
    /// Milliseconds from this look to the next, by the settings of this worker.
    pub every_millis: u64,
    /// What is said of a change.
    pub explanation: Option<Explanation>,
    /// Open issues of logs, where the change was explained.
    pub logs: Vec<String>,
}

impl Observation {
    /// Judges a reading. Pure.
    #[must_use]
    pub fn judge(
        at: OffsetDateTime,
        memory: &Memory,
        reading: Reading,
        thresholds: &Thresholds,
    ) -> Self {
        let previous = memory.machine.state();
        let judged_as = memory.machine.judged_as();
        let (memory, events) = started(at, memory, &reading);
        let settles = reading.services.iter().any(|(service, it)| {
            let starts = memory.starts.get(service).map_or(0, |it| it.seen.len());
            settles(it.has_just_started(), starts)
        });
        let level = reading.level(thresholds, judged_as, settles);
        let is_open = |name: &str| memory.open().any(|(open, _)| open == name);
        let sights = reading.sights(thresholds, settles, &is_open);
        let memory = memory.step(at, level, &sights);
        let signals = reading.measured(thresholds, judged_as);
        Self {
            at,
            previous,
            memory,
            reading,
            signals,
            events,
            millis: 0,
            every_millis: 0,
            explanation: None,
            logs: Vec::new(),
        }
    }

    /// The state after it.
    #[must_use]
    pub fn state(&self) -> State {
        self.memory.machine.state()
    }

    /// Whether the state changed.
    #[must_use]
    pub fn changed(&self) -> bool {
        self.state() != self.previous
    }

    /// What an explanation of it is made of.
    #[must_use]
    pub fn facts(&self, cluster: &str, logs: Vec<String>) -> Facts {
        Facts {
            cluster: cluster.to_owned(),
            state: self.state(),
            previous: Some(self.previous),
            since: self.memory.since,
            at: self.at,
            signals: self.signals.clone(),
            just_started: self.reading.just_started(),
            logs,
            gap: self.reading.gap.clone(),
        }
    }

    /// Values of the snapshot: signals by name, and what services do by `service.what`.
    #[must_use]
    pub fn values(&self) -> Map<String, Value> {
        let mut values = Map::new();
        for measured in &self.signals {
            values.insert(measured.name.clone(), json!(measured.value));
        }
        for (service, it) in &self.reading.services {
            for (what, value) in [
                ("up", it.up),
                ("request_rate", it.request_rate),
                ("error_ratio", it.error_ratio),
                ("p99_seconds", it.p99_seconds),
                ("age_seconds", it.age_seconds),
            ] {
                values.insert(format!("{service}.{what}"), json!(value));
            }
        }
        values
    }

    /// The signals that are an issue, worded.
    #[must_use]
    pub fn issues(&self) -> Vec<NewIssue> {
        let issue = |(name, judged): (&str, Option<Judged>)| {
            if let Some(operation) = name.strip_prefix(BACKGROUND_PREFIX) {
                return Some(background(operation, judged));
            }
            let about = signal(name)?;
            let measured = self.signals.iter().find(|it| it.name == name)?;
            Some(of_signal(about, measured, judged))
        };
        self.memory.open().filter_map(issue).collect()
    }
}

/// The memory with the starts that a reading shows, and those as events.
fn started(at: OffsetDateTime, memory: &Memory, reading: &Reading) -> (Memory, Vec<Event>) {
    let mut memory = memory.clone();
    let mut events = Vec::new();
    for (service, it) in &reading.services {
        let before = memory.starts.remove(service).unwrap_or_default();
        let (after, new) = before.step(at, it.age_seconds);
        if new {
            events.push(Event::start(at, service, after.seen.len()));
        }
        memory.starts.insert(service.clone(), after);
    }
    (memory, events)
}

fn of_signal(about: &Signal, measured: &Measured, judged: Option<Judged>) -> NewIssue {
    let limits = measured.limits();
    let amount = |value| words::amount(Some(value), about.unit);
    let level = limits.level(judged.map(|it| it.value), State::Happy);
    let from = match judged {
        Some(it) if it.value < limits.stressed => {
            format!("Stressed ends below {}", amount(limits.stressed * EASE))
        }
        _ => format!(
            "Stressed from {}, Critical from {}",
            amount(limits.stressed),
            amount(limits.critical)
        ),
    };
    // The memory of an older worker has no value.
    let seen = judged.map(|it| format!("{}; ", words::judged(it, about.unit)));
    NewIssue {
        fingerprint: format!("signal:{}", about.name),
        service: about.service.to_owned(),
        kind: about.name.to_owned(),
        critical: level == Level::Critical,
        title: about.title.to_owned(),
        evidence: json!({
            "text": seen.unwrap_or_default() + &from,
            "signal": measured,
            "judged": judged,
        }),
        cause: Some(about.cause.to_owned()),
        action: about.action.to_owned(),
    }
}

/// An operation of the database that never works while the others do. It is no more than a warning.
fn background(operation: &str, judged: Option<Judged>) -> NewIssue {
    let seen = judged.map(|it| format!("{}; ", words::judged(it, "/s")));
    NewIssue {
        fingerprint: format!("{BACKGROUND_PREFIX}{operation}"),
        service: "cluster".to_owned(),
        kind: "background_failure".to_owned(),
        critical: false,
        title: format!("{operation} fails all the time"),
        evidence: json!({
            "text": seen.unwrap_or_default() + "the other calls to the database are judged without it",
            "judged": judged,
        }),
        cause: Some(
            "The server calls it in the background, and the database always refuses it.".to_owned(),
        ),
        action: format!(
            "Look in the logs for the error of {operation}, and switch off what needs it."
        ),
    }
}
