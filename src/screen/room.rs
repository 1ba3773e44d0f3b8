//! Whether the block can be drawn, and the size of the terminal.

use super::Stream;
use console::Term;
use nix::unistd::{getpgrp, tcgetpgrp};

/// The size of the terminal and whether it is ours to draw on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Room {
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// It is large enough for a block, and our process group is in the foreground.
    pub(super) is_free: bool,
}

/// With fewer rows the block would leave no room for output.
const MIN_ROWS: usize = 4;
/// With fewer columns a line of the block would show nothing useful.
const MIN_COLUMNS: usize = 21;

/// True if standard error is a terminal whose cursor can be moved.
pub(crate) fn attended() -> bool {
    can_move_cursor() && Stream::Stderr.is_terminal()
}

/// True if the terminal understands cursor movement: `TERM` is neither unset nor `dumb`.
pub(super) fn can_move_cursor() -> bool {
    std::env::var_os("TERM").is_some_and(|name| name != "dumb" && !name.is_empty())
}

impl Room {
    /// No room: the size is not known yet, or the terminal does not report it.
    pub(super) const NONE: Self = Self {
        rows: 0,
        columns: usize::MAX,
        is_free: false,
    };

    /// The current size; [`Room::NONE`] if the terminal does not report it.
    pub(super) fn now() -> Self {
        let Some((rows, columns)) = Term::stderr().size_checked() else {
            return Self::NONE;
        };
        let (rows, columns) = (rows.into(), columns.into());
        Self {
            rows,
            columns,
            is_free: rows >= MIN_ROWS && columns >= MIN_COLUMNS && in_the_foreground(),
        }
    }
}

/// False if a shell or a child is in the foreground of the terminal.
fn in_the_foreground() -> bool {
    // A terminal that is not our controlling terminal has no foreground group.
    tcgetpgrp(std::io::stderr()).map_or(true, |group| group == getpgrp())
}
