//! Shows an error: what, where, what to do.

use crate::error::Error;
use crate::process::Interrupt;
use crate::recipe::render;
use crate::run::Kind;
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
            eprintln!("{text}");
        }
        Error::Failed { failure, at } => {
            headline(&error.to_string());
            // What is missing here is no matter of the recipe.
            if !matches!(failure.kind, Kind::Missing | Kind::Usage | Kind::Env) {
                for place in at.places() {
                    eprintln!("  at {place}");
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
}

fn headline(message: &str) {
    eprintln!("{} {message}", style("error:").for_stderr().red().bold());
}

fn hint(hint: Option<&str>) {
    if let Some(hint) = hint {
        eprintln!("{} {hint}", style("hint:").for_stderr().cyan());
    }
}
