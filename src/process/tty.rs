//! The terminal of the process.

use nix::sys::signal::{SigSet, SigmaskHow, Signal};
use nix::unistd::{Pid, tcsetpgrp};
use std::fs::File;

/// The terminal, if the process has one.
pub(super) fn terminal() -> Option<File> {
    File::open("/dev/tty").ok()
}

/// Makes `group` the terminal's foreground group.
pub(super) fn set_foreground(terminal: &File, group: Pid) {
    without_sigttou(|| {
        let _terminal_gone = tcsetpgrp(terminal, group);
    });
}

/// A background process that changes the terminal receives SIGTTOU, which would suspend it: blocks the
/// signal meanwhile.
pub(super) fn without_sigttou(act: impl FnOnce()) {
    let mut blocked = SigSet::empty();
    blocked.add(Signal::SIGTTOU);
    let before = blocked.thread_swap_mask(SigmaskHow::SIG_BLOCK);
    act();
    if let Ok(before) = before {
        let _restored = before.thread_set_mask();
    }
}
