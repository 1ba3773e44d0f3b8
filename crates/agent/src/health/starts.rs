//! Starts of a service: which are an event, and how long one excuses signals over their limit.

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

/// Time that a service has to settle after a start. A start takes half a minute, and a rate covers
/// the last two minutes.
pub const SETTLING_TIME: Duration = Duration::minutes(3);
/// From this number of starts within [`RESTART_WINDOW`] on, a service gets no time to settle: a crash
/// loop must not be excused forever.
pub const RESTART_LIMIT: usize = 3;
/// How long a start counts.
pub const RESTART_WINDOW: Duration = Duration::minutes(15);

/// How long a young process belongs to the start that was already seen: its age is known only to
/// the minute.
const SAME_START_WINDOW: Duration = Duration::minutes(4);

/// The recent starts of one service.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Starts {
    /// Age of the youngest process in the last reading that had one.
    pub age_seconds: Option<f64>,
    /// Times of starts within [`RESTART_WINDOW`], oldest first.
    pub seen: Vec<OffsetDateTime>,
}

impl Starts {
    /// Starts from the store, for a worker without a memory.
    #[must_use]
    pub fn seen(seen: Vec<OffsetDateTime>) -> Self {
        Self {
            age_seconds: None,
            seen,
        }
    }

    /// The starts after a reading at `at`, and whether it shows a new one: a young process is a new
    /// start if it is younger than the last, or if no start was seen while it was young. A service
    /// that does not answer has no age and changes nothing.
    #[must_use]
    pub fn step(&self, at: OffsetDateTime, age_seconds: Option<f64>) -> (Self, bool) {
        let recent = |seen: &OffsetDateTime, within| at - *seen < within;
        let mut seen = self.seen.clone();
        seen.retain(|it| recent(it, RESTART_WINDOW));
        let is_young = age_seconds.is_some_and(|age| age < SETTLING_TIME.as_seconds_f64());
        let is_younger = age_seconds < self.age_seconds;
        let is_known = seen.iter().any(|it| recent(it, SAME_START_WINDOW));
        let started = is_young && (is_younger || !is_known);
        if started {
            seen.push(at);
        }
        let age_seconds = age_seconds.or(self.age_seconds);
        (Self { age_seconds, seen }, started)
    }
}

/// Whether a service that has just started gets time to settle, after this many starts within
/// [`RESTART_WINDOW`].
#[must_use]
pub fn is_settling(has_just_started: bool, starts: usize) -> bool {
    has_just_started && starts < RESTART_LIMIT
}
