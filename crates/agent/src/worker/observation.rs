use crate::{
    explain::{Explanation, Facts},
    health::{Level, Memory, State},
    signals::{Measured, Reading, Thresholds, signal},
    store::NewIssue,
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
    /// Each signal, judged.
    pub signals: Vec<Measured>,
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
        let level = reading.level(thresholds, memory.machine.judged_as());
        let open: Vec<String> = memory.open().map(str::to_owned).collect();
        let levels = reading.levels(thresholds, &|name| open.iter().any(|it| it == name));
        let memory = memory.step(at, level, levels);
        let signals = reading.measured(thresholds, memory.machine.state());
        Self {
            at,
            previous,
            memory,
            reading,
            signals,
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
            ] {
                values.insert(format!("{service}.{what}"), json!(value));
            }
        }
        values
    }

    /// The signals that are an issue, worded.
    #[must_use]
    pub fn issues(&self) -> Vec<NewIssue> {
        let issue = |name: &str| {
            let about = signal(name)?;
            let measured = self.signals.iter().find(|it| it.name == name)?;
            let amount = |value| crate::explain::amount(value, about.unit);
            let critical = measured.limits().level(measured.value, State::Happy) == Level::Critical;
            let text = format!(
                "{}; Stressed from {}, Critical from {}",
                amount(measured.value),
                amount(Some(measured.stressed)),
                amount(Some(measured.critical))
            );
            Some(NewIssue {
                fingerprint: format!("signal:{name}"),
                service: about.service.to_owned(),
                kind: name.to_owned(),
                critical,
                title: about.title.to_owned(),
                evidence: json!({ "text": text, "signal": measured }),
                cause: Some(about.cause.to_owned()),
                action: about.action.to_owned(),
            })
        };
        self.memory.open().filter_map(issue).collect()
    }
}
