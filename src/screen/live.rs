//! The process's one screen: keeps the block of running steps below everything that is written.

use super::Stream;
use super::block::{Row, lines, replace};
use super::room::{Room, attended};
use crate::fault::lock;
use console::measure_text_width;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

/// How often the block is redrawn at most.
const DRAW_INTERVAL: Duration = Duration::from_millis(100);
/// A step that ends sooner than this is never shown in the block.
const SHOW_AFTER: Duration = Duration::from_millis(100);
/// Output held back for the next drawing; more than this is drawn at once.
const MAX_HELD_BYTES: usize = 64 * 1024;
/// A longer line is shown in pieces.
const MAX_LINE_BYTES: usize = 64 * 1024;
/// How long to wait for the screen while another thread is blocked writing to the terminal.
const LOCK_TIMEOUT: Duration = Duration::from_millis(200);

static SCREEN: Mutex<Screen> = Mutex::new(Screen::new());

/// How many [`Suspended`] guards exist.
static SUSPENDED_COUNT: AtomicUsize = AtomicUsize::new(0);

/// The next ticket.
static NEXT_TICKET: AtomicU64 = AtomicU64::new(0);

struct Screen {
    /// The running steps.
    rows: Vec<Row>,
    /// The lines of the block as it was last drawn, directly above the cursor.
    drawn: Vec<String>,
    /// When the block was last drawn.
    drawn_at: Option<Instant>,
    /// Whole lines to write above the block when it is next drawn.
    held: Vec<u8>,
    /// The unfinished line that children have written, for each output.
    unended: [Vec<u8>; 2],
    /// The last write outside the block left the cursor in the middle of a line.
    within_a_line: bool,
    /// The size of the terminal when it was last queried.
    room: Room,
    /// Whether standard output is a terminal; queried when the first step begins.
    stdout_is_terminal: Option<bool>,
    /// A thread redraws the block.
    ticking: bool,
    /// The question a person is being asked; it stays below all other output.
    question: Option<String>,
}

/// A step in the block; dropping this removes it.
#[derive(Debug)]
pub struct Running {
    ticket: u64,
    /// Whether the block could be shown when the step began.
    pub shown: bool,
}

/// While one of these exists no block is drawn, and output is written as it comes.
#[derive(Debug)]
pub struct Suspended(());

/// A number that puts a step in its place in the block: the threads of steps start in any order.
pub fn next_ticket() -> u64 {
    NEXT_TICKET.fetch_add(1, Ordering::Relaxed)
}

/// Adds a step to the block, in the order of tickets. Standard error must be a terminal that is
/// [`attended`].
///
/// [`attended`]: super::attended
pub fn begin(ticket: u64, id: &str, title: &str) -> Running {
    let mut screen = screen();
    if screen.stdout_is_terminal.is_none() {
        screen.stdout_is_terminal = Some(Stream::Stdout.is_terminal());
    }
    let at = screen.rows.partition_point(|row| row.ticket < ticket);
    let row = Row {
        ticket,
        id: id.to_owned(),
        title: title.to_owned(),
        since: Instant::now(),
    };
    screen.rows.insert(at, row);
    screen.room = Room::now();
    if !screen.ticking {
        // Without the thread no block is drawn, and nothing waits for one.
        screen.ticking = thread::Builder::new().spawn(tick).is_ok();
    }
    let shown = screen.can_show();
    Running { ticket, shown }
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut screen = screen();
        screen.rows.retain(|row| row.ticket != self.ticket);
        if screen.rows.is_empty() {
            screen.erase();
        }
    }
}

/// Writes whole lines above the block.
pub fn put(stream: Stream, lines: &[u8]) {
    let mut screen = screen();
    if screen.is_elsewhere(stream) {
        drop(screen);
        stream.write(lines);
    } else {
        screen.put(stream, lines);
    }
}

/// Shows the output of a child: whole lines above the block, an unfinished line inside it.
pub fn pass(stream: Stream, bytes: &[u8]) {
    screen().pass(stream, bytes);
}

/// The child has closed this output: its unfinished line is written out.
pub fn end(stream: Stream) {
    screen().end(stream);
}

