//! Which processes there are.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Waits until `condition` holds; fails after a time that no slow machine needs.
#[track_caller]
pub(crate) fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_mins(2);
    while !condition() {
        assert!(Instant::now() < end, "waited two minutes for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A number of seconds to sleep that no other process sleeps, so that `sleep` can be found.
pub(crate) struct Marker(String);

impl Marker {
    /// A number that no other test has.
    pub(crate) fn new() -> Self {
        static MARKER_COUNT: AtomicU32 = AtomicU32::new(0);
        let count = MARKER_COUNT.fetch_add(1, Ordering::Relaxed);
        Self(format!("3{count:03}.{}", std::process::id()))
    }

    /// The number, as an argument of `sleep`.
    pub(crate) fn seconds(&self) -> &str {
        &self.0
    }

    /// The processes that sleep so long.
    fn pids(&self) -> Vec<Pid> {
        let listing = Command::new("ps")
            .args(["-A", "-o", "pid=,args="])
            .output()
            .unwrap();
        let sleeper = format!("sleep {}", self.0);
        String::from_utf8_lossy(&listing.stdout)
            .lines()
            .filter_map(|line| line.trim().split_once(' '))
            .filter(|(_, args)| args.trim() == sleeper)
            .map(|(pid, _)| Pid::from_raw(pid.parse().unwrap()))
            .collect()
    }

    /// How many of them are stopped, as by Ctrl-Z.
    pub(crate) fn stopped(&self) -> usize {
        let is_stopped = |pid: &Pid| {
            let state = Command::new("ps")
                .args(["-o", "stat=", "-p", &pid.to_string()])
                .output()
                .unwrap();
            state.stdout.first() == Some(&b'T')
        };
        self.pids().iter().filter(|pid| is_stopped(pid)).count()
    }

    /// How many processes sleep so long.
    pub(crate) fn sleepers(&self) -> usize {
        self.pids().len()
    }

    /// Waits until so many do.
    #[track_caller]
    pub(crate) fn wait_for(&self, count: usize) {
        eventually("sleeping processes", || self.sleepers() == count);
    }

    /// Fails if any does. What was killed may take a moment to be gone.
    #[track_caller]
    pub(crate) fn assert_gone(&self) {
        let end = Instant::now() + Duration::from_secs(10);
        while self.sleepers() > 0 {
            assert!(Instant::now() < end, "a process was left behind");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Marker {
    fn drop(&mut self) {
        // A test that failed leaves nothing behind either.
        for pid in self.pids() {
            let _ended_meanwhile = kill(pid, Signal::SIGKILL);
        }
    }
}
