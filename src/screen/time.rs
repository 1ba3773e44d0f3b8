//! Formats the running time of a step.

use std::time::Duration;

/// `time` as `7s`, `2m05s` or `1h02m`.
pub(crate) fn whole_seconds(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 60 {
        format!("{seconds}s")
    } else if seconds < 3600 {
        format!("{}m{:02}s", seconds / 60, seconds % 60)
    } else {
        format!("{}h{:02}m", seconds / 3600, seconds / 60 % 60)
    }
}
