//! A closure that a recipe has deferred.

use super::Home;
use rhai::FnPtr;

/// A closure that runs when the run ends, and where it was written.
#[derive(Debug)]
pub struct Deferred {
    pub body: FnPtr,
    pub home: Home,
    /// A dry run deferred it.
    pub dry_run: bool,
}
