//! Signals as an interactive shell has them: a test run in the background ignores SIGINT, and so would the
//! programs that it starts.

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT};
use signal_hook::flag::register_conditional_default;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Once};

/// Makes programs that are started from now on begin with the default action for each signal. A signal
/// that is handled, not ignored, has its default action in a new program.
pub(crate) fn default_signals() {
    static DONE: Once = Once::new();
    DONE.call_once(|| {
        for signal in [SIGINT, SIGQUIT, SIGHUP] {
            // The handler itself does what the default action does.
            register_conditional_default(signal, Arc::new(AtomicBool::new(true))).unwrap();
        }
    });
}
