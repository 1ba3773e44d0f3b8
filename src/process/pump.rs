//! Forwards a child's output to a sink.

use super::Token;
use super::flood::{self, Progress, Stopped};
use super::interrupt::watch;
use super::watchdog::Watch;
use crate::screen::Stream;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::io::{PipeReader, PipeWriter, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, Instant};

/// Receives a child's output as it arrives, byte for byte.
pub(crate) trait Sink: Send + Sync {
    /// Receives `bytes`; returns false to close the child's output.
    fn write(&self, stream: Stream, bytes: &[u8]) -> bool;

    /// The file that takes every byte unchanged, if there is one. Large output is forwarded there
    /// directly, and the sink only sees the end of each chunk, by [`Sink::passed`].
    fn direct_output(&self, _stream: Stream) -> Option<BorrowedFd<'_>> {
        None
    }

    /// Output was forwarded directly, and `end` is the last part of it.
    fn passed(&self, _stream: Stream, _end: &[u8]) {}

    /// The child is asking a person something: an unfinished line must be shown too.
    fn asks(&self) {}

    /// The stream has ended: flush what was held back.
    fn end(&self, _stream: Stream) {}
}

/// The size of one read: the default capacity of a pipe.
const READ_BYTES: usize = 64 * 1024;
/// A stream with more output than this is forwarded directly.
const FLOOD_BYTES: usize = 1024 * 1024;
/// How often to check whether open streams are still making progress.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Forwards the output of one child. The threads, one for each stream, start with the first byte:
/// many children never print anything.
pub(super) struct Pumps {
    silent: Vec<(Stream, PipeReader)>,
    sink: Arc<dyn Sink>,
    watch: Weak<Watch>,
    running: Vec<Arc<Pump>>,
    done: Sender<()>,
    ended: Receiver<()>,
}

/// What became of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Forwarded {
    All,
    /// The sink did not want the rest.
    Refused,
}

/// The state of one thread, for the thread that waits for the child.
#[derive(Default)]
struct Pump {
    /// It is waiting for input: everything read before has been forwarded.
    idle: AtomicBool,
    /// Bytes read so far.
    read: AtomicUsize,
}

impl Pumps {
    /// Forwards the output of `pipes` to `sink`. If that refuses it, `watch` closes the pipes too.
    pub(super) fn new(
        pipes: Vec<(Stream, PipeReader)>,
        sink: &Arc<dyn Sink>,
        watch: &Arc<Watch>,
    ) -> Self {
        let (done, ended) = channel();
        Self {
            silent: pipes,
            sink: Arc::clone(sink),
            watch: Arc::downgrade(watch),
            running: Vec::new(),
            done,
            ended,
        }
    }

    /// True while the child has printed nothing and its outputs are open.
    pub(super) fn is_silent(&self) -> bool {
        !self.silent.is_empty()
    }

    /// Waits until the child prints something, its outputs end, or `time` has passed.
    pub(super) fn listen(&mut self, time: Duration) {
        let time = PollTimeout::try_from(time).unwrap_or(PollTimeout::ZERO);
        let mut fds: Vec<_> = self
            .silent
            .iter()
            .map(|(_, pipe)| PollFd::new(pipe.as_fd(), PollFlags::POLLIN))
            .collect();
        // A signal ends the wait early.
        if poll(&mut fds, time).is_err() {
            return;
        }
        let events: Vec<_> = fds.iter().map(PollFd::revents).collect();
        let is_readable = |events: &Option<PollFlags>| {
            events.is_none_or(|events| events.intersects(PollFlags::POLLIN))
        };
        if events.iter().any(is_readable) {
            self.start();
            return;
        }
        let mut events = events.into_iter().flatten();
        self.silent.retain(|(stream, _)| {
            let ended = events.next().is_some_and(|events| !events.is_empty());
            if ended {
                self.sink.end(*stream);
            }
            !ended
        });
    }

