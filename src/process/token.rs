//! Stop requests for the whole run, a plan, or one step.

use crate::fault::{Interrupt, lock};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Why work must stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// A signal from outside.
    Interrupt(Interrupt),
    /// Another step failed and the plan does not keep going.
    Cancelled,
    /// The step's `timeout` has passed.
    TimedOut,
}

/// A stop request that work polls. A token is stopped when its parent is.
#[derive(Debug, Default)]
pub(crate) struct Token {
    own: AtomicU8,
    deadline: Option<Instant>,
    parent: Option<Arc<Token>>,
    pause: (Mutex<()>, Condvar),
    /// [`Token::sleep`] returns at once, in tests of recipes.
    timeless: bool,
}

/// Stands for [`Stop::Cancelled`] in `Token::own`; other values are exit codes of signals.
const CANCELLED_CODE: u8 = 1;

/// How often a sleeping token checks its parents.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

impl Token {
    /// A token under `parent` that also stops at `deadline`.
    pub(crate) fn child(parent: &Arc<Self>, deadline: Option<Instant>) -> Arc<Self> {
        Arc::new(Self {
            deadline,
            parent: Some(Arc::clone(parent)),
            ..Self::default()
        })
    }

    /// A token under `parent` for which sleeping takes no time.
    pub(crate) fn timeless(parent: &Arc<Self>) -> Arc<Self> {
        Arc::new(Self {
            parent: Some(Arc::clone(parent)),
            timeless: true,
            ..Self::default()
        })
    }

    /// A token of its own, without a stop request, that is timeless if this one is.
    pub(crate) fn detached(&self) -> Self {
        Self {
            timeless: self.is_timeless(),
            ..Self::default()
        }
    }

    fn is_timeless(&self) -> bool {
        self.timeless
            || self
                .parent
                .as_ref()
                .is_some_and(|parent| parent.is_timeless())
    }

    /// Stops everything under this token.
    pub(crate) fn cancel(&self) {
        self.request(CANCELLED_CODE);
    }

    /// Stops everything under this token because of a signal.
    pub(crate) fn interrupt(&self, interrupt: Interrupt) {
        self.request(interrupt.exit_code());
    }

    fn request(&self, reason: u8) {
        // The first reason stays, except that a signal must also stop what a broken pipe does not.
        for replaced in [0, Interrupt::BrokenPipe.exit_code()] {
            let _another_reason_stays =
                self.own
                    .compare_exchange(replaced, reason, Ordering::SeqCst, Ordering::SeqCst);
        }
        let _guard = lock(&self.pause.0);
        self.pause.1.notify_all();
    }

    /// The stop request, if any. A parent's comes first.
    pub(crate) fn stop(&self) -> Option<Stop> {
        let above = self.parent.as_ref().and_then(|parent| parent.stop());
        if let Some(stop) = above {
            return Some(stop);
        }
        match self.own.load(Ordering::SeqCst) {
            0 => self
                .deadline
                .filter(|deadline| Instant::now() >= *deadline)
                .map(|_| Stop::TimedOut),
            CANCELLED_CODE => Some(Stop::Cancelled),
            code => Some(Stop::Interrupt(Interrupt::from_exit_code(code))),
        }
    }

    /// Sleeps for `time` or until stopped; true if it slept to the end.
    pub(crate) fn sleep(&self, time: Duration) -> bool {
        if self.is_timeless() {
            return self.stop().is_none();
        }
        let end = Instant::now() + time;
        loop {
            if self.stop().is_some() {
                return false;
            }
            let now = Instant::now();
            if now >= end {
                return true;
            }
            // Only a request on this token wakes it: a parent's is noticed after this interval.
            let nap = (end - now).min(POLL_INTERVAL);
            let guard = lock(&self.pause.0);
            drop(
                self.pause
                    .1
                    .wait_timeout(guard, nap)
                    .unwrap_or_else(PoisonError::into_inner),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_hears_its_parent_and_not_the_other_way_round() {
        let parent = Arc::new(Token::default());
        let child = Token::child(&parent, None);
        let sibling = Token::child(&parent, None);
        child.cancel();
        assert_eq!(child.stop(), Some(Stop::Cancelled));
        assert_eq!((parent.stop(), sibling.stop()), (None, None));
        parent.interrupt(Interrupt::Terminate);
        assert_eq!(child.stop(), Some(Stop::Interrupt(Interrupt::Terminate)));
    }

    #[test]
    fn a_timeless_token_sleeps_at_once_and_still_stops() {
        let parent = Arc::new(Token::default());
        let timeless = Token::timeless(&parent);
        assert!(Token::child(&timeless, None).sleep(Duration::from_hours(1)));
        parent.cancel();
        assert!(!timeless.sleep(Duration::from_hours(1)));
        assert!(timeless.detached().sleep(Duration::from_hours(1)));
    }

    #[test]
    fn a_deadline_stops_a_sleep() {
        let parent = Arc::new(Token::default());
        let child = Token::child(&parent, Some(Instant::now()));
        assert!(!child.sleep(Duration::from_mins(1)));
        assert_eq!(child.stop(), Some(Stop::TimedOut));
        assert_eq!(parent.stop(), None);
    }
}
