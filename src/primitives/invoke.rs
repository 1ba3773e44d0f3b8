//! `exec` and `capture`, and how every other primitive starts a program.

use super::api::{Api, Call, Thrown};
use super::args::{Opts, argv};
use crate::fault::{Failure, Kind, Unknown};
use crate::process::{Command, Exit, Outcome, Sink, SpawnError, Stdin, Stop, Token};
use crate::run::{Capture, Format, Level, Route, frame, show_duration};
use crate::screen::Stream;
use nix::errno::Errno;
use nix::sys::signal::Signal;
use rhai::{Array, Dynamic, Map, NativeCallContext};
use std::sync::Arc;

/// Lines of standard error that an error carries.
const STDERR_LINES: usize = 20;

/// Whether a program only reads, or changes something and is skipped in a dry run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It only reads.
    Reads,
    /// It changes something.
    Changes,
}

/// What the user has seen of a program's output when it fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    AsItCame,
    /// The error itself must say why.
    Nothing,
}

/// A program to run for a recipe.
pub struct Invocation {
    /// What to run.
    pub command: Command,
    /// What it does.
    pub effect: Effect,
    /// The name of what it belongs to, for what a dry run cannot know.
    pub family: &'static str,
    /// A code other than 0 is a failure.
    pub check: bool,
    /// A reader of its output that goes away must not kill it in the middle of its work.
    pub finishes: bool,
    /// Turns a failure of this program into a better one, where more is known.
    pub explain: fn(Call<'_>, Failure) -> Failure,
}

impl Invocation {
    /// A program that must succeed, started in the repository.
    pub fn new(call: Call<'_>, argv: Vec<String>, effect: Effect, family: &'static str) -> Self {
        Self {
            command: Command::new(argv, call.run.root.clone()),
            effect,
            family,
            check: true,
            finishes: false,
            explain: |_, failure| failure,
        }
    }

    /// Takes the options that every program has: `cwd`, `env`, `timeout`, `stdin`, `check`,
    /// `reads`.
    pub fn options(&mut self, call: Call<'_>, opts: &mut Opts<'_>) -> Result<(), Failure> {
        if let Some(cwd) = opts.text("cwd")? {
            self.command.cwd = call.run.path(cwd);
        }
        let env = opts.pairs("env")?;
        let is_none = |key: &str| key.is_empty() || key.contains(['=', '\0']);
        if let Some((key, _)) = env.iter().find(|(key, _)| is_none(key)) {
            let message = format!("{key:?} cannot be the name of a variable");
            return Err(Failure::recipe(message));
        }
        self.command.env.extend(
            env.into_iter()
                .map(|(key, value)| (key.into(), value.into())),
        );
        self.command.timeout = opts.duration("timeout")?;
        if let Some(input) = opts.text("stdin")? {
            self.command.stdin = Stdin::Bytes(input.into_bytes());
        }
        if let Some(check) = opts.maybe_flag("check")? {
            self.check = check;
        }
        if let Some(reads) = opts.maybe_flag("reads")? {
            self.effect = if reads {
                Effect::Reads
            } else {
                Effect::Changes
            };
        }
        Ok(())
    }

    /// Runs it with its output shown as it comes. `None` if a dry run skipped it.
    pub fn stream(mut self, call: Call<'_>) -> Thrown<Option<Exit>> {
        if self.skip(call)? {
            return Ok(None);
        }
        let frame = frame();
        let in_a_step = frame.step.is_some() || call.run.reporter.format() == Format::Json;
        if !in_a_step && matches!(self.command.stdin, Stdin::Null) {
            self.command.stdin = Stdin::Inherit;
        }
        // Its output then goes through us: we go on reading.
        let reporter = &call.run.reporter;
        let kept_going = self.finishes && !reporter.is_terminal(Stream::Stdout);
        let route = Route::new(&call.run.reporter, kept_going);
        let sink: Arc<dyn Sink> = Arc::clone(&route) as Arc<dyn Sink>;
        // On a terminal a program talks to the person itself; elsewhere the end of what it
        // writes to standard error is kept for the error.
        let attached = !in_a_step && !kept_going && reporter.is_terminal(Stream::Stderr);
        let sink = (!attached).then_some(&sink);
        let stderr_only = !in_a_step && !kept_going;
        let outcome = self.run(call, sink, stderr_only, &frame.token);
        let exit = self.outcome(call, outcome, Seen::AsItCame, || {
            route.stderr_tail(STDERR_LINES)
        })?;
        Ok(Some(exit))
    }

