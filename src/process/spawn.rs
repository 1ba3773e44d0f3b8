//! Starts a child in a group of its own, waits for it, and stops it when asked to.

use super::lookup::resolve;
use super::pump::{Pumps, Sink, Stream};
use super::terminal::Handover;
use super::{Command, Interrupt, Stdin, Stop, Token};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use rustix::process::{WaitId, WaitIdOptions, waitid};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::ExitStatus;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often a waiting thread looks for a request to stop. An exit is seen at once regardless.
const LOOK: Duration = Duration::from_millis(50);
/// How long the ends of the pipes are waited for once the child has ended.
const DRAIN: Duration = Duration::from_secs(2);

/// Groups of the children that run now, for the second Ctrl-C.
static GROUPS: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It exited with this code.
    Code(i32),
    /// A signal ended it.
    Signal(i32),
}

impl Exit {
    /// True for exit code 0.
    pub const fn ok(self) -> bool {
        matches!(self, Self::Code(0))
    }

    /// The code a shell would report: 128 plus the signal's number for a signal.
    pub const fn code(self) -> i32 {
        match self {
            Self::Code(code) => code,
            Self::Signal(signal) => 128 + signal,
        }
    }
}

/// How a child ended and whether it was asked to.
#[derive(Debug, Clone, Copy)]
pub struct Outcome {
    /// How it ended.
    pub exit: Exit,
    /// Why it was stopped, if it was.
    pub stopped: Option<Stop>,
}

/// Why a child could not be started.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    /// No such program on `PATH`.
    #[error("{0} is not installed, or not on PATH")]
    NotFound(String),
    /// The directory to start in is not there.
    #[error("the directory {0} does not exist")]
    NoDirectory(String),
    /// The system refused.
    #[error("cannot start {program}: {source}")]
    Refused {
        /// The program.
        program: String,
        /// What the system said.
        source: io::Error,
    },
}

/// Runs `command` to its end. Its output goes to `sink`, or to our own outputs if there is none;
/// with [`Stdin::Inherit`] it has the terminal meanwhile. A request on `token` stops it: the
/// signal that came (else SIGTERM), then SIGKILL after a grace period, to its whole group.
pub fn run(
    command: &Command,
    sink: Option<&Arc<dyn Sink>>,
    stderr_only: bool,
    token: &Token,
) -> Result<Outcome, SpawnError> {
    let started = Instant::now();
    let mut pipes = Vec::new();
    let mut expression = expression(command);
    if sink.is_some() {
        let refused = |source| SpawnError::Refused {
            program: command.argv[0].clone(),
            source,
        };
        if !stderr_only {
            let (reader, writer) = io::pipe().map_err(refused)?;
            pipes.push((Stream::Stdout, reader));
            expression = expression.stdout_file(writer);
        }
        let (reader, writer) = io::pipe().map_err(refused)?;
        pipes.push((Stream::Stderr, reader));
        expression = expression.stderr_file(writer);
    }
    let handle = expression.start().map_err(|source| why(command, source))?;
    // The expression holds the writing ends: the readers see the end only when it is gone.
    drop(expression);
    let group = Group::of(handle.pids().first().copied());
    let handover = match command.stdin {
        Stdin::Inherit => Handover::to(group.0),
        Stdin::Null | Stdin::Bytes(_) => None,
    };
    let pumps = sink.map(|sink| Pumps::start(pipes, sink));

    let deadline = command.timeout.map(|timeout| started + timeout);
    let mut stopping: Option<(Stop, Instant)> = None;
    let status = loop {
        match handle.wait_timeout(LOOK) {
            Ok(Some(output)) => break output.status,
            Ok(None) => {}
            Err(source) => {
                group.signal(Signal::SIGKILL);
                return Err(why(command, source));
            }
        }
        if let Some(handover) = &handover
            && group.is_stopped()
        {
            handover.suspend(group.0);
        }
        let asked = token.stop().or_else(|| {
            deadline
                .filter(|end| Instant::now() >= *end)
                .map(|_| Stop::TimedOut)
        });
        match (asked, &mut stopping) {
            (Some(stop), None) => {
                group.signal(match stop {
                    Stop::Interrupt(interrupt) => interrupt.signal(),
                    Stop::Cancelled | Stop::TimedOut => Signal::SIGTERM,
                });
                // A stopped process would not see the signal.
                group.signal(Signal::SIGCONT);
                stopping = Some((stop, Instant::now() + command.grace));
            }
            (_, Some((_, end))) if Instant::now() >= *end => {
                group.signal(Signal::SIGKILL);
            }
            _ => {}
        }
    };
    if stopping.is_some() {
        // The leader is gone; whatever it left behind in its group is not wanted either.
        group.signal(Signal::SIGKILL);
    }
    if let Some(pumps) = pumps {
        pumps.finish(DRAIN);
    }
    let exit = exit_of(status);
    Ok(Outcome {
        exit,
        stopped: stopping
            .map(|(stop, _)| stop)
            .or_else(|| handover.and_then(|_| by_the_terminal(exit))),
    })
}

