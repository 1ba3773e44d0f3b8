//! The process groups of running children.

use super::table::processes;
use crate::fault::lock;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use rustix::process::{WaitId, WaitIdOptions, waitid};
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// Our running children. Each leads a group with its own id, except the host's own helpers.
struct Children {
    groups: BTreeSet<i32>,
    helpers: BTreeSet<i32>,
}

impl Children {
    fn all(&self) -> BTreeSet<i32> {
        self.groups.union(&self.helpers).copied().collect()
    }
}

static CHILDREN: Mutex<Children> = Mutex::new(Children {
    groups: BTreeSet::new(),
    helpers: BTreeSet::new(),
});

/// How often to check whether a group is empty: the system does not notify us.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Held while a child is started, so that a second Ctrl-C misses none. Its pipes are created under
/// the same lock: on macOS a child started at that moment would inherit them.
pub(super) struct Starting(MutexGuard<'static, Children>);

impl Starting {
    /// Waits until no other thread is starting a child.
    pub(super) fn wait_for_others() -> Self {
        Self(lock(&CHILDREN))
    }

    /// The ids of the running children.
    pub(super) fn children(&self) -> BTreeSet<i32> {
        self.0.all()
    }

    /// Registers the child, which leads a group with its own id.
    pub(super) fn register_child(mut self, leader: Option<u32>) -> Group {
        let raw = raw_pid(leader);
        self.0.groups.insert(raw);
        Group(Pid::from_raw(raw))
    }

    /// Registers a program that does not belong to a recipe.
    pub(super) fn register_helper(mut self, pid: Option<u32>) -> Helper {
        let raw = raw_pid(pid);
        self.0.helpers.insert(raw);
        Helper(raw)
    }
}

fn raw_pid(pid: Option<u32>) -> i32 {
    pid.and_then(|pid| i32::try_from(pid).ok())
        .unwrap_or(i32::MAX)
}

/// A program of the host itself, registered until dropped.
pub(super) struct Helper(i32);

impl Drop for Helper {
    fn drop(&mut self) {
        lock(&CHILDREN).helpers.remove(&self.0);
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

    /// Ends the processes of the group: `signal` now, and SIGKILL at `end`.
    pub(super) fn end(&self, signal: Signal, end: Instant) {
        self.signal(signal);
        // A stopped process would not handle the signal.
        self.signal(Signal::SIGCONT);
        while self.is_alive() && Instant::now() < end {
            std::thread::sleep(POLL_INTERVAL);
        }
        self.signal(Signal::SIGKILL);
    }

    /// True if a process of the group is running. Zombies do not count: the first process of a
    /// container often reaps none.
    fn is_alive(&self) -> bool {
        killpg(self.0, None).is_ok()
            && processes()
                .iter()
                .any(|process| process.group == self.0.as_raw() && !process.is_zombie)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        lock(&CHILDREN).groups.remove(&self.0.as_raw());
    }
}

/// True if a child is running.
pub(super) fn any() -> bool {
    !lock(&CHILDREN).groups.is_empty()
}

/// Calls `act` with the ids of our running children; none starts meanwhile.
pub(super) fn with_children<T>(act: impl FnOnce(&BTreeSet<i32>) -> T) -> T {
    let children = lock(&CHILDREN);
    act(&children.all())
}

/// Sends a signal to the group of every child.
pub(super) fn signal_all(signal: Signal) {
    signal_each(&lock(&CHILDREN).groups, signal);
}

fn signal_each(groups: &BTreeSet<i32>, signal: Signal) {
    for group in groups {
        let _group_empty = killpg(Pid::from_raw(*group), signal);
    }
}

/// Kills every child and its group. No other child can start while the guard exists.
pub(super) fn kill_all() -> Starting {
    let children = lock(&CHILDREN);
    signal_each(&children.groups, Signal::SIGKILL);
    Starting(children)
}
