//! `step_selected`: whether the user lets a step run.

use super::api::Api;
use std::sync::Arc;

/// Registers it.
pub fn register(api: &mut Api<'_>) {
    let run = Arc::clone(&api.run);
    api.add(
        "step_selected",
        &["id: string", "bool"],
        "/// Whether `--only`, `--skip` and `--resume` let the step of this id run, for what a recipe asks or\n\
         /// prepares before its plan.\n\
         ///\n\
         /// Reads.",
        move |id: &str| run.selects(id),
    );
}
