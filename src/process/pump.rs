//! Carries a child's output to where it should go.

use super::Token;
use super::flood::{self, Moment, Stopped};
use crate::screen::Stream;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::io::{PipeReader, PipeWriter, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Takes a child's output as it comes, in the bytes it came in.
pub trait Sink: Send + Sync {
    /// Takes `bytes`; false if nobody wants more, which closes the child's output.
    fn write(&self, stream: Stream, bytes: &[u8]) -> bool;

    /// The output that takes every byte as it is, if one does. A flood goes there by itself; the
    /// sink is then shown the ends of it, by [`Sink::passed`].
    fn through(&self, _stream: Stream) -> Option<BorrowedFd<'_>> {
        None
    }

    /// Bytes of which these are the last went through.
    fn passed(&self, _stream: Stream, _end: &[u8]) {}

    /// The child asks a person something: what it does not end with a line end is to be seen too.
    fn asks(&self) {}

    /// The stream has ended: flush what is held back.
    fn end(&self, _stream: Stream) {}
}

/// A pipe holds 64 KiB unless told otherwise: one read can empty it.
const CHUNK: usize = 64 * 1024;
/// More than that from one stream is a flood, in bytes.
const FLOOD: usize = 1024 * 1024;
/// How often it is looked why streams do not end.
const LOOK: Duration = Duration::from_millis(50);

/// What carries the output of one child: nothing while the child is silent, which many are all
/// their life, and a thread for each stream from its first byte on.
pub(super) struct Pumps {
    silent: Vec<(Stream, PipeReader)>,
    sink: Arc<dyn Sink>,
    running: Vec<Arc<Pump>>,
    tell: Sender<()>,
    ended: Receiver<()>,
}

/// One of them, as the others see it.
#[derive(Default)]
struct Pump {
    /// It waits for something to read: all that came before is where it should go.
    idle: AtomicBool,
    /// Bytes read so far.
    read: AtomicUsize,
}

impl Pumps {
    /// Carries what comes out of `pipes` into `sink`.
    pub(super) fn new(pipes: Vec<(Stream, PipeReader)>, sink: &Arc<dyn Sink>) -> Self {
        let (tell, ended) = channel();
        Self {
            silent: pipes,
            sink: Arc::clone(sink),
            running: Vec::new(),
            tell,
            ended,
        }
    }

    /// True while the child is silent and may still say something.
    pub(super) fn is_silent(&self) -> bool {
        !self.silent.is_empty()
    }

    /// Waits until the child says something, its outputs end, or `time` has passed.
    pub(super) fn listen(&mut self, time: Duration) {
        let time = PollTimeout::try_from(time).unwrap_or(PollTimeout::ZERO);
        let mut asked: Vec<_> = self
            .silent
            .iter()
            .map(|(_, pipe)| PollFd::new(pipe.as_fd(), PollFlags::POLLIN))
            .collect();
        // A signal is as good as the end of the time.
        if poll(&mut asked, time).is_err() {
            return;
        }
        let answers: Vec<_> = asked.iter().map(PollFd::revents).collect();
        let says = |answer: &Option<PollFlags>| {
            answer.is_none_or(|answer| answer.intersects(PollFlags::POLLIN))
        };
        if answers.iter().any(says) {
            self.start();
            return;
        }
        let mut answers = answers.into_iter().flatten();
        self.silent.retain(|(stream, _)| {
            let ended = answers.next().is_some_and(|answer| !answer.is_empty());
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
            let tell = self.tell.clone();
            thread::spawn(move || {
                own.carry(stream, pipe, sink.as_ref());
                // Nothing more comes: this one is never in the way.
                own.idle.store(true, Ordering::SeqCst);
                // Nobody listens any more once a stray grandchild was given up.
                let _unheard = tell.send(());
            });
            self.running.push(pump);
        }
    }

    /// Waits for the ends of the streams once the child has ended. A grandchild left in the
    /// background can hold a pipe open for ever, so they are given up after `patience`; but a
    /// reader of ours that takes its time is waited for until all that the child wrote is out,
    /// unless `token` asks to stop.
    pub(super) fn finish(mut self, patience: Duration, token: &Token) {
        self.start();
        let end = Instant::now() + patience;
        let before: Vec<_> = self.running.iter().map(|pump| pump.read()).collect();
        // What a pipe held when the child ended is at most what it can hold.
        let carries = |(pump, before): (&Arc<Pump>, &usize)| {
            !pump.idle.load(Ordering::SeqCst) && pump.read() - before <= flood::HOLDS
        };
        let mut left = self.running.len();
        while left > 0 {
            if self.ended.recv_timeout(LOOK).is_ok() {
                left -= 1;
            } else if Instant::now() >= end {
                let carried = !self.running.iter().zip(&before).any(carries);
                if carried || token.stop().is_some() {
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

    fn carry(&self, stream: Stream, mut pipe: PipeReader, sink: &dyn Sink) {
        let mut buffer = vec![0; CHUNK];
        let mut by_itself = true;
        loop {
            self.idle.store(true, Ordering::SeqCst);
            let read = pipe.read(&mut buffer);
            self.idle.store(false, Ordering::SeqCst);
            match read {
                Ok(0) => break,
                Ok(count) => {
                    self.read.fetch_add(count, Ordering::SeqCst);
                    if !sink.write(stream, &buffer[..count]) {
                        break;
                    }
                    if by_itself
                        && self.read() > FLOOD
                        && let Some(output) = sink.through(stream)
                    {
                        if self.flood(stream, &pipe, output, sink) == Stopped::AtTheEnd {
                            break;
                        }
                        by_itself = false;
                    }
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        sink.end(stream);
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
        flood::carry(pipe, output, |moment| match moment {
            Moment::Waits => self.idle.store(true, Ordering::SeqCst),
            Moment::Carries => self.idle.store(false, Ordering::SeqCst),
            Moment::Carried(count, end) => {
                self.read.fetch_add(count, Ordering::SeqCst);
                sink.passed(stream, end);
            }
        })
    }
}

/// Writes `bytes` into a child's standard input and closes it, on a thread of its own: whoever
/// has the other end may never read.
pub(super) fn feed(mut pipe: PipeWriter, bytes: Vec<u8>) {
    thread::spawn(move || {
        let _wants_no_more = pipe.write_all(&bytes);
    });
}
