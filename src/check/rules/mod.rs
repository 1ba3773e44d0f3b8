//! Rules about literal values; a rule reports nothing about a value known only at run time. An error
//! prevents the run, a warning does not.

mod arguments;
mod circles;
mod loops;
mod parameters;
mod plans;
mod races;
mod recipes;

use crate::fault::Diagnostic;
use crate::recipe::{Param, Source};
use rhai::{AST, Engine, Position};
use std::path::Path;

pub(super) use circles::circles;

/// The recipe that is checked, and the problems found so far.
struct Context<'a> {
    engine: &'a Engine,
    root: &'a Path,
    source: &'a Source,
    params: &'a [Param],
    ast: &'a AST,
    problems: Vec<Diagnostic>,
}

/// The problems that the rules find in `ast`, the tree of `source` with the parameters `params`.
pub(super) fn check(
    engine: &Engine,
    root: &Path,
    source: &Source,
    params: &[Param],
    ast: &AST,
) -> Vec<Diagnostic> {
    let mut context = Context {
        engine,
        root,
        source,
        params,
        ast,
        problems: Vec::new(),
    };
    arguments::check(&mut context);
    loops::check(&mut context);
    parameters::check(&mut context);
    plans::check(&mut context);
    races::check(&mut context);
    recipes::check(&mut context);
    context.problems
}

impl Context<'_> {
    fn problem(&mut self, message: impl Into<String>, at: Position, hint: Option<String>) {
        let diagnostic = Diagnostic {
            hint,
            ..Diagnostic::at(message, &self.source.file, at)
        };
        self.problems.push(diagnostic);
    }

    /// True if the file defines a function with this name, which then hides the primitive.
    fn defines(&self, name: &str) -> bool {
        self.ast
            .iter_functions()
            .any(|function| function.name == name)
    }
}
