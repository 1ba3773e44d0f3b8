//! One line that a person, or whoever feeds us, types.

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::read;
use std::os::fd::AsFd;

/// How often it is looked for a request to stop, in milliseconds.
const LOOK: u8 = 50;

/// One line of standard input, and not a byte more: the rest is for the programs that come after.
/// What has no line end stands at the end of the input. `None` once `is_stopped`: nothing is left
/// reading then, which would take what is typed from them.
pub fn read_line(is_stopped: impl Fn() -> bool) -> nix::Result<Option<String>> {
    let stdin = std::io::stdin();
    let mut line = Vec::new();
    while line.last() != Some(&b'\n') {
        if is_stopped() {
            return Ok(None);
        }
        let mut fds = [PollFd::new(stdin.as_fd(), PollFlags::POLLIN)];
        match poll(&mut fds, PollTimeout::from(LOOK)) {
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
