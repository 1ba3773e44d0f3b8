//! The state that one look passes to the next.

use super::{Level, Machine, Starts};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use time::OffsetDateTime;

/// Readings in a row that make one signal an issue, or end the issue.
pub const TROUBLE_AFTER: u32 = 2;

/// The machine, since when, what each signal has counted, and which services started.
///
/// It travels in the input of a workflow: a field that is added needs a default, so that the memory of
/// an older worker can be read.
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
    /// Starts of each service.
    #[serde(default)]
    pub starts: BTreeMap<String, Starts>,
}

/// One signal's count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Trouble {
    count: u32,
    /// Whether it is an issue.
    pub open: bool,
    /// The last value that was over its limit.
    #[serde(default)]
    pub judged: Option<Judged>,
}

/// A value that was judged, and when.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// The value.
    pub value: f64,
    /// Start of the look that read it.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// What one reading says of one signal.
#[derive(Debug, Clone, PartialEq)]
pub struct Sight {
    /// Name of the signal.
    pub name: String,
    /// What the limits make of the value.
    pub level: Level,
    /// The value, if there was one.
    pub value: Option<f64>,
}

impl Memory {
    /// Nothing known yet.
    #[must_use]
    pub fn new(at: OffsetDateTime) -> Self {
        Self {
            machine: Machine::default(),
            since: at,
            troubles: BTreeMap::new(),
            starts: BTreeMap::new(),
        }
    }

    /// The memory after one more reading that began at `at`. What it does not name counts as calm.
    /// Without data the troubles stay as they are: nobody saw them end.
    #[must_use]
    pub fn step(&self, at: OffsetDateTime, reading: Option<Level>, sights: &[Sight]) -> Self {
        let machine = self.machine.step(reading);
        let since = if machine.state() == self.machine.state() {
            self.since
        } else {
            at
        };
        let mut troubles = self.troubles.clone();
        if reading.is_some() {
            for sight in sights.iter().filter(|it| it.level >= Level::Stressed) {
                let trouble = troubles.entry(sight.name.clone()).or_default();
                trouble.judged = sight.value.map(|value| Judged { value, at });
            }
            for (name, trouble) in &mut troubles {
                let sight = sights.iter().find(|it| it.name == *name);
                trouble.see(sight.is_some_and(|it| it.level >= Level::Stressed));
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

    /// The signals that are an issue, with the value that was judged last.
    pub fn open(&self) -> impl Iterator<Item = (&str, Option<Judged>)> {
        let open = self.troubles.iter().filter(|(_, trouble)| trouble.open);
        open.map(|(name, trouble)| (name.as_str(), trouble.judged))
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