/// With the terminal in its hands only the child sees Ctrl-C: how it ended tells us.
fn by_the_terminal(exit: Exit) -> Option<Stop> {
    let interrupt = Interrupt::CtrlC;
    (exit.code() == i32::from(interrupt.exit_code())).then_some(Stop::Interrupt(interrupt))
}

fn expression(command: &Command) -> duct::Expression {
    let name = command.argv[0].clone();
    let file = resolve(command).map_or_else(|| OsString::from(&name), OsString::from);
    let mut expression = duct::cmd(file, &command.argv[1..])
        .dir(&command.cwd)
        .unchecked()
        .before_spawn(move |command| {
            command.process_group(0).arg0(&name);
            Ok(())
        });
    for (key, value) in &command.env {
        expression = expression.env(key, value);
    }
    match &command.stdin {
        Stdin::Inherit => expression,
        Stdin::Null => expression.stdin_null(),
        Stdin::Bytes(bytes) => expression.stdin_bytes(bytes.clone()),
    }
}

fn why(command: &Command, source: io::Error) -> SpawnError {
    let program = command.argv[0].clone();
    if source.kind() == io::ErrorKind::NotFound {
        if command.cwd.is_dir() {
            SpawnError::NotFound(program)
        } else {
            SpawnError::NoDirectory(command.cwd.display().to_string())
        }
    } else {
        SpawnError::Refused { program, source }
    }
}

fn exit_of(status: ExitStatus) -> Exit {
    match (status.code(), status.signal()) {
        (Some(code), _) => Exit::Code(code),
        (None, Some(signal)) => Exit::Signal(signal),
        (None, None) => Exit::Code(1),
    }
}

/// A child's process group, known to the second Ctrl-C while it runs.
struct Group(Pid);

impl Group {
    fn of(pid: Option<u32>) -> Self {
        let raw = pid
            .and_then(|pid| i32::try_from(pid).ok())
            .unwrap_or(i32::MAX);
        groups().insert(raw);
        Self(Pid::from_raw(raw))
    }

    fn signal(&self, signal: Signal) {
        // An error says that nobody is left in the group.
        let _nobody_left = killpg(self.0, signal);
    }

    /// True if Ctrl-Z has stopped the leader. Its exit status is left for the real wait.
    fn is_stopped(&self) -> bool {
        let look = WaitIdOptions::STOPPED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        rustix::process::Pid::from_raw(self.0.as_raw())
            .and_then(|pid| waitid(WaitId::Pid(pid), look).ok().flatten())
            .is_some_and(|status| status.stopped())
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        groups().remove(&self.0.as_raw());
    }
}

fn groups() -> std::sync::MutexGuard<'static, BTreeSet<i32>> {
    GROUPS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Kills every child that runs now, with all it started.
pub(super) fn kill_everything() {
    for group in groups().iter() {
        let _nobody_left = killpg(Pid::from_raw(*group), Signal::SIGKILL);
    }
}
