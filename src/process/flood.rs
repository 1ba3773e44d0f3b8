//! Forwards large output from pipe to pipe without copying it, with `splice` on Linux.

use std::io::PipeReader;
use std::os::fd::BorrowedFd;

/// The size that pipes are enlarged to: the most that Linux allows without privileges.
pub(super) const PIPE_BYTES: usize = 1024 * 1024;

/// Why forwarding stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stopped {
    /// End of file: everything has been forwarded.
    EndOfFile,
    /// The output does not accept more, or does not support `splice`; the rest is still in the pipe.
    Refused,
}

/// How forwarding progresses.
pub(super) enum Progress<'a> {
    /// Waiting for input.
    Waiting,
    /// Input has arrived and is being forwarded.
    Forwarding,
    /// This many bytes were forwarded, and these are the last of them.
    Forwarded(usize, &'a [u8]),
}

/// Forwards everything from `pipe` to `output`, reporting each step to `report`.
#[cfg(target_os = "linux")]
pub(super) fn forward(
    pipe: &PipeReader,
    output: BorrowedFd<'_>,
    report: impl FnMut(Progress<'_>),
) -> Stopped {
    linux::forward(pipe, output, report).unwrap_or(Stopped::Refused)
}

/// Not supported on other systems.
#[cfg(not(target_os = "linux"))]
pub(super) fn forward(
    _pipe: &PipeReader,
    _output: BorrowedFd<'_>,
    _report: impl FnMut(Progress<'_>),
) -> Stopped {
    Stopped::Refused
}

#[cfg(target_os = "linux")]
mod linux {
    use super::super::tail::MAX_TAIL_BYTES;
    use super::{PIPE_BYTES, Progress, Stopped};
    use nix::errno::Errno;
    use nix::fcntl::{FcntlArg, SpliceFFlags, fcntl, splice, tee};
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
    use std::fs::File;
    use std::io::{PipeReader, Read};
    use std::os::fd::{AsFd, BorrowedFd};

    pub(super) fn forward(
        pipe: &PipeReader,
        output: BorrowedFd<'_>,
        mut report: impl FnMut(Progress<'_>),
    ) -> std::io::Result<Stopped> {
        // `tee` duplicates the pages into a second pipe, from which the end is read.
        let (mut copy, into_copy) = std::io::pipe()?;
        let dev_null = File::options().write(true).open("/dev/null")?;
        for pipe in [pipe.as_fd(), into_copy.as_fd(), output] {
            // A small pipe is only slower, and an output need not be a pipe.
            let _stays_small = fcntl(
                pipe,
                FcntlArg::F_SETPIPE_SZ(PIPE_BYTES.try_into().unwrap_or(0)),
            );
        }
        // More than a `Tail` keeps need not be read.
        let mut end = vec![0; MAX_TAIL_BYTES];
        loop {
            report(Progress::Waiting);
            let count = match tee(pipe, &into_copy, PIPE_BYTES, SpliceFFlags::empty()) {
                Ok(0) => return Ok(Stopped::EndOfFile),
                Ok(count) => count,
                Err(Errno::EINTR) => continue,
                Err(error) => return Err(error.into()),
            };
            report(Progress::Forwarding);
            advance(pipe.as_fd(), output, count)?;
            let tail = count.min(MAX_TAIL_BYTES);
            advance(copy.as_fd(), dev_null.as_fd(), count - tail)?;
            copy.read_exact(&mut end[..tail])?;
            report(Progress::Forwarded(count, &end[..tail]));
        }
    }

    /// Moves `count` bytes, which `from` already holds.
    fn advance(from: BorrowedFd<'_>, to: BorrowedFd<'_>, mut count: usize) -> nix::Result<()> {
        while count > 0 {
            match splice(from, None, to, None, count, SpliceFFlags::empty()) {
                Ok(0) => return Err(Errno::EPIPE),
                Ok(moved) => count -= moved,
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN) => {
                    // Other programs share our outputs, and some leave them non-blocking.
                    let mut ready = [PollFd::new(to, PollFlags::POLLOUT)];
                    let _ready = poll(&mut ready, PollTimeout::NONE);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
