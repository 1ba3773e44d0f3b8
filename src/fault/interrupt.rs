//! The signals that end a run, and the exit codes for them.

/// A signal that ends a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interrupt {
    /// SIGINT, as Ctrl-C sends it.
    CtrlC,
    /// SIGTERM, as `kill` sends it.
    Terminate,
    /// SIGHUP: the terminal was closed.
    Hangup,
}

impl Interrupt {
    /// The exit code: 128 plus the signal's number, as a shell reports it.
    pub(crate) const fn exit_code(self) -> u8 {
        match self {
            Self::CtrlC => 130,
            Self::Terminate => 143,
            Self::Hangup => 129,
        }
    }

    /// The interrupt with the exit code `code`; Ctrl-C for any other code.
    pub(crate) const fn from_exit_code(code: u8) -> Self {
        match code {
            143 => Self::Terminate,
            129 => Self::Hangup,
            _ => Self::CtrlC,
        }
    }
}
