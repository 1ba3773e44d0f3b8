//! Routes a child's output: unchanged, prefixed, as events, or into memory.

use super::{Event, Format, Reporter, frame, hide_secrets, reporter};
use crate::fault::lock;
use crate::process::{Sink, Tail};
use crate::screen::{self, Filter, MaskedStream, Stream, has_secrets, write_whole};
use std::borrow::Cow;
use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// How the output of a streaming child is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// Byte for byte, as it comes.
    Raw,
    /// Byte for byte, but by whole lines where the output shares the screen with the live block.
    Live,
    /// By lines, each prefixed with the step.
    Prefixed,
    /// By lines, each as an event.
    Events,
    /// Not at all; only the tail is kept for the report.
    Hidden,
}

/// A [`Sink`] for a streaming child: shows its output and keeps the last lines.
pub(crate) struct Route {
    shown: Shown,
    step: Option<Arc<str>>,
    reporter: Arc<Reporter>,
    outputs: [Option<File>; 2],
    partial: [Mutex<Vec<u8>>; 2],
    stderr: Mutex<Tail>,
    step_tail: Option<Arc<Mutex<Tail>>>,
    /// The child continues even when our own output is closed.
    drains: bool,
    /// The child has used the terminal, so an unfinished line may be a question.
    asks: AtomicBool,
    safe: [Mutex<Safe>; 2],
}

/// Masks secrets in a stream, and keeps control sequences away from a terminal.
#[derive(Default)]
struct Safe {
    secrets: MaskedStream,
    /// For a stream that goes to a terminal.
    control: Option<Filter>,
}

impl Safe {
    fn of(stream: Stream, reporter: &Reporter) -> Mutex<Self> {
        Mutex::new(Self {
            control: reporter.is_terminal(stream).then(Filter::default),
            ..Self::default()
        })
    }

    fn push<'a>(&mut self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        match &mut self.control {
            None => self.secrets.push(bytes),
            Some(control) => {
                let printable = control.push(bytes);
                Cow::Owned(self.secrets.push(&printable).into_owned())
            }
        }
    }
}

/// A longer line is shown in pieces, which bounds the memory for it.
const MAX_LINE_BYTES: usize = 64 * 1024;

impl Route {
    /// The route for a child of the current step. With `drains` the child is read to its end even
    /// when our own output is closed.
    pub(crate) fn new(reporter: &Arc<Reporter>, drains: bool) -> Arc<Self> {
        let frame = frame();
        let shown = if reporter.format() == Format::Json {
            Shown::Events
        } else if frame.step.is_none() {
            Shown::Raw
        } else if reporter.quiet() {
            Shown::Hidden
        } else if frame.parallel {
            Shown::Prefixed
        } else if reporter.is_live() {
            Shown::Live
        } else {
            Shown::Raw
        };
        let stdout = || unbuffered(std::io::stdout());
        let outputs = match shown {
            Shown::Raw if !reporter.keeps() => [stdout(), unbuffered(std::io::stderr())],
            Shown::Live if !reporter.is_terminal(Stream::Stdout) => [stdout(), None],
            _ => [None, None],
        };
        Arc::new(Self {
            shown,
            step: frame.step,
            reporter: Arc::clone(reporter),
            outputs,
            partial: Default::default(),
            stderr: Mutex::default(),
            step_tail: frame.tail,
            drains,
            asks: AtomicBool::new(false),
            safe: [Stream::Stdout, Stream::Stderr].map(|stream| Safe::of(stream, reporter)),
        })
    }

    /// The last lines that the child wrote to standard error.
    pub(crate) fn stderr_tail(&self, lines: usize) -> Vec<String> {
        lock(&self.stderr).lines(lines)
    }

    fn show(&self, stream: Stream, bytes: &[u8]) -> bool {
        self.passed(stream, bytes);
        match self.shown {
            Shown::Raw | Shown::Live => self.raw(stream, bytes),
            Shown::Prefixed | Shown::Events => {
                self.by_lines(stream, bytes);
                true
            }
            Shown::Hidden => true,
        }
    }

    fn raw(&self, stream: Stream, bytes: &[u8]) -> bool {
        if let Some(file) = &self.outputs[index(stream)] {
            return write_whole(file, bytes).is_ok() || self.drains;
        }
        if self.shown == Shown::Live {
            screen::pass(stream, bytes);
        } else {
            self.reporter.put(stream, bytes);
        }
        true
    }

