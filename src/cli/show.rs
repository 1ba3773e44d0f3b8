//! Prints errors, messages and results.

use crate::fault::{Error, Interrupt, Kind};
use crate::recipe::render;
use crate::run::{annotation, in_actions, safe_text};
use crate::screen::{Stream, write_whole};
use console::style;
use std::path::Path;

/// Prints `error` on standard error. `root` is the repository, from which excerpts are read.
pub(super) fn error(error: &Error, root: Option<&Path>) {
    // clap renders its errors itself, and prints help and version to standard output.
    if let Error::Arguments(error) = error {
        let _pipe_closed = error.print();
        return;
    }
    let text = text(error, root);
    if !text.is_empty() {
        say(&text);
    }
}

/// `error` as text, without a newline at the end; empty if there is nothing to say.
pub(super) fn text(error: &Error, root: Option<&Path>) -> String {
    let mut text = error_text(error, root);
    // Failed steps have annotations of their own.
    let is_annotated =
        !text.is_empty() && !matches!(error, Error::Arguments(_) | Error::Steps { .. });
    if is_annotated && in_actions() {
        let hint = error.hint().map(|hint| format!("\nhint: {hint}"));
        let message = format!("{error}{}", hint.unwrap_or_default());
        let line = annotation("error", error.place().as_deref(), &message);
        text.truncate(text.trim_end().len());
        text = format!("{text}\n{line}");
    }
    text
}

fn error_text(error: &Error, root: Option<&Path>) -> String {
    let mut lines = match error {
        Error::Arguments(error) => return error.render().to_string().trim_end().to_owned(),
        Error::Recipe(diagnostic) => {
            let colour = console::colors_enabled_stderr();
            return render(diagnostic, root.unwrap_or(Path::new(".")), colour);
        }
        Error::Interrupted(interrupt) => {
            let by = match interrupt {
                Interrupt::CtrlC => "Ctrl-C (SIGINT)",
                Interrupt::Terminate => "SIGTERM",
                Interrupt::Hangup => "SIGHUP",
                Interrupt::Quit => "Ctrl-\\ (SIGQUIT)",
                // Like other programs, we say nothing to a reader that wants no more.
                Interrupt::BrokenPipe => return String::new(),
            };
            return headline(&format!("stopped by {by}"));
        }
        _ => vec![headline(&error.to_string())],
    };
    if let Error::Failed { failure, at } = error
        // For these kinds the location in the recipe would not help.
        && !matches!(failure.kind, Kind::Missing | Kind::Usage | Kind::Env)
    {
        lines.extend(at.places().iter().map(|place| format!("  at {place}")));
    }
    if let Some(hint) = error.hint() {
        let word = style("hint:").for_stderr().cyan();
        lines.push(format!("{word} {hint}"));
    }
    lines.join("\n")
}

/// Prints a line of the result on standard output; a closed pipe is not an error.
pub(super) fn answer(line: &str) {
    let line = format!("{}\n", safe_text(line, Stream::Stdout));
    let _pipe_closed = write_whole(std::io::stdout(), line.as_bytes());
}

/// Prints a line on standard error; a closed pipe is not an error.
pub(super) fn say(line: &str) {
    let line = format!("{}\n", safe_text(line, Stream::Stderr));
    let _pipe_closed = write_whole(std::io::stderr(), line.as_bytes());
}

fn headline(message: &str) -> String {
    let word = style("error:").for_stderr().red().bold();
    format!("{word} {message}")
}
