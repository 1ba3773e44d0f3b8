//! A run that is looked at while it goes.

use super::{Signal, default_signals, eventually};
use nix::sys::signal::kill;
use nix::unistd::Pid;
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// A `copilot` that runs; killed if the test ends before it.
pub(crate) struct Live {
    child: Child,
    outputs: [Output; 2],
    status: Option<i32>,
}

/// What came out of a pipe so far.
struct Output {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

impl Output {
    fn of(mut pipe: impl Read + Send + 'static) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&bytes);
        let reader = std::thread::spawn(move || {
            let mut buffer = vec![0; 64 * 1024];
            while let Ok(count @ 1..) = pipe.read(&mut buffer) {
                into.lock().unwrap().extend_from_slice(&buffer[..count]);
            }
        });
        Self { bytes, reader }
    }
}

impl Live {
    pub(crate) fn start(command: Command) -> Self {
        Self::with_stdout(command, Stdio::piped())
    }

    /// Starts `command` with its standard output going elsewhere.
    pub(crate) fn with_stdout(mut command: Command, stdout: Stdio) -> Self {
        default_signals();
        let mut child = command
            .stdout(stdout)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout: Box<dyn Read + Send> = match child.stdout.take() {
            Some(pipe) => Box::new(pipe),
            None => Box::new(std::io::empty()),
        };
        let outputs = [Output::of(stdout), Output::of(child.stderr.take().unwrap())];
        Self {
            child,
            outputs,
            status: None,
        }
    }

    /// Writes all of its standard input and closes that.
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        // It may have ended without reading.
        let _unread = self.child.stdin.take().unwrap().write_all(bytes);
    }

    /// The process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal, and to nobody else.
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap());
        kill(pid, signal).unwrap();
    }

    /// True if it has ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        if self.status.is_none() {
            let ended = self.child.try_wait().unwrap();
            self.status = ended.map(|status| {
                let killed = status.signal().map(|signal| 128 + signal);
                status.code().or(killed).unwrap()
            });
        }
        self.status.is_some()
    }

    /// Waits for its end; the exit code as a shell has it.
    #[track_caller]
    pub(crate) fn wait(&mut self) -> i32 {
        eventually("the end of copilot", || self.has_ended());
        // What a stray grandchild holds open is not waited for.
        for _ in 0..500 {
            if self
                .outputs
                .iter()
                .all(|output| output.reader.is_finished())
            {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        self.status.unwrap()
    }

    /// The bytes that came so far on standard output and standard error.
    pub(crate) fn output(&self) -> (Vec<u8>, Vec<u8>) {
        let read = |output: &Output| output.bytes.lock().unwrap().clone();
        (read(&self.outputs[0]), read(&self.outputs[1]))
    }

    /// Standard output so far.
    pub(crate) fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.output().0).into_owned()
    }

    /// Standard error so far.
    pub(crate) fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.output().1).into_owned()
    }

    /// Waits for `text` on either output.
    #[track_caller]
    pub(crate) fn wait_for(&self, text: &str) {
        eventually(text, || {
            self.stdout().contains(text) || self.stderr().contains(text)
        });
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        if !self.has_ended() {
            let _ended_meanwhile = self.child.kill();
            let _gone = self.child.wait();
        }
    }
}
