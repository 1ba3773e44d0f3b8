//! What is on the screen: the block of running steps, the output held back for it, and a question.

use super::Stream;
use super::block::{Row, lines, replace};
use super::room::{Room, attended};
use console::measure_text_width;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How often the block is redrawn at most.
pub(super) const DRAW_INTERVAL: Duration = Duration::from_millis(100);
/// A step that ends sooner than this is never shown in the block.
const SHOW_AFTER: Duration = Duration::from_millis(100);
/// Output held back for the next drawing; more than this is drawn at once.
const MAX_HELD_BYTES: usize = 64 * 1024;
/// A longer line is shown in pieces.
const MAX_LINE_BYTES: usize = 64 * 1024;

/// How many [`Suspended`](super::Suspended) guards exist.
pub(super) static SUSPENDED_COUNT: AtomicUsize = AtomicUsize::new(0);

/// The screen of the process.
pub(super) struct Screen {
    /// The running steps.
    pub rows: Vec<Row>,
    /// The lines of the block as it was last drawn, directly above the cursor.
    pub drawn: Vec<String>,
    /// When the block was last drawn.
    pub drawn_at: Option<Instant>,
    /// Whole lines to write above the block when it is next drawn.
    pub held: Vec<u8>,
    /// The unfinished line that children have written, for each output.
    pub unended: [Vec<u8>; 2],
    /// The last write outside the block left the cursor in the middle of a line.
    pub within_a_line: bool,
    /// The size of the terminal when it was last queried.
    pub room: Room,
    /// Whether standard output is a terminal; queried when the first step begins.
    pub stdout_is_terminal: Option<bool>,
    /// A thread redraws the block.
    pub ticking: bool,
    /// The question a person is being asked; it stays below all other output.
    pub question: Option<String>,
}

impl Screen {
    /// A screen without steps.
    pub(super) const fn new() -> Self {
        Self {
            rows: Vec::new(),
            drawn: Vec::new(),
            drawn_at: None,
            held: Vec::new(),
            unended: [const { Vec::new() }; 2],
            within_a_line: false,
            room: Room::NONE,
            stdout_is_terminal: None,
            ticking: false,
            question: None,
        }
    }

    /// True if output to `stream` does not appear on this screen.
    pub(super) fn is_elsewhere(&self, stream: Stream) -> bool {
        stream == Stream::Stdout && self.stdout_is_terminal == Some(false)
    }

    /// True if a block is drawn, or will be with the next redraw.
    pub(super) fn can_show(&self) -> bool {
        let suspended = SUSPENDED_COUNT.load(Ordering::SeqCst) > 0;
        self.ticking && self.room.is_free && !self.rows.is_empty() && !suspended
    }

    fn is_due(&self) -> bool {
        self.drawn_at.is_none_or(|at| at.elapsed() >= DRAW_INTERVAL)
    }

    /// Writes whole lines above the block.
    pub(super) fn put(&mut self, stream: Stream, lines: &[u8]) {
        if self.drawn.is_empty() {
            self.write(stream, lines);
            return;
        }
        self.held.extend_from_slice(lines);
        if self.held.len() > MAX_HELD_BYTES || self.is_due() {
            self.draw();
        }
    }

    /// Writes `bytes` while no block is drawn.
    fn write(&mut self, stream: Stream, bytes: &[u8]) {
        let held = std::mem::take(&mut self.held);
        if held.is_empty() && bytes.is_empty() {
            return;
        }
        if let Some(question) = &self.question {
            Stream::Stderr.write(&erase_question(question));
        }
        if !held.is_empty() {
            stream.write(&held);
        }
        if let Some(last) = bytes.last() {
            stream.write(bytes);
            self.within_a_line = *last != b'\n';
        }
        if let Some(question) = &self.question {
            Stream::Stderr.write(question.as_bytes());
        }
    }

