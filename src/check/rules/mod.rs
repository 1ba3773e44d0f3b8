//! Rules for what is written out: each says nothing where a value is only known when the recipe
//! runs. What is an error stops a run before it begins.

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

/// Everything that the rules find in `ast`, the tree of `source`, whose parameters are `params`.
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

    /// True if the file has a function of its own with this name: it is the one that is called.
    fn defines(&self, name: &str) -> bool {
        self.ast
            .iter_functions()
            .any(|function| function.name == name)
    }
}
