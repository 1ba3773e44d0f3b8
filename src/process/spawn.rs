//! Starts a child in its own process group, waits for it, and stops it on request.

use super::child_terminal::ChildTerminal;
use super::group::{Group, Starting};
use super::interrupt::{signal_of, watch};
use super::lookup::program;
use super::mark::{DETACHED_VARIABLE, MARK_VARIABLE, Mark, Owner};
use super::pump::{Pumps, Sink, feed};
use super::strays;
use super::watchdog::Watch;
use super::{Command, Stdin, Stop, Token};
use crate::fault::Interrupt;
use crate::screen::{Stream, check_reader};
use nix::sys::signal::Signal;
use std::io::{self, PipeReader};
use std::os::fd::AsFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::ExitStatus;
use std::sync::{Arc, Once};
use std::time::{Duration, Instant};

/// How often a waiting thread checks for a stop request. An exit is noticed at once regardless.
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// The first of these intervals. A child that exits within it is not worth starting the signal thread for.
const FIRST_POLL_INTERVAL: Duration = Duration::from_millis(2);
/// How long to wait for pipes that stay open after the child has exited.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(2);

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It exited with this code.
    Code(i32),
    /// A signal ended it.
    Signal(i32),
}

impl Exit {
    /// True for exit code 0.
    pub(crate) const fn ok(self) -> bool {
        matches!(self, Self::Code(0))
    }

    /// The code a shell would report: 128 plus the signal's number for a signal.
    pub(crate) const fn code(self) -> i32 {
        match self {
            Self::Code(code) => code,
            Self::Signal(signal) => 128 + signal,
        }
    }
}

/// How a child ended and whether it was stopped.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outcome {
    /// How it ended.
    pub exit: Exit,
    /// Why it was stopped, if it was.
    pub stopped: Option<Stop>,
}

/// Why a child could not be started.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SpawnError {
    /// No such program on `PATH`.
    #[error("{0} is not installed, or not on PATH")]
    NotFound(String),
    /// No such file; the program was given by its path.
    #[error("the program {0} does not exist")]
    NoFile(String),
    /// A script whose `#!` line names a program that does not exist.
    #[error("cannot start {0}: the interpreter named in its first line does not exist")]
    NoInterpreter(String),
    /// The directory to start in does not exist.
    #[error("the directory {0} does not exist")]
    NoDirectory(String),
    /// The system could not start it.
    #[error("cannot start {program}: {source}")]
    Refused {
        program: String,
        /// The system's error.
        source: io::Error,
    },
}

/// Runs `command` to its end. Its output goes to `sink`, or to our own outputs without one. It gets
/// the terminal when it tries to use it: until then Ctrl-C reaches us, and the end of the terminal
/// does not reach the child. A stop request on `token` sends its whole group a signal, and SIGKILL
/// after the grace period.
pub(crate) fn run(
    command: &Command,
    sink: Option<&Arc<dyn Sink>>,
    stderr_only: bool,
    token: &Token,
) -> Result<Outcome, SpawnError> {
    adopt_once();
    if command.detached {
        return start_detached(command);
    }
    let began = Instant::now();
    let failed = |source| spawn_error(command, source);
    let mark = Mark::next();
    let outputs: &[_] = match (sink, stderr_only) {
        (None, _) => &[],
        (Some(_), true) => &[Stream::Stderr],
        (Some(_), false) => &[Stream::Stdout, Stream::Stderr],
    };
    let Started {
        handle,
        group,
        pipes,
    } = start(command, &mark, outputs).map_err(failed)?;
    let watched = pipes.iter().map(|(_, pipe)| pipe.as_fd());
    let watched = Watch::over(group.id().as_raw(), &mark, command, watched);
    let watched = Arc::new(watched);
    let mut terminal = ChildTerminal::default();
    let mut pumps = sink.map(|sink| Pumps::new(pipes, sink, &watched));

    let owner = Owner::Child(&mark);
    let mut interval = FIRST_POLL_INTERVAL;
    let deadline = command.timeout.map(|timeout| began + timeout);
    let mut stopping: Option<(Stop, Instant)> = None;
    let status = loop {
        let ended = match pumps.as_mut().filter(|pumps| pumps.is_silent()) {
            Some(pumps) => {
                pumps.listen(interval);
                handle.try_wait()
            }
            None => handle.wait_timeout(interval),
        };
        match ended {
            Ok(Some(output)) => break output.status,
            Ok(None) => {}
            Err(source) => {
                group.signal(Signal::SIGKILL);
                return Err(failed(source));
            }
        }
        if interval == FIRST_POLL_INTERVAL {
            watch();
            interval = POLL_INTERVAL;
        }
        if let Some(signal) = group.stopped_by()
            && terminal.child_stopped(&group, signal)
            && let Some(sink) = sink
        {
            sink.asks();
        }
        let request = token.stop().or_else(|| {
            deadline
                .filter(|end| Instant::now() >= *end)
                .map(|_| Stop::TimedOut)
        });
        match (request, &mut stopping) {
            (Some(Stop::Interrupt(Interrupt::BrokenPipe)), None) if command.keeps_state => {}
            (Some(stop), None) => {
                ask_to_stop(command, &group, owner, stop);
                stopping = Some((stop, Instant::now() + command.grace));
            }
            (_, Some((_, end))) if Instant::now() >= *end => {
                group.signal(Signal::SIGKILL);
            }
            _ => {}
        }
    };
    let typed = terminal.take_back(&group);
    let exit = exit_of(status);
    if exit == Exit::Signal(Signal::SIGPIPE as i32) {
        check_reader();
    }
    // While the child had the terminal, Ctrl-C reached only the child, which may have handled it.
    let typed = typed.filter(|_| !exit.ok()).map(Stop::Interrupt);
    let stopped = stopping.map(|(stop, _)| stop).or(typed);
    if stopped.is_some() {
        let end = stopping.map_or_else(|| Instant::now() + command.grace, |(_, end)| end);
        strays::ask(owner);
        // A shell makes its background processes ignore SIGINT.
        group.end(Signal::SIGTERM, end);
        strays::clear(owner, end);
    }
    if let Some(pumps) = pumps {
        pumps.finish(DRAIN_TIMEOUT, token);
    }
    Ok(Outcome { exit, stopped })
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that starts programs"
)]
fn expression(command: &Command, mark: &Mark) -> duct::Expression {
    let name = command.argv[0].clone();
    let mut expression = duct::cmd(program(command), &command.argv[1..])
        .dir(&command.cwd)
        .unchecked()
        .before_spawn(move |command| {
            command.process_group(0).arg0(&name);
            Ok(())
        });
    for (key, value) in &command.env {
        expression = expression.env(key, value);
    }
    // The inner expression wins: a variable that was set above is not removed.
    for key in &command.without {
        expression = expression.env_remove(key);
    }
    for (key, value) in &command.variables {
        expression = expression.env(key, value);
    }
    expression = if command.detached {
        expression
            .env(DETACHED_VARIABLE, "1")
            .env_remove(MARK_VARIABLE)
    } else {
        expression
            .env(MARK_VARIABLE, mark.value())
            .env_remove(DETACHED_VARIABLE)
    };
    match &command.stdin {
        // `run` adds the pipe for bytes.
        Stdin::Inherit | Stdin::Bytes(_) => expression,
        Stdin::Null => expression.stdin_null(),
    }
}

