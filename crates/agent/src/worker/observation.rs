//! An observation of the cluster: the reading, its judgement, and the resulting rows.

use crate::{
    explain::{Explanation, Facts, format},
    health::{EASING_FACTOR, Judged, Level, Memory, State, is_settling},
    signals::{BACKGROUND_PREFIX, Measured, Reading, Signal, Thresholds, signal},
    store::{Event, NewIssue},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

/// The input of an iteration.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Tick {
    /// Start of the iteration, in whole seconds.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// The memory after the previous observation; `None` at the very first.
    pub memory: Option<Memory>,
}

/// One observation of the cluster.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Observation {
    /// Start of the observation.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// The state before.
    pub previous: State,
    /// Passed on to the next observation.
    pub memory: Memory,
    /// The values of the signals.
    pub reading: Reading,
    /// Every signal, compared with its limits.
    pub signals: Vec<Measured>,
    /// Events that this observation is the first to show.
    #[serde(default)]
    pub events: Vec<Event>,
    /// Duration of the queries, in milliseconds.
    pub millis: i64,
    /// Milliseconds from this observation to the next, by the settings of this worker.
    pub every_millis: u64,
    /// The explanation, if the state changed.
    pub explanation: Option<Explanation>,
    /// Open issues from logs, if the state changed.
    pub logs: Vec<String>,
}

impl Observation {
    /// Judges a reading by the limits and the memory. Pure.
    #[must_use]
    pub fn judge(
        at: OffsetDateTime,
        memory: &Memory,
        reading: Reading,
        thresholds: &Thresholds,
    ) -> Self {
        let previous = memory.machine.state();
        let judged_as = memory.machine.judged_as();
        let (memory, events) = with_starts(at, memory, &reading);
        let settles = reading.services.iter().any(|(service, it)| {
            let starts = memory.starts.get(service).map_or(0, |it| it.seen.len());
            is_settling(it.has_just_started(), starts)
        });
        let level = reading.level(thresholds, judged_as, settles);
        let is_open = |name: &str| memory.open().any(|(open, _)| open == name);
        let signal_levels = reading.signal_levels(thresholds, settles, &is_open);
        let memory = memory.step(at, level, &signal_levels);
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

    /// The state after the observation.
    #[must_use]
    pub fn state(&self) -> State {
        self.memory.machine.state()
    }

    /// Whether the state changed.
    #[must_use]
    pub fn changed(&self) -> bool {
        self.state() != self.previous
    }

    /// The input for an explanation.
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

    /// Values of the snapshot: signals by name, and values of services as `service.field`.
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

    /// The signals that are an issue, as rows for the store.
    #[must_use]
    pub fn issues(&self) -> Vec<NewIssue> {
        let issue = |(name, judged): (&str, Option<Judged>)| {
            if let Some(operation) = name.strip_prefix(BACKGROUND_PREFIX) {
                return Some(background_issue(operation, judged));
            }
            let about = signal(name)?;
            let measured = self.signals.iter().find(|it| it.name == name)?;
            Some(signal_issue(about, measured, judged))
        };
        self.memory.open().filter_map(issue).collect()
    }
}

/// The memory with the starts that a reading shows, and these starts as events.
fn with_starts(at: OffsetDateTime, memory: &Memory, reading: &Reading) -> (Memory, Vec<Event>) {
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

fn signal_issue(about: &Signal, measured: &Measured, judged: Option<Judged>) -> NewIssue {
    let limits = measured.limits();
    let amount = |value| format::amount(Some(value), about.unit);
    let level = limits.level(judged.map(|it| it.value), State::Happy);
    let from = match judged {
        Some(it) if it.value < limits.stressed => {
            format!(
                "Stressed ends below {}",
                amount(limits.stressed * EASING_FACTOR)
            )
        }
        _ => format!(
            "Stressed from {}, Critical from {}",
            amount(limits.stressed),
            amount(limits.critical)
        ),
    };
    // The memory of an older worker lacks the value.
    let seen = judged.map(|it| format!("{}; ", format::judged(it, about.unit)));
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

/// The warning about a database operation that always fails while the others work.
fn background_issue(operation: &str, judged: Option<Judged>) -> NewIssue {
    let seen = judged.map(|it| format!("{}; ", format::judged(it, "/s")));
    NewIssue {
        fingerprint: format!("{BACKGROUND_PREFIX}{operation}"),
        service: "cluster".to_owned(),
        kind: "background_failure".to_owned(),
        critical: false,
        title: format!("{operation} fails all the time"),
        evidence: json!({
            "text": seen.unwrap_or_default() + "other calls to the database are judged without it",
            "judged": judged,
        }),
        cause: Some(
            "The server calls it in the background, and the database always refuses it.".to_owned(),
        ),
        action: format!(
            "Find the error of {operation} in the logs, and disable the feature that needs it."
        ),
    }
}
