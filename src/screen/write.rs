//! Writes to our own outputs, and remembers whether any of it was lost.

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::write;
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicI32, Ordering};

/// The `errno` of the last write that failed; 0 if all succeeded.
static LAST_ERRNO: AtomicI32 = AtomicI32::new(0);

/// Why some of our output could not be written, if any was lost. A reader that closed the pipe
/// does not count: it wanted no more.
pub(crate) fn lost_output() -> Option<Errno> {
    let errno = LAST_ERRNO.load(Ordering::Relaxed);
    (errno != 0).then(|| Errno::from_raw(errno))
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
                if !matches!(error, Errno::EPIPE | Errno::EIO) {
                    LAST_ERRNO.store(error as i32, Ordering::Relaxed);
                }
                return Err(error);
            }
        }
    }
    Ok(())
}
