//! Formats durations for people.

use crate::screen::whole_seconds;
use std::time::Duration;

/// `time` as `0.4s`, `12.3s`, `2m05s` or `1h02m`.
pub(crate) fn show_duration(time: Duration) -> String {
    if time.as_secs() < 60 {
        format!("{:.1}s", time.as_secs_f64())
    } else {
        whole_seconds(time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_fit_the_duration() {
        let shown = |seconds| show_duration(Duration::from_secs_f64(seconds));
        assert_eq!(shown(0.04), "0.0s");
        assert_eq!(shown(12.34), "12.3s");
        assert_eq!(shown(125.0), "2m05s");
        assert_eq!(shown(3720.0), "1h02m");
    }
}
