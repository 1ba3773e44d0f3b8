//! Shows an error: what, where, what to do.

use crate::fault::{Error, Interrupt, Kind};
use crate::recipe::render;
use crate::run::{annotation, hide_tokens, in_actions};
use crate::screen::write_whole;
use console::style;
use std::path::Path;

/// Shows `error` on standard error. `root` is where recipes named in it are read from.
pub fn error(error: &Error, root: Option<&Path>) {
    match error {
        // clap has its own rendering, and prints help and version to standard output.
        Error::Arguments(error) => {
            let _gone = error.print();
        }
        _ => say(&text(error, root)),
    }
}

/// What is said of `error`; the last line has no line end.
pub fn text(error: &Error, root: Option<&Path>) -> String {
    let mut text = in_words(error, root);
    // Each step that failed has its own.
    if in_actions() && !matches!(error, Error::Arguments(_) | Error::Steps { .. }) {
        let hint = error.hint().map(|hint| format!("\nhint: {hint}"));
        let message = format!("{error}{}", hint.unwrap_or_default());
        let line = annotation("error", error.place().as_deref(), &message);
        text.truncate(text.trim_end().len());
        text = format!("{text}\n{line}");
    }
    text
}

fn in_words(error: &Error, root: Option<&Path>) -> String {
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
            };
            return headline(&format!("stopped by {by}"));
        }
        _ => vec![headline(&error.to_string())],
    };
    if let Error::Failed { failure, at } = error
        // What is missing here is no matter of the recipe.
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

/// Writes a line to standard output. A reader that has gone away does not want it any more.
pub fn answer(line: &str) {
    let _reader_gone = write_whole(std::io::stdout(), format!("{line}\n").as_bytes());
}

/// Writes a line to standard error.
pub fn say(line: &str) {
    let line = format!("{}\n", hide_tokens(line));
    let _reader_gone = write_whole(std::io::stderr(), line.as_bytes());
}

fn headline(message: &str) -> String {
    let word = style("error:").for_stderr().red().bold();
    format!("{word} {message}")
}
