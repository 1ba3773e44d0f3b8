//! Limits of a signal, and the level of a value.

use super::State;
use serde::{Deserialize, Serialize};

/// Hysteresis: once a limit is exceeded, the value must fall below the limit times this factor, so
/// that a value close to its limit does not flap.
pub const EASING_FACTOR: f64 = 0.8;

/// How bad a signal is, or the worst of a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Below its limits, or without traffic to measure.
    Calm,
    /// At or above the lower limit.
    Stressed,
    /// At or above the upper limit.
    Critical,
}

impl Level {
    /// The level that keeps a cluster in this state.
    #[must_use]
    pub fn for_state(state: State) -> Self {
        match state {
            State::Unknown | State::Happy => Self::Calm,
            State::Stressed => Self::Stressed,
            State::Critical => Self::Critical,
        }
    }
}

/// The limits of a signal. For every signal, higher is worse.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Lowest value that is Stressed, in the unit of the signal.
    pub stressed: f64,
    /// Lowest value that is Critical.
    pub critical: f64,
}

impl Limits {
    /// Whether both limits are positive and the upper one exceeds the lower one.
    #[must_use]
    pub fn are_sound(&self) -> bool {
        self.stressed > 0.0 && self.critical > self.stressed && self.critical.is_finite()
    }

    /// The level of a value while the cluster is in `state`, with the limits up to that state eased.
    #[must_use]
    pub fn level(&self, value: Option<f64>, state: State) -> Level {
        let Some(value) = value else {
            return Level::Calm;
        };
        let eased = |limit: f64, passed: bool| if passed { limit * EASING_FACTOR } else { limit };
        if value >= eased(self.critical, state == State::Critical) {
            Level::Critical
        } else if value >= eased(self.stressed, state >= State::Stressed) {
            Level::Stressed
        } else {
            Level::Calm
        }
    }

    /// The value divided by the upper limit; 0 without a value.
    #[must_use]
    pub fn pressure(&self, value: Option<f64>) -> f64 {
        value.map_or(0.0, |value| (value / self.critical).max(0.0))
    }
}
