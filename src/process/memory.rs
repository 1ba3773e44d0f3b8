//! Watches the memory of this process, for a recipe that would take all of the machine's.

use nix::sys::resource::{UsageWho, getrusage};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// What a run may use. A value that doubles can pass it by its own size before it is noticed.
pub(crate) const MAX_MEMORY_BYTES: u64 = 1024 * 1024 * 1024;

const SAMPLE_INTERVAL: Duration = Duration::from_millis(20);

static IS_OVER: AtomicBool = AtomicBool::new(false);

/// True once the process has used more than [`MAX_MEMORY_BYTES`]. Asks the system, which takes as long as
/// some operations of Rhai.
pub(crate) fn measure() -> bool {
    let used = getrusage(UsageWho::RUSAGE_SELF).map_or(0, |usage| usage.max_rss());
    // Linux counts in KiB, macOS in bytes (getrusage(2)).
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    let used = u64::try_from(used).unwrap_or(0).saturating_mul(unit);
    if used > MAX_MEMORY_BYTES {
        IS_OVER.store(true, Ordering::Relaxed);
    }
    is_over()
}

/// What [`measure`] has found last, here or in the thread of [`watch_memory`].
pub(crate) fn is_over() -> bool {
    IS_OVER.load(Ordering::Relaxed)
}

/// Starts a thread that measures from now on.
pub(crate) fn watch_memory() {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| {
        thread::spawn(|| {
            while !measure() {
                thread::sleep(SAMPLE_INTERVAL);
            }
        });
    });
}