/// Removes the block from the screen until the guard is dropped.
pub fn suspend() -> Suspended {
    SUSPENDED_COUNT.fetch_add(1, Ordering::SeqCst);
    if let Some(mut screen) = try_screen() {
        screen.erase();
    }
    Suspended(())
}

/// A question at the bottom of the screen, waiting for its answer.
#[derive(Debug)]
pub struct Asking {
    suspended: Suspended,
}

/// Asks on standard error. Lines written meanwhile go above the question, which is printed again.
pub fn ask(question: String) -> Asking {
    let suspended = suspend();
    let mut screen = screen();
    Stream::Stderr.write(question.as_bytes());
    screen.question = Some(question);
    Asking { suspended }
}

impl Asking {
    /// The question is answered. `line_is_ended` is false if no newline was typed, as after Ctrl-C.
    pub fn end(self, line_is_ended: bool) {
        let mut screen = screen();
        screen.question = None;
        if !line_is_ended {
            Stream::Stderr.write(b"\n");
        }
        drop(screen);
        drop(self.suspended);
    }
}

/// A child has the terminal until the guard is dropped. It may already have asked something below
/// the block, so the block is left there as plain text, unless the question came through our pipe
/// as an unfinished line.
pub fn suspend_for_child() -> Suspended {
    SUSPENDED_COUNT.fetch_add(1, Ordering::SeqCst);
    if let Some(mut screen) = try_screen() {
        if screen.unended.iter().all(Vec::is_empty) {
            screen.drawn.clear();
        } else {
            screen.erase();
        }
    }
    Suspended(())
}

impl Drop for Suspended {
    fn drop(&mut self) {
        if let Some(mut screen) = try_screen() {
            // The answer that was typed ended its line.
            screen.within_a_line = false;
        }
        SUSPENDED_COUNT.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The process continues after a stop, during which another one used the screen: a block that was
/// not erased before stays there as plain text.
pub fn continued() {
    if let Some(mut screen) = try_screen() {
        screen.drawn.clear();
        screen.room = Room::now();
        if let Some(question) = &screen.question {
            Stream::Stderr.write(question.as_bytes());
        }
    }
}

/// Removes the block for good, before the process ends while steps are running.
pub fn leave() {
    std::mem::forget(suspend());
}

fn screen() -> MutexGuard<'static, Screen> {
    lock(&SCREEN)
}

/// The screen, or `None` while another thread is blocked writing to the terminal.
fn try_screen() -> Option<MutexGuard<'static, Screen>> {
    let end = Instant::now() + LOCK_TIMEOUT;
    loop {
        match SCREEN.try_lock() {
            Ok(screen) => return Some(screen),
            Err(TryLockError::Poisoned(error)) => return Some(error.into_inner()),
            Err(TryLockError::WouldBlock) if Instant::now() >= end => return None,
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(1)),
        }
    }
}

/// Redraws the running times until no step is running.
fn tick() {
    loop {
        thread::sleep(DRAW_INTERVAL);
        let mut screen = screen();
        if screen.rows.is_empty() {
            screen.ticking = false;
            return;
        }
        screen.tick();
    }
}

impl Screen {
    const fn new() -> Self {
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
    fn is_elsewhere(&self, stream: Stream) -> bool {
        stream == Stream::Stdout && self.stdout_is_terminal == Some(false)
    }

    /// True if a block is drawn, or will be with the next redraw.
    fn can_show(&self) -> bool {
        let suspended = SUSPENDED_COUNT.load(Ordering::SeqCst) > 0;
        self.ticking && self.room.is_free && !self.rows.is_empty() && !suspended
    }

    fn is_due(&self) -> bool {
        self.drawn_at.is_none_or(|at| at.elapsed() >= DRAW_INTERVAL)
    }

    fn put(&mut self, stream: Stream, lines: &[u8]) {
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

    fn pass(&mut self, stream: Stream, bytes: &[u8]) {
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

    fn end(&mut self, stream: Stream) {
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

    fn tick(&mut self) {
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

    fn erase(&mut self) {
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
