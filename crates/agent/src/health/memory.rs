//! What one observation passes on to the next.

use super::{Level, Machine, Starts};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use time::OffsetDateTime;

/// Readings over the limit that make a signal an issue; as many below it end the issue.
pub const ISSUE_AFTER_READINGS: u32 = 2;

/// The state machine, the counts of each signal, and the recent starts of services.
///
/// It is part of a workflow's input: a new field needs a default, so that the memory of an older
/// worker can be read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// The state of the cluster.
    pub machine: Machine,
    /// Time of the observation that changed the state, in UTC.
    #[serde(with = "time::serde::rfc3339")]
    pub since: OffsetDateTime,
    /// Counts of the signals that are an issue or about to become one.
    pub troubles: BTreeMap<String, Trouble>,
    /// Recent starts, by service.
    #[serde(default)]
    pub starts: BTreeMap<String, Starts>,
}

/// Counts readings of one signal over its limit, up to [`ISSUE_AFTER_READINGS`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Trouble {
    count: u32,
    /// Whether the signal is an issue.
    pub open: bool,
    /// The last value over the limit.
    #[serde(default)]
    pub judged: Option<Judged>,
}

/// A value that was compared with its limits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// In the unit of the signal.
    pub value: f64,
    /// Time of the observation.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// The level of one signal in one reading.
#[derive(Debug, Clone, PartialEq)]
pub struct SignalLevel {
    /// Name of the signal, as in [`SIGNALS`](crate::signals::SIGNALS).
    pub name: String,
    /// Level of the value by the limits.
    pub level: Level,
    /// The value, if there is one.
    pub value: Option<f64>,
}

impl Memory {
    /// An empty memory: the state is Unknown since `at`.
    #[must_use]
    pub fn new(at: OffsetDateTime) -> Self {
        Self {
            machine: Machine::default(),
            since: at,
            troubles: BTreeMap::new(),
            starts: BTreeMap::new(),
        }
    }

    /// The memory after one more reading, taken at `at`. Signals that it lacks count as calm.
    /// Without data the counts stay as they are, since no issue was seen to end.
    #[must_use]
    pub fn step(
        &self,
        at: OffsetDateTime,
        reading: Option<Level>,
        signal_levels: &[SignalLevel],
    ) -> Self {
        let machine = self.machine.step(reading);
        let since = if machine.state() == self.machine.state() {
            self.since
        } else {
            at
        };
        let mut troubles = self.troubles.clone();
        if reading.is_some() {
            for signal_level in signal_levels
                .iter()
                .filter(|it| it.level >= Level::Stressed)
            {
                let trouble = troubles.entry(signal_level.name.clone()).or_default();
                trouble.judged = signal_level.value.map(|value| Judged { value, at });
            }
            for (name, trouble) in &mut troubles {
                let signal_level = signal_levels.iter().find(|it| it.name == *name);
                trouble.count_reading(signal_level.is_some_and(|it| it.level >= Level::Stressed));
            }
            troubles.retain(|_, trouble| trouble.count > 0 || trouble.open);
        }
        Self {
            machine,
            since,
            troubles,
            starts: self.starts.clone(),
        }
    }

    /// The signals that are an issue, with their last value over the limit.
    pub fn open(&self) -> impl Iterator<Item = (&str, Option<Judged>)> {
        let open = self.troubles.iter().filter(|(_, trouble)| trouble.open);
        open.map(|(name, trouble)| (name.as_str(), trouble.judged))
    }
}

impl Trouble {
    fn count_reading(&mut self, over: bool) {
        if over {
            self.count = (self.count + 1).min(ISSUE_AFTER_READINGS);
            self.open |= self.count == ISSUE_AFTER_READINGS;
        } else {
            self.count = self.count.saturating_sub(1);
            self.open &= self.count > 0;
        }
    }
}
