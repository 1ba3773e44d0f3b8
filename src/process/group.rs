//! The process groups of running children.

use crate::fault::lock;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use rustix::process::{WaitId, WaitIdOptions, waitid};
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// The groups of running children, which a second Ctrl-C kills.
static RUNNING_GROUPS: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());

/// How often to check whether a group is empty: the system does not notify us.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Held while a child is started, so that a second Ctrl-C misses none. Its pipes are created under
/// the same lock: on macOS a child started at that moment would inherit them.
pub(super) struct Starting(MutexGuard<'static, BTreeSet<i32>>);

impl Starting {
    /// Waits until no other thread is starting a child.
    pub(super) fn wait_for_others() -> Self {
        Self(lock(&RUNNING_GROUPS))
    }

    /// Registers the child, which leads a group with its own id.
    pub(super) fn register_child(mut self, leader: Option<u32>) -> Group {
        let raw = leader
            .and_then(|pid| i32::try_from(pid).ok())
            .unwrap_or(i32::MAX);
        self.0.insert(raw);
        Group(Pid::from_raw(raw))
    }
}

/// A child's process group, registered until dropped.
pub(super) struct Group(Pid);

impl Group {
    /// The group's id, which is the id of the child.
    pub(super) const fn id(&self) -> Pid {
        self.0
    }

    /// Sends a signal to every process of the group.
    pub(super) fn signal(&self, signal: Signal) {
        // An error means that the group is empty.
        let _group_empty = killpg(self.0, signal);
    }

    /// The signal that has suspended the leader, as Ctrl-Z does. Leaves its exit status for the
    /// actual wait.
    pub(super) fn stopped_by(&self) -> Option<Signal> {
        let options = WaitIdOptions::STOPPED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let pid = rustix::process::Pid::from_raw(self.0.as_raw())?;
        let status = waitid(WaitId::Pid(pid), options).ok().flatten()?;
        Signal::try_from(status.stopping_signal()?).ok()
    }

    /// Ends the processes that the leader left behind when it was stopped: SIGTERM now, since a
    /// shell makes its background processes ignore SIGINT, and SIGKILL at `end`.
    pub(super) fn clear(&self, end: Instant) {
        self.signal(Signal::SIGTERM);
        while self.is_alive() && Instant::now() < end {
            std::thread::sleep(POLL_INTERVAL);
        }
        self.signal(Signal::SIGKILL);
    }

    /// True if a process of the group is running. Zombies do not count where `/proc` shows them:
    /// the first process of a container often reaps none.
    fn is_alive(&self) -> bool {
        let exists = killpg(self.0, None).is_ok();
        let Ok(processes) = std::fs::read_dir("/proc") else {
            return exists;
        };
        let runs = |stat: String| {
            // `pid (name) state parent group`; the name may contain any character.
            let mut fields = stat
                .rsplit(')')
                .next()
                .unwrap_or_default()
                .split_whitespace();
            let (state, group) = (fields.next(), fields.nth(1));
            group == Some(&self.0.to_string()) && !matches!(state, Some("Z" | "X"))
        };
        exists
            && processes
                .flatten()
                .filter_map(|entry| std::fs::read_to_string(entry.path().join("stat")).ok())
                .any(runs)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        lock(&RUNNING_GROUPS).remove(&self.0.as_raw());
    }
}

/// True if a child is running.
pub(super) fn any() -> bool {
    !lock(&RUNNING_GROUPS).is_empty()
}

/// Sends a signal to the group of every child.
pub(super) fn signal_all(signal: Signal) {
    signal_each(&lock(&RUNNING_GROUPS), signal);
}

fn signal_each(groups: &BTreeSet<i32>, signal: Signal) {
    for group in groups {
        let _group_empty = killpg(Pid::from_raw(*group), signal);
    }
}

/// Kills every child and its group. No other child can start while the guard exists.
pub(super) fn kill_all() -> Starting {
    let groups = lock(&RUNNING_GROUPS);
    signal_each(&groups, Signal::SIGKILL);
    Starting(groups)
}
