//! Asks for confirmation before files are deleted.

use super::super::signals::Signals;
use crate::fault::{Error, Result};
use crate::process::read_line;
use crate::screen;
use std::io::IsTerminal;

/// Asks `question`; true for yes, `None` if a signal arrives instead of an answer.
pub(super) fn confirm(question: &str, signals: &Signals) -> Result<Option<bool>> {
    if !std::io::stdin().is_terminal() {
        return Err(Error::usage(
            format!("cannot ask `{question}`: standard input is not a terminal"),
            Some("pass --yes to delete without being asked".to_owned()),
        ));
    }
    let asking = screen::ask(format!("{question} [y/N] "));
    let answer = read_line(|| signals.interrupt().is_some());
    asking.end(matches!(&answer, Ok(Some(line)) if line.ends_with('\n')));
    // An answer that cannot be read counts as no.
    let answer = answer.unwrap_or_else(|_| Some(String::new()));
    Ok(answer.map(|line| matches!(line.trim().to_lowercase().as_str(), "y" | "yes")))
}
