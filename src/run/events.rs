//! The events of a run: with `--output json`, one JSON object per line.

use super::State;
use crate::fault::Failure;
use serde::Serialize;

/// The format of a run's output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Format {
    /// Text for people, on standard error.
    #[default]
    Text,
    /// One JSON event per line, on standard output.
    Json,
}

/// The kind of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    /// A heading.
    Title,
    /// Plain information.
    Info,
    /// Something succeeded.
    Success,
    /// Something needs attention.
    Warning,
}

/// The version of the event format, which docs/events.schema.json describes.
pub(crate) const EVENT_FORMAT_VERSION: u32 = 1;

/// One event. `step` is the path of the step it belongs to, absent outside steps.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Event<'a> {
    /// A run begins. Always the first event of a run that begins.
    RunStarted {
        /// The version of the event format.
        v: u32,
        /// The recipe's name, such as `schema/setup`.
        recipe: &'a str,
        /// The values of its parameters.
        params: &'a serde_json::Value,
        /// The run changes nothing.
        dry_run: bool,
    },
    /// A plan begins.
    Plan {
        /// The step that runs the plan.
        #[serde(skip_serializing_if = "Option::is_none")]
        step: Option<&'a str>,
        /// All its steps, in order.
        steps: &'a [PlannedStep<'a>],
        /// How many may run in parallel.
        jobs: usize,
    },
    /// A step begins.
    StepStarted {
        /// The path of the step.
        step: &'a str,
        /// The title that the recipe gave it.
        title: &'a str,
    },
    /// A program is about to run, or would run without `--dry-run`.
    Command {
        #[serde(skip_serializing_if = "Option::is_none")]
        /// The step it belongs to.
        step: Option<&'a str>,
        /// As a person would type it.
        command: &'a str,
        /// False in a dry run.
        runs: bool,
    },
    /// A line that a child printed.
    Output {
        #[serde(skip_serializing_if = "Option::is_none")]
        /// The step it belongs to.
        step: Option<&'a str>,
        /// `stdout` or `stderr`.
        stream: &'a str,
        /// Without its line end; invalid UTF-8 replaced.
        line: &'a str,
    },
    /// A message of the recipe or of the host.
    Message {
        #[serde(skip_serializing_if = "Option::is_none")]
        /// The step it belongs to.
        step: Option<&'a str>,
        level: Level,
        /// One or more lines.
        text: &'a str,
    },
    /// Rows printed by the primitive `table`.
    Table {
        #[serde(skip_serializing_if = "Option::is_none")]
        /// The step it belongs to.
        step: Option<&'a str>,
        /// The rows, as maps or arrays.
        rows: &'a serde_json::Value,
    },
    /// The run is waiting for something external.
    Waiting {
        #[serde(skip_serializing_if = "Option::is_none")]
        /// The step it belongs to.
        step: Option<&'a str>,
        /// What it is waiting for, and the current state.
        text: &'a str,
    },
    /// The run is waiting for the user's answer on standard input.
    Prompt {
        #[serde(skip_serializing_if = "Option::is_none")]
        /// The step it belongs to.
        step: Option<&'a str>,
        /// The question, without `[y/N]`.
        question: &'a str,
    },
    /// A step has ended.
    StepFinished {
        /// The path of the step.
        step: &'a str,
        /// The title that the recipe gave it.
        title: &'a str,
        /// How it ended.
        state: State,
        /// How long it ran.
        seconds: f64,
        /// It failed, but was allowed to fail.
        #[serde(skip_serializing_if = "is_false")]
        allowed_to_fail: bool,
        /// Why it was skipped, blocked or cancelled without being started.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<&'a str>,
        /// Why it failed.
        #[serde(skip_serializing_if = "Option::is_none")]
        failure: Option<&'a Failure>,
        /// Where in the recipe it failed, as `file:line:column`.
        #[serde(skip_serializing_if = "Option::is_none")]
        place: Option<String>,
        /// The last lines that its children printed, if it failed.
        #[serde(skip_serializing_if = "<[String]>::is_empty")]
        output_tail: &'a [String],
    },
    /// The run has ended. Always the last event, and the only one of a run that could not begin.
    RunFinished {
        /// The exit code of `copilot`.
        code: u8,
        /// How long the run took.
        seconds: f64,
        /// The error, if the code is not 0.
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<&'a str>,
        /// What to do about it.
        #[serde(skip_serializing_if = "Option::is_none")]
        hint: Option<&'a str>,
        /// Where in the recipe, as `file:line:column`.
        #[serde(skip_serializing_if = "Option::is_none")]
        place: Option<String>,
    },
}

/// A step in [`Event::Plan`].
#[derive(Debug, Serialize)]
pub(crate) struct PlannedStep<'a> {
    /// The path of the step.
    pub step: &'a str,
    /// The title that the recipe gave it.
    pub title: &'a str,
    /// The paths of the steps that must end before it.
    pub after: Vec<&'a str>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_false(value: &bool) -> bool {
    !value
}
