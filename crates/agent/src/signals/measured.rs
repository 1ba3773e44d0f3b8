//! A reading of all signals, and their levels by the limits.

use super::{Kind, Thresholds};
use crate::health::{Level, Limits, SETTLING_TIME, SignalLevel, State};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Prefix of the names under which operations that fail in the background are counted.
pub const BACKGROUND_PREFIX: &str = "background:";

/// The values of all signals at one time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// Values by signal; `None` without data.
    pub values: BTreeMap<String, Option<f64>>,
    /// Values by service.
    pub services: BTreeMap<String, ServiceReading>,
    /// Operations that fail in the background and do not count as errors: failures per second.
    #[serde(default)]
    pub background: BTreeMap<String, f64>,
    /// Why the reading has no data, if it has none.
    pub gap: Option<String>,
}

/// The values of one service.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ServiceReading {
    /// 1 if it answers, 0 if not.
    pub up: Option<f64>,
    /// Requests per second.
    pub request_rate: Option<f64>,
    /// Share of requests that failed, 0 to 1.
    pub error_ratio: Option<f64>,
    /// 99th percentile of the latency, in seconds.
    pub p99_seconds: Option<f64>,
    /// Age of its youngest process in seconds, rounded down to whole minutes.
    #[serde(default)]
    pub age_seconds: Option<f64>,
}

impl ServiceReading {
    /// Whether one of its processes started within [`SETTLING_TIME`].
    #[must_use]
    pub fn has_just_started(&self) -> bool {
        self.age_seconds
            .is_some_and(|age| age < SETTLING_TIME.as_seconds_f64())
    }
}

/// A value of a signal, compared with its limits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Name of the signal.
    pub name: String,
    /// Whether it decides the state or explains it.
    pub kind: Kind,
    /// The value, if there is one.
    pub value: Option<f64>,
    /// Unit of the value and the limits.
    pub unit: String,
    /// The lower limit.
    pub stressed: f64,
    /// The upper limit.
    pub critical: f64,
    /// The state by this signal alone; Unknown without a value.
    pub state: State,
}

impl Measured {
    /// Both limits.
    #[must_use]
    pub fn limits(&self) -> Limits {
        Limits {
            stressed: self.stressed,
            critical: self.critical,
        }
    }

    /// The value divided by the upper limit.
    #[must_use]
    pub fn pressure(&self) -> f64 {
        self.limits().pressure(self.value)
    }

    /// Whether it exceeds a limit.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.state >= State::Stressed
    }
}

impl Reading {
    /// A reading without data, for the reason `gap`.
    #[must_use]
    pub fn without_data(gap: impl Into<String>) -> Self {
        Self {
            gap: Some(gap.into()),
            ..Self::default()
        }
    }

    /// Every signal, compared with its limits while the cluster is in `state`.
    #[must_use]
    pub fn measured(&self, thresholds: &Thresholds, state: State) -> Vec<Measured> {
        let measure = |(signal, limits): (&super::Signal, Limits)| {
            let value = self.value(signal.name);
            let judged = match (value, limits.level(value, state)) {
                (None, _) => State::Unknown,
                (_, Level::Calm) => State::Happy,
                (_, Level::Stressed) => State::Stressed,
                (_, Level::Critical) => State::Critical,
            };
            Measured {
                name: signal.name.to_owned(),
                kind: signal.kind,
                value,
                unit: signal.unit.to_owned(),
                stressed: limits.stressed,
                critical: limits.critical,
                state: judged,
            }
        };
        thresholds.all().map(measure).collect()
    }

    /// The level of the worst primary signal; `None` without data. While a service `settles`, signals
    /// that its start explains do not make it worse than `state`.
    #[must_use]
    pub fn level(&self, thresholds: &Thresholds, state: State, settles: bool) -> Option<Level> {
        if self.gap.is_some() {
            return None;
        }
        let levels = thresholds
            .all()
            .filter(|(signal, _)| signal.kind == Kind::Primary)
            .map(|(signal, limits)| {
                let level = limits.level(self.value(signal.name), state);
                if settles && signal.start_explains {
                    level.min(Level::for_state(state))
                } else {
                    level
                }
            });
        levels.max()
    }

    /// The level of each signal on its own, and of each operation that fails in the background: an
    /// issue does not depend on the state of the cluster. While a service `settles`, signals that its
    /// start explains open no issue.
    #[must_use]
    pub fn signal_levels(
        &self,
        thresholds: &Thresholds,
        settles: bool,
        is_open: &dyn Fn(&str) -> bool,
    ) -> Vec<SignalLevel> {
        let signals = thresholds.all().map(|(signal, limits)| {
            let open = is_open(signal.name);
            let value = self.value(signal.name);
            let level = if open {
                limits.level(value, State::Stressed)
            } else if settles && signal.start_explains {
                Level::Calm
            } else {
                limits.level(value, State::Happy)
            };
            SignalLevel {
                name: signal.name.to_owned(),
                level,
                value,
            }
        });
        let background = self.background.iter().map(|(operation, rate)| SignalLevel {
            name: format!("{BACKGROUND_PREFIX}{operation}"),
            level: Level::Stressed,
            value: Some(*rate),
        });
        signals.chain(background).collect()
    }

    /// The services that have just started.
    #[must_use]
    pub fn just_started(&self) -> Vec<String> {
        let started = self.services.iter().filter(|(_, it)| it.has_just_started());
        started.map(|(service, _)| service.clone()).collect()
    }

    fn value(&self, signal: &str) -> Option<f64> {
        self.values.get(signal).copied().flatten()
    }
}
