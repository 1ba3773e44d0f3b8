//! The one screen of the process: all that is written goes above the block, a whole line at a time.

use super::Stream;
use super::block::{Row, lines, replace};
use super::room::{Room, attended};
use console::measure_text_width;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

/// Between two looks whether there is something to draw, and the most often that it is drawn.
const EVERY: Duration = Duration::from_millis(100);
/// A step that ends sooner than this is not shown while it runs.
const FIRST: Duration = Duration::from_millis(100);
/// What waits to be drawn is drawn at once when there is more of it, in bytes.
const HELD: usize = 64 * 1024;
/// A line that is longer than this is shown in pieces, in bytes.
const LONGEST_LINE: usize = 64 * 1024;
/// How long the block may be in use by a thread that cannot write before others go on without.
const PATIENCE: Duration = Duration::from_millis(200);

static SCREEN: Mutex<Screen> = Mutex::new(Screen::new());

/// How many want the screen for themselves.
static AWAY: AtomicUsize = AtomicUsize::new(0);

/// How many turns were given.
static TURNS: AtomicU64 = AtomicU64::new(0);

struct Screen {
    /// The steps that run.
    rows: Vec<Row>,
    /// The lines of the block that stand above the cursor.
    drawn: Vec<String>,
    /// When they were.
    drawn_at: Option<Instant>,
    /// Whole lines that go above the block when it is drawn next.
    held: Vec<u8>,
    /// What children have written of lines that they have not ended, on each output.
    unended: [Vec<u8>; 2],
    /// What was written last, past the block, ended no line.
    within_a_line: bool,
    /// The room there was at the last look.
    room: Room,
    /// Whether standard output is on the screen too, once a step has begun.
    stdout_too: Option<bool>,
    /// A thread draws.
    ticking: bool,
    /// What a person is asked: it stays below what others write.
    question: Option<String>,
}

/// A step that is in the block until this goes.
#[derive(Debug)]
pub struct Running {
    turn: u64,
    /// The block can be shown at all, as it was when the step began.
    pub shown: bool,
}

/// While one lives there is no block, and what is written is written as it comes.
#[derive(Debug)]
pub struct Away(());

/// The place among the others of a step that is about to begin: threads begin in any order.
pub fn turn() -> u64 {
    TURNS.fetch_add(1, Ordering::Relaxed)
}

/// Puts a step into the block, at its turn. Standard error must be a terminal that is
/// [`attended`].
///
/// [`attended`]: super::attended
pub fn begin(turn: u64, id: &str, title: &str) -> Running {
    let mut screen = screen();
    if screen.stdout_too.is_none() {
        screen.stdout_too = Some(Stream::Stdout.is_terminal());
    }
    let at = screen.rows.partition_point(|row| row.turn < turn);
    let row = Row {
        turn,
        id: id.to_owned(),
        title: title.to_owned(),
        since: Instant::now(),
    };
    screen.rows.insert(at, row);
    screen.room = Room::now();
    if !screen.ticking {
        // Without it there is no block, and nothing waits for one.
        screen.ticking = thread::Builder::new().spawn(tick).is_ok();
    }
    let shown = screen.can_show();
    Running { turn, shown }
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut screen = screen();
        screen.rows.retain(|row| row.turn != self.turn);
        if screen.rows.is_empty() {
            screen.take_away();
        }
    }
}

/// Writes whole lines.
pub fn put(stream: Stream, lines: &[u8]) {
    let mut screen = screen();
    if screen.is_elsewhere(stream) {
        drop(screen);
        stream.write(lines);
    } else {
        screen.put(stream, lines);
    }
}

/// Writes what a child has written: lines once they are ended, the rest in the block meanwhile.
pub fn pass(stream: Stream, bytes: &[u8]) {
    screen().pass(stream, bytes);
}

/// The child writes no more on this output: a line that it has not ended is ended.
pub fn end(stream: Stream) {
    screen().end(stream);
}

/// Takes the block away until the guard goes.
pub fn away() -> Away {
    AWAY.fetch_add(1, Ordering::SeqCst);
    if let Some(mut screen) = screen_soon() {
        screen.take_away();
    }
    Away(())
}

/// A question that waits for its answer at the bottom of the screen.
#[derive(Debug)]
pub struct Asking {
    away: Away,
}

/// Asks on standard error: whole lines of others go above the question, which is then asked again.
pub fn ask(question: String) -> Asking {
    let away = away();
    let mut screen = screen();
    Stream::Stderr.write(question.as_bytes());
    screen.question = Some(question);
    Asking { away }
}

