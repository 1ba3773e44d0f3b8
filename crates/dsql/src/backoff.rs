//! Pauses between attempts.

use std::time::Duration;

/// AWS recommends both values for conflicts.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The pause after failed attempt number `attempt` (from 1): it doubles each
/// time, with jitter in its upper half so that two writers that conflicted
/// once do not conflict again.
#[must_use]
pub fn retry_pause(attempt: u32) -> Duration {
    let doubled = FIRST_PAUSE.saturating_mul(1 << attempt.saturating_sub(1).min(16));
    doubled
        .min(LONGEST_PAUSE)
        .mul_f64(0.5 + fastrand::f64() / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_stay_within_bounds() {
        for attempt in 1..40 {
            let pause = retry_pause(attempt);
            assert!(pause >= FIRST_PAUSE / 2 && pause <= LONGEST_PAUSE);
        }
        assert!(retry_pause(1) <= FIRST_PAUSE);
        assert!(retry_pause(20) >= LONGEST_PAUSE / 2);
    }
}