/// A child that has just been started.
struct Started {
    handle: duct::Handle,
    group: Group,
    /// The pipes for its output.
    pipes: Vec<(Stream, PipeReader)>,
}

/// Starts a child with pipes for the `outputs`.
fn start(command: &Command, mark: &Mark, outputs: &[Stream]) -> io::Result<Started> {
    let starting = Starting::wait_for_others();
    let mut expression = expression(command, mark);
    let mut pipes = Vec::new();
    for stream in outputs {
        let (reader, writer) = io::pipe()?;
        pipes.push((*stream, reader));
        expression = match stream {
            Stream::Stdout => expression.stdout_file(writer),
            Stream::Stderr => expression.stderr_file(writer),
        };
    }
    let mut input = None;
    if let Stdin::Bytes(bytes) = &command.stdin {
        let (reader, writer) = io::pipe()?;
        expression = expression.stdin_file(reader);
        input = Some((writer, bytes.clone()));
    }
    let handle = expression.start()?;
    let group = starting.register_child(handle.pids().first().copied());
    // The expression holds the child's ends of the pipes: close them, or we never see end of file.
    drop(expression);
    if let Some((pipe, bytes)) = input {
        feed(pipe, bytes);
    }
    Ok(Started {
        handle,
        group,
        pipes,
    })
}

/// Starts a program that is not waited for. Its end is noticed with those of adopted processes.
fn start_detached(command: &Command) -> Result<Outcome, SpawnError> {
    let failed = |source| spawn_error(command, source);
    let mut expression = expression(command, &Mark::next())
        .stdout_null()
        .stderr_null();
    if let Stdin::Bytes(bytes) = &command.stdin {
        let (reader, writer) = io::pipe().map_err(failed)?;
        expression = expression.stdin_file(reader);
        feed(writer, bytes.clone());
    }
    // Dropping the handle neither waits nor kills.
    expression.start().map_err(failed)?;
    Ok(Outcome {
        exit: Exit::Code(0),
        stopped: None,
    })
}

/// Sends the signal for `stop` to the group, and SIGTERM to what has left the group.
fn ask_to_stop(command: &Command, group: &Group, owner: Owner<'_>, stop: Stop) {
    group.signal(match stop {
        _ if command.keeps_state => Signal::SIGINT,
        Stop::Interrupt(interrupt) => signal_of(interrupt),
        Stop::Cancelled | Stop::TimedOut => Signal::SIGTERM,
    });
    // A suspended process would not handle the signal.
    group.signal(Signal::SIGCONT);
    if !command.keeps_state {
        strays::ask(owner);
    }
}

/// Makes this process the parent of descendants whose parent ends, before the first child.
fn adopt_once() {
    static ADOPTS: Once = Once::new();
    ADOPTS.call_once(strays::adopt);
}

fn spawn_error(command: &Command, source: io::Error) -> SpawnError {
    let word = command.argv[0].clone();
    let missing = matches!(
        source.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    );
    if missing && !command.cwd.is_dir() {
        return SpawnError::NoDirectory(command.cwd.display().to_string());
    }
    if source.kind() != io::ErrorKind::NotFound {
        return SpawnError::Refused {
            program: word,
            source,
        };
    }
    if !word.contains('/') {
        SpawnError::NotFound(word)
    } else if Path::new(&program(command)).exists() {
        SpawnError::NoInterpreter(word)
    } else {
        SpawnError::NoFile(word)
    }
}

fn exit_of(status: ExitStatus) -> Exit {
    match (status.code(), status.signal()) {
        (Some(code), _) => Exit::Code(code),
        (None, Some(signal)) => Exit::Signal(signal),
        (None, None) => Exit::Code(1),
    }
}
