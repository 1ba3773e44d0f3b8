//! The process groups of the children that run now.

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use rustix::process::{WaitId, WaitIdOptions, waitid};
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Groups of the children that run now, for the second Ctrl-C.
static GROUPS: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());

/// Between two looks whether a group is empty. Nothing tells us.
const LOOK: Duration = Duration::from_millis(20);

/// Held while a child is started, so that none can be missed by the second Ctrl-C. Its pipes are
/// made meanwhile too: macOS has none that a child started at that moment would not inherit.
pub(super) struct Starting(MutexGuard<'static, BTreeSet<i32>>);

impl Starting {
    /// Waits until nobody else starts a child.
    pub(super) fn alone() -> Self {
        Self(groups())
    }

    /// The child runs: it leads the group of its own id.
    pub(super) fn done(mut self, leader: Option<u32>) -> Group {
        let raw = leader
            .and_then(|pid| i32::try_from(pid).ok())
            .unwrap_or(i32::MAX);
        self.0.insert(raw);
        Group(Pid::from_raw(raw))
    }
}

/// A child's process group, known to the second Ctrl-C while it runs.
pub(super) struct Group(Pid);

impl Group {
    /// Its id, which is that of the child.
    pub(super) const fn id(&self) -> Pid {
        self.0
    }

    /// Sends everybody in it a signal.
    pub(super) fn signal(&self, signal: Signal) {
        // An error says that nobody is left in the group.
        let _nobody_left = killpg(self.0, signal);
    }

    /// The signal that has stopped the leader, as Ctrl-Z does. Its exit status is left for the
    /// real wait.
    pub(super) fn stopped_by(&self) -> Option<Signal> {
        let look = WaitIdOptions::STOPPED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let pid = rustix::process::Pid::from_raw(self.0.as_raw())?;
        let status = waitid(WaitId::Pid(pid), look).ok().flatten()?;
        Signal::try_from(status.stopping_signal()?).ok()
    }

    /// The leader has ended because it was asked to. What it leaves behind in its group is asked
    /// too, for a shell makes those deaf to Ctrl-C, and killed at `end`.
    pub(super) fn clear(&self, end: Instant) {
        self.signal(Signal::SIGTERM);
        while self.lives() && Instant::now() < end {
            std::thread::sleep(LOOK);
        }
        self.signal(Signal::SIGKILL);
    }

    /// True if anybody in it still runs. Who has ended counts as gone before that is collected:
    /// the first process of a container often collects nobody. Elsewhere it is a matter of moments.
    fn lives(&self) -> bool {
        let there_is_one = killpg(self.0, None).is_ok();
        let Ok(processes) = std::fs::read_dir("/proc") else {
            return there_is_one;
        };
        let runs = |stat: String| {
            // `pid (name) state parent group`; a name can hold anything.
            let mut fields = stat
                .rsplit(')')
                .next()
                .unwrap_or_default()
                .split_whitespace();
            let (state, group) = (fields.next(), fields.nth(1));
            group == Some(&self.0.to_string()) && !matches!(state, Some("Z" | "X"))
        };
        there_is_one
            && processes
                .flatten()
                .filter_map(|entry| std::fs::read_to_string(entry.path().join("stat")).ok())
                .any(runs)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        groups().remove(&self.0.as_raw());
    }
}

fn groups() -> MutexGuard<'static, BTreeSet<i32>> {
    GROUPS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// True if a child runs.
pub(super) fn any() -> bool {
    !groups().is_empty()
}

/// Kills every child that runs now, with all it started. No other can start while the guard lives.
pub(super) fn kill_everything() -> Starting {
    let groups = groups();
    for group in groups.iter() {
        let _nobody_left = killpg(Pid::from_raw(*group), Signal::SIGKILL);
    }
    Starting(groups)
}
