//! What was read of a cluster at one time, and what the limits make of it.

use super::{Kind, Thresholds};
use crate::health::{Level, Limits, SETTLES_WITHIN, Sight, State};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Begin of the names under which operations that fail in the background are counted.
pub const BACKGROUND_PREFIX: &str = "background:";

/// What was read of a cluster at one time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// Signal to value; a signal without data has none.
    pub values: BTreeMap<String, Option<f64>>,
    /// Service to what it does.
    pub services: BTreeMap<String, ServiceReading>,
    /// Operations that fail in the background and are left out of the errors: failures a second.
    #[serde(default)]
    pub background: BTreeMap<String, f64>,
    /// Why the whole is no data, if it is none.
    pub gap: Option<String>,
}

/// What was read of one service.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ServiceReading {
    /// 1 where it answers, 0 where it does not.
    pub up: Option<f64>,
    /// Requests a second.
    pub request_rate: Option<f64>,
    /// Share of requests that failed, 0 to 1.
    pub error_ratio: Option<f64>,
    /// 99th percentile of the time to an answer, in seconds.
    pub p99_seconds: Option<f64>,
    /// Age of its youngest process in seconds, rounded down to whole minutes.
    #[serde(default)]
    pub age_seconds: Option<f64>,
}

impl ServiceReading {
    /// Whether one of its processes started within [`SETTLES_WITHIN`].
    #[must_use]
    pub fn has_just_started(&self) -> bool {
        self.age_seconds
            .is_some_and(|age| age < SETTLES_WITHIN.as_seconds_f64())
    }
}

/// A signal with its limits and what they make of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Name of the signal.
    pub name: String,
    /// What it is for.
    pub kind: Kind,
    /// The value, if there was one.
    pub value: Option<f64>,
    /// Unit of value and limits.
    pub unit: String,
    /// Where Stressed begins.
    pub stressed: f64,
    /// Where Critical begins.
    pub critical: f64,
    /// What the limits make of it; Unknown without a value.
    pub state: State,
}

impl Measured {
    /// Its limits.
    #[must_use]
    pub fn limits(&self) -> Limits {
        Limits {
            stressed: self.stressed,
            critical: self.critical,
        }
    }

    /// How far it is on the way to its upper limit.
    #[must_use]
    pub fn pressure(&self) -> f64 {
        self.limits().pressure(self.value)
    }

    /// Whether it is over a limit.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.state >= State::Stressed
    }
}

impl Reading {
    /// A reading of nothing, and why.
    #[must_use]
    pub fn none(gap: impl Into<String>) -> Self {
        Self {
            gap: Some(gap.into()),
            ..Self::default()
        }
    }

    /// Each signal of the table, judged while the cluster is in `state`.
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

    /// The level of the whole: that of the worst primary signal; nothing where there is no data. While
    /// a service `settles`, what its start explains does not make it worse than `state`.
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
                    level.min(Level::of(state))
                } else {
                    level
                }
            });
        levels.max()
    }

    /// Each signal on its own, and each operation that fails in the background: an issue does not
    /// depend on the state of the cluster. While a service `settles`, what its start explains opens none.
    #[must_use]
    pub fn sights(
        &self,
        thresholds: &Thresholds,
        settles: bool,
        is_open: &dyn Fn(&str) -> bool,
    ) -> Vec<Sight> {
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
            Sight {
                name: signal.name.to_owned(),
                level,
                value,
            }
        });
        let background = self.background.iter().map(|(operation, rate)| Sight {
            name: format!("{BACKGROUND_PREFIX}{operation}"),
            level: Level::Stressed,
            value: Some(*rate),
        });
        signals.chain(background).collect()
    }

    /// Services that have just started.
    #[must_use]
    pub fn just_started(&self) -> Vec<String> {
        let started = self.services.iter().filter(|(_, it)| it.has_just_started());
        started.map(|(service, _)| service.clone()).collect()
    }

    fn value(&self, signal: &str) -> Option<f64> {
        self.values.get(signal).copied().flatten()
    }
}
