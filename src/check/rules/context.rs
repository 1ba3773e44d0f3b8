//! The input of each rule, and the problems found.

use crate::fault::Diagnostic;
use crate::recipe::{Param, Source};
use rhai::{AST, Engine, Position};
use std::path::Path;

/// The recipe being checked, and the problems found so far.
pub(super) struct Context<'a> {
    pub engine: &'a Engine,
    pub root: &'a Path,
    pub source: &'a Source,
    pub params: &'a [Param],
    pub ast: &'a AST,
    pub problems: Vec<Diagnostic>,
}

impl Context<'_> {
    /// Adds an error at `at`.
    pub(super) fn problem(
        &mut self,
        message: impl Into<String>,
        at: Position,
        hint: Option<String>,
    ) {
        let diagnostic = Diagnostic {
            hint,
            ..Diagnostic::at(message, &self.source.file, at)
        };
        self.problems.push(diagnostic);
    }

    /// True if the file defines a function with this name, which then hides the primitive.
    pub(super) fn defines(&self, name: &str) -> bool {
        self.ast
            .iter_functions()
            .any(|function| function.name == name)
    }
}
