//! Carries a child's output to where it should go.

use std::io::{PipeReader, Read};
use std::sync::Arc;
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

/// Reader threads of one child.
pub(super) struct Pumps {
    done: Receiver<()>,
    running: usize,
}

impl Pumps {
    /// Starts a thread for each of `pipes`, all writing into `sink`.
    pub(super) fn start(
        pipes: impl IntoIterator<Item = (Stream, PipeReader)>,
        sink: &Arc<dyn Sink>,
    ) -> Self {
        let (tell, done) = channel();
        let mut running = 0;
        for (stream, pipe) in pipes {
            running += 1;
            let sink = Arc::clone(sink);
            let tell = tell.clone();
            thread::spawn(move || {
                carry(stream, pipe, sink.as_ref());
                // Nobody listens any more once the wait for a stray grandchild was given up.
                let _unheard = tell.send(());
            });
        }
        Self { done, running }
    }

    /// Waits for the ends of the streams, for `patience` at the most: a grandchild left in the
    /// background can hold a pipe open for ever.
    pub(super) fn finish(self, patience: Duration) {
        let end = Instant::now() + patience;
        for _ in 0..self.running {
            let left = end.saturating_duration_since(Instant::now());
            if self.done.recv_timeout(left).is_err() {
                return;
            }
        }
    }
}

fn carry(stream: Stream, mut pipe: PipeReader, sink: &dyn Sink) {
    let mut buffer = vec![0; CHUNK];
    loop {
        match pipe.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => {
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
