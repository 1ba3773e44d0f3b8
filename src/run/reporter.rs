//! Says what happens: to people on standard error, to programs as JSON on standard output.

use super::{Event, Format, Level, annotation, frame, hide_tokens, in_actions};
use crate::process::{watch, watch_halts};
use crate::screen::{self, Running, Stream};
use console::style;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// Where everything that a run says goes through, a whole line at a time.
#[derive(Debug, Default)]
pub struct Reporter {
    format: Format,
    quiet: bool,
    verbose: bool,
    line: Mutex<()>,
    /// Where all of it is kept, if it is not to be shown.
    kept: Option<Mutex<Kept>>,
    /// Whether steps are shown while they run, once it matters.
    live: OnceLock<bool>,
}

/// What a run has said, kept instead of shown.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
    /// What a dry run would have done.
    pub would: Vec<String>,
}

impl Reporter {
    /// A reporter for `format`; `quiet` keeps to warnings and failures, `verbose` adds commands.
    pub fn new(format: Format, quiet: bool, verbose: bool) -> Self {
        Self {
            format,
            quiet,
            verbose,
            line: Mutex::default(),
            kept: None,
            live: OnceLock::new(),
        }
    }

    /// A reporter that keeps what it is told.
    pub fn keeping(format: Format, quiet: bool, verbose: bool) -> Self {
        Self {
            kept: Some(Mutex::default()),
            ..Self::new(format, quiet, verbose)
        }
    }

    /// What was kept so far.
    pub fn kept(&self) -> Kept {
        self.kept
            .as_ref()
            .map_or_else(Kept::default, |kept| lock(kept).clone())
    }

    /// True if nothing is shown.
    pub const fn keeps(&self) -> bool {
        self.kept.is_some()
    }

    /// True if what goes to `stream` is seen by a person as it comes.
    pub fn is_terminal(&self, stream: Stream) -> bool {
        stream.is_terminal() && !self.keeps()
    }

    /// True if steps are shown while they run.
    pub fn is_live(&self) -> bool {
        *self.live.get_or_init(|| {
            let for_people = self.format == Format::Text && !self.quiet && !self.keeps();
            let live = for_people && !in_actions() && screen::attended();
            if live {
                watch_halts();
            }
            live
        })
    }

    /// Shows that a step runs, until what is returned goes. `turn` is its place among the others.
    pub fn running(&self, turn: u64, step: &str, title: &str) -> Option<Running> {
        self.is_live()
            .then(|| screen::begin(turn, step, &hide_tokens(title)))
    }

    /// Writes whole lines to an output, or keeps them.
    pub(super) fn put(&self, stream: Stream, bytes: &[u8]) {
        if let Some(kept) = &self.kept {
            let mut kept = lock(kept);
            match stream {
                Stream::Stdout => kept.stdout.extend_from_slice(bytes),
                Stream::Stderr => kept.stderr.extend_from_slice(bytes),
            }
            return;
        }
        screen::put(stream, bytes);
    }

    /// Keeps what a dry run would have done.
    fn keep_would(&self, what: &str) {
        if let Some(kept) = &self.kept {
            lock(kept).would.push(what.to_owned());
        }
    }

    /// How this run is shown.
    pub const fn format(&self) -> Format {
        self.format
    }

    /// True with `-q`.
    pub const fn quiet(&self) -> bool {
        self.quiet
    }

    /// True if what a step says is to be folded, as GitHub Actions can.
    pub fn folds(&self) -> bool {
        self.format == Format::Text && !self.quiet && in_actions()
    }

    /// Marks a place, or the run, for GitHub Actions, if it is there and the run is shown to
    /// people.
    pub fn annotate(&self, kind: &str, place: Option<&str>, message: &str) {
        if in_actions() {
            self.text(&annotation(kind, place, message));
        }
    }

