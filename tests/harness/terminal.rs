//! A run on a pseudo-terminal, as a person at a terminal has it.

use super::{Repo, eventually};
use nix::sys::termios::{LocalFlags, Termios, tcgetattr};
use pty_process::Size;
use pty_process::blocking::{Command, Pty, open};
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::process::Child;
use std::sync::{Arc, Mutex};

/// A `copilot` on a terminal of its own.
pub struct Terminal {
    pty: Arc<Pty>,
    child: Child,
    screen: Arc<Mutex<Vec<u8>>>,
    status: Option<i32>,
}

impl Terminal {
    pub(super) fn start(repo: &Repo, line: &str) -> Self {
        Self::start_words(repo, ["dev"].into_iter().chain(line.split_whitespace()))
    }

    fn start_words<'a>(repo: &Repo, words: impl IntoIterator<Item = &'a str>) -> Self {
        Self::program(
            repo,
            env!("CARGO_BIN_EXE_copilot"),
            words,
            &[("NO_COLOR", "1")],
        )
    }

    /// Any program on a terminal of its own, with `variables` besides what `copilot` gets.
    pub fn program<'a>(
        repo: &Repo,
        program: &str,
        words: impl IntoIterator<Item = &'a str>,
        variables: &[(&str, &str)],
    ) -> Self {
        let (pty, pts) = open().unwrap();
        pty.resize(Size::new(24, 100)).unwrap();
        let child = Command::new(program)
            .args(words)
            .current_dir(repo.path())
            .env_clear()
            .envs(repo.environment())
            .env("TERM", "xterm")
            .envs(variables.iter().copied())
            .spawn(pts)
            .unwrap();
        let pty = Arc::new(pty);
        let screen = Arc::new(Mutex::new(Vec::new()));
        let (from, into) = (Arc::clone(&pty), Arc::clone(&screen));
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            // Linux reports an error when the last program on the terminal has gone.
            while let Ok(count @ 1..) = from.as_ref().read(&mut buffer) {
                into.lock().unwrap().extend_from_slice(&buffer[..count]);
            }
        });
        Self {
            pty,
            child,
            screen,
            status: None,
        }
    }

    /// Makes it this many rows high and columns wide.
    pub fn resize(&self, rows: u16, columns: u16) {
        self.pty.resize(Size::new(rows, columns)).unwrap();
    }

    /// Types `text`; `\x03` is Ctrl-C.
    pub fn press(&self, text: &str) {
        self.pty.as_ref().write_all(text.as_bytes()).unwrap();
    }

    /// What is on the screen, line ends as in a file.
    pub fn screen(&self) -> String {
        let bytes = self.screen.lock().unwrap().clone();
        String::from_utf8_lossy(&bytes).replace("\r\n", "\n")
    }

    /// Waits for `text` on the screen.
    #[track_caller]
    pub fn wait_for(&self, text: &str) {
        eventually(text, || self.screen().contains(text));
    }

    /// The modes of the terminal.
    pub fn modes(&self) -> Termios {
        tcgetattr(self.pty.as_fd()).unwrap()
    }

    /// True if what is typed is shown.
    pub fn echoes(&self) -> bool {
        self.modes().local_flags.contains(LocalFlags::ECHO)
    }

    /// The process id of `copilot`.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for its end; the exit code as a shell has it.
    #[track_caller]
    pub fn wait(&mut self) -> i32 {
        use std::os::unix::process::ExitStatusExt;
        eventually("the end of copilot", || {
            self.status = self.child.try_wait().unwrap().map(|status| {
                let killed = status.signal().map(|signal| 128 + signal);
                status.code().or(killed).unwrap()
            });
            self.status.is_some()
        });
        self.status.unwrap()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if self.status.is_none() {
            let _ended_meanwhile = self.child.kill();
            let _gone = self.child.wait();
        }
    }
}
