//! What the text of a recipe tells about its steps, for `copilot dev show`. Nothing is evaluated:
//! what a run does with values is what `--dry-run` shows.

mod literal;
mod walk;

use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

pub(crate) use walk::summarize;

/// What the text of a recipe tells.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Summary {
    /// The files that it imports.
    pub imports: Vec<Imported>,
    /// The variables that it and the functions it calls ask for by a literal name.
    pub variables: BTreeSet<String>,
    /// The recipes that it calls outside of steps.
    pub recipes: Vec<String>,
    /// The options that `run_steps` is given, such as `jobs: 4`, in the order of the text.
    pub plan_options: Vec<String>,
    /// Its steps, in the order of the text.
    pub steps: Vec<StepSummary>,
    /// What it runs at its end, in the order of the text; a run does the last first.
    pub deferred: Vec<DeferredSummary>,
}

/// `import "path" as alias`.
#[derive(Debug, Serialize)]
pub(crate) struct Imported {
    /// The path; none if it is computed.
    pub path: Option<String>,
    /// The name of the module in the recipe.
    #[serde(rename = "as")]
    pub alias: String,
}

/// A call of `step`. What is not literal is `‹…›`.
#[derive(Debug, Serialize)]
pub(crate) struct StepSummary {
    /// The id, or `‹…›` if it is not a literal.
    pub step: String,
    pub title: String,
    /// The ids of the steps that it comes after.
    pub after: Vec<String>,
    /// Its other options, each with its value.
    pub options: BTreeMap<String, String>,
    /// A condition, a loop or the option `when` decides whether the step runs.
    pub sometimes: bool,
    /// A deferred closure makes it.
    pub deferred: bool,
    /// `file:line:column` of the call.
    pub place: String,
    /// The recipes that it calls.
    pub recipes: Vec<String>,
}

/// A call of `defer`.
#[derive(Debug, Serialize)]
pub(crate) struct DeferredSummary {
    /// The first line of the call, as it is written.
    pub text: String,
    /// A condition or a loop decides whether it is deferred.
    pub sometimes: bool,
    /// `file:line:column` of the call.
    pub place: String,
}
