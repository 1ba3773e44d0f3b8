//! Handing the terminal to an interactive child and taking it back.

use nix::sys::signal::{SigSet, SigmaskHow, Signal, kill, killpg};
use nix::sys::termios::{SetArg, Termios, tcgetattr, tcsetattr};
use nix::unistd::{Pid, getpgrp, getpid, tcgetpgrp, tcsetpgrp};
use std::io::{IsTerminal, stdin};

/// The terminal in a child's hands; dropping it takes the terminal back as it was.
#[derive(Debug)]
pub(super) struct Handover {
    modes: Option<Termios>,
}

impl Handover {
    /// Gives the terminal to the group `child`, if standard input is a terminal that is ours.
    pub(super) fn to(child: Pid) -> Option<Self> {
        let ours = stdin().is_terminal() && tcgetpgrp(stdin()).ok()? == getpgrp();
        if !ours {
            return None;
        }
        let modes = tcgetattr(stdin()).ok();
        set_foreground(child);
        // It may have read from the terminal before it owned it, and been stopped for that.
        let _may_have_ended = killpg(child, Signal::SIGCONT);
        Some(Self { modes })
    }

    /// Ctrl-Z stopped the child: stop too, and give the terminal back to it when continued.
    pub(super) fn suspend(&self, child: Pid) {
        self.take_back();
        let _stops_here = kill(getpid(), Signal::SIGSTOP);
        set_foreground(child);
        let _may_have_ended = killpg(child, Signal::SIGCONT);
    }

    fn take_back(&self) {
        set_foreground(getpgrp());
        if let Some(modes) = &self.modes {
            let _best_effort = tcsetattr(stdin(), SetArg::TCSADRAIN, modes);
        }
    }
}

impl Drop for Handover {
    fn drop(&mut self) {
        self.take_back();
    }
}

/// Makes `group` the terminal's foreground group. A background process that does so is sent
/// SIGTTOU, whose default is to stop it, so that is held back meanwhile.
fn set_foreground(group: Pid) {
    let mut held = SigSet::empty();
    held.add(Signal::SIGTTOU);
    let before = held.thread_swap_mask(SigmaskHow::SIG_BLOCK);
    let _not_a_terminal_any_more = tcsetpgrp(stdin(), group);
    if let Ok(before) = before {
        let _restored = before.thread_set_mask();
    }
}

/// Takes the terminal back from whatever has it, before the process ends at once.
pub(super) fn restore() {
    if stdin().is_terminal() {
        set_foreground(getpgrp());
    }
    if console::user_attended_stderr() {
        let _best_effort = console::Term::stderr().show_cursor();
    }
}
