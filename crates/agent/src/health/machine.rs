//! The state machine: how many readings in a row change the state.

use super::{Level, State};
use serde::{Deserialize, Serialize};

/// Readings in a row at Stressed or worse that end Happy.
pub const STRESSED_AFTER: u32 = 2;
/// Readings in a row at Critical that end Stressed.
pub const CRITICAL_AFTER: u32 = 2;
/// Readings in a row below Critical that end Critical.
pub const EASED_AFTER: u32 = 3;
/// Calm readings in a row that end Stressed.
pub const HAPPY_AFTER: u32 = 4;
/// Readings with data in a row that end Unknown.
pub const KNOWN_AFTER: u32 = 2;

/// The state of a cluster and what has been counted towards the next one.
///
/// - Happy becomes Stressed after two readings in a row that are Stressed or worse.
/// - Stressed becomes Critical after two Critical readings in a row; those from before it became
///   Stressed count, but a reading makes one step at most. It becomes Happy after four calm ones.
/// - Critical becomes Stressed after three readings in a row that are not Critical.
/// - A reading without data makes it Unknown at once: what is not seen is not healthy. After two
///   readings with data it goes on from the state last known (Happy if there was none, and Stressed
///   for Critical unless the readings are Critical), so a gap never is a way around a rule.
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
    /// A machine that goes on in this state with nothing counted.
    #[must_use]
    pub fn starting(state: State) -> Self {
        Self {
            state,
            known: state,
            ..Self::default()
        }
    }

    /// The state it is in.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// The state whose eased limits a reading is judged by.
    #[must_use]
    pub fn judged_as(&self) -> State {
        if self.state == State::Unknown {
            self.known
        } else {
            self.state
        }
    }

    /// The machine after one more reading; without data it is none.
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
            State::Unknown if self.seen < KNOWN_AFTER => State::Unknown,
            State::Unknown => match self.known {
                State::Critical if self.critical >= CRITICAL_AFTER => State::Critical,
                State::Critical | State::Stressed => Self::on_from(State::Stressed, self),
                State::Unknown | State::Happy => Self::on_from(State::Happy, self),
            },
            state => Self::on_from(state, self),
        }
    }

    fn on_from(state: State, counted: &Self) -> State {
        match state {
            State::Happy if counted.raised >= STRESSED_AFTER => State::Stressed,
            State::Stressed if counted.critical >= CRITICAL_AFTER => State::Critical,
            State::Stressed if counted.calm >= HAPPY_AFTER => State::Happy,
            State::Critical if counted.eased >= EASED_AFTER => State::Stressed,
            state => state,
        }
    }
}
