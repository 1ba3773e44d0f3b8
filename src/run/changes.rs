//! Makes a run the only one that changes things in its checkout.

use super::checkout_lock::{Attempt, CheckoutLock, Holder, LOCK_FILE, shown, try_lock};
use super::{Level, Run, frame};
use crate::fault::{Failure, Kind, lock};
use std::time::{Duration, Instant};

/// The variable that tells the programs of a run which process holds the lock, so that a `copilot` among
/// them does not wait for its own ancestor.
const HOLDER_VARIABLE: &str = "COPILOT_LOCK_PID";

/// How long the programs of a killed holder are waited for in any case: most end at once.
const KILLED_HOLDER_TIMEOUT: Duration = Duration::from_secs(10);

const POLL_INTERVAL: Duration = Duration::from_millis(100);

impl Run {
    /// Must be called before anything is changed. Fails if another run in this checkout changes things,
    /// or waits for it with `--wait-for-lock`. Returns the last run that held the lock if it was killed or
    /// has crashed.
    pub(crate) fn lock_checkout(&self) -> Result<Option<Holder>, Failure> {
        if self.outside.is_recorded() {
            return Ok(None);
        }
        let mut held = lock(&self.checkout_lock);
        let mut has_said = false;
        let began = Instant::now();
        while matches!(*held, CheckoutLock::NotTaken) {
            let holder = match try_lock(&self.root, self.recipe.replace('/', " ")) {
                Ok(Attempt::Taken { lock, crashed }) => {
                    *held = CheckoutLock::Held(lock);
                    return Ok(crashed);
                }
                Ok(Attempt::HeldBy(holder)) => holder,
                Err(error) => {
                    let text = format!(
                        "cannot lock {LOCK_FILE}: {error}; another run may change things at the same time"
                    );
                    self.reporter.message(Level::Warning, &text);
                    *held = CheckoutLock::Waived;
                    break;
                }
            };
            if holder.as_ref().is_some_and(is_ancestor) {
                *held = CheckoutLock::Waived;
                break;
            }
            let is_running = holder.as_ref().is_none_or(Holder::is_running);
            let holder = shown(holder.as_ref());
            let is_patient = !is_running && began.elapsed() < KILLED_HOLDER_TIMEOUT;
            if !self.options.wait_for_lock && !is_patient {
                let message = if is_running {
                    format!("{holder} is changing things in this checkout")
                } else {
                    format!("{holder} was killed, and its programs are still ending")
                };
                let hint = "wait until it has ended, or pass --wait-for-lock";
                return Err(Failure::new(Kind::Locked, message).with_hint(hint));
            }
            if !is_patient && !std::mem::replace(&mut has_said, true) {
                let text = format!("waiting for {holder}");
                self.reporter.message(Level::Info, &text);
            }
            if !frame().token.sleep(POLL_INTERVAL) {
                // The caller finds out that it was asked to stop.
                break;
            }
        }
        Ok(None)
    }

    /// Lets other runs change things until this one changes something again.
    pub(crate) fn unlock_checkout(&self) {
        let mut held = lock(&self.checkout_lock);
        if matches!(*held, CheckoutLock::Held(_)) {
            *held = CheckoutLock::NotTaken;
        }
    }

    /// The variable that a program of this run must get, if the run holds the lock.
    pub(crate) fn lock_variable(&self) -> Option<(&'static str, String)> {
        let holds = matches!(*lock(&self.checkout_lock), CheckoutLock::Held(_));
        holds.then(|| (HOLDER_VARIABLE, std::process::id().to_string()))
    }
}

fn is_ancestor(holder: &Holder) -> bool {
    let ancestor = std::env::var(HOLDER_VARIABLE).ok();
    ancestor.is_some_and(|pid| pid == holder.pid.to_string())
}