impl Asking {
    /// The answer was typed, and ended its line; or nothing ends it, as after Ctrl-C.
    pub fn end(self, line_is_ended: bool) {
        let mut screen = screen();
        screen.question = None;
        if !line_is_ended {
            Stream::Stderr.write(b"\n");
        }
        drop(screen);
        drop(self.away);
    }
}

/// A child has the terminal until the guard goes. It may have asked something under the block
/// already, so the block is left there as text, unless the question is among what it has written
/// to us.
pub fn left_to_a_child() -> Away {
    AWAY.fetch_add(1, Ordering::SeqCst);
    if let Some(mut screen) = screen_soon() {
        if screen.unended.iter().all(Vec::is_empty) {
            screen.drawn.clear();
        } else {
            screen.take_away();
        }
    }
    Away(())
}

impl Drop for Away {
    fn drop(&mut self) {
        if let Some(mut screen) = screen_soon() {
            // Whoever had the screen leaves the cursor where a line begins: an answer was typed.
            screen.within_a_line = false;
        }
        AWAY.fetch_sub(1, Ordering::SeqCst);
    }
}

/// We were stopped, and somebody else has had the screen: a block that was not taken away before
/// stays there as text.
pub fn continued() {
    if let Some(mut screen) = screen_soon() {
        screen.drawn.clear();
        screen.room = Room::now();
        if let Some(question) = &screen.question {
            Stream::Stderr.write(question.as_bytes());
        }
    }
}

/// Takes the block away for good, before the process ends with steps running.
pub fn leave() {
    std::mem::forget(away());
}

fn screen() -> MutexGuard<'static, Screen> {
    SCREEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The screen, unless a terminal that takes nothing keeps another thread on it.
fn screen_soon() -> Option<MutexGuard<'static, Screen>> {
    let end = Instant::now() + PATIENCE;
    loop {
        match SCREEN.try_lock() {
            Ok(screen) => return Some(screen),
            Err(TryLockError::Poisoned(error)) => return Some(error.into_inner()),
            Err(TryLockError::WouldBlock) if Instant::now() >= end => return None,
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(1)),
        }
    }
}

/// Draws what changes by itself, as time does, until no step runs.
fn tick() {
    loop {
        thread::sleep(EVERY);
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
            stdout_too: None,
            ticking: false,
            question: None,
        }
    }

    /// True if what goes to `stream` is not seen on this screen.
    fn is_elsewhere(&self, stream: Stream) -> bool {
        stream == Stream::Stdout && self.stdout_too == Some(false)
    }

    /// True if there is a block, or will be in a moment.
    fn can_show(&self) -> bool {
        let away = AWAY.load(Ordering::SeqCst) > 0;
        self.ticking && self.room.is_free && !self.rows.is_empty() && !away
    }

    fn is_due(&self) -> bool {
        self.drawn_at.is_none_or(|at| at.elapsed() >= EVERY)
    }

    fn put(&mut self, stream: Stream, lines: &[u8]) {
        if self.drawn.is_empty() {
            self.write(stream, lines);
            return;
        }
        self.held.extend_from_slice(lines);
        if self.held.len() > HELD || self.is_due() {
            self.draw();
        }
    }

    /// Writes `bytes` where there is no block.
    fn write(&mut self, stream: Stream, bytes: &[u8]) {
        let held = std::mem::take(&mut self.held);
        if held.is_empty() && bytes.is_empty() {
            return;
        }
        if let Some(question) = &self.question {
            Stream::Stderr.write(&over(question));
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
        } else if self.unended[index(stream)].len() > LONGEST_LINE {
            self.shorten(stream);
        } else if !self.drawn.is_empty() && !rest.is_empty() && self.is_due() {
            self.draw();
        }
    }

    /// A progress bar writes over itself for ever; a line may be without an end.
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
            // What a child holds the terminal for may stand below: it is not ours to change.
            if AWAY.load(Ordering::SeqCst) == 0 {
                self.take_away();
            }
            return;
        }
        let worth_it =
            !self.drawn.is_empty() || self.rows.iter().any(|row| row.since.elapsed() >= FIRST);
        let changed = self.room != before || !self.held.is_empty() || self.lines() != self.drawn;
        if worth_it && changed {
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

    fn take_away(&mut self) {
        if self.drawn.is_empty() {
            self.write(Stream::Stderr, &[]);
        } else {
            self.draw();
        }
        self.write_unended();
    }
}

/// Goes back to where `question` begins, and takes it off the screen.
fn over(question: &str) -> Vec<u8> {
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
