//! The state machine: how many consecutive readings change the state.

use super::{Level, State};
use serde::{Deserialize, Serialize};

/// Consecutive readings at Stressed or worse that end Happy.
pub const STRESSED_AFTER_READINGS: u32 = 2;
/// Consecutive readings at Critical that end Stressed.
pub const CRITICAL_AFTER_READINGS: u32 = 2;
/// Consecutive readings below Critical that end Critical.
pub const EASED_AFTER_READINGS: u32 = 3;
/// Consecutive calm readings that end Stressed.
pub const HAPPY_AFTER_READINGS: u32 = 4;
/// Consecutive readings with data that end Unknown.
pub const KNOWN_AFTER_READINGS: u32 = 2;

/// The state of a cluster, and the counts towards the next one.
///
/// - Happy becomes Stressed after two consecutive readings at Stressed or worse.
/// - Stressed becomes Critical after two consecutive Critical readings; those before it became
///   Stressed count, but a reading makes at most one step. It becomes Happy after four calm ones.
/// - Critical becomes Stressed after three consecutive readings below Critical.
/// - A reading without data makes it Unknown immediately: missing data is not health. After two
///   readings with data it continues from the last known state (Happy if there was none; Stressed
///   instead of Critical unless the readings are Critical), so that a gap does not bypass a rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    state: State,
    /// The last state that was not Unknown, if there was one.
    known: State,
    seen: u32,
    raised: u32,
    critical: u32,
    eased: u32,
    calm: u32,
}

impl Machine {
    /// A machine in this state, with all counts at zero.
    #[must_use]
    pub fn starting(state: State) -> Self {
        Self {
            state,
            known: state,
            ..Self::default()
        }
    }

    /// The current state.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// The state whose eased limits apply to a reading.
    #[must_use]
    pub fn judged_as(&self) -> State {
        if self.state == State::Unknown {
            self.known
        } else {
            self.state
        }
    }

    /// The machine after one more reading; `None` is a reading without data.
    #[must_use]
    pub fn step(&self, reading: Option<Level>) -> Self {
        let Some(level) = reading else {
            return Self {
                known: self.known,
                ..Self::default()
            };
        };
        let count = |before: u32, more: bool| if more { before.saturating_add(1) } else { 0 };
        let mut next = Self {
            seen: self.seen.saturating_add(1),
            raised: count(self.raised, level >= Level::Stressed),
            critical: count(self.critical, level == Level::Critical),
            eased: count(self.eased, level < Level::Critical),
            calm: count(self.calm, level == Level::Calm),
            ..self.clone()
        };
        next.state = next.target();
        if next.state != State::Unknown {
            next.known = next.state;
        }
        next
    }

    fn target(&self) -> State {
        match self.state {
            State::Unknown if self.seen < KNOWN_AFTER_READINGS => State::Unknown,
            State::Unknown => match self.known {
                State::Critical if self.critical >= CRITICAL_AFTER_READINGS => State::Critical,
                State::Critical | State::Stressed => Self::next_from(State::Stressed, self),
                State::Unknown | State::Happy => Self::next_from(State::Happy, self),
            },
            state => Self::next_from(state, self),
        }
    }

    fn next_from(state: State, counted: &Self) -> State {
        match state {
            State::Happy if counted.raised >= STRESSED_AFTER_READINGS => State::Stressed,
            State::Stressed if counted.critical >= CRITICAL_AFTER_READINGS => State::Critical,
            State::Stressed if counted.calm >= HAPPY_AFTER_READINGS => State::Happy,
            State::Critical if counted.eased >= EASED_AFTER_READINGS => State::Stressed,
            state => state,
        }
    }
}
