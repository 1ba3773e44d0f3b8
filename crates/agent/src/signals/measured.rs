use super::{Kind, Thresholds, signal};
use crate::health::{Level, Limits, State};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What was read of a cluster at one time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// Signal to value; a signal without data has none.
    pub values: BTreeMap<String, Option<f64>>,
    /// Service to what it does.
    pub services: BTreeMap<String, ServiceReading>,
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
            let value = self.values.get(signal.name).copied().flatten();
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

    /// The level of the whole: that of the worst primary signal; nothing where there is no data.
    #[must_use]
    pub fn level(&self, thresholds: &Thresholds, state: State) -> Option<Level> {
        if self.gap.is_some() {
            return None;
        }
        let levels = thresholds
            .all()
            .filter(|(signal, _)| signal.kind == Kind::Primary)
            .map(|(signal, limits)| {
                limits.level(self.values.get(signal.name).copied().flatten(), state)
            });
        levels.max()
    }

    /// Each signal's own level; an issue does not depend on the state of the cluster.
    #[must_use]
    pub fn levels(
        &self,
        thresholds: &Thresholds,
        open: &dyn Fn(&str) -> bool,
    ) -> Vec<(&'static str, Level)> {
        let state = |name| {
            if open(name) {
                State::Stressed
            } else {
                State::Happy
            }
        };
        let level = |name: &'static str| {
            let signal = signal(name)?;
            let value = self.values.get(name).copied().flatten();
            Some((name, thresholds.of(signal).level(value, state(name))))
        };
        super::SIGNALS
            .iter()
            .filter_map(|signal| level(signal.name))
            .collect()
    }
}
