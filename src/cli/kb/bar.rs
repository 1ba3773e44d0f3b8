//! The progress bar of an upload.

use super::text::bytes;
use copilot_kb::Progress;
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// How often the bar is redrawn at most.
const DRAW_INTERVAL: Duration = Duration::from_millis(100);
/// The width of the bar in characters.
const BAR_WIDTH: usize = 30;

/// A progress bar on standard error, if that is a terminal.
pub(super) struct Bar {
    shown: bool,
    last: Option<Instant>,
}

impl Bar {
    /// A bar that is not drawn yet; without `wanted` it is never drawn.
    pub(super) fn new(wanted: bool) -> Self {
        Self {
            shown: wanted && std::io::stderr().is_terminal(),
            last: None,
        }
    }

    /// Draws the progress, unless it was drawn a moment ago.
    pub(super) fn show(&mut self, progress: Progress) {
        if !self.shown || self.last.is_some_and(|last| last.elapsed() < DRAW_INTERVAL) {
            return;
        }
        self.last = Some(Instant::now());
        let full = (BAR_WIDTH * progress.done)
            .checked_div(progress.total)
            .unwrap_or(BAR_WIDTH);
        let line = format!(
            "\r[{}{}] {}/{} files, {} sent\x1b[K",
            "#".repeat(full),
            " ".repeat(BAR_WIDTH.saturating_sub(full)),
            progress.done,
            progress.total,
            bytes(progress.bytes),
        );
        write(&line);
    }
}

/// Erases the bar, so that later output starts on an empty line.
impl Drop for Bar {
    fn drop(&mut self) {
        if self.last.is_some() {
            write("\r\x1b[K");
        }
    }
}

fn write(text: &str) {
    let mut err = std::io::stderr().lock();
    let _pipe_closed = err.write_all(text.as_bytes()).and_then(|()| err.flush());
}
