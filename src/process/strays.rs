//! Processes of a run that have left the group of their child, as `setsid` and daemons do: finds and
//! stops them, and collects those that have ended.

use super::command::DEFAULT_GRACE;
use super::group;
use super::mark::{Owner, is_below, run_id};
use super::table::{Marking, Process, marking, processes};
use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, getpgrp};
use rustix::process::{WaitId, WaitIdOptions, WaitOptions, waitid, waitpid};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// How often to check whether processes have ended: the system does not notify us.
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// How long processes are waited for after SIGKILL. One that waits for a device can take any time.
const KILL_TIMEOUT: Duration = Duration::from_secs(1);

/// Makes this process the parent of descendants whose parent ends, so that they can be found. Only
/// Linux can.
pub(super) fn adopt() {
    #[cfg(target_os = "linux")]
    {
        // Without it, marks still find most.
        let _no_adoption = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
    }
}

/// Collects adopted processes that have ended. Children that were started by us are left to the
/// threads that wait for them; those of libraries are in our own group.
pub(super) fn reap_adopted() {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    // The status names no process, so the process table has to.
    if !matches!(waitid(WaitId::All, options), Ok(Some(_))) {
        return;
    }
    let own = std::process::id().cast_signed();
    group::with_children(|children| {
        let is_adopted = |process: &Process| {
            process.is_zombie
                && process.parent == own
                && process.group != getpgrp().as_raw()
                && !children.contains(&process.pid)
        };
        for process in processes().into_iter().filter(is_adopted) {
            let pid = rustix::process::Pid::from_raw(process.pid);
            let _collected_meanwhile = waitpid(pid, WaitOptions::NOHANG);
        }
    });
}

/// A process that a run has left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Left {
    /// The process.
    pub pid: i32,
    /// Its name.
    pub name: String,
}

/// The processes of the run with the id `run`, and of those nested in it.
pub(crate) fn left_of(run: &str) -> Vec<Left> {
    let is_its = |process: &Process| match marking(process.pid) {
        Marking::Of(mark) => is_below(&mark, run),
        Marking::Detached | Marking::None => false,
    };
    let all = processes().into_iter();
    all.filter(|process| !process.is_zombie && is_its(process))
        .map(|process| Left {
            pid: process.pid,
            name: process.name,
        })
        .collect()
}

/// Sends SIGTERM to the owner's processes outside of the groups of children.
pub(super) fn ask(owner: Owner<'_>) {
    for pid in find(owner, &group::with_children(BTreeSet::clone)) {
        signal(pid, Signal::SIGTERM);
    }
}

/// Stops all processes of the run that are left after an interruption, also those that children which
/// ended before have left behind.
pub(crate) fn clear_run() {
    clear(Owner::Run(run_id()), Instant::now() + DEFAULT_GRACE);
}

/// Kills the processes of the run outside of the groups of `children`.
pub(super) fn kill_all(children: &BTreeSet<i32>) {
    for pid in find(Owner::Run(run_id()), children) {
        signal(pid, Signal::SIGKILL);
    }
}

/// Stops the owner's processes: SIGTERM now, SIGKILL at `end`.
pub(super) fn clear(owner: Owner<'_>, end: Instant) {
    let mut asked = BTreeSet::new();
    let mut foreign = BTreeSet::new();
    let give_up_at = end.max(Instant::now()) + KILL_TIMEOUT;
    loop {
        let now = Instant::now();
        let mut found = find(owner, &group::with_children(BTreeSet::clone));
        found.retain(|pid| !foreign.contains(pid));
        if found.is_empty() || now >= give_up_at {
            return;
        }
        for pid in found {
            let may_signal = if now >= end {
                signal(pid, Signal::SIGKILL)
            } else {
                !asked.insert(pid) || signal(pid, Signal::SIGTERM)
            };
            if !may_signal {
                foreign.insert(pid);
            }
        }
        reap_adopted();
        std::thread::sleep(POLL_INTERVAL);
    }
}

/// False if the process belongs to another user, as one that `sudo` started.
fn signal(pid: i32, signal: Signal) -> bool {
    let pid = Pid::from_raw(pid);
    let may_signal = kill(pid, signal) != Err(Errno::EPERM);
    // A stopped process would not handle the signal.
    let _ended_meanwhile = kill(pid, Signal::SIGCONT);
    may_signal
}

/// The owner's running processes outside of the groups of children: those with its mark, and for a
/// run also the unmarked descendants of this process, as some programs overwrite their environment.
fn find(owner: Owner<'_>, children: &BTreeSet<i32>) -> Vec<i32> {
    let own = std::process::id().cast_signed();
    let all = processes();
    let own_group = getpgrp().as_raw();
    let is_candidate = |process: &&Process| {
        let in_a_group = children.contains(&process.group) || process.group == own_group;
        !process.is_zombie && process.pid != own && !in_a_group
    };
    all.iter()
        .filter(is_candidate)
        .filter(|process| match marking(process.pid) {
            Marking::Of(mark) => owner.owns(&mark),
            Marking::Detached => false,
            Marking::None => matches!(owner, Owner::Run(_)) && descends(process, own, &all),
        })
        .map(|process| process.pid)
        .collect()
}

/// True if `process` descends from `ancestor`.
fn descends(process: &Process, ancestor: i32, all: &[Process]) -> bool {
    let mut parent = process.parent;
    // A bound, as the table is not of one moment.
    for _ in 0..all.len() {
        if parent == ancestor {
            return true;
        }
        match all.iter().find(|process| process.pid == parent) {
            Some(process) => parent = process.parent,
            None => return false,
        }
    }
    false
}
