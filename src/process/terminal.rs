//! Hands the terminal to a child and takes it back.

use super::mark::is_nested;
use super::tty::{set_foreground, terminal};
use super::watchdog::{self, Modes};
use crate::fault::lock;
use crate::screen::{self, Suspended};
use nix::sys::signal::{Signal, killpg, raise};
use nix::sys::termios::{SetArg, Termios, tcgetattr, tcsetattr};
use nix::unistd::{Pid, getpgrp, tcgetpgrp};
use std::sync::Mutex;
use std::time::Duration;

/// The terminal's modes before a child got it; `None` while it is ours.
static SAVED_MODES: Mutex<Option<Termios>> = Mutex::new(None);

/// How long to wait for our own SIGTSTP to take effect: it may be delivered to another thread.
const STOP_DELAY: Duration = Duration::from_millis(100);

/// A child has the terminal; dropping this takes it back and restores its modes.
#[derive(Debug)]
pub(super) struct Handover(Suspended);

impl Handover {
    /// Gives the terminal to the group `child`, if our group has it.
    pub(super) fn to(child: Pid) -> Option<Self> {
        let terminal = terminal()?;
        let ours = tcgetpgrp(&terminal).ok()? == getpgrp();
        if !ours {
            if is_nested() {
                // The outer `copilot` sees us stopped by this, and hands the terminal over.
                let _stops_here = raise(Signal::SIGTTIN);
            }
            return None;
        }
        let modes = tcgetattr(&terminal).ok()?;
        watchdog::remember_modes(Some(Modes::of(&modes)));
        *lock(&SAVED_MODES) = Some(modes);
        let suspended = screen::suspend_for_child();
        set_foreground(&terminal, child);
        // It may have used the terminal too early and been suspended for that.
        let _may_have_ended = killpg(child, Signal::SIGCONT);
        Some(Self(suspended))
    }

    /// Ctrl-Z suspended the child: suspend our group too, as Ctrl-Z would have done without the
    /// handover. Once continued, the child gets the terminal back unless we are in the background.
    pub(super) fn suspend(self, child: Pid) -> Option<Self> {
        let _suspended = screen::suspend();
        drop(self);
        let _stops_here = killpg(getpgrp(), Signal::SIGTSTP);
        std::thread::sleep(STOP_DELAY);
        let again = Self::to(child);
        let _may_have_ended = killpg(child, Signal::SIGCONT);
        again
    }
}

impl Drop for Handover {
    fn drop(&mut self) {
        take_back();
    }
}

fn take_back() {
    let Some(modes) = lock(&SAVED_MODES).take() else {
        return;
    };
    if let Some(terminal) = terminal() {
        set_foreground(&terminal, getpgrp());
        let _best_effort = tcsetattr(&terminal, SetArg::TCSADRAIN, &modes);
    }
    watchdog::remember_modes(None);
}

/// Takes the terminal back from a child before the process exits.
pub(super) fn restore() {
    take_back();
    if console::user_attended_stderr() {
        let _best_effort = console::Term::stderr().show_cursor();
    }
}
