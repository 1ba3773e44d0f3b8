//! What ends a run from outside, and the exit codes for it.

/// A signal that ends a run, or the loss of its reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interrupt {
    /// SIGINT, as Ctrl-C sends it.
    CtrlC,
    /// SIGTERM, as `kill` sends it.
    Terminate,
    /// SIGHUP: the terminal was closed.
    Hangup,
    /// SIGQUIT, as Ctrl-\ sends it.
    Quit,
    /// The reader of our output closed the pipe.
    BrokenPipe,
}

impl Interrupt {
    /// The exit code: 128 plus the signal's number, as a shell reports it; SIGPIPE for a lost reader.
    pub(crate) const fn exit_code(self) -> u8 {
        match self {
            Self::CtrlC => 130,
            Self::Terminate => 143,
            Self::Hangup => 129,
            Self::Quit => 131,
            Self::BrokenPipe => 141,
        }
    }

    /// The interrupt with the exit code `code`; Ctrl-C for any other code.
    pub(crate) const fn from_exit_code(code: u8) -> Self {
        match code {
            143 => Self::Terminate,
            129 => Self::Hangup,
            131 => Self::Quit,
            141 => Self::BrokenPipe,
            _ => Self::CtrlC,
        }
    }
}
