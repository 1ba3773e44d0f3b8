//! The report at the end of a run: a line a step, then each failure.

use super::show_duration;
use crate::fault::{Diagnostic, Failure, Kind};
use console::{Style, measure_text_width};
use serde::{Deserialize, Serialize};
use std::fmt::Write;
use std::time::Duration;

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It did its work.
    Ok,
    /// It found nothing to do.
    Unchanged,
    /// It failed.
    Failed,
    /// Its `when` was false, it was not selected, or an earlier run had done it.
    Skipped,
    /// A step it comes after failed.
    Blocked,
    /// It was stopped, or never started because the run stopped.
    Cancelled,
}

impl State {
    /// The word people see.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Unchanged => "unchanged",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Blocked => "blocked",
            Self::Cancelled => "cancelled",
        }
    }

    /// The word, coloured where standard error is a terminal.
    pub fn styled(self, width: usize) -> String {
        let style = Style::new().for_stderr();
        let style = match self {
            Self::Ok => style.green(),
            Self::Unchanged | Self::Skipped => style.dim(),
            Self::Failed => style.red().bold(),
            Self::Blocked | Self::Cancelled => style.yellow(),
        };
        style
            .apply_to(format!("{:width$}", self.word()))
            .to_string()
    }
}

/// How one step went.
#[derive(Debug, Clone)]
pub struct StepReport {
    /// The step's path.
    pub id: String,
    /// Its title.
    pub title: String,
    /// How it ended.
    pub state: State,
    /// How long it took.
    pub time: Duration,
    /// Why it was skipped or blocked.
    pub reason: Option<String>,
    /// What failed, and where.
    pub failure: Option<(Failure, Diagnostic)>,
    /// The last lines its children printed.
    pub output_tail: Vec<String>,
    /// A failure that does not count.
    pub allowed: bool,
}

impl StepReport {
    /// True if it failed and may not.
    pub fn counts_as_failed(&self) -> bool {
        self.state == State::Failed && !self.allowed
    }
}

/// Lines of output shown under a failure.
pub const TAIL_LINES: usize = 12;

/// The whole report, for people. Empty if there were no steps.
pub fn render(name: &str, reports: &[StepReport], time: Duration, quiet: bool) -> String {
    let mut text = String::new();
    if reports.is_empty() {
        return text;
    }
    if !quiet {
        summary(&mut text, name, reports, time);
    }
    for report in reports {
        if let Some((failure, at)) = &report.failure {
            failed(&mut text, report, failure, at, quiet);
        }
    }
    text
}

fn summary(text: &mut String, name: &str, reports: &[StepReport], time: Duration) {
    let order = [
        State::Ok,
        State::Unchanged,
        State::Skipped,
        State::Failed,
        State::Blocked,
        State::Cancelled,
    ];
    let counts: Vec<_> = order
        .iter()
        .map(|state| {
            (
                state,
                reports
                    .iter()
                    .filter(|report| report.state == *state)
                    .count(),
            )
        })
        .filter(|(_, count)| *count > 0)
        .map(|(state, count)| format!("{count} {}", state.word()))
        .collect();
    let _ = writeln!(
        text,
        "\n{name}: {} in {}",
        counts.join(", "),
        show_duration(time)
    );
    let width = |of: fn(&StepReport) -> &str| {
        reports
            .iter()
            .map(|report| measure_text_width(of(report)))
            .max()
            .unwrap_or(0)
    };
    let (ids, titles) = (width(|report| &report.id), width(|report| &report.title));
    for report in reports {
        let pad = |text: &str, width: usize| " ".repeat(width - measure_text_width(text));
        let note = match (&report.reason, report.allowed) {
            (Some(reason), _) => format!("  ({reason})"),
            (None, true) => "  (allowed to fail)".to_owned(),
            (None, false) => String::new(),
        };
        let _ = writeln!(
            text,
            "  {} {}{}  {}{}  {:>6}{note}",
            report.state.styled(9),
            report.id,
            pad(&report.id, ids),
            report.title,
            pad(&report.title, titles),
            show_duration(report.time),
        );
    }
}

fn failed(text: &mut String, report: &StepReport, failure: &Failure, at: &Diagnostic, quiet: bool) {
    let word = State::Failed.styled(0);
    let _ = writeln!(text, "\n{word} {}: {}", report.id, report.title);
    for line in failure.message.lines() {
        let _ = writeln!(text, "  {line}");
    }
    for place in at.places() {
        let _ = writeln!(text, "    at {place}");
    }
    // What a database or a server said is in the message already; a program's words are not.
    let shows_output = quiet || !matches!(failure.kind, Kind::Dsql | Kind::Http | Kind::Fail);
    if shows_output && !report.output_tail.is_empty() {
        let _ = writeln!(text, "  last output:");
        for line in &report.output_tail {
            let _ = writeln!(text, "    {line}");
        }
    }
    if let Some(hint) = &failure.hint {
        let _ = writeln!(text, "  hint: {hint}");
    }
}
