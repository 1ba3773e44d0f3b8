//! Shows an error: what, where, what to do.

use crate::error::Error;
use crate::process::Interrupt;
use crate::recipe::render;
use crate::run::{Kind, annotation, hide_tokens, in_actions, write_whole};
use console::style;
use std::path::Path;

/// Shows `error` on standard error. `root` is where recipes named in it are read from.
pub fn error(error: &Error, root: Option<&Path>) {
    match error {
        // clap has its own rendering, and prints help and version to standard output.
        Error::Arguments(error) => {
            let _gone = error.print();
        }
        Error::Recipe(diagnostic) => {
            let colour = console::colors_enabled_stderr();
            let text = render(diagnostic, root.unwrap_or(Path::new(".")), colour);
            say(&text);
        }
        Error::Failed { failure, at } => {
            headline(&error.to_string());
            // What is missing here is no matter of the recipe.
            if !matches!(failure.kind, Kind::Missing | Kind::Usage | Kind::Env) {
                for place in at.places() {
                    say(&format!("  at {place}"));
                }
            }
            hint(error.hint());
        }
        Error::Interrupted(interrupt) => {
            let by = match interrupt {
                Interrupt::CtrlC => "Ctrl-C (SIGINT)",
                Interrupt::Terminate => "SIGTERM",
                Interrupt::Hangup => "SIGHUP",
            };
            headline(&format!("stopped by {by}"));
        }
        _ => {
            headline(&error.to_string());
            hint(error.hint());
        }
    }
    // Each step that failed has its own.
    if in_actions() && !matches!(error, Error::Arguments(_) | Error::Steps { .. }) {
        let hint = error.hint().map(|hint| format!("\nhint: {hint}"));
        let message = format!("{error}{}", hint.unwrap_or_default());
        say(&annotation("error", error.place().as_deref(), &message));
    }
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

fn headline(message: &str) {
    let word = style("error:").for_stderr().red().bold();
    say(&format!("{word} {message}"));
}

fn hint(hint: Option<&str>) {
    if let Some(hint) = hint {
        let word = style("hint:").for_stderr().cyan();
        say(&format!("{word} {hint}"));
    }
}
