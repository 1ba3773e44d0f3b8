//! A run on a pseudo-terminal, as a person at a terminal has it.

use super::{Repo, default_signals, eventually, plain, unindent};
use nix::sys::termios::{LocalFlags, Termios, tcgetattr};
use pty_process::Size;
use pty_process::blocking::{Command, Pty, open};
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::process::Child;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A `copilot` on a terminal of its own.
pub(crate) struct Terminal {
    pty: Arc<Pty>,
    child: Child,
    screen: Arc<Mutex<Vec<u8>>>,
    /// How large it was from which byte on, in rows and columns.
    sizes: Mutex<Vec<(usize, u16, u16)>>,
    repo: PathBuf,
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
    pub(crate) fn program<'a>(
        repo: &Repo,
        program: &str,
        words: impl IntoIterator<Item = &'a str>,
        variables: &[(&str, &str)],
    ) -> Self {
        Self::sized(repo, program, words, variables, (24, 100))
    }

    /// The same on a terminal of so many rows and columns.
    pub(crate) fn sized<'a>(
        repo: &Repo,
        program: &str,
        words: impl IntoIterator<Item = &'a str>,
        variables: &[(&str, &str)],
        (rows, columns): (u16, u16),
    ) -> Self {
        default_signals();
        let (pty, pts) = open().unwrap();
        pty.resize(Size::new(rows, columns)).unwrap();
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
            sizes: Mutex::new(vec![(0, rows, columns)]),
            repo: repo.path().to_owned(),
            status: None,
        }
    }

    /// Makes it this many rows high and columns wide.
    pub(crate) fn resize(&self, rows: u16, columns: u16) {
        let from = self.screen.lock().unwrap().len();
        self.sizes.lock().unwrap().push((from, rows, columns));
        self.pty.resize(Size::new(rows, columns)).unwrap();
    }

    /// Types `text`; `\x03` is Ctrl-C.
    pub(crate) fn press(&self, text: &str) {
        self.pty.as_ref().write_all(text.as_bytes()).unwrap();
    }

    /// The terminal as an emulator has it, which wraps lines anew when it is resized.
    fn emulated(&self) -> avt::Terminal {
        let bytes = self.screen.lock().unwrap().clone();
        let sizes = self.sizes.lock().unwrap().clone();
        let mut terminal = avt::Terminal::with_scrollback(1, 1, None).unwrap();
        for (index, (from, rows, columns)) in sizes.iter().enumerate() {
            terminal.resize(usize::from(*columns), usize::from(*rows));
            let to = sizes.get(index + 1).map_or(bytes.len(), |next| next.0);
            terminal.feed(&*String::from_utf8_lossy(&bytes[*from..to]));
        }
        terminal
    }

    fn comparable<'a>(&self, lines: impl Iterator<Item = &'a str>) -> String {
        let lines: Vec<_> = lines.map(|line| seconds(line.trim_end())).collect();
        let text = plain(&lines.join("\n"), &self.repo);
        format!("{}\n", text.trim_end())
    }

    /// The rows that a person sees, made comparable; `Ns` is the time that a step takes so far.
    pub(crate) fn frame(&self) -> String {
        let terminal = self.emulated();
        let rows: Vec<_> = terminal
            .screen()
            .visible_lines()
            .map(avt::Line::text)
            .collect();
        self.comparable(rows.iter().map(String::as_str))
    }

    /// All lines, also those that a person has to scroll back to.
    pub(crate) fn history(&self) -> String {
        self.comparable(self.emulated().screen().text().iter().map(String::as_str))
    }

    /// Where the cursor is, as row and column from 0 on; `None` where it is hidden.
    pub(crate) fn cursor(&self) -> Option<(usize, usize)> {
        let position = self.emulated().cursor().position();
        position.map(|(column, row)| (row, column))
    }

    /// Waits until a person sees `frame`, unindented, and nothing else.
    #[track_caller]
    pub(crate) fn wait_for_frame(&self, frame: &str) {
        wait_for(|| self.frame(), frame);
    }

    /// Waits until all lines are these, unindented, with those to scroll back to.
    #[track_caller]
    pub(crate) fn wait_for_history(&self, lines: &str) {
        wait_for(|| self.history(), lines);
    }

    /// What is written on the screen, line ends as in a file.
    pub(crate) fn screen(&self) -> String {
        let bytes = self.screen.lock().unwrap().clone();
        String::from_utf8_lossy(&bytes).replace("\r\n", "\n")
    }

    /// Waits for `text` on the screen.
    #[track_caller]
    pub(crate) fn wait_for(&self, text: &str) {
        eventually(text, || self.screen().contains(text));
    }

    /// The modes of the terminal.
    pub(crate) fn modes(&self) -> Termios {
        tcgetattr(self.pty.as_fd()).unwrap()
    }

    /// True if what is typed is shown.
    pub(crate) fn echoes(&self) -> bool {
        self.modes().local_flags.contains(LocalFlags::ECHO)
    }

    /// The process id of `copilot`.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for its end; the exit code as a shell has it.
    #[track_caller]
    pub(crate) fn wait(&mut self) -> i32 {
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

#[track_caller]
fn wait_for(found: impl Fn() -> String, wanted: &str) {
    let wanted = unindent(wanted);
    let end = Instant::now() + Duration::from_mins(1);
    while found() != wanted && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(10));
    }
    let found = found();
    assert!(found == wanted, "should be:\n{wanted}\nis:\n{found}");
}

/// `line` with the whole seconds that it ends with as `Ns`.
fn seconds(line: &str) -> String {
    match line.rsplit_once("  ") {
        Some((name, time))
            if time
                .strip_suffix('s')
                .is_some_and(|time| time.parse::<u32>().is_ok()) =>
        {
            format!("{name}  Ns")
        }
        _ => line.to_owned(),
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
