//! Carries a child's output to where it should go.

use super::Token;
use std::io::{PipeReader, PipeWriter, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Which of a child's two outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// Takes a child's output as it comes, in the bytes it came in.
pub trait Sink: Send + Sync {
    /// Takes `bytes`; false if nobody wants more, which closes the child's output.
    fn write(&self, stream: Stream, bytes: &[u8]) -> bool;

    /// The stream has ended: flush what is held back.
    fn end(&self, stream: Stream);
}

/// A pipe holds 64 KiB unless told otherwise: one read can empty it.
const CHUNK: usize = 64 * 1024;
/// How often it is looked why streams do not end.
const LOOK: Duration = Duration::from_millis(50);

/// The reader threads of one child.
pub(super) struct Pumps {
    pumps: Vec<Arc<Pump>>,
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
    /// Starts a thread for each of `pipes`, all writing into `sink`.
    pub(super) fn start(
        pipes: impl IntoIterator<Item = (Stream, PipeReader)>,
        sink: &Arc<dyn Sink>,
    ) -> Self {
        let (tell, ended) = channel();
        let start = |(stream, pipe)| {
            let pump = Arc::new(Pump::default());
            let (sink, own) = (Arc::clone(sink), Arc::clone(&pump));
            let tell = tell.clone();
            thread::spawn(move || {
                own.carry(stream, pipe, sink.as_ref());
                // Nothing more comes: this one is never in the way.
                own.idle.store(true, Ordering::SeqCst);
                // Nobody listens any more once a stray grandchild was given up.
                let _unheard = tell.send(());
            });
            pump
        };
        let pumps = pipes.into_iter().map(start).collect();
        Self { pumps, ended }
    }

    /// Waits for the ends of the streams once the child has ended. A grandchild left in the
    /// background can hold a pipe open for ever, so they are given up after `patience`; but a
    /// reader of ours that takes its time is waited for until all that the child wrote is out,
    /// unless `token` asks to stop.
    pub(super) fn finish(self, patience: Duration, token: &Token) {
        let end = Instant::now() + patience;
        let before: Vec<_> = self.pumps.iter().map(|pump| pump.read()).collect();
        // What a pipe held when the child ended is at most what it can hold.
        let carries = |(pump, before): (&Arc<Pump>, &usize)| {
            !pump.idle.load(Ordering::SeqCst) && pump.read() - before <= CHUNK
        };
        let mut running = self.pumps.len();
        while running > 0 {
            if self.ended.recv_timeout(LOOK).is_ok() {
                running -= 1;
            } else if Instant::now() >= end {
                let carried = !self.pumps.iter().zip(&before).any(carries);
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
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        sink.end(stream);
    }
}

/// Writes `bytes` into a child's standard input and closes it, on a thread of its own: whoever
/// has the other end may never read.
pub(super) fn feed(mut pipe: PipeWriter, bytes: Vec<u8>) {
    thread::spawn(move || {
        let _wants_no_more = pipe.write_all(&bytes);
    });
}
