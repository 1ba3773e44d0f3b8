//! Where a signal starts to count, and what its value is worth.

use super::State;
use serde::{Deserialize, Serialize};

/// What a limit is multiplied with once it was passed: a signal counts as calm again only below this
/// part of it, so that one that lies on its limit does not flap.
pub const EASE: f64 = 0.8;

/// How one signal, or all of a reading together, looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Below its limits, or without traffic to measure.
    Calm,
    /// At or over the lower limit.
    Stressed,
    /// At or over the upper limit.
    Critical,
}

impl Level {
    /// The level that keeps a cluster in this state.
    #[must_use]
    pub fn of(state: State) -> Self {
        match state {
            State::Unknown | State::Happy => Self::Calm,
            State::Stressed => Self::Stressed,
            State::Critical => Self::Critical,
        }
    }
}

/// Where a signal starts to count. Every signal is written so that more is worse.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// From here on it is Stressed; in the unit of the signal.
    pub stressed: f64,
    /// From here on it is Critical.
    pub critical: f64,
}

impl Limits {
    /// Whether they can be used: both over 0, the upper one over the lower one.
    #[must_use]
    pub fn are_sound(&self) -> bool {
        self.stressed > 0.0 && self.critical > self.stressed && self.critical.is_finite()
    }

    /// The level of a value while the cluster is in `state`; the limits that it passed are eased.
    #[must_use]
    pub fn level(&self, value: Option<f64>, state: State) -> Level {
        let Some(value) = value else {
            return Level::Calm;
        };
        let eased = |limit: f64, passed: bool| if passed { limit * EASE } else { limit };
        if value >= eased(self.critical, state == State::Critical) {
            Level::Critical
        } else if value >= eased(self.stressed, state >= State::Stressed) {
            Level::Stressed
        } else {
            Level::Calm
        }
    }

    /// How far a value is on the way to the upper limit: 0 nothing, 1 there, more beyond it.
    #[must_use]
    pub fn pressure(&self, value: Option<f64>) -> f64 {
        value.map_or(0.0, |value| (value / self.critical).max(0.0))
    }
}