    /// Writes `event` if the run is shown as JSON.
    pub fn event(&self, event: &Event<'_>) {
        if self.format == Format::Json
            && let Ok(line) = serde_json::to_string(event)
        {
            let _whole = self.whole_line();
            let line = format!("{}\n", hide_tokens(&line));
            self.put(Stream::Stdout, line.as_bytes());
        }
    }

    /// Writes a line for people, if the run is shown to people.
    pub fn text(&self, line: &str) {
        if self.format == Format::Text {
            self.say(line);
        }
    }

    /// A message of the recipe or the host.
    pub fn message(&self, level: Level, text: &str) {
        let frame = frame();
        self.event(&Event::Message {
            step: frame.step.as_deref(),
            level,
            text,
        });
        if self.quiet && level != Level::Warning {
            return;
        }
        if level == Level::Warning && in_actions() {
            // GitHub shows it where it stands, as a warning, and on the run's page.
            let step = frame.step.as_deref().filter(|_| frame.side_by_side);
            let step = step.map(|step| format!("{step}: ")).unwrap_or_default();
            self.annotate("warning", None, &format!("{step}{text}"));
            return;
        }
        let line = match level {
            Level::Title => format!("{}", style(format!("== {text}")).for_stderr().bold()),
            Level::Info => text.to_owned(),
            Level::Success => format!("{} {text}", style("ok:").for_stderr().green()),
            Level::Warning => format!("{} {text}", style("warning:").for_stderr().yellow()),
        };
        self.text(&prefixed(&line));
    }

    /// A program is about to run (`runs`), or would in a dry run.
    pub fn command(&self, command: &str, runs: bool) {
        let frame = frame();
        self.event(&Event::Command {
            step: frame.step.as_deref(),
            command,
            runs,
        });
        if runs {
            self.detail(&format!("$ {command}"));
        } else {
            self.keep_would(command);
            self.text(&prefixed(&format!("would run: {command}")));
        }
    }

    /// A line for people who asked for more with `-v`.
    pub fn detail(&self, text: &str) {
        if self.verbose && !self.quiet {
            self.text(&prefixed(&style(text).for_stderr().dim().to_string()));
        }
    }

    /// Something that a dry run would have done, in words.
    pub fn would(&self, what: &str) {
        let frame = frame();
        self.event(&Event::Command {
            step: frame.step.as_deref(),
            command: what,
            runs: false,
        });
        self.keep_would(what);
        self.text(&prefixed(&format!("would {what}")));
    }

    /// A line on standard output: what the user asked for, as opposed to what is said about it.
    pub fn answer(&self, text: &str) {
        if self.format == Format::Text {
            let text = prefixed(text);
            let _whole = self.whole_line();
            let text = format!("{}\n", hide_tokens(&text));
            self.put(Stream::Stdout, text.as_bytes());
        }
    }

    /// Writes `line` and its line end in one go, whatever the format.
    pub fn say(&self, line: &str) {
        let _whole = self.whole_line();
        let line = format!("{}\n", hide_tokens(line));
        self.put(Stream::Stderr, line.as_bytes());
    }

    pub(super) fn whole_line(&self) -> MutexGuard<'_, ()> {
        // Whoever reads may take their time.
        watch();
        lock(&self.line)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `line`, with whose it is in front of it where steps run side by side.
fn prefixed(line: &str) -> String {
    let frame = frame();
    match &frame.step {
        Some(step) if frame.side_by_side => {
            let prefix = prefix(step, Stream::Stderr);
            line.split('\n')
                .map(|line| format!("{prefix}{line}"))
                .collect::<Vec<_>>()
                .join("\n")
        }
        _ => line.to_owned(),
    }
}

/// What stands in front of a line of `step` that goes to `stream`.
pub(super) fn prefix(step: &str, stream: Stream) -> String {
    let prefix = style(format!("{step} | ")).cyan();
    match stream {
        Stream::Stdout => prefix.for_stdout(),
        Stream::Stderr => prefix.for_stderr(),
    }
    .to_string()
}
