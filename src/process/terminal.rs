//! Handing the terminal to a child and taking it back.

use crate::screen::{self, Away};
use nix::sys::signal::{SigSet, SigmaskHow, Signal, killpg};
use nix::sys::termios::{SetArg, Termios, tcgetattr, tcsetattr};
use nix::unistd::{Pid, getpgrp, tcgetpgrp, tcsetpgrp};
use std::fs::File;
use std::io::{IsTerminal, stdin, stdout};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The modes that the terminal had before a child got it; `None` while it is ours.
static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

/// A stop may reach another thread first; this one comes to a halt within this time.
const HALT: Duration = Duration::from_millis(100);

/// The terminal in a child's hands; dropping it takes the terminal back as it was.
#[derive(Debug)]
pub(super) struct Handover(Away);

impl Handover {
    /// Gives the terminal to the group `child`, if it is ours to give.
    pub(super) fn to(child: Pid) -> Option<Self> {
        let terminal = terminal()?;
        let ours = tcgetpgrp(&terminal).ok()? == getpgrp();
        if !ours {
            return None;
        }
        *before() = Some(tcgetattr(&terminal).ok()?);
        let away = screen::left_to_a_child();
        set_foreground(&terminal, child);
        // It may have used the terminal before it owned it, and been stopped for that.
        let _may_have_ended = killpg(child, Signal::SIGCONT);
        Some(Self(away))
    }

    /// Ctrl-Z stopped the child: stop too, with all that Ctrl-Z would have stopped but for the
    /// handover. Once continued, the child has the terminal again unless we are in the background.
    pub(super) fn suspend(self, child: Pid) -> Option<Self> {
        let _between = screen::away();
        drop(self);
        let _stops_here = killpg(getpgrp(), Signal::SIGTSTP);
        std::thread::sleep(HALT);
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

/// True if a child that inherits our input is one that a person talks to. With its output in a
/// pipe it is not yet: the reader of the pipe, `less` for one, wants the terminal as well.
pub(super) fn is_interactive() -> bool {
    stdin().is_terminal() && stdout().is_terminal()
}

fn take_back() {
    let Some(modes) = before().take() else {
        return;
    };
    if let Some(terminal) = terminal() {
        set_foreground(&terminal, getpgrp());
        let _best_effort = tcsetattr(&terminal, SetArg::TCSADRAIN, &modes);
    }
}

fn before() -> std::sync::MutexGuard<'static, Option<Termios>> {
    BEFORE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn terminal() -> Option<File> {
    File::open("/dev/tty").ok()
}

/// Makes `group` the terminal's foreground group. A background process that does so is sent
/// SIGTTOU, whose default is to stop it, so that is held back meanwhile.
fn set_foreground(terminal: &File, group: Pid) {
    let mut held = SigSet::empty();
    held.add(Signal::SIGTTOU);
    let before = held.thread_swap_mask(SigmaskHow::SIG_BLOCK);
    let _not_a_terminal_any_more = tcsetpgrp(terminal, group);
    if let Ok(before) = before {
        let _restored = before.thread_set_mask();
    }
}

/// Takes the terminal back from whatever has it, before the process ends at once.
pub(super) fn restore() {
    take_back();
    if console::user_attended_stderr() {
        let _best_effort = console::Term::stderr().show_cursor();
    }
}
