//! The process's one screen: steps begin and end, output goes above the block, a child or a question
//! suspends it.

use super::Stream;
use super::block::Row;
use super::contents::{DRAW_INTERVAL, SUSPENDED_COUNT, Screen};
use super::room::Room;
use crate::fault::lock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

/// How long to wait for the screen while another thread is blocked writing to the terminal.
const LOCK_TIMEOUT: Duration = Duration::from_millis(200);

static SCREEN: Mutex<Screen> = Mutex::new(Screen::new());

static NEXT_TICKET: AtomicU64 = AtomicU64::new(0);

/// A step in the block; dropping this removes it.
#[derive(Debug)]
pub(crate) struct Running {
    ticket: u64,
    /// Whether the block could be shown when the step began.
    pub shown: bool,
}

/// While one of these exists no block is drawn, and output is written as it comes.
#[derive(Debug)]
pub(crate) struct Suspended(());

/// A number that puts a step in its place in the block: the threads of steps start in any order.
pub(crate) fn next_ticket() -> u64 {
    NEXT_TICKET.fetch_add(1, Ordering::Relaxed)
}

/// Adds a step to the block, in the order of tickets. Standard error must be a terminal that is
/// [`attended`].
///
/// [`attended`]: super::attended
pub(crate) fn begin(ticket: u64, id: &str, title: &str) -> Running {
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
pub(crate) fn put(stream: Stream, lines: &[u8]) {
    let mut screen = screen();
    if screen.is_elsewhere(stream) {
        drop(screen);
        stream.write(lines);
    } else {
        screen.put(stream, lines);
    }
}

/// Shows the output of a child: whole lines above the block, an unfinished line inside it.
pub(crate) fn pass(stream: Stream, bytes: &[u8]) {
    screen().pass(stream, bytes);
}

/// The child has closed this output: its unfinished line is written out.
pub(crate) fn end(stream: Stream) {
    screen().end(stream);
}

/// Removes the block from the screen until the guard is dropped.
pub(crate) fn suspend() -> Suspended {
    SUSPENDED_COUNT.fetch_add(1, Ordering::SeqCst);
    if let Some(mut screen) = try_screen() {
        screen.erase();
    }
    Suspended(())
}

/// A question at the bottom of the screen, waiting for its answer.
#[derive(Debug)]
pub(crate) struct Asking {
    suspended: Suspended,
}

/// Asks on standard error. Lines written meanwhile go above the question, which is printed again.
pub(crate) fn ask(question: String) -> Asking {
    let suspended = suspend();
    let mut screen = screen();
    Stream::Stderr.write(question.as_bytes());
    screen.question = Some(question);
    Asking { suspended }
}

impl Asking {
    /// The question is answered. `line_is_ended` is false if no newline was typed, as after Ctrl-C.
    pub(crate) fn end(self, line_is_ended: bool) {
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
pub(crate) fn suspend_for_child() -> Suspended {
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
pub(crate) fn continued() {
    if let Some(mut screen) = try_screen() {
        screen.drawn.clear();
        screen.room = Room::now();
        if let Some(question) = &screen.question {
            Stream::Stderr.write(question.as_bytes());
        }
    }
}

/// Removes the block for good, before the process ends while steps are running.
pub(crate) fn remove_block() {
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
