//! The report at the end of a run: a line per step, then the details of each failure.

use super::show_duration;
use crate::fault::{Diagnostic, Failure, Kind};
use console::{Style, measure_text_width};
use serde::{Deserialize, Serialize};
use std::fmt::Write;
use std::time::Duration;

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// It succeeded.
    Ok,
    /// It succeeded and had nothing to do.
    Unchanged,
    Failed,
    /// Its `when` was false, it was not selected, or an earlier run had completed it.
    Skipped,
    /// A step that it depends on failed.
    Blocked,
    /// It was stopped, or not started because the run stopped.
    Cancelled,
}

impl State {
    /// The name shown in reports and returned to recipes.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Unchanged => "unchanged",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Blocked => "blocked",
            Self::Cancelled => "cancelled",
        }
    }

    /// The name padded to `width`, coloured if standard error is a terminal.
    pub(crate) fn styled(self, width: usize) -> String {
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

/// The result of one step.
#[derive(Debug, Clone)]
pub(crate) struct StepReport {
    /// The step's path: `id`, or `recipe:id` in a called recipe.
    pub id: String,
    /// The title that the recipe gave it.
    pub title: String,
    /// How it ended.
    pub state: State,
    /// How long it ran; zero if it was not started.
    pub time: Duration,
    /// Why it was skipped, blocked or cancelled without being started.
    pub reason: Option<String>,
    /// Why it failed, and where in the recipe.
    pub failure: Option<(Failure, Diagnostic)>,
    /// The last lines that its children printed, if it failed.
    pub output_tail: Vec<String>,
    /// It may fail without failing the plan.
    pub allowed: bool,
}

impl StepReport {
    /// True if it failed and was not allowed to.
    pub(crate) fn counts_as_failed(&self) -> bool {
        self.state == State::Failed && !self.allowed
    }
}

/// How many lines of output are shown for a failure.
pub(super) const TAIL_LINES: usize = 12;

/// The whole report as text; empty if there were no steps.
pub(crate) fn render(name: &str, reports: &[StepReport], time: Duration, quiet: bool) -> String {
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
    // The message contains the error of a database or server already, but not a program's output.
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
