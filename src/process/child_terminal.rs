//! The use that one child makes of the terminal: it gets the terminal when it is stopped for using it,
//! and the keys that then interrupt only the child are noticed.

use super::group::{Group, Helper, Starting};
use super::terminal::Handover;
use crate::fault::Interrupt;
use nix::sys::signal::Signal;
use signal_hook::consts::{SIGINT, SIGQUIT};
use std::io::PipeWriter;
use std::os::unix::process::{CommandExt, ExitStatusExt};

/// What a child has of the terminal.
#[derive(Default)]
pub(super) struct ChildTerminal {
    handover: Option<Handover>,
    keys: Option<KeyWatch>,
}

impl ChildTerminal {
    /// `signal` has stopped the child. True if it has just got the terminal that it asked for.
    pub(super) fn child_stopped(&mut self, group: &Group, signal: Signal) -> bool {
        if let Some(handover) = self.handover.take() {
            self.handover = handover.suspend(group.id());
            return false;
        }
        // Password prompts use the terminal itself, wherever standard input comes from.
        if matches!(signal, Signal::SIGTTIN | Signal::SIGTTOU) {
            self.handover = Handover::to(group.id());
        }
        if self.handover.is_some() && self.keys.is_none() {
            self.keys = KeyWatch::start(group);
        }
        self.handover.is_some()
    }

    /// The child has ended: takes the terminal back. Returns the interrupt that was typed meanwhile.
    pub(super) fn take_back(self, group: &Group) -> Option<Interrupt> {
        drop(self.handover);
        self.keys.and_then(|keys| keys.typed(group))
    }
}

/// Notices Ctrl-C and Ctrl-\: a program in the group of the child that does nothing and dies of their
/// signals.
struct KeyWatch {
    program: duct::Handle,
    /// Closing it ends the program.
    input: PipeWriter,
    #[expect(dead_code, reason = "dropping it ends the registration")]
    registered: Helper,
}

impl KeyWatch {
    /// Starts the program. `None` if that is not possible.
    #[expect(clippy::disallowed_methods, reason = "no program of a recipe")]
    fn start(group: &Group) -> Option<Self> {
        let (reader, input) = std::io::pipe().ok()?;
        let group = group.id().as_raw();
        let starting = Starting::wait_for_others();
        let program = duct::cmd!("cat")
            .stdin_file(reader)
            .stdout_null()
            .stderr_null()
            .unchecked()
            .before_spawn(move |command| {
                command.process_group(group);
                Ok(())
            });
        let program = program.start().ok()?;
        let registered = starting.register_helper(program.pids().first().copied());
        Some(Self {
            program,
            input,
            registered,
        })
    }

    /// Ends the program; returns the interrupt that was typed before.
    fn typed(self, group: &Group) -> Option<Interrupt> {
        drop(self.input);
        // Ctrl-Z may have stopped it.
        group.signal(Signal::SIGCONT);
        match self.program.wait().ok()?.status.signal() {
            Some(SIGINT) => Some(Interrupt::CtrlC),
            Some(SIGQUIT) => Some(Interrupt::Quit),
            _ => None,
        }
    }
}
