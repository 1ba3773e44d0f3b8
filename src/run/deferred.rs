//! A closure deferred to the end of the run.

use super::Home;
use rhai::FnPtr;

/// A closure that runs at the end of the run, with the context that it was written in.
#[derive(Debug)]
pub(super) struct Deferred {
    pub body: FnPtr,
    pub home: Home,
    /// It was deferred by a recipe that was called as a dry run.
    pub dry_run: bool,
}
