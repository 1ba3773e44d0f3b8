//! Whether there is a screen to draw on, and how large it is.

use super::Stream;
use console::Term;
use nix::unistd::{getpgrp, tcgetpgrp};

/// The room that a screen has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Room {
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// It is enough for a block, and nobody else has the screen.
    pub(super) is_free: bool,
}

/// With fewer rows than these, lines that come and go leave nothing to read.
const LEAST_ROWS: usize = 4;
/// The same for columns.
const LEAST_COLUMNS: usize = 21;

/// True if standard error is a terminal whose cursor can be moved.
pub fn attended() -> bool {
    moves() && Stream::Stderr.is_terminal()
}

/// True if the terminal is one that knows more than lines.
pub(super) fn moves() -> bool {
    std::env::var_os("TERM").is_some_and(|name| name != "dumb" && !name.is_empty())
}

impl Room {
    /// None at all, until somebody looks.
    pub(super) const NONE: Self = Self {
        rows: 0,
        columns: usize::MAX,
        is_free: false,
    };

    /// The room that there is now; none if the terminal does not say.
    pub(super) fn now() -> Self {
        let Some((rows, columns)) = Term::stderr().size_checked() else {
            return Self::NONE;
        };
        let (rows, columns) = (rows.into(), columns.into());
        Self {
            rows,
            columns,
            is_free: rows >= LEAST_ROWS && columns >= LEAST_COLUMNS && in_the_foreground(),
        }
    }
}

/// False if a shell, or a child that was given the terminal, has it now.
fn in_the_foreground() -> bool {
    // A terminal that is not the one we are controlled by has no such group.
    tcgetpgrp(std::io::stderr()).map_or(true, |group| group == getpgrp())
}