    fn by_lines(&self, stream: Stream, bytes: &[u8]) {
        let mut partial = lock(&self.partial[index(stream)]);
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            partial.extend_from_slice(&rest[..end]);
            self.line(stream, &partial);
            partial.clear();
            rest = &rest[end + 1..];
        }
        partial.extend_from_slice(rest);
        if partial.len() > MAX_LINE_BYTES {
            let end = whole_characters(&partial);
            self.line(stream, &partial[..end]);
            partial.drain(..end);
        }
        if self.asks.load(Ordering::SeqCst) {
            self.question(stream, &mut partial);
        }
    }

    /// Shows the unfinished line `partial`, and leaves the cursor after it for the answer.
    fn question(&self, stream: Stream, partial: &mut Vec<u8>) {
        if self.shown != Shown::Prefixed || partial.is_empty() {
            return;
        }
        let whole = self.prefixed(stream, partial);
        partial.clear();
        let _whole = self.reporter.whole_line();
        self.reporter.put(stream, &whole);
    }

    fn prefixed(&self, stream: Stream, line: &[u8]) -> Vec<u8> {
        let shown = std::str::from_utf8(line).map(hide_secrets);
        let line = shown.as_ref().map_or(line, |line| line.as_bytes());
        let step = self.step.as_deref().unwrap_or_default();
        let mut whole = reporter::prefix(step, stream).into_bytes();
        whole.extend_from_slice(line);
        whole
    }

    fn line(&self, stream: Stream, line: &[u8]) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if self.shown == Shown::Events {
            self.reporter.event(&Event::Output {
                step: self.step.as_deref(),
                stream: name(stream),
                line: &String::from_utf8_lossy(line),
            });
            return;
        }
        let mut whole = self.prefixed(stream, line);
        whole.push(b'\n');
        let _whole = self.reporter.whole_line();
        self.reporter.put(stream, &whole);
    }
}

impl Sink for Route {
    fn write(&self, stream: Stream, bytes: &[u8]) -> bool {
        let safe = lock(&self.safe[index(stream)]).push(bytes);
        self.show(stream, &safe)
    }

    fn direct_output(&self, stream: Stream) -> Option<BorrowedFd<'_>> {
        let output = self.outputs[index(stream)].as_ref();
        // What is forwarded directly is not masked.
        output.filter(|_| !has_secrets()).map(File::as_fd)
    }

    fn passed(&self, stream: Stream, end: &[u8]) {
        if stream == Stream::Stderr {
            lock(&self.stderr).push(end);
        }
        if let Some(tail) = &self.step_tail {
            lock(tail).push(end);
        }
    }

    fn asks(&self) {
        self.asks.store(true, Ordering::SeqCst);
        for stream in [Stream::Stdout, Stream::Stderr] {
            self.question(stream, &mut lock(&self.partial[index(stream)]));
        }
    }

    fn end(&self, stream: Stream) {
        let rest = lock(&self.safe[index(stream)]).secrets.end();
        if !rest.is_empty() {
            self.show(stream, &rest);
        }
        if self.shown == Shown::Live && self.outputs[index(stream)].is_none() {
            screen::end(stream);
        }
        let mut partial = lock(&self.partial[index(stream)]);
        if !partial.is_empty() {
            self.line(stream, &partial);
            partial.clear();
        }
    }
}

/// A [`Sink`] that keeps a child's output for the recipe.
#[derive(Debug, Default)]
pub(crate) struct Capture {
    streams: [Mutex<Vec<u8>>; 2],
    overflow: Mutex<bool>,
}

impl Capture {
    /// The most output that is kept of each stream.
    pub(crate) const MAX_BYTES_PER_STREAM: usize = 8 * 1024 * 1024;

    /// The output of the child, with invalid UTF-8 replaced.
    pub(crate) fn text(&self, stream: Stream) -> String {
        String::from_utf8_lossy(&lock(&self.streams[index(stream)])).into_owned()
    }

    /// True if the child printed more than [`Capture::MAX_BYTES_PER_STREAM`] to a stream and was cut off.
    pub(crate) fn overflowed(&self) -> bool {
        *lock(&self.overflow)
    }
}

impl Sink for Capture {
    fn write(&self, stream: Stream, bytes: &[u8]) -> bool {
        let mut kept = lock(&self.streams[index(stream)]);
        if kept.len() + bytes.len() > Self::MAX_BYTES_PER_STREAM {
            *lock(&self.overflow) = true;
            return false;
        }
        kept.extend_from_slice(bytes);
        true
    }
}

const fn index(stream: Stream) -> usize {
    match stream {
        Stream::Stdout => 0,
        Stream::Stderr => 1,
    }
}

const fn name(stream: Stream) -> &'static str {
    match stream {
        Stream::Stdout => "stdout",
        Stream::Stderr => "stderr",
    }
}

/// The length of `bytes` without an incomplete UTF-8 character at the end.
fn whole_characters(bytes: &[u8]) -> usize {
    let start = bytes.len() - 3;
    let lead = bytes[start..].iter().rposition(|byte| *byte >= 0xC0);
    match lead.map(|at| start + at) {
        Some(at) if std::str::from_utf8(&bytes[at..]).is_err() => at,
        _ => bytes.len(),
    }
}

/// Our own output, without the standard library's buffer, which would copy every byte once more.
fn unbuffered(output: impl AsFd) -> Option<File> {
    output.as_fd().try_clone_to_owned().ok().map(File::from)
}
