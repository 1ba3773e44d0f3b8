//! The modes of the terminal, for the watchdog to restore.

use super::super::tty::{terminal, without_sigttou};
use nix::sys::termios::{
    ControlFlags, InputFlags, LocalFlags, OutputFlags, SetArg, Termios, tcgetattr, tcsetattr,
};
use nix::unistd::{Pid, tcgetpgrp, tcsetpgrp};
use serde::{Deserialize, Serialize};

/// The modes that the terminal had before a child got it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Modes {
    input: u64,
    output: u64,
    control: u64,
    local: u64,
    characters: Vec<u8>,
}

impl Modes {
    /// These modes.
    pub(in super::super) fn of(modes: &Termios) -> Self {
        Self {
            input: modes.input_flags.bits().into(),
            output: modes.output_flags.bits().into(),
            control: modes.control_flags.bits().into(),
            local: modes.local_flags.bits().into(),
            characters: modes.control_chars.to_vec(),
        }
    }

    /// Restores the modes, and makes `group` the foreground group, if one of `children` still is: a
    /// shell with job control has done so by itself.
    pub(super) fn put_back(&self, children: &[Pid], group: i32) {
        let Some(terminal) = terminal() else {
            return;
        };
        let is_ours = tcgetpgrp(&terminal).is_ok_and(|foreground| children.contains(&foreground));
        let Ok(mut modes) = tcgetattr(&terminal) else {
            return;
        };
        if !is_ours {
            return;
        }
        modes.input_flags = flags(self.input, InputFlags::from_bits_retain);
        modes.output_flags = flags(self.output, OutputFlags::from_bits_retain);
        modes.control_flags = flags(self.control, ControlFlags::from_bits_retain);
        modes.local_flags = flags(self.local, LocalFlags::from_bits_retain);
        for (character, saved) in modes.control_chars.iter_mut().zip(&self.characters) {
            *character = *saved;
        }
        without_sigttou(|| {
            let _best_effort = tcsetattr(&terminal, SetArg::TCSADRAIN, &modes);
            let _terminal_gone = tcsetpgrp(&terminal, Pid::from_raw(group));
        });
    }
}

/// The size of a set of flags depends on the system.
fn flags<Bits: TryFrom<u64> + Default, Flags>(bits: u64, from_bits: fn(Bits) -> Flags) -> Flags {
    from_bits(Bits::try_from(bits).unwrap_or_default())
}