    fn start(&mut self) {
        for (stream, pipe) in self.silent.drain(..) {
            let pump = Arc::new(Pump::default());
            let (sink, own) = (Arc::clone(&self.sink), Arc::clone(&pump));
            let (done, watch) = (self.done.clone(), Weak::clone(&self.watch));
            thread::spawn(move || {
                let forwarded = own.forward(stream, pipe, sink.as_ref());
                if forwarded == Forwarded::Refused
                    && let Some(watch) = watch.upgrade()
                {
                    watch.close_outputs();
                }
                // A finished thread must not hold up the others.
                own.idle.store(true, Ordering::SeqCst);
                // The receiver is gone once waiting for a stray grandchild was given up.
                let _no_receiver = done.send(());
            });
            self.running.push(pump);
        }
    }

    /// Waits for the streams to end once the child has exited. A grandchild in the background can
    /// hold a pipe open for ever, so streams without progress are given up after `timeout`. A slow
    /// reader of our own output is waited for until everything the child wrote is out, unless
    /// `token` asks to stop.
    pub(super) fn finish(mut self, timeout: Duration, token: &Token) {
        self.start();
        let end = Instant::now() + timeout;
        let before: Vec<_> = self.running.iter().map(|pump| pump.read()).collect();
        // When the child exited, a pipe held at most its capacity.
        let is_forwarding = |(pump, before): (&Arc<Pump>, &usize)| {
            !pump.idle.load(Ordering::SeqCst) && pump.read() - before <= flood::PIPE_BYTES
        };
        let mut left = self.running.len();
        while left > 0 {
            if self.ended.recv_timeout(POLL_INTERVAL).is_ok() {
                left -= 1;
                continue;
            }
            // This may be the first wait of the run.
            watch();
            if Instant::now() >= end {
                let all_forwarded = !self.running.iter().zip(&before).any(is_forwarding);
                if all_forwarded || token.stop().is_some() {
                    return;
                }
            }
        }
    }
}

impl Pump {
    fn read(&self) -> usize {
        self.read.load(Ordering::SeqCst)
    }

    fn forward(&self, stream: Stream, mut pipe: PipeReader, sink: &dyn Sink) -> Forwarded {
        let mut outcome = Forwarded::All;
        let mut buffer = vec![0; READ_BYTES];
        let mut can_be_direct = true;
        loop {
            self.idle.store(true, Ordering::SeqCst);
            let read = pipe.read(&mut buffer);
            self.idle.store(false, Ordering::SeqCst);
            match read {
                Ok(0) => break,
                Ok(count) => {
                    self.read.fetch_add(count, Ordering::SeqCst);
                    if !sink.write(stream, &buffer[..count]) {
                        outcome = Forwarded::Refused;
                        break;
                    }
                    if can_be_direct
                        && self.read() > FLOOD_BYTES
                        && let Some(output) = sink.direct_output(stream)
                    {
                        if self.flood(stream, &pipe, output, sink) == Stopped::EndOfFile {
                            break;
                        }
                        can_be_direct = false;
                    }
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        sink.end(stream);
        outcome
    }
}

impl Pump {
    fn flood(
        &self,
        stream: Stream,
        pipe: &PipeReader,
        output: BorrowedFd<'_>,
        sink: &dyn Sink,
    ) -> Stopped {
        flood::forward(pipe, output, |progress| match progress {
            Progress::Waiting => self.idle.store(true, Ordering::SeqCst),
            Progress::Forwarding => self.idle.store(false, Ordering::SeqCst),
            Progress::Forwarded(count, end) => {
                self.read.fetch_add(count, Ordering::SeqCst);
                sink.passed(stream, end);
            }
        })
    }
}

/// Writes `bytes` to a child's standard input and closes it, on a thread of its own: the child may
/// never read.
pub(super) fn feed(mut pipe: PipeWriter, bytes: Vec<u8>) {
    thread::spawn(move || {
        let _child_stopped_reading = pipe.write_all(&bytes);
    });
}
