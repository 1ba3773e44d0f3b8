//! A question before something is deleted.

use super::super::signals::Signals;
use crate::error::{Error, Result};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::read;
use std::io::{IsTerminal, Write};
use std::os::fd::AsFd;

/// How often a signal is looked for, in milliseconds.
const LOOK: u8 = 50;

/// True for yes. `None` if the user asks to stop instead.
pub fn yes(question: &str, signals: &Signals) -> Result<Option<bool>> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return Err(Error::usage(
            format!("{question} There is nobody to ask: standard input is not a terminal"),
            Some("add --yes to delete without being asked".to_owned()),
        ));
    }
    let mut err = std::io::stderr().lock();
    let _gone = write!(err, "{question} [y/N] ").and_then(|()| err.flush());
    let mut line = Vec::new();
    while line.last() != Some(&b'\n') {
        if signals.interrupt().is_some() {
            let _gone = writeln!(err);
            return Ok(None);
        }
        let mut fds = [PollFd::new(stdin.as_fd(), PollFlags::POLLIN)];
        match poll(&mut fds, PollTimeout::from(LOOK)) {
            Ok(0) | Err(Errno::EINTR) => continue,
            Ok(_) => {}
            Err(_) => break,
        }
        let mut byte = [0];
        match read(stdin.as_fd(), &mut byte) {
            Ok(1) => line.push(byte[0]),
            Err(Errno::EINTR | Errno::EAGAIN) => {}
            // Ctrl-D leaves the question without a line end.
            Ok(_) | Err(_) => {
                let _gone = writeln!(err);
                break;
            }
        }
    }
    let answer = String::from_utf8_lossy(&line).trim().to_lowercase();
    Ok(Some(matches!(answer.as_str(), "y" | "yes")))
}
