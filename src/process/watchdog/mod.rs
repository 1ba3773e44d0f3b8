//! The watchdog: a second process of this program that stops the programs of a run if the host is
//! killed or crashes. It starts with the first child that lives longer than a moment, learns of each
//! child through a socket, and takes the end of the socket without a farewell for a crash.

mod message;
mod modes;
mod role;

use super::group::{Helper, Starting};
use super::mark::{DETACHED_VARIABLE, MARK_VARIABLE, Mark, run_id};
use super::{Command, strays};
use crate::fault::lock;
use message::{Child, Cleanup, Message, send};
use nix::unistd::getpgrp;
use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::sync::{Mutex, Once};
use std::thread;
use std::time::Duration;

pub(super) use modes::Modes;
pub(crate) use role::run_if_asked;

/// The first argument with which this program becomes the watchdog.
const ROLE: &str = "__watchdog";

/// How long the first child may run without a watchdog.
const FIRST_INTERVAL: Duration = Duration::from_millis(2);
/// How often to check whether the watchdog is running.
const INTERVAL: Duration = Duration::from_millis(50);

static STATE: Mutex<State> = Mutex::new(State {
    is_enabled: false,
    running: None,
    children: BTreeMap::new(),
    modes: None,
    held: None,
});

struct State {
    is_enabled: bool,
    running: Option<Running>,
    /// The running children by group, to tell a watchdog that is started later.
    children: BTreeMap<i32, Watched>,
    /// The modes of the terminal before a child got it.
    modes: Option<Modes>,
    /// A file that must stay open until all programs have ended.
    held: Option<OwnedFd>,
}

struct Watched {
    child: Child,
    /// Copies of the pipes that we read. The watchdog has them too: if we are killed, the child must
    /// not die of SIGPIPE before it has ended in order.
    outputs: Vec<OwnedFd>,
}

struct Running {
    program: duct::Handle,
    socket: UnixStream,
    #[expect(dead_code, reason = "dropping it ends the registration")]
    registered: Helper,
}

/// From now on a watchdog is started when needed.
pub(super) fn enable() {
    lock(&STATE).is_enabled = true;
}

/// A child that the watchdog knows of until this is dropped.
pub(super) struct Watch(i32);

impl Watch {
    /// Reports the child that leads `group`. `outputs` are the pipes through which we read its output.
    pub(super) fn over<'a>(
        group: i32,
        mark: &Mark,
        command: &Command,
        outputs: impl Iterator<Item = BorrowedFd<'a>>,
    ) -> Self {
        let mut state = lock(&STATE);
        if !state.is_enabled {
            return Self(group);
        }
        let outputs: Vec<_> = outputs
            .filter_map(|pipe| pipe.try_clone_to_owned().ok())
            .collect();
        let child = Child {
            group,
            mark: mark.clone(),
            grace: command.grace,
            keeps_state: command.keeps_state,
            outputs: outputs.len(),
            cleanup: command.cleanup.clone().map(|argv| Cleanup {
                argv,
                cwd: command.cwd.clone(),
                env: command.variables.clone(),
            }),
        };
        let watched = Watched { child, outputs };
        state.tell(&watched);
        state.children.insert(group, watched);
        drop(state);
        keep();
        Self(group)
    }
}

impl Watch {
    /// The child's output is no longer read, so that SIGPIPE ends the child.
    pub(super) fn close_outputs(&self) {
        let mut state = lock(&STATE);
        if let Some(watched) = state.children.get_mut(&self.0) {
            watched.outputs.clear();
            watched.child.outputs = 0;
            state.send(&Message::Closed { group: self.0 }, &[]);
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut state = lock(&STATE);
        if state.children.remove(&self.0).is_some() {
            state.send(&Message::Ended { group: self.0 }, &[]);
        }
    }
}

/// From now on a thread starts the watchdog and looks after it. It also collects adopted processes. It
/// waits for a moment first, as many runs end before.
fn keep() {
    static KEEPER: Once = Once::new();
    KEEPER.call_once(|| {
        let keeper = || {
            thread::sleep(FIRST_INTERVAL);
            loop {
                ensure();
                strays::reap_adopted();
                thread::sleep(INTERVAL);
            }
        };
        // Without it, a crash leaves the children.
        let _no_keeper = thread::Builder::new().spawn(keeper);
    });
}

/// Starts the watchdog if it is not running, or no longer.
fn ensure() {
    let mut state = lock(&STATE);
    if !state.is_enabled {
        return;
    }
    let lives = |running: &Running| matches!(running.program.try_wait(), Ok(None));
    if state.running.as_ref().is_some_and(lives) {
        return;
    }
    state.running = start().ok();
    for watched in state.children.values() {
        state.tell(watched);
    }
    state.send(&Message::Terminal(state.modes.clone()), &[]);
    state.hold();
}

/// Keeps `file` open until all programs have ended even if we are killed, so that its lock is held as
/// long.
pub(crate) fn hold_file(file: BorrowedFd<'_>) {
    let mut state = lock(&STATE);
    // Without a copy the lock ends with this process.
    state.held = file.try_clone_to_owned().ok();
    state.hold();
}

/// Ends what [`hold_file`] began.
pub(crate) fn release_file() {
    let mut state = lock(&STATE);
    state.held = None;
    state.send(&Message::Release, &[]);
}

/// A child gets the terminal, which had these modes; `None` once it is taken back.
pub(super) fn remember_modes(modes: Option<Modes>) {
    let mut state = lock(&STATE);
    state.modes.clone_from(&modes);
    state.send(&Message::Terminal(modes), &[]);
}

/// The run has ended: the watchdog ends without stopping anything.
pub(crate) fn dismiss_watchdog() {
    let mut state = lock(&STATE);
    state.is_enabled = false;
    state.send(&Message::Done, &[]);
}

impl State {
    fn hold(&self) {
        if let Some(file) = &self.held {
            self.send(&Message::Hold, &[file.as_fd()]);
        }
    }

    fn tell(&self, watched: &Watched) {
        let outputs: Vec<_> = watched.outputs.iter().map(AsFd::as_fd).collect();
        self.send(&Message::Started(watched.child.clone()), &outputs);
    }

    fn send(&self, message: &Message, outputs: &[BorrowedFd<'_>]) {
        let Some(running) = &self.running else {
            return;
        };
        if send(&running.socket, message, outputs).is_err() {
            // It has died or hangs: `ensure` starts another.
            let _ended_meanwhile = running.program.kill();
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "no program of a recipe")]
fn start() -> io::Result<Running> {
    let (ours, its) = UnixStream::pair()?;
    // The program itself, even if its file was replaced meanwhile.
    let program = if cfg!(target_os = "linux") {
        "/proc/self/exe".into()
    } else {
        std::env::current_exe()?
    };
    let group = getpgrp().to_string();
    let starting = Starting::wait_for_others();
    let program = duct::cmd(program, [ROLE, run_id(), &group])
        .dir("/")
        .env_remove(MARK_VARIABLE)
        .env(DETACHED_VARIABLE, "watchdog")
        .stdin_file(OwnedFd::from(its))
        .stdout_null()
        .stderr_null()
        .unchecked()
        .before_spawn(|command| {
            command.process_group(0).arg0("copilot-watchdog");
            Ok(())
        })
        .start()?;
    let registered = starting.register_helper(program.pids().first().copied());
    Ok(Running {
        program,
        socket: ours,
        registered,
    })
}
