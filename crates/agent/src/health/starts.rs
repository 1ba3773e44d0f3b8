//! Starts of a service: when one is an event, and for how long it explains trouble.

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

/// How long a service has to settle after its start. A start takes half a minute, and a rate looks
/// back two minutes.
pub const SETTLES_WITHIN: Duration = Duration::minutes(3);
/// From this start on within [`STARTS_WITHIN`] a service is not given time to settle: what starts again
/// and again must not be excused for ever.
pub const STARTS: usize = 3;
/// How long a start is remembered.
pub const STARTS_WITHIN: Duration = Duration::minutes(15);

/// How long a process may look young after its start was seen: its age is known to the minute.
const YOUNG_FOR: Duration = Duration::minutes(4);

/// What is known of the starts of one service.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Starts {
    /// Age of its youngest process in the last reading that had one.
    pub age_seconds: Option<f64>,
    /// When starts were seen within [`STARTS_WITHIN`], the oldest first.
    pub seen: Vec<OffsetDateTime>,
}

impl Starts {
    /// Starts that were seen before, by a worker that has lost its memory.
    #[must_use]
    pub fn seen(seen: Vec<OffsetDateTime>) -> Self {
        Self {
            age_seconds: None,
            seen,
        }
    }

    /// What is known after a reading at `at`, and whether that saw a start: a young process is one if it
    /// is younger than the last, or if no start was seen while it was young. A service without an
    /// answer has no age, and nothing is learned.
    #[must_use]
    pub fn step(&self, at: OffsetDateTime, age_seconds: Option<f64>) -> (Self, bool) {
        let recent = |seen: &OffsetDateTime, within| at - *seen < within;
        let mut seen = self.seen.clone();
        seen.retain(|it| recent(it, STARTS_WITHIN));
        let is_young = age_seconds.is_some_and(|age| age < SETTLES_WITHIN.as_seconds_f64());
        let is_younger = age_seconds < self.age_seconds;
        let is_known = seen.iter().any(|it| recent(it, YOUNG_FOR));
        let started = is_young && (is_younger || !is_known);
        if started {
            seen.push(at);
        }
        let age_seconds = age_seconds.or(self.age_seconds);
        (Self { age_seconds, seen }, started)
    }
}

/// Whether a service that has just started is given time to settle, after so many starts within
/// [`STARTS_WITHIN`].
#[must_use]
pub fn settles(has_just_started: bool, starts: usize) -> bool {
    has_just_started && starts < STARTS
}
