//! How primitives start programs, and the options of those that do.

use super::api::{Call, Thrown};
use super::crashed::lock_checkout;
use super::options::Opts;
use super::spec::{Effect, Opt, Shape};
use super::variables::Variables;
use crate::fault::{Failure, Kind, Unknown};
use crate::process::{Command, Exit, Outcome, Sink, SpawnError, Stdin, Stop, Token};
use crate::run::{Capture, Format, Level, Route, frame, show_duration};
use crate::screen::{Stream, has_secrets};
use nix::errno::Errno;
use nix::sys::signal::Signal;
use rhai::Dynamic;
use std::sync::Arc;

/// Lines of standard error that an error carries.
const MAX_STDERR_LINES: usize = 20;

/// The options of every primitive that starts a program, but for `reads`, whose meaning differs.
pub(super) const PROGRAM_OPTIONS: &[Opt] = &[
    CWD,
    Opt::new(
        "env",
        Shape::Pairs,
        "variables to add to its environment; `()` removes one.",
    ),
    TIMEOUT,
    STDIN,
    CHECK,
    EXCLUSIVE,
];

pub(super) const CWD: Opt = Opt::new(
    "cwd",
    Shape::Text,
    "the working directory, relative to the repository.",
);
pub(super) const TIMEOUT: Opt = Opt::new(
    "timeout",
    Shape::Time,
    "the longest time it may take: \"90s\", or a number of seconds.",
);
pub(super) const STDIN: Opt = Opt::new("stdin", Shape::Text, "the text on its standard input.");
pub(super) const CHECK: Opt = Opt::new(
    "check",
    Shape::Flag,
    "false to return an exit code other than 0 instead of throwing.",
);
pub(super) const EXCLUSIVE: Opt = Opt::new(
    "exclusive",
    Shape::Flag,
    "false for a program that stays in the foreground: other runs may change things meanwhile.",
);
/// For a primitive that changes something unless the recipe says otherwise.
pub(super) const READS: Opt = Opt::new(
    "reads",
    Shape::Flag,
    "true if it changes nothing, so that a dry run does it too.",
);
/// For a primitive whose arguments decide unless the recipe says otherwise.
pub(super) const READS_OVERRIDE: Opt = Opt::new(
    "reads",
    Shape::Flag,
    "overrides the effect: true if it changes nothing.",
);

/// What the user has seen of the output of a program that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    AsItArrived,
    /// The error itself must say why.
    Nothing,
}

/// A program to run for a recipe.
pub(super) struct Invocation {
    pub command: Command,
    pub effect: Effect,
    /// The family whose results a dry run cannot know once it has skipped this.
    pub family: &'static str,
    /// An exit code other than 0 is a failure.
    pub check: bool,
    /// It gets the variables of the project's `.env` in addition to those of the shell.
    pub gets_variables: bool,
    /// While it changes something, no other run in this checkout does.
    pub exclusive: bool,
    /// Turns a failure of this program into a better one, where more is known.
    pub explain: fn(Call<'_>, Failure) -> Failure,
}

impl Invocation {
    /// A program that must succeed, started in the repository.
    pub(super) fn new(
        call: Call<'_>,
        argv: Vec<String>,
        effect: Effect,
        family: &'static str,
    ) -> Self {
        Self {
            command: Command::new(argv, call.run.root.clone()),
            effect,
            family,
            check: true,
            gets_variables: true,
            exclusive: true,
            explain: |_, failure| failure,
        }
    }

    /// A variable as the option `env` of the call has it, or else as `inherited` returns it.
    pub(super) fn own_variable(
        &self,
        key: &str,
        inherited: impl FnOnce() -> Option<String>,
    ) -> Option<String> {
        if self.command.without.iter().any(|removed| removed == key) {
            return None;
        }
        let mut own = self.command.env.iter();
        match own.find(|(name, _)| name == key) {
            Some((_, value)) => Some(value.to_string_lossy().into_owned()),
            None => inherited(),
        }
    }

