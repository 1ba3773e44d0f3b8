//! A run that never starts, for commands that only list primitives.

use crate::check::find;
use crate::process::Token;
use crate::run::{Options, Params, Reporter, Run};
use std::path::Path;
use std::sync::Arc;

/// A run in the repository at `root` that is not meant to start.
pub(super) fn idle(root: &Path) -> Arc<Run> {
    let options = Options {
        dry_run: true,
        ..Options::default()
    };
    Arc::new(Run::new(
        root.to_owned(),
        String::new(),
        Params::default(),
        options,
        Arc::new(Reporter::default()),
        Arc::new(Token::default()),
        find,
    ))
}
