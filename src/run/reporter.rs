//! Prints what happens in a run: text on standard error, or JSON events on standard output.

use super::{Event, Format, Level, annotation, frame, hide_secrets, in_actions, safe_text};
use crate::fault::lock;
use crate::process::watch;
use crate::screen::{self, Running, Stream};
use console::style;
use std::sync::{Mutex, MutexGuard, OnceLock};

/// Prints everything that a run outputs, in whole lines.
#[derive(Debug, Default)]
pub(crate) struct Reporter {
    format: Format,
    quiet: bool,
    verbose: bool,
    line: Mutex<()>,
    /// Stores the output instead of printing it, in tests of recipes.
    kept: Option<Mutex<Kept>>,
    /// Whether the live block is used; determined on first use.
    live: OnceLock<bool>,
}

/// The output of a run that was stored instead of printed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kept {
    /// Bytes for standard output.
    pub stdout: Vec<u8>,
    /// Bytes for standard error.
    pub stderr: Vec<u8>,
    /// The commands that a dry run would have run.
    pub would: Vec<String>,
}

impl Reporter {
    /// A reporter that prints; `quiet` prints only warnings and failures, `verbose` adds commands.
    pub(crate) fn new(format: Format, quiet: bool, verbose: bool) -> Self {
        Self {
            format,
            quiet,
            verbose,
            line: Mutex::default(),
            kept: None,
            live: OnceLock::new(),
        }
    }

    /// A reporter that stores its output instead of printing it.
    pub(crate) fn keeping(format: Format, quiet: bool, verbose: bool) -> Self {
        Self {
            kept: Some(Mutex::default()),
            ..Self::new(format, quiet, verbose)
        }
    }

    /// The output stored so far.
    pub(crate) fn kept(&self) -> Kept {
        self.kept
            .as_ref()
            .map_or_else(Kept::default, |kept| lock(kept).clone())
    }

    /// True if output is stored instead of printed.
    pub(crate) const fn keeps(&self) -> bool {
        self.kept.is_some()
    }

    /// True if output to `stream` goes to a terminal.
    pub(crate) fn is_terminal(&self, stream: Stream) -> bool {
        stream.is_terminal() && !self.keeps()
    }

    /// True if running steps are shown in the live block.
    pub(crate) fn is_live(&self) -> bool {
        *self.live.get_or_init(|| {
            let for_people = self.format == Format::Text && !self.quiet && !self.keeps();
            let live = for_people && !in_actions() && screen::attended();
            if live {
                watch();
            }
            live
        })
    }

    /// Shows a step in the live block until the returned guard is dropped, in the order of `ticket`.
    pub(crate) fn running(&self, ticket: u64, step: &str, title: &str) -> Option<Running> {
        self.is_live()
            .then(|| screen::begin(ticket, step, &safe_text(title, Stream::Stderr)))
    }

    /// Prints or stores whole lines.
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

    /// Stores what a dry run would have done.
    fn keep_would(&self, what: &str) {
        if let Some(kept) = &self.kept {
            lock(kept).would.push(what.to_owned());
        }
    }

    /// The format of the output.
    pub(crate) const fn format(&self) -> Format {
        self.format
    }

    /// True with `--quiet`.
    pub(crate) const fn quiet(&self) -> bool {
        self.quiet
    }

    /// True if the output of each step is folded, as in GitHub Actions.
    pub(crate) fn folds(&self) -> bool {
        self.format == Format::Text && !self.quiet && in_actions()
    }

    /// Prints an annotation in GitHub Actions, if the output is text.
    pub(crate) fn annotate(&self, kind: &str, place: Option<&str>, message: &str) {
        if in_actions() {
            self.text(&annotation(kind, place, message));
        }
    }

    /// Prints `event` if the format is JSON.
    pub(crate) fn event(&self, event: &Event<'_>) {
        if self.format == Format::Json
            && let Ok(line) = serde_json::to_string(event)
        {
            let _whole = self.whole_line();
            let line = format!("{}\n", hide_secrets(&line));
            self.put(Stream::Stdout, line.as_bytes());
        }
    }

    /// Prints a line if the format is text.
    pub(crate) fn text(&self, line: &str) {
        if self.format == Format::Text {
            self.say(line);
        }
    }

    /// Prints a message of the recipe or of the host.
    pub(crate) fn message(&self, level: Level, text: &str) {
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
            // GitHub shows the annotation in the log and on the page of the run.
            let step = frame.step.as_deref().filter(|_| frame.parallel);
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

    /// Prints a command that is about to run (`runs`), or that a dry run skips.
    pub(crate) fn command(&self, command: &str, runs: bool) {
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

    /// Prints a line with `--verbose`.
    pub(crate) fn detail(&self, text: &str) {
        if self.verbose && !self.quiet {
            self.text(&prefixed(&style(text).for_stderr().dim().to_string()));
        }
    }

    /// Prints something other than a command that a dry run would have done.
    pub(crate) fn print_would(&self, what: &str) {
        let frame = frame();
        self.event(&Event::Command {
            step: frame.step.as_deref(),
            command: what,
            runs: false,
        });
        self.keep_would(what);
        self.text(&prefixed(&format!("would {what}")));
    }

    /// Prints a line on standard output: the result that the user asked for, as opposed to messages.
    pub(crate) fn answer(&self, text: &str) {
        if self.format == Format::Text {
            let text = prefixed(text);
            let _whole = self.whole_line();
            let text = format!("{}\n", safe_text(&text, Stream::Stdout));
            self.put(Stream::Stdout, text.as_bytes());
        }
    }

    /// Prints a line on standard error in any format.
    pub(crate) fn say(&self, line: &str) {
        let _whole = self.whole_line();
        let line = format!("{}\n", safe_text(line, Stream::Stderr));
        self.put(Stream::Stderr, line.as_bytes());
    }

    /// Locks the output, so that lines of different threads do not mix.
    pub(super) fn whole_line(&self) -> MutexGuard<'_, ()> {
        // A slow reader may block the write, so signals need a thread.
        watch();
        lock(&self.line)
    }
}

/// `line` with its step as a prefix while steps run in parallel.
fn prefixed(line: &str) -> String {
    let frame = frame();
    match &frame.step {
        Some(step) if frame.parallel => {
            let prefix = prefix(step, Stream::Stderr);
            line.split('\n')
                .map(|line| format!("{prefix}{line}"))
                .collect::<Vec<_>>()
                .join("\n")
        }
        _ => line.to_owned(),
    }
}

/// The prefix for lines of `step` on `stream`.
pub(super) fn prefix(step: &str, stream: Stream) -> String {
    let prefix = style(format!("{step} | ")).cyan();
    match stream {
        Stream::Stdout => prefix.for_stdout(),
        Stream::Stderr => prefix.for_stderr(),
    }
    .to_string()
}