    /// Takes the options that every program has: [`PROGRAM_OPTIONS`] and `reads`.
    pub(super) fn options(&mut self, call: Call<'_>, opts: &mut Opts<'_>) -> Result<(), Failure> {
        if let Some(cwd) = opts.text("cwd")? {
            self.command.cwd = call.run.path(cwd);
        }
        let env = opts.optional_pairs("env")?;
        let is_invalid = |key: &str| key.is_empty() || key.contains(['=', '\0']);
        if let Some((key, _)) = env.iter().find(|(key, _)| is_invalid(key)) {
            let message = format!("{key:?} cannot be the name of a variable");
            return Err(Failure::recipe(message));
        }
        for (key, value) in env {
            match value {
                Some(value) => self.command.env.push((key.into(), value.into())),
                None => self.command.without.push(key.into()),
            }
        }
        self.command.timeout = opts.duration("timeout")?;
        if let Some(input) = opts.text("stdin")? {
            self.command.stdin = Stdin::Bytes(input.into_bytes());
        }
        if let Some(check) = opts.optional_flag("check")? {
            self.check = check;
        }
        if let Some(exclusive) = opts.optional_flag("exclusive")? {
            self.exclusive = exclusive;
        }
        if let Some(reads) = opts.optional_flag("reads")? {
            self.effect = match self.effect {
                _ if reads => Effect::Reads,
                Effect::Destroys => Effect::Destroys,
                _ => Effect::Changes,
            };
        }
        Ok(())
    }

    /// Runs it with its output shown as it arrives. `None` if a dry run skipped it.
    pub(super) fn stream(mut self, call: Call<'_>) -> Thrown<Option<Exit>> {
        if self.skip(call)? {
            return Ok(None);
        }
        let frame = frame();
        let in_a_step = frame.step.is_some() || call.run.reporter.format() == Format::Json;
        let is_attached = !in_a_step && !self.command.detached;
        if is_attached && matches!(self.command.stdin, Stdin::Null) {
            self.command.stdin = Stdin::Inherit;
        }
        // Its output then goes through the host, which goes on reading.
        let reporter = &call.run.reporter;
        let kept_going = self.command.keeps_state && !reporter.is_terminal(Stream::Stdout);
        let route = Route::new(&call.run.reporter, kept_going);
        let sink: Arc<dyn Sink> = Arc::clone(&route) as Arc<dyn Sink>;
        // On a terminal a program writes to the user directly; elsewhere the end of its standard
        // error is kept for the error.
        let is_piped = in_a_step || kept_going;
        // With secrets, only a terminal gets what a program writes unmasked.
        let masks = has_secrets() && !reporter.is_terminal(Stream::Stdout);
        let attached = !is_piped && !masks && reporter.is_terminal(Stream::Stderr);
        let sink = (!attached).then_some(&sink);
        let stderr_only = !is_piped && !masks;
        let outcome = self.run(call, sink, stderr_only, &frame.token);
        let exit = self.outcome(call, outcome, Seen::AsItArrived, || {
            route.stderr_tail(MAX_STDERR_LINES)
        })?;
        Ok(Some(exit))
    }

    /// Runs it and keeps what it prints. `None` if a dry run skipped it.
    pub(super) fn capture(mut self, call: Call<'_>) -> Thrown<Option<Captured>> {
        if self.skip(call)? {
            return Ok(None);
        }
        let capture = Arc::new(Capture::default());
        let sink: Arc<dyn Sink> = Arc::clone(&capture) as Arc<dyn Sink>;
        let outcome = self.run(call, Some(&sink), false, &frame().token);
        if capture.overflowed() {
            let limit = Capture::MAX_BYTES_PER_STREAM / 1024 / 1024;
            let message = format!("`{}` printed more than {limit} MiB", self.command.display());
            let hint = "`capture` keeps the output in memory; use `exec`, or write to a file";
            return call.throw(Failure::new(Kind::Exit, message).with_hint(hint));
        }
        let exit = self.outcome(call, outcome, Seen::Nothing, || {
            let text = capture.text(Stream::Stderr);
            let lines: Vec<_> = text.lines().map(str::to_owned).collect();
            lines[lines.len().saturating_sub(MAX_STDERR_LINES)..].to_vec()
        })?;
        Ok(Some(Captured {
            exit,
            stdout: capture.text(Stream::Stdout),
            stderr: capture.text(Stream::Stderr),
        }))
    }

    fn run(
        &self,
        call: Call<'_>,
        sink: Option<&Arc<dyn Sink>>,
        stderr_only: bool,
        token: &Token,
    ) -> Result<Outcome, SpawnError> {
        let (outside, changes) = (&call.run.outside, self.effect.changes());
        outside.run(&self.command, changes, sink, stderr_only, token)
    }

