//! Writing to our own outputs.

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::write;
use std::os::fd::AsFd;

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
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
