//! The check that the command line hands in: recipes are compiled here, but checked above.

use super::{Param, Source};
use crate::fault::Diagnostic;
use rhai::{AST, Engine};
use std::path::Path;

/// Finds what is wrong in the tree of a source file with these parameters, of the repository at the
/// path.
pub type CheckFn = fn(&Engine, &Path, &Source, &[Param], &AST) -> Vec<Diagnostic>;
