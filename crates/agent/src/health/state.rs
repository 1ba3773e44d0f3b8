//! The states of a cluster.

use serde::{Deserialize, Serialize};

/// The state of a cluster.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Data is missing, which says nothing about health.
    #[default]
    Unknown,
    /// Work gets done.
    Happy,
    /// Work gets done late, or some of it fails.
    Stressed,
    /// Work does not get done.
    Critical,
}

impl State {
    /// Every state, in the order of its gauge value.
    pub const ALL: [Self; 4] = [Self::Unknown, Self::Happy, Self::Stressed, Self::Critical];

    /// The name in the store, the API and the metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Happy => "happy",
            Self::Stressed => "stressed",
            Self::Critical => "critical",
        }
    }

    /// The inverse of [`State::name`].
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// The value of `copilot_health_state`: 0 to 3.
    #[must_use]
    pub fn gauge(self) -> i64 {
        match self {
            Self::Unknown => 0,
            Self::Happy => 1,
            Self::Stressed => 2,
            Self::Critical => 3,
        }
    }
}
