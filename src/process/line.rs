//! Reads one line of standard input.

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::read;
use std::os::fd::AsFd;

/// How often to check for a stop request.
const POLL_INTERVAL_MS: u8 = 50;

/// Reads one line of standard input and not a byte more: the rest is for the programs started
/// later. The line has no newline if the input ended. `None` once `is_stopped` is true; no thread
/// is left behind that would take input away from those programs.
pub(crate) fn read_line(is_stopped: impl Fn() -> bool) -> nix::Result<Option<String>> {
    let stdin = std::io::stdin();
    let mut line = Vec::new();
    while line.last() != Some(&b'\n') {
        if is_stopped() {
            return Ok(None);
        }
        let mut fds = [PollFd::new(stdin.as_fd(), PollFlags::POLLIN)];
        match poll(&mut fds, PollTimeout::from(POLL_INTERVAL_MS)) {
            Ok(0) | Err(Errno::EINTR) => continue,
            Ok(_) => {}
            Err(error) => return Err(error),
        }
        let mut byte = [0];
        match read(stdin.as_fd(), &mut byte) {
            Ok(0) => break,
            Ok(_) => line.push(byte[0]),
            Err(Errno::EINTR | Errno::EAGAIN) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Some(String::from_utf8_lossy(&line).into_owned()))
}
