//! The type of the function that checks recipes. The checks live in a higher layer, so callers pass
//! the function in.

use super::{Param, Source};
use crate::fault::Diagnostic;
use rhai::{AST, Engine};
use std::path::Path;

/// Finds the problems in a parsed file, given the repository's root and the recipe's parameters.
pub(crate) type CheckFn = fn(&Engine, &Path, &Source, &[Param], &AST) -> Vec<Diagnostic>;
