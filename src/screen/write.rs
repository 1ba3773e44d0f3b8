//! Writes to our own outputs, remembers whether any of it was lost, and reports a closed pipe.

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::write;
use std::os::fd::AsFd;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI32, Ordering};

/// The `errno` of the last write that failed; 0 if all succeeded.
static LAST_ERRNO: AtomicI32 = AtomicI32::new(0);

/// Why some of our output could not be written, if any was lost. A reader that closed the pipe
/// does not count: it wanted no more.
pub(crate) fn lost_output() -> Option<Errno> {
    let errno = LAST_ERRNO.load(Ordering::Relaxed);
    (errno != 0).then(|| Errno::from_raw(errno))
}

/// Called when a write finds that the reader of our output has closed the pipe.
static ON_BROKEN_PIPE: OnceLock<Box<dyn Fn() + Send + Sync>> = OnceLock::new();

/// Has `react` called for each write to a pipe that nobody reads any more. The first one stays.
pub(crate) fn on_broken_pipe(react: impl Fn() + Send + Sync + 'static) {
    let _first_stays = ON_BROKEN_PIPE.set(Box::new(react));
}

/// Reports a closed pipe if the reader of standard output is gone, without writing anything.
pub(crate) fn check_reader() {
    let stdout = std::io::stdout();
    let mut fds = [PollFd::new(stdout.as_fd(), PollFlags::empty())];
    let polled = poll(&mut fds, PollTimeout::ZERO);
    let events = fds[0].revents().unwrap_or(PollFlags::empty());
    if polled.is_ok() && events.contains(PollFlags::POLLERR) {
        report_broken_pipe();
    }
}

fn report_broken_pipe() {
    if let Some(react) = ON_BROKEN_PIPE.get() {
        react();
    }
}

/// Writes all of `bytes`. Other programs share our outputs, and some leave them non-blocking: if a
/// write would block, this waits.
pub(crate) fn write_whole(output: impl AsFd, mut bytes: &[u8]) -> nix::Result<()> {
    while !bytes.is_empty() {
        match write(output.as_fd(), bytes) {
            Ok(count) => bytes = &bytes[count..],
            Err(Errno::EINTR) => {}
            Err(Errno::EAGAIN) => {
                let mut ready = [PollFd::new(output.as_fd(), PollFlags::POLLOUT)];
                // The next write reports any error.
                let _ready = poll(&mut ready, PollTimeout::NONE);
            }
            Err(error) => {
                match error {
                    Errno::EPIPE => report_broken_pipe(),
                    // The terminal was closed.
                    Errno::EIO => {}
                    _ => LAST_ERRNO.store(error as i32, Ordering::Relaxed),
                }
                return Err(error);
            }
        }
    }
    Ok(())
}
