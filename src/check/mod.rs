//! What can be known about a recipe before it runs: what is wrong in it, and what it would do.

mod explain;
mod functions;
mod problems;
mod rules;
mod step_ids;
mod step_names;
mod summary;
mod variables;

pub use explain::explain;
pub use problems::{find, problems};
pub use step_ids::{StepIds, step_ids};
pub use step_names::step_names;
pub use summary::{StepSummary, Summary, summarize};
