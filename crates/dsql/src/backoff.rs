use std::time::Duration;

/// The first pause, and the longest, as AWS advises for conflicts.
const BASE: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(5);

/// The pause after the failed try number `attempt` (from 1): doubled each
/// time, and somewhere in its upper half so that two writers that met once do
/// not meet again.
pub(crate) fn pause(attempt: u32) -> Duration {
    let doubled = BASE.saturating_mul(1 << attempt.saturating_sub(1).min(16));
    doubled.min(LONGEST).mul_f64(0.5 + fastrand::f64() / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_stay_within_bounds() {
        for attempt in 1..40 {
            let pause = pause(attempt);
            assert!(pause >= BASE / 2 && pause <= LONGEST);
        }
        assert!(pause(1) <= BASE);
        assert!(pause(20) >= LONGEST / 2);
    }
}
