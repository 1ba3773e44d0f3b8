//! Carries a flood without copying it, where the system can move what one pipe holds into another.

use std::io::PipeReader;
use std::os::fd::BorrowedFd;

/// The end of what was carried that whoever keeps a tail is shown, in bytes.
pub(super) const SHOWN: usize = 16 * 1024;

/// What a pipe may hold once it carries a flood, in bytes: the most that Linux gives without
/// privileges.
pub(super) const HOLDS: usize = 1024 * 1024;

/// Why it stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stopped {
    /// All that came is carried.
    AtTheEnd,
    /// This output takes no more, or none in this way; what is left is still in the pipe.
    Refused,
}

/// What it is at.
pub(super) enum Moment<'a> {
    /// It waits for more.
    Waits,
    /// It has something to carry.
    Carries,
    /// So many bytes are carried, of which these are the last.
    Carried(usize, &'a [u8]),
}

/// Moves what comes out of `pipe` to `output` until there is no more, and tells `seen` of it.
#[cfg(target_os = "linux")]
pub(super) fn carry(
    pipe: &PipeReader,
    output: BorrowedFd<'_>,
    seen: impl FnMut(Moment<'_>),
) -> Stopped {
    linux::carry(pipe, output, seen).unwrap_or(Stopped::Refused)
}

/// No other system can.
#[cfg(not(target_os = "linux"))]
pub(super) fn carry(
    _pipe: &PipeReader,
    _output: BorrowedFd<'_>,
    _seen: impl FnMut(Moment<'_>),
) -> Stopped {
    Stopped::Refused
}

#[cfg(target_os = "linux")]
mod linux {
    use super::{HOLDS, Moment, SHOWN, Stopped};
    use nix::errno::Errno;
    use nix::fcntl::{FcntlArg, SpliceFFlags, fcntl, splice, tee};
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
    use std::fs::File;
    use std::io::{PipeReader, Read};
    use std::os::fd::{AsFd, BorrowedFd};

    pub(super) fn carry(
        pipe: &PipeReader,
        output: BorrowedFd<'_>,
        mut seen: impl FnMut(Moment<'_>),
    ) -> std::io::Result<Stopped> {
        // A second pipe has the same pages, so that the end of them can be looked at.
        let (mut copy, into_copy) = std::io::pipe()?;
        let nowhere = File::options().write(true).open("/dev/null")?;
        for pipe in [pipe.as_fd(), into_copy.as_fd(), output] {
            // One that stays small is only slower, and an output need not be a pipe.
            let _stays_small = fcntl(pipe, FcntlArg::F_SETPIPE_SZ(HOLDS.try_into().unwrap_or(0)));
        }
        let mut end = vec![0; SHOWN];
        loop {
            seen(Moment::Waits);
            let count = match tee(pipe, &into_copy, HOLDS, SpliceFFlags::empty()) {
                Ok(0) => return Ok(Stopped::AtTheEnd),
                Ok(count) => count,
                Err(Errno::EINTR) => continue,
                Err(error) => return Err(error.into()),
            };
            seen(Moment::Carries);
            advance(pipe.as_fd(), output, count)?;
            let shown = count.min(SHOWN);
            advance(copy.as_fd(), nowhere.as_fd(), count - shown)?;
            copy.read_exact(&mut end[..shown])?;
            seen(Moment::Carried(count, &end[..shown]));
        }
    }

    /// Moves `count` bytes that are there.
    fn advance(from: BorrowedFd<'_>, to: BorrowedFd<'_>, mut count: usize) -> nix::Result<()> {
        while count > 0 {
            match splice(from, None, to, None, count, SpliceFFlags::empty()) {
                Ok(0) => return Err(Errno::EPIPE),
                Ok(moved) => count -= moved,
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN) => {
                    // Programs share our outputs, and some leave them non-blocking.
                    let mut ready = [PollFd::new(to, PollFlags::POLLOUT)];
                    let _looked = poll(&mut ready, PollTimeout::NONE);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
