//! A lock between the steps of one run.

use crate::process::Token;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How often to try to take a lock that another step holds.
const RETRY_INTERVAL: Duration = Duration::from_millis(20);

/// Work that only one step of a run may do at a time.
#[derive(Debug, Default)]
pub(crate) struct Exclusive {
    taken: AtomicBool,
}

impl Exclusive {
    /// Waits until no other step holds the lock. `None` if `token` asks to stop meanwhile.
    pub(crate) fn take(self: &Arc<Self>, token: &Token) -> Option<Held> {
        while self.taken.swap(true, Ordering::SeqCst) {
            if !token.sleep(RETRY_INTERVAL) {
                return None;
            }
        }
        Some(Held(Arc::clone(self)))
    }
}

/// The lock, held until this is dropped. It can be moved to another thread.
#[derive(Debug)]
pub(crate) struct Held(Arc<Exclusive>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.taken.store(false, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_and_a_waiting_step_can_be_stopped() {
        let lock = Arc::new(Exclusive::default());
        let token = Token::default();
        let held = lock.take(&token).unwrap();
        std::thread::scope(|scope| {
            let other = scope.spawn(|| lock.take(&token).is_some());
            drop(held);
            assert!(other.join().unwrap());
        });
        let _held = lock.take(&token).unwrap();
        token.cancel();
        assert!(lock.take(&token).is_none());
    }
}
