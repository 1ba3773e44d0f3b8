//! The watchdog: a second process of this program that stops the programs of a run if the host is
//! killed or crashes. It starts with the first child that lives longer than a moment, learns of each
//! child through a socket, and takes the end of the socket without a farewell for a crash.

mod message;
mod modes;
mod role;

use super::Command;
use super::group::{Helper, Starting};
use super::mark::{DETACHED_VARIABLE, MARK_VARIABLE, Mark, run_id};
use crate::fault::lock;
use message::{Child, Cleanup, Message, send};
use nix::unistd::getpgrp;
use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::sync::Mutex;

pub(super) use modes::Modes;
pub(crate) use role::run_if_asked;

/// The first argument with which this program becomes the watchdog.
const ROLE: &str = "__watchdog";

static STATE: Mutex<State> = Mutex::new(State {
    is_enabled: false,
    has_started_children: false,
    running: None,
    children: BTreeMap::new(),
    modes: None,
});

struct State {
    is_enabled: bool,
    /// A child was started, which may leave processes behind.
    has_started_children: bool,
    running: Option<Running>,
    /// The running children by group, to tell a watchdog that is started later.
    children: BTreeMap<i32, Watched>,
    /// The modes of the terminal before a child got it.
    modes: Option<Modes>,
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
        state.has_started_children = true;
        state.tell(&watched);
        state.children.insert(group, watched);
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

/// Starts the watchdog if it is not running, or no longer, and a child was started. Without one, a crash leaves the children.
pub(super) fn ensure() {
    let mut state = lock(&STATE);
    if !state.is_enabled || !state.has_started_children {
        return;
    }
    let lives = |running: &Running| matches!(running.program.try_wait(), Ok(None));
    if state.running.as_ref().is_some_and(lives) {
        return;
    }
    state.running = start().ok();
    let children = std::mem::take(&mut state.children);
    for watched in children.values() {
        state.tell(watched);
    }
    state.children = children;
    let modes = state.modes.clone();
    state.send(&Message::Terminal(modes), &[]);
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
    fn tell(&mut self, watched: &Watched) {
        let outputs: Vec<_> = watched.outputs.iter().map(AsFd::as_fd).collect();
        self.send(&Message::Started(watched.child.clone()), &outputs);
    }

    fn send(&mut self, message: &Message, outputs: &[BorrowedFd<'_>]) {
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
