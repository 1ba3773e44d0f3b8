//! The two outputs that a program has.

use super::write_whole;
use std::io::IsTerminal;

/// Which of a program's two outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

impl Stream {
    /// Writes all of `bytes` to ours, past whatever is on the screen.
    pub(super) fn write(self, bytes: &[u8]) {
        // A reader that has gone away does not stop the work.
        let _reader_gone = match self {
            Self::Stdout => write_whole(std::io::stdout(), bytes),
            Self::Stderr => write_whole(std::io::stderr(), bytes),
        };
    }

    /// True if ours is a terminal.
    pub fn is_terminal(self) -> bool {
        match self {
            Self::Stdout => std::io::stdout().is_terminal(),
            Self::Stderr => std::io::stderr().is_terminal(),
        }
    }
}
