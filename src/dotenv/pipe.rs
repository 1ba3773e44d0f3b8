//! Reads `.env` from a named pipe, into which a secret manager writes it.

use crate::fault::lock;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// How long a writer may take to open the pipe and write it all: it may ask for a fingerprint.
const WRITER_TIMEOUT: Duration = Duration::from_mins(1);

const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// The contents of the pipes that this process has read. A writer need not serve a second reader.
static CONTENTS: Mutex<BTreeMap<PathBuf, Vec<u8>>> = Mutex::new(BTreeMap::new());

/// True if `path` is a named pipe, or a link to one.
pub(super) fn is_pipe(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.file_type().is_fifo())
}

/// All that the writer of the pipe writes. An error once the reader is not `wanted` any more, or
/// after a minute without a writer.
pub(super) fn read_pipe(path: &Path, wanted: impl Fn() -> bool) -> io::Result<Vec<u8>> {
    let mut contents = lock(&CONTENTS);
    if let Some(bytes) = contents.get(path) {
        return Ok(bytes.clone());
    }
    // Opening a pipe blocks until there is a writer, so another thread does it.
    let (sender, receiver) = channel();
    let pipe = path.to_owned();
    thread::spawn(move || sender.send(fs::read(pipe)));
    let started = Instant::now();
    let bytes = loop {
        match receiver.recv_timeout(POLL_INTERVAL) {
            Ok(read) => break read?,
            Err(RecvTimeoutError::Timeout) if !wanted() => {
                return Err(io::ErrorKind::Interrupted.into());
            }
            Err(RecvTimeoutError::Timeout) if started.elapsed() < WRITER_TIMEOUT => {}
            Err(_) => {
                let message = format!(
                    "nothing has written to this named pipe for {} s",
                    WRITER_TIMEOUT.as_secs()
                );
                return Err(io::Error::new(io::ErrorKind::TimedOut, message));
            }
        }
    };
    contents.insert(path.to_owned(), bytes.clone());
    Ok(bytes)
}