    /// Runs it and keeps what it prints. `None` if a dry run skipped it.
    pub fn capture(self, call: Call<'_>) -> Thrown<Option<Captured>> {
        if self.skip(call)? {
            return Ok(None);
        }
        let capture = Arc::new(Capture::default());
        let sink: Arc<dyn Sink> = Arc::clone(&capture) as Arc<dyn Sink>;
        let outcome = self.run(call, Some(&sink), false, &frame().token);
        if capture.overflowed() {
            let limit = Capture::MAX_BYTES / 1024 / 1024;
            let message = format!("`{}` printed more than {limit} MiB", self.command.display());
            let hint = "`capture` keeps what is printed in memory; use `exec`, or write to a file";
            return call.throw(Failure::new(Kind::Exit, message).with_hint(hint));
        }
        let exit = self.outcome(call, outcome, Seen::Nothing, || {
            let text = capture.text(Stream::Stderr);
            let lines: Vec<_> = text.lines().map(str::to_owned).collect();
            lines[lines.len().saturating_sub(STDERR_LINES)..].to_vec()
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
        let changes = self.effect == Effect::Changes;
        let outside = &call.run.outside;
        outside.run(&self.command, changes, sink, stderr_only, token)
    }

    fn skip(&self, call: Call<'_>) -> Thrown<bool> {
        call.still_wanted()?;
        // What is asked about something that is not known cannot be known either.
        let unknown = self.command.argv.iter().any(|word| Unknown::is_in(word));
        let skip = call.dry() && (self.effect == Effect::Changes || unknown);
        if skip || self.effect == Effect::Changes {
            call.run.reporter.command(&self.command.display(), !skip);
        }
        if skip {
            call.run.skipped(self.family);
        }
        Ok(skip)
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
            // Ctrl-C went to the child alone, which had the terminal: now the run knows.
            call.run.token.interrupt(interrupt);
        }
        let command = self.command.display();
        if stopped.is_some() && exit == Exit::Signal(Signal::SIGKILL as i32) {
            let grace = show_duration(self.command.grace);
            let text =
                format!("`{command}` did not stop when asked to and was killed after {grace}");
            call.run.reporter.message(Level::Warning, &text);
        }
        call.still_wanted()?;
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
pub struct Captured {
    /// How it ended.
    pub exit: Exit,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
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
                Some(Errno::EACCES) => failure.with_hint(format!(
                    "`chmod +x {program}` makes a file one that can be run"
                )),
                Some(Errno::ENOEXEC) => failure.with_hint(
                    "a script starts with a line like `#!/bin/sh`; a binary is for one platform",
                ),
                _ => failure,
            }
        }
    }
}

/// How to get the programs that primitives are named after.
pub fn how_to_get(program: &str) -> Option<&'static str> {
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

/// The exit code for a recipe, or what a dry run knows of it.
pub fn code(exit: Option<Exit>, command: &str) -> Dynamic {
    exit.map_or_else(
        || Unknown::value(format!("exit code of {command}")),
        |exit| i64::from(exit.code()).into(),
    )
}

fn exec(call: Call<'_>, argv_: &Array, opts: Map) -> Thrown<Dynamic> {
    let argv_ = call.check(argv("exec", argv_))?;
    let program = argv_[0].clone();
    let mut invocation = Invocation::new(call, argv_, Effect::Changes, "exec");
    let mut opts = Opts::new("exec", opts);
    call.check(
        invocation
            .options(call, &mut opts)
            .and_then(|()| opts.end()),
    )?;
    Ok(code(invocation.stream(call)?, &program))
}

fn capture(call: Call<'_>, argv_: &Array, opts: Map) -> Thrown<Dynamic> {
    let argv_ = call.check(argv("capture", argv_))?;
    let program = argv_[0].clone();
    let mut invocation = Invocation::new(call, argv_, Effect::Reads, "capture");
    invocation.check = false;
    let mut opts = Opts::new("capture", opts);
    call.check(
        invocation
            .options(call, &mut opts)
            .and_then(|()| opts.end()),
    )?;
    let Some(captured) = invocation.capture(call)? else {
        return Ok(Unknown::value(program));
    };
    let mut map = Map::new();
    map.insert("ok".into(), captured.exit.ok().into());
    map.insert("code".into(), i64::from(captured.exit.code()).into());
    map.insert("stdout".into(), captured.stdout.into());
    map.insert("stderr".into(), captured.stderr.into());
    Ok(map.into())
}

/// Registers `exec` and `capture`.
pub fn register(api: &mut Api<'_>) {
    const EXEC: &str = concat!(
        "/// Runs a program and shows its output as it comes.\n\
         ///\n\
         /// `argv` is an array of words; no shell is involved. Returns the exit code.\n\
         ///\n",
        options!(),
        "/// - `reads: bool`: true if it changes nothing, and so runs in a dry run too.\n\
         ///\n\
         /// Changes: a dry run prints it."
    );
    const CAPTURE: &str = concat!(
        "/// Runs a program and returns `#{ ok, code, stdout, stderr }`.\n\
         ///\n\
         /// For questions: it runs in a dry run too. It keeps up to 8 MiB, and throws no exit code\n\
         /// unless `check` is true.\n\
         ///\n",
        options!(),
        "/// - `reads: bool`: false if it changes something, and so does not run in a dry run.\n\
         ///\n\
         /// Reads."
    );
    let run = Arc::clone(&api.run);
    api.add(
        "exec",
        &["argv: array", "int"],
        EXEC,
        move |ctx: NativeCallContext<'_>, argv: Array| {
            exec(Call::that_starts(&run, &ctx), &argv, Map::new())
        },
    );
    let run = Arc::clone(&api.run);
    api.add(
        "exec",
        &["argv: array", "opts: map", "int"],
        EXEC,
        move |ctx: NativeCallContext<'_>, argv: Array, opts: Map| {
            exec(Call::that_starts(&run, &ctx), &argv, opts)
        },
    );
    let run = Arc::clone(&api.run);
    api.add(
        "capture",
        &["argv: array", "map"],
        CAPTURE,
        move |ctx: NativeCallContext<'_>, argv: Array| {
            capture(Call::that_starts(&run, &ctx), &argv, Map::new())
        },
    );
    let run = Arc::clone(&api.run);
    api.add(
        "capture",
        &["argv: array", "opts: map", "map"],
        CAPTURE,
        move |ctx: NativeCallContext<'_>, argv: Array, opts: Map| {
            capture(Call::that_starts(&run, &ctx), &argv, opts)
        },
    );
}
