//! Static checks: the problems in a recipe that are known before it runs, and what it would do.

mod explain;
mod functions;
mod problems;
mod rules;
mod step_ids;
mod step_names;
mod summary;
mod variables;

pub(crate) use explain::explain;
pub(crate) use problems::{find, problems};
pub(crate) use step_ids::{StepIds, step_ids};
pub(crate) use step_names::step_names;
pub(crate) use summary::{StepSummary, Summary, summarize};
