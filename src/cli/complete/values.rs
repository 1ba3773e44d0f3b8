//! Values that are read from files while the user waits: services and steps.

use crate::primitives;
use crate::process::Token;
use crate::recipe::{Source, new_engine, step_names};
use crate::run::{Options, Reporter, Run};
use std::mem::ManuallyDrop;
use std::path::Path;
use std::sync::Arc;

/// The services of the Compose files, sorted.
pub fn services(root: &Path) -> Vec<String> {
    primitives::services_in_files(root)
}

/// The steps that the recipe has, as `--only` takes them.
pub fn steps(root: &Path, source: &Source) -> Vec<String> {
    let run = Run::new(
        root.to_owned(),
        "complete".to_owned(),
        serde_json::Value::Null,
        Options {
            dry_run: true,
            ..Options::default()
        },
        Arc::new(Reporter::default()),
        Arc::new(Token::default()),
    );
    // The process ends with the answer: taking the engine apart would only take time.
    let engine = ManuallyDrop::new(new_engine(&Arc::new(run)));
    step_names(&engine, root, source)
}