    /// Shows the output of a child: whole lines above the block, an unfinished line inside it.
    pub(super) fn pass(&mut self, stream: Stream, bytes: &[u8]) {
        let end = bytes.iter().rposition(|byte| *byte == b'\n');
        let (ended, rest) = bytes.split_at(end.map_or(0, |end| end + 1));
        if !ended.is_empty() {
            let mut lines = std::mem::take(&mut self.unended[index(stream)]);
            lines.extend_from_slice(ended);
            self.put(stream, &lines);
        }
        self.unended[index(stream)].extend_from_slice(rest);
        if !self.can_show() && self.question.is_none() {
            self.write_unended();
        } else if self.unended[index(stream)].len() > MAX_LINE_BYTES {
            self.shorten(stream);
        } else if !self.drawn.is_empty() && !rest.is_empty() && self.is_due() {
            self.draw();
        }
    }

    /// Shortens an unfinished line that is too long: a progress bar only rewrites itself with `\r`.
    fn shorten(&mut self, stream: Stream) {
        let unended = &mut self.unended[index(stream)];
        match unended.iter().rposition(|byte| *byte == b'\r') {
            Some(at) if at > 0 => {
                unended.drain(..at);
            }
            _ => self.end(stream),
        }
    }

    /// Writes out the unfinished line of a child.
    pub(super) fn end(&mut self, stream: Stream) {
        let mut line = std::mem::take(&mut self.unended[index(stream)]);
        if !line.is_empty() {
            line.push(b'\n');
            self.put(stream, &line);
        }
    }

    fn write_unended(&mut self) {
        for stream in [Stream::Stdout, Stream::Stderr] {
            let unended = std::mem::take(&mut self.unended[index(stream)]);
            if !unended.is_empty() {
                self.write(stream, &unended);
            }
        }
    }

    /// Redraws the block if it has changed.
    pub(super) fn tick(&mut self) {
        let before = self.room;
        self.room = Room::now();
        if !self.can_show() {
            // A child that holds the terminal may have written below the block: leave it alone.
            if SUSPENDED_COUNT.load(Ordering::SeqCst) == 0 {
                self.erase();
            }
            return;
        }
        let takes_a_while = !self.drawn.is_empty()
            || self
                .rows
                .iter()
                .any(|row| row.since.elapsed() >= SHOW_AFTER);
        let changed = self.room != before || !self.held.is_empty() || self.lines() != self.drawn;
        if takes_a_while && changed {
            self.draw();
        }
    }

    fn lines(&self) -> Vec<String> {
        if !self.can_show() {
            return Vec::new();
        }
        lines(&self.unended, &self.rows, Instant::now(), self.room)
    }

    fn draw(&mut self) {
        self.room = Room::now();
        let new = self.lines();
        let mut bytes = Vec::new();
        if self.drawn.is_empty() && self.within_a_line && !new.is_empty() {
            bytes.extend_from_slice(b"\r\n");
            self.within_a_line = false;
        }
        bytes.extend(replace(&self.drawn, &self.held, &new, self.room.columns));
        Stream::Stderr.write(&bytes);
        self.held.clear();
        self.drawn = new;
        self.drawn_at = Some(Instant::now());
    }

    /// Removes the block, and writes out what was held back for it.
    pub(super) fn erase(&mut self) {
        if self.drawn.is_empty() {
            self.write(Stream::Stderr, &[]);
        } else {
            self.draw();
        }
        self.write_unended();
    }
}

/// The bytes that erase `question` and put the cursor where it began.
fn erase_question(question: &str) -> Vec<u8> {
    if !attended() {
        return b"\n".to_vec();
    }
    let width = measure_text_width(question).saturating_sub(1);
    match width / Room::now().columns {
        0 => b"\r\x1b[J".to_vec(),
        rows => format!("\x1b[{rows}A\r\x1b[J").into_bytes(),
    }
}

const fn index(stream: Stream) -> usize {
    match stream {
        Stream::Stdout => 0,
        Stream::Stderr => 1,
    }
}
