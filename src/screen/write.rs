//! Writing to our own outputs.

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::write;
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicI32, Ordering};

/// The error by which output was lost; 0 if none was.
static LOST: AtomicI32 = AtomicI32::new(0);

/// Why something of our output is not where it should be, if that is so. A reader that has gone
/// away wanted no more, and has lost nothing.
pub fn lost_output() -> Option<Errno> {
    let errno = LOST.load(Ordering::Relaxed);
    (errno != 0).then(|| Errno::from_raw(errno))
}

/// Writes all of `bytes`. Programs share our outputs, and some leave them non-blocking: one that
/// takes nothing for now is waited for.
pub fn write_whole(output: impl AsFd, mut bytes: &[u8]) -> nix::Result<()> {
    while !bytes.is_empty() {
        match write(output.as_fd(), bytes) {
            Ok(count) => bytes = &bytes[count..],
            Err(Errno::EINTR) => {}
            Err(Errno::EAGAIN) => {
                let mut ready = [PollFd::new(output.as_fd(), PollFlags::POLLOUT)];
                // The next write sees what is wrong, if anything is.
                let _looked = poll(&mut ready, PollTimeout::NONE);
            }
            Err(error) => {
                if !matches!(error, Errno::EPIPE | Errno::EIO) {
                    LOST.store(error as i32, Ordering::Relaxed);
                }
                return Err(error);
            }
        }
    }
    Ok(())
}
