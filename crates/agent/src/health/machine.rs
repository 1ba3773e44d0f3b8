use super::{Level, State};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use time::OffsetDateTime;

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
/// Readings in a row that make one signal an issue, or end the issue.
pub const TROUBLE_AFTER: u32 = 2;

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

/// What one look hands on to the next: the machine, since when, and what each signal has counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// The machine.
    pub machine: Machine,
    /// Start of the look that brought the state, in UTC.
    #[serde(with = "time::serde::rfc3339")]
    pub since: OffsetDateTime,
    /// Signals on their way to be an issue or to be none: readings over the limit, up to
    /// [`TROUBLE_AFTER`], and whether it is one.
    pub troubles: BTreeMap<String, Trouble>,
}

/// One signal's count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    count: u32,
    /// Whether it is an issue.
    pub open: bool,
}

impl Memory {
    /// Nothing known yet.
    #[must_use]
    pub fn new(at: OffsetDateTime) -> Self {
        Self {
            machine: Machine::default(),
            since: at,
            troubles: BTreeMap::new(),
        }
    }

    /// The memory after one more reading that began at `at`. Without data the troubles stay as they
    /// are: nobody saw them end.
    #[must_use]
    pub fn step<'a>(
        &self,
        at: OffsetDateTime,
        reading: Option<Level>,
        signals: impl IntoIterator<Item = (&'a str, Level)>,
    ) -> Self {
        let machine = self.machine.step(reading);
        let since = if machine.state() == self.machine.state() {
            self.since
        } else {
            at
        };
        let mut troubles = self.troubles.clone();
        if reading.is_some() {
            for (name, level) in signals {
                let mut trouble = troubles.remove(name).unwrap_or_default();
                trouble.see(level >= Level::Stressed);
                if trouble.count > 0 || trouble.open {
                    troubles.insert(name.to_owned(), trouble);
                }
            }
        }
        Self {
            machine,
            since,
            troubles,
        }
    }

    /// Names of the signals that are an issue.
    pub fn open(&self) -> impl Iterator<Item = &str> {
        let open = self.troubles.iter().filter(|(_, trouble)| trouble.open);
        open.map(|(name, _)| name.as_str())
    }
}

impl Trouble {
    fn see(&mut self, over: bool) {
        if over {
            self.count = (self.count + 1).min(TROUBLE_AFTER);
            self.open |= self.count == TROUBLE_AFTER;
        } else {
            self.count = self.count.saturating_sub(1);
            self.open &= self.count > 0;
        }
    }
}
