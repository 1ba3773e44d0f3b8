//! Standard output and standard error.

use super::write_whole;
use std::io::IsTerminal;

/// One of a program's two outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

impl Stream {
    /// Writes all of `bytes` to our own output, without regard to the block.
    pub(super) fn write(self, bytes: &[u8]) {
        // `on_broken_pipe` stops the run.
        let _reader_gone = match self {
            Self::Stdout => write_whole(std::io::stdout(), bytes),
            Self::Stderr => write_whole(std::io::stderr(), bytes),
        };
    }

    /// True if our own output is a terminal.
    pub(crate) fn is_terminal(self) -> bool {
        match self {
            Self::Stdout => std::io::stdout().is_terminal(),
            Self::Stderr => std::io::stderr().is_terminal(),
        }
    }
}
