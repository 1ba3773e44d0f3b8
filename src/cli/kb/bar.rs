//! How far an upload is, on one line of a terminal.

use super::text::bytes;
use copilot_kb::Progress;
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// More often than this nobody can read it.
const PAUSE: Duration = Duration::from_millis(100);
const CELLS: usize = 30;

/// A progress bar on standard error, if that is a terminal.
pub struct Bar {
    shown: bool,
    last: Option<Instant>,
}

impl Bar {
    /// A bar that nothing is shown of yet. Not `wanted` is never.
    pub fn new(wanted: bool) -> Self {
        Self {
            shown: wanted && std::io::stderr().is_terminal(),
            last: None,
        }
    }

    /// Shows how far it is, now and then.
    pub fn show(&mut self, progress: Progress) {
        if !self.shown || self.last.is_some_and(|last| last.elapsed() < PAUSE) {
            return;
        }
        self.last = Some(Instant::now());
        let full = (CELLS * progress.done)
            .checked_div(progress.total)
            .unwrap_or(CELLS);
        let line = format!(
            "\r[{}{}] {}/{} files, {} sent\x1b[K",
            "#".repeat(full),
            " ".repeat(CELLS.saturating_sub(full)),
            progress.done,
            progress.total,
            bytes(progress.bytes),
        );
        write(&line);
    }
}

/// What comes after it finds an empty line.
impl Drop for Bar {
    fn drop(&mut self) {
        if self.last.is_some() {
            write("\r\x1b[K");
        }
    }
}

fn write(text: &str) {
    let mut err = std::io::stderr().lock();
    let _gone = err.write_all(text.as_bytes()).and_then(|()| err.flush());
}
