//! What the host tells the watchdog: one JSON object a line, with copies of open files beside it.

use super::super::mark::Mark;
use super::Modes;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::ffi::OsString;
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::PathBuf;
use std::time::Duration;

/// The most files beside one message: the two outputs of a child.
const MAX_FILES: usize = 2;
/// The size of one read.
const READ_BYTES: usize = 16 * 1024;

/// A message to the watchdog.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Message {
    /// A child has started.
    Started(Child),
    /// The output of a child is no longer read.
    Closed {
        /// The group.
        group: i32,
    },
    /// A child has ended, and its group needs no attention.
    Ended {
        /// The group.
        group: i32,
    },
    /// A child has the terminal, which had these modes before; `None` once it is taken back.
    Terminal(Option<Modes>),
    /// The file beside the message must stay open until all programs have ended.
    Hold,
    /// It need not any more.
    Release,
    /// The run has ended.
    Done,
}

/// What the watchdog knows about a child.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Child {
    /// The process group that it leads.
    pub group: i32,
    /// The mark in its environment.
    pub mark: Mark,
    /// How long it gets to exit after a stop signal.
    pub grace: Duration,
    /// It is asked to stop with SIGINT.
    pub keeps_state: bool,
    /// How many files come beside the message: pipes into which it writes.
    pub outputs: usize,
    /// The program that removes what outlives the child.
    pub cleanup: Option<Cleanup>,
}

/// A program that removes what outlives a child.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Cleanup {
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// The directory it starts in.
    pub cwd: PathBuf,
    /// Variables added to the environment.
    pub env: Vec<(OsString, OsString)>,
}

/// Sends a message without waiting: a watchdog that does not read must not hold up the run.
pub(super) fn send(
    socket: impl AsFd,
    message: &Message,
    files: &[BorrowedFd<'_>],
) -> io::Result<()> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_FILES))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !files.is_empty() && !control.push(SendAncillaryMessage::ScmRights(files)) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let sent = sendmsg(
        socket,
        &[IoSlice::new(&line)],
        &mut control,
        SendFlags::DONTWAIT,
    )?;
    if sent < line.len() {
        return Err(io::ErrorKind::WouldBlock.into());
    }
    Ok(())
}

/// Receives messages and files.
#[derive(Debug, Default)]
pub(super) struct Receiver {
    bytes: Vec<u8>,
    files: VecDeque<OwnedFd>,
}

impl Receiver {
    /// Waits for the next message; `None` once the sender is gone.
    pub(super) fn receive(&mut self, socket: impl AsFd) -> io::Result<Option<Message>> {
        loop {
            if let Some(end) = self.bytes.iter().position(|byte| *byte == b'\n') {
                let line: Vec<_> = self.bytes.drain(..=end).collect();
                return Ok(Some(serde_json::from_slice(&line)?));
            }
            if self.read(&socket)? == 0 {
                return Ok(None);
            }
        }
    }

    fn read(&mut self, socket: impl AsFd) -> io::Result<usize> {
        let mut buffer = [0; READ_BYTES];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_FILES))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let received = rustix::io::retry_on_intr(|| {
            recvmsg(
                &socket,
                &mut [IoSliceMut::new(&mut buffer)],
                &mut control,
                RecvFlags::empty(),
            )
        })?;
        for message in control.drain() {
            if let RecvAncillaryMessage::ScmRights(files) = message {
                self.files.extend(files);
            }
        }
        self.bytes.extend_from_slice(&buffer[..received.bytes]);
        Ok(received.bytes)
    }

    /// The files beside the last message, as many as it says.
    pub(super) fn files(&mut self, count: usize) -> Vec<OwnedFd> {
        let count = count.min(self.files.len());
        self.files.drain(..count).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream;

    #[test]
    fn messages_and_files_arrive_in_order() {
        let (ours, its) = UnixStream::pair().unwrap();
        let child = |group, outputs| {
            Message::Started(Child {
                group,
                mark: Mark::next(),
                grace: Duration::from_millis(1500),
                keeps_state: true,
                outputs,
                cleanup: None,
            })
        };
        let (reader, mut writer) = io::pipe().unwrap();
        writer.write_all(b"x").unwrap();
        send(&ours, &child(7, 0), &[]).unwrap();
        send(&ours, &child(8, 1), &[reader.as_fd()]).unwrap();
        send(&ours, &Message::Ended { group: 7 }, &[]).unwrap();
        drop(ours);

        let mut receiver = Receiver::default();
        let mut next = || receiver.receive(&its).unwrap();
        assert!(matches!(
            next(),
            Some(Message::Started(Child { group: 7, .. }))
        ));
        let Some(Message::Started(child)) = next() else {
            panic!("no child");
        };
        assert_eq!((child.group, child.grace.as_millis()), (8, 1500));
        assert!(matches!(next(), Some(Message::Ended { group: 7 })));
        assert!(next().is_none());
        let mut byte = [0];
        let files = receiver.files(child.outputs);
        let file = files.into_iter().next().unwrap();
        File::from(file).read_exact(&mut byte).unwrap();
        assert_eq!(&byte, b"x");
    }

    #[test]
    fn a_watchdog_that_does_not_read_is_noticed() {
        let (ours, _its) = UnixStream::pair().unwrap();
        let message = Message::Ended { group: 1 };
        let full = (0..1_000_000).any(|_| send(&ours, &message, &[]).is_err());
        assert!(full);
    }
}
