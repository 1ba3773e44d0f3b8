//! What happens in a run, as data: one JSON object a line with `--output json`.

use super::State;
use crate::fault::Failure;
use serde::Serialize;

/// How a run is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON event a line on standard output.
    Json,
}

/// How loud a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// A heading.
    Title,
    /// For information.
    Info,
    /// Something worked.
    Success,
    /// Something to look at.
    Warning,
}

/// The version of the events: docs/events.schema.json describes it.
pub const VERSION: u32 = 1;

/// One thing that happened. `step` is the step's path, absent outside steps.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event<'a> {
    /// A run begins; always the first event of one that does.
    RunStarted {
        /// Version of this schema.
        v: u32,
        /// The recipe, as `schema/setup`.
        recipe: &'a str,
        /// The parameters it got.
        params: &'a serde_json::Value,
        /// Nothing is changed in this run.
        dry_run: bool,
    },
    /// A plan begins: all its steps, in order.
    Plan {
        /// The step that runs the plan.
        #[serde(skip_serializing_if = "Option::is_none")]
        step: Option<&'a str>,
        /// Its steps.
        steps: &'a [PlannedStep<'a>],
        /// How many run side by side.
        jobs: usize,
    },
    /// A step begins.
    StepStarted {
        /// Its path.
        step: &'a str,
        /// Its title.
        title: &'a str,
    },
    /// A program is about to run, or would in a dry run.
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
    /// The recipe said something.
    Message {
        #[serde(skip_serializing_if = "Option::is_none")]
        /// The step it belongs to.
        step: Option<&'a str>,
        /// How loud.
        level: Level,
        /// What.
        text: &'a str,
    },
    /// Rows for a table.
    Table {
        #[serde(skip_serializing_if = "Option::is_none")]
        /// The step it belongs to.
        step: Option<&'a str>,
        /// The rows, as maps or arrays.
        rows: &'a serde_json::Value,
    },
    /// The run waits for something outside.
    Waiting {
        #[serde(skip_serializing_if = "Option::is_none")]
        /// The step it belongs to.
        step: Option<&'a str>,
        /// What for, and how it stands.
        text: &'a str,
    },
    /// The run waits for the user's answer on standard input.
    Prompt {
        #[serde(skip_serializing_if = "Option::is_none")]
        /// The step it belongs to.
        step: Option<&'a str>,
        /// The question.
        question: &'a str,
    },
    /// A step has ended.
    StepFinished {
        /// Its path.
        step: &'a str,
        /// Its title.
        title: &'a str,
        /// How it ended.
        state: State,
        /// How long it took.
        seconds: f64,
        /// It failed and that does not count.
        #[serde(skip_serializing_if = "is_false")]
        allowed_to_fail: bool,
        /// Why it was skipped or blocked.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<&'a str>,
        /// What failed.
        #[serde(skip_serializing_if = "Option::is_none")]
        failure: Option<&'a Failure>,
        /// Where in the recipe.
        #[serde(skip_serializing_if = "Option::is_none")]
        place: Option<String>,
        /// The last lines its children printed.
        #[serde(skip_serializing_if = "<[String]>::is_empty")]
        output_tail: &'a [String],
    },
    /// The run has ended; always the last event, and the only one of a run that could not begin.
    RunFinished {
        /// The exit code.
        code: u8,
        /// How long it took.
        seconds: f64,
        /// What ended it, where the code is not 0.
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<&'a str>,
        /// What to do about it.
        #[serde(skip_serializing_if = "Option::is_none")]
        hint: Option<&'a str>,
        /// Where in the recipe.
        #[serde(skip_serializing_if = "Option::is_none")]
        place: Option<String>,
    },
}

/// A step of a plan that begins.
#[derive(Debug, Serialize)]
pub struct PlannedStep<'a> {
    /// Its path.
    pub step: &'a str,
    /// Its title.
    pub title: &'a str,
    /// Paths of the steps it comes after.
    pub after: Vec<&'a str>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
fn is_false(value: &bool) -> bool {
    !value
}
