//! A run that runs nothing, for those who only want to know what could be called.

use crate::check::find;
use crate::process::Token;
use crate::run::{Options, Reporter, Run};
use std::path::Path;
use std::sync::Arc;

/// A run of nothing in the repository at `root`.
pub fn idle(root: &Path) -> Arc<Run> {
    let options = Options {
        dry_run: true,
        ..Options::default()
    };
    Arc::new(Run::new(
        root.to_owned(),
        String::new(),
        serde_json::Value::Null,
        options,
        Arc::new(Reporter::default()),
        Arc::new(Token::default()),
        find,
    ))
}