    /// True if a dry run does not run it. Else it is ready to start.
    fn skip(&mut self, call: Call<'_>) -> Thrown<bool> {
        call.check_stopped()?;
        // An answer about an unknown value is unknown too.
        let unknown = self.command.argv.iter().any(|word| Unknown::is_in(word));
        let skip = call.dry() && (self.effect.changes() || unknown);
        if skip || self.effect.changes() {
            call.run.reporter.command(&self.command.display(), !skip);
        }
        if skip {
            call.run.skipped(self.family);
            return Ok(true);
        }
        if self.effect.changes() {
            if self.exclusive {
                lock_checkout(call)?;
                call.check_stopped()?;
            } else if !frame().parallel {
                call.run.unlock_checkout();
            }
        }
        let holder = call.run.lock_variable();
        let holder = holder.map(|(key, value)| (key.into(), value.into()));
        self.command.env.extend(holder);
        if self.gets_variables {
            let variables = call.check(Variables::of_run(call.run))?;
            self.command.variables = variables.for_children();
        }
        Ok(false)
    }

    fn outcome(
        &self,
        call: Call<'_>,
        outcome: Result<Outcome, SpawnError>,
        seen: Seen,
        stderr_tail: impl FnOnce() -> Vec<String>,
    ) -> Thrown<Exit> {
        let Outcome { exit, stopped } = match outcome {
            Ok(outcome) => outcome,
            Err(error) => return call.throw(not_started(error)),
        };
        if let Some(Stop::Interrupt(interrupt)) = stopped {
            // Ctrl-C went only to the child, which had the terminal: tell the run.
            call.run.token.interrupt(interrupt);
        }
        let command = self.command.display();
        if stopped.is_some() && exit == Exit::Signal(Signal::SIGKILL as i32) {
            let grace = show_duration(self.command.grace);
            let text =
                format!("`{command}` did not stop when asked to and was killed after {grace}");
            call.run.reporter.message(Level::Warning, &text);
        }
        call.check_stopped()?;
        if stopped == Some(Stop::TimedOut) {
            let limit = show_duration(self.command.timeout.unwrap_or_default());
            let failure = Failure {
                stderr_tail: stderr_tail(),
                ..Failure::new(
                    Kind::Timeout,
                    format!("`{command}` took longer than {limit}"),
                )
            };
            return call.throw(failure);
        }
        if exit.ok() || !self.check {
            return Ok(exit);
        }
        let stderr_tail = stderr_tail();
        let mut message = format!("`{command}` {}", ending(exit));
        if seen == Seen::Nothing {
            for line in &stderr_tail {
                message.push_str("\n  ");
                message.push_str(line);
            }
        }
        let failure = Failure {
            code: Some(exit.code()),
            stderr_tail,
            ..Failure::new(Kind::Exit, message)
        };
        call.throw((self.explain)(call, failure))
    }
}

/// What a program printed, and how it ended.
pub(super) struct Captured {
    pub exit: Exit,
    pub stdout: String,
    pub stderr: String,
}

fn ending(exit: Exit) -> String {
    match exit {
        Exit::Code(code) => format!("exited with code {code}"),
        Exit::Signal(number) => {
            let name = Signal::try_from(number).map_or("an unknown signal", Signal::as_str);
            format!("was killed by {name} (signal {number})")
        }
    }
}

fn not_started(error: SpawnError) -> Failure {
    let message = error.to_string();
    match error {
        SpawnError::NotFound(program) => {
            let hint = how_to_get(&program).map_or_else(
                || format!("install {program}, or correct PATH"),
                str::to_owned,
            );
            Failure::missing(message, hint)
        }
        SpawnError::NoFile(_) | SpawnError::NoInterpreter(_) => {
            Failure::missing(message, "create it, or correct the path in the recipe")
        }
        SpawnError::NoDirectory(_) => Failure::new(Kind::File, message),
        SpawnError::Refused { program, source } => {
            let failure = Failure::new(Kind::Exit, message);
            match source.raw_os_error().map(Errno::from_raw) {
                Some(Errno::EACCES) => {
                    failure.with_hint(format!("`chmod +x {program}` makes it executable"))
                }
                Some(Errno::ENOEXEC) => failure.with_hint(
                    "a script needs a first line such as `#!/bin/sh`; a binary must be built for this platform",
                ),
                _ => failure,
            }
        }
    }
}

/// How to get the programs that primitives are named after.
pub(super) fn how_to_get(program: &str) -> Option<&'static str> {
    match program {
        "docker" => Some(
            "install Docker Desktop (macOS), or Docker Engine from your distribution or docs.docker.com/engine/install",
        ),
        "terraform" => Some(
            "install Terraform: `brew install terraform`, or developer.hashicorp.com/terraform/install",
        ),
        _ => None,
    }
}

/// The exit code for a recipe; an unknown value if a dry run skipped the command.
pub(super) fn code(exit: Option<Exit>, command: &str) -> Dynamic {
    exit.map_or_else(
        || Unknown::value(format!("exit code of {command}")),
        |exit| i64::from(exit.code()).into(),
    )
}
